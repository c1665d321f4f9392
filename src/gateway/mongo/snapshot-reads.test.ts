import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import type { Filter } from '../../domain/index.ts';
import type { CollectionScope, Document } from '../../sync/index.ts';
import { SnapshotReads } from './snapshot-reads.ts';

const DOCUMENTS = 40;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  const customers = database.db.collection<{ _id: string; primary_store_id: string }>('customers');
  await customers.createIndex({ primary_store_id: 1 }, { name: 'idx_store' });
  const stores = ['store_seattle', 'store_tacoma'];
  await customers.insertMany(
    Array.from({ length: DOCUMENTS }, (_, index) => ({
      _id: `customer_${String(index).padStart(2, '0')}`,
      primary_store_id: stores[index % 2] as string,
    })),
  );
});
afterAll(() => database[Symbol.asyncDispose]());

function scopeOf(filter: Filter): CollectionScope {
  const visible = (document: Document) => document;
  return { collection: 'customers', filter, fingerprint: '0123456789abcdef', visible };
}

const inSeattle = { primary_store_id: 'store_seattle' };

describe('[GW27] snapshots', () => {
  test('are read chunk by chunk in the order of their ids, by an index of their filter', async () => {
    const plan = await database.db
      .collection('customers')
      .find(inSeattle, { projection: { _id: 1 } })
      .explain();
    expect(JSON.stringify(plan)).toContain('"indexName":"idx_store"');
    const reads = new SnapshotReads(database.db);
    const device = {};
    const ids: unknown[] = [];
    for (let afterId: string | null = null, isLast = false; !isLast; ) {
      const chunk = await reads.readChunk(device, scopeOf(inSeattle), afterId, 7);
      ids.push(...chunk.documents.map((document) => document['_id']).toSorted());
      ({ lastId: afterId, isLast } = chunk);
    }
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toHaveLength(DOCUMENTS / 2);
    reads.leave(device);
    expect(reads.devices).toEqual({ served: 0, waiting: 0 });
  });

  test('are for so many devices at once; the next has its turn when one leaves or asks no more', async () => {
    const reads = new SnapshotReads(database.db, { devicesMax: 2, idleMs: 50 });
    const [first, second, third, fourth] = [{}, {}, {}, {}];
    const read = (device: object) => reads.readChunk(device, scopeOf({}), null, 5);
    await Promise.all([read(first), read(second)]);
    const answered: string[] = [];
    const thirdRead = read(third).then(({ documents }) => answered.push(`third ${documents.length}`));
    const fourthRead = read(fourth).then(({ documents }) => answered.push(`fourth ${documents.length}`));
    expect(reads.devices).toEqual({ served: 2, waiting: 2 });
    reads.leave(first);
    await thirdRead;
    expect(answered).toEqual(['third 5']);
    await vi.waitFor(() => {
      reads.makeRoom();
      expect(reads.devices.waiting).toBe(0);
    });
    await fourthRead;
    expect(answered).toEqual(['third 5', 'fourth 5']);
  });

  test('a device that leaves while it waits is told of nothing more', async () => {
    const reads = new SnapshotReads(database.db, { devicesMax: 1 });
    const [first, second] = [{}, {}];
    await reads.readChunk(first, scopeOf({}), null, 5);
    const waiting = reads.readChunk(second, scopeOf({}), null, 5);
    reads.leave(second);
    expect(await waiting).toEqual({ documents: [], lastId: null, isLast: false });
    expect(reads.devices).toEqual({ served: 1, waiting: 0 });
  });
});
