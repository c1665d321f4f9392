import { afterEach, describe, expect, test } from 'vitest';
import { anItem, SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { readSyncStatus, triggerSync } from '../../src/gateway/index.ts';
import { closeAll, eventually, settled, startCompany } from './company.fixture.ts';

afterEach(closeAll);

describe('headquarters', () => {
  test('[GW55] [GW56] sees devices at every gateway, and has them compared: what a device held wrongly is put right and told', async () => {
    const { db, device, gateway, startGateway } = await startCompany();
    const second = await startGateway();
    const right = await device('seattle-tablet-1');
    const wrong = await device('seattle-tablet-2', 'store_manager', { at: second });
    const gone = await device('seattle-tablet-3');
    await gone.link.close();
    await eventually(async () =>
      expect((await readSyncStatus(db)).devices).toMatchObject([
        { deviceId: 'seattle-tablet-1', state: 'up_to_date', gatewayId: gateway.gateway.gatewayId, lagMs: 0 },
        { deviceId: 'seattle-tablet-2', state: 'up_to_date', gatewayId: second.gateway.gatewayId, hasAgreed: null },
        { deviceId: 'seattle-tablet-3', state: 'offline', gatewayId: null, lastSeenAt: expect.any(Date) },
      ]),
    );
    expect((await readSyncStatus(db)).gateways).toMatchObject([
      { isAlive: true, stream: 'following' },
      { isAlive: true, stream: 'following' },
    ]);
    expect((await readSyncStatus(db)).directWrites).toMatchObject({
      leader: gateway.gateway.gatewayId,
      isAlive: true,
      isolatedWrites: 0,
      historyLostAt: null,
    });
    await wrong.sync({ inventory: [anItem(SEATTLE, 1, 999), anItem(SEATTLE, 77, 1)] });
    const seen: string[] = [];
    const outcomes = await triggerSync(db, {
      requestedBy: 'grace',
      waitMs: 30_000,
      signal: new AbortController().signal,
      onProgress: ({ done, total }) => seen.push(`${done}/${total}`),
    });
    expect(outcomes).toMatchObject([
      { deviceId: 'seattle-tablet-1', state: 'agreed', repairedDocuments: 0 },
      { deviceId: 'seattle-tablet-2', state: 'repaired', repairedDocuments: 2 },
      { deviceId: 'seattle-tablet-3', state: 'offline' },
    ]);
    expect(seen.at(-1)).toBe('2/2');
    expect(await wrong.retail.reader.inventoryItem(SEATTLE, 'prod_1')).toMatchObject({ stock_level: 10 });
    expect(await wrong.retail.reader.inventoryItem(SEATTLE, 'prod_77')).toBeUndefined();
    await eventually(async () =>
      expect((await readSyncStatus(db, { deviceId: 'seattle-tablet-2' })).devices).toMatchObject([
        { verifiedAt: expect.any(Date), repairedDocuments: 2, repairedCollections: 1 },
      ]),
    );
    expect(
      await triggerSync(db, {
        deviceId: 'seattle-tablet-1',
        requestedBy: 'grace',
        waitMs: 30_000,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      }),
    ).toMatchObject([{ deviceId: 'seattle-tablet-1', state: 'agreed' }]);
    await right.link.close();
  });

  test('[GW55] [GW72] sees what waits and what was refused, and takes the devices of a gateway that died for disconnected', async () => {
    const { db, device } = await startCompany();
    const tablet = await device('seattle-tablet-1');
    tablet.link.setOnline(false);
    await tablet.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } });
    await db.collection('inventory').deleteOne({ store_id: SEATTLE, product_id: 'prod_1' });
    tablet.link.setOnline(true);
    await settled(tablet);
    await eventually(async () =>
      expect((await readSyncStatus(db)).devices).toMatchObject([{ parkedOperations: 1, pendingOperations: 0 }]),
    );
    await db
      .collection<{ _id: string }>('stock_movements')
      .insertOne({ _id: 'stray', inventory_id: 'nowhere' } as never);
    await eventually(async () =>
      expect((await readSyncStatus(db)).directWrites).toMatchObject({
        isolatedWrites: 1,
        isolated: [{ collection: 'stock_movements', documentId: 'stray', message: expect.any(String) }],
      }),
    );
    const gateways = db.collection<{ _id: string }>('sync_gateways');
    await eventually(async () => expect(await gateways.countDocuments()).toBe(1));
    const alive = await gateways.findOne({});
    // One that was killed leaves its record, and its devices', as they were.
    await db
      .collection<{ _id: string }>('sync_devices')
      .updateOne({ _id: 'seattle-tablet-1' }, { $set: { gateway_id: 'killed' } });
    await gateways.insertOne({ ...alive, _id: 'killed', at: new Date(Date.now() - 60_000) } as never);
    expect(await readSyncStatus(db)).toMatchObject({
      gateways: expect.arrayContaining([expect.objectContaining({ gatewayId: 'killed', isAlive: false })]),
      devices: [{ state: 'offline' }],
    });
  });

  test('[GW55] [GW57] a device without news costs nothing; one that ends is told once', async () => {
    const { db, device, gateway } = await startCompany();
    const tablet = await device('seattle-tablet-1');
    const devices = db.collection<{ _id: string; last_seen: Date }>('sync_devices');
    await eventually(async () => expect(await devices.findOne({ is_up_to_date: true })).not.toBeNull());
    const before = await devices.findOne({});
    const heartbeats = new Set<string>();
    await eventually(async () => {
      const [one] = await db.collection('sync_gateways').find().toArray();
      heartbeats.add(String(one?.['at']));
      expect(heartbeats.size).toBeGreaterThan(2);
    });
    expect((await devices.findOne({}))?.last_seen).toEqual(before?.last_seen);
    await tablet.link.close();
    await eventually(async () => expect(await devices.findOne({})).toMatchObject({ gateway_id: null }));
    await gateway.close();
    expect(await db.collection('sync_gateways').countDocuments()).toBe(0);
  });
});
