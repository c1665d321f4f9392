/** What of a database is the project's: its collections, and the record of its runs. Nothing else is ever touched. */
import type { Db } from 'mongodb';
import { type CollectionName, collectionNames } from '../domain/index.ts';
import { databaseErrorFrom } from './connect/error-mapping.ts';

/** The record of loading and importing: what makes them resumable. */
export const RUNS_COLLECTION = 'zava_runs';

export interface CollectionCount {
  readonly collection: CollectionName;
  readonly documents: number;
}

/** The project's collections that exist, with how many documents each holds, in the order of the data set. */
export async function countProjectDocuments(db: Db): Promise<CollectionCount[]> {
  try {
    const existing = await existingProjectCollections(db);
    const counts: CollectionCount[] = [];
    for (const collection of existing) {
      counts.push({ collection, documents: await db.collection(collection).estimatedDocumentCount() });
    }
    return counts;
  } catch (error) {
    throw databaseErrorFrom(error) ?? error;
  }
}

export async function existingProjectCollections(db: Db): Promise<CollectionName[]> {
  const found = new Set<string>();
  for await (const { name } of db.listCollections({}, { nameOnly: true })) found.add(name);
  return collectionNames.filter((name) => found.has(name));
}

/** `orders 200,000, customers 50,000` */
export const describeCounts = (counts: readonly CollectionCount[]): string =>
  counts.map(({ collection, documents }) => `${collection} ${documents.toLocaleString('en-US')}`).join(', ');

/** Drops the project's collections, and no others. The record of runs goes last: until then they count as unfinished. */
export async function dropProjectCollections(db: Db, signal?: AbortSignal): Promise<CollectionCount[]> {
  const counts = await countProjectDocuments(db);
  for (const { collection } of counts) {
    signal?.throwIfAborted();
    await db.dropCollection(collection).catch((error: unknown) => {
      throw databaseErrorFrom(error) ?? error;
    });
  }
  return counts;
}
