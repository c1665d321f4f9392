import type { Db } from 'mongodb';
import { collectionNames, describeCollection, type Principal } from '../domain/index.ts';
import type { CompanyOverview } from './api.ts';

/** Cancelled orders are not sales. */
const soldOrders = { status: { $ne: 'cancelled' }, deleted: false };

export interface OverviewOptions {
  readonly maxTimeMS: number;
  readonly now: Date;
  /** Whose sales are told. */
  readonly stores: Principal['stores'];
}

/** Reads the overview from the database. Sales are in dollars, without tax. */
export async function readCompanyOverview(db: Db, options: OverviewOptions): Promise<CompanyOverview> {
  const { maxTimeMS } = options;
  const ofStores = options.stores === 'all' ? {} : { store_id: { $in: options.stores } };
  const [documents, sales, newest, stores] = await Promise.all([
    Promise.all(collectionNames.map((name) => db.collection(name).estimatedDocumentCount({ maxTimeMS }))),
    db
      .collection('orders')
      .aggregate<{ _id: { month: string; store: string }; orders: number; sales: number }>(
        [
          { $match: { ...ofStores, ...soldOrders } },
          {
            $group: {
              _id: { month: { $substrBytes: ['$order_date', 0, 7] }, store: '$store_id' },
              orders: { $sum: 1 },
              sales: { $sum: '$subtotal' },
            },
          },
        ],
        { maxTimeMS },
      )
      .toArray(),
    db
      .collection<{ order_date: string }>('orders')
      .find(ofStores, { maxTimeMS, projection: { _id: 0, order_date: 1 } })
      .sort({ order_date: -1 })
      .limit(1)
      .next(),
    db
      .collection<{ store_id: string; store_name: string }>('stores')
      .find(ofStores, { maxTimeMS, projection: { _id: 0, store_id: 1, store_name: 1 } })
      .toArray(),
  ]);

  const byMonth = sumBy(sales, (row) => row._id.month);
  const byStore = sumBy(sales, (row) => row._id.store);
  return {
    computedAt: options.now.toISOString(),
    collections: collectionNames.map((name, index) => ({
      name,
      documents: documents[index] ?? 0,
      summary: describeCollection(name).summary,
      group: describeCollection(name).group,
    })),
    salesByMonth: [...byMonth].map(([month, sum]) => ({ month, ...sum })).sort((a, b) => (a.month < b.month ? -1 : 1)),
    newestOrder: newest?.order_date ?? null,
    stores: stores
      .map((store) => ({
        storeId: store.store_id,
        name: store.store_name,
        ...(byStore.get(store.store_id) ?? { orders: 0, sales: 0 }),
      }))
      .sort((a, b) => b.sales - a.sales),
  };
}

function sumBy<Row extends { orders: number; sales: number }>(rows: readonly Row[], keyOf: (row: Row) => string) {
  const sums = new Map<string, { orders: number; sales: number }>();
  for (const row of rows) {
    const sum = sums.get(keyOf(row)) ?? { orders: 0, sales: 0 };
    sums.set(keyOf(row), { orders: sum.orders + row.orders, sales: sum.sales + Number(row.sales) });
  }
  for (const sum of sums.values()) sum.sales = Math.round(sum.sales * 100) / 100;
  return sums;
}
