import type { Document } from 'mongodb';
import pg from 'pg';
import type { RetailQuery } from './retail-query.ts';
import { BENCH_ORDER_PREFIX, type Side, type SoldItem } from './side.ts';

const insertColumns = [
  ...['order_item_id', 'order_id', 'store_id', 'order_date', 'product_id', 'sku', 'product_name', 'quantity'],
  ...['unit_price', 'discount_percent', 'discount_amount', 'line_total', 'created_at', 'deleted'],
] as const satisfies readonly (keyof SoldItem)[];

const insertText = `INSERT INTO order_items ("_id", ${insertColumns.join(', ')})
  VALUES ($1, ${insertColumns.map((_, at) => `$${at + 2}`).join(', ')})`;

/** PostgreSQL over `pg` with prepared statements: one client, or a pool of `connections`. */
export class PostgresSide implements Side {
  readonly #client: pg.Client | pg.Pool;

  private constructor(client: pg.Client | pg.Pool) {
    this.#client = client;
  }

  static async open(connection: pg.ClientConfig, connections: number): Promise<PostgresSide> {
    if (connections > 1) return new PostgresSide(new pg.Pool({ ...connection, max: connections }));
    const client = new pg.Client(connection);
    await client.connect();
    return new PostgresSide(client);
  }

  ask({ name, sql }: RetailQuery, parameters: readonly string[]): Promise<Document[]> {
    return this.#rows(name, sql, parameters);
  }

  async orderById(orderId: string): Promise<Document | undefined> {
    return (await this.#rows('order-by-id', 'SELECT * FROM orders WHERE "_id" = $1', [orderId]))[0];
  }

  async customerByEmail(email: string): Promise<Document | undefined> {
    return (await this.#rows('customer-by-email', 'SELECT * FROM customers WHERE email = $1', [email]))[0];
  }

  itemsOfOrder(orderId: string): Promise<Document[]> {
    return this.#rows('items-of-order', 'SELECT * FROM order_items WHERE order_id = $1', [orderId]);
  }

  async insertItem(item: SoldItem): Promise<void> {
    await this.#rows('insert-item', insertText, [item.order_item_id, ...insertColumns.map((column) => item[column])]);
  }

  async changeStock(inventoryId: string, units: number): Promise<void> {
    const text = 'UPDATE inventory SET stock_level = stock_level + $2 WHERE "_id" = $1';
    await this.#rows('change-stock', text, [inventoryId, units]);
  }

  async removeBenchRows(): Promise<void> {
    await this.#rows('remove', 'DELETE FROM order_items WHERE order_id LIKE $1', [`${BENCH_ORDER_PREFIX}%`]);
    await this.#client.query('VACUUM (ANALYZE) order_items');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }

  async #rows(name: string, text: string, values: readonly unknown[]): Promise<Document[]> {
    return (await this.#client.query<Document>({ name, text, values: [...values] })).rows;
  }
}
