import fc from 'fast-check';
import type { Collection, Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { served } from '../served.testing.ts';

const { client } = await served();
let count = 0;

// biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
function freshCollection(): Collection<any> {
  count += 1;
  return client.db('plans').collection(`c${count}`);
}

/** The names of the stages of a plan, from the top. */
function stagesOf(plan: Document): string[] {
  const inputs = plan['inputStages'] ?? (plan['inputStage'] === undefined ? [] : [plan['inputStage']]);
  return [plan['stage'], ...(inputs as Document[]).flatMap(stagesOf)];
}

async function explained(cursor: { explain(verbosity: 'executionStats'): Promise<Document> }) {
  const { queryPlanner, executionStats } = await cursor.explain('executionStats');
  return {
    stages: stagesOf(queryPlanner['winningPlan']),
    plan: queryPlanner['winningPlan'] as Document,
    returned: executionStats.nReturned,
    keys: executionStats.totalKeysExamined,
    documents: executionStats.totalDocsExamined,
  };
}

describe('with an index on (store, day)', () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  let orders: Collection<any>;
  beforeAll(async () => {
    orders = freshCollection();
    await orders.insertMany(
      Array.from({ length: 1000 }, (_, n) => ({
        _id: n,
        store: `s${n % 10}`,
        day: n % 100,
        status: n % 3 === 0 ? 'open' : 'done',
      })),
    );
    await orders.createIndex({ store: 1, day: -1 });
  });

  test('[ES9] equality and range look at the keys inside them and nothing else', async () => {
    expect(await explained(orders.find({ store: 's3', day: { $gte: 50 } }))).toMatchObject({
      stages: ['FETCH', 'IXSCAN'],
      returned: 50,
      keys: 50,
      documents: 50,
    });
  });

  test('[ES9] a sort in the order of the index needs no SORT, forwards and backwards', async () => {
    for (const day of [1, -1] as const) {
      const { stages, keys } = await explained(orders.find({ store: 's3' }).sort({ day }).limit(5));
      expect(stages).toEqual(['LIMIT', 'FETCH', 'IXSCAN']);
      expect(keys).toBe(5);
    }
  });

  test('[ES9] a filter on a field without an index reads the collection', async () => {
    expect(await explained(orders.find({ status: 'open' }))).toMatchObject({
      stages: ['COLLSCAN'],
      keys: 0,
      documents: 1000,
    });
  });

  test('[ES9] one document by _id costs one key and one document', async () => {
    expect(await explained(orders.find({ _id: 7 }))).toMatchObject({
      stages: ['EXPRESS_IXSCAN'],
      keys: 1,
      documents: 1,
    });
  });

  test('[ES9] $or uses an index for each of its branches', async () => {
    expect(await explained(orders.find({ $or: [{ store: 's1', day: 1 }, { _id: { $in: [5, 6] } }] }))).toMatchObject({
      stages: ['FETCH', 'OR', 'IXSCAN', 'IXSCAN'],
      returned: 12,
      documents: 12,
    });
  });

  test('[ES9] a hint is obeyed, and an unknown one refused', async () => {
    expect((await explained(orders.find({ status: 'open' }).hint({ store: 1, day: -1 }))).stages).toEqual([
      'FETCH',
      'IXSCAN',
    ]);
    expect((await explained(orders.find({ store: 's1' }).hint({ $natural: 1 }))).stages).toEqual(['COLLSCAN']);
    await expect(orders.find().hint('nope').toArray()).rejects.toMatchObject({ code: 2 });
  });

  test('[ES9] $lookup and the start of a pipeline use indexes', async () => {
    const plan = await orders.aggregate([{ $match: { store: 's1' } }, { $unwind: '$day' }]).explain('executionStats');
    expect(stagesOf(plan['stages'][0].$cursor.queryPlanner.winningPlan)).toEqual(['FETCH', 'IXSCAN']);
  });

  test('[ES9] a count that the index answers reads no document', async () => {
    const explain = await client.db('plans').command({
      explain: { count: orders.collectionName, query: { store: 's1' } },
      verbosity: 'executionStats',
    });
    expect(stagesOf(explain['queryPlanner'].winningPlan)).toEqual(['COUNT', 'COUNT_SCAN']);
    expect(explain['executionStats'].totalDocsExamined).toBe(0);
  });
});

