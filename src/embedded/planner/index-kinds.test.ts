/** Hashed and wildcard indexes: what they refuse, and that they find what a scan finds. */
import fc from 'fast-check';
import type { Collection, Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { served } from '../served.testing.ts';

const { client } = await served();
let count = 0;

// biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
function freshCollection(): Collection<any> {
  count += 1;
  return client.db('kinds').collection(`c${count}`);
}

async function planOf(cursor: { explain(verbosity: 'executionStats'): Promise<Document> }) {
  const { queryPlanner, executionStats } = await cursor.explain('executionStats');
  const names: string[] = [];
  let bounds: Document | undefined;
  for (let stage = queryPlanner.winningPlan; stage !== undefined; stage = stage.inputStage) {
    names.push(stage.stage);
    bounds = stage.indexBounds;
  }
  return { names, bounds, keys: executionStats.totalKeysExamined as number };
}

describe('a hashed index', () => {
  test('[ES8] answers equality, and neither ranges nor sorts', async () => {
    const things = freshCollection();
    await things.insertMany([{ a: 1 }, { a: 2 }, { a: 'x' }, { a: null }, {}]);
    expect(await things.createIndex({ a: 'hashed' })).toBe('a_hashed');
    expect((await things.indexes())[1]).toEqual({ v: 2, key: { a: 'hashed' }, name: 'a_hashed' });
    expect(await planOf(things.find({ a: { $in: [1, 'x'] } }))).toMatchObject({ names: ['FETCH', 'IXSCAN'], keys: 2 });
    expect(await things.countDocuments({ a: null })).toBe(2);
    expect((await planOf(things.find({ a: { $gt: 1 } }))).names).toEqual(['COLLSCAN']);
    expect((await planOf(things.find({}).sort({ a: 1 }))).names).toEqual(['SORT', 'COLLSCAN']);
  });

  test('[ES2] refuses arrays, uniqueness and a second hashed field', async () => {
    const things = freshCollection();
    await things.createIndex({ b: 1, a: 'hashed' });
    await expect(things.insertOne({ a: [1] })).rejects.toMatchObject({ code: 16766 });
    await things.insertOne({ a: { list: [1] }, b: [1, 2] });
    await expect(things.createIndex({ c: 'hashed' }, { unique: true })).rejects.toMatchObject({ code: 16764 });
    await expect(things.createIndex({ c: 'hashed', d: 'hashed' })).rejects.toMatchObject({ code: 31303 });
    await expect(things.createIndex({ place: '2dsphere' })).rejects.toMatchObject({ code: 67 });
  });
});

describe('a wildcard index', () => {
  test('[ES8] answers filters on any path by the keys of that path', async () => {
    const things = freshCollection();
    await things.insertMany(
      Array.from({ length: 50 }, (_, n) => ({ _id: n, a: n, deep: { b: [n, { c: `c${n % 5}` }] }, other: 'x' })),
    );
    await things.createIndex({ '$**': 1 });
    expect(await planOf(things.find({ a: { $gte: 45 } }))).toEqual({
      names: ['FETCH', 'IXSCAN'],
      bounds: { $_path: ['["a", "a"]'], a: ['[45, inf.0]'] },
      keys: 5,
    });
    expect(await planOf(things.find({ 'deep.b.c': 'c3' }))).toMatchObject({ names: ['FETCH', 'IXSCAN'], keys: 10 });
    expect((await things.find({ 'deep.b': 7 }).toArray()).map(({ _id }) => _id)).toEqual([7]);
    expect((await planOf(things.find({ a: { $exists: false } }))).names).toEqual(['COLLSCAN']);
    expect((await planOf(things.find({ 'deep.b.0': 7 }))).names).toEqual(['COLLSCAN']);
    expect(await things.find({ a: 3 }, { returnKey: true }).toArray()).toEqual([{ $_path: 'a', a: 3 }]);
    await expect(things.find({}).hint('$**_1').toArray()).rejects.toMatchObject({ code: 291 });
  });

  test('[ES8] holds the paths that its key or its projection names', async () => {
    const things = freshCollection();
    await things.insertOne({ _id: 1, a: { b: 1, c: 2 }, d: 3 });
    const uses = async (filter: Document) => (await planOf(things.find(filter))).names.includes('IXSCAN');
    await things.createIndex({ 'a.$**': 1 });
    expect([await uses({ 'a.b': 1 }), await uses({ d: 3 }), await uses({ _id: { $gt: 0 }, d: 3 })]).toEqual([
      true,
      false,
      true,
    ]);
    await things.dropIndex('a.$**_1');
    await things.createIndex({ '$**': 1 }, { wildcardProjection: { 'a.b': 1, _id: 1 } });
    expect([await uses({ 'a.b': 1 }), await uses({ 'a.c': 2 }), await uses({ d: 3 })]).toEqual([true, false, false]);
    await things.dropIndex('$**_1');
    await things.createIndex({ '$**': -1 }, { wildcardProjection: { 'a.b': 0 } });
    expect([await uses({ 'a.b': 1 }), await uses({ 'a.c': 2 }), await uses({ d: 3 })]).toEqual([false, true, true]);
  });

  test('[ES2] refuses what it cannot be', async () => {
    const things = freshCollection();
    await expect(things.createIndex({ '$**': 1 }, { unique: true })).rejects.toMatchObject({ code: 67 });
    await expect(things.createIndex({ '$**': 1 }, { expireAfterSeconds: 5 })).rejects.toMatchObject({ code: 67 });
    await expect(things.createIndex({ a: 1, '$**': 1 })).rejects.toMatchObject({ code: 67 });
    await expect(things.createIndex({ '$**': 'hashed' })).rejects.toMatchObject({ code: 67 });
    await expect(things.createIndex({ a: 1 }, { wildcardProjection: { a: 1 } })).rejects.toMatchObject({ code: 2 });
    await expect(things.createIndex({ 'a.$**': 1 }, { wildcardProjection: { a: 1 } })).rejects.toMatchObject({
      code: 9,
    });
    await expect(things.createIndex({ '$**': 1 }, { wildcardProjection: {} })).rejects.toMatchObject({ code: 9 });
  });
});

const scalar = fc.constantFrom<unknown>(0, 1, 2.5, 'a', 'B', null, true, new Date(5));
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: scalar },
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0', 'a.b'), tie('any'), { maxKeys: 2 }),
  ),
})).any;
const document = fc.record({ a: value, b: value }, { requiredKeys: [] });
const path = fc.constantFrom('a', 'b', 'a.b', 'a.a', 'b.a.b', 'a.0', 'a.0.b');
const condition = fc.oneof(
  scalar,
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $gt: scalar }),
  fc.record({ $gte: scalar, $lt: scalar }),
  fc.record({ $ne: scalar }),
  fc.constantFrom({ $exists: true }, { $exists: false }, { $type: 'string' }, { $regex: '^a' }, { $size: 1 }, {}, []),
  fc.record({ $elemMatch: fc.oneof(fc.record({ $gte: scalar }), fc.record({ b: scalar })) }),
  fc.record({ $not: fc.record({ $lt: scalar }) }),
);
const filter = fc.oneof(
  fc.tuple(path, condition).map(([at, what]) => ({ [at]: what })),
  fc.tuple(path, condition, path, condition).map(([one, a, other, b]) => ({ $and: [{ [one]: a }, { [other]: b }] })),
  fc.tuple(path, condition, path, condition).map(([one, a, other, b]) => ({ $or: [{ [one]: a }, { [other]: b }] })),
);
const indexes: readonly { key: Document; options: Document }[] = [
  { key: { '$**': 1 }, options: {} },
  { key: { '$**': -1 }, options: { collation: { locale: 'en', strength: 2 } } },
  { key: { 'a.$**': 1 }, options: {} },
  { key: { '$**': 1 }, options: { wildcardProjection: { a: 1, 'b.a': 1 } } },
  { key: { '$**': 1 }, options: { wildcardProjection: { 'a.b': 0 } } },
];

