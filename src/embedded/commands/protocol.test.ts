/** The rules around commands that drivers rely on: Stable API, concerns, retryable writes, transactions, fail points. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, Long, MongoClient, Timestamp } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-protocol-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
  db = client.db('protocol');
  await db.collection('things').insertMany([{ _id: 1 as never }, { _id: 2 as never }]);
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const failPoint = (configureFailPoint: string, data: object) =>
  client.db('admin').command({ configureFailPoint, mode: { times: 1 }, data });

test('[ES2] with apiStrict, what is outside of the Stable API is refused with 323', async () => {
  await using strict = new MongoClient(server.uri, { serverApi: { version: '1', strict: true } });
  const own = strict.db('protocol');
  const refused = (command: object) => expect(own.command(command)).rejects.toMatchObject({ code: 323 });
  await refused({ distinct: 'things', key: '_id' });
  await refused({ aggregate: 'things', pipeline: [{ $indexStats: {} }], cursor: {} });
  await refused({ aggregate: 'things', pipeline: [{ $facet: { a: [{ $listSessions: {} }] } }], cursor: {} });
  await refused({ createIndexes: 'things', indexes: [{ key: { a: 'text' }, name: 'a_text' }] });
  await refused({ createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'a', sparse: true }] });
  await refused({ find: 'things', showRecordId: true });
  expect(
    await own
      .collection('things')
      .aggregate([{ $count: 'n' }])
      .toArray(),
  ).toEqual([{ n: 2 }]);
  expect(await own.collection('things').estimatedDocumentCount()).toBe(2);
  await expect(db.command({ ping: 1, apiVersion: '2' })).rejects.toMatchObject({ code: 322 });
  await expect(db.command({ ping: 1, apiStrict: true })).rejects.toMatchObject({ code: 72 });
});

test('[ES2] read concerns that make no sense are refused', async () => {
  const refused = (command: object, code: number) => expect(db.command(command)).rejects.toMatchObject({ code });
  const future = new Timestamp({ t: 0x7fffffff, i: 1 });
  await refused({ find: 'things', readConcern: { afterClusterTime: future } }, 72);
  await refused({ find: 'things', readConcern: { level: 'linearizable', afterClusterTime: new Timestamp(1n) } }, 72);
  await refused({ find: 'things', readConcern: { level: 'perfect' } }, 2);
  await refused({ find: 'things', readConcern: { level: 'local', at: 1 } }, 40415);
  await refused({ drop: 'nothing', readConcern: { level: 'majority' } }, 72);
  await refused({ insert: 'things', documents: [{}], readConcern: { level: 'majority' } }, 72);
});

test('[ES2] write concerns that make no sense are refused', async () => {
  const refused = (command: object, code: number) => expect(db.command(command)).rejects.toMatchObject({ code });
  await refused({ find: 'things', writeConcern: { w: 1 } }, 72);
  await refused({ aggregate: 'things', pipeline: [], cursor: {}, writeConcern: { w: 1 } }, 72);
  await refused({ insert: 'things', documents: [{}], writeConcern: { w: 51 } }, 9);
  await refused({ insert: 'things', documents: [{}], writeConcern: { w: true } }, 9);
  await refused({ insert: 'things', documents: [{}], writeConcern: { quorum: 1 } }, 40415);
  await db
    .collection('things')
    .aggregate([{ $out: 'copied' }], { writeConcern: { w: 'majority' } })
    .toArray();
});

test('[ES15] a transaction number outside of transactions is for writes of single documents', async () => {
  // Not given back to the driver's pool, which would go on counting from a lower number.
  const session = client.startSession();
  const refused = (command: object, code: number) =>
    expect(db.command({ ...command, txnNumber: Long.fromNumber(9) }, { session })).rejects.toMatchObject({ code });
  await refused({ update: 'things', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] }, 72);
  await refused({ delete: 'things', deletes: [{ q: {}, limit: 0 }] }, 72);
  await refused({ find: 'things' }, 50768);
});

test('[ES11] what transactions do not support is refused with 263', async () => {
  await db.createCollection('ring', { capped: true, size: 4096 });
  const refused = (work: (session: ReturnType<MongoClient['startSession']>) => Promise<unknown>) =>
    client.withSession(async (session) => {
      session.startTransaction();
      await expect(work(session)).rejects.toMatchObject({ code: 263 });
    });
  const things = db.collection('things');
  await refused((session) => things.aggregate([{ $out: 'copied' }], { session }).toArray());
  await refused((session) => things.aggregate([{ $merge: 'copied' }], { session }).toArray());
  await refused((session) => client.db('local').collection('a').insertOne({}, { session }));
  await refused((session) => client.db('config').collection('a').findOne({}, { session }));
  await refused((session) => db.collection('ring').insertOne({}, { session }));
  await refused((session) => db.command({ count: 'things' }, { session }));
});

test('[ES11] killAllSessions aborts transactions and stops what runs on sessions', async () => {
  const things = db.collection<{ _id: number; n?: number }>('things');
  await using session = client.startSession();
  session.startTransaction();
  await things.updateOne({ _id: 1 }, { $set: { n: 1 } }, { session });
  await client.db('admin').command({ killAllSessions: [] });
  await expect(things.findOne({}, { session })).rejects.toMatchObject({
    code: 251,
    errorLabels: ['TransientTransactionError'],
  });
  await session.abortTransaction();
  expect(await things.updateOne({ _id: 1 }, { $set: { n: 2 } })).toMatchObject({ modifiedCount: 1 });
});

test('[ES11] a commit may be sent again; an abort after it is refused', async () => {
  const things = db.collection<{ _id: number; n?: number }>('things');
  await using session = client.startSession();
  session.startTransaction();
  await things.insertOne({ _id: 10 }, { session });
  await session.commitTransaction();
  await session.commitTransaction();
  await expect(session.abortTransaction()).rejects.toThrow(/committed|commit/i);
});

test('[ES15] a write that fails or loses its connection once is tried again and takes effect once', async () => {
  const things = db.collection<{ _id: number; n?: number }>('retried');
  await failPoint('onPrimaryTransactionalWrite', {});
  await things.insertOne({ _id: 1, n: 0 });
  await failPoint('onPrimaryTransactionalWrite', { failBeforeCommitExceptionCode: 1 });
  await things.updateOne({ _id: 1 }, { $inc: { n: 1 } });
  await failPoint('onPrimaryTransactionalWrite', {});
  await things.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } });
  await failPoint('failCommand', { failCommands: ['update'], errorCode: 91 });
  await things.updateOne({ _id: 1 }, { $inc: { n: 1 } });
  expect(await things.find().toArray()).toEqual([{ _id: 1, n: 3 }]);
});

test('[ES15] a retryable write that is sent again after its session was ended still takes effect once', async () => {
  const counters = db.collection<{ _id: number; n: number }>('counters');
  await counters.insertOne({ _id: 1, n: 0 });
  const again = {
    update: 'counters',
    updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }],
    txnNumber: Long.fromNumber(7),
  };
  const session = client.startSession();
  await db.command(again, { session });
  await client.db('admin').command({ endSessions: [session.id] });
  await db.command(again, { session });
  expect(await counters.findOne({ _id: 1 })).toEqual({ _id: 1, n: 1 });
});

test('[ES12] a change stream whose getMore fails once is resumed by the driver', async () => {
  const followed = await db.createCollection<{ _id: number }>('followed');
  await using stream = followed.watch([], { maxAwaitTimeMS: 50 });
  await stream.tryNext();
  await failPoint('failGetMoreAfterCursorCheckout', { errorCode: 6, closeConnection: false });
  await followed.insertOne({ _id: 1 });
  expect(await stream.next()).toMatchObject({ operationType: 'insert', documentKey: { _id: 1 } });
});

test('[ES2] a field called __proto__ is an unknown argument like any other', async () => {
  const command = JSON.parse('{ "find": "things", "__proto__": { "filter": { "_id": 1 } } }') as object;
  await expect(db.command(command)).rejects.toMatchObject({ code: 40415 });
});

test('[ES1] the time of a reply moves on with each write', async () => {
  const timeOf = async () => (await db.command({ ping: 1 }))['operationTime'] as Timestamp;
  let before = await timeOf();
  for (let write = 0; write < 5; write++) {
    await db.collection('things').updateOne({ _id: 1 as never }, { $inc: { writes: 1 } });
    const after = await timeOf();
    expect(after.greaterThan(before)).toBe(true);
    before = after;
  }
});
