/** Processes that die, and disks that lie (scenarios 1, 2, 10 and 15). */
import { open as openFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SmallDisk } from '../support/small-disk.ts';
import { FaultCompany, type FaultDevice } from './fault-company.ts';

// Processes start slowly where others use the machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let company: FaultCompany;
beforeAll(async () => {
  company = await FaultCompany.open();
});
afterAll(() => company[Symbol.asyncDispose]());

/** A few retail operations on a product of the test's own. */
async function work(device: FaultDevice, product: number, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    await device.done('adjust', { product_id: `prod_${product}`, units: 1, reason: `found ${at}` });
  }
}

describe('when a process dies', () => {
  test('[GW47] 1. a device that is killed while it uploads goes on where it was: each operation counts once', async () => {
    const device = await company.startDevice({ name: 'killed-tablet' });
    await device.isOnline();
    for (const delayMs of [0, 3, 9, 20]) {
      await device.setOnline(false);
      await work(device, 1, 4);
      await device.setOnline(true);
      await wait(delayMs);
      await device.kill();
      await device.startAgain();
    }
    await company.settles([device]);
    const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_1' });
    expect(item).toMatchObject({ stock_level: 26 });
  });

  test('[GW47] 2. a gateway that is killed between commit and answer leaves a phantom, never a hole', async () => {
    const devices = [
      await company.startDevice({ name: 'hole-tablet-1' }),
      await company.startDevice({ name: 'hole-tablet-2' }),
    ];
    for (const device of devices) await device.isOnline();
    for (const delayMs of [40, 130]) {
      const busy = devices.map((device) => work(device, 2, 8));
      await wait(delayMs);
      await company.gateways[0]?.kill();
      await Promise.all(busy);
      await company.restartGateway();
    }
    await company.settles(devices);
    const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_2' });
    expect(item).toMatchObject({ stock_level: 42 });
  });

  test('[GW47] 10. a database that hangs is noticed within ten seconds; afterwards all goes on, and nothing counts twice', async () => {
    const device = await company.startDevice({ name: 'hung-tablet' });
    await device.isOnline();
    const health = `${String(company.gateways[0]?.facts['uri']).replace('ws:', 'http:').replace('/sync', '')}/health`;
    process.kill(company.database.pid, 'SIGSTOP');
    try {
      const since = Date.now();
      await work(device, 3, 2);
      await vi.waitFor(async () => expect((await fetch(health)).status).toBe(503), { timeout: 12_000, interval: 100 });
      expect(Date.now() - since).toBeLessThan(11_000);
    } finally {
      process.kill(company.database.pid, 'SIGCONT');
    }
    await vi.waitFor(async () => expect((await fetch(health)).status).toBe(200), { timeout: 20_000, interval: 100 });
    await company.settles([device]);
    const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_3' });
    expect(item).toMatchObject({ stock_level: 12 });
  });

  test('[GW47] 15. a device whose store has flipped bytes says so, fetches it anew, and keeps the work that was not sent', async () => {
    const device = await company.startDevice({ name: 'flipped-tablet' });
    await device.isOnline();
    await device.setOnline(false);
    await work(device, 4, 3);
    await device.kill();
    await flipBytes(path.join(device.folder, 'store'));
    await device.startAgain();
    await company.settles([device]);
    const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_4' });
    expect(item).toMatchObject({ stock_level: 13 });
    expect((await device.state()).incidents).not.toEqual([]);
  });

  test('[GW47] 15. a device whose disk is full says so, stores nothing of what it refuses, and goes on when there is room', async () => {
    const device = await company.startDevice({ name: 'full-tablet' });
    await device.isOnline();
    await device.kill();
    await using disk = await SmallDisk.under(device.folder, 24);
    // Where no disk can be made, no file may grow: that is no "full", but no room either.
    await device.startAgain(disk === null ? { fileBytesMax: 8 * 1024 * 1024 } : {});
    await device.isOnline();
    await device.setOnline(false);
    await disk?.fill(300_000);
    const found = (at: number) => ({ product_id: 'prod_5', units: 1, reason: `${at} ${'x'.repeat(480)}` });
    let done = 0;
    const refused: { status: number; body: { code?: string } }[] = [];
    for (let at = 0; at < 200 && refused.length < 6; at++) {
      const answer = await device.perform('adjust', found(at));
      if (answer.status === 200) done += 1;
      else refused.push(answer);
    }
    expect(refused).toHaveLength(6);
    if (disk !== null)
      for (const one of refused) expect(one).toMatchObject({ status: 507, body: { code: 'DISK_FULL' } });
    expect(await device.view('pending')).toHaveLength(done);
    if (disk === null) await device.startAgain({ fileBytesMax: 1024 * 1024 * 1024 });
    else await disk.makeRoom();
    // In the same process, without anybody's help; and nothing comes to light when it starts anew.
    await device.done('adjust', found(1_000));
    await device.startAgain();
    expect(await device.view('pending')).toHaveLength(done + 1);
    await device.setOnline(true);
    await company.settles([device]);
    const item = await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: 'prod_5' });
    expect(item).toMatchObject({ stock_level: 10 + done + 1 });
    await device.kill();
  });
});

/** Every file of a store that is large enough gets a few bytes inverted in its middle. */
async function flipBytes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await stat(file)).size < 16_384) continue;
    const handle = await openFile(file, 'r+');
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(4_096);
    const at = Math.floor(size / 2);
    await handle.read(bytes, 0, bytes.length, at);
    await handle.write(
      bytes.map((byte) => byte ^ 0xff),
      0,
      bytes.length,
      at,
    );
    await handle.close();
  }
}
