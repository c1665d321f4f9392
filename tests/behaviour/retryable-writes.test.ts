/** Retryable writes, as a driver sees them: a write that is sent again takes effect once. */
import { type ClientSession, type Collection, type Document, Long } from 'mongodb';
import { expect, test } from 'vitest';
import { type Deployment, failureOf, openDeployment } from './deployment.ts';

type Numbered = { _id: number; x?: number };

async function numbered(deployment: Deployment): Promise<Collection<Numbered>> {
  const collection = deployment.db.collection<Numbered>('numbers');
  await collection.insertMany([
    { _id: 1, x: 11 },
    { _id: 2, x: 22 },
  ]);
  deployment.sent();
  return collection;
}

const writes: Record<
  string,
  { run: (c: Collection<Numbered>) => Promise<unknown>; result: unknown; after: Numbered[] }
> = {
  insertOne: {
    run: (c) => c.insertOne({ _id: 3, x: 33 }),
    result: { insertedId: 3 },
    after: [
      { _id: 1, x: 11 },
      { _id: 2, x: 22 },
      { _id: 3, x: 33 },
    ],
  },
  insertMany: {
    run: (c) =>
      c.insertMany([
        { _id: 3, x: 33 },
        { _id: 4, x: 44 },
      ]),
    result: { insertedCount: 2 },
    after: [
      { _id: 1, x: 11 },
      { _id: 2, x: 22 },
      { _id: 3, x: 33 },
      { _id: 4, x: 44 },
    ],
  },
  updateOne: {
    run: (c) => c.updateOne({ _id: 1 }, { $inc: { x: 1 } }),
    result: { matchedCount: 1, modifiedCount: 1, upsertedCount: 0 },
    after: [
      { _id: 1, x: 12 },
      { _id: 2, x: 22 },
    ],
  },
  'updateOne with upsert': {
    run: (c) => c.updateOne({ _id: 3 }, { $inc: { x: 1 } }, { upsert: true }),
    result: { matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: 3 },
    after: [
      { _id: 1, x: 11 },
      { _id: 2, x: 22 },
      { _id: 3, x: 1 },
    ],
  },
  replaceOne: {
    run: (c) => c.replaceOne({ _id: 1 }, { x: 111 }),
    result: { matchedCount: 1, modifiedCount: 1 },
    after: [
      { _id: 1, x: 111 },
      { _id: 2, x: 22 },
    ],
  },
  deleteOne: {
    run: (c) => c.deleteOne({ x: { $gt: 0 } }),
    result: { deletedCount: 1 },
    after: [{ _id: 2, x: 22 }],
  },
  findOneAndUpdate: {
    run: (c) => c.findOneAndUpdate({ _id: 1 }, { $inc: { x: 1 } }),
    result: { _id: 1, x: 11 },
    after: [
      { _id: 1, x: 12 },
      { _id: 2, x: 22 },
    ],
  },
  'findOneAndUpdate, returning the document after': {
    run: (c) => c.findOneAndUpdate({ _id: 1 }, { $inc: { x: 1 } }, { returnDocument: 'after' }),
    result: { _id: 1, x: 12 },
    after: [
      { _id: 1, x: 12 },
      { _id: 2, x: 22 },
    ],
  },
  findOneAndReplace: {
    run: (c) => c.findOneAndReplace({ _id: 1 }, { x: 111 }),
    result: { _id: 1, x: 11 },
    after: [
      { _id: 1, x: 111 },
      { _id: 2, x: 22 },
    ],
  },
  findOneAndDelete: {
    run: (c) => c.findOneAndDelete({ x: { $gte: 11 } }, { sort: { x: 1 } }),
    result: { _id: 1, x: 11 },
    after: [{ _id: 2, x: 22 }],
  },
  bulkWrite: {
    run: (c) =>
      c.bulkWrite([
        { insertOne: { document: { _id: 3, x: 33 } } },
        { updateOne: { filter: { _id: 1 }, update: { $inc: { x: 1 } } } },
        { updateOne: { filter: { _id: 2 }, update: { $inc: { x: 1 } } } },
        { deleteOne: { filter: { _id: 3 } } },
      ]),
    result: { insertedCount: 1, matchedCount: 2, modifiedCount: 2, deletedCount: 1 },
    after: [
      { _id: 1, x: 12 },
      { _id: 2, x: 23 },
    ],
  },
};

