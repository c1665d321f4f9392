/**
 * The orders that an operation's documents belong to without changing them. A line or a movement that named an order of
 * another store would show up in that store's books, written by somebody who may not write there.
 */
import type { Document, DocumentKey, Operation, RejectionReason } from '../sync/index.ts';

interface Written {
  readonly collection: string;
  readonly id: string;
  readonly before: Document | null;
  readonly after: Document;
}

export interface WrongOrder {
  readonly collection: string;
  readonly id: string;
  readonly reason: RejectionReason;
  readonly message: string;
}

const orderKey = (orderId: unknown): DocumentKey => `orders/${String(orderId)}`;

/** Ids of orders that are named and not changed: what has to be read besides the documents themselves. */
export function namedOrderIds({ changes }: Operation): string[] {
  const changed = new Set(changes.flatMap(({ collection, id }) => (collection === 'orders' ? [id] : [])));
  const named = new Set<string>();
  for (const change of changes) {
    const { order_id: orderId } = change.kind === 'create' ? change.document : change.fields;
    if (change.collection !== 'orders' && typeof orderId === 'string' && !changed.has(orderId)) named.add(orderId);
  }
  return [...named];
}

/** Null where every line and movement is of its own store's order. Of an order that is gone, goods may still come back. */
export function wrongOrderIn(
  writes: readonly Written[],
  standingOrder: (key: DocumentKey) => Document | undefined,
): WrongOrder | null {
  const orders = new Map<DocumentKey, Document>();
  for (const { collection, id, after } of writes) if (collection === 'orders') orders.set(orderKey(id), after);
  for (const { collection, id, before, after } of writes) {
    const { order_id: orderId, store_id: storeId } = after;
    if (collection === 'orders' || orderId === undefined || before?.['order_id'] === orderId) continue;
    const order = orders.get(orderKey(orderId)) ?? standingOrder(orderKey(orderId));
    const what = `${collection}/${id}`;
    if (order === undefined && collection === 'order_items') {
      const message = `${what} is a line of order ${String(orderId)}, which headquarters does not have.`;
      return { collection, id, reason: 'document_missing', message };
    }
    if (order !== undefined && order['store_id'] !== storeId) {
      const message = `${what} is of ${String(storeId)}, and order ${String(orderId)}, which it names, of another store.`;
      return { collection, id, reason: 'outside_scope', message };
    }
  }
  return null;
}
