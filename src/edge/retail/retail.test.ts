import { describe, expect, test } from 'vitest';
import { collections, foldStock } from '../../domain/index.ts';
import { believedUnits } from '../reads/believed-stock.ts';
import { aCustomer, anItem, aShop, inventoryIdOf, SEATTLE, TACOMA, TestDevice } from './device.fixture.ts';

async function stockOf({ retail }: TestDevice, number: number, storeId: string = SEATTLE): Promise<number | undefined> {
  const item = await retail.reader.inventoryItem(storeId, `prod_${number}`);
  if (item === undefined) return undefined;
  return (await believedUnits(retail.reader, storeId, [item])).get(item.product_id);
}

const lines = (...pairs: [number, number][]) =>
  pairs.map(([number, quantity]) => ({ product_id: `prod_${number}`, quantity }));

describe('selling', () => {
  test('[ED5] a sale is an order, its items and one movement per line, all valid, with the totals of the data set', async () => {
    await using device = await TestDevice.open();
    const sold = await device.retail.perform('sell', {
      customer_id: 'customer_1',
      lines: [
        { product_id: 'prod_1', quantity: 2, discount_percent: 15 },
        { product_id: 'prod_3', quantity: 3 },
      ],
    });
    if (sold.outcome !== 'done') throw new Error(JSON.stringify(sold));
    // 2 × 19.99 − 6.00 = 33.98; 3 × 0.99 = 2.97; tax 9.5 % of 36.95 = 3.51.
    expect(sold.facts).toMatchObject({ subtotal: 36.95, tax: 3.51, total: 40.46, isOversold: false });
    const [order] = await device.documents('orders');
    expect(order).toMatchObject({
      customer_name: 'Ada Byron',
      item_count: 2,
      discount_total: 6,
      status: 'completed',
      order_date: '2026-11-22T12:00:00Z',
    });
    for (const name of ['orders', 'order_items', 'stock_movements'] as const) {
      for (const document of await device.documents(name)) collections[name].schema.parse(document);
    }
    expect((await device.documents('order_items')).map(({ line_total }) => line_total).sort()).toEqual([2.97, 33.98]);
    expect((await device.documents('stock_movements')).map(({ quantity }) => quantity).sort()).toEqual([-2, -3]);
    expect(await stockOf(device, 1)).toBe(8);
    expect((await device.storage.load()).outbox.map(({ operation }) => operation.action)).toEqual(['sell']);
  });

  test('[ED6] more than the device believes is there is refused with the figures and other stores, and nothing is stored', async () => {
    await using device = await TestDevice.open();
    const input = { customer_id: 'customer_1', lines: lines([2, 2], [2, 2]) };
    expect(await device.retail.perform('sell', input)).toMatchObject({
      outcome: 'short',
      operation: null,
      lines: [
        {
          product_id: 'prod_2',
          wantedUnits: 4,
          believedUnits: 3,
          missingUnits: 1,
          elsewhere: [{ store_id: TACOMA, stock_level: 30 }],
        },
      ],
    });
    expect(await device.documents('orders')).toEqual([]);
    expect((await device.storage.load()).outbox).toEqual([]);
    const anyway = await device.retail.perform('sell', { ...input, override: { reason: 'Found one in the back' } });
    expect(anyway).toMatchObject({ outcome: 'done', facts: { isOversold: true } });
    expect((await device.documents('stock_movements'))[0]).toMatchObject({ reason: 'Found one in the back' });
    expect(await stockOf(device, 2)).toBe(-1);
  });

  test('[ED6] two sales that are asked for at once see each other', async () => {
    await using device = await TestDevice.open();
    const input = { customer_id: 'customer_1', lines: lines([2, 2]) };
    const both = await Promise.all([device.retail.perform('sell', input), device.retail.perform('sell', input)]);
    expect(both.map(({ outcome }) => outcome)).toEqual(['done', 'short']);
    expect(await stockOf(device, 2)).toBe(1);
  });

  test('[ED7] what business expects is an outcome, and input that cannot be read says where', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    expect(await retail.perform('sell', { customer_id: 'customer_9', lines: lines([1, 1]) })).toMatchObject({
      outcome: 'unknown_customer',
    });
    expect(await retail.perform('sell', { customer_id: 'customer_1', lines: lines([9, 1]) })).toMatchObject({
      outcome: 'unknown_product',
      isInCatalogue: false,
    });
    expect(
      await retail.performUnknown('sell', { customer_id: 'customer_1', lines: [{ product_id: 'prod_1' }] }),
    ).toEqual({
      outcome: 'invalid_input',
      operation: null,
      issues: [{ path: 'lines.0.quantity', message: expect.stringContaining('expected number') }],
    });
    expect(await device.documents('zava_outbox')).toEqual([]);
  });

  test('[ED8] what headquarters would refuse is told at once, and is not offered', async () => {
    await using device = await TestDevice.open({ role: 'worker' });
    const sale = await device.retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 1]) });
    expect(sale).toMatchObject({ outcome: 'refused', reason: 'collection_not_writable', collection: 'orders' });
    expect(await device.documents('orders')).toEqual([]);
    const offered = device.retail.operations.map(({ name }) => name);
    expect(offered).toContain('count');
    expect(offered).not.toContain('sell');
    expect(offered).not.toContain('edit_customer');
  });
});

