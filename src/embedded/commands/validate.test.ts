import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEmbeddedServer } from '../index.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-validate-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Text that no compression shortens, to find its document in the file. */
const MARK = 'qZ7vR2mX9kT4wB8nL1cF6hJ3pD5s';

test('ES14 validate finds a damaged block and names the collection; a query that meets it fails with 301', async () => {
  {
    await using server = await startEmbeddedServer({ dataDir, port: 0 });
    await using client = new MongoClient(server.uri);
    const items = client.db('shop').collection<{ _id: number }>('items');
    await items.insertMany(
      Array.from({ length: 500 }, (_, n) => ({ _id: n, note: n === 321 ? MARK : `note ${n} ${'x'.repeat(200)}` })),
    );
    await client.db('shop').collection('others').insertOne({});
    expect(await client.db('shop').command({ validate: 'items' })).toMatchObject({ valid: true, nrecords: 500 });
  }
  const file = join(dataDir, 'data.mdb');
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at)) bytes[at] = 0x4e;
  writeFileSync(file, bytes);

  await using server = await startEmbeddedServer({ dataDir, port: 0 });
  await using client = new MongoClient(server.uri);
  const shop = client.db('shop');
  const report = await shop.command({ validate: 'items' });
  expect(report).toMatchObject({ valid: false, indexDetails: { _id_: { valid: false } } });
  expect(report['errors'][0]).toMatch(/^Collection shop\.items: the block of records 320 to 335 does not fit/);
  expect(await shop.command({ validate: 'others' })).toMatchObject({ valid: true });
  await expect(shop.collection('items').find().toArray()).rejects.toMatchObject({ code: 301 });
  await expect(shop.collection<{ _id: number }>('items').findOne({ _id: 321 })).rejects.toMatchObject({ code: 301 });
  expect(await shop.collection<{ _id: number }>('items').findOne({ _id: 5 })).toMatchObject({ _id: 5 });
});
