import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

async function open(): Promise<void> {
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = await new MongoClient(server.uri).connect();
  await setParameter('columnCacheDocumentsMin', 0);
}

async function close(): Promise<void> {
  await client?.close();
  await server?.close();
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-columns-'));
  await open();
});

afterAll(async () => {
  await close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Row extends Document {
  readonly _id: number | string;
}

const setParameter = (name: string, value: unknown) => client.db('admin').command({ setParameter: 1, [name]: value });
const figures = async (): Promise<Document> => (await client.db('admin').command({ serverStatus: 1 }))['columnCache'];
const collectionOf = (name: string) => client.db('shop').collection<Row>(name);

function stageOf(explained: Document): string {
  const cursor = explained['stages']?.[0]?.$cursor ?? explained;
  return cursor.queryPlanner.winningPlan.stage;
}

const total = [{ $group: { _id: null, sum: { $sum: '$amount' }, count: { $sum: 1 } } }];

describe('columns in the server', () => {
  test('[ES20] a transaction sees its own writes in its aggregations, and nobody else does before the commit', async () => {
    const accounts = collectionOf('accounts');
    await accounts.insertMany(Array.from({ length: 50 }, (_, n) => ({ _id: n, amount: 10 })));
    const all = { sum: 500, count: 50 };
    expect(await accounts.aggregate(total).toArray()).toMatchObject([all]);
    const session = client.startSession();
    session.startTransaction();
    expect(await accounts.aggregate(total, { session }).toArray()).toMatchObject([all]);
    await accounts.updateOne({ _id: 1 }, { $inc: { amount: 7 } }, { session });
    await accounts.insertOne({ _id: 'new', amount: 1 }, { session });
    await accounts.deleteOne({ _id: 2 }, { session });
    expect(await accounts.aggregate(total, { session }).toArray()).toMatchObject([{ sum: 498, count: 50 }]);
    expect(await accounts.aggregate(total).toArray()).toMatchObject([all]);
    await accounts.insertOne({ _id: 'outside', amount: 1000 });
    expect(await accounts.aggregate(total, { session }).toArray()).toMatchObject([{ sum: 498, count: 50 }]);
    await session.commitTransaction();
    await session.endSession();
    expect(await accounts.aggregate(total).toArray()).toMatchObject([{ sum: 1498, count: 51 }]);
  });

  test('[ES20] sums of what is moved about by transactions never change, whoever reads meanwhile', async () => {
    const purses = collectionOf('purses');
    const count = 9000;
    await purses.insertMany(Array.from({ length: count }, (_, n) => ({ _id: n, amount: 100, owner: `o${n % 50}` })));
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) {
        const session = client.startSession();
        await session.withTransaction(async () => {
          await purses.updateOne({ _id: (n * 7919) % count }, { $inc: { amount: -1 } }, { session });
          await purses.updateOne({ _id: (n * 104_729 + 1) % count }, { $inc: { amount: 1 } }, { session });
        });
        await session.endSession();
      }
    })();
    const byOwner = [
      { $group: { _id: '$owner', sum: { $sum: '$amount' } } },
      { $group: { _id: null, sum: { $sum: '$sum' } } },
    ];
    for (let round = 0; round < 14; round++) {
      // Every few rounds the columns are thrown away, so that they are built while the writer writes.
      if (round % 5 === 0) {
        await setParameter('columnCacheBytes', 0);
        expect(await purses.aggregate(total).toArray()).toMatchObject([{ sum: count * 100 }]);
        await setParameter('columnCacheBytes', 96 * 1024 * 1024);
      }
      const answers = await Promise.all([purses.aggregate(total).toArray(), purses.aggregate(byOwner).toArray()]);
      expect(answers).toMatchObject([[{ sum: count * 100, count }], [{ sum: count * 100 }]]);
    }
    writing = false;
    await writer;
    expect(Number((await figures())['hits'])).toBeGreaterThan(5);
  }, 60_000);

  test('[ES20] what a capped collection gives up leaves its columns too', async () => {
    await client.db('shop').createCollection('latest', { capped: true, size: 4096, max: 10 });
    const latest = collectionOf('latest');
    for (let n = 1; n <= 25; n++) {
      await latest.insertOne({ _id: n, amount: n });
      const kept = await latest.find().toArray();
      const sum = kept.reduce((so, { amount }) => so + Number(amount), 0);
      expect(await latest.aggregate(total).toArray()).toMatchObject([{ sum, count: kept.length }]);
    }
  });

  test('[ES20] after a restart columns are built anew of what is stored', async () => {
    const kept = collectionOf('kept');
    await kept.insertMany(Array.from({ length: 30 }, (_, n) => ({ _id: n, amount: n })));
    const before = await kept.aggregate(total).toArray();
    await close();
    await open();
    expect(await collectionOf('kept').aggregate(total).toArray()).toEqual(before);
    expect(Number((await figures())['builds'])).toBe(1);
  });

  test('[ES20] explain shows a column scan; a hint, a collation and the parameter lead past it', async () => {
    const sold = collectionOf('sold');
    await sold.insertMany(Array.from({ length: 300 }, (_, n) => ({ _id: n, store: `s${n % 3}`, amount: n })));
    const pipeline = [
      { $match: { amount: { $gte: 100 } } },
      { $group: { _id: '$store', sum: { $sum: '$amount' } } },
      { $sort: { _id: 1 } },
    ];
    const explained = await sold.aggregate(pipeline).explain('executionStats');
    expect(stageOf(explained)).toBe('COLUMN_SCAN');
    const { $cursor } = explained['stages'][0];
    expect($cursor.queryPlanner.winningPlan).toMatchObject({
      filter: { amount: { $gte: 100 } },
      answers: [{ $group: { _id: '$store', sum: { $sum: '$amount' } } }],
    });
    expect($cursor.executionStats).toMatchObject({
      nReturned: 3,
      totalDocsExamined: 0,
      executionStages: { rowsExamined: 300, rowsMatched: 200, groupsMade: 3 },
    });
    expect(stageOf(await sold.aggregate(pipeline, { hint: { $natural: 1 } }).explain())).toBe('COLLSCAN');
    expect(stageOf(await sold.aggregate(pipeline, { collation: { locale: 'en' } }).explain())).toBe('COLLSCAN');
    await setParameter('columnCacheBytes', 0);
    expect(stageOf(await sold.aggregate(pipeline).explain())).toBe('COLLSCAN');
    expect(await figures()).toMatchObject({ bytes: 0, columns: 0, bytesMax: 0 });
    await setParameter('columnCacheBytes', 96 * 1024 * 1024);
    expect(stageOf(await sold.aggregate(pipeline).explain())).toBe('COLUMN_SCAN');
  });

  test('[ES20] an index that finds few documents is preferred to columns', async () => {
    const many = collectionOf('many');
    await many.insertMany(Array.from({ length: 4000 }, (_, n) => ({ _id: n, key: n % 1000, amount: n })));
    await many.createIndex({ key: 1 });
    const few = [{ $match: { key: 5 } }, ...total];
    expect(stageOf(await many.aggregate(few).explain())).toBe('FETCH');
    expect(await many.aggregate(few).toArray()).toMatchObject([{ sum: 5 + 1005 + 2005 + 3005, count: 4 }]);
    const most = [{ $match: { key: { $gte: 5 } } }, ...total];
    expect(stageOf(await many.aggregate(most).explain())).toBe('COLUMN_SCAN');
  });

  test('[ES16] an aggregation over columns stops at maxTimeMS', async () => {
    const slow = collectionOf('slow');
    await slow.insertMany(Array.from({ length: 15_000 }, (_, n) => ({ _id: n, amount: n })));
    const pipeline = [{ $group: { _id: '$amount', all: { $push: { a: '$amount', b: '$_id' } } } }];
    await expect(slow.aggregate(pipeline, { maxTimeMS: 5 }).toArray()).rejects.toMatchObject({ code: 50 });
    expect(await slow.aggregate(pipeline).toArray()).toHaveLength(15_000);
  });
});
