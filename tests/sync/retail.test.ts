import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { enableChangeStreams } from '../../src/database/index.ts';
import { foldStock, type Principal, type StoreId } from '../../src/domain/index.ts';
import { defaultScope } from '../../src/edge/index.ts';
import { aShop, permissions, SEATTLE, TACOMA, TestDevice } from '../../src/edge/retail/device.fixture.ts';
import { listen, signToken } from '../../src/gateway/index.ts';
import { openTestDatabase } from '../support/database.ts';

const signingKey = new Uint8Array(32).fill(7);
const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A shop in MongoDB with a gateway, and what it takes to start a device. */
async function startCompany() {
  const database = await openTestDatabase();
  open.push(database);
  const { client, db } = database;
  for (const [collection, documents] of Object.entries(aShop)) {
    await db.collection<{ _id: string }>(collection).insertMany(documents as never);
  }
  await enableChangeStreams(db);
  const gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port: 0 });
  open.push({ [Symbol.asyncDispose]: () => gateway.close() });
  return {
    db,
    async device(storeId: StoreId, deviceId: string, role: Principal['role'] = 'store_manager'): Promise<TestDevice> {
      const principal: Principal = { role, userId: 'user-1', stores: [storeId] };
      const token = await signToken(signingKey, { principal, deviceId });
      const device = await TestDevice.open({
        role,
        storeId,
        deviceId,
        documents: {},
        wallClockMs: Date.now,
        network: {
          subscriptions: defaultScope({ permissions, principal, storeId, wallClockMs: Date.now() }),
          gatewayUris: [gateway.uri],
          token: () => token,
          openSocket: (uri) => new WebSocket(uri) as never,
        },
      });
      open.push(device);
      await eventually(() => expect(device.link.state.phase).toBe('online'));
      return device;
    },
  };
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const settled = (device: TestDevice) =>
  eventually(async () => {
    const pending = await device.retail.views.pendingChanges();
    expect(
      pending.map(({ action, state }) => `${action} ${state}`),
      JSON.stringify(device.link.state),
    ).toEqual([]);
  });
const oneLine = (quantity: number) => [{ product_id: 'prod_1', quantity }];

const believed = async ({ retail }: TestDevice): Promise<number | undefined> =>
  (await retail.views.product('prod_1'))?.here?.believedUnits;

