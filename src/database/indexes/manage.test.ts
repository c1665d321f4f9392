import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Db } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { indexTable } from './index-table.ts';
import { type ComparedIndex, compareIndexes, createIndexes, dropIndexes } from './manage.ts';

beforeAll(testServerUri);

const repositoryFile = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
async function statesOf(db: Db) {
  const compared = await compareIndexes(db);
  const of = (wanted: ComparedIndex['state']) => compared.filter(({ state }) => state === wanted);
  return { missing: of('missing'), different: of('different'), foreign: of('foreign') };
}

describe('managing the indexes', () => {
  test('[DB5] all that are missing are made, and made again they are there already', async () => {
    await using database = await openTestDatabase();
    expect((await statesOf(database.db)).missing).toHaveLength(indexTable.length);
    expect(await createIndexes(database.db)).toMatchObject({ created: indexTable.length, existed: 0 });
    const compared = await compareIndexes(database.db);
    expect(compared.filter(({ state }) => state !== 'as expected')).toEqual([]);
    expect(await createIndexes(database.db)).toMatchObject({ created: 0, existed: indexTable.length });
  });

  test('[DB5] those of the contract have its options on the server', async () => {
    await using database = await openTestDatabase();
    await createIndexes(database.db);
    const [text] = (await database.db.collection('products').indexes()).filter(
      ({ name }) => name === 'idx_text_search',
    );
    expect(text?.['weights']).toEqual({ product_name: 10, product_description: 5 });
    const customers = database.db.collection<{ _id: string; customer_id: string; email: string }>('customers');
    await customers.insertOne({ _id: 'customer_1', customer_id: 'customer_1', email: 'a@example.com' });
    const twice = customers.insertOne({ _id: 'customer_2', customer_id: 'customer_2', email: 'a@example.com' });
    await expect(twice).rejects.toMatchObject({ code: 11_000 });
  });

  test('[DB5] a missing, a different and a foreign index are told apart', async () => {
    await using database = await openTestDatabase();
    await createIndexes(database.db);
    const orders = database.db.collection('orders');
    await orders.dropIndex('idx_status');
    await orders.dropIndex('idx_deleted');
    await orders.createIndex({ deleted: -1 }, { name: 'idx_deleted' });
    await orders.createIndex({ total: 1 }, { name: 'of_somebody' });
    const { missing, different, foreign } = await statesOf(database.db);
    expect(missing).toMatchObject([{ collection: 'orders', name: 'idx_status', keys: { status: 1 } }]);
    expect(different).toMatchObject([
      { collection: 'orders', name: 'idx_deleted', differences: [expect.stringContaining('keys are')] },
    ]);
    expect(foreign).toMatchObject([{ collection: 'orders', name: 'of_somebody', keys: { total: 1 }, unique: false }]);
  });

  test('[DB5] an index in another form is refused before anything is made', async () => {
    await using database = await openTestDatabase();
    await database.db.collection('stores').createIndex({ deleted: -1 }, { name: 'idx_deleted' });
    await expect(createIndexes(database.db)).rejects.toMatchObject({
      code: 'INDEX_CONFLICT',
      data: { conflicts: ['stores.idx_deleted'] },
    });
    expect((await statesOf(database.db)).missing).toHaveLength(indexTable.length - 1);
  });

  test('[DB5] dropping takes the project’s and leaves others', async () => {
    await using database = await openTestDatabase();
    await createIndexes(database.db);
    await database.db.collection('orders').createIndex({ total: 1 }, { name: 'of_somebody' });
    expect(await dropIndexes(database.db)).toHaveLength(indexTable.length);
    expect(await statesOf(database.db)).toMatchObject({ foreign: [{ name: 'of_somebody' }] });
    expect(await dropIndexes(database.db)).toEqual([]);
  });

  test('[DB4] the script for mongosh makes the same indexes', async () => {
    await using database = await openTestDatabase();
    const { stdout } = await promisify(execFile)(
      repositoryFile('node_modules/.bin/mongosh'),
      [database.uri, '--quiet', repositoryFile('scripts/create_indexes.js')],
      { env: { ...process.env, MONGODB_DATABASE: database.name }, timeout: 50_000 },
    );
    expect(stdout).toContain(`${indexTable.length} indexes are in place`);
    expect((await compareIndexes(database.db)).filter(({ state }) => state !== 'as expected')).toEqual([]);
  });
});
