import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import fc from 'fast-check';
import {
  type Collection,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MongoClient,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-columns-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = await new MongoClient(server.uri, { promoteValues: false }).connect();
  await client.db('admin').command({ setParameter: 1, columnCacheDocumentsMin: 0 });
});

afterAll(async () => {
  await client?.close();
  await server?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 6 }).map((n) => new Int32(n)) },
  { weight: 3, arbitrary: fc.constantFrom(0.5, 1.5, -2.25, 0.1, 0.2, 1e300, 3.3).map((n) => new Double(n)) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2, -0, Number.NaN, Infinity, -Infinity).map((n) => new Double(n)) },
  { weight: 1, arbitrary: fc.constantFrom(2147483647, -2147483648).map((n) => new Int32(n)) },
  { weight: 1, arbitrary: fc.constantFrom('1', '2', '9007199254740993', '4294967296').map((n) => Long.fromString(n)) },
  { weight: 1, arbitrary: fc.constantFrom('1', '0.1', 'NaN').map((n) => Decimal128.fromString(n)) },
);
const plainNumbers = fc.oneof(
  fc.integer({ min: -3, max: 9 }).map((n) => new Int32(n)),
  fc.constantFrom(0.5, 1.5, 0.1, 0.2, 19.99, 3.3).map((n) => new Double(n)),
);
const texts = fc.constantFrom('', 'a', 'b', 'ab', 'ä', '日本', '2024-01-15', '2024-02-01', '2025-01-15', '𝒳', 'A');
const odd = fc.oneof(
  fc.constantFrom(true, false, null),
  fc.constantFrom(0, 86_400_000, 1_700_000_000_000).map((ms) => new Date(ms)),
  fc.constantFrom([1, 2], ['a'], [], { x: 1 }, { x: 'a', y: { z: 2 } }, [{ x: 1 }, { x: 2 }]),
  fc.constantFrom('65f000000000000000000001', '65f000000000000000000002').map((hex) => new ObjectId(hex)),
  fc.constant(new Timestamp({ t: 1, i: 2 })),
);
const anything = fc.oneof(
  { weight: 4, arbitrary: numbers },
  { weight: 3, arbitrary: texts },
  { weight: 1, arbitrary: odd },
);

const documents = fc.record(
  { n: plainNumbers, m: numbers, s: texts, t: texts, v: anything, w: anything },
  { requiredKeys: [] },
);

const field = fc.constantFrom('$n', '$m', '$s', '$t', '$v', '$w', '$v.x', '$w.y.z', '$none');
const numericField = fc.constantFrom('$n', '$n', '$n', '$m', '$v');
const constant = fc.oneof(
  plainNumbers,
  texts.map((text) => ({ $literal: text })),
  fc.constant(null),
);

const numeric: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    numericField,
    plainNumbers,
    fc
      .tuple(fc.constantFrom('$add', '$subtract', '$multiply', '$divide'), tie('value'), tie('value'))
      .map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(tie('truth'), tie('value'), tie('value')).map((parts) => ({ $cond: parts })),
    fc.tuple(tie('value'), tie('value')).map((parts) => ({ $ifNull: parts })),
    tie('value').map((value) => ({ $abs: value })),
  ),
  truth: fc
    .tuple(
      fc.constantFrom('$eq', '$ne', '$lt', '$lte', '$gt', '$gte'),
      fc.oneof(field, tie('value')),
      fc.oneof(field, constant),
    )
    .map(([op, a, b]) => ({ [op]: [a, b] })),
})).value;

const expression: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: field },
  { weight: 2, arbitrary: numeric },
  fc.constantFrom('$s', '$t').map((path) => ({ $substrCP: [path, 0, 4] })),
  fc.constantFrom('$s', '$n', '$v').map((path) => ({ $type: path })),
  fc.constant({ $concat: ['$s', '-', '$t'] }),
  fc.constant({ $dateFromString: { dateString: '$s', onError: null } }),
  fc.constant({ a: '$s', b: '$n' }),
  fc.constant(['$n', '$s']),
);

const accumulator = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('$sum', '$avg'), numeric).map(([op, e]) => ({ [op]: e })) },
  fc.constant({ $sum: 1 }),
  fc.constant({ $count: {} }),
  fc
    .tuple(fc.constantFrom('$min', '$max', '$first', '$last', '$push', '$addToSet', '$stdDevPop', '$sum'), expression)
    .map(([op, e]) => ({ [op]: e })),
  fc.constant({ $top: { sortBy: { n: 1 }, output: '$s' } }),
);

const condition: fc.Arbitrary<Document> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('n', 'm', 's', 't', 'v', 'w', 'v.x'),
      fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'),
      fc.oneof(anything, fc.constant(null)),
    )
    .map(([path, op, value]) => ({ [path]: { [op]: value } })),
  fc
    .tuple(fc.constantFrom('s', 'n', 'v'), fc.array(fc.oneof(texts, plainNumbers, fc.constant(null)), { maxLength: 3 }))
    .map(([path, values]) => ({ [path]: { $in: values } })),
  fc.tuple(fc.constantFrom('s', 'v'), fc.boolean()).map(([path, there]) => ({ [path]: { $exists: there } })),
  fc.constant({ s: { $regex: '^2024' } }),
  fc.constant({ s: { $gte: '2024-01-01', $lt: '2025-01-01' } }),
  fc.constant({ $expr: { $gt: ['$n', '$m'] } }),
  fc.tuple(texts, plainNumbers).map(([text, n]) => ({ $or: [{ s: text }, { n, t: { $ne: text } }] })),
);