test('[ES9] of two indexes that are equally short, the one that bounds more of the filter is read', async () => {
  const items = freshCollection();
  await items.insertMany(Array.from({ length: 40 }, (_, n) => ({ product: n % 4, day: 10 + n })));
  await items.createIndexes([
    { key: { product: 1 }, name: 'by_product' },
    { key: { product: 1, day: -1 }, name: 'by_product_and_day' },
  ]);
  const { queryPlanner } = await items.find({ product: 2, day: { $gte: 0 } }).explain('queryPlanner');
  expect(queryPlanner.winningPlan.inputStage.indexName).toBe('by_product_and_day');
});

test('[ES9] partial and sparse indexes are used only where they hold all answers', async () => {
  const collection = freshCollection();
  await collection.insertMany([
    { _id: 1, a: 1, live: true },
    { _id: 2, a: 1 },
    { _id: 3, b: 1 },
  ]);
  await collection.createIndex({ a: 1 }, { partialFilterExpression: { live: true } });
  await collection.createIndex({ b: 1 }, { sparse: true });
  expect((await explained(collection.find({ a: 1 }))).stages).toEqual(['COLLSCAN']);
  expect((await explained(collection.find({ a: 1, live: true }))).stages).toEqual(['FETCH', 'IXSCAN']);
  expect((await explained(collection.find({ b: null }))).stages).toEqual(['COLLSCAN']);
  expect((await explained(collection.find({ b: { $gt: 0 } }))).stages).toEqual(['FETCH', 'IXSCAN']);
});

