import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decimal128, Double, Int32, Long, MongoClient, ObjectId, UUID } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from './index.ts';
import { SocketClient } from './wire/socket-client.testing.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

let collectionNumber = 0;
function freshCollection() {
  collectionNumber += 1;
  // biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
  return client.db('test').collection<any>(`c${collectionNumber}`);
}

describe('connecting', () => {
  test('[ES1] the official driver connects and is told that it speaks to the primary of a replica set, version 8.0', async () => {
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({ isWritablePrimary: true, setName: 'rs0', maxWireVersion: 25, hosts: [hello['me']] });
    expect((await client.db('admin').command({ buildInfo: 1 }))['versionArray']).toEqual([8, 0, 4, 0]);
  });

  test('[ES1] a driver that discovers the topology by itself finds the same server', async () => {
    await using discovered = new MongoClient(`mongodb://${server.host}:${server.port}/?replicaSet=rs0`);
    expect(await discovered.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  test('[ES1] compressed messages are understood and answered compressed', async () => {
    await using compressed = new MongoClient(server.uri, { compressors: ['zlib'] });
    const documents = freshCollection();
    const collection = compressed.db('test').collection(documents.collectionName);
    await collection.insertMany(Array.from({ length: 500 }, (_, n) => ({ n, text: 'x'.repeat(100) })));
    expect(await collection.find().toArray()).toHaveLength(500);
  });

  test('[ES2] an unknown command is refused with code 59 and its name', async () => {
    await expect(client.db('test').command({ teleport: 1 })).rejects.toMatchObject({
      code: 59,
      message: "no such command: 'teleport'",
    });
  });

  test('[ES2] an unknown argument is refused with code 40415 and its name', async () => {
    await expect(client.db('test').command({ find: 'c', colour: 'red' })).rejects.toMatchObject({
      code: 40415,
      message: "BSON field 'find.colour' is an unknown field.",
    });
  });

  test('[ES3] a port in use is reported with a fix', async () => {
    const other = await mkdtemp(join(tmpdir(), 'embedded-'));
    await expect(startEmbeddedServer({ dataDir: other, port: server.port })).rejects.toMatchObject({
      code: 'EMBEDDED_PORT_IN_USE',
      fix: expect.stringContaining('--port'),
    });
    await rm(other, { recursive: true, force: true });
  });

  test('[ES3] a data directory that is open already is refused', async () => {
    await expect(startEmbeddedServer({ dataDir, port: 0 })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' });
  });

  test('[ES16] two hundred connections are answered while one reads a whole collection', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ _id: n, text: `text ${n}` })));
    await using crowd = new MongoClient(server.uri, { maxPoolSize: 200 });
    const scan = collection.find({ text: { $regex: 'no such text' } }).toArray();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        crowd
          .db('test')
          .collection(collection.collectionName)
          .findOne({ _id: n as never }),
      ),
    );
    expect(answers.map((answer) => answer?._id)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(await scan).toEqual([]);
  });
});

