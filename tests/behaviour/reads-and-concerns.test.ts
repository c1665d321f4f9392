/** Reads that are tried again, and what read and write concerns do and refuse. */
import { type Document, ReadConcern, Timestamp, WriteConcern } from 'mongodb';
import { expect, test } from 'vitest';
import { type Deployment, failureOf, openDeployment } from './deployment.ts';

type Item = { _id: number; x?: number };

const reads: Record<string, { command: string; run: (deployment: Deployment) => Promise<unknown> }> = {
  find: { command: 'find', run: ({ db }) => db.collection('c').find().toArray() },
  findOne: { command: 'find', run: ({ db }) => db.collection('c').findOne() },
  aggregate: {
    command: 'aggregate',
    run: ({ db }) =>
      db
        .collection('c')
        .aggregate([{ $match: {} }])
        .toArray(),
  },
  'aggregate of a database': {
    command: 'aggregate',
    run: ({ client }) =>
      client
        .db('admin')
        .aggregate([{ $listLocalSessions: {} }, { $limit: 1 }])
        .toArray(),
  },
  countDocuments: { command: 'aggregate', run: ({ db }) => db.collection('c').countDocuments() },
  estimatedDocumentCount: { command: 'count', run: ({ db }) => db.collection('c').estimatedDocumentCount() },
  distinct: { command: 'distinct', run: ({ db }) => db.collection('c').distinct('x') },
  listCollections: { command: 'listCollections', run: ({ db }) => db.listCollections().toArray() },
  listDatabases: { command: 'listDatabases', run: ({ db }) => db.admin().listDatabases() },
  listIndexes: { command: 'listIndexes', run: ({ db }) => db.collection('c').indexes() },
  'watch, on a collection': { command: 'aggregate', run: ({ db }) => open(db.collection('c')) },
  'watch, on a database': { command: 'aggregate', run: ({ db }) => open(db) },
  'watch, on the deployment': { command: 'aggregate', run: ({ client }) => open(client) },
};

async function open(target: { watch: Deployment['db']['watch'] }): Promise<void> {
  const stream = target.watch([], { maxAwaitTimeMS: 10 });
  await stream.tryNext();
  await stream.close();
}

const retryable: Document[] = [
  { closeConnection: true },
  ...[6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436].map((errorCode) => ({ errorCode })),
];

test('[ES21] every read is tried again after a lost connection and after each retryable fault', async () => {
  await using deployment = await openDeployment();
  await deployment.db.collection<Item>('c').insertMany([
    { _id: 1, x: 1 },
    { _id: 2, x: 2 },
  ]);
  for (const [k, [name, { command, run }]] of Object.entries(reads).entries()) {
    // Each read meets the lost connection and one of the codes, together all: after some the driver looks at the server anew.
    for (const [place, data] of retryable.entries()) {
      if (place > 0 && place !== k + 1) continue;
      await deployment.failPoint('failCommand', { times: 1 }, { failCommands: [command], ...data });
      deployment.sent();
      await run(deployment);
      expect(
        deployment.sent().filter((one) => one === command),
        `${name} ${JSON.stringify(data)}`,
      ).toHaveLength(2);
    }
    await deployment.failPoint('failCommand', { times: 2 }, { failCommands: [command], errorCode: 262 });
    expect(await failureOf(run(deployment)), name).toMatchObject({ code: 262 });
    await deployment.failPoint('failCommand', { times: 1 }, { failCommands: [command], errorCode: 8 });
    expect(await failureOf(run(deployment)), name).toMatchObject({ code: 8 });
  }
});

