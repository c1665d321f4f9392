/** Multi-document transactions, as a driver sees them: isolation, conflicts, labels, retries of commit and abort. */
import { type ClientSession, type Collection, type Document, ReadConcern } from 'mongodb';
import { expect, test } from 'vitest';
import { type Deployment, failureOf, openDeployment } from './deployment.ts';

type Item = { _id: number; x?: number };

/** A collection that is there, for transactions on one that is not have rules of their own. */
async function items(deployment: Deployment, documents: Item[] = []): Promise<Collection<Item>> {
  const collection = await deployment.db.createCollection<Item>('items');
  if (documents.length > 0) await collection.insertMany(documents);
  deployment.sent();
  return collection;
}

function started(deployment: Deployment, options = {}): ClientSession {
  const session = deployment.client.startSession();
  session.startTransaction(options);
  return session;
}

test('[ES11] a transaction is seen by others once it is committed, and by itself at once', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const one = started(deployment);
  const other = started(deployment);
  await collection.insertOne({ _id: 1 }, { session: one });
  expect(await collection.find({}, { session: one }).toArray()).toEqual([{ _id: 1 }]);
  expect(await collection.find({}, { session: other }).toArray()).toEqual([]);
  await one.commitTransaction();
  expect(await collection.find({}, { session: other }).toArray()).toEqual([]);
  await other.commitTransaction();
  expect(await collection.find({}, { session: other }).toArray()).toEqual([{ _id: 1 }]);
});

test('[ES11] every kind of write takes part, and is undone by an abort', async () => {
  await using deployment = await openDeployment();
  const before = [1, 2, 3, 4].map((_id) => ({ _id, x: _id }));
  const collection = await items(deployment, before);
  for (const end of ['abort', 'commit'] as const) {
    const session = started(deployment);
    expect(await collection.insertMany([{ _id: 5 }, { _id: 6 }], { session })).toMatchObject({ insertedCount: 2 });
    expect(await collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }, { session })).toMatchObject({ modifiedCount: 1 });
    expect(await collection.updateMany({ _id: { $lte: 2 } }, { $inc: { x: 1 } }, { session })).toMatchObject({
      modifiedCount: 2,
    });
    expect(await collection.replaceOne({ _id: 9 }, { x: 9 }, { session, upsert: true })).toMatchObject({
      upsertedId: 9,
    });
    expect(await collection.deleteMany({ _id: { $in: [3, 6] } }, { session })).toMatchObject({ deletedCount: 2 });
    expect(await collection.findOneAndUpdate({ _id: 4 }, { $inc: { x: 1 } }, { session })).toEqual({ _id: 4, x: 4 });
    expect(await collection.findOneAndDelete({ _id: 5 }, { session })).toEqual({ _id: 5 });
    await collection.bulkWrite(
      [
        { insertOne: { document: { _id: 7 } } },
        { deleteOne: { filter: { _id: 9 } } },
        { updateOne: { filter: { _id: 8 }, update: { $set: { x: 8 } }, upsert: true } },
      ],
      { session },
    );
    await deployment.client.bulkWrite<Record<string, Item>>(
      [{ name: 'insertOne', namespace: collection.namespace, document: { _id: 10 } }],
      { session },
    );
    expect(await collection.countDocuments({}, { session })).toBe(6);
    expect((await collection.distinct('_id', {}, { session })).sort((a, b) => a - b)).toEqual([1, 2, 4, 7, 8, 10]);
    if (end === 'abort') await session.abortTransaction();
    else await session.commitTransaction();
    await session.endSession();
    const after = await collection.find().sort({ _id: 1 }).toArray();
    expect(after).toEqual(
      end === 'abort'
        ? before
        : [{ _id: 1, x: 3 }, { _id: 2, x: 3 }, { _id: 4, x: 5 }, { _id: 7 }, { _id: 8, x: 8 }, { _id: 10 }],
    );
  }
});

test('[ES11] a cursor that a transaction opened goes on in it and ends with it', async () => {
  await using deployment = await openDeployment();
  const collection = await items(
    deployment,
    [1, 2, 3, 4].map((_id) => ({ _id })),
  );
  const session = started(deployment);
  const cursor = collection.find({}, { session, batchSize: 2 });
  expect(await cursor.next()).toEqual({ _id: 1 });
  await deployment.db.collection<Item>('items').insertOne({ _id: 5 });
  expect(await cursor.toArray()).toEqual([{ _id: 2 }, { _id: 3 }, { _id: 4 }]);
  const left = collection.find({}, { session, batchSize: 2 });
  await left.next();
  const { id } = left;
  await session.abortTransaction();
  expect(await failureOf(deployment.db.command({ getMore: id, collection: 'items' }))).toMatchObject({ code: 43 });
});