test('[ES9] words are found through the text index, best match first', async () => {
  const collection = freshCollection();
  await collection.insertMany([
    { _id: 1, name: 'claw hammer', text: 'steel' },
    { _id: 2, name: 'nails', text: 'for every hammer, hammers love them' },
    { _id: 3, name: 'saw', text: 'cuts' },
  ]);
  await collection.createIndex({ name: 'text', text: 'text' }, { weights: { name: 10 } });
  const found = collection
    .find({ $text: { $search: 'hammers' } })
    .project({ score: { $meta: 'textScore' } })
    .sort({ score: { $meta: 'textScore' } });
  expect((await found.toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
  expect((await explained(collection.find({ $text: { $search: 'hammers' } }))).stages).toEqual([
    'TEXT_MATCH',
    'FETCH',
    'IXSCAN',
  ]);
});

test('[ES9] a sort of many documents without an index is whole, in order, and keeps equal ones as they came', async () => {
  const collection = freshCollection();
  await collection.insertMany(Array.from({ length: 10_000 }, (_, n) => ({ _id: n, k: (n * 7919) % 100 })));
  const expected = Array.from({ length: 10_000 }, (_, n) => ({ _id: n, k: (n * 7919) % 100 })).sort(
    (a, b) => a.k - b.k || a._id - b._id,
  );
  expect(await collection.find().sort({ k: 1 }).toArray()).toEqual(expected);
  expect(await collection.find().sort({ k: 1 }).skip(4000).limit(2000).toArray()).toEqual(expected.slice(4000, 6000));
});

test('[ES9] the newest few of many matches come from the index in their order, not from a sort', async () => {
  const collection = freshCollection();
  await collection.insertMany(
    Array.from({ length: 6000 }, (_, n) => ({ _id: n, status: n % 2 === 0 ? 'open' : 'done', day: n })),
  );
  await collection.createIndexes([{ key: { status: 1 } }, { key: { day: 1 } }]);
  const { stages, documents } = await explained(collection.find({ status: 'open' }).sort({ day: -1 }).limit(10));
  expect(stages).toEqual(['LIMIT', 'FETCH', 'IXSCAN']);
  expect(documents).toBeLessThan(30);
});

test('[ES9] distinct values by index are those of the documents, null included and missing left out', async () => {
  const collection = freshCollection();
  await collection.insertMany([{ k: 'b' }, { k: 'a' }, { k: 'b' }, { k: null }, {}, { k: 3 }]);
  await collection.createIndex({ k: -1, other: 1 });
  expect(new Set(await collection.distinct('k'))).toEqual(new Set(['a', 'b', null, 3]));
});

describe('any filter, any indexes', () => {
  const scalar = fc.oneof(
    fc.integer({ min: -2, max: 4 }),
    fc.constantFrom('a', 'ab', 'b', ''),
    fc.constant(null),
    fc.boolean(),
    fc.double({ min: -1, max: 2, noNaN: true }).map((value) => Math.round(value * 2) / 2),
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  );
  const document = fc.record(
    {
      a: value,
      b: value,
      c: fc.oneof(value, fc.record({ d: value }), fc.array(fc.record({ d: scalar, e: scalar }), { maxLength: 3 })),
    },
    { requiredKeys: [] },
  );
  const path = fc.constantFrom('a', 'b', 'c.d', 'c.e');
  const condition = fc.oneof(
    scalar,
    fc.record({ $gt: scalar }),
    fc.record({ $lte: scalar }),
    fc.tuple(scalar, scalar).map(([$gte, $lt]) => ({ $gte, $lt })),
    fc.array(scalar, { maxLength: 3 }).map(($in) => ({ $in })),
    fc.record({ $ne: scalar }),
    fc.record({ $exists: fc.boolean() }),
    fc.constantFrom('^a', 'b').map(($regex) => ({ $regex })),
    fc.record({ $not: fc.record({ $gt: scalar }) }),
    fc.tuple(scalar, scalar).map(([$gt, $lt]) => ({ $elemMatch: { $gt, $lt } })),
  );
  const field = fc.tuple(path, condition).map(([name, test]) => ({ [name]: test }));
  const filter = fc.oneof(
    field,
    fc.tuple(field, field).map((parts) => ({ $and: parts })),
    fc.tuple(field, field).map((parts) => ({ $or: parts })),
    fc.tuple(scalar, scalar).map(([d, e]) => ({ c: { $elemMatch: { d: { $gte: d }, e } } })),
  );
  const index = fc
    .tuple(
      fc.uniqueArray(path, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(1, -1), { minLength: 3, maxLength: 3 }),
      fc.boolean(),
    )
    .filter(([paths]) => !(paths.includes('a') && paths.includes('b')))
    .map(([paths, directions, sparse]) => ({
      key: Object.fromEntries(paths.map((name, at) => [name, directions[at] as 1 | -1])),
      sparse,
    }));
  const sort = fc.option(fc.tuple(path, fc.constantFrom(1, -1)), { nil: undefined });

  test('[ES9] an index changes the cost of a query, never its answer', async () => {
    const collection = freshCollection();
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 1, maxLength: 25 }),
        fc.array(index, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(filter, sort), { minLength: 8, maxLength: 8 }),
        async (documents, indexes, queries) => {
          await collection.drop();
          for (const { key, sparse } of indexes)
            await collection.createIndex(key, { sparse, name: JSON.stringify([key, sparse]) }).catch(ignoreConflict);
          for (const [at, one] of documents.entries())
            await collection.insertOne({ _id: at, ...one }).catch(ignoreParallelArrays);
          for (const [wanted, order] of queries) {
            const ordered = order === undefined ? {} : { [order[0]]: order[1] as 1 | -1 };
            const planned = await collection.find(wanted).sort(ordered).toArray();
            const scanned = await collection.find(wanted).sort(ordered).hint({ $natural: 1 }).toArray();
            const byId = (rows: Document[]) => rows.map(({ _id }) => _id as number).sort((a, b) => a - b);
            expect(byId(planned)).toEqual(byId(scanned));
            // Documents that compare equal may come in any order; their values may not.
            if (order !== undefined && !scanned.some((row) => hasArray(row))) {
              const values = (rows: Document[]) => rows.map((row) => valueAt(row, order[0]));
              expect(values(planned)).toEqual(values(scanned));
              const limited = await collection.find(wanted).sort(ordered).limit(3).toArray();
              expect(values(limited)).toEqual(values(scanned).slice(0, 3));
            }
            expect(await client.db('plans').command({ count: collection.collectionName, query: wanted })).toMatchObject(
              { n: scanned.length },
            );
          }
        },
      ),
      { numRuns: 60, seed: 20261122 },
    );
  });
});

/** Two indexes of the same key, or an array too many: not what this property is about. */
function ignoreConflict(error: { code?: number }): void {
  if (error.code !== 85 && error.code !== 86) throw error;
}

function ignoreParallelArrays(error: { code?: number }): void {
  if (error.code !== 171) throw error;
}

function hasArray(row: Document): boolean {
  return JSON.stringify(row).includes('[');
}

/** The value at a dotted path; null where there is none, for that is how it sorts. */
function valueAt(row: Document, path: string): unknown {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Document | null | undefined)?.[name], row);
  return value ?? null;
}
