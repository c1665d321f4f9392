import { describe, expect, test } from 'vitest';
import { aShop, TestDevice } from './device.fixture.ts';

const sold = async ({ retail }: TestDevice, status: 'completed' | 'pending' = 'completed') => {
  const sale = await retail.perform('sell', {
    customer_id: 'customer_1',
    lines: [
      { product_id: 'prod_1', quantity: 3, discount_percent: 5 },
      { product_id: 'prod_2', quantity: 1 },
    ],
    status,
  });
  if (sale.outcome !== 'done') throw new Error(JSON.stringify(sale));
  return sale.facts;
};

describe('the life of an order', () => {
  test('[ED35] a cancelled order gives its units back and its whole total, once', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const { order_id, total } = await sold(device, 'pending');
    expect(await retail.views.unitsHere()).toMatchObject({ prod_1: 7, prod_2: 2 });
    const input = { order_id, reason: 'Ordered twice' };
    expect(await retail.perform('cancel_order', input)).toMatchObject({ outcome: 'done', facts: { refund: total } });
    expect(await retail.views.unitsHere()).toMatchObject({ prod_1: 10, prod_2: 3 });
    expect(await retail.perform('cancel_order', input)).toMatchObject({ outcome: 'not_open', status: 'cancelled' });
    const back = await retail.perform('return', {
      order_id,
      lines: [{ product_id: 'prod_1', quantity: 1 }],
      reason: 'x',
    });
    expect(back).toMatchObject({ outcome: 'order_cancelled' });
    expect(await retail.views.unitsHere()).toMatchObject({ prod_1: 10, prod_2: 3 });
    expect(await retail.views.order(order_id)).toMatchObject({ order: { status: 'cancelled' }, refunded: total });
  });

  test('[ED35] two devices that cancel the same order make the same movements, so the units come back once', async () => {
    await using device = await TestDevice.open();
    const { order_id } = await sold(device);
    const documents = {
      ...aShop,
      orders: (await device.documents('orders')) as never,
      order_items: (await device.documents('order_items')) as never,
    };
    await using other = await TestDevice.open({ deviceId: 'seattle-tablet-2', documents });
    const movementsOf = async (one: TestDevice) => {
      expect(await one.retail.perform('cancel_order', { order_id, reason: 'Again' })).toMatchObject({
        outcome: 'done',
      });
      const movements = await one.documents('stock_movements');
      return movements
        .filter(({ kind }) => kind === 'return')
        .map(({ movement_id }) => movement_id)
        .sort();
    };
    expect(await movementsOf(device)).toEqual(await movementsOf(other));
  });

  test('[ED35] an order of which something came back is not cancelled: the rest is returned', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const { order_id } = await sold(device);
    await retail.perform('return', { order_id, lines: [{ product_id: 'prod_1', quantity: 1 }], reason: 'Broken' });
    const cancelled = await retail.perform('cancel_order', { order_id, reason: 'All of it' });
    expect(cancelled).toMatchObject({ outcome: 'already_returned' });
    expect(await retail.views.unitsHere()).toMatchObject({ prod_1: 8, prod_2: 2 });
  });

  test('[ED35] a waiting order is handed over once; its units left when it was sold', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const { order_id } = await sold(device, 'pending');
    expect(await retail.perform('complete_order', { order_id })).toMatchObject({ outcome: 'done' });
    expect(await retail.views.order(order_id)).toMatchObject({ order: { status: 'completed' } });
    expect(await retail.perform('complete_order', { order_id })).toMatchObject({ outcome: 'not_open' });
    expect(await retail.perform('complete_order', { order_id: 'order_9' })).toMatchObject({ outcome: 'unknown_order' });
    expect(await retail.views.unitsHere()).toMatchObject({ prod_1: 7, prod_2: 2 });
  });
});
