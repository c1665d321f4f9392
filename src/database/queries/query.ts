/** What a query is, and what all of them share: whose question it is, its limits, the stores and names it needs. */
import type { Db, Document } from 'mongodb';
import { z } from 'zod';
import { maySeeStore, type OrderItem, type Principal, type StoreId, storeId } from '../../domain/index.ts';
import type { QueryEmbedder } from '../../embeddings/index.ts';
import { DatabaseError } from '../errors.ts';

export interface QueryContext {
  readonly db: Db;
  /** Whose question it is: the answer holds nothing of stores that it may not see. */
  readonly principal: Principal;
  /** After so long the database gives up, in milliseconds. */
  readonly maxTimeMS: number;
  /** What can make vectors of a question. Default: the local model. */
  readonly embedders?: readonly QueryEmbedder[];
}

export interface Query<Parameters = unknown, Result = unknown> {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Of single customers and their habits: nothing for who may not see customers. */
  readonly isOfCustomers?: boolean;
  /** Of texts, as an address carries them, or of values. */
  readonly parameters: z.ZodType<Parameters>;
  run(context: QueryContext, parameters: Parameters): Promise<Result>;
}

/** Keeps the types of parameters and result. */
export const defineQuery = <Parameters, Result>(query: Query<Parameters, Result>): Query<Parameters, Result> => query;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2026-11-21');
export const ofStore = { store: storeId.optional() };
/** `from` is the first day, `to` the last one, both UTC. */
export const inDays = { from: day.optional(), to: day.optional() };
export const most = (byDefault: number, max: number) => z.coerce.number().int().min(1).max(max).default(byDefault);

/** Cancelled orders are not sales. */
export const SOLD = { status: { $ne: 'cancelled' }, deleted: false } as const;

/** The stores that a question is about: the one it names, or all that the principal may see. Throws STORE_NOT_YOURS. */
export function storeFilter(principal: Principal, store?: StoreId, field = 'store_id'): Document {
  if (store !== undefined) {
    if (!maySeeStore(principal, store))
      throw new DatabaseError('STORE_NOT_YOURS', `You may not see the store ${store}.`);
    return { [field]: store };
  }
  return principal.stores === 'all' ? {} : { [field]: { $in: [...principal.stores] } };
}

/** Days as a filter of a field that holds ISO times. */
export function dayFilter(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  field: string,
): Document {
  if (from === undefined && to === undefined) return {};
  const bounds: Document = {};
  if (from !== undefined) bounds['$gte'] = from;
  if (to !== undefined) bounds['$lt'] = addDays(to, 1);
  return { [field]: bounds };
}

/** `2026-02-28`, 1 → `2026-03-01` */
export function addDays(of: string, days: number): string {
  return new Date(Date.parse(`${of}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The same day a year before; of a leap day the one before it. */
export const yearBefore = (day: string): string =>
  `${Number(day.slice(0, 4)) - 1}${day.slice(4) === '-02-29' ? '-02-28' : day.slice(4)}`;

/**
 * The items of a few hundred orders, which the principal may see. Found and summed here: a server that groups them itself may
 * read all items for it, and one that is asked for what is not deleted tries the index of that, with all items in it, as well.
 */
export async function itemsOfOrders({ db, maxTimeMS }: QueryContext, orderIds: readonly string[]) {
  const items = await db
    .collection<Pick<OrderItem, 'order_id' | 'product_id' | 'quantity' | 'deleted'>>('order_items')
    .find(
      { order_id: { $in: [...orderIds] } },
      { maxTimeMS, batchSize: 5_000, projection: { _id: 0, product_id: 1, quantity: 1, deleted: 1 } },
    )
    .toArray();
  return items.filter(({ deleted }) => !deleted);
}

/** The newest order of these stores: "recent" is counted from it, not from the clock. */
export async function newestOrderAt(
  { db, principal, maxTimeMS }: QueryContext,
  store?: StoreId,
): Promise<string | null> {
  const newest = await db
    .collection<{ order_date: string }>('orders')
    .find(storeFilter(principal, store), { maxTimeMS, projection: { _id: 0, order_date: 1 } })
    .sort({ order_date: -1 })
    .limit(1)
    .next();
  return newest?.order_date ?? null;
}

export async function storeNames({ db, maxTimeMS }: QueryContext): Promise<ReadonlyMap<string, string>> {
  const stores = await db
    .collection<{ store_id: string; store_name: string }>('stores')
    .find({}, { maxTimeMS, projection: { _id: 0, store_id: 1, store_name: 1 } })
    .toArray();
  return new Map(stores.map(({ store_id, store_name }) => [store_id, store_name]));
}

export interface CatalogueEntry {
  readonly product_id: string;
  readonly sku: string;
  readonly product_name: string;
  readonly category_id: string;
  readonly base_price: number;
  readonly cost: number;
}

/** The catalogue by product, and the categories' names. 400 products: read whole. */
export async function catalogue({ db, maxTimeMS }: QueryContext) {
  const shown = { _id: 0, product_id: 1, sku: 1, product_name: 1, category_id: 1, base_price: 1, cost: 1 };
  const [products, categories] = await Promise.all([
    db.collection<CatalogueEntry>('products').find({ deleted: false }, { maxTimeMS, projection: shown }).toArray(),
    db
      .collection<{ category_id: string; category_name: string; seasonal_multipliers: Record<string, number> }>(
        'categories',
      )
      .find({ deleted: false }, { maxTimeMS })
      .toArray(),
  ]);
  return {
    products: new Map(products.map((product) => [product.product_id, product])),
    categories: new Map(categories.map((category) => [category.category_id, category])),
  };
}

export const cents = (dollars: number): number => Math.round(dollars * 100) / 100;
