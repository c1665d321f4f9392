/** Indexes and `_id`s under a collation: what they find must be what a scan finds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { encode } from '../bson/codec.ts';
import { startEmbeddedServer } from '../index.ts';
import { served } from '../served.testing.ts';
import { openStorage } from '../storage/index.ts';

const { client } = await served();
let count = 0;

const anyCase = { locale: 'en', strength: 2 } as const;

// biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
async function freshCollection(options: Document = {}): Promise<Collection<any>> {
  count += 1;
  return client.db('collated').createCollection(`c${count}`, options);
}

async function planOf(cursor: { explain(verbosity: 'executionStats'): Promise<Document> }) {
  const { queryPlanner, executionStats } = await cursor.explain('executionStats');
  const names: string[] = [];
  for (let stage = queryPlanner.winningPlan; stage !== undefined; stage = stage.inputStage) names.push(stage.stage);
  return { names, keys: executionStats.totalKeysExamined as number };
}

describe('an index with a collation', () => {
  test('[ES9] answers equality, ranges and sorts of queries with the same collation, by their keys alone', async () => {
    const people = await freshCollection();
    await people.insertMany(['Bob', 'alice', 'ALICE', 'carol', 'Álice'].map((name, _id) => ({ _id, name })));
    await people.createIndex({ name: 1 }, { collation: anyCase });
    const found = people.find({ name: 'Alice' }, { collation: anyCase });
    expect(await planOf(found.clone())).toEqual({ names: ['FETCH', 'IXSCAN'], keys: 2 });
    expect((await found.toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
    const sorted = people.find({ name: { $gte: 'B' } }, { collation: anyCase }).sort({ name: -1 });
    expect((await planOf(sorted.clone())).names).toEqual(['FETCH', 'IXSCAN']);
    expect((await sorted.toArray()).map(({ name }) => name)).toEqual(['carol', 'Bob']);
  });

  test('[ES9] is no help for strings of queries with another collation, but is for numbers', async () => {
    const things = await freshCollection();
    await things.insertMany([{ a: 'x' }, { a: 'X' }, { a: 5 }]);
    await things.createIndex({ a: 1 }, { collation: anyCase });
    expect((await planOf(things.find({ a: 'x' }))).names).toEqual(['COLLSCAN']);
    expect(await things.countDocuments({ a: 'x' })).toBe(1);
    expect((await planOf(things.find({ a: { $gt: 3 } }))).names).toEqual(['FETCH', 'IXSCAN']);
    expect((await planOf(things.find({ a: { $in: [5, 'x'] } }))).names).toEqual(['COLLSCAN']);
  });

  test('[ES5] that is unique refuses what the collation holds for equal', async () => {
    const users = await freshCollection();
    await users.createIndex({ email: 1 }, { unique: true, collation: anyCase });
    await users.insertOne({ email: 'Ann@example.com' });
    await expect(users.insertOne({ email: 'ann@EXAMPLE.com' })).rejects.toMatchObject({
      code: 11000,
      keyValue: { email: 'ann@EXAMPLE.com' },
    });
    await users.insertOne({ email: 'änn@example.com' });
    await expect(users.insertOne({ email: '日本@example.com' })).rejects.toMatchObject({ code: 201 });
  });

  test('[ES5] that is unique cannot be built over what the collation holds for equal', async () => {
    const users = await freshCollection();
    await users.insertMany([{ n: 'a' }, { n: 'A' }]);
    await expect(users.createIndex({ n: 1 }, { unique: true, collation: anyCase })).rejects.toMatchObject({
      code: 11000,
    });
    await users.createIndex({ n: 1 }, { unique: true });
  });

  test("[ES8] is listed with its collation in full, its own or the collection's; text indexes take none", async () => {
    const things = await freshCollection({ collation: anyCase });
    await things.createIndex({ a: 1 });
    await things.createIndex({ a: 1 }, { name: 'plain', collation: { locale: 'simple' } });
    const full = {
      locale: 'en', caseLevel: false, caseFirst: 'off', strength: 2, numericOrdering: false,
      alternate: 'non-ignorable', maxVariable: 'punct', normalization: false, backwards: false, version: '57.1',
    }; // biome-ignore format: a list is easier to read in lines
    expect(await things.listIndexes().toArray()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_', collation: full },
      { v: 2, key: { a: 1 }, name: 'a_1', collation: full },
      { v: 2, key: { a: 1 }, name: 'plain' },
    ]);
    await expect(things.createIndex({ b: 'text' })).rejects.toMatchObject({ code: 67 });
    await things.createIndex({ b: 'text' }, { collation: { locale: 'simple' } });
  });
});

describe('a collection with a collation', () => {
  test('[ES5] compares the _ids of its documents by it', async () => {
    const things = await freshCollection({ collation: anyCase });
    await things.insertOne({ _id: 'Key' });
    await expect(things.insertOne({ _id: 'KEY' })).rejects.toMatchObject({ code: 11000 });
    expect(await things.findOne({ _id: 'key' })).toEqual({ _id: 'Key' });
    expect(await things.findOne({ _id: 'key' }, { collation: { locale: 'simple' } })).toBeNull();
    expect((await planOf(things.find({ _id: 'key' }))).names).toEqual(['EXPRESS_IXSCAN']);
    expect(await things.updateOne({ _id: 'kEy' }, { $set: { n: 1 } })).toMatchObject({ modifiedCount: 1 });
    expect(await things.deleteMany({ _id: 'KEY' })).toMatchObject({ deletedCount: 1 });
  });

  test('[ES11] does so within a transaction', async () => {
    const things = await freshCollection({ collation: anyCase });
    await client.withSession(async (session) => {
      session.startTransaction();
      await things.insertOne({ _id: 'Key' }, { session });
      expect(await things.findOne({ _id: 'KEY' }, { session })).toEqual({ _id: 'Key' });
      await expect(things.insertOne({ _id: 'key' }, { session })).rejects.toMatchObject({ code: 11000 });
      await session.abortTransaction();
    });
  });

  test('[ES9] tells values apart by it in distinct, with an index and without', async () => {
    const things = await freshCollection({ collation: anyCase });
    await things.insertMany(['a', 'A', 'b'].map((a) => ({ a })));
    expect(await things.distinct('a')).toEqual(['a', 'b']);
    await things.createIndex({ a: 1 });
    expect(await things.distinct('a')).toEqual(['a', 'b']);
  });
});

test('[ES11] arrays that a transaction writes are found by its own plans', async () => {
  const things = await freshCollection();
  await things.insertOne({ _id: 1, a: 1 });
  await things.createIndex({ a: 1 });
  await client.withSession(async (session) => {
    session.startTransaction();
    await things.insertOne({ _id: 2, a: [0, 9] }, { session });
    expect(await things.find({ a: { $gt: 3, $lt: 6 } }, { session }).toArray()).toHaveLength(1);
    expect(await things.countDocuments({ a: { $gte: 0 } }, { session })).toBe(2);
    await session.abortTransaction();
  });
});

const words = [
  '',
  'a',
  'A',
  'á',
  'ab',
  'aB',
  'b',
  'ch',
  'Ch',
  'cz',
  'd',
  '10',
  '9',
  'æ',
  'ae',
  'ﬁ',
  'fi',
  '日本',
  '日',
  'a-b',
  'ß',
  'ss',
  '\u200b',
  'ａ',
];
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(...words) },
  fc.constantFrom<unknown>(1, 2.5, null, true, new Date(0)),
  fc.array(fc.constantFrom<unknown>(...words, 3), { maxLength: 2 }),
  fc.constantFrom(...words).map((x) => ({ x })),
);
const document = fc.record({ a: value, b: value }, { requiredKeys: [] });
const predicate = fc.oneof(
  value,
  fc.record({ $gte: fc.constantFrom(...words) }),
  fc.record({ $gt: fc.constantFrom(...words), $lt: fc.constantFrom(...words) }),
  fc.record({ $lte: value.filter((one) => !Array.isArray(one)) }),
  fc.record({ $in: fc.array(value, { maxLength: 3 }) }),
  fc.record({ $ne: value }),
  fc.record({ $nin: fc.array(value, { maxLength: 2 }) }),
  fc.constantFrom({ $exists: true }, { $type: 'string' }, { $regex: '^a' }, { $elemMatch: { $gt: 'a' } }),
);
const filter = fc.oneof(
  fc.record({ a: predicate }),
  fc.record({ a: predicate, b: predicate }),
  fc.record({ $or: fc.tuple(fc.record({ a: predicate }), fc.record({ a: predicate })) }),
);
const collations: readonly Document[] = [
  anyCase,
  { locale: 'en', strength: 1 },
  { locale: 'cs' },
  { locale: 'en', numericOrdering: true },
  { locale: 'simple' },
];
const sort = fc.constantFrom<Document>({}, { a: 1, _id: 1 }, { a: -1, _id: 1 }, { b: 1, a: 1, _id: 1 });

test('[ES9] whatever the collations of query and index, an index changes the cost and never the answer', async () => {
  let one = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { minLength: 5, maxLength: 25 }),
      fc.constantFrom(...collations),
      fc.constantFrom(...collations),
      fc.array(fc.record({ filter, sort }), { minLength: 6, maxLength: 10 }),
      fc.constantFrom<Document>({ a: 1 }, { a: -1 }, { a: 1, b: -1 }, { b: 1, a: 1 }),
      async (documents, ofIndex, ofQuery, queries, key) => {
        one += 1;
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const plain = client.db('collated').collection<any>(`plain${one}`);
        // biome-ignore lint/suspicious/noExplicitAny: as above.
        const indexed = client.db('collated').collection<any>(`indexed${one}`);
        const parallel = (document: Document) => Array.isArray(document['a']) && Array.isArray(document['b']);
        const kept = documents.filter((each) => !parallel(each)).map((each, _id) => ({ _id, ...each }));
        if (kept.length === 0) return;
        await plain.insertMany(kept);
        // Half of the documents come before the index and half after it: it is kept in two ways.
        const half = kept.length >> 1;
        if (half > 0) await indexed.insertMany(kept.slice(0, half));
        await indexed.createIndex(key as Record<string, 1>, { collation: ofIndex as { locale: string } });
        await indexed.insertMany(kept.slice(half));
        for (const query of queries) {
          const options = { collation: ofQuery as { locale: string }, sort: query.sort as Record<string, 1> };
          const answers = async (collection: typeof plain) => {
            const found = await collection.find(query.filter, options).toArray();
            const ids = found.map(({ _id }) => _id as number);
            return Object.keys(query.sort).length === 0 ? ids.sort((a, b) => a - b) : ids;
          };
          const expected = await answers(plain);
          expect({ query, ids: await answers(indexed) }).toEqual({ query, ids: expected });
          const counted = await indexed.countDocuments(query.filter, { collation: ofQuery as { locale: string } });
          expect({ query, counted }).toEqual({ query, counted: expected.length });
        }
      },
    ),
    { numRuns: 20, seed: 20 },
  );
});

test('[ES14] an index whose keys were written in the order of another ICU is written anew at the start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  const storage = await openStorage({ dataDir: folder });
  await storage.write((transaction) => {
    const people = transaction.createCollection('d.people', {});
    people.insert(encode({ _id: 1, name: 'bob' }));
    people.insert(encode({ _id: 2, name: 'Bob' }));
    // As an index of another collation would have left them behind.
    transaction.createIndexes('d.people', [{ name: 'n', key: { name: 1 }, options: {} }]);
    transaction.setMetadata('collation keys', { version: '1/0.0/0' });
    transaction.setIndexOptions('d.people', 'n', { collation: { ...anyCase } });
  });
  await storage.close();
  await using again = await startEmbeddedServer({ dataDir: folder, port: 0 });
  await using other = new MongoClient(again.uri);
  const found = other.db('d').collection('people').find({ name: 'BOB' }, { collation: anyCase });
  expect((await planOf(found.clone())).names).toEqual(['FETCH', 'IXSCAN']);
  expect(await found.toArray()).toHaveLength(2);
  await other.close();
  await again.close();
  await rm(folder, { recursive: true, force: true });
});
