import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChangeStream, MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../index.ts';
import { served } from '../served.testing.ts';
import { describeUpdate } from './update-description.ts';

const { client } = await served();
let count = 0;

async function freshCollection(options: { images?: boolean } = {}) {
  count += 1;
  const database = client.db(`streams${count}`);
  // biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
  return database.createCollection<any>(
    'c',
    options.images === true ? { changeStreamPreAndPostImages: { enabled: true } } : {},
  );
}

/** Opens the stream on the server before anything is written. */
async function opened<T extends ChangeStream>(stream: T): Promise<T> {
  await stream.tryNext();
  return stream;
}

// biome-ignore lint/suspicious/noExplicitAny: events of several kinds.
async function take(stream: ChangeStream, events: number): Promise<any[]> {
  const found: unknown[] = [];
  while (found.length < events) found.push(await stream.next());
  return found as never;
}

test('[ES12] a stream shows inserts, updates, replacements and deletes in their order', async () => {
  const collection = await freshCollection();
  await using stream = await opened(collection.watch());
  await collection.insertOne({ _id: 1, a: 1, list: [1, 2, 3] });
  await collection.updateOne({ _id: 1 }, { $set: { b: { c: 2 } }, $unset: { a: 1 }, $pop: { list: 1 } });
  await collection.replaceOne({ _id: 1 }, { z: 1 });
  await collection.deleteOne({ _id: 1 });
  const events = await take(stream, 4);
  const ns = { db: collection.dbName, coll: 'c' };
  expect(events).toMatchObject([
    { operationType: 'insert', ns, documentKey: { _id: 1 }, fullDocument: { _id: 1, a: 1, list: [1, 2, 3] } },
    {
      operationType: 'update',
      ns,
      documentKey: { _id: 1 },
      updateDescription: {
        updatedFields: { b: { c: 2 } },
        removedFields: ['a'],
        truncatedArrays: [{ field: 'list', newSize: 2 }],
      },
    },
    { operationType: 'replace', ns, fullDocument: { _id: 1, z: 1 } },
    { operationType: 'delete', ns, documentKey: { _id: 1 } },
  ]);
  const tokens = events.map(({ _id }) => _id._data);
  expect([...tokens].sort()).toEqual(tokens);
});

test('[ES12] a stream resumes strictly after any of its tokens', async () => {
  const collection = await freshCollection();
  await using stream = await opened(collection.watch());
  await collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
  const [first] = await take(stream, 3);
  await using resumed = collection.watch([], { resumeAfter: first._id });
  expect((await take(resumed, 2)).map((event) => event.documentKey._id)).toEqual([2, 3]);
});

test('[ES12] a stream resumes after a restart of the server', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  let token: unknown;
  {
    await using first = await startEmbeddedServer({ dataDir: directory, port: 0 });
    await using driver = new MongoClient(first.uri);
    const collection = driver.db('t').collection<{ _id: number }>('c');
    await using stream = await opened(collection.watch());
    await collection.insertMany([{ _id: 1 }, { _id: 2 }]);
    token = (await take(stream, 1))[0]._id;
  }
  await using second = await startEmbeddedServer({ dataDir: directory, port: 0 });
  await using driver = new MongoClient(second.uri);
  await using stream = driver.db('t').collection('c').watch([], { startAfter: token });
  expect((await take(stream, 1))[0].documentKey).toEqual({ _id: 2 });
  await rm(directory, { recursive: true, force: true });
});

test('[ES12] images before and after are shown where the collection keeps them', async () => {
  const collection = await freshCollection({ images: true });
  await using stream = await opened(
    collection.watch([], { fullDocument: 'required', fullDocumentBeforeChange: 'required' }),
  );
  await collection.insertOne({ _id: 1, n: 1 });
  await collection.updateOne({ _id: 1 }, { $inc: { n: 1 } });
  await collection.deleteOne({ _id: 1 });
  const [, updated, deleted] = await take(stream, 3);
  expect(updated).toMatchObject({ fullDocument: { n: 2 }, fullDocumentBeforeChange: { n: 1 } });
  expect(deleted).toMatchObject({ fullDocumentBeforeChange: { _id: 1, n: 2 } });
});

test('[ES12] required images of a collection that keeps none are refused', async () => {
  const collection = await freshCollection();
  await using stream = await opened(collection.watch([], { fullDocumentBeforeChange: 'required' }));
  await collection.insertOne({ _id: 1 });
  await collection.deleteOne({ _id: 1 });
  await stream.next();
  await expect(stream.next()).rejects.toMatchObject({ code: 47 });
});

test('[ES12] stages after $changeStream filter and shape the events', async () => {
  const collection = await freshCollection();
  await using stream = await opened(
    collection.watch([{ $match: { 'fullDocument.n': { $gt: 1 } } }, { $project: { n: '$fullDocument.n' } }]),
  );
  await collection.insertMany([{ n: 1 }, { n: 2 }]);
  expect((await take(stream, 1))[0]).toMatchObject({ n: 2 });
});

test('[ES12] a stream resumes between the documents that one command wrote', async () => {
  const collection = await freshCollection();
  await using stream = await opened(collection.watch());
  await collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
  const events = await take(stream, 3);
  for (const [at, event] of events.entries()) {
    await using resumed = collection.watch([], { resumeAfter: event._id, maxAwaitTimeMS: 50 });
    const rest = at === 2 ? [] : await take(resumed, 2 - at);
    expect(rest.map(({ documentKey }) => documentKey._id)).toEqual([1, 2, 3].slice(at + 1));
    expect(await resumed.tryNext()).toBeNull();
  }
});