describe('returns', () => {
  test('[ED9] the refunds of an order add up to its total, more than was sold is refused, and the last return closes it', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const sold = await retail.perform('sell', {
      customer_id: 'customer_1',
      lines: [
        { product_id: 'prod_1', quantity: 3, discount_percent: 5 },
        { product_id: 'prod_2', quantity: 1 },
      ],
    });
    if (sold.outcome !== 'done') throw new Error(sold.outcome);
    const { order_id, total } = sold.facts;
    let refunded = 0;
    for (const part of [lines([1, 1]), lines([1, 1], [2, 1]), lines([1, 1])]) {
      const back = await retail.perform('return', { order_id, lines: part, reason: 'Changed his mind' });
      if (back.outcome !== 'done') throw new Error(back.outcome);
      refunded += Math.round((back.facts.refund?.total ?? 0) * 100);
    }
    expect(refunded).toBe(Math.round(total * 100));
    expect((await device.documents('orders'))[0]).toMatchObject({ status: 'restocked' });
    expect(await stockOf(device, 1)).toBe(10);
    expect(await retail.perform('return', { order_id, lines: lines([1, 1]), reason: 'Again' })).toMatchObject({
      outcome: 'more_than_sold',
      lines: [{ product_id: 'prod_1', units: 1, soldUnits: 3, returnedUnits: 3 }],
    });
  });
});

