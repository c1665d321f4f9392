/**
 * Sums over the items of orders that were not cancelled or deleted. An item does not know the state of its order, so they are the sums
 * of all items less those of these few: a join of every item with its order would take ten times as long.
 */
import type { Document } from 'mongodb';
import { dayFilter, type QueryContext, storeFilter } from './query.ts';

interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface ItemSum<Key> {
  readonly key: Key;
  readonly units: number;
  /** Dollars, not rounded. */
  readonly sales: number;
}

/** `key` says what is summed up, as the `_id` of a `$group` over `order_items`. */
export async function itemsSoldBy<Key>(
  context: QueryContext,
  store: string | undefined,
  days: Days,
  key: unknown,
): Promise<ItemSum<Key>[]> {
  const scope = { ...storeFilter(context.principal, store), ...dayFilter(days, 'order_date') };
  const [ordered, notSold] = await Promise.all([
    sums<Key>(context, scope, key),
    unsoldOrders(context, scope).then((ids) =>
      ids.length === 0 ? [] : sums<Key>(context, { order_id: { $in: ids } }, key),
    ),
  ]);
  const lessBy = new Map(notSold.map((sum) => [JSON.stringify(sum._id), sum]));
  return ordered
    .map(({ _id, units, sales }) => {
      const less = lessBy.get(JSON.stringify(_id));
      return { key: _id, units: units - (less?.units ?? 0), sales: sales - (less?.sales ?? 0) };
    })
    .filter(({ units }) => units > 0);
}

const sums = <Key>({ db, maxTimeMS }: QueryContext, filter: Document, key: unknown) =>
  db
    .collection('order_items')
    .aggregate<{ _id: Key; units: number; sales: number }>(
      [
        { $match: { ...filter, deleted: false } },
        { $group: { _id: key, units: { $sum: '$quantity' }, sales: { $sum: '$line_total' } } },
      ],
      { maxTimeMS, batchSize: 10_000 },
    )
    .toArray();

async function unsoldOrders({ db, maxTimeMS }: QueryContext, scope: Document): Promise<string[]> {
  const rows = await db
    .collection('orders')
    .aggregate<{ _id: string }>(
      [{ $match: { ...scope, $or: [{ status: 'cancelled' }, { deleted: true }] } }, { $group: { _id: '$order_id' } }],
      { maxTimeMS, batchSize: 10_000 },
    )
    .toArray();
  return rows.map(({ _id }) => _id);
}