test('[ES21] fail points fire for whom they are meant, when they are meant', async () => {
  await using deployment = await openDeployment();
  const { db, client } = deployment;
  await db.collection<Item>('c').insertOne({ _id: 1 });
  const find = (from = db) => failureOf(from.collection('c').findOne());
  const failing = { failCommands: ['find'], errorCode: 2 };
  await deployment.failPoint('failCommand', 'alwaysOn', { ...failing, appName: 'somebody else' });
  expect(await find()).toBeUndefined();
  const other = await deployment.connect({ appName: 'somebody else' });
  expect(await find(other.db(db.databaseName))).toMatchObject({ code: 2 });
  await deployment.failPoint('failCommand', 'alwaysOn', { ...failing, namespace: `${db.databaseName}.d` });
  expect(await find()).toBeUndefined();
  await deployment.failPoint('failCommand', 'alwaysOn', { ...failing, namespace: `${db.databaseName}.c` });
  expect(await find()).toMatchObject({ code: 2, codeName: 'BadValue', labels: [] });
  await deployment.failPoint('failCommand', { times: 2 }, failing);
  expect([await find(), await find(), await find()].map((failure) => failure?.code)).toEqual([2, 2, undefined]);
  await deployment.failPoint('failCommand', { skip: 2 }, failing);
  const codes = [await find(), await find(), await find(), await find()].map((failure) => failure?.code);
  expect(codes).toEqual([undefined, undefined, 2, 2]);
  await deployment.failPoint(
    'failCommand',
    { times: 1 },
    { failCommands: ['find'], blockConnection: true, blockTimeMS: 120 },
  );
  const begin = performance.now();
  await db.collection('c').findOne();
  expect(performance.now() - begin).toBeGreaterThan(110);
  await deployment.failPoint('maxTimeAlwaysTimeOut', { times: 1 });
  expect(await failureOf(db.collection('c').findOne({}, { maxTimeMS: 10_000 }))).toMatchObject({ code: 50 });
  const extra = { errorExtraInfo: { reason: 'because' } };
  await deployment.failPoint('failCommand', { times: 1 }, { ...failing, ...extra });
  await expect(db.command({ find: 'c' })).rejects.toMatchObject({ code: 2 });
  const admin = client.db('admin');
  expect(await failureOf(admin.command({ configureFailPoint: 'noSuchFailPoint', mode: 'off' }))).toBeDefined();
  expect(await failureOf(db.command({ configureFailPoint: 'failCommand', mode: 'off' }))).toMatchObject({ code: 13 });
});

test.each(['local', 'available', 'majority', 'linearizable'] as const)('[ES21] reads at %s', async (level) => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const collection = db.collection<Item>('c', { readConcern: { level } });
  await collection.insertMany([
    { _id: 1, x: 1 },
    { _id: 2, x: 2 },
  ]);
  expect(await collection.find().toArray()).toHaveLength(2);
  expect(await collection.aggregate([{ $match: { x: 2 } }]).toArray()).toHaveLength(1);
  expect(await collection.distinct('x')).toEqual([1, 2]);
  expect(await collection.estimatedDocumentCount()).toBe(2);
  const output = collection.aggregate([{ $out: 'copy' }]).toArray();
  if (level === 'linearizable') expect(await failureOf(output)).toMatchObject({ code: 72 });
  else await output;
});

test('[ES21] read concerns that make no sense are refused', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const refused = async (command: Document, readConcern: Document) =>
    (await failureOf(db.command({ ...command, readConcern })))?.code;
  const find = { find: 'c' };
  const future = new Timestamp({ t: 4_000_000_000, i: 1 });
  const past = new Timestamp({ t: 1, i: 1 });
  expect(await refused(find, { level: 'strong' })).toBe(2);
  expect(await refused(find, { level: 1 })).toBe(14);
  expect(await refused(find, { unknown: 1 })).toBe(40415);
  expect(await refused(find, { afterClusterTime: future })).toBe(72);
  expect(await refused(find, { level: 'linearizable', afterClusterTime: past })).toBe(72);
  expect(await refused(find, { atClusterTime: past })).toBe(72);
  expect(await refused(find, { level: 'snapshot', atClusterTime: future })).toBe(72);
  expect(await refused(find, { level: 'snapshot', atClusterTime: past })).toBe(239);
  expect(await refused({ count: 'c' }, { level: 'snapshot' })).toBe(72);
  expect(await refused({ insert: 'c', documents: [{}] }, { level: 'majority' })).toBe(72);
  expect(await refused(find, { level: 'majority', afterClusterTime: past })).toBeUndefined();
});

