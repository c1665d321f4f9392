import type { Db } from 'mongodb';
import { withDatabaseErrors } from './connect/error-mapping.ts';
import { EMBEDDING_SOURCES_COLLECTION } from './embeddings/survey.ts';
import { type CollectionCount, dropProjectCollections, RUNS_COLLECTION } from './project-collections.ts';
import { MONTHLY_SALES_COLLECTION } from './summaries/monthly-sales.ts';
import { FOLLOWERS_COLLECTION } from './summaries/read.ts';

/** Drops the project's collections with their indexes, and the records of runs, embedded texts and summaries. Other collections stay. */
export async function clearDatabase(db: Db, signal?: AbortSignal): Promise<CollectionCount[]> {
  const dropped = await dropProjectCollections(db, signal);
  await withDatabaseErrors(async () => {
    const records = [EMBEDDING_SOURCES_COLLECTION, FOLLOWERS_COLLECTION, MONTHLY_SALES_COLLECTION, RUNS_COLLECTION];
    const existing = await db.listCollections({ name: { $in: records } }).toArray();
    for (const name of records) if (existing.some((one) => one.name === name)) await db.dropCollection(name);
  });
  return dropped;
}
