import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, startCompany, type Tablet } from '../../tests/support/device-company.ts';
import { deviceFolder } from './device-files.ts';
import { reportDamage } from './ditto-store.ts';
import { views } from './views.ts';

let company: Awaited<ReturnType<typeof startCompany>>;

beforeEach(async () => {
  company = await startCompany();
});

afterEach(() => company[Symbol.asyncDispose]());

const sale = (quantity: number) => ({ customer_id: 'customer_1', lines: [{ product_id: 'prod_1', quantity }] });
const filesOf = () => deviceFolder(company.dataDir, 'seattle-tablet-1');
const believed = async (tablet: Tablet) => (await tablet.get('/api/views/product?id=prod_1')).here?.believedUnits;
const setAsides = async () => (await readdir(filesOf().folder)).filter((name) => name.startsWith('store.damaged-'));

async function orders(): Promise<number> {
  return await company.db.collection('orders').countDocuments({});
}

/** A device with one sale that is synced, and two that were done offline. */
async function workOffline(): Promise<Tablet> {
  const tablet = await company.tablet();
  await tablet.online();
  await tablet.perform('sell', sale(1));
  await eventually(async () => expect(await tablet.get('/api/views/pending')).toEqual([]));
  await tablet.call('POST', '/api/network', { online: false });
  await tablet.perform('sell', sale(2));
  await tablet.perform('sell', sale(3));
  return tablet;
}

async function expectAllArrived(tablet: Tablet): Promise<void> {
  await tablet.online();
  await eventually(async () => expect(await tablet.get('/api/views/pending')).toEqual([]));
  expect(await orders()).toBe(3);
  expect(await believed(tablet)).toBe(4);
  const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_1' });
  expect(item).toMatchObject({ stock_level: 4 });
  // Numbers that were used are not used again.
  expect((await tablet.perform('sell', sale(1))).status).toBe(200);
  await eventually(async () => expect(await orders()).toBe(4));
  expect(await tablet.get('/api/views/rejected')).toEqual([]);
}

/** In the file of the store in which the text was written last. */
async function flipByteOf(text: string): Promise<[name: string, bytes: Buffer]> {
  const folder = path.join(filesOf().store, 'ditto_store');
  for (const name of ['db.sql-wal', 'db.sql']) {
    const bytes = await readFile(path.join(folder, name)).catch(() => Buffer.alloc(0));
    const at = bytes.lastIndexOf(text);
    if (at < 0) continue;
    bytes[at + text.length - 2] = (bytes[at + text.length - 2] as number) ^ 0xff;
    await writeFile(path.join(folder, name), bytes);
    return [name, bytes];
  }
  throw new Error(`'${text}' is in no file of ${folder}.`);
}

