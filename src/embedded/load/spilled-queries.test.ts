/** Spilling as a client sees it: the bounds are set by MongoDB's parameters. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';
import { SPILL_FOLDER } from '../spill/spill-folder.ts';

const DOCUMENTS = 4000;
const BOUNDS = ['internalQueryMaxBlockingSortMemoryUsageBytes', 'internalDocumentSourceGroupMaxMemoryBytes'];

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-spilled-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({
    _id: i as never,
    k: (i * 7919) % DOCUMENTS,
    g: i % 1500,
    pad: 'p'.repeat(100),
  }));
  await rows().insertMany(documents);
  for (const bound of BOUNDS) await setParameter(bound, 100_000);
  // Columns would answer such groups from their own memory.
  await setParameter('columnCacheDocumentsMin', 1_000_000);
}, 60_000);

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const rows = () => client.db('spilled').collection('rows');
const setParameter = (name: string, value: unknown) => client.db('admin').command({ setParameter: 1, [name]: value });
const files = (): string[] => {
  const folder = join(dataDir, SPILL_FOLDER);
  return existsSync(folder) ? readdirSync(folder) : [];
};

const grouped = { $group: { _id: '$g', n: { $sum: 1 }, first: { $first: '$k' }, all: { $push: '$k' } } };
const computed: Document[] = [{ $set: { z: { $add: ['$k', 1] } } }, { $sort: { z: -1 } }];

test('[ES18] sorts and groups beyond their bound answer whole and in order, and explain says that they used the disk', async () => {
  const sorted = await rows()
    .find({}, { sort: { k: 1 } })
    .toArray();
  expect(sorted.map(({ k }) => k)).toEqual(Array.from({ length: DOCUMENTS }, (_, k) => k));
  const byStage = await rows().aggregate(computed).toArray();
  expect(byStage.map(({ k }) => k)).toEqual(Array.from({ length: DOCUMENTS }, (_, k) => DOCUMENTS - 1 - k));
  const groups = await rows().aggregate([grouped]).toArray();
  expect(groups.length).toBe(1500);
  for (const { _id, n, first, all } of groups) {
    const own = Array.from(
      { length: Math.ceil((DOCUMENTS - _id) / 1500) },
      (_, i) => ((_id + i * 1500) * 7919) % DOCUMENTS,
    );
    expect([n, first, all]).toEqual([own.length, own[0], own]);
  }
  const plan = await rows()
    .find({}, { sort: { k: 1 } })
    .explain('executionStats');
  expect(plan['executionStats'].executionStages).toMatchObject({ stage: 'SORT', memLimit: 100_000, usedDisk: true });
  const stages: Document = await rows()
    .aggregate([grouped, { $sort: { n: 1 } }])
    .explain('executionStats');
  expect(stages['stages'][1]).toMatchObject({ $group: {}, usedDisk: true });
  expect(files()).toEqual([]);
}, 60_000);

test('[ES18] a cursor that is left open holds its file until it is killed or has been idle for too long', async () => {
  const open = rows().aggregate(computed, { batchSize: 5 });
  await open.next();
  expect(files()).toHaveLength(1);
  await open.close();
  expect(files()).toEqual([]);
  await setParameter('cursorTimeoutMillis', 200);
  try {
    const idle = rows().find({}, { sort: { k: 1 }, batchSize: 5 });
    await idle.next();
    expect(files()).toHaveLength(1);
    const lasting = rows().find({}, { batchSize: 5, noCursorTimeout: true });
    await lasting.next();
    await expect.poll(files, { timeout: 15_000 }).toEqual([]);
    for (let left = 4; left > 0; left--) await idle.next();
    await expect(idle.next()).rejects.toMatchObject({ code: 43 });
    expect(await lasting.toArray()).toHaveLength(DOCUMENTS - 1);
  } finally {
    await setParameter('cursorTimeoutMillis', 600_000);
  }
}, 60_000);

test('[ES18] with allowDiskUse: false, or where the server says so, a query beyond its bound fails with 292', async () => {
  await expect(rows().aggregate([grouped], { allowDiskUse: false }).toArray()).rejects.toMatchObject({ code: 292 });
  await expect(rows().aggregate(computed, { allowDiskUse: false }).toArray()).rejects.toMatchObject({ code: 292 });
  await expect(
    rows()
      .find({}, { sort: { k: 1 }, allowDiskUse: false })
      .toArray(),
  ).rejects.toMatchObject({ code: 292 });
  expect(
    await rows()
      .find({}, { sort: { k: 1 }, allowDiskUse: false, limit: 10 })
      .toArray(),
  ).toHaveLength(10);
  await setParameter('allowDiskUseByDefault', false);
  await expect(rows().aggregate([grouped]).toArray()).rejects.toMatchObject({ code: 292 });
  expect(await rows().aggregate([grouped], { allowDiskUse: true }).toArray()).toHaveLength(1500);
  await setParameter('allowDiskUseByDefault', true);
});

test('[ES18] one $push, one set, one facet may hold so much and no more', async () => {
  const everything = { $group: { _id: null, all: { $push: '$$ROOT' } } };
  const different = { $group: { _id: null, all: { $addToSet: '$$ROOT' } } };
  await setParameter('internalQueryMaxPushBytes', 50_000);
  await setParameter('internalQueryMaxAddToSetBytes', 50_000);
  await setParameter('internalQueryFacetMaxOutputDocSizeBytes', 50_000);
  await expect(rows().aggregate([everything]).toArray()).rejects.toMatchObject({ code: 146 });
  await expect(rows().aggregate([different]).toArray()).rejects.toMatchObject({ code: 146 });
  await expect(
    rows()
      .aggregate([{ $facet: { all: [{ $skip: 1 }] } }])
      .toArray(),
  ).rejects.toMatchObject({ code: 4031700 });
  await expect(setParameter('internalQueryMaxPushBytes', 0)).rejects.toMatchObject({ code: 2 });
});

test('[ES10] $out of more than one step replaces the collection whole, keeps its indexes, and leaves nothing beside it', async () => {
  const target = client.db('spilled').collection('target');
  await target.insertOne({ old: true });
  await target.createIndex({ k: 1 }, { unique: true });
  await rows()
    .aggregate([{ $out: 'target' }])
    .toArray();
  expect(await target.countDocuments()).toBe(DOCUMENTS);
  expect((await target.indexes()).map(({ name }) => name)).toEqual(['_id_', 'k_1']);
  await expect(
    rows()
      .aggregate([{ $set: { k: 1 } }, { $out: 'target' }])
      .toArray(),
  ).rejects.toMatchObject({ code: 11000 });
  expect(await target.countDocuments({ old: true })).toBe(0);
  expect(await target.countDocuments()).toBe(DOCUMENTS);
  const names = (await client.db('spilled').listCollections().toArray()).map(({ name }) => name);
  expect(names.sort()).toEqual(['rows', 'target']);
}, 60_000);
