/**
 * What was ordered and then cancelled, or deleted with its order. An item does not know the state of its order, so sums over items
 * are made of all items, less these few: a join of every item with its order would take ten times as long.
 */
import type { OrderItem } from '../../domain/index.ts';
import { dayFilter, type QueryContext, storeFilter } from './query.ts';

type NotSold = Pick<OrderItem, 'store_id' | 'product_id' | 'order_date' | 'quantity' | 'line_total'>;

interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** So many orders are asked about at once. */
const ORDERS_AT_ONCE = 2_000;

/** The items, themselves not deleted, of orders that were cancelled or deleted. */
export async function itemsNotSold(context: QueryContext, store: string | undefined, days: Days): Promise<NotSold[]> {
  const { db, principal, maxTimeMS } = context;
  const scope = { ...storeFilter(principal, store), ...dayFilter(days, 'order_date') };
  // Two questions, each with an index of its own; together they are a scan of all orders on some servers.
  const found = await Promise.all(
    [{ status: 'cancelled' }, { deleted: true }].map((unsold) =>
      db
        .collection<{ order_id: string }>('orders')
        .find({ ...scope, ...unsold }, { maxTimeMS, batchSize: 5_000, projection: { _id: 0, order_id: 1 } })
        .toArray(),
    ),
  );
  const ids = [...new Set(found.flat().map(({ order_id }) => order_id))];
  const items: (NotSold & { readonly deleted: boolean })[] = [];
  for (let start = 0; start < ids.length; start += ORDERS_AT_ONCE) {
    const shown = { _id: 0, store_id: 1, product_id: 1, order_date: 1, quantity: 1, line_total: 1, deleted: 1 };
    const some = db
      .collection<NotSold & { order_id: string; deleted: boolean }>('order_items')
      .find(
        { order_id: { $in: ids.slice(start, start + ORDERS_AT_ONCE) } },
        { maxTimeMS, batchSize: 10_000, projection: shown },
      );
    items.push(...(await some.toArray()));
  }
  return items.filter(({ deleted }) => !deleted);
}