test('[ES11] a cursor belongs to the session and the transaction that opened it', async () => {
  await using deployment = await openDeployment();
  await items(
    deployment,
    [1, 2, 3].map((_id) => ({ _id })),
  );
  const { db } = deployment;
  const opened = async (session: ClientSession) =>
    (await db.command({ find: 'items', batchSize: 1 }, { session }))['cursor'].id;
  const plain = deployment.session();
  const session = deployment.session();
  const other = deployment.session();
  const getMore = (id: unknown, by: ClientSession) =>
    failureOf(db.command({ getMore: id, collection: 'items', batchSize: 1 }, { session: by }));
  const outside = await opened(session);
  expect(await getMore(outside, other)).toMatchObject({ code: 50738 });
  session.startTransaction();
  const inside = await opened(session);
  expect(await getMore(inside, session)).toBeUndefined();
  expect(await getMore(inside, plain)).toMatchObject({ code: 50738 });
  expect(await getMore(outside, session)).toMatchObject({ code: 50739 });
  await session.abortTransaction();
  expect(await getMore(outside, session)).toBeUndefined();
});

test('[ES11] joins and unions see what the transaction has written', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const other = await deployment.db.createCollection<Item>('others');
  const session = started(deployment);
  await other.insertOne({ _id: 1, x: 7 }, { session });
  const lookup = { from: 'others', localField: '_id', foreignField: '_id', as: 'found' };
  expect(await collection.aggregate([{ $lookup: lookup }], { session }).toArray()).toEqual([
    { _id: 1, found: [{ _id: 1, x: 7 }] },
  ]);
  expect(await collection.aggregate([{ $unionWith: 'others' }], { session }).toArray()).toHaveLength(2);
  expect(await collection.aggregate([{ $lookup: lookup }]).toArray()).toEqual([{ _id: 1, found: [] }]);
  await session.abortTransaction();
});

test('[ES11] a conflict ends the later transaction, which may be tried again', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const conflicts: Record<string, (session: ClientSession) => Promise<unknown>> = {
    update: (session) => collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }, { session }),
    delete: (session) => collection.deleteOne({ _id: 1 }, { session }),
    findOneAndUpdate: (session) => collection.findOneAndUpdate({ _id: 1 }, { $inc: { x: 1 } }, { session }),
    insert: (session) => collection.insertOne({ _id: 2 }, { session }),
    bulkWrite: (session) =>
      deployment.client.bulkWrite<Record<string, Item>>(
        [{ name: 'insertOne', namespace: collection.namespace, document: { _id: 2 } }],
        { session },
      ),
  };
  for (const [name, conflict] of Object.entries(conflicts)) {
    const first = started(deployment);
    const second = started(deployment);
    await collection.updateOne({ _id: 1 }, { $inc: { x: 1 } }, { session: first });
    await collection.insertOne({ _id: 2 }, { session: first });
    const failure = await failureOf(conflict(second));
    expect(failure, name).toMatchObject({
      code: 112,
      codeName: 'WriteConflict',
      labels: ['TransientTransactionError'],
    });
    expect(await failureOf(collection.findOne({}, { session: second })), name).toMatchObject({
      code: 251,
      labels: ['TransientTransactionError'],
    });
    await first.abortTransaction();
    await second.abortTransaction();
    await Promise.all([first.endSession(), second.endSession()]);
  }
});

test('[ES11] what was committed after the snapshot cannot be overwritten', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const session = started(deployment);
  await collection.findOne({}, { session });
  await collection.updateOne({ _id: 1 }, { $set: { x: 1 } });
  const late = collection.updateOne({ _id: 1 }, { $set: { x: 2 } }, { session });
  expect(await failureOf(late)).toMatchObject({ code: 112, labels: ['TransientTransactionError'] });
  await session.abortTransaction();
});

