import { z } from 'zod';
import { type BasketRow, type BoughtTogetherRow, productId } from '../../domain/index.ts';
import {
  catalogue,
  cents,
  dayFilter,
  defineQuery,
  inDays,
  itemsOfOrders,
  most,
  ofStore,
  SOLD,
  storeFilter,
  storeNames,
} from './query.ts';

export const baskets = defineQuery({
  name: 'baskets',
  summary: 'What an order comes to, store by store: its value and its lines, on average.',
  parameters: z.strictObject({ ...ofStore, ...inDays }),
  async run(context, { store, ...days }): Promise<BasketRow[]> {
    const { db, principal, maxTimeMS } = context;
    const [rows, names] = await Promise.all([
      db
        .collection('orders')
        .aggregate<{ _id: string; orders: number; sales: number; lines: number }>(
          [
            { $match: { ...storeFilter(principal, store), ...dayFilter(days, 'order_date'), ...SOLD } },
            {
              $group: {
                _id: '$store_id',
                orders: { $sum: 1 },
                sales: { $sum: '$subtotal' },
                lines: { $sum: '$item_count' },
              },
            },
          ],
          { maxTimeMS },
        )
        .toArray(),
      storeNames(context),
    ]);
    return rows
      .map(({ _id, orders, sales, lines }) => ({
        store_id: _id,
        store_name: names.get(_id) ?? _id,
        orders,
        averageValue: cents(sales / orders),
        averageLines: cents(lines / orders),
      }))
      .sort((one, other) => other.averageValue - one.averageValue);
  },
});

/** So many of the newest lines of a product say enough about what goes with it. */
const LINES_MAX = 500;

export const boughtTogether = defineQuery({
  name: 'bought-together',
  summary: `What is in the same orders as a product, by its newest ${LINES_MAX} lines.`,
  parameters: z.strictObject({ product: productId, ...ofStore, limit: most(10, 100) }),
  async run(context, { product, store, limit }): Promise<BoughtTogetherRow[]> {
    const { db, principal, maxTimeMS } = context;
    const lines = await db
      .collection<{ order_id: string; deleted: boolean }>('order_items')
      .find(
        { ...storeFilter(principal, store), product_id: product },
        // A store's newest lines come in this order too, but few of them are this product's.
        { maxTimeMS, projection: { _id: 0, order_id: 1, deleted: 1 }, hint: 'idx_product_date' },
      )
      .sort({ order_date: -1 })
      .limit(LINES_MAX)
      .toArray();
    const orderIds = [...new Set(lines.filter(({ deleted }) => !deleted).map(({ order_id }) => order_id))];
    const [others, { products }] = await Promise.all([itemsOfOrders(context, orderIds), catalogue(context)]);
    const sums = new Map<string, { orders: number; units: number }>();
    for (const { product_id, quantity } of others) {
      if (product_id === product) continue;
      const sum = sums.get(product_id) ?? { orders: 0, units: 0 };
      sums.set(product_id, { orders: sum.orders + 1, units: sum.units + quantity });
    }
    return [...sums]
      .sort(([, one], [, other]) => other.orders - one.orders || other.units - one.units)
      .slice(0, limit)
      .map(([product_id, { orders, units }]) => ({
        product_id,
        sku: products.get(product_id)?.sku ?? '',
        product_name: products.get(product_id)?.product_name ?? product_id,
        orders,
        percent: Math.round((orders / orderIds.length) * 1000) / 10,
        units,
      }));
  },
});
