import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { syncedCollectionNames } from '../../domain/index.ts';
import { enableChangeStreams, readChangeStreamStates } from './enable.ts';
import { testChangeStreams } from './test.ts';

beforeAll(testServerUri);

describe('change streams', () => {
  test('[DB6] are enabled on every synced collection, the missing ones are made, and product_embeddings is left alone', async () => {
    await using database = await openTestDatabase();
    await database.db.collection<{ _id: string }>('orders').insertOne({ _id: 'order_1' });
    await database.db.collection<{ _id: string }>('product_embeddings').insertOne({ _id: 'prod_1' });
    const result = await enableChangeStreams(database.db);
    expect(result).toMatchObject({ enabled: ['orders'], wereEnabled: [] });
    expect(result.created).toHaveLength(syncedCollectionNames.length - 1);
    expect((await readChangeStreamStates(database.db)).every(({ isEnabled }) => isEnabled)).toBe(true);
    expect((await enableChangeStreams(database.db)).wereEnabled).toHaveLength(syncedCollectionNames.length);
    const [embeddings] = await database.db.listCollections({ name: 'product_embeddings' }).toArray();
    expect((embeddings as { options?: object } | undefined)?.options ?? {}).not.toHaveProperty(
      'changeStreamPreAndPostImages',
    );
    expect(await database.db.collection('orders').countDocuments()).toBe(1);
  });

  test('[DB6] the test sees inserts, updates and deletes with their images, resumes, and leaves nothing behind', async () => {
    await using database = await openTestDatabase();
    await enableChangeStreams(database.db);
    const result = await testChangeStreams(database.db);
    expect(result.findings.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.passed).toBe(true);
    expect(result.findings).toHaveLength(syncedCollectionNames.length + 9);
    expect(result.latencyMs).toBeGreaterThanOrEqual(0);
    const names = (await database.db.listCollections().toArray()).map(({ name }) => name);
    expect(names.sort()).toEqual([...syncedCollectionNames].sort());
  });

  test('[DB6] a synced collection without images, and one that is missing, fail the test by name', async () => {
    await using database = await openTestDatabase();
    await enableChangeStreams(database.db);
    await database.db.command({ collMod: 'orders', changeStreamPreAndPostImages: { enabled: false } });
    await database.db.collection('alerts').drop();
    const { passed, findings } = await testChangeStreams(database.db);
    expect(passed).toBe(false);
    expect(findings.filter((finding) => !finding.passed)).toEqual([
      { check: 'orders keeps pre- and post-images', passed: false, says: 'They are off.' },
      { check: 'alerts keeps pre- and post-images', passed: false, says: 'The collection does not exist.' },
    ]);
  });
});