describe('documents', () => {
  test('[ES4] every number keeps its type, and every value comes back as it was stored', async () => {
    const collection = freshCollection();
    const document = {
      _id: new ObjectId(),
      int: new Int32(1),
      long: Long.fromNumber(1),
      double: new Double(1),
      decimal: Decimal128.fromString('1.10'),
      uuid: new UUID(),
      date: new Date(0),
      nothing: null,
      list: [1, 'two', { three: 3 }],
    };
    await collection.insertOne(document);
    const found = await collection.findOne({}, { promoteValues: false, promoteLongs: false, bsonRegExp: true });
    expect(found).toMatchObject({
      int: new Int32(1),
      long: Long.fromNumber(1),
      double: new Double(1),
      decimal: Decimal128.fromString('1.10'),
      date: new Date(0),
    });
  });

  test('[ES4] a document without _id gets one, and _id comes first', async () => {
    const collection = freshCollection();
    await client.db('test').command({ insert: collection.collectionName, documents: [{ a: 1 }, { b: 2, _id: 7 }] });
    const found = await collection.find().toArray();
    expect(found[0]?._id).toBeInstanceOf(ObjectId);
    expect(Object.keys(found[1] ?? {})).toEqual(['_id', 'b']);
  });

  test('[ES5] a second document with the same _id is refused with code 11000, naming key and value', async () => {
    const collection = freshCollection();
    await collection.insertOne({ _id: 1 });
    await expect(collection.insertOne({ _id: 1 })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 },
    });
  });

  test('[ES5] an unordered insert goes on after a fault, an ordered one stops there', async () => {
    const collection = freshCollection();
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    await expect(collection.insertMany(documents)).rejects.toMatchObject({ code: 11000 });
    expect(await collection.countDocuments()).toBe(1);
    await expect(collection.insertMany(documents.slice(1), { ordered: false })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.countDocuments()).toBe(2);
  });

  test('[ES5] a document above 16 MB is refused', async () => {
    const collection = freshCollection();
    const documents = [{ text: 'x'.repeat(16 * 1024 * 1024) }];
    const reply = await client.db('test').command({ insert: collection.collectionName, documents });
    expect(reply).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 10334 }] });
  });

  test('[ES6] updates by operators, pipeline and replacement change what they say', async () => {
    const collection = freshCollection();
    await collection.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 2, tags: ['a', 'b'] },
    ]);
    expect(await collection.updateMany({}, { $inc: { n: 10 } })).toMatchObject({ matchedCount: 2, modifiedCount: 2 });
    await collection.updateOne({ _id: 2, tags: 'b' }, { $set: { 'tags.$': 'B' } });
    await collection.updateOne({ _id: 1 }, [{ $set: { twice: { $multiply: ['$n', 2] } } }]);
    await collection.replaceOne({ _id: 3 }, { fresh: true }, { upsert: true });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, n: 11, twice: 22 },
      { _id: 2, n: 12, tags: ['a', 'B'] },
      { _id: 3, fresh: true },
    ]);
  });

  test('[ES6] an update of thousands of documents changes each of them once', async () => {
    const collection = freshCollection();
    await collection.createIndex({ n: 1 });
    await collection.insertMany(Array.from({ length: 3000 }, (_, n) => ({ _id: n, n })));
    expect(await collection.updateMany({ n: { $gte: 100 } }, { $inc: { n: 1000 } })).toMatchObject({
      matchedCount: 2900,
      modifiedCount: 2900,
    });
    expect(await collection.countDocuments({ n: { $gte: 1100, $lt: 4000 } })).toBe(2900);
    expect(await collection.deleteMany({ n: { $gte: 1100 } })).toMatchObject({ deletedCount: 2900 });
    expect(await collection.countDocuments({})).toBe(100);
  });

  test('[ES6] findOneAndUpdate returns the document before or after', async () => {
    const collection = freshCollection();
    await collection.insertOne({ _id: 1, n: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })).toEqual({ _id: 1, n: 1 });
    expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      n: 3,
    });
    expect(await collection.findOneAndDelete({ _id: 1 })).toEqual({ _id: 1, n: 3 });
  });

  test('[ES6] a client-level bulkWrite writes to several collections', async () => {
    const [a, b] = [freshCollection(), freshCollection()];
    const result = await client.bulkWrite<Record<string, { _id: number; x?: number }>>(
      [
        { namespace: a.namespace, name: 'insertOne', document: { _id: 1 } },
        { namespace: b.namespace, name: 'updateOne', filter: { _id: 2 }, update: { $set: { x: 1 } }, upsert: true },
        { namespace: a.namespace, name: 'deleteOne', filter: { _id: 1 } },
      ],
      { verboseResults: true },
    );
    expect(result).toMatchObject({ insertedCount: 1, upsertedCount: 1, deletedCount: 1 });
    expect(await b.find().toArray()).toEqual([{ _id: 2, x: 1 }]);
  });
});