test('[ES9] a wildcard index changes the cost of a query and never its answer', async () => {
  let one = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { minLength: 3, maxLength: 20 }),
      fc.constantFrom(...indexes),
      fc.array(filter, { minLength: 8, maxLength: 12 }),
      fc.boolean(),
      async (documents, { key, options }, filters, collated) => {
        one += 1;
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const plain = client.db('kinds').collection<any>(`plain${one}`);
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const indexed = client.db('kinds').collection<any>(`indexed${one}`);
        const kept = documents.map((each, _id) => ({ _id, ...each }));
        await plain.insertMany(kept);
        const half = kept.length >> 1;
        await indexed.insertMany(kept.slice(0, half));
        await indexed.createIndex(key as Record<string, 1>, options);
        await indexed.insertMany(kept.slice(half));
        const collation = collated ? { collation: { locale: 'en', strength: 2 as const } } : {};
        for (const each of filters) {
          const answers = async (collection: typeof plain) =>
            (await collection.find(each, collation).toArray()).map(({ _id }) => _id as number).sort((a, b) => a - b);
          expect({ each, ids: await answers(indexed) }).toEqual({ each, ids: await answers(plain) });
        }
        // Every key goes with its document.
        await indexed.deleteMany({ _id: { $gte: 1 } });
        expect(await indexed.countDocuments({ b: { $gte: 0 } })).toBeLessThan(2);
      },
    ),
    { numRuns: 20, seed: 4 },
  );
});

test('[ES9] a hint cannot make a partial index, or a hidden one, answer what it does not hold', async () => {
  const things = freshCollection();
  await things.insertMany([{ a: 1 }, { a: 9 }, {}]);
  await things.createIndex({ a: 1 }, { name: 'large', partialFilterExpression: { a: { $gt: 5 } } });
  await things.createIndex({ a: -1 }, { name: 'hidden', hidden: true });
  expect(
    await things
      .find({ a: { $gt: 6 } })
      .hint('large')
      .toArray(),
  ).toHaveLength(1);
  await expect(
    things
      .find({ a: { $gt: 0 } })
      .hint('large')
      .toArray(),
  ).rejects.toMatchObject({ code: 291 });
  await expect(things.find({ a: 1 }).hint('hidden').toArray()).rejects.toMatchObject({ code: 2 });
  await things.createIndex({ b: 1 }, { name: 'sparse', sparse: true });
  expect(await things.find({}).hint('sparse').toArray()).toEqual([]);
});

test('[ES2] a partial index asks what a plan can follow, and the index of _ids takes no options', async () => {
  const things = freshCollection();
  const unsupported = [{ a: { $ne: 1 } }, { a: /x/ }, { $nor: [{ a: 1 }] }, { a: { $exists: false } }, { $expr: true }];
  for (const partialFilterExpression of unsupported) {
    await expect(things.createIndex({ a: 1 }, { partialFilterExpression })).rejects.toMatchObject({ code: 67 });
  }
  const either = { $or: [{ a: { $gt: 1 } }, { b: { $in: [1, 2] } }, { c: { $type: 'string' } }] };
  await things.createIndex({ a: 1 }, { partialFilterExpression: either });
  await expect(things.createIndex({ _id: 1 }, { sparse: true })).rejects.toMatchObject({ code: 197 });
  await expect(things.createIndex({ _id: 1 }, { collation: { locale: 'en' } })).rejects.toMatchObject({ code: 2 });
});
