/** Change streams, as a driver sees them: what events look like, where streams end, and how they go on after a fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChangeStream,
  type ChangeStreamOptions,
  type Collection,
  type Document,
  type MongoClient,
  type ResumeToken,
  Timestamp,
} from 'mongodb';
import { expect, test } from 'vitest';
import { type Deployment, failureOf, openDeployment } from './deployment.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents of every kind.
type Anything = any;

const QUICK = { maxAwaitTimeMS: 50 };

/** A stream that is open on the server before anything is written. */
async function watching(
  target: Pick<MongoClient, 'watch'> | Pick<Collection, 'watch'>,
  options: ChangeStreamOptions = {},
  pipeline: Document[] = [],
): Promise<ChangeStream> {
  const stream = (target as Pick<MongoClient, 'watch'>).watch(pipeline, { ...QUICK, ...options });
  await stream.tryNext();
  return stream as unknown as ChangeStream;
}

async function take(stream: ChangeStream, count: number): Promise<Anything[]> {
  const events: Document[] = [];
  while (events.length < count) events.push(await stream.next());
  return events;
}

async function fresh(deployment: Deployment, options: Document = {}): Promise<Collection<Anything>> {
  return deployment.db.createCollection('c', options);
}

test('[ES12] events have the fields of the documentation, in its order, and times that rise', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection);
  await collection.insertMany([{ _id: 1, a: 1 }, { _id: 2 }]);
  await collection.updateOne({ _id: 1 }, { $set: { b: 2 }, $unset: { a: 1 } });
  await collection.replaceOne({ _id: 1 }, { c: 3 });
  await collection.deleteOne({ _id: 1 });
  const events = await take(stream, 5);
  const ns = { db: deployment.db.databaseName, coll: 'c' };
  const _id = { _data: expect.stringMatching(/^[0-9A-F]+$/) };
  const clusterTime = expect.any(Timestamp);
  const wallTime = expect.any(Date);
  const common = { _id, clusterTime, wallTime, ns };
  expect(events).toEqual([
    { ...common, operationType: 'insert', fullDocument: { _id: 1, a: 1 }, documentKey: { _id: 1 } },
    { ...common, operationType: 'insert', fullDocument: { _id: 2 }, documentKey: { _id: 2 } },
    {
      ...common,
      operationType: 'update',
      documentKey: { _id: 1 },
      updateDescription: { updatedFields: { b: 2 }, removedFields: ['a'], truncatedArrays: [] },
    },
    { ...common, operationType: 'replace', fullDocument: { _id: 1, c: 3 }, documentKey: { _id: 1 } },
    { ...common, operationType: 'delete', documentKey: { _id: 1 } },
  ]);
  const inOrder = ['_id', 'operationType', 'clusterTime', 'wallTime', 'fullDocument', 'ns', 'documentKey'];
  expect(Object.keys(events[0])).toEqual(inOrder);
  const times = events.map((event) => (event.clusterTime as Timestamp).toBigInt());
  expect(new Set(times).size).toBe(5);
  expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
  const tokens = events.map((event) => event._id._data as string);
  expect(tokens).toEqual(tokens.toSorted());
});

const descriptions: [string, Document, Document | Document[], Document][] = [
  ['a field of an array', { a: [1, 2, 3] }, { $set: { 'a.1': 9 } }, { updatedFields: { 'a.1': 9 } }],
  ['a longer array', { a: [1] }, { $push: { a: 2 } }, { updatedFields: { 'a.1': 2 } }],
  [
    'a shorter array',
    { a: ['foo', { a: 'bar' }, 1, 2, 3] },
    [{ $set: { a: ['foo', { a: 'bar' }] } }],
    { truncatedArrays: [{ field: 'a', newSize: 2 }] },
  ],
  [
    'a field inside',
    { a: { b: 1, c: 2 } },
    { $set: { 'a.b': 3 }, $unset: { 'a.c': 1 } },
    { updatedFields: { 'a.b': 3 }, removedFields: ['a.c'] },
  ],
  ['a new document', { a: 1 }, { $set: { a: { b: 1 } } }, { updatedFields: { a: { b: 1 } } }],
  ['a renamed field', { a: 1 }, { $rename: { a: 'b' } }, { updatedFields: { b: 1 }, removedFields: ['a'] }],
];