test('[ES21] a snapshot session reads one moment, with find, aggregate and distinct', async () => {
  await using deployment = await openDeployment();
  const collection = deployment.db.collection<Item>('c');
  await collection.insertMany([
    { _id: 1, x: 1 },
    { _id: 2, x: 2 },
  ]);
  const session = deployment.client.startSession({ snapshot: true });
  expect(await collection.findOne({ _id: 1 }, { session })).toEqual({ _id: 1, x: 1 });
  await collection.updateMany({}, { $inc: { x: 10 } });
  await collection.insertOne({ _id: 3, x: 3 });
  expect(await collection.find({}, { session, batchSize: 1 }).toArray()).toEqual([
    { _id: 1, x: 1 },
    { _id: 2, x: 2 },
  ]);
  expect(await collection.aggregate([{ $match: { x: { $lt: 10 } } }], { session }).toArray()).toHaveLength(2);
  expect(await collection.distinct('x', {}, { session })).toEqual([1, 2]);
  expect(await collection.countDocuments({}, { session })).toBe(2);
  expect((await collection.distinct('x')).sort()).toEqual([11, 12, 3]);
  const other = deployment.client.startSession({ snapshot: true });
  expect(await collection.find({}, { session: other }).toArray()).toHaveLength(3);
  const commands = deployment.commands().filter(({ command }) => command['readConcern']?.level === 'snapshot');
  expect(commands[0]?.command['readConcern']).not.toHaveProperty('atClusterTime');
  expect(commands[1]?.command['readConcern']).toHaveProperty('atClusterTime');
});

test('[ES21] causally consistent sessions read their own writes', async () => {
  await using deployment = await openDeployment();
  const collection = deployment.db.collection<Item>('c');
  await using session = deployment.client.startSession({ causalConsistency: true });
  await collection.insertOne({ _id: 1 }, { session });
  const time = session.operationTime;
  deployment.sent();
  expect(await collection.findOne({}, { session })).toEqual({ _id: 1 });
  expect(deployment.commands()[0]?.command['readConcern']).toEqual({ afterClusterTime: time });
});