describe('a store that is not sound', () => {
  test('[DE3] with a flipped byte in an unsettled operation is set aside; the work arrives once all the same', async () => {
    const tablet = await workOffline();
    await tablet[Symbol.asyncDispose]();
    const [name, bytes] = await flipByteOf('"action":"sell"');
    const again = await company.tablet();
    const kinds = again.device.state.incidents.map(({ kind }) => kind);
    expect(kinds.at(-1)).toBe('operations_restored');
    expect(again.device.state.incidents.at(-1)).toMatchObject({ operations: expect.any(Number) });
    await expectAllArrived(again);
    // In the write-ahead log SQLite itself leaves out what is damaged: the store is an older one then.
    const [aside] = await setAsides();
    if (aside !== undefined) {
      const kept = await readFile(path.join(filesOf().folder, aside, 'ditto_store', name));
      expect(kept.equals(bytes)).toBe(true);
    }
    await again[Symbol.asyncDispose]();
    expect((await company.tablet()).device.state.incidents).toHaveLength(kinds.length);
  });

  test('[DE3] with a flipped byte in a product is set aside, and the product comes again', async () => {
    const tablet = await workOffline();
    await tablet[Symbol.asyncDispose]();
    // Opened and closed once more, what was in the write-ahead log is in the database.
    await (await company.tablet({ gatewayUris: ['ws://127.0.0.1:9/sync'] }))[Symbol.asyncDispose]();
    await flipByteOf('Product 1');
    const again = await company.tablet();
    await expectAllArrived(again);
    expect(await again.get('/api/views/product-by-sku?sku=SKU-1')).toMatchObject({ product: { product_id: 'prod_1' } });
  });

  test('[DE3] that Ditto cannot open, or would end the process, is set aside', async () => {
    let tablet = await workOffline();
    for (const file of ['ditto_store/db.sql', 'ditto_attachments/db.sql']) {
      await tablet[Symbol.asyncDispose]();
      await writeFile(path.join(filesOf().store, file), Buffer.alloc(8_192, 7));
      tablet = await company.tablet({ gatewayUris: ['ws://127.0.0.1:9/sync'] });
      expect(await tablet.get('/api/views/pending')).toHaveLength(2);
      expect(await tablet.get('/api/views/orders')).toHaveLength(2);
    }
    expect(await setAsides()).toHaveLength(2);
    await tablet[Symbol.asyncDispose]();
    await expectAllArrived(await company.tablet());
  });

  test('[DE3] is replaced while the device runs, and its live views go on', async () => {
    const tablet = await workOffline();
    const told: unknown[] = [];
    await tablet.device.live(views.orders, { limit: 10 }, (orderList) => void told.push(orderList));
    // As Ditto says it when it reads a page that is not what was written.
    reportDamage('database disk image is malformed');
    await eventually(() => expect(tablet.device.state.incidents.map(({ kind }) => kind)).toContain('store_replaced'));
    await eventually(() => expect(tablet.device.state.isReplacingStore).toBe(false));
    expect(await tablet.get('/api/views/pending')).toHaveLength(2);
    expect(await tablet.get('/api/state')).toMatchObject({ isAllowedOnline: false });
    await tablet.call('POST', '/api/network', { online: true });
    await expectAllArrived(tablet);
    await eventually(() => expect(told.at(-1)).toHaveLength(4));
  });

  test('[DE4] and put back to an older state gets back what was done since, and no number is used twice', async () => {
    const first = await company.tablet();
    await first.online();
    await first.perform('sell', sale(1));
    await eventually(async () => expect(await first.get('/api/views/pending')).toEqual([]));
    await first[Symbol.asyncDispose]();
    const copy = path.join(company.dataDir, 'copy');
    await cp(filesOf().store, copy, { recursive: true });
    const second = await company.tablet({ gatewayUris: ['ws://127.0.0.1:9/sync'] });
    await second.perform('sell', sale(2));
    await second.perform('sell', sale(3));
    await second[Symbol.asyncDispose]();
    await rm(filesOf().store, { recursive: true });
    await cp(copy, filesOf().store, { recursive: true });
    const third = await company.tablet();
    expect(third.device.state.incidents).toMatchObject([{ kind: 'operations_restored', operations: 2 }]);
    await expectAllArrived(third);
  });

  test('[DE2] a second program on the device is refused, and the first goes on', async () => {
    const tablet = await company.tablet();
    await tablet.online();
    await expect(company.tablet()).rejects.toMatchObject({ code: 'DEVICE_IN_USE' });
    await tablet.call('POST', '/api/network', { online: false });
    expect((await tablet.perform('sell', sale(1))).status).toBe(200);
    await tablet[Symbol.asyncDispose]();
    // The journal was left alone as well: it alone knows of the sale now.
    await rm(filesOf().store, { recursive: true });
    const again = await company.tablet();
    expect(again.device.state.incidents).toMatchObject([{ kind: 'operations_restored', operations: 1 }]);
    await eventually(async () => expect(await orders()).toBe(1));
  });

  test('[DE11] a request that comes again under its key is answered as before, and not done again', async () => {
    const first = await company.tablet();
    await first.online();
    const ask = (tablet: Tablet, key: string, quantity: number) =>
      tablet.call('POST', '/api/operations/sell', sale(quantity), { 'idempotency-key': key });
    const [one, other] = await Promise.all([ask(first, 'a', 2), ask(first, 'a', 2)]);
    expect(one).toMatchObject({ status: 200, body: { facts: { order_id: expect.any(String) } } });
    expect(other).toEqual(one);
    expect(await ask(first, 'a', 3)).toMatchObject({ status: 409, body: { code: 'KEY_REUSED' } });
    expect(await ask(first, 'b', 99)).toMatchObject({ status: 422 });
    expect(await ask(first, 'b', 1)).toMatchObject({ status: 200 });
    await eventually(async () => expect(await first.get('/api/views/pending')).toEqual([]));
    await first[Symbol.asyncDispose]();
    const second = await company.tablet();
    await second.online();
    expect(await ask(second, 'a', 2)).toEqual(one);
    expect(await orders()).toBe(2);
    expect(await believed(second)).toBe(7);
  });
});
