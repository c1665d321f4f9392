import type { Db } from 'mongodb';
import { withDatabaseErrors } from './connect/error-mapping.ts';
import { type CollectionCount, dropProjectCollections, RUNS_COLLECTION } from './project-collections.ts';

/** Drops the project's collections with their indexes, and the record of runs. Other collections stay. */
export async function clearDatabase(db: Db, signal?: AbortSignal): Promise<CollectionCount[]> {
  const dropped = await dropProjectCollections(db, signal);
  await withDatabaseErrors(async () => {
    const [runs] = await db.listCollections({ name: RUNS_COLLECTION }).toArray();
    if (runs !== undefined) await db.dropCollection(RUNS_COLLECTION);
  });
  return dropped;
}
