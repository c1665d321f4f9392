import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import { type Document, Timestamp } from '../bson/values.ts';
import { openStorage, type Storage, type StorageOptions } from './index.ts';

const ITEMS = 'shop.items';
const START = { clusterTime: new Timestamp({ t: 0xffffffff, i: 0 }), index: -1 };
let directory: string;
let storage: Storage;
let now = 1_700_000_000_000;

const open = async (changeLog: StorageOptions['changeLog'] = {}): Promise<void> => {
  storage = await openStorage({ dataDir: directory, changeLog, now: () => now });
};
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'zava-log-'));
  now = 1_700_000_000_000;
  await open();
});
afterEach(async () => {
  await storage.close();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (...documents: Document[]) =>
  storage.write((transaction) => {
    const collection = transaction.collection(ITEMS) ?? transaction.createCollection(ITEMS, {});
    for (const document of documents) collection.insert(encode(document));
  });
const readAll = (position = { clusterTime: storage.changeLog.oldest(), index: -1 }, limit = 1e6) =>
  storage.changeLog.readAfter(position, limit);

test('[ST10] every change is logged once, in order, with its images and its session', async () => {
  const beginning = { clusterTime: storage.changeLog.latest(), index: 0 };
  await insert({ _id: 1, v: 1 }, { _id: 2, v: 1 });
  await storage.write(
    (transaction) => {
      const collection = transaction.collection(ITEMS)!;
      collection.update(1, encode({ _id: 1, v: 2 }), 'update');
      collection.update(1, encode({ _id: 1, v: 2 }), 'update');
      collection.remove(2);
      transaction.renameCollection(ITEMS, 'shop.things');
    },
    { session: { lsid: { id: 'x' }, txnNumber: 7n } },
  );
  const changes = readAll(beginning);
  expect(changes.map(({ operation, index }) => [operation, index])).toEqual([
    ['create', 0],
    ['insert', 0],
    ['insert', 0],
    ['update', 0],
    ['delete', 1],
    ['rename', 2],
  ]);
  const times = changes.map(({ clusterTime }) => clusterTime.toBigInt());
  expect(new Set(times.slice(0, 4)).size).toBe(4);
  expect(new Set(times.slice(3)).size).toBe(1);
  expect(storage.changeLog.latest().toBigInt()).toBe(times.at(-1));
  const [, , , update, remove, rename] = changes;
  expect(decode(update!.before!)).toEqual({ _id: 1, v: 1 });
  expect(decode(update!.after!)).toEqual({ _id: 1, v: 2 });
  expect(decode(remove!.before!)).toEqual({ _id: 2, v: 1 });
  expect(remove!.after).toBeUndefined();
  expect(rename!.description).toEqual({ to: 'shop.things' });
  expect(update!.session).toEqual({ lsid: { id: 'x' }, txnNumber: 7n });
  expect(changes[1]!.session).toBeUndefined();
  expect(update!.namespace).toBe(ITEMS);
  expect(update!.wallTime).toEqual(new Date(now));
});

test('[ST10] reading after any position continues exactly there, with any limit, also after reopening', async () => {
  await storage.write(
    (transaction) => {
      const collection = transaction.createCollection(ITEMS, {});
      for (let k = 0; k < 15; k++) collection.insert(encode({ _id: k, pad: 'x'.repeat(100_000) }));
    },
    { session: { lsid: { id: 'x' }, txnNumber: 1n } },
  );
  await insert(...Array.from({ length: 15 }, (_, k) => ({ _id: k + 15, pad: 'x'.repeat(100_000) })));
  for (let k = 30; k < 50; k++) await insert({ _id: k });
  await storage.close();
  await open();
  const all = readAll().map(({ clusterTime, index }) => ({ clusterTime, index }));
  expect(all).toHaveLength(51);
  for (const [at, position] of all.entries()) {
    const next = readAll(position, 3).map(({ clusterTime, index }) => ({ clusterTime, index }));
    expect(next).toEqual(all.slice(at + 1, at + 4));
  }
  expect(readAll(START)).toEqual([]);
});

test('[ST11] cluster times only rise: within a second, across restarts, and when the clock is set back', async () => {
  const times: bigint[] = [];
  const note = () => times.push(storage.clusterTime().toBigInt());
  for (const step of [0, 0, 5000, -60_000, 0, 1000]) {
    now += step;
    note();
    await insert({ _id: times.length });
    expect(storage.changeLog.latest().toBigInt()).toBeGreaterThan(times.at(-1)!);
    times.push(storage.changeLog.latest().toBigInt());
    await storage.close();
    await open();
  }
  expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
});

test('[ST3] a failed job leaves no change, and listeners hear of durable changes only', async () => {
  await insert({ _id: 1 });
  let heard = 0;
  const stop = storage.changeLog.onCommit(() => {
    heard += 1;
  });
  const before = readAll().length;
  await expect(insert({ _id: 2 }, { _id: 1 })).rejects.toMatchObject({ code: 11000 });
  await storage.write((transaction) => transaction.setMetadata('a', { b: 1 }));
  expect(heard).toBe(0);
  expect(readAll()).toHaveLength(before);
  await insert({ _id: 3 });
  expect(heard).toBe(1);
  stop();
  await insert({ _id: 4 });
  expect(heard).toBe(1);
});

test('[ST12] beyond its size the log drops whole writes from its start, and a position from before is refused', async () => {
  await storage.close();
  await open({ bytesMax: 200_000 });
  await insert({ _id: 'first' });
  const first = readAll()[1]!;
  for (let k = 0; k < 60; k++) await insert({ _id: k, pad: 'x'.repeat(10_000) });
  expect(storage.statistics().changeLogBytes).toBeLessThanOrEqual(200_000);
  expect(() => readAll(first)).toThrow(expect.objectContaining({ code: 286 }));
  const kept = readAll();
  expect(kept.length).toBeGreaterThan(10);
  expect(decode(kept.at(-1)!.after!)['_id']).toBe(59);
  expect(readAll(kept[0]!)).toHaveLength(kept.length - 1);
  // What no longer fits as a whole is still kept as the newest write.
  await insert({ _id: 'huge', pad: 'x'.repeat(3_000_000) });
  expect(readAll().map(({ after }) => decode(after!)['_id'])).toEqual(['huge']);
});

test('[ST12] changes older than the retention go even when there is room', async () => {
  await insert({ _id: 1 });
  const [, old] = readAll();
  now += 25 * 3600 * 1000;
  await insert({ _id: 2 });
  expect(readAll().map(({ after }) => decode(after!)['_id'])).toEqual([2]);
  expect(() => readAll({ clusterTime: new Timestamp(old!.clusterTime.toBigInt() - 1n), index: 0 })).toThrow(/oplog/);
});