test.each([true, false])('[ES11] a fault inside a bulk (ordered: %s) stops it there and aborts', async (ordered) => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const bulks: ((session: ClientSession) => Promise<unknown>)[] = [
    (session) => collection.insertMany([{ _id: 2 }, { _id: 1 }, { _id: 1 }], { session, ordered }),
    (session) =>
      deployment.client.bulkWrite<Record<string, Item>>(
        [2, 1, 1].map((_id) => ({ name: 'insertOne', namespace: collection.namespace, document: { _id } })),
        { session, ordered },
      ),
  ];
  for (const bulk of bulks) {
    const session = started(deployment);
    const error = (await bulk(session).catch((reason: unknown) => reason)) as {
      writeErrors: Map<number, { code: number }> | { code: number }[];
    };
    const errors = error.writeErrors instanceof Map ? [...error.writeErrors.values()] : error.writeErrors;
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 11000 });
    expect(await failureOf(session.commitTransaction())).toMatchObject({ code: 251 });
    await session.endSession();
  }
  expect(await collection.countDocuments()).toBe(1);
});

test('[ES11] a duplicate key ends the transaction without a label: trying again would not help', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const session = started(deployment);
  await collection.insertOne({ _id: 2 }, { session });
  expect(await failureOf(collection.insertOne({ _id: 1 }, { session }))).toMatchObject({ code: 11000, labels: [] });
  expect(await failureOf(collection.insertOne({ _id: 3 }, { session }))).toMatchObject({ code: 251 });
  await session.abortTransaction();
  expect(await collection.countDocuments()).toBe(1);
});

const labelled: [name: string, data: Document, run: 'insert' | 'commit', labels: string[]][] = [
  ['not primary inside', { failCommands: ['insert'], errorCode: 10107 }, 'insert', ['TransientTransactionError']],
  [
    'a lost connection inside',
    { failCommands: ['insert'], closeConnection: true },
    'insert',
    ['TransientTransactionError'],
  ],
  ['a conflict that is made', { failCommands: ['insert'], errorCode: 112 }, 'insert', ['TransientTransactionError']],
  ['no such transaction', { failCommands: ['insert'], errorCode: 251 }, 'insert', ['TransientTransactionError']],
  ['a snapshot that is too old', { failCommands: ['insert'], errorCode: 239 }, 'insert', ['TransientTransactionError']],
  [
    'a snapshot that is unavailable',
    { failCommands: ['insert'], errorCode: 246 },
    'insert',
    ['TransientTransactionError'],
  ],
  ['a lock that timed out', { failCommands: ['insert'], errorCode: 24 }, 'insert', ['TransientTransactionError']],
  ['an interruption', { failCommands: ['insert'], errorCode: 11601 }, 'insert', []],
  [
    'a shutdown in the write concern inside',
    { failCommands: ['insert'], writeConcernError: { code: 91, errmsg: 'x' } },
    'insert',
    [],
  ],
  [
    'no such transaction at the commit',
    { failCommands: ['commitTransaction'], errorCode: 251 },
    'commit',
    ['TransientTransactionError'],
  ],
  ['a wrong value at the commit', { failCommands: ['commitTransaction'], errorCode: 2 }, 'commit', []],
  [
    'a time limit at the commit',
    { failCommands: ['commitTransaction'], errorCode: 50 },
    'commit',
    ['UnknownTransactionCommitResult'],
  ],
  [
    'a timeout of the write concern at the commit',
    { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'x' } },
    'commit',
    ['UnknownTransactionCommitResult'],
  ],
  [
    'an unmeetable write concern at the commit',
    { failCommands: ['commitTransaction'], writeConcernError: { code: 100, errmsg: 'x' } },
    'commit',
    [],
  ],
  [
    'an unknown write concern at the commit',
    { failCommands: ['commitTransaction'], writeConcernError: { code: 79, errmsg: 'x' } },
    'commit',
    [],
  ],
];

test.each(labelled)('[ES11] labels of %s', async (_name, data, run, labels) => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  await deployment.failPoint('failCommand', { times: 1 }, data);
  const session = started(deployment);
  const insert = collection.insertOne({ _id: 1 }, { session });
  const failure = await failureOf(run === 'insert' ? insert : insert.then(() => session.commitTransaction()));
  expect(failure?.labels).toEqual(labels);
  if (session.inTransaction()) await session.abortTransaction();
});