describe('cursors', () => {
  test('[ES7] a large result comes in batches, whole and in order', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 2500 }, (_, n) => ({ _id: n })));
    const ids: unknown[] = [];
    for await (const { _id } of collection.find().batchSize(100)) ids.push(_id);
    expect(ids).toEqual(Array.from({ length: 2500 }, (_, n) => n));
  });

  test('[ES7] a cursor sees the collection as it was when it was opened', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 300 }, (_, n) => ({ _id: n })));
    const cursor = collection.find().batchSize(10);
    await cursor.next();
    await collection.deleteMany({});
    expect(await cursor.toArray()).toHaveLength(299);
  });

  test('[ES7] a killed cursor answers 43', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 300 }, (_, n) => ({ _id: n })));
    const { cursor } = await client.db('test').command({ find: collection.collectionName, batchSize: 1 });
    await client.db('test').command({ killCursors: collection.collectionName, cursors: [cursor.id] });
    await expect(
      client.db('test').command({ getMore: Long.fromValue(cursor.id), collection: collection.collectionName }),
    ).rejects.toMatchObject({ code: 43 });
  });

  test('[ES7] a tailable cursor on a capped collection yields what is inserted later', async () => {
    const name = `capped${++collectionNumber}`;
    await client.db('test').createCollection(name, { capped: true, size: 100_000, max: 3 });
    const collection = client.db('test').collection<{ _id: number }>(name);
    await collection.insertOne({ _id: 1 });
    const cursor = collection.find({}, { tailable: true, awaitData: true });
    expect((await cursor.next())?._id).toBe(1);
    const next = cursor.next();
    await collection.insertMany([{ _id: 2 }, { _id: 3 }, { _id: 4 }]);
    expect((await next)?._id).toBe(2);
    await cursor.close();
    expect((await collection.find().toArray()).map(({ _id }) => _id)).toEqual([2, 3, 4]);
  });

  test('[ES16] killOp stops an operation under way', async () => {
    const collection = freshCollection();
    await collection.insertOne({ _id: 1 });
    const stream = collection.watch([], { maxAwaitTimeMS: 30_000 });
    const waiting = stream.next().catch((error: Error) => error);
    const admin = client.db('admin');
    const find = async () => {
      const { inprog } = await admin.command({ currentOp: 1, op: 'getmore', ns: collection.namespace });
      return inprog[0]?.opid as number | undefined;
    };
    await expect.poll(find, { timeout: 10_000 }).toBeTypeOf('number');
    await admin.command({ killOp: 1, op: await find() });
    await stream.close();
    expect(await waiting).toBeInstanceOf(Error);
  });

  test('[ES16] a pipeline that takes too long ends at maxTimeMS too', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ _id: n, text: `${n}` })));
    const grouped = collection.aggregate([{ $group: { _id: { $concat: ['$text', 'x'] } } }], { maxTimeMS: 2 });
    await expect(grouped.toArray()).rejects.toMatchObject({ code: 50 });
  });

  test('[ES16] maxTimeMS ends a query that takes too long', async () => {
    const collection = freshCollection();
    await collection.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ _id: n, text: `${n}` })));
    await expect(
      collection
        .find({ text: { $regex: 'z$' } })
        .maxTimeMS(1)
        .toArray(),
    ).rejects.toMatchObject({ code: 50 });
  });
});

describe('collections and indexes', () => {
  test('[ES8] indexes are listed as they were asked for; asking again changes nothing', async () => {
    const collection = freshCollection();
    const specs = [
      { key: { a: 1, b: -1 }, name: 'ab' },
      { key: { c: 1 }, name: 'c', unique: true, partialFilterExpression: { d: { $gt: 1 } } },
    ] as const;
    await collection.createIndexes([...specs]);
    await collection.createIndexes([...specs]);
    expect(await collection.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1, b: -1 }, name: 'ab' },
      { v: 2, key: { c: 1 }, name: 'c', unique: true, partialFilterExpression: { d: { $gt: 1 } } },
    ]);
  });

  test('[ES8] a validator refuses documents that do not match it, and says why', async () => {
    const name = `valid${++collectionNumber}`;
    await client.db('test').createCollection(name, {
      validator: { $jsonSchema: { required: ['sku'], properties: { sku: { bsonType: 'string' } } } },
    });
    const collection = client.db('test').collection(name);
    await collection.insertOne({ sku: 'A1' });
    await expect(collection.insertOne({ sku: 5 as never })).rejects.toMatchObject({
      code: 121,
      errInfo: { details: { operatorName: '$jsonSchema' } },
    });
    await expect(collection.updateOne({}, { $unset: { sku: 1 } })).rejects.toMatchObject({ code: 121 });
  });

  test('[ES8] a view is its pipeline over its collection', async () => {
    const collection = freshCollection();
    await collection.insertMany([
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ]);
    const name = `view${++collectionNumber}`;
    await client
      .db('test')
      .createCollection(name, { viewOn: collection.collectionName, pipeline: [{ $match: { n: { $gt: 1 } } }] });
    const view = client.db('test').collection(name);
    expect(await view.find().toArray()).toEqual([{ _id: 2, n: 2 }]);
    expect(await view.countDocuments()).toBe(1);
    await expect(view.insertOne({ n: 3 })).rejects.toMatchObject({ code: 166 });
  });

  test('[ES8] documents expire when their time has come', async () => {
    const collection = freshCollection();
    await client.db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 10 });
    await collection.insertMany([
      { _id: 'old', at: new Date(Date.now() - 11_000) },
      { _id: 'new', at: new Date() },
      { _id: 'never' },
    ]);
    await expect.poll(() => collection.distinct('_id'), { timeout: 20_000, interval: 200 }).toEqual(['never', 'new']);
  });

  test('[ES8] renaming keeps documents and indexes', async () => {
    const collection = freshCollection();
    await collection.insertOne({ _id: 1, a: 1 });
    await collection.createIndex({ a: 1 });
    const renamed = await collection.rename(`renamed${++collectionNumber}`);
    expect(await renamed.find({ a: 1 }).hint('a_1').toArray()).toEqual([{ _id: 1, a: 1 }]);
  });
});

