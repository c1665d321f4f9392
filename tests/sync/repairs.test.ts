import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { foldStock } from '../../src/domain/index.ts';
import { SEATTLE, type TestDevice } from '../../src/edge/retail/device.fixture.ts';
import { makeTestFolder } from '../support/database.ts';
import { closeAll, eventually, settled, startCompany } from './company.fixture.ts';

afterEach(closeAll);

const sell = async ({ retail }: TestDevice, quantity: number): Promise<void> => {
  const lines = [{ product_id: 'prod_1', quantity }];
  expect(await retail.perform('sell', { customer_id: 'customer_1', lines })).toMatchObject({ outcome: 'done' });
};

async function soldUnits({ db }: Awaited<ReturnType<typeof startCompany>>): Promise<number[]> {
  const movements = await db.collection('stock_movements').find({ kind: 'sale' }).toArray();
  const item = await db.collection('inventory').findOne({ store_id: SEATTLE, product_id: 'prod_1' });
  const opening = { movement_id: '0', kind: 'count' as const, quantity: 10, hlc: '' };
  expect(item?.['stock_level']).toBe(foldStock([opening, ...(movements as never[])]));
  return movements.map(({ quantity }) => Number(quantity)).sort();
}

describe('a device', () => {
  test('[ED28] that was put back to an old copy of its store: nothing that it did since is lost, nothing counts twice', async () => {
    await using folder = await makeTestFolder();
    const store = path.join(folder.path, 'store');
    const company = await startCompany();
    const first = await company.device('seattle-tablet-1', 'store_manager', { folder: store });
    await sell(first, 1);
    await settled(first);
    first.link.setOnline(false);
    // Unsettled in the copy, and sent by the device that goes on.
    await sell(first, 2);
    const epoch = first.storage.epoch;
    await first[Symbol.asyncDispose]();
    await cp(store, path.join(folder.path, 'copy'), { recursive: true });
    const second = await company.device('seattle-tablet-1', 'store_manager', { folder: store });
    await sell(second, 3);
    await settled(second);
    await second[Symbol.asyncDispose]();
    await rm(store, { recursive: true });
    await cp(path.join(folder.path, 'copy'), store, { recursive: true });
    const restored = await company.device('seattle-tablet-1', 'store_manager', { folder: store });
    restored.link.setOnline(false);
    await sell(restored, 1);
    await sell(restored, 2);
    restored.link.setOnline(true);
    await settled(restored);
    await eventually(() => expect(restored.storage.epoch).not.toBe(epoch));
    expect(await soldUnits(company)).toEqual([-1, -1, -2, -2, -3]);
    expect(await restored.retail.views.rejectedChanges()).toEqual([]);
    const inbox = await company.db.collection('sync_inbox').find().toArray();
    expect(inbox).toMatchObject([{ reason: 'payload_differs', state: 'replayed', settled_on: 'seattle-tablet-1' }]);
    await eventually(async () => expect((await restored.retail.views.product('prod_1'))?.here?.believedUnits).toBe(1));
  });

  test('[ED29] whose store lost what replication remembers sends its unsettled work under its old names, and is right again', async () => {
    await using folder = await makeTestFolder();
    const company = await startCompany();
    const first = await company.device('seattle-tablet-1', 'store_manager', { folder: folder.path });
    await sell(first, 1);
    await settled(first);
    first.link.setOnline(false);
    await sell(first, 2);
    await sell(first, 3);
    const { epoch } = first.storage;
    await first.store.execute('EVICT FROM zava_sync');
    await first.store.execute('EVICT FROM zava_shadows');
    await first[Symbol.asyncDispose]();
    const again = await company.device('seattle-tablet-1', 'store_manager', { folder: folder.path });
    expect(again.storage.epoch).toBe(epoch);
    await settled(again);
    expect(await soldUnits(company)).toEqual([-1, -2, -3]);
    await sell(again, 1);
    await settled(again);
    expect(await soldUnits(company)).toEqual([-1, -1, -2, -3]);
    await eventually(async () => expect((await again.retail.views.product('prod_1'))?.here?.believedUnits).toBe(3));
  });
});
