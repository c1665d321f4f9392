import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import { openStorage, type Storage } from './index.ts';

const PAGE_BYTES = 4096;
const NAMESPACE = 'shop.items';

let parent: string;
let dataDir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'zava-commits-'));
  dataDir = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A stream of numbers below `limit`. */
function numbers(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

async function openItems(): Promise<Storage> {
  const storage = await openStorage({ dataDir });
  // No snapshot may stay open here: it would hold the pages that the checkpoint's own reader is to hold.
  if (!hasItems(storage)) {
    await storage.write((transaction) => {
      transaction.createCollection(NAMESPACE, {});
      transaction.createIndexes(NAMESPACE, [{ name: 'n_1', key: { n: 1 }, options: {} }]);
    });
  }
  return storage;
}

function hasItems(storage: Storage): boolean {
  using snapshot = storage.snapshot();
  return snapshot.collection(NAMESPACE) !== null;
}

const insert = (storage: Storage, id: number, padBytes = 40) =>
  storage.write((transaction) => {
    transaction.collection(NAMESPACE)!.insert(encode({ _id: id, n: id % 7, pad: 'x'.repeat(padBytes) }));
  });

/** The ids that a scan finds; the index must find the same. */
function idsIn(storage: Storage): number[] {
  using snapshot = storage.snapshot();
  const items = snapshot.collection(NAMESPACE)!;
  const records = [...items.scan()];
  const indexed = [...items.scanIndex('n_1', [{ fromInclusive: true, toInclusive: true }])];
  expect(indexed.map(({ recordId }) => recordId).toSorted((a, b) => a - b)).toEqual(
    records.map(({ recordId }) => recordId),
  );
  expect(items.count()).toBe(records.length);
  return records.map(({ raw }) => decode(raw)['_id'] as number);
}

const upTo = (count: number) => Array.from({ length: count }, (_, id) => id);
const file = (name: string) => join(dataDir, name);
const dataFile = () => readFileSync(file('data.mdb'));
const journals = () => readdirSync(dataDir).filter((name) => name.startsWith('zava-journal'));

/** What is in the directory while the storage is open, as a process that was killed would leave it. */
function leaveBehind(): () => void {
  const copy = join(parent, 'left');
  cpSync(dataDir, copy, { recursive: true });
  return () => {
    rmSync(dataDir, { recursive: true });
    cpSync(copy, dataDir, { recursive: true });
    rmSync(copy, { recursive: true });
  };
}

/** Where the last record begins: the last page of a journal that begins with its magic number. */
function lastRecord(): { readonly name: string; readonly at: number } {
  let last = { name: '', at: 0, number: 0 };
  for (const name of journals()) {
    const bytes = readFileSync(file(name));
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
      if (bytes.toString('latin1', at, at + 4) !== 'ZVJL') continue;
      const number = bytes.readUInt32LE(at + 4);
      if (number > last.number) last = { name, at, number };
    }
  }
  return last;
}

describe('a commit', () => {
  test.each([1, 2, 3, 4])(
    '[ST15] is there after a loss of power, whichever pages LMDB wrote since the last checkpoint reached the disk (seed %i)',
    async (seed) => {
      const next = numbers(seed);
      let count = 0;
      await (await openItems()).close();
      for (let round = 0; round < 4; round++) {
        const storage = await openItems();
        const before = dataFile();
        for (let writes = 20 + next(60); writes > 0; writes--) await insert(storage, count++, next(3000));
        const restore = leaveBehind();
        await storage.close();
        restore();
        const after = dataFile();
        for (let at = 0; at < after.length; at += PAGE_BYTES) {
          if (next(2) === 0) continue;
          if (at < before.length) after.set(before.subarray(at, at + PAGE_BYTES), at);
          else after.fill(0, at, at + PAGE_BYTES);
        }
        writeFileSync(file('data.mdb'), after);
        const again = await openStorage({ dataDir });
        expect(idsIn(again)).toEqual(upTo(count));
        await again.close();
      }
    },
  );

  test('[ST15] that was half written is not there, and all before it are', async () => {
    const next = numbers(7);
    const storage = await openItems();
    for (let id = 0; id < 20; id++) await insert(storage, id, 9000);
    const restore = leaveBehind();
    await storage.close();
    restore();
    const { name, at } = lastRecord();
    const bytes = readFileSync(file(name));
    bytes.fill(0, at + 512 * (1 + next(10)));
    writeFileSync(file(name), bytes);
    const again = await openStorage({ dataDir });
    expect(idsIn(again)).toEqual(upTo(19));
    await insert(again, 19);
    await again.close();
    const last = await openStorage({ dataDir });
    expect(idsIn(last)).toEqual(upTo(20));
    await last.close();
  });

  test('[ST15] whose values shrink and grow is repeated as it was', async () => {
    const storage = await openItems();
    const names = (count: number) =>
      upTo(count).map((k) => ({ name: `i${k}`, key: { [`f${k}`]: 1 as const }, options: { pad: 'x'.repeat(300) } }));
    // The entry of a collection in the catalog is a long value once it has many indexes.
    await storage.write((transaction) => transaction.createIndexes(NAMESPACE, names(40)));
    for (let k = 39; k > 10; k--) await storage.write((transaction) => transaction.dropIndex(NAMESPACE, `i${k}`));
    await insert(storage, 0);
    const restore = leaveBehind();
    await storage.close();
    restore();
    const again = await openStorage({ dataDir });
    const left = leaveBehind();
    await again.close();
    left();
    const last = await openStorage({ dataDir });
    using snapshot = last.snapshot();
    expect(snapshot.collection(NAMESPACE)!.info.indexes).toHaveLength(13);
    expect(idsIn(last)).toEqual([0]);
    await last.close();
  });

  test('[ST15] too large for the journal, and those around it, are there as well', async () => {
    const storage = await openItems();
    await insert(storage, 0);
    await storage.write((transaction) => {
      for (let id = 1; id < 1001; id++)
        transaction.collection(NAMESPACE)!.insert(encode({ _id: id, n: 1, pad: `${id}`.repeat(500) }));
    });
    await insert(storage, 1001);
    const restore = leaveBehind();
    await storage.close();
    restore();
    const again = await openStorage({ dataDir });
    expect(idsIn(again)).toEqual(upTo(1002));
    await again.close();
  });

  test('[ST15] survives any number of checkpoints, and the journal stays small', async () => {
    const storage = await openItems();
    for (let id = 0; id < 1500; id++) await insert(storage, id);
    const restore = leaveBehind();
    await storage.close();
    restore();
    for (const name of journals()) expect(readFileSync(file(name)).length).toBeLessThan(8 * 1024 * 1024);
    const again = await openStorage({ dataDir });
    expect(idsIn(again)).toEqual(upTo(1500));
    await again.close();
  });

  test('[ST16] is seen by readers in the same turn in which it is acknowledged, never before', async () => {
    const storage = await openItems();
    for (let id = 0; id < 30; id++) {
      let isAcknowledged = false;
      const writing = insert(storage, id).then(() => {
        isAcknowledged = true;
      });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const { length } = idsIn(storage);
        const logged = storage.changeLog.readAfter({ clusterTime: storage.changeLog.oldest(), index: -1 }, 1e6);
        expect(logged.filter(({ operation }) => operation === 'insert')).toHaveLength(length);
        if (isAcknowledged) break;
        expect(length).toBe(id);
      }
      await writing;
      expect(idsIn(storage)).toHaveLength(id + 1);
    }
    await storage.close();
  });
});