describe('aggregation', () => {
  test('[ES10] $lookup, $group and $sort work together, and $out keeps the result', async () => {
    const [orders, items] = [freshCollection(), freshCollection()];
    await orders.insertMany([
      { _id: 'o1', store: 'a' },
      { _id: 'o2', store: 'b' },
    ]);
    await items.insertMany([
      { _id: 1, order: 'o1', cents: 5 },
      { _id: 2, order: 'o1', cents: 7 },
      { _id: 3, order: 'o2', cents: 1 },
    ]);
    const out = `out${++collectionNumber}`;
    await orders
      .aggregate([
        { $lookup: { from: items.collectionName, localField: '_id', foreignField: 'order', as: 'items' } },
        { $unwind: '$items' },
        { $group: { _id: '$store', cents: { $sum: '$items.cents' } } },
        { $out: out },
      ])
      .toArray();
    expect(await client.db('test').collection(out).find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 'a' as never, cents: 12 },
      { _id: 'b' as never, cents: 1 },
    ]);
  });

  test('[ES10] $vectorSearch answers through a described vector index', async () => {
    const collection = freshCollection();
    await collection.insertMany([
      { _id: 1, v: [1, 0] },
      { _id: 2, v: [0, 1] },
      { _id: 3, v: [0.9, 0.1] },
    ]);
    await collection.createSearchIndex({
      name: 'vectors',
      type: 'vectorSearch',
      definition: { fields: [{ type: 'vector', path: 'v', numDimensions: 2, similarity: 'cosine' }] },
    });
    const found = await collection
      .aggregate([{ $vectorSearch: { index: 'vectors', path: 'v', queryVector: [1, 0], limit: 2, exact: true } }])
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual([1, 3]);
  });
});

describe('durability', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('[ES14] acknowledged writes are there after a restart, indexes included', async () => {
    {
      await using first = await startEmbeddedServer({ dataDir: directory, port: 0 });
      await using driver = new MongoClient(first.uri);
      const collection = driver.db('shop').collection<{ _id: number; n: number }>('c');
      await collection.createIndex({ n: 1 });
      await collection.insertMany(Array.from({ length: 100 }, (_, n) => ({ _id: n, n: n % 10 })));
    }
    await using second = await startEmbeddedServer({ dataDir: directory, port: 0 });
    await using driver = new MongoClient(second.uri);
    expect(await driver.db('shop').collection('c').find({ n: 3 }).hint('n_1').toArray()).toHaveLength(10);
  });

  test('[ES15] a retryable write that is sent again, even after a restart, takes effect once', async () => {
    const lsid = { id: new UUID() };
    const command = { insert: 'c', documents: [{ _id: 1 }], lsid, txnNumber: Long.fromNumber(1), $db: 'shop' };
    for (let attempt = 0; attempt < 2; attempt++) {
      await using again = await startEmbeddedServer({ dataDir: directory, port: 0 });
      await using socket = await SocketClient.open(again.host, again.port);
      for (let resend = 0; resend < 2; resend++) {
        expect(await socket.command(command)).toMatchObject({ n: 1, ok: 1 });
      }
      const { cursor } = await socket.command({ find: 'c', $db: 'shop' });
      expect(cursor.firstBatch).toEqual([{ _id: 1 }]);
    }
  });
});
