import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-time-series-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
  db = client.db('weather');
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const noon = new Date('2026-07-01T12:00:00Z');

test('[ES8] a time-series collection is listed as one, with its defaults', async () => {
  await db.createCollection('listed', { timeseries: { timeField: 'at', metaField: 'place' }, expireAfterSeconds: 60 });
  expect(await db.listCollections({ name: 'listed' }).toArray()).toMatchObject([
    {
      type: 'timeseries',
      options: {
        expireAfterSeconds: 60,
        timeseries: { timeField: 'at', metaField: 'place', granularity: 'seconds', bucketMaxSpanSeconds: 3600 },
      },
    },
  ]);
  expect(await db.collection('listed').indexes()).toEqual([]);
});

test('[ES8] its documents need a date, and may share an _id', async () => {
  const readings = await db.createCollection('readings', { timeseries: { timeField: 'at' } });
  await readings.insertMany([
    { _id: 1 as never, at: noon, celsius: 20 },
    { _id: 1 as never, at: new Date(noon.getTime() + 1), celsius: 21 },
  ]);
  expect(
    await readings
      .find({ _id: 1 as never })
      .sort({ at: 1 })
      .toArray(),
  ).toMatchObject([{ celsius: 20 }, { celsius: 21 }]);
  await expect(readings.insertOne({ celsius: 1 })).rejects.toMatchObject({ code: 2 });
  await expect(readings.insertOne({ at: 'noon' })).rejects.toMatchObject({ code: 2 });
});

test('[ES8] only its metadata can be updated', async () => {
  const readings = await db.createCollection('moved', { timeseries: { timeField: 'at', metaField: 'place' } });
  await readings.insertMany([
    { at: noon, place: 'roof' },
    { at: noon, place: 'cellar' },
  ]);
  expect(await readings.updateMany({ place: 'roof' }, { $set: { place: 'attic' } })).toMatchObject({
    modifiedCount: 1,
  });
  await expect(readings.updateMany({}, { $set: { celsius: 1 } })).rejects.toMatchObject({ code: 72 });
  await expect(readings.updateOne({ place: 'cellar' }, { $set: { place: 'x' } })).rejects.toMatchObject({ code: 72 });
  expect(await readings.deleteMany({ place: 'attic' })).toMatchObject({ deletedCount: 1 });
});

test('[ES2] options that contradict each other are refused', async () => {
  const refused = (timeseries: object, more: object = {}) =>
    expect(db.command({ create: 'refused', timeseries, ...more })).rejects;
  await refused({ timeField: 'a.b' }).toMatchObject({ code: 72 });
  await refused({ timeField: 'at', metaField: 'at' }).toMatchObject({ code: 72 });
  await refused({ timeField: 'at', granularity: 'days' }).toMatchObject({ code: 2 });
  await refused({ timeField: 'at', bucketMaxSpanSeconds: 60 }).toMatchObject({ code: 72 });
  await refused({ timeField: 'at' }, { capped: true, size: 4096 }).toMatchObject({ code: 72 });
  await refused({}).toMatchObject({ code: 40414 });
});