test.each([
  ['commitTransaction', { errorCode: 10107 }],
  ['commitTransaction', { errorCode: 91 }],
  ['commitTransaction', { closeConnection: true }],
  ['commitTransaction', { writeConcernError: { code: 91, errmsg: 'Replication is being shut down' } }],
  ['abortTransaction', { errorCode: 10107 }],
  ['abortTransaction', { errorCode: 11602 }],
  ['abortTransaction', { closeConnection: true }],
  ['abortTransaction', { writeConcernError: { code: 91, errmsg: 'Replication is being shut down' } }],
])('[ES11] %s is sent again after %j', async (command, data) => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  await deployment.failPoint('failCommand', { times: 1 }, { failCommands: [command], ...data });
  const session = started(deployment);
  await collection.insertOne({ _id: 1 }, { session });
  if (command === 'commitTransaction') await session.commitTransaction();
  else await session.abortTransaction();
  expect(deployment.sent()).toEqual(['insert', command, command]);
  expect(await collection.countDocuments()).toBe(command === 'commitTransaction' ? 1 : 0);
});

test('[ES11] a commit may be repeated, an abort after it is refused, and so is going on', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const { client } = deployment;
  const session = started(deployment);
  await collection.insertOne({ _id: 1 }, { session });
  const txnNumber = session.serverSession.txnNumber;
  await session.commitTransaction();
  await session.commitTransaction();
  const raw = deployment.session();
  // By hand, for the driver would not send these; the zeros keep it from counting them as its own.
  const send = (command: Document) =>
    client.db('admin').command({ ...command, txnNumber: 500n, autocommit: false }, { session: raw });
  expect(typeof txnNumber).toBe('number');
  const insert = (more: Document) =>
    deployment.db.command(
      { insert: 'items', documents: [{}], txnNumber: 500n, autocommit: false, ...more },
      { session: raw },
    );
  await insert({ startTransaction: true });
  await send({ commitTransaction: 0 });
  expect(await send({ commitTransaction: 0 })).toMatchObject({ ok: 1 });
  expect(await failureOf(send({ abortTransaction: 0 }))).toMatchObject({ code: 256, codeName: 'TransactionCommitted' });
  expect(await failureOf(insert({}))).toMatchObject({ code: 256, labels: [] });
  expect(await failureOf(insert({ startTransaction: true }))).toMatchObject({ code: 117 });
  const later = (command: Document) =>
    client.db('admin').command({ ...command, txnNumber: 501n, autocommit: false }, { session: raw });
  expect(await failureOf(later({ commitTransaction: 0 }))).toMatchObject({ code: 251 });
  expect(await failureOf(later({ abortTransaction: 0 }))).toMatchObject({ code: 251 });
});

test('[ES11] commands that have no place in a transaction are refused with 263', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  await collection.createIndex({ x: 1 });
  const { db, client } = deployment;
  const admin = client.db('admin');
  const refused: [Document, typeof db][] = [
    [{ count: 'items' }, db],
    [{ drop: 'items' }, db],
    [{ dropDatabase: 1 }, db],
    [{ dropIndexes: 'items', index: 'x_1' }, db],
    [{ collMod: 'items', validator: {} }, db],
    [{ renameCollection: `${db.databaseName}.items`, to: `${db.databaseName}.other` }, admin],
    [{ listCollections: 1 }, db],
    [{ listIndexes: 'items' }, db],
    [{ explain: { find: 'items' } }, db],
    [{ ping: 1 }, db],
    [{ serverStatus: 1 }, admin],
    [{ aggregate: 'items', pipeline: [{ $out: 'x' }], cursor: {} }, db],
    [{ aggregate: 'items', pipeline: [{ $collStats: { count: {} } }], cursor: {} }, db],
    [{ aggregate: 'items', pipeline: [{ $indexStats: {} }], cursor: {} }, db],
    [{ aggregate: 'items', pipeline: [{ $changeStream: {} }], cursor: {} }, db],
    [{ insert: 'system.profile', documents: [{}] }, db],
    [{ createIndexes: 'items', indexes: [{ key: { y: 1 }, name: 'y_1' }] }, db],
    [{ find: 'x' }, client.db('local')],
    [{ insert: 'x', documents: [{}] }, client.db('config')],
  ];
  for (const [command, database] of refused) {
    const session = started(deployment);
    const failure = await failureOf(database.command(command, { session }));
    expect(failure, JSON.stringify(command)).toMatchObject({ code: 263, labels: [] });
    await session.abortTransaction();
    await session.endSession();
  }
  expect(await collection.countDocuments()).toBe(1);
});