const group = fc
  .record({
    id: fc.oneof(
      { weight: 3, arbitrary: expression },
      { weight: 3, arbitrary: fc.record({ a: expression, b: expression }) },
      fc.record({ a: expression, b: expression, c: expression }),
      fc.constant(null),
    ),
    accumulators: fc.array(accumulator, { maxLength: 4 }),
  })
  .map(({ id, accumulators }) => ({
    $group: { _id: id, ...Object.fromEntries(accumulators.map((one, k) => [`r${k}`, one])) },
  }));

const passing: fc.Arbitrary<Document> = fc.oneof(
  condition.map((filter) => ({ $match: filter })),
  fc.tuple(fc.constantFrom('n', 's', 'x'), expression).map(([name, value]) => ({ $set: { [name]: value } })),
  fc.tuple(expression, expression).map(([a, b]) => ({ $project: { n: 1, s: 1, v: a, w: b } })),
  fc.constant({ $project: { m: 0 } }),
  fc.constant({ $unset: ['t', 'v'] }),
);

const second: fc.Arbitrary<Document[]> = fc.oneof(
  fc.constant<Document[]>([]),
  fc.constantFrom<Document[]>(
    [{ $group: { _id: { a: '$_id.a' }, n: { $sum: 1 }, t: { $sum: '$r0' }, all: { $push: '$r1' } } }],
    [{ $group: { _id: '$_id', n: { $avg: '$r0' } } }],
    [{ $group: { _id: '$r0', n: { $first: '$_id' }, m: { $max: '$_id.b' } } }],
    [{ $match: { r0: { $gt: 1 } } }, { $group: { _id: '$_id.b', n: { $sum: { $multiply: ['$r0', 2] } } } }],
    [
      { $project: { r0: 1, k: { $toString: { $ifNull: ['$_id.a', 'none'] } } } },
      { $group: { _id: '$k', low: { $min: '$r0' }, last: { $last: '$r0' } } },
    ],
    [{ $sort: { _id: 1 } }, { $limit: 5 }],
    [{ $count: 'groups' }],
  ),
);

const ends: fc.Arbitrary<Document[]> = fc.oneof<fc.MaybeWeightedArbitrary<Document[]>[]>(
  { weight: 6, arbitrary: fc.tuple(group, second).map(([first, rest]) => [first, ...rest]) },
  fc.constant<Document[]>([{ $count: 'n' }]),
  expression.filter((one) => typeof one === 'string').map((one) => [{ $sortByCount: one }]),
);

const pipelines = fc
  .tuple(fc.array(condition, { maxLength: 2 }), fc.array(passing, { maxLength: 2 }), ends)
  .map(([filters, stages, end]) => [...filters.map((filter) => ({ $match: filter })), ...stages, ...end] as Document[]);

async function answerOf(collection: Collection, pipeline: Document[], options: Document): Promise<unknown> {
  try {
    return EJSON.stringify(await collection.aggregate(pipeline, options).toArray(), { relaxed: false });
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return { code, message };
  }
}

describe('columns', () => {
  test('[ES20] a column scan changes the cost of an aggregation, never its answer', async () => {
    const collection = client.db('columns').collection('random');
    let columnsUsed = 0;
    const write = fc.record({
      place: fc.nat(),
      document: documents,
      kind: fc.constantFrom('insert', 'update', 'remove'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(documents, { minLength: 1, maxLength: 40 }),
        fc.array(fc.tuple(pipelines, fc.array(write, { maxLength: 3 })), { minLength: 1, maxLength: 12 }),
        async (initial, steps) => {
          await collection.drop().catch(() => undefined);
          await collection.insertMany(initial.map((document, _id) => ({ _id: _id as never, ...(document as object) })));
          for (const [pipeline, writes] of steps) {
            const columnar = await answerOf(collection, pipeline, {});
            expect(columnar, JSON.stringify(pipeline)).toEqual(
              await answerOf(collection, pipeline, { hint: { $natural: 1 } }),
            );
            for (const { place, document, kind } of writes) {
              const _id = (place % 60) as never;
              if (kind === 'remove') await collection.deleteOne({ _id });
              else await collection.replaceOne({ _id }, document as Document, { upsert: kind === 'insert' });
            }
          }
          const { columnCache } = await client.db('admin').command({ serverStatus: 1 });
          columnsUsed = Number(columnCache.hits) + Number(columnCache.builds);
        },
      ),
      {
        seed: Number(process.env['COLUMNS_SEED'] ?? 20_261),
        numRuns: Number(process.env['COLUMNS_RUNS'] ?? 40),
        interruptAfterTimeLimit: Number(process.env['COLUMNS_SECONDS'] ?? 15) * 1000,
      },
    );
    expect(columnsUsed).toBeGreaterThan(50);
  }, 120_000);
});
