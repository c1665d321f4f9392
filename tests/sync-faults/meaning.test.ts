/** Clocks, stock, deletions, lost history, scopes and permissions (scenarios 5, 6, 7, 8, 9, 12 and 13). */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Device, serveDevice } from '../../src/device/index.ts';
import { aCustomer, permissions, SEATTLE, TACOMA } from '../../src/edge/retail/device.fixture.ts';
import { runZava } from '../support/cli.ts';
import { FaultCompany, type FaultDevice } from './fault-company.ts';

// Processes start slowly where others use the machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let company: FaultCompany;
beforeAll(async () => {
  company = await FaultCompany.open({ gateways: 2 });
});
afterAll(() => company[Symbol.asyncDispose]());

const uris = () => company.gateways.map(({ facts }) => String(facts['uri']));
const customers = () => company.db.collection<{ _id: string }>('customers');
const customer = (id: string) => customers().findOne({ _id: id });
const item = (product: number, store = SEATTLE) =>
  company.db.collection('inventory').findOne({ store_id: store, product_id: `prod_${product}` });
const edit = (device: FaultDevice, id: string, fields: object) =>
  device.done('edit_customer', { customer_id: id, ...fields });
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 60 });
const atEveryGateway = (name: string, more: object = {}) => company.startDevice({ name, gateways: uris(), ...more });

/** Every device of a test goes at its end, so that the next one has the machine. */
async function end(...devices: FaultDevice[]): Promise<void> {
  await company.settles(devices);
  for (const device of devices) await device.kill();
}