test('[ES12] updates are described by what they changed', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection, {}, [{ $match: { operationType: 'update' } }]);
  for (const [name, document, update, description] of descriptions) {
    const { insertedId } = await collection.insertOne(document);
    await collection.updateOne({ _id: insertedId }, update);
    const event = (await stream.next()) as Anything;
    const nothing = { updatedFields: {}, removedFields: [], truncatedArrays: [] };
    expect(event.updateDescription, name).toEqual({ ...nothing, ...description });
  }
});

test('[ES12] ambiguous paths are told apart where expanded events are asked for', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  await collection.insertOne({ _id: 1, a: { 1: 1 } });
  const expanded = await watching(collection, { showExpandedEvents: true });
  const plain = await watching(collection);
  await collection.updateOne({ _id: 1 }, { $set: { 'a.1': 2 } });
  expect(((await expanded.next()) as Anything).updateDescription).toEqual({
    updatedFields: { 'a.1': 2 },
    removedFields: [],
    truncatedArrays: [],
    disambiguatedPaths: { 'a.1': ['a', '1'] },
  });
  expect(((await plain.next()) as Anything).updateDescription).not.toHaveProperty('disambiguatedPaths');
});

test('[ES12] expanded events show what happens to collections, views and indexes', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const stream = await watching(db, { showExpandedEvents: true });
  await db.createCollection('a');
  await db.collection('a').createIndex({ x: 1 });
  await db.command({ collMod: 'a', index: { keyPattern: { x: 1 }, hidden: true } });
  await db.command({ collMod: 'a', validator: { x: { $exists: true } } });
  await db.collection('a').dropIndex('x_1');
  await db.createCollection('v', { viewOn: 'a', pipeline: [] });
  await db.createCollection('b');
  await db.collection('a').rename('b', { dropTarget: true });
  await db.collection('b').drop();
  const events = await take(stream, 9);
  const uuid = expect.anything();
  const name = db.databaseName;
  expect(events).toMatchObject([
    {
      operationType: 'create',
      ns: { db: name, coll: 'a' },
      collectionUUID: uuid,
      operationDescription: { idIndex: { v: 2, key: { _id: 1 }, name: '_id_' } },
    },
    {
      operationType: 'createIndexes',
      ns: { coll: 'a' },
      collectionUUID: uuid,
      operationDescription: { indexes: [{ v: 2, key: { x: 1 }, name: 'x_1' }] },
    },
    {
      operationType: 'modify',
      ns: { coll: 'a' },
      collectionUUID: uuid,
      operationDescription: { index: { name: 'x_1', hidden: true } },
      stateBeforeChange: {},
    },
    {
      operationType: 'modify',
      operationDescription: { validator: { x: { $exists: true } } },
      stateBeforeChange: { collectionOptions: {} },
    },
    { operationType: 'dropIndexes', operationDescription: { indexes: [{ v: 2, key: { x: 1 }, name: 'x_1' }] } },
    { operationType: 'create', ns: { coll: 'v' }, operationDescription: { viewOn: 'a', pipeline: [] } },
    { operationType: 'create', ns: { coll: 'b' } },
    {
      operationType: 'rename',
      ns: { coll: 'a' },
      to: { db: name, coll: 'b' },
      collectionUUID: uuid,
      operationDescription: { to: { db: name, coll: 'b' }, dropTarget: uuid },
    },
    { operationType: 'drop', ns: { coll: 'b' }, collectionUUID: uuid },
  ]);
  expect(events[5]).not.toHaveProperty('collectionUUID');
});

test('[ES12] without expanded events only documents, drops, renames and ends of databases are shown', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const stream = await watching(db);
  await db.createCollection('a');
  await db.collection('a').createIndex({ x: 1 });
  await db.createCollection('b');
  await db.collection('a').insertOne({ x: 1 });
  await db.collection('a').rename('b', { dropTarget: true });
  await db.collection('b').drop();
  await db.collection('c').insertOne({});
  await db.dropDatabase();
  const events = await take(stream, 6);
  expect(events.map(({ operationType }) => operationType)).toEqual([
    'insert',
    'rename',
    'drop',
    'insert',
    'drop',
    'dropDatabase',
  ]);
  const rename = events.find(({ operationType }) => operationType === 'rename');
  expect(rename).toMatchObject({ to: { db: db.databaseName, coll: 'b' } });
  for (const field of ['collectionUUID', 'operationDescription']) expect(rename).not.toHaveProperty(field);
});

