import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-statistics-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
});
afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

test('ES8 collStats, $collStats and dbStats give the sizes of indexes, which grow with their entries', async () => {
  const shop = client.db('shop');
  const items = shop.collection<{ _id: number; name: string }>('items');
  await items.createIndex({ name: 1 });
  expect(await shop.command({ collStats: 'items' })).toMatchObject({
    nindexes: 2,
    indexSizes: { _id_: 4096, name_1: 4096 },
    totalIndexSize: 8192,
  });
  const names = Array.from({ length: 5000 }, (_, n) => ({
    _id: n,
    name: `${(n * 7919) % 5003} ${'x'.repeat(n % 50)}`,
  }));
  await items.insertMany(names);
  const { indexSizes, totalIndexSize, totalSize, storageSize } = await shop.command({ collStats: 'items' });
  expect(indexSizes.name_1).toBeGreaterThan(100_000);
  expect(indexSizes.name_1).toBeLessThan(600_000);
  expect(totalIndexSize).toBe(indexSizes._id_ + indexSizes.name_1);
  expect(totalSize).toBe(storageSize + totalIndexSize);
  expect((await shop.command({ collStats: 'items', scale: 1024 }))['indexSizes'].name_1).toBe(
    Math.floor(indexSizes.name_1 / 1024),
  );
  const [stage] = await items.aggregate([{ $collStats: { storageStats: {} } }]).toArray();
  expect(stage!['storageStats'].indexSizes).toEqual(indexSizes);
  expect(await shop.stats()).toMatchObject({ indexes: 2, indexSize: totalIndexSize });
});
