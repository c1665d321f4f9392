import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import { compareForSort } from '../bson/compare.ts';
import { encodeKey } from '../bson/keys.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { type IndexInfo, openStorage, type Storage, type StorageOptions } from './index.ts';

const ITEMS = 'shop.items';
const spec = (key: IndexInfo['key'], options: Document = {}) => ({
  name: Object.entries(key).flat().join('_'),
  key,
  options,
});

let directory: string;
let storage: Storage;
let indexTailMax: number | undefined;
const options = (): StorageOptions => ({
  dataDir: directory,
  ...(indexTailMax === undefined ? {} : { indexTailMax }),
  partialFilter: (expression) => (raw) =>
    Object.entries(expression).every(([name, value]) => compareForSort(decode(raw)[name], value) === 0),
  textTerms: () => (raw) => [
    ...new Set(
      String(decode(raw)['words'] ?? '')
        .split(' ')
        .filter(Boolean),
    ),
  ],
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'zava-storage-'));
  storage = await openStorage(options());
});
afterEach(async () => {
  await storage.close();
  indexTailMax = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const reopen = async (): Promise<void> => {
  await storage.close();
  storage = await openStorage(options());
};
const create = (namespace = ITEMS) => storage.write((transaction) => void transaction.createCollection(namespace, {}));
const insert = (...documents: Document[]) =>
  storage.write((transaction) => documents.map((document) => transaction.collection(ITEMS)!.insert(encode(document))));
const all = (namespace = ITEMS): Document[] => {
  using snapshot = storage.snapshot();
  return [...snapshot.collection(namespace)!.scan()].map(({ raw }) => decode(raw));
};
const idsByIndex = (
  name: string,
  ranges = [{ fromInclusive: true, toInclusive: true }],
  reverse = false,
): unknown[] => {
  using snapshot = storage.snapshot();
  const collection = snapshot.collection(ITEMS)!;
  return [...collection.scanIndex(name, ranges, { reverse })].map(
    ({ recordId }) => decode(collection.get(recordId)!)['_id'],
  );
};
const equalTo = (...values: BsonValue[]) => {
  const key = encodeKey(values);
  return [{ from: key, fromInclusive: true, to: key, toInclusive: true }];
};

describe('documents', () => {
  test('[ST1] are read back by record id, by _id and in order of insertion, before and after reopening', async () => {
    await create();
    const recordIds = await insert({ _id: 'b', n: 1 }, { _id: 'a', n: 2 }, { _id: 3, n: 3 });
    for (let round = 0; round < 2; round++) {
      using snapshot = storage.snapshot();
      const collection = snapshot.collection(ITEMS)!;
      expect(recordIds).toEqual([1, 2, 3]);
      expect(all().map(({ _id }) => _id)).toEqual(['b', 'a', 3]);
      expect(collection.findById('a')).toBe(2);
      expect(collection.findById(3n)).toBe(3);
      expect(collection.findById('none')).toBeUndefined();
      expect(decode(collection.get(2)!)).toEqual({ _id: 'a', n: 2 });
      expect(collection.get(4)).toBeUndefined();
      expect(collection.count()).toBe(3);
      expect([...collection.scan({ reverse: true })].map(({ recordId }) => recordId)).toEqual([3, 2, 1]);
      expect([...collection.scan({ after: 1 })].map(({ recordId }) => recordId)).toEqual([2, 3]);
      if (round === 0) {
        snapshot.close();
        await reopen();
      }
    }
  });

  test('[ST1] a large document, and one that grows and shrinks, keeps its neighbours', async () => {
    await create();
    const text = (length: number) => 'x'.repeat(length);
    await insert(
      { _id: 1, t: text(10) },
      { _id: 2, t: text(5000) },
      { _id: 3, t: text(10) },
      { _id: 4, t: text(3_000_000) },
    );
    for (const length of [4000, 20, 100_000, 0]) {
      await storage.write((transaction) => {
        const collection = transaction.collection(ITEMS)!;
        expect(collection.update(3, encode({ _id: 3, t: text(length) }), 'update')).toBe(true);
        expect(collection.update(3, encode({ _id: 3, t: text(length) }), 'update')).toBe(false);
      });
      expect(all().map(({ t }) => (t as string).length)).toEqual([10, 5000, length, 3_000_000]);
    }
    await storage.write((transaction) => transaction.collection(ITEMS)!.remove(2));
    expect(all().map(({ _id }) => _id)).toEqual([1, 3, 4]);
  });

  test('[ST5] a snapshot stays as it was while others write, also when read during a write', async () => {
    await create();
    await insert({ _id: 1, v: 'old' }, { _id: 2, v: 'old' });
    using snapshot = storage.snapshot();
    const collection = snapshot.collection(ITEMS)!;
    const iteration = collection.scan();
    iteration.next();
    await storage.write((transaction) => {
      const writer = transaction.collection(ITEMS)!;
      writer.update(1, encode({ _id: 1, v: 'new' }), 'update');
      writer.remove(2);
      writer.insert(encode({ _id: 3, v: 'new' }));
      expect(decode(collection.get(1)!)).toEqual({ _id: 1, v: 'old' });
      expect(collection.findById(2)).toBe(2);
      expect(collection.findById(3)).toBeUndefined();
    });
    expect([...iteration].map(({ raw }) => decode(raw))).toEqual([{ _id: 2, v: 'old' }]);
    expect(collection.count()).toBe(2);
    expect([...collection.scan()].map(({ raw }) => decode(raw)['v'])).toEqual(['old', 'old']);
    expect(all()).toEqual([
      { _id: 1, v: 'new' },
      { _id: 3, v: 'new' },
    ]);
    snapshot.close();
    expect(() => collection.get(1)).toThrow(/closed/);
    expect(() => [...collection.scanIndex('_id_', [{ fromInclusive: true, toInclusive: true }])]).toThrow(/closed/);
  });
});

describe('a job that throws', () => {
  test('[ST3, ST5] a write in slices is seen as a whole, or leaves nothing when it throws; others read what was before', async () => {
    await create();
    await insert({ _id: 'before', n: 0 });
    const write = (count: number, fails: boolean) =>
      storage.writeInSlices(function* (transaction) {
        for (let n = 1; n <= count; n++) {
          transaction.collection(ITEMS)!.insert(encode({ _id: n, n }));
          yield;
        }
        if (fails) throw new Error('given up');
      });
    const refused = write(3000, true).catch((error: Error) => error.message);
    const waiting = storage.write((transaction) =>
      transaction.collection(ITEMS)!.insert(encode({ _id: 'next', n: 0 })),
    );
    let isOver = false;
    let seenMeanwhile = 0;
    waiting.then(() => {
      isOver = true;
    });
    for (; !isOver; await new Promise((resolve) => setImmediate(resolve))) {
      using snapshot = storage.snapshot();
      const collection = snapshot.collection(ITEMS)!;
      expect(collection.count()).toBe(1);
      expect(collection.findById('before')).toBe(1);
      expect([...collection.scan()].length).toBe(1);
      seenMeanwhile += 1;
    }
    expect(seenMeanwhile).toBeGreaterThan(1);
    expect(await refused).toBe('given up');
    expect(all().map(({ _id }) => _id)).toEqual(['before', 'next']);
    await write(3000, false);
    expect(all().length).toBe(3002);
    await reopen();
    expect(all().length).toBe(3002);
  });

  test('[ST3] leaves nothing behind, and does not disturb the others of its commit', async () => {
    await create();
    await storage.write((transaction) => transaction.createIndexes(ITEMS, [spec({ n: 1 })]));
    await insert({ _id: 0, n: 0 });
    const good = [insert({ _id: 1, n: 1 })];
    const bad = storage.write((transaction) => {
      const collection = transaction.collection(ITEMS)!;
      collection.insert(encode({ _id: 2, n: 2 }));
      collection.update(1, encode({ _id: 0, n: 100 }), 'update');
      expect(collection.count()).toBe(3);
      collection.remove(2);
      transaction.createCollection('shop.more', {});
      transaction.collection('shop.more')!.insert(encode({ _id: 1 }));
      transaction.createIndexes(ITEMS, [spec({ m: 1 })]);
      transaction.setMetadata('key', { a: 1 });
      [...collection.scanIndex('n_1', [{ fromInclusive: true, toInclusive: true }])];
      [...collection.scan()];
      throw new Error('on purpose');
    });
    good.push(insert({ _id: 3, n: 3 }));
    await expect(bad).rejects.toThrow('on purpose');
    await Promise.all(good);
    for (let round = 0; round < 2; round++) {
      expect(all()).toEqual([
        { _id: 0, n: 0 },
        { _id: 1, n: 1 },
        { _id: 3, n: 3 },
      ]);
      expect(idsByIndex('n_1')).toEqual([0, 1, 3]);
      using snapshot = storage.snapshot();
      expect(snapshot.collections().map(({ name, indexes }) => [name, indexes.length])).toEqual([['items', 2]]);
      expect(snapshot.collection(ITEMS)!.count()).toBe(3);
      expect(await storage.write((transaction) => transaction.getMetadata('key'))).toBeUndefined();
      snapshot.close();
      await reopen();
    }
  });

  test('[ST3] a transaction that is kept after its end can do nothing', async () => {
    await create();
    let kept: Parameters<Parameters<Storage['write']>[0]>[0] | undefined;
    await storage.write((transaction) => {
      kept = transaction;
    });
    expect(() => kept!.collection(ITEMS)).toThrow(/over/);
  });
});

describe('unique indexes', () => {
  test('[ST4] refuse a second document with the key, naming key and index, within a job and across jobs', async () => {
    await create();
    await storage.write((transaction) =>
      transaction.createIndexes(ITEMS, [spec({ 'a.b': 1, c: -1 }, { unique: true })]),
    );
    await insert({ _id: 1, a: { b: 'x' }, c: 1 });
    const error = { code: 11000, extra: { keyPattern: { 'a.b': 1, c: -1 }, keyValue: { 'a.b': 'x', c: 1 } } };
    await expect(insert({ _id: 2, a: { b: 'x' }, c: 1 })).rejects.toMatchObject(error);
    await expect(insert({ _id: 3 }, { _id: 3, c: 5 })).rejects.toMatchObject({
      message: expect.stringContaining('index: _id_ dup key: { _id: 3 }'),
    });
    await expect(insert({ _id: 4, c: 7 }, { _id: 5, c: 7n })).rejects.toMatchObject({ code: 11000 });
    expect(all().map(({ _id }) => _id)).toEqual([1]);
    await storage.write((transaction) => {
      const collection = transaction.collection(ITEMS)!;
      collection.remove(1);
      collection.insert(encode({ _id: 1, a: { b: 'x' }, c: 1 }));
    });
    expect(all()).toHaveLength(1);
  });

  test('[ST4] a bulk build that meets duplicates says so and leaves nothing', async () => {
    await create();
    await insert({ _id: 1, n: 5 }, { _id: 2, n: 6 }, { _id: 3, n: 5 });
    const build = () => storage.buildIndexes(ITEMS, [spec({ m: 1 }), spec({ n: 1 }, { unique: true })]);
    await expect(build()).rejects.toMatchObject({ code: 11000, extra: { keyPattern: { n: 1 }, keyValue: { n: 5 } } });
    using snapshot = storage.snapshot();
    expect(snapshot.collection(ITEMS)!.info.indexes).toHaveLength(1);
    await storage.write((transaction) => transaction.collection(ITEMS)!.remove(3));
    await build();
    expect(idsByIndex('n_1')).toEqual([1, 2]);
  });
});

describe('index keys', () => {
  test('[ST2] arrays give one key per element and mark the index; sparse and partial indexes leave documents out', async () => {
    await create();
    await storage.write((transaction) =>
      transaction.createIndexes(ITEMS, [
        spec({ tags: 1, n: 1 }),
        spec({ 'lines.sku': 1 }),
        spec({ n: 1 }, { sparse: true }),
        { ...spec({ n: -1 }, { partialFilterExpression: { live: true } }), name: 'partial' },
        spec({ words: 'text' }),
      ]),
    );
    await insert(
      { _id: 1, tags: ['a', 'b', 'a'], n: 1, live: true, words: 'red hammer' },
      { _id: 2, tags: [], lines: [{ sku: 'x' }, { sku: 'y' }], n: null },
      { _id: 3, lines: { sku: 'y' }, live: true, words: 'red saw' },
    );
    expect(idsByIndex('tags_1_n_1')).toEqual([2, 3, 1, 1]);
    expect(idsByIndex('tags_1_n_1', equalTo('b'))).toEqual([1]);
    expect(idsByIndex('lines.sku_1', equalTo('y'))).toEqual([2, 3]);
    expect(idsByIndex('n_1')).toEqual([2, 1]);
    expect(idsByIndex('partial')).toEqual([1, 3]);
    expect(idsByIndex('words_text', equalTo('red'))).toEqual([1, 3]);
    const { indexes } = storage.snapshot().collection(ITEMS)!.info;
    expect(indexes.map(({ multikeyPaths }) => multikeyPaths)).toEqual([[], ['tags'], ['lines.sku'], [], [], []]);
    await expect(insert({ _id: 4, tags: ['a'], n: [1] })).rejects.toMatchObject({ code: 171 });
  });

  test('[ST13] keys far beyond the limit of LMDB are ordered like all others', async () => {
    await create();
    await storage.write((transaction) => transaction.createIndexes(ITEMS, [spec({ t: 1 })]));
    const long = 'y'.repeat(6000);
    const texts = [
      'z',
      `${long}b`,
      long,
      `${long}a`,
      'a',
      `${long}${long}`,
      ...Array.from({ length: 60 }, (_, k) => `${long}c${k}`),
    ];
    for (const [k, t] of texts.entries()) await insert({ _id: k, t });
    const expected = texts
      .map((t, k) => ({ t, k }))
      .sort((a, b) => (a.t < b.t ? -1 : 1))
      .map(({ k }) => k);
    expect(idsByIndex('t_1')).toEqual(expected);
    expect(idsByIndex('t_1', undefined, true)).toEqual(expected.toReversed());
    expect(idsByIndex('t_1', equalTo(`${long}a`))).toEqual([3]);
    await storage.write((transaction) => transaction.dropIndex(ITEMS, 't_1'));
    await storage.buildIndexes(ITEMS, [spec({ t: 1 })]);
    expect(idsByIndex('t_1')).toEqual(expected);
  });

  test('[ST2] ranges include and exclude their ends as prefixes', async () => {
    await create();
    await storage.write((transaction) => transaction.createIndexes(ITEMS, [spec({ a: 1, b: 1 })]));
    for (let a = 0; a < 4; a++) for (let b = 0; b < 2; b++) await insert({ _id: a * 10 + b, a, b });
    const range = (from: number, fromInclusive: boolean, to: number, toInclusive: boolean) => [
      { from: encodeKey([from]), fromInclusive, to: encodeKey([to]), toInclusive },
    ];
    expect(idsByIndex('a_1_b_1', range(1, true, 2, true))).toEqual([10, 11, 20, 21]);
    expect(idsByIndex('a_1_b_1', range(1, false, 3, false))).toEqual([20, 21]);
    expect(idsByIndex('a_1_b_1', [...range(0, true, 0, true), ...range(2, true, 3, false)], true)).toEqual([
      21, 20, 1, 0,
    ]);
  });
});

describe('the catalog', () => {
  test('[ST1] renames keep uuid, documents and indexes; drops leave nothing; options and metadata last', async () => {
    await create();
    await insert({ _id: 1, n: 1 });
    await storage.buildIndexes(ITEMS, [spec({ n: 1 })]);
    const { uuid } = storage.snapshot().collection(ITEMS)!.info;
    await storage.write((transaction) => {
      transaction.renameCollection(ITEMS, 'other.things');
      transaction.setCollectionOptions('other.things', { validator: { a: 1 } });
      transaction.setMetadata('session', { n: 5n });
      transaction.createCollection('other.view', { viewOn: 'things' }, 'view');
    });
    await reopen();
    {
      using snapshot = storage.snapshot();
      expect(snapshot.collection(ITEMS)).toBeNull();
      const { info } = snapshot.collection('other.things')!;
      expect(Buffer.from(info.uuid).equals(uuid)).toBe(true);
      expect(info).toMatchObject({ database: 'other', name: 'things', options: { validator: { a: 1 } } });
      expect(all('other.things')).toEqual([{ _id: 1, n: 1 }]);
      expect(snapshot.collection('other.view')!.info.type).toBe('view');
      expect(snapshot.collections('other')).toHaveLength(2);
    }
    expect(await storage.write((transaction) => transaction.getMetadata('session'))).toEqual({ n: 5n });
    await storage.write((transaction) => {
      expect(transaction.dropCollection('other.things')).toBe(true);
      expect(transaction.dropCollection('other.things')).toBe(false);
      transaction.createCollection('other.things', {});
    });
    expect(all('other.things')).toEqual([]);
    expect(storage.snapshot().collection('other.things')!.count()).toBe(0);
  });
});

test('[ST2, ST3, ST6] after any sequence of writes, failures, index builds and reopenings, storage equals a simple model', async () => {
  const anyKeyValue = fc.oneof(
    fc.nat(20),
    fc.constantFrom<BsonValue>('a', 'b', 'aa', null, 2.5),
    fc.array(fc.nat(5), { maxLength: 3 }),
  );
  const anyDocument = fc.record({ n: anyKeyValue, m: fc.nat(3), pad: fc.nat(3000) }, { requiredKeys: ['m'] });
  const anyStep = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('insert' as const),
        documents: fc.array(anyDocument, { maxLength: 40 }),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('update' as const),
        picks: fc.array(fc.tuple(fc.nat(), anyDocument), { maxLength: 10 }),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('remove' as const),
        picks: fc.array(fc.nat(), { maxLength: 20 }),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('index' as const),
        inBulk: fc.boolean(),
        key: fc.constantFrom<IndexInfo['key']>({ n: 1 }, { n: -1 }, { m: 1, n: 1 }, { m: -1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropIndex' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  );
  const keysOf = (document: Document, key: IndexInfo['key']): BsonValue[][] => {
    const fields = Object.keys(key);
    const n = document['n'];
    const ns = Array.isArray(n) && fields.includes('n') ? (n.length === 0 ? ['empty'] : n) : [n ?? null];
    return ns.map((value) => fields.map((field) => (field === 'n' ? value : document[field])) as BsonValue[]);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { maxLength: 14 }),
      fc.constantFrom(0, 12, undefined),
      async (steps, tailMax) => {
        // At 0 all changes of indexes go to the blocks at once, else they wait beside them.
        indexTailMax = tailMax;
        await reopen();
        await storage.write((transaction) => {
          transaction.dropCollection(ITEMS);
          transaction.createCollection(ITEMS, {});
        });
        const model = new Map<number, Document>();
        const indexes = new Map<string, IndexInfo['key']>();
        let idLast = 0;
        for (const step of steps) {
          if (step.kind === 'reopen') await reopen();
          else if (step.kind === 'index') {
            const index = spec(step.key);
            if (step.inBulk) await storage.buildIndexes(ITEMS, [index]);
            else await storage.write((transaction) => transaction.createIndexes(ITEMS, [index]));
            indexes.set(index.name, step.key);
          } else if (step.kind === 'dropIndex') {
            const [name] = indexes.keys();
            if (name === undefined) continue;
            await storage.write((transaction) => transaction.dropIndex(ITEMS, name));
            indexes.delete(name);
          } else {
            const next = new Map(model);
            const job = storage.write((transaction) => {
              const collection = transaction.collection(ITEMS)!;
              const pick = (at: number): number | undefined => [...next.keys()][at % Math.max(next.size, 1)];
              const prepare = (document: { n?: BsonValue; m: number; pad?: number }, _id: number): Document => ({
                _id,
                ...(document.n === undefined ? {} : { n: document.n }),
                m: document.m,
                pad: 'p'.repeat(document.pad ?? 0),
              });
              if (step.kind === 'insert') {
                for (const document of step.documents) {
                  idLast += 1;
                  const whole = prepare(document as never, idLast);
                  next.set(collection.insert(encode(whole)), whole);
                }
              } else if (step.kind === 'update') {
                for (const [at, document] of step.picks) {
                  const recordId = pick(at);
                  if (recordId === undefined) continue;
                  const whole = prepare(document as never, next.get(recordId)!['_id'] as number);
                  collection.update(recordId, encode(whole), 'replace');
                  next.set(recordId, whole);
                }
              } else {
                for (const at of step.picks) {
                  const recordId = pick(at);
                  if (recordId === undefined) continue;
                  collection.remove(recordId);
                  next.delete(recordId);
                }
              }
              expect(collection.count()).toBe(next.size);
              if (step.fails) throw new Error('on purpose');
            });
            if (step.fails) await expect(job).rejects.toThrow('on purpose');
            else {
              await job;
              model.clear();
              for (const [recordId, document] of next) model.set(recordId, document);
            }
          }
          using snapshot = storage.snapshot();
          const collection = snapshot.collection(ITEMS)!;
          const expected = [...model].sort(([a], [b]) => a - b);
          expect([...collection.scan()].map(({ recordId, raw }) => [recordId, decode(raw)])).toEqual(expected);
          expect([...collection.scan({ reverse: true })].map(({ recordId }) => recordId)).toEqual(
            expected.map(([recordId]) => recordId).reverse(),
          );
          expect(collection.count()).toBe(model.size);
          expect(collection.dataBytes()).toBe(expected.reduce((sum, [, document]) => sum + encode(document).length, 0));
          for (const [recordId, document] of expected) expect(collection.findById(document['_id']!)).toBe(recordId);
          for (const [name, key] of indexes) {
            const ways = Object.values(key) as number[];
            const rank = (value: BsonValue): BsonValue | undefined => (value === 'empty' ? undefined : value);
            const entries = expected.flatMap(([recordId, document]) =>
              keysOf(document, key)
                .filter(
                  (one, at, list) =>
                    list.findIndex((other) => one.every((value, k) => compareForSort(value, other[k]) === 0)) === at,
                )
                .map((values) => ({ recordId, values })),
            );
            entries.sort((a, b) => {
              for (let k = 0; k < ways.length; k++) {
                const [left, right] = [rank(a.values[k]!), rank(b.values[k]!)];
                const order =
                  left === undefined || right === undefined
                    ? Number(right === undefined) - Number(left === undefined)
                    : compareForSort(left, right);
                if (order !== 0) return order * ways[k]!;
              }
              return a.recordId - b.recordId;
            });
            const recordIds = entries.map(({ recordId }) => recordId);
            const range = [{ fromInclusive: true, toInclusive: true }];
            expect(
              [...collection.scanIndex(name, range)].map(({ recordId }) => recordId),
              name,
            ).toEqual(recordIds);
            expect([...collection.scanIndex(name, range, { reverse: true })].map(({ recordId }) => recordId)).toEqual(
              recordIds.reverse(),
            );
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