test('[ES13] drop and rename end a stream on the collection; it goes on by startAfter alone', async () => {
  await using deployment = await openDeployment();
  for (const end of ['drop', 'rename'] as const) {
    const collection = await deployment.db.createCollection<Anything>(end);
    const stream = await watching(collection);
    if (end === 'drop') await collection.drop();
    else await collection.rename('moved');
    const [last, invalidate] = await take(stream, 2);
    expect(last).toMatchObject({ operationType: end });
    expect(invalidate).toEqual({
      _id: expect.anything(),
      operationType: 'invalidate',
      clusterTime: expect.any(Timestamp),
      wallTime: expect.any(Date),
    });
    await expect(stream.next()).rejects.toThrow(/closed|exhausted/i);
    const afterLast = deployment.db.collection(end).watch([], { ...QUICK, resumeAfter: last._id });
    expect(await afterLast.next()).toMatchObject({ operationType: 'invalidate' });
    const again = await deployment.db.createCollection<Anything>(end);
    await again.insertOne({ _id: 1 });
    const resumed = again.watch([], { ...QUICK, resumeAfter: invalidate._id });
    expect(await failureOf(resumed.next())).toMatchObject({ code: 260, codeName: 'InvalidResumeToken' });
    const restarted = again.watch([], { ...QUICK, startAfter: invalidate._id });
    expect(await restarted.next()).toMatchObject({ operationType: 'insert', documentKey: { _id: 1 } });
    await restarted.close();
  }
});

test('[ES13] a rename concerns the streams of both of its names', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const [from, to] = [await db.createCollection('from'), db.collection('to')];
  const streams = [await watching(from), await watching(to)];
  await from.rename('to');
  for (const stream of streams) {
    const [rename, invalidate] = await take(stream, 2);
    expect(rename).toMatchObject({ operationType: 'rename', ns: { coll: 'from' }, to: { coll: 'to' } });
    expect(invalidate).toMatchObject({ operationType: 'invalidate' });
  }
});

test('[ES12] the end of a database ends the streams on it, not those on the deployment', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const everywhere = await watching(deployment.client, {}, [{ $match: { 'ns.db': db.databaseName } }]);
  await fresh(deployment);
  const stream = await watching(db);
  await db.dropDatabase();
  const ends = await take(stream, 3);
  expect(ends).toMatchObject([
    { operationType: 'drop' },
    { operationType: 'dropDatabase', ns: { db: db.databaseName } },
    { operationType: 'invalidate' },
  ]);
  expect(ends[1].ns).toEqual({ db: db.databaseName });
  expect(await take(everywhere, 2)).toMatchObject([{ operationType: 'drop' }, { operationType: 'dropDatabase' }]);
  await db.collection('later').insertOne({ _id: 1 } as Document);
  expect(await everywhere.next()).toMatchObject({ operationType: 'insert' });
});

test.each(['required', 'whenAvailable'] as const)('[ES12] images before and after that are %s', async (wanted) => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  await collection.insertOne({ _id: 1, x: 1 });
  const options = { fullDocument: wanted, fullDocumentBeforeChange: wanted };
  const blind = await watching(collection, options);
  await collection.updateOne({ _id: 1 }, { $inc: { x: 1 } });
  if (wanted === 'required') {
    expect(await failureOf(blind.next())).toMatchObject({
      code: 47,
      codeName: 'NoMatchingDocument',
      labels: ['NonResumableChangeStreamError'],
    });
  } else {
    expect(await blind.next()).toMatchObject({ fullDocument: null, fullDocumentBeforeChange: null });
  }
  await deployment.db.command({ collMod: 'c', changeStreamPreAndPostImages: { enabled: true } });
  const stream = await watching(collection, options);
  await collection.updateOne({ _id: 1 }, { $inc: { x: 1 } });
  await collection.updateOne({ _id: 1 }, { $inc: { x: 1 } });
  await collection.replaceOne({ _id: 1 }, { y: 1 });
  await collection.deleteOne({ _id: 1 });
  await collection.insertOne({ _id: 2 });
  const events = await take(stream, 5);
  expect(events).toMatchObject([
    { fullDocumentBeforeChange: { _id: 1, x: 2 }, fullDocument: { _id: 1, x: 3 } },
    { fullDocumentBeforeChange: { _id: 1, x: 3 }, fullDocument: { _id: 1, x: 4 } },
    { fullDocumentBeforeChange: { _id: 1, x: 4 }, fullDocument: { _id: 1, y: 1 } },
    { fullDocumentBeforeChange: { _id: 1, y: 1 } },
    { fullDocument: { _id: 2 } },
  ]);
  expect(events[3]).not.toHaveProperty('fullDocument');
  expect(events[4]).not.toHaveProperty('fullDocumentBeforeChange');
});