test('[ES11] collections and indexes are made inside a transaction, by hand or by the first insert', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const names = async () => (await db.listCollections().toArray()).map(({ name }) => name).sort();
  for (const end of ['abort', 'commit'] as const) {
    const session = started(deployment);
    await db.createCollection('made', { session });
    await db.collection('made').createIndex({ x: 1 }, { session });
    await db.collection('implied').insertOne({ x: 1 }, { session });
    await db.collection('indexed').createIndex({ x: 1 }, { session, unique: true });
    expect(await names()).toEqual([]);
    if (end === 'abort') await session.abortTransaction();
    else await session.commitTransaction();
  }
  expect(await names()).toEqual(['implied', 'indexed', 'made']);
  expect(await db.collection('made').indexExists('x_1')).toBe(true);
  const again = started(deployment);
  const exists = deployment.db.command({ create: 'made', capped: true, size: 4096 }, { session: again });
  expect(await failureOf(exists)).toMatchObject({ code: 48, labels: [] });
  await again.abortTransaction();
});

test('[ES11] of two transactions that make the same collection one is told to try again', async () => {
  await using deployment = await openDeployment();
  const one = started(deployment);
  const other = started(deployment);
  const collection = deployment.db.collection('same');
  await collection.insertOne({ by: 'one' }, { session: one });
  const failures = [
    await failureOf(collection.insertOne({ by: 'other' }, { session: other })),
    await failureOf(one.commitTransaction()),
    other.inTransaction() ? await failureOf(other.commitTransaction()) : undefined,
  ].filter((failure) => failure !== undefined);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ code: 112, labels: ['TransientTransactionError'] });
  expect(await collection.countDocuments()).toBe(1);
});

test.each([
  ['local', true],
  ['majority', true],
  ['snapshot', true],
  ['available', false],
  ['linearizable', false],
] as const)('[ES11] read concern %s in a transaction: %s', async (level, isAllowed) => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const session = started(deployment, { readConcern: { level } });
  const failure = await failureOf(collection.findOne({}, { session }));
  if (isAllowed) expect(failure).toBeUndefined();
  else expect(failure).toMatchObject({ code: 72, labels: [] });
  await session.abortTransaction();
});

test('[ES11] concerns belong to the first command and to the commit', async () => {
  await using deployment = await openDeployment();
  await items(deployment);
  const session = started(deployment);
  const { db } = deployment;
  const insert = { insert: 'items', documents: [{ _id: 1 }] };
  const refused = (command: Document) => failureOf(db.command(command, { session }));
  expect(await refused({ ...insert, writeConcern: { w: 1 } })).toMatchObject({ code: 72 });
  await session.abortTransaction();
  session.startTransaction();
  await db.command(insert, { session });
  expect(await refused({ find: 'items', readConcern: new ReadConcern('local').toJSON() })).toMatchObject({ code: 72 });
  await session.abortTransaction();
  session.startTransaction({ writeConcern: { w: 'majority', wtimeoutMS: 10_000, journal: true } });
  await db.command(insert, { session });
  await session.commitTransaction();
});

test('[ES11] a transaction that is committed under an unmeetable write concern is committed', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const session = started(deployment, { writeConcern: { w: 40 } });
  await collection.insertOne({ _id: 1 }, { session });
  expect(await failureOf(session.commitTransaction())).toMatchObject({ code: 100, labels: [] });
  expect(await collection.countDocuments()).toBe(1);
});

test('[ES11] a transaction that takes too long is aborted', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment, [{ _id: 1 }]);
  const admin = deployment.client.db('admin');
  const { was } = await admin.command({ setParameter: 1, transactionLifetimeLimitSeconds: 1 });
  try {
    const session = started(deployment);
    await collection.updateOne({ _id: 1 }, { $set: { x: 1 } }, { session });
    // The write waits until the transaction has come to its end.
    expect(await collection.updateOne({ _id: 1 }, { $set: { x: 2 } })).toMatchObject({ modifiedCount: 1 });
    expect(await failureOf(session.commitTransaction())).toMatchObject({
      code: 251,
      labels: ['TransientTransactionError'],
    });
  } finally {
    await admin.command({ setParameter: 1, transactionLifetimeLimitSeconds: was });
  }
});

