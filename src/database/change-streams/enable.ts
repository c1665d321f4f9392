import type { Db, Document } from 'mongodb';
import { type CollectionName, syncedCollectionNames } from '../../domain/index.ts';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import type { WorkOptions } from '../indexes/manage.ts';

export interface ChangeStreamState {
  readonly collection: CollectionName;
  readonly exists: boolean;
  /** Whether the collection keeps pre- and post-images of its changes. */
  readonly isEnabled: boolean;
}

/** Whether each synced collection keeps pre- and post-images. */
export async function readChangeStreamStates(db: Db): Promise<ChangeStreamState[]> {
  const options = new Map<string, Document>();
  await withDatabaseErrors(async () => {
    for await (const info of db.listCollections()) options.set(info.name, ('options' in info && info.options) || {});
  });
  return syncedCollectionNames.map((collection) => ({
    collection,
    exists: options.has(collection),
    isEnabled: options.get(collection)?.['changeStreamPreAndPostImages']?.enabled === true,
  }));
}

export interface EnabledChangeStreams {
  readonly created: readonly CollectionName[];
  readonly enabled: readonly CollectionName[];
  readonly wereEnabled: readonly CollectionName[];
}

/**
 * Turns pre- and post-images on for every synced collection, and makes those that are missing. Safe to run again.
 * `product_embeddings` is left alone: it is never synced.
 */
export async function enableChangeStreams(
  db: Db,
  { signal, onProgress }: WorkOptions = {},
): Promise<EnabledChangeStreams> {
  const created: CollectionName[] = [];
  const enabled: CollectionName[] = [];
  const wereEnabled: CollectionName[] = [];
  const states = await readChangeStreamStates(db);
  const changeStreamPreAndPostImages = { enabled: true };
  for (const [index, { collection, exists, isEnabled }] of states.entries()) {
    signal?.throwIfAborted();
    if (isEnabled) wereEnabled.push(collection);
    else if (exists) {
      await withDatabaseErrors(() => db.command({ collMod: collection, changeStreamPreAndPostImages }));
      enabled.push(collection);
    } else {
      await withDatabaseErrors(() => db.createCollection(collection, { changeStreamPreAndPostImages }));
      created.push(collection);
    }
    onProgress?.({ phase: 'change streams', done: index + 1, total: states.length, unit: 'collections' });
  }
  return { created, enabled, wereEnabled };
}