test.each([
  ['before it took effect', { failBeforeCommitExceptionCode: 1 }],
  ['after it took effect', {}],
])('[ES15] every kind of write whose connection is lost %s takes effect once', async (_when, data) => {
  for (const [name, { run, result, after }] of Object.entries(writes)) {
    await using deployment = await openDeployment();
    const collection = await numbered(deployment);
    await deployment.failPoint('onPrimaryTransactionalWrite', { times: 1 }, data);
    expect(await run(collection), name).toMatchObject(result as object);
    expect(await collection.find().sort({ _id: 1 }).toArray(), name).toEqual(after);
  }
});

test.each([1, 2, 3, 4])('[ES15] statement %i of an ordered bulk may lose its connection', async (statement) => {
  await using deployment = await openDeployment();
  const collection = await numbered(deployment);
  const { run, result, after } = writes['bulkWrite']!;
  await deployment.failPoint('onPrimaryTransactionalWrite', { skip: statement - 1 });
  const lost = run(collection);
  // With `skip` alone a fail point never ends by itself.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await deployment.failPoint('onPrimaryTransactionalWrite', 'alwaysOn', { closeConnection: false });
  expect(await lost).toMatchObject(result as object);
  expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual(after);
});

test('[ES15] a retryable fault that is answered is retried; its label comes from the server', async () => {
  await using deployment = await openDeployment();
  const collection = await numbered(deployment);
  for (const [errorCode, writeConcern] of [
    [11600, false],
    [11602, false],
    [10107, false],
    [13435, false],
    [13436, false],
    [189, false],
    [91, false],
    [7, false],
    [6, false],
    [89, false],
    [9001, false],
    [262, false],
    [91, true],
    [11600, true],
  ] as const) {
    const data = writeConcern
      ? { writeConcernError: { code: errorCode, errmsg: 'Replication is being shut down' } }
      : { errorCode };
    await deployment.failPoint('failCommand', { times: 1 }, { failCommands: ['insert'], ...data });
    const { insertedId } = await collection.insertOne({ _id: errorCode * 2 + Number(writeConcern) });
    expect(deployment.sent(), String(errorCode)).toEqual(['insert', 'insert']);
    expect(await collection.countDocuments({ _id: insertedId })).toBe(1);
    deployment.sent();
  }
});

test('[ES15] faults that are not retryable, or that come twice, reach the caller', async () => {
  await using deployment = await openDeployment();
  const collection = await numbered(deployment);
  const failing = { failCommands: ['insert'] };
  await deployment.failPoint('failCommand', { times: 1 }, { ...failing, errorCode: 8 });
  expect(await failureOf(collection.insertOne({ _id: 5 }))).toMatchObject({ code: 8, labels: [] });
  await deployment.failPoint('failCommand', { times: 2 }, { ...failing, errorCode: 10107 });
  expect(await failureOf(collection.insertOne({ _id: 5 }))).toMatchObject({
    code: 10107,
    codeName: 'NotWritablePrimary',
    labels: ['RetryableWriteError'],
  });
  await deployment.failPoint(
    'failCommand',
    { times: 1 },
    { ...failing, errorCode: 8, errorLabels: ['RetryableWriteError'] },
  );
  deployment.sent();
  await collection.insertOne({ _id: 5 });
  expect(deployment.sent()).toEqual(['insert', 'insert']);
  // Labels that the fail point gives are final: here there are none.
  await deployment.failPoint('failCommand', { times: 1 }, { ...failing, errorCode: 91, errorLabels: [] });
  expect(await failureOf(collection.insertOne({ _id: 6 }))).toMatchObject({ code: 91, labels: [] });
});