test('[ES11] withTransaction runs again what may be run again, commits again what may be committed again', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const run = async (data: Document, times: number) => {
    await deployment.failPoint('failCommand', { times }, data);
    deployment.sent();
    let runs = 0;
    const failure = await failureOf(
      deployment.client.withSession((session) =>
        session.withTransaction(async () => {
          runs += 1;
          await collection.insertOne({ _id: runs * 1000 + Math.random() }, { session });
        }),
      ),
    );
    return { failure, runs, sent: deployment.sent().join(' ') };
  };
  expect(await run({ failCommands: ['insert'], errorCode: 112 }, 2)).toMatchObject({ failure: undefined, runs: 3 });
  expect(await run({ failCommands: ['insert'], closeConnection: true }, 1)).toMatchObject({
    failure: undefined,
    runs: 2,
  });
  expect(await run({ failCommands: ['commitTransaction'], errorCode: 251 }, 2)).toMatchObject({
    failure: undefined,
    runs: 3,
  });
  const { failure, runs, sent } = await run({ failCommands: ['commitTransaction'], errorCode: 10107 }, 2);
  expect([failure, runs, sent]).toEqual([undefined, 1, 'insert commitTransaction commitTransaction commitTransaction']);
  const timedOut = { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'x' } };
  expect(await run(timedOut, 2)).toMatchObject({ failure: undefined, runs: 1 });
  expect(await run({ failCommands: ['insert'], errorCode: 8 }, 1)).toMatchObject({ failure: { code: 8 }, runs: 1 });
  const unknown = { failCommands: ['commitTransaction'], writeConcernError: { code: 79, errmsg: 'x' } };
  expect(await run(unknown, 1)).toMatchObject({ failure: { code: 79 }, runs: 1 });
});

test('[ES11] reads in a transaction are not retried', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  await deployment.failPoint('failCommand', { times: 1 }, { failCommands: ['find'], closeConnection: true });
  const session = started(deployment);
  expect((await failureOf(collection.findOne({}, { session })))?.labels).toEqual(['TransientTransactionError']);
  expect(deployment.sent()).toEqual(['find']);
  await session.abortTransaction();
});

test('[ES11] currentOp shows the sessions that hold a transaction open', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const session = started(deployment);
  await collection.insertOne({ _id: 1 }, { session });
  const open = async () =>
    (
      await deployment.client
        .db('admin')
        .aggregate([{ $currentOp: { idleSessions: true, allUsers: true } }, { $match: { 'lsid.id': session.id?.id } }])
        .toArray()
    ).filter(({ type }) => type === 'idleSession');
  const [found] = await open();
  expect(found).toMatchObject({
    type: 'idleSession',
    desc: 'inactive transaction',
    active: false,
    transaction: { parameters: { autocommit: false } },
  });
  expect(Number(found?.['transaction'].parameters.txnNumber)).toBe(session.serverSession.txnNumber);
  await session.commitTransaction();
  expect(await open()).toEqual([]);
});

test('[ES11] sessions are killed by id, by pattern and all at once; their transactions are aborted', async () => {
  await using deployment = await openDeployment();
  const collection = await items(deployment);
  const admin = deployment.client.db('admin');
  const ways: ((session: ClientSession) => Document)[] = [
    ({ id }) => ({ killSessions: [id] }),
    ({ id }) => ({ killAllSessionsByPattern: [{ lsid: id }] }),
    () => ({ killAllSessionsByPattern: [] }),
    () => ({ killAllSessions: [] }),
  ];
  for (const way of ways) {
    const session = started(deployment);
    await collection.insertOne({ _id: 1 }, { session });
    expect(await admin.command(way(session))).toMatchObject({ ok: 1 });
    expect(await failureOf(session.commitTransaction())).toMatchObject({ code: 251 });
    await session.endSession();
  }
  expect(await collection.countDocuments()).toBe(0);
});

test('[ES11] an index build waits for the transactions that have written to its collection', async () => {
  await using deployment = await openDeployment();
  const collection = await items(
    deployment,
    Array.from({ length: 1500 }, (_, _id) => ({ _id, x: _id })),
  );
  const session = started(deployment);
  await collection.insertOne({ _id: 5000, x: 7 }, { session });
  let isBuilt = false;
  const building = collection.createIndex({ x: 1 }).then(() => {
    isBuilt = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(isBuilt).toBe(false);
  await session.commitTransaction();
  await building;
  expect(await collection.find({ x: 7 }).hint('x_1').toArray()).toHaveLength(2);
});