describe('retail on real devices', () => {
  test('[ED23] [ED25] what a device does arrives whole, and its stock never jumps on the way', async () => {
    const { db, device } = await startCompany();
    const seattle = await device(SEATTLE, 'seattle-tablet-1');
    const tacoma = await device(TACOMA, 'tacoma-tablet-1', 'worker');
    const sold = await seattle.retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(4) });
    expect(sold.outcome).toBe('done');
    const seen = new Set<number | undefined>();
    let isSettled = false;
    for (const deadlineMs = Date.now() + 20_000; !isSettled && Date.now() < deadlineMs; ) {
      seen.add(await believed(seattle));
      isSettled = (await seattle.retail.views.pendingChanges()).length === 0;
    }
    seen.add(await believed(seattle));
    expect(isSettled).toBe(true);
    expect([...seen]).toEqual([6]);
    expect(await db.collection('inventory').findOne({ store_id: SEATTLE, product_id: 'prod_1' })).toMatchObject({
      stock_level: 6,
    });
    expect(await db.collection('orders').countDocuments({ total: 87.56 })).toBe(1);
    await eventually(async () =>
      expect((await tacoma.retail.views.product('prod_1'))?.elsewhere).toMatchObject([{ stock_level: 6 }]),
    );
  });

  test('[ED23] every operation that a device calls done is applied at headquarters, after hours offline too', async () => {
    const { db, device } = await startCompany();
    const seattle = await device(SEATTLE, 'seattle-tablet-1');
    const tacoma = await device(TACOMA, 'tacoma-tablet-1', 'worker');
    const { retail } = seattle;
    const done = <Outcome extends { outcome: string }>(outcome: Outcome): Extract<Outcome, { outcome: 'done' }> => {
      expect(outcome).toMatchObject({ outcome: 'done' });
      return outcome as Extract<Outcome, { outcome: 'done' }>;
    };
    seattle.link.setOnline(false);
    const grace = { first_name: 'Grace', last_name: 'Hopper', email: 'grace@example.com', phone: '2065550101' };
    const { customer_id } = done(await retail.perform('create_customer', grace)).facts;
    done(await retail.perform('edit_customer', { customer_id, last_name: 'Murray' }));
    const sale = done(await retail.perform('sell', { customer_id, lines: oneLine(3) }));
    done(await retail.perform('return', { order_id: sale.facts.order_id, lines: oneLine(3), reason: 'Wrong size' }));
    done(await retail.perform('adjust', { product_id: 'prod_1', units: -1, reason: 'Broken' }));
    done(await retail.perform('count', { lines: [{ product_id: 'prod_1', units: 12 }] }));
    done(await retail.perform('sell', { customer_id, lines: oneLine(2) }));
    done(await retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } }));
    const ordered = done(await retail.perform('order_from_warehouse', { lines: { prod_1: 20 } }));
    const { replenishment_id } = ordered.facts;
    done(await retail.perform('receive', { replenishment_id, lines: oneLine(5) }));
    const asked = done(await retail.perform('request_transfer', { from_store_id: TACOMA, lines: { prod_1: 5 } }));
    const { transfer_id } = asked.facts;
    expect(await believed(seattle)).toBe(15);
    // Meanwhile the other store sells, and headquarters' ledger goes on.
    done(await tacoma.retail.perform('adjust', { product_id: 'prod_1', units: -2, reason: 'Broken' }));
    seattle.link.setOnline(true);
    await settled(seattle);
    await eventually(async () => expect(await tacoma.retail.reader.transfer(transfer_id)).toBeDefined());
    done(await tacoma.retail.perform('send_transfer', { transfer_id, lines: { prod_1: 4 } }));
    await eventually(async () =>
      expect(await retail.reader.transfer(transfer_id)).toMatchObject({ status: 'in_transit', lines: { prod_1: 4 } }),
    );
    done(await retail.perform('receive_transfer', { transfer_id }));
    done(await retail.perform('receive', { replenishment_id, lines: oneLine(15) }));
    await settled(seattle);
    await settled(tacoma);

    expect(await retail.views.rejectedChanges()).toEqual([]);
    expect(await tacoma.retail.views.rejectedChanges()).toEqual([]);
    const item = await db.collection('inventory').findOne({ store_id: SEATTLE, product_id: 'prod_1' });
    expect(item).toMatchObject({ stock_level: 34, location: { aisle: 'C1', shelf: '3' } });
    expect(await believed(seattle)).toBe(34);
    const opening = { movement_id: '0', kind: 'count' as const, quantity: 10, hlc: '' };
    const movements = await db.collection('stock_movements').find({ store_id: SEATTLE }).toArray();
    expect(foldStock([opening, ...(movements as never[])])).toBe(34);
    expect(await db.collection('customers').findOne({ customer_id })).toMatchObject({ last_name: 'Murray' });
    expect(await db.collection('replenishment_orders').findOne({ replenishment_id })).toMatchObject({
      status: 'received',
      lines: { prod_1: { ordered: 20, received: 20 } },
    });
  });

  test('[ED24] two stores-worth of optimism: both offline sales of the last pieces count, and the alert is taken on', async () => {
    const { db, device } = await startCompany();
    const devices = [await device(SEATTLE, 'seattle-tablet-1'), await device(SEATTLE, 'seattle-tablet-2')];
    for (const one of devices) one.link.setOnline(false);
    for (const { retail } of devices) {
      expect(await retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(7) })).toMatchObject({
        outcome: 'done',
        facts: { isOversold: false },
      });
    }
    for (const one of devices) one.link.setOnline(true);
    for (const one of devices) await settled(one);
    for (const one of devices) await eventually(async () => expect(await believed(one)).toBe(-4));
    const [{ retail }] = devices as [TestDevice, TestDevice];
    await eventually(async () =>
      expect((await retail.views.openAlerts()).map(({ kind }) => kind)).toContain('oversold'),
    );
    const alert = (await retail.views.openAlerts()).find(({ kind }) => kind === 'oversold');
    expect(alert?.facts).toMatchObject({ units_short: 4 });
    const alert_id = String(alert?.alert_id);
    expect(await retail.perform('acknowledge_alert', { alert_id })).toMatchObject({ outcome: 'done' });
    await settled(devices[0] as TestDevice);
    expect(await db.collection('alerts').findOne({ alert_id })).toMatchObject({ state: 'acknowledged' });
  });

  test('[ED24] a transfer that two devices send at once leaves the store once', async () => {
    const { db, device } = await startCompany();
    const seattle = await device(SEATTLE, 'seattle-tablet-1');
    const asked = await seattle.retail.perform('request_transfer', { from_store_id: TACOMA, lines: { prod_1: 5 } });
    if (asked.outcome !== 'done') throw new Error(asked.outcome);
    const { transfer_id } = asked.facts;
    await settled(seattle);
    const devices = [
      await device(TACOMA, 'tacoma-tablet-1', 'worker'),
      await device(TACOMA, 'tacoma-tablet-2', 'worker'),
    ];
    for (const one of devices) one.link.setOnline(false);
    for (const { retail } of devices) {
      expect(await retail.perform('send_transfer', { transfer_id })).toMatchObject({ outcome: 'done' });
    }
    for (const one of devices) {
      one.link.setOnline(true);
      await settled(one);
    }
    const [first, second] = await Promise.all(devices.map(({ retail }) => retail.views.rejectedChanges()));
    expect(first).toEqual([]);
    expect(second).toMatchObject([{ action: 'send_transfer', message: expect.stringContaining('stock_movements/') }]);
    for (const one of devices) await eventually(async () => expect(await believed(one)).toBe(3));
    expect(await db.collection('inventory').findOne({ store_id: TACOMA, product_id: 'prod_1' })).toMatchObject({
      stock_level: 3,
    });
  });

  test('[ED24] what headquarters refuses although the device could not know is undone and told', async () => {
    const { db, device } = await startCompany();
    const seattle = await device(SEATTLE, 'seattle-tablet-1');
    seattle.link.setOnline(false);
    const moved = await seattle.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } });
    expect(moved.outcome).toBe('done');
    await db.collection('inventory').deleteOne({ store_id: SEATTLE, product_id: 'prod_1' });
    seattle.link.setOnline(true);
    await settled(seattle);
    expect(await seattle.retail.views.rejectedChanges()).toMatchObject([
      { action: 'move', reason: 'document_missing', documents: [expect.stringMatching(/^inventory\//)] },
    ]);
    await eventually(async () => expect(await seattle.retail.reader.inventoryItem(SEATTLE, 'prod_1')).toBeUndefined());
  });
});
