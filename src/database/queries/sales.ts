import { z } from 'zod';
import type { CategorySalesRow, DaySales, Order, OrderRow, SalesRow, TodayResult } from '../../domain/index.ts';
import { maySeeCosts, maySeeCustomers, type StoreId } from '../../domain/index.ts';
import { readMonthlySales } from '../summaries/read.ts';
import { type ItemSum, itemsSoldBy } from './items-sold.ts';
import {
  addDays,
  catalogue,
  cents,
  dayFilter,
  defineQuery,
  inDays,
  itemsOfOrders,
  most,
  newestOrderAt,
  ofStore,
  type QueryContext,
  SOLD,
  storeFilter,
  storeNames,
  yearBefore,
} from './query.ts';

export const today = defineQuery({
  name: 'today',
  summary: 'Sales of the newest order’s day, by hour, against the same day of the year before.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<TodayResult> {
    const newest = await newestOrderAt(context, store);
    if (newest === null) return { today: null, lastYear: null, lastYearSoFar: null, newestOrderAt: null };
    const day = newest.slice(0, 10);
    const [now, then] = await Promise.all([daySales(context, day, store), daySales(context, yearBefore(day), store)]);
    const hour = Number(newest.slice(11, 13));
    const soFar = then.hours.filter((one) => one.hour <= hour).reduce((sum, { sales }) => sum + sales, 0);
    return { today: now, lastYear: then, lastYearSoFar: cents(soFar), newestOrderAt: newest };
  },
});

async function daySales(context: QueryContext, day: string, store?: string): Promise<DaySales> {
  const { db, principal, maxTimeMS } = context;
  const orders = await db
    .collection<Pick<Order, 'order_id' | 'order_date' | 'subtotal'>>('orders')
    .find(
      { ...storeFilter(principal, store), ...dayFilter({ from: day, to: day }, 'order_date'), ...SOLD },
      { maxTimeMS, projection: { _id: 0, order_id: 1, order_date: 1, subtotal: 1 } },
    )
    .toArray();
  const { units, cost } = await unitsOf(
    context,
    orders.map(({ order_id }) => order_id),
  );
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const within = orders.filter(({ order_date }) => Number(order_date.slice(11, 13)) === hour);
    return { hour, sales: cents(within.reduce((sum, { subtotal }) => sum + subtotal, 0)), orders: within.length };
  });
  const sales = cents(orders.reduce((sum, { subtotal }) => sum + subtotal, 0));
  return {
    day,
    sales,
    orders: orders.length,
    units,
    averageBasket: orders.length === 0 ? null : cents(sales / orders.length),
    margin: maySeeCosts(principal) ? cents(sales - cost) : null,
    hours,
  };
}

/** Units of a day's orders, and what they cost the chain. */
async function unitsOf(context: QueryContext, orderIds: readonly string[]) {
  const [items, { products }] = await Promise.all([itemsOfOrders(context, orderIds), catalogue(context)]);
  let [units, cost] = [0, 0];
  for (const { product_id, quantity } of items) {
    units += quantity;
    cost += quantity * (products.get(product_id)?.cost ?? 0);
  }
  return { units, cost };
}

export const latestOrders = defineQuery({
  name: 'latest-orders',
  summary: 'The newest orders.',
  parameters: z.strictObject({ ...ofStore, limit: most(25, 500) }),
  async run({ db, principal, maxTimeMS }, { store, limit }): Promise<OrderRow[]> {
    const shown = [
      'order_id',
      'order_date',
      'store_id',
      'store_name',
      ...(maySeeCustomers(principal) ? ['customer_name'] : []),
      'status',
      'item_count',
      'subtotal',
      'total',
    ];
    return await db
      .collection<OrderRow>('orders')
      .find(storeFilter(principal, store), {
        maxTimeMS,
        projection: { _id: 0, ...Object.fromEntries(shown.map((field) => [field, 1])) },
      })
      .sort({ order_date: -1 })
      .limit(limit)
      .toArray();
  },
});

/** Ten years. */
const DAYS_MAX = 3_660;

const range = z.strictObject({ ...ofStore, ...inDays });
type Range = z.output<typeof range>;

async function salesBy(context: QueryContext, { store, ...days }: Range, key: unknown) {
  const { db, principal, maxTimeMS } = context;
  return await db
    .collection('orders')
    .aggregate<{ _id: string; sales: number; orders: number }>(
      [
        { $match: { ...storeFilter(principal, store), ...dayFilter(days, 'order_date'), ...SOLD } },
        { $group: { _id: key, sales: { $sum: '$subtotal' }, orders: { $sum: 1 } } },
      ],
      { maxTimeMS },
    )
    .toArray();
}

const rowsOf = (rows: readonly { _id: string; sales: number; orders: number }[], nameOf = (key: string) => key) =>
  rows.map(({ _id, sales, orders }): SalesRow => ({ key: _id, name: nameOf(_id), orders, sales: cents(sales) }));

