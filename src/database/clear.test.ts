import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, testServerUri } from '../../tests/support/database.ts';
import { clearDatabase } from './clear.ts';
import { createIndexes } from './indexes/manage.ts';
import { loadDataSet } from './load/load.ts';
import { readRun } from './load/run.ts';

beforeAll(testServerUri);

describe('clearing', () => {
  test('[DB16] drops the project’s collections with their indexes and the record of runs, and nothing else', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, {
      kind: 'generate',
      fingerprint: 'f',
      parameters: {},
      batches: () => [{ collection: 'stores', documents: [{ _id: 'store_a', store_id: 'store_a' }] }],
    });
    await createIndexes(database.db);
    await database.db.collection<{ _id: string }>('of_somebody_else').insertOne({ _id: 'kept' });
    const dropped = await clearDatabase(database.db);
    expect(dropped.find(({ collection }) => collection === 'stores')).toEqual({ collection: 'stores', documents: 1 });
    expect((await database.db.listCollections().toArray()).map(({ name }) => name)).toEqual(['of_somebody_else']);
    expect(await readRun(database.db)).toBeNull();
    expect(await clearDatabase(database.db)).toEqual([]);
  });
});