test('[ES12] updateLookup shows the document as it is now, or null', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection, { fullDocument: 'updateLookup' }, [
    { $match: { operationType: 'update' } },
  ]);
  await collection.insertMany([{ _id: 1 }, { _id: 2 }]);
  await collection.updateOne({ _id: 1 }, { $set: { x: 1 } });
  await collection.updateOne({ _id: 1 }, { $set: { x: 2 } });
  await collection.updateOne({ _id: 2 }, { $set: { x: 1 } });
  await collection.deleteOne({ _id: 2 });
  expect((await take(stream, 3)).map(({ fullDocument }) => fullDocument)).toEqual([
    { _id: 1, x: 2 },
    { _id: 1, x: 2 },
    null,
  ]);
});

const pipelines: [string, Document[], Document][] = [
  ['a match', [{ $match: { 'fullDocument._id': 2 } }], { documentKey: { _id: 2 } }],
  [
    'an unknown operation type',
    [{ $match: { 'fullDocument._id': 2 } }, { $project: { operationType: 'addedInFutureMongoDBVersion', ns: 1 } }],
    { operationType: 'addedInFutureMongoDBVersion' },
  ],
  ['a new field', [{ $addFields: { newField: 'newFieldValue' } }], { newField: 'newFieldValue' }],
  [
    'a new field of ns',
    [{ $project: { operationType: 'insert', 'ns.viewOn': 'db.coll' } }],
    { operationType: 'insert' },
  ],
  [
    'another shape of ns',
    [{ $project: { operationType: 1, ns: { db: '$ns.db', coll: '$ns.coll', viewOn: 'db.coll' } } }],
    { ns: { coll: 'c', viewOn: 'db.coll' } },
  ],
  ['replaced roots', [{ $replaceRoot: { newRoot: { _id: '$_id', key: '$documentKey._id' } } }], { key: 1 }],
  [
    'redaction',
    [{ $redact: { $cond: [{ $eq: ['$operationType', 'insert'] }, '$$KEEP', '$$PRUNE'] } }],
    { operationType: 'insert' },
  ],
];

test('[ES12] stages after $changeStream filter and shape the events', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const streams = [];
  for (const [, pipeline] of pipelines) streams.push(await watching(collection, {}, pipeline));
  await collection.insertMany([{ _id: 1 }, { _id: 2 }]);
  for (const [k, [name, , expected]] of pipelines.entries()) {
    expect(await streams[k]?.next(), name).toMatchObject(expected);
  }
});