test('[ES15] without retryWrites a fault carries no label and is not retried', async () => {
  await using deployment = await openDeployment({ retryWrites: false });
  const collection = await numbered(deployment);
  await deployment.failPoint('failCommand', { times: 1 }, { failCommands: ['insert'], errorCode: 11600 });
  expect(await failureOf(collection.insertOne({ _id: 5 }))).toMatchObject({ code: 11600, labels: [] });
  expect(deployment.commands().map(({ command }) => 'txnNumber' in command)).toEqual([false]);
});

test('[ES15] a bulk of several collections is retried as a whole, and answered in full', async () => {
  await using deployment = await openDeployment();
  await numbered(deployment);
  const namespace = `${deployment.db.databaseName}.numbers`;
  for (const data of [
    { errorCode: 189, errorLabels: ['RetryableWriteError'] },
    { errorLabels: ['RetryableWriteError'], writeConcernError: { code: 91, errmsg: 'Replication is being shut down' } },
    { closeConnection: true },
  ]) {
    await deployment.failPoint('failCommand', { times: 1 }, { failCommands: ['bulkWrite'], ...data });
    const result = await deployment.client.bulkWrite<Record<string, Numbered>>(
      [
        { name: 'insertOne', namespace, document: { _id: 4, x: 44 } },
        { name: 'updateOne', namespace, filter: { _id: 1 }, update: { $inc: { x: 1 } } },
        { name: 'replaceOne', namespace, filter: { _id: 2 }, replacement: { x: 222 } },
        { name: 'updateOne', namespace, filter: { _id: 9 }, update: { $set: { x: 9 } }, upsert: true },
        { name: 'deleteOne', namespace, filter: { _id: 4 } },
        { name: 'deleteOne', namespace, filter: { _id: 9 } },
        { name: 'updateOne', namespace, filter: { _id: 2 }, update: { $set: { x: 22 } } },
      ],
      { verboseResults: true },
    );
    expect(result).toMatchObject({
      insertedCount: 1,
      upsertedCount: 1,
      matchedCount: 3,
      modifiedCount: 3,
      deletedCount: 2,
    });
    expect(result.insertResults?.get(0)).toMatchObject({ insertedId: 4 });
    expect(result.updateResults?.get(3)).toMatchObject({ matchedCount: 1, upsertedId: 9 });
    expect(deployment.sent()).toEqual(['bulkWrite', 'bulkWrite']);
  }
  expect(await deployment.db.collection<Numbered>('numbers').findOne({ _id: 1 })).toMatchObject({ x: 14 });
});

test('[ES15] unacknowledged and many-document writes carry no transaction number', async () => {
  await using deployment = await openDeployment();
  const collection = await numbered(deployment);
  await collection.updateMany({}, { $inc: { x: 1 } });
  await collection.deleteMany({ _id: 7 });
  await collection.insertOne({ _id: 8 }, { writeConcern: { w: 0 } });
  await collection.aggregate([{ $match: {} }, { $out: 'copy' }]).toArray();
  expect(deployment.commands().map(({ command }) => 'txnNumber' in command)).toEqual([false, false, false, false]);
});

/** Sends commands under one transaction number of a session; above those that the driver may have used on it. */
function numberedSender({ db }: Deployment, session: ClientSession) {
  return (command: Document) => db.command({ ...command, txnNumber: Long.fromNumber(1000) }, { session });
}