test('[ES12] a large event is split where the stream asks for it, resumes between its parts, and is a fault elsewhere', async () => {
  const collection = await freshCollection({ images: true });
  const images = { fullDocument: 'required', fullDocumentBeforeChange: 'required', maxAwaitTimeMS: 50 } as const;
  const split = [{ $changeStreamSplitLargeEvent: {} }];
  await collection.insertOne({ _id: 1, s: 'a'.repeat(9_000_000) });
  await using whole = await opened(collection.watch([], images));
  await using stream = await opened(collection.watch(split, images));
  await collection.updateOne({ _id: 1 }, { $set: { s: 'b'.repeat(9_000_000) } });
  const [first, second, third] = await take(stream, 3);
  expect([first, second, third].map(({ splitEvent }) => splitEvent)).toEqual(
    [1, 2, 3].map((fragment) => ({ fragment, of: 3 })),
  );
  expect({ ...first, ...second, ...third }).toMatchObject({
    operationType: 'update',
    documentKey: { _id: 1 },
    fullDocument: { s: expect.stringMatching(/^b/) },
    fullDocumentBeforeChange: { s: expect.stringMatching(/^a/) },
  });
  expect(first._id._data < second._id._data).toBe(true);
  await using resumed = collection.watch(split, { ...images, resumeAfter: first._id });
  expect((await take(resumed, 2)).map(({ splitEvent }) => splitEvent.fragment)).toEqual([2, 3]);
  await expect(collection.watch([], { ...images, resumeAfter: first._id }).next()).rejects.toMatchObject({ code: 280 });
  await expect(whole.next()).rejects.toMatchObject({ code: 10334 });
  await expect(collection.watch([...split, { $match: {} }]).next()).rejects.toMatchObject({ code: 7182802 });
}, 20_000);

test('[ES12] expanded events tell paths apart that read alike, and show changes of indexes', async () => {
  const collection = await freshCollection();
  await collection.insertOne({ _id: 1, a: { '1': 1 }, list: [{ '1': 1 }] });
  await collection.createIndex({ x: 1 });
  await using stream = await opened(collection.watch([], { showExpandedEvents: true }));
  await collection.updateOne({ _id: 1 }, { $set: { 'a.1': 2, 'list.0.1': 2, plain: 1 } });
  await collection.db.command({ collMod: 'c', index: { keyPattern: { x: 1 }, hidden: true } });
  const [update, modify] = await take(stream, 2);
  expect(update.updateDescription).toEqual({
    updatedFields: { 'a.1': 2, 'list.0.1': 2, plain: 1 },
    removedFields: [],
    truncatedArrays: [],
    disambiguatedPaths: { 'a.1': ['a', '1'], 'list.0.1': ['list', 0, '1'] },
  });
  expect(modify).toMatchObject({ operationType: 'modify', operationDescription: { index: { hidden: true } } });
  expect((await collection.indexes()).find(({ name }) => name === 'x_1')).toMatchObject({ hidden: true });
  await expect(collection.watch([{ $unsupported: 'foo' }]).next()).rejects.toMatchObject({ code: 40324 });
});

test('[ES13] drop, rename and dropDatabase end the stream of what is gone', async () => {
  const collection = await freshCollection();
  const database = client.db(collection.dbName);
  await using onCollection = await opened(collection.watch());
  await using onDatabase = await opened(database.watch());
  await collection.rename('other');
  expect((await take(onCollection, 2)).map((event) => event.operationType)).toEqual(['rename', 'invalidate']);
  await database.dropDatabase();
  expect((await take(onDatabase, 4)).map((event) => event.operationType)).toEqual([
    'rename',
    'drop',
    'dropDatabase',
    'invalidate',
  ]);
});

test('[ES12] a stream on the deployment sees all databases', async () => {
  const [a, b] = [await freshCollection(), await freshCollection()];
  await using stream = await opened(client.watch());
  await a.insertOne({ _id: 1 });
  await b.insertOne({ _id: 2 });
  expect((await take(stream, 2)).map((event) => event.ns.db)).toEqual([a.dbName, b.dbName]);
});

test('[ES13] a token older than the log fails with 286', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  await using small = await startEmbeddedServer({
    dataDir: directory,
    port: 0,
    changeLog: { bytesMax: 50_000, retentionHours: 0 },
  });
  await using driver = new MongoClient(small.uri);
  const collection = driver.db('t').collection<{ _id: number; text: string }>('c');
  await using stream = await opened(collection.watch());
  await collection.insertOne({ _id: 0, text: '' });
  const [first] = await take(stream, 1);
  for (let n = 1; n < 30; n++) await collection.insertOne({ _id: n, text: 'x'.repeat(10_000) });
  await using late = collection.watch([], { resumeAfter: first._id });
  await expect(late.next()).rejects.toMatchObject({ code: 286 });
  await rm(directory, { recursive: true, force: true });
});

test('an update description says what makes the one document of the other', () => {
  expect(describeUpdate({ a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1, d: 3 } })).toEqual({
    updatedFields: { 'b.d': 3 },
    removedFields: [],
    truncatedArrays: [],
    disambiguatedPaths: {},
  });
  expect(describeUpdate({ l: [{ x: 1 }, 2] }, { l: [{ x: 1 }, 2, 3] }).updatedFields).toEqual({ 'l.2': 3 });
});
