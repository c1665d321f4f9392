/**
 * What each store sold in each month, by type of product: the one summary. 672 documents stand for 200,000 orders and
 * 414,000 items, for the questions over all of them that no index makes fast.
 */
import type { Db, Document } from 'mongodb';
import type { Principal } from '../../domain/index.ts';
import { itemsSoldBy } from '../queries/items-sold.ts';
import { addDays, dayFilter, type QueryContext, SOLD, storeFilter } from '../queries/query.ts';

export const MONTHLY_SALES_COLLECTION = 'monthly_sales';

export interface TypeSales {
  readonly type_id: string;
  readonly category_id: string;
  readonly units: number;
  readonly sales_cents: number;
  /** At what the products cost the chain now. */
  readonly cost_cents: number;
}

/** Orders that are neither cancelled nor deleted, and their items, by the rules of the query library. */
export interface MonthFigures {
  readonly orders: number;
  readonly sales_cents: number;
  /** In the order of their ids. */
  readonly types: readonly TypeSales[];
}

export interface MonthlySales extends MonthFigures {
  /** `store_seattle:2026-11` */
  readonly _id: string;
  readonly store_id: string;
  readonly month: string;
  /** How often something of the month changed; and at which of these the figures were made. They hold where the two are equal. */
  readonly marked: number;
  readonly made_at_mark: number;
}

export const NO_SALES: MonthFigures = { orders: 0, sales_cents: 0, types: [] };

export const monthlySales = (db: Db) => db.collection<MonthlySales>(MONTHLY_SALES_COLLECTION);
export const isExact = ({ marked, made_at_mark }: MonthlySales): boolean => marked === made_at_mark;

/** Headquarters sees every store: summaries are of all, and scoped where they are read. */
const EVERYBODY: Principal = { role: 'headquarters', userId: 'summaries', stores: 'all' };
export const wholeCompany = (db: Db, maxTimeMS: number): QueryContext => ({ db, principal: EVERYBODY, maxTimeMS });

export interface Months {
  /** `2026-10`, both included. */
  readonly first: string;
  readonly last: string;
}

/** From the raw documents, by `_id`; months without a sale are not in it. */
export async function figuresOf(
  context: QueryContext,
  { first, last }: Months,
  store?: string,
): Promise<Map<string, MonthFigures>> {
  const days = { from: `${first}-01`, to: addDays(`${monthAfter(last)}-01`, -1) };
  const month = { $substrBytes: ['$order_date', 0, 7] };
  const { db, principal, maxTimeMS } = context;
  const [orders, items, products] = await Promise.all([
    db
      .collection('orders')
      .aggregate<{ _id: { store: string; month: string }; orders: number; sales: number }>(
        [
          { $match: { ...storeFilter(principal, store), ...dayFilter(days, 'order_date'), ...SOLD } },
          { $group: { _id: { store: '$store_id', month }, orders: { $sum: 1 }, sales: { $sum: '$subtotal' } } },
        ],
        { maxTimeMS, batchSize: 10_000 },
      )
      .toArray(),
    itemsSoldBy<{ store: string; product: string; month: string }>(context, store, days, {
      store: '$store_id',
      product: '$product_id',
      month,
    }),
    costsAndTypes(db, maxTimeMS),
  ]);
  const figures = new Map<string, { orders: number; sales_cents: number; types: Map<string, Mutable<TypeSales>> }>();
  const of = (id: string) => {
    const found = figures.get(id) ?? { orders: 0, sales_cents: 0, types: new Map() };
    figures.set(id, found);
    return found;
  };
  for (const { _id, orders: count, sales } of orders)
    Object.assign(of(`${_id.store}:${_id.month}`), { orders: count, sales_cents: Math.round(sales * 100) });
  for (const { key, units, sales } of items) {
    const product = products.get(key.product);
    if (product === undefined) continue;
    const { type_id, category_id, cost } = product;
    const { types } = of(`${key.store}:${key.month}`);
    const sum = types.get(type_id) ?? { type_id, category_id, units: 0, sales_cents: 0, cost_cents: 0 };
    types.set(type_id, sum);
    sum.units += units;
    sum.sales_cents += Math.round(sales * 100);
    sum.cost_cents += Math.round(units * cost * 100);
  }
  return new Map(
    [...figures].map(([id, { types, ...sums }]) => [
      id,
      { ...sums, types: [...types.values()].sort((one, other) => (one.type_id < other.type_id ? -1 : 1)) },
    ]),
  );
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

async function costsAndTypes(db: Db, maxTimeMS: number) {
  const products = await db
    .collection<{ product_id: string; type_id: string; category_id: string; cost: number }>('products')
    .find(
      { deleted: false },
      { maxTimeMS, projection: { _id: 0, product_id: 1, type_id: 1, category_id: 1, cost: 1 } as Document },
    )
    .toArray();
  return new Map(products.map((product) => [product.product_id, product]));
}

/** `2026-12` → `2027-01` */
export function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