test('[ES12] pipelines and options that make no sense are refused when the stream opens', async () => {
  await using deployment = await openDeployment();
  const { db, client } = deployment;
  await fresh(deployment);
  await db.createCollection('view', { viewOn: 'c', pipeline: [] });
  const open = (spec: Document, stages: Document[] = [], target: unknown = 'c', database = db) =>
    failureOf(database.command({ aggregate: target, pipeline: [{ $changeStream: spec }, ...stages], cursor: {} }));
  const now = new Timestamp({ t: 1, i: 1 });
  const token = { _data: '82' };
  const cases: [Promise<Anything>, number][] = [
    [open({}, [{ $unsupportedStage: 'foo' }]), 40324],
    [open({}, [{ $group: { _id: 1 } }]), 20],
    [open({}, [{ $sort: { a: 1 } }]), 20],
    [open({}, [{ $out: 'x' }]), 20],
    [open({}, [{ $lookup: { from: 'c', as: 'x', localField: 'a', foreignField: 'b' } }]), 20],
    [open({ unknown: 1 }), 40415],
    [open({ fullDocument: 'invalid' }), 2],
    [open({ fullDocumentBeforeChange: 'invalid' }), 2],
    [open({ resumeAfter: {} }), 40647],
    [open({ resumeAfter: { _data: 1 } }), 40647],
    [open({ resumeAfter: token, startAtOperationTime: now }), 40674],
    [open({ resumeAfter: token, startAfter: token }), 40674],
    [open({ startAtOperationTime: 1 }), 14],
    [open({ allChangesForCluster: true }), 72],
    [open({}, [], 1, client.db('admin')), 73],
    [open({}, [], 1, client.db('local')), 73],
    [open({}, [], 1, client.db('config')), 73],
    [open({}, [], 'system.views'), 73],
    [open({}, [], 'view'), 166],
    [open({}, [{ $changeStreamSplitLargeEvent: { a: 1 } }]), 7182800],
    [open({}, [{ $changeStreamSplitLargeEvent: {} }, { $match: {} }]), 7182802],
    [failureOf(db.command({ aggregate: 'c', pipeline: [{ $match: {} }, { $changeStream: {} }], cursor: {} })), 40602],
  ];
  for (const [k, [failure, code]] of cases.entries()) expect((await failure)?.code, `case ${k}`).toBe(code);
});

test('[ES12] a stream that drops its token fails for good', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection, {}, [{ $project: { _id: 0 } }]);
  await collection.insertOne({ _id: 1 });
  await expect(stream.next()).rejects.toThrow(/resume token|_id/);
  const session = deployment.session();
  const open = { aggregate: 'c', pipeline: [{ $changeStream: {} }, { $project: { _id: 0 } }], cursor: {} };
  const { cursor } = await deployment.db.command(open, { session });
  await collection.insertOne({ _id: 2 });
  const failure = await failureOf(deployment.db.command({ getMore: cursor.id, collection: 'c' }, { session }));
  expect(failure).toMatchObject({
    code: 280,
    codeName: 'ChangeStreamFatalError',
    labels: ['NonResumableChangeStreamError'],
  });
});

test.each([6, 7, 43, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436])(
  '[ES12] a stream goes on after the fault %i of a getMore',
  async (errorCode) => {
    await using deployment = await openDeployment();
    const collection = await fresh(deployment);
    const stream = await watching(collection);
    await deployment.failPoint('failGetMoreAfterCursorCheckout', { times: 1 }, { errorCode, closeConnection: false });
    await collection.insertOne({ _id: 1 });
    expect(await stream.next()).toMatchObject({ documentKey: { _id: 1 } });
  },
);

test('[ES12] a stream goes on after lost connections, and not after other faults', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const failing = { failCommands: ['getMore'] };
  const stream = await watching(collection);
  deployment.sent();
  await deployment.failPoint('failCommand', { times: 1 }, { ...failing, closeConnection: true });
  await collection.insertOne({ _id: 1 });
  expect(await stream.next()).toMatchObject({ documentKey: { _id: 1 } });
  expect(deployment.sent()).toContain('aggregate');
  const marked = { ...failing, errorCode: 50, errorLabels: ['ResumableChangeStreamError'] };
  await deployment.failPoint('failCommand', { times: 1 }, marked);
  await collection.insertOne({ _id: 2 });
  expect(await stream.next()).toMatchObject({ documentKey: { _id: 2 } });
  for (const fault of [{ errorCode: 216 }, { errorCode: 6, errorLabels: [] }, { errorCode: 2 }]) {
    const other = await watching(collection);
    await deployment.failPoint('failCommand', { times: 1 }, { ...failing, ...fault, closeConnection: false });
    expect(await failureOf(other.next())).toMatchObject({ code: fault.errorCode, labels: [] });
  }
});

test('[ES12] a stream begins at a time, at a token, or after one, and shows exactly what follows', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection);
  await collection.insertMany(Array.from({ length: 4 }, (_, _id) => ({ _id })));
  const events = await take(stream, 4);
  const rest = async (options: ChangeStreamOptions, count: number) =>
    (await take((collection as Collection).watch([], { ...QUICK, ...options }), count)).map(
      ({ documentKey }) => documentKey._id,
    );
  for (const [k, { _id, clusterTime }] of events.entries()) {
    const following = [0, 1, 2, 3].slice(k + 1);
    expect(await rest({ resumeAfter: _id }, following.length)).toEqual(following);
    expect(await rest({ startAfter: _id }, following.length)).toEqual(following);
    expect(await rest({ startAtOperationTime: clusterTime }, following.length + 1)).toEqual([k, ...following]);
  }
});