test('[ES15] statements are known by their ids: those that took effect are answered, the others run', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const send = numberedSender(deployment, deployment.session());
  expect(await send({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })).toMatchObject({ n: 2 });
  const again = await send({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }, { _id: 3 }] });
  expect(again).toMatchObject({ n: 3, retriedStmtIds: [0, 1] });
  expect(await db.collection('c').countDocuments()).toBe(3);
  const chosen = await send({ insert: 'c', documents: [{ _id: 2 }, { _id: 9 }], stmtIds: [1, 7] });
  expect(chosen).toMatchObject({ n: 2, retriedStmtIds: [1] });
  const named = await send({ insert: 'c', documents: [{ _id: 9 }], stmtId: 7 });
  expect(named).toMatchObject({ n: 1, retriedStmtIds: [7] });

  const updates = [
    { q: { _id: 1 }, u: { $inc: { v: 1 } } },
    { q: { _id: 77 }, u: { $inc: { v: 1 } } },
  ];
  const update = { update: 'c', updates, stmtId: 20 };
  expect(await send(update)).toMatchObject({ n: 1, nModified: 1 });
  expect(await send(update)).toMatchObject({ n: 1, nModified: 1, retriedStmtIds: [20] });
  expect(await db.collection<Numbered>('c').findOne({ _id: 1 })).toEqual({ _id: 1, v: 1 });
  const remove = { delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }], stmtId: 30 };
  expect(await send(remove)).toMatchObject({ n: 1 });
  expect(await send(remove)).toMatchObject({ n: 1, retriedStmtIds: [30] });
  expect(await send({ ...update, stmtId: 30 })).toMatchObject({ writeErrors: [{ index: 0, code: 40638 }] });
});

test('[ES15] findAndModify that is sent again must ask for what it asked for', async () => {
  await using deployment = await openDeployment();
  await numbered(deployment);
  const send = numberedSender(deployment, deployment.session());
  const command = { findAndModify: 'numbers', query: { _id: 1 } };
  const update = { $inc: { x: 1 } };
  expect(await send({ ...command, update })).toMatchObject({ value: { x: 11 } });
  expect(await send({ ...command, update })).toMatchObject({
    value: { x: 11 },
    lastErrorObject: { n: 1, updatedExisting: true },
    retriedStmtId: 0,
  });
  expect(await failureOf(send({ ...command, update, new: true }))).toMatchObject({ code: 40611 });
  expect(await failureOf(send({ ...command, remove: true }))).toMatchObject({ code: 40606 });
});

test('[ES15] the newest transaction number of a session counts, of writes and transactions together', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  await db.createCollection('c');
  const session = deployment.session();
  const insert = (txnNumber: number, more = {}) =>
    failureOf(
      db.command({ insert: 'c', documents: [{}], txnNumber: Long.fromNumber(txnNumber), ...more }, { session }),
    );
  const transaction = { autocommit: false, startTransaction: true };
  expect(await insert(5)).toBeUndefined();
  expect(await insert(4)).toMatchObject({ code: 225, codeName: 'TransactionTooOld' });
  expect(await insert(4, transaction)).toMatchObject({ code: 225 });
  expect(await insert(5, transaction)).toMatchObject({ code: 117, codeName: 'ConflictingOperationInProgress' });
  expect(await insert(5, { autocommit: false })).toMatchObject({ code: 251, codeName: 'NoSuchTransaction' });
  expect(await insert(6, transaction)).toBeUndefined();
  expect(await insert(6)).toMatchObject({ code: 217, codeName: 'IncompleteTransactionHistory' });
  expect(await insert(7)).toBeUndefined();
  expect(await db.collection('c').countDocuments()).toBe(2);
});

test.each([
  [{ find: 'c' }, 50768],
  [{ update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] }, 72],
  [{ delete: 'c', deletes: [{ q: {}, limit: 0 }] }, 72],
])('[ES15] what cannot be retried is refused: %j', async (command, code) => {
  await using deployment = await openDeployment();
  const send = numberedSender(deployment, deployment.session());
  expect(await failureOf(send(command))).toMatchObject({ code });
});

test('[ES15] a session that the client has ended still answers for its writes', async () => {
  await using deployment = await openDeployment();
  const session = deployment.session();
  const send = numberedSender(deployment, session);
  await send({ insert: 'c', documents: [{ _id: 1 }] });
  await deployment.db.command({ endSessions: [session.id] });
  expect(await send({ insert: 'c', documents: [{ _id: 1 }] })).toMatchObject({ n: 1, retriedStmtIds: [0] });
});
