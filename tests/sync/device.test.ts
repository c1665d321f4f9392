import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { enableChangeStreams } from '../../src/database/index.ts';
import { aShop } from '../../src/edge/retail/device.fixture.ts';
import { type RunningZava, runZava, startZava } from '../support/cli.ts';
import { makeTestFolder } from '../support/database.ts';

/** Everything here is a process of its own, on one data directory, as on a laptop. */

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

// Each starts several programs, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 180_000 });

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 50 });

function start(words: readonly string[], cwd: string): RunningZava {
  const running = startZava(words, { cwd });
  open.push({
    async close() {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  });
  return running;
}

const printed = async (running: RunningZava, name: string): Promise<string> => {
  const pattern = new RegExp(`"${name}": "?([^",]+)`);
  return pattern.exec(await running.sees(pattern))?.[1] ?? '';
};

async function startCompany() {
  const folder = await makeTestFolder();
  open.push({ close: () => folder[Symbol.asyncDispose]() });
  const cwd = folder.path;
  const server = start(['db', '--port', '0', '--json'], cwd);
  const client = await new MongoClient(await printed(server, 'uri')).connect();
  open.push({ close: () => client.close() });
  const db = client.db('zava');
  for (const [collection, documents] of Object.entries(aShop)) {
    await db.collection<{ _id: string }>(collection).insertMany(documents as never);
  }
  await enableChangeStreams(db);
  const gateway = async (port = '0') => {
    const running = start(['gateway', '--port', port, '--json'], cwd);
    return { running, uri: await printed(running, 'uri') };
  };
  const device = async (uri: string, ...more: string[]) => {
    const words = ['--store', 'store_seattle', '--name', 'Seattle Tablet 1', '--role', 'store_manager', '--port', '0'];
    const running = start(['device', ...words, '--gateway', uri, '--json', ...more], cwd);
    return { running, url: await printed(running, 'url') };
  };
  return { cwd, db, gateway, device };
}

async function call(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the answer.
  return { status: response.status, body: (await response.json()) as any };
}

const sell = (url: string, quantity: number) =>
  call(url, 'POST', '/api/operations/sell', {
    customer_id: 'customer_1',
    lines: [{ product_id: 'prod_1', quantity }],
  });
const state = async (url: string) => (await call(url, 'GET', '/api/state')).body;
const believed = async (url: string) =>
  (await call(url, 'GET', '/api/views/product?id=prod_1')).body.here?.believedUnits;

describe('a device as a process', () => {
  test('[DE1] sells without a network, is killed and started again, and everything arrives once', async () => {
    const { db, gateway, device } = await startCompany();
    const { uri, running: firstGateway } = await gateway();
    const first = await device(uri);
    await eventually(async () => expect(await state(first.url)).toMatchObject({ phase: 'online' }));
    await eventually(async () => expect(await believed(first.url)).toBe(10));

    expect((await sell(first.url, 1)).status).toBe(200);
    await eventually(async () => expect(await db.collection('orders').countDocuments({})).toBe(1));
    firstGateway.child.kill('SIGKILL');
    await eventually(async () => expect(await state(first.url)).toMatchObject({ phase: 'offline' }));
    expect((await sell(first.url, 2)).status).toBe(200);
    expect((await sell(first.url, 3)).status).toBe(200);
    expect(await believed(first.url)).toBe(4);
    first.running.child.kill('SIGKILL');
    await first.running.ended;

    const second = await device(uri);
    expect(await state(second.url)).toMatchObject({
      deviceId: 'seattle-tablet-1',
      pendingOperations: 2,
      incidents: [],
    });
    expect(await believed(second.url)).toBe(4);
    expect(await db.collection('orders').countDocuments({})).toBe(1);
    await gateway(new URL(uri).port);
    await eventually(async () => expect(await db.collection('orders').countDocuments({})).toBe(3));
    await eventually(async () => expect((await call(second.url, 'GET', '/api/views/pending')).body).toEqual([]));
    const item = await db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_1' });
    expect(item).toMatchObject({ stock_level: 4 });
    expect(await believed(second.url)).toBe(4);

    second.running.child.kill('SIGTERM');
    expect((await second.running.ended).code).toBe(0);
  });

  test('[DE2] [DE10] one program runs a device; whom a token does not name, or who was shut out, stays outside with the work', async () => {
    const { cwd, db, gateway, device } = await startCompany();
    const { uri } = await gateway();
    const first = await device(uri);
    await eventually(async () => expect(await state(first.url)).toMatchObject({ phase: 'online' }));
    const words = ['device', '--store', 'store_seattle', '--name', 'seattle-tablet-1', '--port', '0'];
    const twice = await runZava(words, { cwd });
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('DEVICE_IN_USE') });

    const foreign = ['token', 'issue', '--role', 'worker', '--store', 'store_tacoma', '--device', 'other'];
    const token = (await runZava(foreign, { cwd })).stdout.trim();
    const refused = await runZava([...words.slice(0, -4), '--name', 'other'], {
      cwd,
      env: { ZAVA_DEVICE_TOKEN: token },
    });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('TOKEN_UNUSABLE') });
    expect(refused.stderr).not.toContain(token);

    await runZava(['token', 'revoke', '--device', 'seattle-tablet-1', '--because', 'stolen'], { cwd });
    await eventually(async () => expect(await state(first.url)).toMatchObject({ phase: 'refused' }));
    expect((await state(first.url)).refusal.message).toContain('stolen');
    expect((await sell(first.url, 1)).status).toBe(200);
    await runZava(['token', 'allow', '--device', 'seattle-tablet-1'], { cwd });
    await call(first.url, 'POST', '/api/network', { online: true });
    await eventually(async () => expect(await db.collection('orders').countDocuments({})).toBe(1));
  });

  test('[DE1] what was called done outlives SIGKILL in the middle of work, whenever it comes', async () => {
    const { db, gateway, device } = await startCompany();
    const { uri } = await gateway();
    let told = 0;
    for (const afterMs of [150, 700]) {
      const { running, url } = await device(uri);
      await eventually(async () => expect(await believed(url)).toBeDefined());
      const deadline = Date.now() + afterMs;
      setTimeout(() => running.child.kill('SIGKILL'), afterMs);
      while (Date.now() < deadline + 1_000) {
        const adjusted = { product_id: 'prod_3', units: 1, reason: `Found ${told}` };
        const answer = await call(url, 'POST', '/api/operations/adjust', adjusted).catch(() => null);
        if (answer === null) break;
        expect(answer.status).toBe(200);
        told += 1;
      }
      await running.ended;
    }
    expect(told).toBeGreaterThan(3);
    const last = await device(uri);
    await eventually(async () => expect((await call(last.url, 'GET', '/api/views/pending')).body).toEqual([]));
    await eventually(async () => expect(await state(last.url)).toMatchObject({ phase: 'online' }));
    const movements = await db
      .collection('stock_movements')
      .find({ product_id: 'prod_3', reason: /^Found/ })
      .toArray();
    const reasons = movements.map(({ reason }) => String(reason));
    for (let index = 0; index < told; index += 1) expect(reasons).toContain(`Found ${index}`);
    const item = await db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_3' });
    // Work in whose middle the device was killed may have been stored although nobody was told.
    expect(item).toMatchObject({ stock_level: 40 + movements.length });
    expect(movements.length - told).toBeLessThanOrEqual(2);
    expect(new Set(movements.map(({ hlc }) => hlc)).size).toBe(movements.length);
  });
});