describe('counting, adjusting and moving', () => {
  test('[ED10] after an own count the stock starts from there; what is sold afterwards comes off', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    await retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 4]) });
    expect(await retail.perform('count', { lines: [{ product_id: 'prod_1', units: 9 }] })).toMatchObject({
      outcome: 'done',
      facts: { lines: [{ believedUnits: 6, differenceUnits: 3 }] },
    });
    expect(await stockOf(device, 1)).toBe(9);
    await retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 2]) });
    expect(await stockOf(device, 1)).toBe(7);
  });

  test('[ED10] a movement that MongoDB has taken into the level counts once', async () => {
    await using device = await TestDevice.open();
    await device.retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 4]) });
    const [sale] = await device.documents('stock_movements');
    const ledger = { sequence: 1, count_hlc: '', count_id: '', count_sequence: 0 };
    await device.sync({
      stock_movements: [{ ...sale, ledger_sequence: 1 }],
      inventory: [anItem(SEATTLE, 1, 6, { ledger })],
    });
    expect(await stockOf(device, 1)).toBe(6);
    await device.retail.perform('count', { lines: [{ product_id: 'prod_1', units: 6 }] });
    // A colleague's sale after the count reaches the level before the count does.
    device.nowMs += 60_000;
    await device.retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 1]) });
    const later = (await device.documents('stock_movements')).find(({ quantity }) => quantity === -1);
    await device.sync({
      stock_movements: [{ ...later, ledger_sequence: 2 }],
      inventory: [anItem(SEATTLE, 1, 5, { ledger: { ...ledger, sequence: 2 } })],
    });
    expect(await stockOf(device, 1)).toBe(5);
  });

  test('[ED10] what the device believes is the fold of all movements', async () => {
    await using device = await TestDevice.open();
    const opening = { movement_id: '0', kind: 'count' as const, quantity: 10, hlc: '' };
    const { retail } = device;
    await retail.perform('adjust', { product_id: 'prod_1', units: -3, reason: 'Broken' });
    await retail.perform('count', { lines: [{ product_id: 'prod_1', units: 12 }] });
    await retail.perform('adjust', { product_id: 'prod_1', units: 2, reason: 'Found' });
    await retail.perform('sell', { customer_id: 'customer_1', lines: lines([1, 5]) });
    const movements = (await device.documents('stock_movements')) as never[];
    expect(await stockOf(device, 1)).toBe(foldStock([opening, ...movements]));
  });

  test('[ED11] an adjustment needs a reason and does not take more than is there', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    expect(await retail.perform('adjust', { product_id: 'prod_2', units: -4, reason: 'Broken' })).toMatchObject({
      outcome: 'short',
    });
    expect(await retail.perform('adjust', { product_id: 'prod_2', units: -1, reason: ' ' })).toMatchObject({
      outcome: 'invalid_input',
      issues: [{ path: 'reason' }],
    });
    expect(await retail.perform('adjust', { product_id: 'prod_2', units: -3, reason: 'Broken' })).toMatchObject({
      outcome: 'done',
      facts: { believedUnits: 0 },
    });
  });

  test('[ED11] a move changes the parts of the place that differ, and no others', async () => {
    await using device = await TestDevice.open({ role: 'worker' });
    const moved = await device.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'B2', bin: '2' } });
    if (moved.outcome !== 'done') throw new Error(moved.outcome);
    expect(moved.operation.changes).toMatchObject([
      { kind: 'set', fields: { 'location.aisle': 'B2' }, seen: { 'location.aisle': 'A7' } },
    ]);
    expect(await device.retail.reader.inventoryItem(SEATTLE, 'prod_1')).toMatchObject({
      location: { aisle: 'B2', shelf: '3', bin: '2' },
    });
    expect(await device.retail.perform('move', { product_id: 'prod_1', location: { bin: '2' } })).toMatchObject({
      outcome: 'unchanged',
    });
  });
});

