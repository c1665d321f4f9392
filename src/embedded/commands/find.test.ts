import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;
let points: Collection<{ _id: number } & Document>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-find-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
  points = client.db('find').collection('points');
  await points.insertMany([0, 1, 2, 3, 4, 5].map((i) => ({ _id: i, x: i % 3, at: { y: i } })));
  await points.createIndex({ x: 1, 'at.y': -1 });
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const hint = { x: 1, 'at.y': -1 } as const;
const ids = (documents: Document[]) => documents.map(({ _id }) => _id);

test('[ES9] min and max bound the keys of the hinted index, the lower end included, the upper one not', async () => {
  const between = (min: Document | undefined, max: Document | undefined, filter = {}) =>
    points.find(filter, { hint, ...(min && { min }), ...(max && { max }) }).toArray();
  expect(ids(await between({ x: 1, 'at.y': 4 }, { x: 2, 'at.y': 2 }))).toEqual([4, 1, 5]);
  expect(ids(await between({ x: 2, 'at.y': 2 }, undefined))).toEqual([2]);
  expect(ids(await between(undefined, { x: 0, 'at.y': 0 }))).toEqual([3]);
  expect(ids(await between({ x: 1, 'at.y': 4 }, undefined, { _id: { $lt: 3 } }))).toEqual([1, 2]);
  await expect(points.find({}, { min: { x: 1 } }).toArray()).rejects.toMatchObject({ code: 51173 });
  await expect(between({ x: 1 }, undefined)).rejects.toMatchObject({ code: 51174 });
  await expect(between({ x: 1, 'at.y': 1 }, { x: 0, 'at.y': 1 })).rejects.toMatchObject({ code: 51175 });
});

test('[ES9] returnKey gives the key of the index, showRecordId the place of the document', async () => {
  expect(await points.find({ x: 2 }, { returnKey: true }).toArray()).toEqual([
    { x: 2, 'at.y': 5 },
    { x: 2, 'at.y': 2 },
  ]);
  expect(await points.find({}, { returnKey: true }).toArray()).toEqual([{}, {}, {}, {}, {}, {}]);
  expect(await points.find({ _id: 3 }, { showRecordId: true, projection: { x: 1 } }).toArray()).toEqual([
    { _id: 3, x: 0, $recordId: 4 },
  ]);
});

test('[ES2] a view refuses what only collections have', async () => {
  await client.db('find').createCollection('view', { viewOn: 'points', pipeline: [] });
  const view = client.db('find').collection('view');
  await expect(view.find({}, { showRecordId: true }).toArray()).rejects.toMatchObject({ code: 168 });
  await expect(view.find({}, { tailable: true }).toArray()).rejects.toMatchObject({ code: 168 });
});

test('[ES7] batches of none, one batch only, and tailable cursors with skip and limit', async () => {
  const db = client.db('find');
  const { cursor: empty } = await db.command({ find: 'points', batchSize: 0 });
  expect(empty.firstBatch).toEqual([]);
  expect(empty.id).not.toBe(0);
  const { cursor: single } = await db.command({ find: 'points', batchSize: 2, singleBatch: true });
  expect([single.firstBatch.length, Number(single.id)]).toEqual([2, 0]);
  await db.createCollection('ring', { capped: true, size: 4096 });
  await db.collection<Document>('ring').insertMany([1, 2, 3, 4].map((_id) => ({ _id }) as never));
  const { cursor: few } = await db.command({ find: 'ring', tailable: true, skip: 1, limit: 2 });
  expect([ids(few.firstBatch), Number(few.id)]).toEqual([[2, 3], 0]);
  await expect(db.command({ find: 'ring', tailable: true, singleBatch: true })).rejects.toMatchObject({ code: 2 });
  await expect(db.command({ find: 'points', tailable: true })).rejects.toMatchObject({ code: 2 });
  expect((await db.command({ find: 'missing', tailable: true })).cursor).toMatchObject({ firstBatch: [] });
});
