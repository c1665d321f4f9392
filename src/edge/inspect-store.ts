/** Whether the store can still read all that it holds. A damaged document is left out of every answer, without a word. */
import { syncedCollectionNames } from '../domain/index.ts';
import type { DittoExecutor, DittoStoreLike } from './ditto-executor.ts';
import { statements } from './dql.ts';

const OWN_COLLECTIONS = ['zava_outbox', 'zava_shadows', 'zava_rejected', 'zava_sync'];

/** How many documents cannot be read, by collection; empty where the store is sound. */
export async function unreadableDocuments(store: DittoStoreLike): Promise<ReadonlyMap<string, number>> {
  const unreadable = new Map<string, number>();
  for (const collection of [...OWN_COLLECTIONS, ...syncedCollectionNames]) {
    // One collection at a time, so that others get their turn; both counts of one moment.
    const missing = await store.transaction(
      async (moment) =>
        (await count(moment, statements.countAll(collection))) -
        (await count(moment, statements.countReadable(collection))),
      { isReadOnly: true },
    );
    if (missing !== 0) unreadable.set(collection, missing);
  }
  return unreadable;
}

async function count(executor: DittoExecutor, statement: string): Promise<number> {
  const { items } = await executor.execute(statement);
  return (items[0]?.value as { units: number } | undefined)?.units ?? 0;
}
