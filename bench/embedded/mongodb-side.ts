import { type Db, type Document, MongoClient } from 'mongodb';
import type { RetailQuery } from './retail-query.ts';
import { BENCH_ORDER_PREFIX, type Side, type SoldItem } from './side.ts';

const DATABASE = 'zava';

interface Identified extends Document {
  _id: string;
}

/** The embedded server over the official driver, with up to `connections` connections. */
export class MongodbSide implements Side {
  readonly #client: MongoClient;
  readonly database: Db;

  constructor(uri: string, connections: number) {
    this.#client = new MongoClient(uri, { maxPoolSize: connections });
    this.database = this.#client.db(DATABASE);
  }

  ask(query: RetailQuery, parameters: readonly string[]): Promise<Document[]> {
    return query.mongodb(this.database, ...parameters);
  }

  async orderById(orderId: string): Promise<Document | undefined> {
    return (await this.database.collection<Identified>('orders').findOne({ _id: orderId })) ?? undefined;
  }

  async customerByEmail(email: string): Promise<Document | undefined> {
    return (await this.database.collection('customers').findOne({ email })) ?? undefined;
  }

  itemsOfOrder(orderId: string): Promise<Document[]> {
    return this.database.collection('order_items').find({ order_id: orderId }).toArray();
  }

  async insertItem(item: SoldItem): Promise<void> {
    await this.database.collection<Identified>('order_items').insertOne({ _id: item.order_item_id, ...item });
  }

  async changeStock(inventoryId: string, units: number): Promise<void> {
    await this.database
      .collection<Identified>('inventory')
      .updateOne({ _id: inventoryId }, { $inc: { stock_level: units } });
  }

  async removeBenchRows(): Promise<void> {
    await this.database
      .collection('order_items')
      .deleteMany({ order_id: { $gte: BENCH_ORDER_PREFIX, $lt: `${BENCH_ORDER_PREFIX}~` } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
