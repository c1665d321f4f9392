/** The Stable API: what version 1 holds, what strictness refuses, and what every command of a client then carries. */
import { type Document, MongoClient, ServerApiVersion } from 'mongodb';
import { expect, test } from 'vitest';
import { failureOf, openDeployment } from './deployment.ts';

const STRICT = { serverApi: { version: ServerApiVersion.v1, strict: true, deprecationErrors: true } };

test('[ES21] a strict client does all that version 1 holds, transactions included', async () => {
  await using deployment = await openDeployment(STRICT);
  const { db, client } = deployment;
  const collection = db.collection<{ _id: number; x?: number }>('c');
  await collection.insertMany([1, 2, 3].map((_id) => ({ _id, x: _id })));
  await collection.createIndex({ x: 1 });
  await collection.bulkWrite([
    { updateOne: { filter: { _id: 1 }, update: { $set: { x: 2 } } } },
    { deleteOne: { filter: { _id: 9 } } },
  ]);
  await collection.updateMany({}, { $inc: { x: 1 } });
  await collection.replaceOne({ _id: 3 }, { x: 3 });
  await collection.findOneAndUpdate({ _id: 1 }, { $inc: { x: 1 } });
  await collection.findOneAndDelete({ _id: 2 });
  expect(await collection.find({}, { batchSize: 1 }).toArray()).toHaveLength(2);
  expect(await collection.countDocuments()).toBe(2);
  expect(await collection.estimatedDocumentCount()).toBe(2);
  await collection.aggregate([{ $collStats: { count: {} } }]).toArray();
  await client.bulkWrite<Record<string, Document>>([
    { name: 'insertOne', namespace: collection.namespace, document: {} },
  ]);
  await db.listCollections().toArray();
  await client.db('admin').command({ listDatabases: 1 });
  await collection.indexes();
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await collection.insertOne({ _id: 7 }, { session });
      await collection.findOne({}, { session });
    }),
  );
  const stream = collection.watch([], { maxAwaitTimeMS: 10 });
  await stream.tryNext();
  await stream.close();
  await collection.dropIndex('x_1');
  await collection.drop();
  for (const { commandName, command } of deployment.commands()) {
    expect(command, commandName).toMatchObject({ apiVersion: '1', apiStrict: true, apiDeprecationErrors: true });
  }
});

test('[ES21] what is outside of version 1 is refused to a strict client, and only to such a one', async () => {
  await using deployment = await openDeployment();
  const { db, client } = deployment;
  const admin = client.db('admin');
  await db.collection('c').insertOne({ x: 1 });
  const outside: [Document, typeof db, RegExp][] = [
    [{ distinct: 'c', key: 'x' }, db, /command distinct is not in API Version 1/],
    [{ testVersion2: 1 }, db, /testVersion2/],
    [{ serverStatus: 1 }, admin, /serverStatus/],
    [{ getParameter: '*' }, admin, /getParameter/],
    [{ aggregate: 1, pipeline: [{ $listLocalSessions: {} }, { $limit: 1 }], cursor: {} }, admin, /\$listLocalSessions/],
    [{ aggregate: 'c', pipeline: [{ $indexStats: {} }], cursor: {} }, db, /\$indexStats/],
    [{ find: 'c', tailable: true }, db, /tailable/],
    [{ create: 'capped', capped: true, size: 4096 }, db, /capped/],
    [{ createIndexes: 'c', indexes: [{ key: { t: 'text' }, name: 't' }] }, db, /text/],
  ];
  for (const [command, database, words] of outside) {
    const failure = await failureOf(database.command({ ...command, apiVersion: '1', apiStrict: true }));
    expect(failure, JSON.stringify(command)).toMatchObject({ code: 323, codeName: 'APIStrictError' });
    expect(failure?.message).toMatch(words);
    expect((await failureOf(database.command({ ...command, apiVersion: '1' })))?.code).not.toBe(323);
  }
});

test('[ES21] versions that do not exist, options without a version, and what is deprecated', async () => {
  await using deployment = await openDeployment();
  const { db } = deployment;
  const refused = async (fields: Document) => failureOf(db.command({ ping: 1, ...fields }));
  const never = { apiVersion: 'server_will_never_support_this_api_version' };
  expect(await refused(never)).toMatchObject({ code: 322, codeName: 'APIVersionError' });
  expect(await refused({ apiVersion: '2' })).toMatchObject({ code: 322 });
  expect(await refused({ apiVersion: 1 })).toMatchObject({ code: 14 });
  expect(await refused({ apiStrict: true })).toMatchObject({ code: 72 });
  expect(await refused({ apiDeprecationErrors: true })).toMatchObject({ code: 72 });
  expect(
    await failureOf(db.command({ testDeprecation: 1, apiVersion: '1', apiDeprecationErrors: true })),
  ).toMatchObject({
    code: 324,
    codeName: 'APIDeprecationError',
  });
  expect(await failureOf(db.command({ testDeprecation: 1, apiVersion: '1' }))).toBeUndefined();
});

test('[ES21] a server that requires a version says so, and takes clients that name one', async () => {
  await using deployment = await openDeployment(STRICT);
  const plain = await deployment.connect();
  const versioned = await deployment.connect({ serverApi: '1' });
  await plain.db('admin').command({ setParameter: 1, requireApiVersion: true });
  try {
    expect(await failureOf(plain.db('x').collection('c').findOne())).toMatchObject({ code: 498870 });
    expect(await versioned.db(deployment.db.databaseName).collection('c').findOne()).toBeNull();
    expect(plain).toBeInstanceOf(MongoClient);
  } finally {
    await versioned.db('admin').command({ setParameter: 1, requireApiVersion: false });
  }
});
