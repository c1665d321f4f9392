import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encode, readField } from '../bson/codec.ts';
import { encodeKey } from '../bson/keys.ts';
import { openStorage } from './open-storage.ts';
import type { CollectionReader, KeyRange, RecordId, Storage } from './storage.ts';

interface Item {
  readonly id: string;
  readonly store: number;
  readonly note: string;
}

/** A small generator of pseudo-random numbers (mulberry32), so that a seed tells the whole run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const hex = '0123456789abcdef';
const all: KeyRange = { fromInclusive: true, toInclusive: true };

test.each([17, randomInt(2 ** 31)])(
  '[ST2] tens of thousands of random ids in random batches: every scan equals a model (seed %i)',
  async (seed) => {
    const random = randomOf(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const uuid = () => Array.from({ length: 36 }, (_, k) => (k % 9 === 8 ? '-' : hex[below(16)])).join('');
    const dataDir = mkdtempSync(join(tmpdir(), 'zava-index-writer-'));
    const documentOf = ({ id, store, note }: Item) => encode({ _id: id, store, note });
    const model = new Map<RecordId, Item>();
    let storage: Storage = await openStorage({ dataDir });
    await storage.write((transaction) => {
      transaction.createCollection('shop.items', {});
      transaction.createIndexes('shop.items', [
        { name: 'store', key: { store: 1 }, options: {} },
        { name: 'store_note', key: { store: 1, note: -1 }, options: {} },
        { name: 'note', key: { note: 1 }, options: { unique: true } },
      ]);
    });
    const newItem = (): Item => ({ id: uuid(), store: below(8), note: uuid().slice(0, 12 + below(20)) });

    const ids: RecordId[] = [];
    const takeAny = () => {
      const place = below(ids.length);
      const last = ids.pop()!;
      if (place === ids.length) return last;
      const taken = ids[place]!;
      ids[place] = last;
      return taken;
    };
    try {
      for (let round = 0; round < 16; round++) {
        // Mostly growing, and now and then mostly shrinking, so that blocks split, thin out and vanish.
        const isShrinking = round % 8 === 5;
        const jobs: Promise<void>[] = [];
        for (let job = 0; job < 3; job++) {
          const size = [1, 40, 1500, 5000][round === 2 ? 3 : below(4)]!;
          jobs.push(
            storage.write((transaction) => {
              const items = transaction.collection('shop.items')!;
              for (let k = 0; k < size; k++) {
                const choice = random();
                if (ids.length < 10 || choice < (isShrinking ? 0.1 : 0.8)) {
                  const item = newItem();
                  const recordId = items.insert(documentOf(item));
                  model.set(recordId, item);
                  ids.push(recordId);
                } else if (choice < 0.9) {
                  const recordId = takeAny();
                  items.remove(recordId);
                  model.delete(recordId);
                } else {
                  const recordId = ids[below(ids.length)]!;
                  const item = { ...newItem(), id: model.get(recordId)!.id };
                  items.update(recordId, documentOf(item), 'replace');
                  model.set(recordId, item);
                }
              }
              const someone = model.get(ids[0]!)!;
              expect(() => items.insert(documentOf({ ...newItem(), id: someone.id }))).toThrow(/E11000/);
              expect(() => items.insert(documentOf({ ...newItem(), note: someone.note }))).toThrow(/E11000/);
              // A scan in the middle of a group writes out what was held back.
              if (below(3) === 0) items.scanIndex('_id_', [all]).next();
            }),
          );
          jobs.push(
            storage
              .write((transaction) => {
                const items = transaction.collection('shop.items')!;
                for (let k = 0; k < 200; k++) items.insert(documentOf(newItem()));
                throw new Error('taken back');
              })
              .catch((error: Error) => expect(error.message).toBe('taken back')),
          );
        }
        await Promise.all(jobs);
        if (round % 5 === 4) {
          await storage.close();
          storage = await openStorage({ dataDir });
        }
        if (round % 4 !== 3) continue;
        using snapshot = storage.snapshot();
        compareWithModel(snapshot.collection('shop.items')!, model, below);
      }
      expect(model.size).toBeGreaterThan(10_000);
    } finally {
      await storage.close();
      rmSync(dataDir, { recursive: true });
    }
  },
  240_000,
);

function compareWithModel(
  items: CollectionReader,
  model: ReadonlyMap<RecordId, Item>,
  below: (limit: number) => number,
): void {
  expect(items.count()).toBe(model.size);
  const keys: Record<string, (item: Item) => Uint8Array> = {
    _id_: ({ id }) => encodeKey([id]),
    store: ({ store }) => encodeKey([store]),
    store_note: ({ store, note }) => encodeKey([store, note], [1, -1]),
    note: ({ note }) => encodeKey([note]),
  };
  for (const [name, keyOf] of Object.entries(keys)) {
    const wanted = [...model]
      .map(([recordId, item]) => ({ recordId, key: Buffer.from(keyOf(item)) }))
      .sort((a, b) => Buffer.compare(a.key, b.key) || a.recordId - b.recordId);
    const wantedIds = wanted.map(({ recordId }) => recordId);
    expect(differenceOf(idsOf(items.scanIndex(name, [all])), wantedIds), name).toBeNull();
    expect(
      differenceOf(idsOf(items.scanIndex(name, [all], { reverse: true })), wantedIds.toReversed()),
      name,
    ).toBeNull();
    for (let k = 0; k < 3; k++) {
      const [from, to] = [below(wanted.length), below(wanted.length)].sort((a, b) => a - b) as [number, number];
      const range = { from: wanted[from]!.key, fromInclusive: true, to: wanted[to]!.key, toInclusive: false };
      const inside = wanted.filter(
        ({ key }) => Buffer.compare(key, range.from) >= 0 && Buffer.compare(key, range.to) < 0,
      );
      const insideIds = inside.map(({ recordId }) => recordId);
      expect(differenceOf(idsOf(items.scanIndex(name, [range])), insideIds), name).toBeNull();
      expect(
        differenceOf(idsOf(items.scanIndex(name, [range], { reverse: true })), insideIds.toReversed()),
        name,
      ).toBeNull();
    }
  }
  const scanned = [...items.scan()];
  expect(scanned.length).toBe(model.size);
  for (const { recordId, raw } of scanned) {
    const item = model.get(recordId)!;
    if (readField(raw, '_id') !== item.id) throw new Error(`Record ${recordId} is another one.`);
    if (recordId % 7 === 0) expect(items.findById(item.id)).toBe(recordId);
  }
}

function idsOf(entries: Iterable<{ recordId: RecordId }>): RecordId[] {
  return Array.from(entries, ({ recordId }) => recordId);
}

/** Where two long lists part; null where they are equal. */
function differenceOf(found: readonly RecordId[], wanted: readonly RecordId[]): string | null {
  const length = Math.max(found.length, wanted.length);
  for (let k = 0; k < length; k++) {
    if (found[k] !== wanted[k]) return `At ${k} of ${wanted.length}: ${found[k]} instead of ${wanted[k]}.`;
  }
  return null;
}
