import { randomUUID } from 'node:crypto';
import { Ditto, DittoConfig, Logger } from '@dittolive/ditto';
import { afterEach, describe, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import { contentHash, type Document, type Operation } from '../sync/index.ts';
import type { DittoStoreLike } from './ditto-executor.ts';
import { DittoStorage } from './ditto-storage.ts';
import { emptyBatch } from './replica.ts';

Logger.minimumLogLevel = 'Error';
const EPOCH = '0123456789abcdef';
/** Above what the device stamps itself. */
const SEEN = '2026-11-22T12:00:30.000Z-0000-tablet-1';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openDitto(folder: string) {
  const ditto = await Ditto.open(
    new DittoConfig('00000000-0000-4000-8000-000000000001', { mode: 'smallPeersOnly' }, folder),
  );
  // A transaction alone does not keep the process.
  const alive = setInterval(() => undefined, 1_000);
  const close = async () => {
    clearInterval(alive);
    await ditto.close();
  };
  closers.push(close);
  return { ditto, store: ditto.store as unknown as DittoStoreLike, close };
}

const aCustomer = (id: string, more: object = {}): Document => ({
  _id: id,
  customer_id: id,
  first_name: 'Ada',
  address: { city: 'Seattle', tags: {} },
  visits: 12,
  balance: 1.25,
  notes: null,
  marks: ['a', 'b'],
  deleted: false,
  ...more,
});

const anOperation = (sequence: number, changes: Operation['changes']): Operation => ({
  sequence,
  hlc: `2026-11-22T12:00:00.000Z-000${sequence}-tablet-1`,
  action: 'test',
  userId: 'user-1',
  changes,
});

describe('the device’s store on Ditto', () => {
  test('[ED4] gives documents back as they were put in: the hash is the same', async () => {
    await using folder = await makeTestFolder();
    const storage = await DittoStorage.open((await openDitto(folder.path)).store, EPOCH);
    const batch = emptyBatch();
    const documents = Array.from({ length: 1_200 }, (_, index) => aCustomer(`customer_${index}`, { visits: index }));
    batch.upserts = documents.map((document) => ({ collection: 'customers', document }));
    await storage.store(batch);
    const hashes = await storage.hashes('customers');
    expect(hashes.size).toBe(1_200);
    for (const document of documents) expect(hashes.get(String(document['_id']))).toBe(contentHash(document));
  });

  test('[ED4] a document that is put in again loses the fields that it no longer has, maps included', async () => {
    await using folder = await makeTestFolder();
    const { store } = await openDitto(folder.path);
    const storage = await DittoStorage.open(store, EPOCH);
    const full = aCustomer('customer_1', { lines: { 'p-1': 1, 'p-2': { a: 1, b: 2 } }, gone: true });
    const { notes: _, ...rest } = aCustomer('customer_1', { lines: { 'p-2': { b: 2 } } });
    for (const document of [full, rest]) {
      await storage.store({ ...emptyBatch(), upserts: [{ collection: 'customers', document }] });
    }
    expect((await storage.hashes('customers')).get('customer_1')).toBe(contentHash(rest));
  });

  test('[ED1] a document that a batch names twice is as it was named last', async () => {
    await using folder = await makeTestFolder();
    const { store } = await openDitto(folder.path);
    const storage = await DittoStorage.open(store, EPOCH);
    const operation = anOperation(1, [{ kind: 'create', collection: 'customers', id: 'c', document: { _id: 'c' } }]);
    const [first, last] = [aCustomer('customer_1', { only_first: 1 }), aCustomer('customer_1', { visits: 13 })];
    const key = 'customers/customer_1';
    await storage.store({
      ...emptyBatch(),
      upserts: [first, last].map((document) => ({ collection: 'customers', document })),
      shadows: { put: [first, last].map((document) => ({ key, shadow: { document, isGone: false } })), remove: [] },
      outbox: { put: [null, '00000000000000ff'].map((appliedTime) => ({ operation, appliedTime })), remove: [] },
    });
    expect((await storage.hashes('customers')).get('customer_1')).toBe(contentHash(last));
    const memory = await storage.load();
    expect(memory.shadows.get(key)?.document).toEqual(last);
    expect(memory.outbox).toEqual([{ operation, appliedTime: '00000000000000ff' }]);
  });

  test('[ED1] an action is stored with its outbox entry and shadow, and all is there after a restart', async () => {
    await using folder = await makeTestFolder();
    const first = await openDitto(folder.path);
    const storage = await DittoStorage.open(first.store, EPOCH);
    await storage.store({
      ...emptyBatch(),
      upserts: [{ collection: 'customers', document: aCustomer('customer_1') }],
      sync: {
        position: { time: '00000000000000ff', resumeToken: 'token' },
        holdings: { customers: { state: 'whole', fingerprint: EPOCH } },
        newestHlc: SEEN,
      },
    });
    const newId = randomUUID();
    const operation = anOperation(1, [
      {
        kind: 'set',
        collection: 'customers',
        id: 'customer_1',
        fields: { 'address.city': 'Tacoma' },
        unset: ['notes'],
        seen: {},
      },
      { kind: 'create', collection: 'customers', id: newId, document: aCustomer(newId) as never },
    ]);
    await storage.perform(operation);
    await first.close();
    closers.length = 0;
    const { store } = await openDitto(folder.path);
    const again = await DittoStorage.open(store, 'ffffffffffffffff');
    const memory = await again.load();
    expect(memory).toMatchObject({
      epoch: EPOCH,
      position: { time: '00000000000000ff', resumeToken: 'token' },
      holdings: { customers: { state: 'whole', fingerprint: EPOCH } },
      outbox: [{ operation, appliedTime: null }],
    });
    expect(memory.shadows.get('customers/customer_1')).toEqual({ document: aCustomer('customer_1'), isGone: false });
    expect(memory.shadows.get(`customers/${newId}`)).toEqual({ document: null, isGone: true });
    expect(again.nextSequence).toBe(2);
    expect(again.newestHlc).toBe(SEEN);
    const { notes: _, ...moved } = aCustomer('customer_1', { address: { city: 'Tacoma', tags: {} } });
    expect((await again.hashes('customers')).get('customer_1')).toBe(contentHash(moved));
  });

  test('[ED3] a cleared collection keeps the documents that are named', async () => {
    await using folder = await makeTestFolder();
    const storage = await DittoStorage.open((await openDitto(folder.path)).store, EPOCH);
    const upserts = ['customer_1', 'customer_2', 'customer_3'].map((id) => ({
      collection: 'customers',
      document: aCustomer(id),
    }));
    await storage.store({ ...emptyBatch(), upserts });
    await storage.store({ ...emptyBatch(), clear: [{ collection: 'customers', exceptIds: ['customer_2'] }] });
    expect([...(await storage.hashes('customers')).keys()]).toEqual(['customer_2']);
    await storage.store({ ...emptyBatch(), clear: [{ collection: 'customers', exceptIds: [] }] });
    expect((await storage.hashes('customers')).size).toBe(0);
  });
});