describe('what a crash left', () => {
  const bytesOfAll = () =>
    readdirSync(dataDir)
      .filter((name) => name !== 'lock.mdb' && name !== 'zava.lock')
      .sort()
      .map((name) => [name, readFileSync(file(name)).toString('latin1')]);

  async function crashed(): Promise<void> {
    const storage = await openItems();
    for (let id = 0; id < 20; id++) await insert(storage, id);
    const restore = leaveBehind();
    await storage.close();
    restore();
  }

  test.each([
    ['a journal damaged in its middle', () => flip(lastRecord().name, 5 * PAGE_BYTES + 100)],
    ['no checkpoint', () => rmSync(file('zava-checkpoint'))],
    ['both slots of the checkpoint damaged', () => flip('zava-checkpoint', 30, PAGE_BYTES + 30)],
    ['a data file from before', () => writeFileSync(file('data.mdb'), emptyData)],
  ])('[ST8] %s is refused, and nothing is written', async (_, damage) => {
    await (await openStorage({ dataDir })).close();
    emptyData = dataFile();
    await crashed();
    await (await openStorage({ dataDir })).close();
    await crashedAgain();
    damage();
    const before = bytesOfAll();
    await expect(openStorage({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_DAMAGED' });
    expect(bytesOfAll()).toEqual(before);
  });

  test('[ST15] one damaged slot of the checkpoint is no loss', async () => {
    await crashed();
    const clean = await openStorage({ dataDir });
    await clean.close();
    const slots = readFileSync(file('zava-checkpoint'));
    const newest = slots.readDoubleLE(8) > slots.readDoubleLE(PAGE_BYTES + 8) ? 0 : PAGE_BYTES;
    // The older of the two.
    flip('zava-checkpoint', PAGE_BYTES - newest + 30);
    const again = await openStorage({ dataDir });
    expect(idsIn(again)).toEqual(upTo(20));
    await again.close();
  });

  test('[ST8] a directory of the format before, which has no journal, gets one', async () => {
    const storage = await openItems();
    await insert(storage, 0);
    await storage.close();
    for (const name of [...journals(), 'zava-checkpoint']) rmSync(file(name));
    writeFileSync(file('zava-format.json'), '{"format":2,"engine":"lmdb","made":true}');
    const again = await openItems();
    await insert(again, 1);
    await again.close();
    expect(readFileSync(file('zava-format.json'), 'utf8')).toContain('"format":3');
    const last = await openStorage({ dataDir });
    expect(idsIn(last)).toEqual([0, 1]);
    await last.close();
  });

  let emptyData: Buffer;

  async function crashedAgain(): Promise<void> {
    const storage = await openStorage({ dataDir });
    for (let id = 20; id < 40; id++) await insert(storage, id);
    const restore = leaveBehind();
    await storage.close();
    restore();
  }

  function flip(name: string, ...places: number[]): void {
    const bytes = readFileSync(file(name));
    for (const at of places) bytes[at] = bytes[at]! ^ 4;
    writeFileSync(file(name), bytes);
  }
});
