import { describe, expect, test, vi } from 'vitest';
import { emptyBatch } from '../replica.ts';
import { aCustomer, anItem, aProduct, aShop, SEATTLE, TACOMA, TestDevice } from '../retail/device.fixture.ts';
import { CatalogueSearch } from './catalogue-search.ts';

const oneLine = (number: number, quantity: number) => [{ product_id: `prod_${number}`, quantity }];

describe('what a device shows', () => {
  test('[ED16] a product with its place, what is believed here, and what the other stores have', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    await retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(1, 4) });
    await retail.perform('order_from_warehouse', { lines: { prod_1: 20 } });
    const view = await retail.views.product('prod_1');
    expect(view).toMatchObject({
      product: { product_name: 'Product 1' },
      here: {
        location: { aisle: 'A7', shelf: '3', bin: '2' },
        believedUnits: 6,
        syncedUnits: 10,
        unitsOnOrder: 20,
        reorder_threshold: 5,
      },
      elsewhere: [{ store_id: TACOMA, store_name: 'Zava Retail tacoma', stock_level: 8 }],
    });
    expect(await retail.views.productOfSku(' SKU-1 ')).toEqual(view);
    expect(await retail.views.product('prod_9')).toBeUndefined();
  });

  test('[ED16] of other stores the units alone are enough, as the rules of a worker send them', async () => {
    const { _id, inventory_id, store_id, product_id, stock_level, deleted } = anItem(TACOMA, 1, 8) as never;
    const seen = { _id, inventory_id, store_id, product_id, stock_level, deleted };
    const documents = { ...aShop, inventory: [anItem(SEATTLE, 1, 10), seen] };
    await using device = await TestDevice.open({ role: 'worker', documents });
    expect((await device.retail.views.product('prod_1'))?.elsewhere).toMatchObject([{ stock_level: 8 }]);
  });

  test('[ED17] low stock is what is believed against each threshold, the emptiest first', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    expect((await retail.views.lowStock()).map(({ product_id }) => product_id)).toEqual(['prod_2']);
    await retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(1, 5) });
    await retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(3, 40) });
    await retail.perform('order_from_warehouse', { lines: { prod_3: 60 } });
    await device.sync({
      stock_transfers: [
        {
          _id: 't1',
          transfer_id: 't1',
          from_store_id: TACOMA,
          to_store_id: SEATTLE,
          lines: { prod_2: 7 },
          status: 'in_transit',
          deleted: false,
        },
      ],
    });
    const rows = await retail.views.lowStock();
    expect(rows).toMatchObject([
      { product_id: 'prod_3', believedUnits: 0, unitsOnOrder: 60, unitsInTransit: 0, reorder_quantity: 20 },
      { product_id: 'prod_2', believedUnits: 3, unitsInTransit: 7, location: { aisle: 'A7' } },
      { product_id: 'prod_1', believedUnits: 5, sku: 'SKU-1' },
    ]);
    expect(await retail.views.openTransfers()).toMatchObject({ leaving: [], coming: [{ transfer_id: 't1' }] });
    expect(await retail.views.openReplenishments()).toMatchObject([{ lines: { prod_3: { ordered: 60 } } }]);
  });

  test('[ED18] a customer with the orders, the newest first, and an order with what came back of each line', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const ids: string[] = [];
    for (const quantity of [1, 2]) {
      const sold = await retail.perform('sell', { customer_id: 'customer_1', lines: oneLine(1, quantity) });
      if (sold.outcome !== 'done') throw new Error(sold.outcome);
      ids.push(sold.facts.order_id);
      device.nowMs += 3_600_000;
    }
    const [first, second] = ids as [string, string];
    await retail.perform('return', { order_id: second, lines: oneLine(1, 1), reason: 'Too many' });
    const view = await retail.views.customer('customer_1');
    expect(view?.orders.map(({ order_id }) => order_id)).toEqual([second, first]);
    // 21.89 for one; 39.98 and 3.80 of tax for two.
    expect(view?.spent).toBe(65.67);
    expect(await retail.views.order(second)).toMatchObject({ items: [{ quantity: 2, returnedUnits: 1 }] });
    expect((await retail.views.recentOrders(1)).map(({ order_id }) => order_id)).toEqual([second]);
    expect(await retail.views.customer('customer_9')).toBeUndefined();
  });

  test('[ED18] customers are found by e-mail address and by the beginning of the last name', async () => {
    const customers = [aCustomer(1), aCustomer(2, { last_name: 'Byrne' }), aCustomer(3, { last_name: 'Lovelace' })];
    await using device = await TestDevice.open({ documents: { ...aShop, customers } });
    const { views } = device.retail;
    expect((await views.findCustomers('byr')).map(({ last_name }) => last_name)).toEqual(['Byrne', 'Byron']);
    expect((await views.findCustomers('ADA3@example.com')).map(({ last_name }) => last_name)).toEqual(['Lovelace']);
    expect(await views.findCustomers(' ')).toEqual([]);
  });

  test('[ED19] own work that headquarters does not have, and work that it refused, with age and reason', async () => {
    await using device = await TestDevice.open();
    const { retail, storage } = device;
    await retail.perform('adjust', { product_id: 'prod_1', units: -1, reason: 'Broken' });
    device.nowMs += 60_000;
    await retail.perform('move', { product_id: 'prod_1', location: { bin: '9' } });
    const [adjusted, moved] = (await storage.load()).outbox;
    if (adjusted === undefined || moved === undefined) throw new Error('Two operations were performed.');
    await storage.store({
      ...emptyBatch(),
      outbox: { put: [{ ...moved, appliedTime: '00000000000000ff' }], remove: [adjusted.operation.sequence] },
      rejected: [{ operation: adjusted.operation, reason: 'outside_scope', message: 'Not your store.', inboxId: 'i1' }],
    });
    expect(await retail.views.pendingChanges()).toMatchObject([
      { action: 'move', state: 'sent', ageMs: 0, documents: [expect.stringContaining('inventory/')] },
    ]);
    expect(await retail.views.rejectedChanges()).toMatchObject([
      { action: 'adjust', ageMs: 60_000, reason: 'outside_scope', message: 'Not your store.', inboxId: 'i1' },
    ]);
  });
});

describe('live queries', () => {
  test('[ED20] the catalogue search follows the store', async () => {
    await using device = await TestDevice.open();
    const faults: Error[] = [];
    const catalogue = await CatalogueSearch.open(device.store, (error) => faults.push(error));
    expect(catalogue.size).toBe(3);
    await device.sync({ products: [aProduct(4, { product_name: 'Cordless Hammer Drill' })] });
    await vi.waitFor(() => expect(catalogue.search('hamer dril')[0]?.product.product_id).toBe('prod_4'), 10_000);
    await device.sync({ products: [aProduct(4, { product_name: 'Cordless Hammer Drill', deleted: true })] });
    await vi.waitFor(() => expect(catalogue.search('hammer drill')).toEqual([]), 10_000);
    catalogue.close();
    expect(faults).toEqual([]);
  });
});