describe('what work means', () => {
  test('[GW47] 5. a clock two hours ahead or two days behind wins no edit for ever, and is told of', async () => {
    const inProcess: Device[] = [];
    const open = async (name: string, skewMs: number) => {
      const principal = { role: 'store_manager', userId: name, stores: [SEATTLE] } as const;
      const token = await company.tokenOf(principal, name);
      const device = await Device.open({
        dataDir: company.dataDir,
        deviceId: name,
        name,
        storeId: SEATTLE,
        principal,
        permissions,
        gatewayUris: uris(),
        token: () => token,
        log: () => undefined,
        wallClockMs: () => Date.now() + skewMs,
      });
      inProcess.push(device);
      await soon(async () => expect(device.state.phase).toBe('online'));
      return device;
    };
    try {
      const ahead = await open('ahead-tablet', 2 * 3_600_000);
      const behind = await open('behind-tablet', -2 * 86_400_000);
      // Less than what a clock may drift: its stamps count as they are.
      const early = await open('early-tablet', 50_000);
      const sees = async (device: Device, first_name: string) => {
        await using server = await serveDevice(device, { port: 0 });
        const view = await fetch(`${server.url}/api/views/customer?id=customer_1`);
        expect(await view.json()).toMatchObject({ customer: { first_name } });
      };
      const rename = async (device: Device, first_name: string) => {
        const input = { customer_id: 'customer_1', first_name };
        expect(await device.perform('edit_customer', input)).toMatchObject({ outcome: 'done' });
        await soon(async () => expect(await customer('customer_1')).toMatchObject({ first_name }));
        // Whoever has seen it and comes later wins, whatever the clocks say.
        for (const one of inProcess) await soon(() => sees(one, first_name));
      };
      await rename(ahead, 'Ahead');
      await rename(behind, 'Behind');
      await rename(ahead, 'Again');
      await rename(behind, 'Last');
      await rename(early, 'Early');
      await rename(behind, 'Seen');
      await rename(early, 'Once more');
      await rename(ahead, 'At last');
      const clamped = await company.db.collection('sync_operations').find({ was_clamped: true }).toArray();
      expect(new Set(clamped.map((one) => one['device_id']))).toEqual(new Set(['ahead-tablet']));
      const stamps = await company.db
        .collection('sync_operations')
        .find({ device_id: 'ahead-tablet' })
        .sort({ sequence: 1 })
        .toArray();
      const hlcs = stamps.map((one) => String(one['hlc']));
      expect(hlcs).toEqual([...new Set(hlcs)].sort());
      for (const hlc of hlcs) expect(Date.parse(hlc.slice(0, 24))).toBeLessThan(Date.now() + 61_000);
    } finally {
      for (const device of inProcess) await device.close();
    }
  });

  test('[GW47] 6. two devices, a till that sends twice, and people in MongoDB take from one item: each counts once', async () => {
    const devices = [await atEveryGateway('stock-tablet-1'), await atEveryGateway('stock-tablet-2')] as const;
    const [one, other] = devices;
    for (const device of devices) {
      await device.isOnline();
      await device.setOnline(false);
    }
    await one.done('adjust', { product_id: 'prod_1', units: -3, reason: 'Sold by hand' });
    await other.done('adjust', { product_id: 'prod_1', units: -2, reason: 'Sold by hand' });
    for (const device of devices) await device.setOnline(true);
    await company.settles([...devices]);
    expect(await item(1)).toMatchObject({ stock_level: 5 });
    const inventory = company.db.collection('inventory');
    await inventory.updateOne({ store_id: SEATTLE, product_id: 'prod_1' }, { $set: { stock_level: 50 } });
    await company.settles([...devices]);
    expect(await item(1)).toMatchObject({ stock_level: 50 });
    await one.done('adjust', { product_id: 'prod_1', units: -5, reason: 'Sold by hand' });
    await company.settles([...devices]);
    await inventory.updateOne({ store_id: SEATTLE, product_id: 'prod_1' }, { $inc: { stock_level: -40 } });
    await company.settles([...devices]);
    expect(await item(1)).toMatchObject({ stock_level: 5 });
    for (const device of devices) await device.setOnline(false);
    for (const device of devices)
      await device.done('adjust', { product_id: 'prod_1', units: -4, reason: 'Sold by hand' });
    for (const device of devices) await device.setOnline(true);
    await company.settles([...devices]);
    expect(await item(1)).toMatchObject({ stock_level: -3 });
    const alert = await company.db.collection('alerts').findOne({ kind: 'oversold', state: 'open' });
    expect(alert).not.toBeNull();
    await end(...devices);
  });

  test('[GW47] 7. a deletion meets an offline edit: no husk, no zombie, and the edit is kept', async () => {
    const device = await atEveryGateway('deleting-tablet');
    await device.isOnline();
    await device.setOnline(false);
    await edit(device, 'customer_2', { first_name: 'Offline' });
    await edit(device, 'customer_3', { first_name: 'Offline' });
    await customers().deleteOne({ _id: 'customer_2' });
    await customers().updateOne({ _id: 'customer_3' }, { $set: { deleted: true } });
    // The stamp of what was written directly is there before the device is.
    await soon(async () =>
      expect(
        await company.db.collection<{ _id: string }>('sync_stamps').findOne({ _id: 'customers/customer_3' }),
      ).not.toBeNull(),
    );
    await device.setOnline(true);
    await company.settles([device]);
    expect(await customer('customer_2')).toBeNull();
    expect(await company.db.collection('sync_inbox').findOne({ document_id: 'customer_2' })).toMatchObject({
      reason: 'document_missing',
    });
    expect(await customer('customer_3')).toMatchObject({ deleted: true, first_name: 'Ada' });
    expect(
      await company.db.collection('sync_conflicts').findOne({ document_id: 'customer_3', path: 'first_name' }),
    ).toMatchObject({
      value: 'Offline',
      reason: 'document_deleted',
    });
    await customers().insertOne(aCustomer(2, { first_name: 'Anew' }) as never);
    await soon(async () =>
      expect((await device.view('customer?id=customer_2')).customer).toMatchObject({ first_name: 'Anew' }),
    );
    await end(device);
  });

  test('[GW47] 8, 9. when the history is gone, devices are compared: what changed, what was deleted, and their own work arrive', async () => {
    const away = await atEveryGateway('away-tablet');
    const present = await atEveryGateway('present-tablet');
    for (const device of [away, present]) await device.isOnline();
    await company.settles([away, present]);
    await away.setOnline(false);
    await away.done('adjust', { product_id: 'prod_2', units: 7, reason: 'found' });
    await edit(away, 'customer_4', { first_name: 'Offline' });
    await away.kill();
    await customers().deleteOne({ _id: 'customer_5' });
    await customers().updateOne({ _id: 'customer_6' }, { $set: { first_name: 'Changed' } });
    // A collection that is dropped ends the history: nobody can go on from an older position.
    await company.db.collection('alerts').drop();
    await customers().updateOne({ _id: 'customer_6' }, { $set: { last_name: 'Afterwards' } });
    await company.settles([present]);
    await away.startAgain();
    await away.isOnline();
    await company.settles([away, present]);
    expect(await item(2)).toMatchObject({ stock_level: 17 });
    expect(await customer('customer_4')).toMatchObject({ first_name: 'Offline' });
    await end(away, present);
  });

  test('[GW47] 12. what leaves a device’s scope while it is offline goes after its work was judged; the other store gets it', async () => {
    const here = await atEveryGateway('here-tablet');
    const there = await atEveryGateway('there-tablet', { store: TACOMA });
    for (const device of [here, there]) await device.isOnline();
    await here.setOnline(false);
    await edit(here, 'customer_1', { phone: '(206) 555-0177' });
    await edit(here, 'customer_6', { phone: '(206) 555-0178' });
    await here.done('adjust', { product_id: 'prod_3', units: 1, reason: 'found' });
    await customers().updateOne({ _id: 'customer_6' }, { $set: { primary_store_id: TACOMA } });
    // Its own wish: no customers any more, while work on them is pending.
    await here.call('PUT', '/api/scope', { without: ['customers'] });
    await here.setOnline(true);
    await company.settles([here, there]);
    expect(await customer('customer_1')).toMatchObject({ phone: '(206) 555-0177' });
    expect(await customer('customer_6')).not.toMatchObject({ phone: '(206) 555-0178' });
    expect(await company.db.collection('sync_inbox').findOne({ document_id: 'customer_6' })).toMatchObject({
      reason: 'outside_scope',
    });
    expect((await here.call('GET', '/api/checksums')).body['customers']?.documents ?? 0).toBe(0);
    expect((await there.view('customer?id=customer_6')).customer).toMatchObject({ primary_store_id: TACOMA });
    await end(here, there);
  });

  test('[GW47] 13. a device that is shut out keeps its work; what its user may no longer do is parked, the rest arrives', async () => {
    const device = await atEveryGateway('revoked-tablet');
    await device.isOnline();
    await device.setOnline(false);
    await edit(device, 'customer_1', { first_name: 'Pending' });
    await device.done('adjust', { product_id: 'prod_4', units: 2, reason: 'found' });
    const env = { MONGODB_CONNECTION_STRING: String(company.database.facts['uri']) };
    const token = (...words: string[]) =>
      runZava(['token', ...words, '--device', device.deviceId, '--data-dir', company.dataDir], {
        cwd: company.folder.path,
        env,
      });
    expect((await token('revoke')).code).toBe(0);
    await device.setOnline(true);
    await soon(async () => expect((await device.state()).phase).toBe('refused'));
    expect((await device.state()).pendingOperations).toBe(2);
    expect(await item(4)).toMatchObject({ stock_level: 10 });
    // Let in again, but as a worker, who has no customers.
    expect((await token('allow')).code).toBe(0);
    await device.startAgain({ role: 'worker' });
    await company.settles([device]);
    expect(await item(4)).toMatchObject({ stock_level: 12 });
    expect(await customer('customer_1')).not.toMatchObject({ first_name: 'Pending' });
    expect(await company.db.collection('sync_inbox').findOne({ device_id: device.deviceId })).toMatchObject({
      state: 'open',
      reason: 'collection_not_writable',
    });
    expect((await device.state()).rejectedOperations).toBe(1);
    // Granted again: the same once more, by the user's own hand.
    await device.startAgain({ role: 'store_manager' });
    await device.isOnline();
    const [rejected] = await device.view('rejected');
    const { status, body } = await device.call('POST', `/api/rejected/${rejected.sequence}/replay`);
    expect(status, JSON.stringify(body)).toBe(200);
    await soon(async () => expect(await customer('customer_1')).toMatchObject({ first_name: 'Pending' }));
    await end(device);
  });
});