const writes: [string, (deployment: Deployment, writeConcern: WriteConcern) => Promise<unknown>][] = [
  ['insert', ({ db }, writeConcern) => db.command({ insert: 'c', documents: [{}], writeConcern })],
  [
    'update',
    ({ db }, writeConcern) => db.command({ update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } } }], writeConcern }),
  ],
  ['delete', ({ db }, writeConcern) => db.command({ delete: 'c', deletes: [{ q: {}, limit: 1 }], writeConcern })],
  [
    'findAndModify',
    ({ db }, writeConcern) => db.command({ findAndModify: 'c', query: {}, update: { $set: { b: 1 } }, writeConcern }),
  ],
  [
    'bulkWrite',
    ({ db }, writeConcern) =>
      db.admin().command({
        bulkWrite: 1,
        ops: [{ insert: 0, document: {} }],
        nsInfo: [{ ns: `${db.databaseName}.c` }],
        writeConcern,
      }),
  ],
  [
    'aggregate',
    ({ db }, writeConcern) => db.command({ aggregate: 'c', pipeline: [{ $out: 'o' }], cursor: {}, writeConcern }),
  ],
  ['create', ({ db }, writeConcern) => db.command({ create: 'made', writeConcern })],
  [
    'createIndexes',
    ({ db }, writeConcern) =>
      db.command({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a_1' }], writeConcern }),
  ],
  ['dropIndexes', ({ db }, writeConcern) => db.command({ dropIndexes: 'c', index: 'a_1', writeConcern })],
  ['collMod', ({ db }, writeConcern) => db.command({ collMod: 'c', validator: {}, writeConcern })],
  [
    'renameCollection',
    ({ db }, writeConcern) =>
      db.admin().command({ renameCollection: `${db.databaseName}.made`, to: `${db.databaseName}.named`, writeConcern }),
  ],
  ['drop', ({ db }, writeConcern) => db.command({ drop: 'named', writeConcern })],
  ['dropDatabase', ({ db }, writeConcern) => db.command({ dropDatabase: 1, writeConcern })],
];

test.each([
  [{ w: 40 }, 100, 'UnsatisfiableWriteConcern'],
  [{ w: 'there is no such mode' }, 79, 'UnknownReplWriteConcern'],
] as const)(
  '[ES21] a write under %j happens, and says that its concern is not met',
  async (concern, code, codeName) => {
    await using deployment = await openDeployment();
    for (const [name, write] of writes) {
      const reply = (await write(deployment, concern as WriteConcern).catch(
        (error) => error.result ?? error,
      )) as Document;
      const told = reply['writeConcernError'] ?? reply['result']?.writeConcernError;
      expect(told, name).toMatchObject({
        code,
        codeName,
        errmsg: expect.any(String),
        errInfo: { writeConcern: concern },
      });
    }
  },
);

test('[ES21] write concerns that one member can meet are met', async () => {
  await using deployment = await openDeployment();
  for (const concern of [
    { w: 1 },
    { w: 'majority' },
    { w: 1, j: true },
    { w: 'majority', j: true, wtimeout: 1000 },
    { j: false },
    {},
  ]) {
    for (const [name, write] of writes) {
      const reply = (await write(deployment, concern as WriteConcern)) as Document;
      expect(reply, `${name} ${JSON.stringify(concern)}`).not.toHaveProperty('writeConcernError');
    }
  }
});

test('[ES21] an unacknowledged write has no answer, and takes effect before what follows on its connection', async () => {
  await using deployment = await openDeployment({ maxPoolSize: 1 });
  const collection = deployment.db.collection<Item>('c', { writeConcern: new WriteConcern(0) });
  expect(await collection.insertOne({ _id: 1 })).toMatchObject({ acknowledged: false });
  await collection.insertOne({ _id: 1 });
  await collection.updateOne({ _id: 1 }, { $set: { x: 1 } });
  await collection.deleteOne({ _id: 2 });
  await collection.bulkWrite([{ insertOne: { document: { _id: 3 } } }], { ordered: false });
  expect(await collection.find().toArray()).toEqual([{ _id: 1, x: 1 }, { _id: 3 }]);
  expect(ReadConcern.MAJORITY).toBe('majority');
});

test('[ES21] the commands of sessions, users and logins answer as on a server without users', async () => {
  await using deployment = await openDeployment();
  const { db, client } = deployment;
  const admin = client.db('admin');
  const { id, timeoutMinutes } = await admin.command({ startSession: 1 });
  expect([Object.keys(id), timeoutMinutes]).toEqual([['id'], 30]);
  expect(await admin.command({ refreshSessions: [id] })).toMatchObject({ ok: 1 });
  expect(await admin.command({ endSessions: [id, id] })).toMatchObject({ ok: 1 });
  expect(await failureOf(admin.command({ endSessions: [{ id: 1 }] }))).toMatchObject({ code: expect.any(Number) });
  expect(await admin.command({ usersInfo: 1 })).toMatchObject({ users: [], ok: 1 });
  expect(await failureOf(admin.command({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 'x' }))).toMatchObject({
    code: 18,
  });
  const { databases } = await admin.command({ listDatabases: 1, nameOnly: true });
  const names = (databases as Document[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['admin', 'config', 'local']));
  expect(names).not.toContain(db.databaseName);
});