export const salesByStore = defineQuery({
  name: 'sales-by-store',
  summary: 'Sales of each store, the largest first.',
  parameters: range,
  async run(context, parameters): Promise<SalesRow[]> {
    const [rows, names] = await Promise.all([salesBy(context, parameters, '$store_id'), storeNames(context)]);
    return rowsOf(rows, (key) => names.get(key) ?? key).sort((one, other) => other.sales - one.sales);
  },
});

export const salesByMonth = defineQuery({
  name: 'sales-by-month',
  summary: 'Sales of each month, the oldest first; the last one is not over.',
  parameters: range,
  async run(context, parameters): Promise<SalesRow[]> {
    const rows = await salesBy(context, parameters, { $substrBytes: ['$order_date', 0, 7] });
    return rowsOf(rows).sort((one, other) => (one.key < other.key ? -1 : 1));
  },
});

export const salesByDay = defineQuery({
  name: 'sales-by-day',
  summary: 'Sales of each day (UTC), the oldest first; without `from` and `to` of the 90 days up to the newest order.',
  parameters: range,
  async run(context, { store, from, to }): Promise<SalesRow[]> {
    const asked = from === undefined && to === undefined ? await lastDays(context, 90, store) : { from, to };
    if (asked === null) return [];
    const rows = await salesBy(context, { store, ...asked }, { $substrBytes: ['$order_date', 0, 10] });
    return rowsOf(rows)
      .sort((one, other) => (one.key < other.key ? -1 : 1))
      .slice(-DAYS_MAX);
  },
});

export const salesByHour = defineQuery({
  name: 'sales-by-hour',
  summary: 'Sales of each hour of the day (UTC) over the days of the question.',
  parameters: range,
  async run(context, parameters): Promise<SalesRow[]> {
    const rows = await salesBy(context, parameters, { $substrBytes: ['$order_date', 11, 2] });
    return rowsOf(rows, (key) => `${key}:00`).sort((one, other) => (one.key < other.key ? -1 : 1));
  },
});

export const salesByCategory = defineQuery({
  name: 'sales-by-category',
  summary: 'Units, sales and margin of each category of products.',
  parameters: range,
  async run(context, { store, ...days }): Promise<CategorySalesRow[]> {
    const { categories, sums } = await categorySums(context, store, days);
    const seesCosts = maySeeCosts(context.principal);
    return [...sums]
      .map(([category_id, { units, sales, cost }]) => ({
        category_id,
        category_name: categories.get(category_id)?.category_name ?? category_id,
        units,
        sales: cents(sales),
        margin: seesCosts ? cents(sales - cost) : null,
      }))
      .sort((one, other) => other.sales - one.sales);
  },
});

interface CategorySum {
  units: number;
  sales: number;
  cost: number;
}

async function categorySums(context: QueryContext, store: StoreId | undefined, days: Omit<Range, 'store'>) {
  const sums = new Map<string, CategorySum>();
  const add = (category: string, { units, sales, cost }: CategorySum) => {
    const sum = sums.get(category) ?? { units: 0, sales: 0, cost: 0 };
    sum.units += units;
    sum.sales += sales;
    sum.cost += cost;
    sums.set(category, sum);
  };
  const isOverAll = days.from === undefined && days.to === undefined;
  const summarised = isOverAll ? await readMonthlySales(context, store) : null;
  const [sold, { products, categories }] = await Promise.all([
    summarised === null ? unitsSold(context, store, days) : null,
    catalogue(context),
  ]);
  for (const { types } of summarised ?? []) {
    for (const { category_id, units, sales_cents, cost_cents } of types)
      add(category_id, { units, sales: sales_cents / 100, cost: cost_cents / 100 });
  }
  for (const [productId, { units, sales }] of sold ?? []) {
    const product = products.get(productId);
    if (product !== undefined) add(product.category_id, { units, sales, cost: units * product.cost });
  }
  return { sums, categories };
}

/** Units and sales by product, from the items of orders that were not cancelled. */
export async function unitsSold(
  context: QueryContext,
  store: string | undefined,
  days: { from?: string | undefined; to?: string | undefined },
): Promise<ReadonlyMap<string, ItemSum<string>>> {
  const sold = await itemsSoldBy<string>(context, store, days, '$product_id');
  return new Map(sold.map((sum) => [sum.key, sum]));
}

/** The last so many weeks up to the newest order. */
export const lastWeeks = (context: QueryContext, weeks: number, store?: string) => lastDays(context, 7 * weeks, store);

async function lastDays(context: QueryContext, days: number, store?: string) {
  const newest = await newestOrderAt(context, store);
  if (newest === null) return null;
  const to = newest.slice(0, 10);
  return { from: addDays(to, 1 - days), to };
}