test('[ES12] quiet streams hand out tokens that move on, and resume from them', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const collection = await fresh(deployment);
  const session = deployment.session();
  const open = { aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} };
  const { cursor } = await db.command(open, { session });
  const first = cursor.postBatchResumeToken as ResumeToken & { _data: string };
  await db.collection('elsewhere').insertMany([{}, {}]);
  const { cursor: next } = await db.command({ getMore: cursor.id, collection: 'c', maxTimeMS: 50 }, { session });
  expect(next.nextBatch).toEqual([]);
  expect(next.postBatchResumeToken._data > first._data).toBe(true);
  await collection.insertOne({ _id: 1 });
  for (const token of [first, next.postBatchResumeToken]) {
    const resumed = collection.watch([], { ...QUICK, resumeAfter: token });
    expect(await resumed.next()).toMatchObject({ documentKey: { _id: 1 } });
  }
  const { cursor: last } = await db.command({ getMore: cursor.id, collection: 'c', maxTimeMS: 50 }, { session });
  expect(last.postBatchResumeToken).toEqual(last.nextBatch[0]._id);
});

test('[ES12] a getMore waits for an event, as long as it may', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const collection = await fresh(deployment);
  const session = deployment.session();
  const open = { aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} };
  const { cursor } = await db.command(open, { session });
  const begin = performance.now();
  await db.command({ getMore: cursor.id, collection: 'c', maxTimeMS: 200 }, { session });
  expect(performance.now() - begin).toBeGreaterThan(180);
  const waiting = db.command({ getMore: cursor.id, collection: 'c', maxTimeMS: 10_000 }, { session });
  await sleep(30);
  await collection.insertOne({ _id: 1 });
  expect((await waiting)['cursor'].nextBatch).toHaveLength(1);
});

test("[ES12] a transaction's changes come at its commit, under one time, with its session and number", async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const stream = await watching(collection);
  const session = deployment.client.startSession();
  session.startTransaction();
  await collection.insertOne({ _id: 1 }, { session });
  await collection.updateOne({ _id: 1 }, { $set: { x: 1 } }, { session });
  expect(await stream.tryNext()).toBeNull();
  await session.commitTransaction();
  const [insert, update] = await take(stream, 2);
  expect(insert.clusterTime).toEqual(update.clusterTime);
  expect(insert.lsid.id).toEqual(session.id?.id);
  expect(Number(update.txnNumber)).toBe(session.serverSession.txnNumber);
  const resumed = collection.watch([], { ...QUICK, resumeAfter: insert._id });
  expect(await resumed.next()).toMatchObject({
    operationType: 'update',
    updateDescription: { updatedFields: { x: 1 } },
  });
  await resumed.close();
});

test('[ES12] comments travel with the stream', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment);
  const comment = { name: 'test1' };
  const stream = await watching(collection, { comment } as ChangeStreamOptions);
  await collection.insertOne({ _id: 1 });
  await stream.next();
  const commands = deployment
    .commands()
    .filter(({ commandName }) => commandName === 'aggregate' || commandName === 'getMore');
  expect(commands.length).toBeGreaterThan(1);
  for (const { command } of commands) expect(command.comment).toEqual(comment);
});

test('[ES12] a large event comes in parts where that is asked for', async () => {
  await using deployment = await openDeployment();
  const collection = await fresh(deployment, { changeStreamPreAndPostImages: { enabled: true } });
  const value = 'q'.repeat(10 * 1024 * 1024);
  await collection.insertOne({ _id: 1, value });
  const options: ChangeStreamOptions = { fullDocumentBeforeChange: 'required' };
  const stream = await watching(collection, options, [{ $changeStreamSplitLargeEvent: {} }]);
  await collection.updateOne({ _id: 1 }, { $set: { value: `z${value}` } });
  const [one, two] = await take(stream, 2);
  expect(one.splitEvent).toEqual({ fragment: 1, of: 2 });
  expect(two.splitEvent).toEqual({ fragment: 2, of: 2 });
  expect({ ...one, ...two }).toMatchObject({ operationType: 'update', documentKey: { _id: 1 } });
});