describe('transfers between stores', () => {
  test('[ED12] units leave one store when sent and enter the other when received, with what differed and why', async () => {
    await using tacoma = await TestDevice.open({ storeId: TACOMA, deviceId: 'tacoma-tablet-1', role: 'worker' });
    await using seattle = await TestDevice.open({ role: 'worker' });
    const asked = await seattle.retail.perform('request_transfer', {
      from_store_id: TACOMA,
      lines: { prod_1: 5, prod_2: 3 },
    });
    if (asked.outcome !== 'done') throw new Error(asked.outcome);
    const { transfer_id } = asked.facts;
    const carry = async (from: TestDevice, to: TestDevice) =>
      await to.sync({ stock_transfers: await from.documents('stock_transfers') });
    await carry(seattle, tacoma);
    expect(await seattle.retail.perform('send_transfer', { transfer_id })).toMatchObject({ outcome: 'not_from_here' });
    const sent = await tacoma.retail.perform('send_transfer', { transfer_id, lines: { prod_1: 4, prod_2: 0 } });
    expect(sent).toMatchObject({ outcome: 'done', facts: { sent: { prod_1: 4 } } });
    expect(await stockOf(tacoma, 1, TACOMA)).toBe(4);
    await carry(tacoma, seattle);
    const arrived = { transfer_id, lines: { prod_1: 3 } };
    expect(await seattle.retail.perform('receive_transfer', arrived)).toMatchObject({
      outcome: 'differs',
      lines: [{ product_id: 'prod_1', sentUnits: 4, receivedUnits: 3 }],
    });
    const difference = { reason: 'One was broken' };
    expect(await seattle.retail.perform('receive_transfer', { ...arrived, difference })).toMatchObject({
      outcome: 'done',
    });
    expect(await stockOf(seattle, 1)).toBe(13);
    const [transfer] = await seattle.documents('stock_transfers');
    expect(transfer).toMatchObject({
      status: 'received',
      lines: { prod_1: 4 },
      steps: {
        requested: { by: 'user-1' },
        sent: { asked: { prod_1: 5, prod_2: 3 } },
        received: { received: { prod_1: 3 }, reason: 'One was broken' },
      },
    });
    expect(transfer?.['lines'] as object).not.toHaveProperty('prod_2');
    expect(await seattle.retail.perform('receive_transfer', { transfer_id })).toMatchObject({ outcome: 'not_open' });
  });

  test('[ED12] a transfer that is called off on its way gives the units back to its sender, and to nobody else', async () => {
    await using tacoma = await TestDevice.open({ storeId: TACOMA, deviceId: 'tacoma-tablet-1', role: 'worker' });
    const transfer_id = '99999999-0000-4000-8000-000000000001';
    await tacoma.sync({
      stock_transfers: [
        {
          _id: transfer_id,
          transfer_id,
          from_store_id: TACOMA,
          to_store_id: SEATTLE,
          lines: { prod_1: 8 },
          status: 'requested',
          steps: {},
          notes: '',
          deleted: false,
        },
      ],
    });
    await tacoma.retail.perform('send_transfer', { transfer_id });
    expect(await stockOf(tacoma, 1, TACOMA)).toBe(0);
    await using seattle = await TestDevice.open({ role: 'worker' });
    await seattle.sync({ stock_transfers: await tacoma.documents('stock_transfers') });
    const off = { transfer_id, reason: 'Truck is full' };
    expect(await seattle.retail.perform('cancel_transfer', off)).toMatchObject({ outcome: 'not_from_here' });
    expect(await tacoma.retail.perform('cancel_transfer', off)).toMatchObject({ outcome: 'done' });
    expect(await stockOf(tacoma, 1, TACOMA)).toBe(8);
  });
});

describe('orders from the warehouse', () => {
  test('[ED13] a shipment may come in parts; a surplus needs a reason; what is on order is not ordered twice', async () => {
    await using device = await TestDevice.open({ role: 'worker' });
    const { retail } = device;
    const placed = await retail.perform('order_from_warehouse', { lines: { prod_1: 20, prod_2: 10 } });
    if (placed.outcome !== 'done') throw new Error(placed.outcome);
    const { replenishment_id } = placed.facts;
    expect(await retail.perform('order_from_warehouse', { lines: { prod_2: 5 } })).toMatchObject({
      outcome: 'already_ordered',
      lines: [{ product_id: 'prod_2', unitsOnOrder: 10 }],
    });
    const first = await retail.perform('receive', { replenishment_id, lines: lines([1, 15]) });
    expect(first).toMatchObject({
      outcome: 'done',
      facts: { isComplete: false, missing: [{ product_id: 'prod_1', missingUnits: 5 }, { product_id: 'prod_2' }] },
    });
    expect(await stockOf(device, 1)).toBe(25);
    const rest = { replenishment_id, lines: lines([1, 5], [2, 12], [3, 1]) };
    expect(await retail.perform('receive', rest)).toMatchObject({
      outcome: 'surplus',
      lines: [{ product_id: 'prod_2', orderedUnits: 10, receivedUnits: 12 }, { product_id: 'prod_3' }],
    });
    const surplus = { reason: 'Packed too many' };
    expect(await retail.perform('receive', { ...rest, surplus })).toMatchObject({ facts: { isComplete: true } });
    const [order] = await device.documents('replenishment_orders');
    expect(order).toMatchObject({ status: 'received', lines: { prod_1: { received: 20 }, prod_2: { received: 12 } } });
    expect(await stockOf(device, 3)).toBe(41);
    expect(await retail.perform('receive', rest)).toMatchObject({ outcome: 'not_open' });
  });

  test('[ED13] an order is called off while nothing of it is on its way, and what it ordered may be ordered anew', async () => {
    await using device = await TestDevice.open({ role: 'worker' });
    const { retail } = device;
    const order = async () => {
      const placed = await retail.perform('order_from_warehouse', { lines: { prod_1: 20 } });
      if (placed.outcome !== 'done') throw new Error(placed.outcome);
      return { replenishment_id: placed.facts.replenishment_id, reason: 'Too early' };
    };
    const off = await order();
    expect(await retail.perform('cancel_warehouse_order', off)).toMatchObject({ outcome: 'done' });
    const [cancelled] = await device.documents('replenishment_orders');
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      steps: { cancelled: { by: 'user-1', reason: 'Too early' } },
    });
    expect(await retail.perform('cancel_warehouse_order', off)).toMatchObject({ outcome: 'not_open' });
    const again = await order();
    await retail.perform('receive', { replenishment_id: again.replenishment_id, lines: lines([1, 5]) });
    expect(await retail.perform('cancel_warehouse_order', again)).toMatchObject({
      outcome: 'not_open',
      status: 'partly_received',
    });
    const nowhere = { replenishment_id: 'nowhere', reason: 'No' };
    expect(await retail.perform('cancel_warehouse_order', nowhere)).toMatchObject({ outcome: 'unknown_replenishment' });
  });
});

