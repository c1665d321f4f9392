import { describe, expect, test } from 'vitest';
import { anItem, aProduct, aShop, aStore, SEATTLE, TACOMA, TestDevice } from '../retail/device.fixture.ts';

const place = (aisle: string, shelf: string, bin: string) => ({ location: { aisle, shelf, bin } });

describe('what a worker walks by', () => {
  test('[ED32] the floor is the aisles of the store, each with what lies there, what is low and what was counted', async () => {
    const floor_plan = {
      shelves_per_aisle: 8,
      bins_per_shelf: 6,
      aisles: { A10: 'Paint', A2: 'Hand Tools', B1: 'Storage' },
    };
    const documents = {
      ...aShop,
      stores: [aStore(SEATTLE, { floor_plan }), aStore(TACOMA)],
      inventory: [
        anItem(SEATTLE, 1, 10, place('A2', '1', '10')),
        anItem(SEATTLE, 2, 3, place('A2', '1', '2')),
        anItem(SEATTLE, 3, 40, place('C9', '12', '1')),
      ],
    };
    await using device = await TestDevice.open({ role: 'worker', documents });
    const { views } = device.retail;
    expect(await views.floor()).toMatchObject({
      shelvesPerAisle: 12,
      binsPerShelf: 10,
      aisles: [
        { aisle: 'A2', holds: 'Hand Tools', items: 2, lowItems: 1, oldestCount: '2026-01-05T09:00:00Z' },
        { aisle: 'A10', holds: 'Paint', items: 0, lowItems: 0, oldestCount: null },
        { aisle: 'B1' },
        { aisle: 'C9', holds: '', items: 1 },
      ],
    });
    await device.retail.perform('count', { lines: [{ product_id: 'prod_2', units: 9 }] });
    expect(await views.aisle('A2')).toMatchObject([
      { product_id: 'prod_2', believedUnits: 9, last_counted: '2026-11-22T12:00:00Z' },
      { product_id: 'prod_1', believedUnits: 10, last_counted: '2026-01-05T09:00:00Z' },
    ]);
    expect((await views.floor())?.aisles[0]).toMatchObject({ lowItems: 0 });
  });

  test('[ED32] an item has its history, the newest first, and what headquarters has not taken in is marked', async () => {
    await using device = await TestDevice.open({ role: 'worker' });
    const { retail } = device;
    await retail.perform('count', { lines: [{ product_id: 'prod_1', units: 7 }] });
    device.nowMs += 60_000;
    await retail.perform('adjust', { product_id: 'prod_1', units: -1, reason: 'Broken' });
    expect(await retail.views.history('prod_1')).toMatchObject([
      { kind: 'adjustment', quantity: -1, reason: 'Broken', user_id: 'user-1', isFolded: false },
      { kind: 'count', quantity: 7 },
    ]);
    expect(await retail.views.history('prod_1', 1)).toHaveLength(1);
    expect(await retail.views.history('prod_99')).toBeUndefined();
  });

  test('[ED32] shipments and transfers come with names and places, as one walks, and with what has come of them', async () => {
    const documents = { ...aShop, products: [aProduct(1), aProduct(2, { product_name: 'Level' }), aProduct(3)] };
    await using device = await TestDevice.open({ role: 'worker', documents });
    const { retail } = device;
    const placed = await retail.perform('order_from_warehouse', { lines: { prod_2: 10 } });
    if (placed.outcome !== 'done') throw new Error(placed.outcome);
    const { replenishment_id } = placed.facts;
    await retail.perform('receive', { replenishment_id, lines: [{ product_id: 'prod_2', quantity: 4 }] });
    const asked = await retail.perform('request_transfer', { from_store_id: TACOMA, lines: { prod_1: 5 } });
    if (asked.outcome !== 'done') throw new Error(asked.outcome);
    const shipment = {
      status: 'partly_received',
      lines: [{ product_name: 'Level', location: { aisle: 'A7' }, orderedUnits: 10, receivedUnits: 4 }],
    };
    const transfer = {
      direction: 'coming',
      from_store_name: 'Zava Retail tacoma',
      lines: [{ units: 5, believedUnits: 10 }],
    };
    expect(await retail.views.stockWork()).toMatchObject({ shipments: [shipment], transfers: [transfer] });
    expect(await retail.views.shipment(replenishment_id)).toMatchObject(shipment);
    expect(await retail.views.transfer(asked.facts.transfer_id)).toMatchObject(transfer);
    expect(await retail.views.transfer('nowhere')).toBeUndefined();
  });
});

test('[ED19] work that is not settled says in names what it is about', async () => {
  await using device = await TestDevice.open();
  const { retail } = device;
  await retail.perform('move', { product_id: 'prod_1', location: { bin: '9' } });
  await retail.perform('order_from_warehouse', { lines: { prod_2: 5, prod_3: 5 } });
  await retail.perform('edit_customer', { customer_id: 'customer_1', first_name: 'Grace' });
  expect((await retail.views.pendingChanges()).map(({ about }) => about)).toEqual([
    ['Product 1'],
    ['Product 2', 'Product 3'],
    ['Grace Byron'],
  ]);
});
