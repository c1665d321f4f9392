/** Batches of downloads that wait for the store, put together: a transaction costs about the same however much is in it. */
import { documentKey } from '../sync/index.ts';
import type { StoreBatch } from './replica-effects.ts';

/** Documents of one transaction, about: others want the store too. */
const DOCUMENTS_MAX = 1_000;

/** Null where each has to be stored by itself: one does more than download, or there is too much in them. */
export function mergedBatch(earlier: StoreBatch, later: StoreBatch): StoreBatch | null {
  const documents = [earlier, later].reduce((sum, { upserts, removals }) => sum + upserts.length + removals.length, 0);
  if (documents > DOCUMENTS_MAX || !isPlain(earlier) || !isPlain(later)) return null;
  const removed = new Set(later.removals.map(documentKey));
  const put = new Set(later.upserts.map(keyOfUpsert));
  return {
    ...later,
    upserts: [...earlier.upserts.filter((upsert) => !removed.has(keyOfUpsert(upsert))), ...later.upserts],
    removals: [...earlier.removals.filter((removal) => !put.has(documentKey(removal))), ...later.removals],
    sync: later.sync ?? earlier.sync,
  };
}

const keyOfUpsert = ({ collection, document }: StoreBatch['upserts'][number]) =>
  documentKey({ collection, id: String(document['_id']) });

function isPlain({ clear, outbox, shadows, rejected, lost, settled, newLife }: StoreBatch): boolean {
  const others = [clear, outbox.put, outbox.remove, shadows.put, shadows.remove, rejected, lost, settled];
  return newLife === null && others.every(({ length }) => length === 0);
}