describe('alerts and customers', () => {
  test('[ED14] an alert is taken on and settled, once', async () => {
    const alert_id = '88888888-0000-4000-8000-000000000001';
    const alert = {
      _id: alert_id,
      alert_id,
      kind: 'low_stock',
      store_id: SEATTLE,
      subjects: { product_id: 'prod_1', inventory_id: inventoryIdOf(SEATTLE, 1) },
      severity: 'warning',
      state: 'open',
      facts: {},
      raised_at: '2026-11-22T11:00:00Z',
      deleted: false,
    };
    await using device = await TestDevice.open({ role: 'worker', documents: { ...aShop, alerts: [alert] } });
    expect(await device.retail.perform('acknowledge_alert', { alert_id })).toMatchObject({ outcome: 'done' });
    expect(await device.retail.perform('acknowledge_alert', { alert_id })).toMatchObject({ outcome: 'not_open' });
    expect(await device.retail.perform('resolve_alert', { alert_id })).toMatchObject({ outcome: 'done' });
    expect((await device.documents('alerts'))[0]).toMatchObject({
      state: 'resolved',
      resolved_by: 'user-1',
      resolved_at: '2026-11-22T12:00:00Z',
    });
  });

  test('[ED14] a customer is made and edited; an e-mail address belongs to one customer; an edit changes what differs', async () => {
    await using device = await TestDevice.open({
      role: 'sales_rep',
      documents: { ...aShop, customers: [aCustomer(1), aCustomer(2)] },
    });
    const { retail } = device;
    const grace = { first_name: 'Grace', last_name: 'Hopper', email: ' Grace@Example.com', phone: '206.555.0101' };
    const made = await retail.perform('create_customer', grace);
    if (made.outcome !== 'done') throw new Error(made.outcome);
    const { customer_id } = made.facts;
    expect(await retail.reader.customer(customer_id)).toMatchObject({
      email: 'grace@example.com',
      phone: '(206) 555-0101',
      primary_store_id: SEATTLE,
    });
    expect(await retail.perform('create_customer', grace)).toMatchObject({ outcome: 'email_taken', customer_id });
    expect(await retail.perform('edit_customer', { customer_id, email: 'ada1@example.com' })).toMatchObject({
      outcome: 'email_taken',
      customer_id: 'customer_1',
    });
    const edited = await retail.perform('edit_customer', { customer_id, first_name: 'Grace', last_name: 'Murray' });
    expect(edited).toMatchObject({ outcome: 'done', facts: { changed: ['last_name'] } });
    expect(await retail.perform('edit_customer', { customer_id, last_name: 'Murray' })).toMatchObject({
      outcome: 'unchanged',
    });
  });
});
