import { afterEach, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/domain/index.ts';
import { aCustomer, inventoryIdOf, permissions, SEATTLE, TACOMA } from '../../src/edge/retail/device.fixture.ts';
import { settleConflict, settleInboxEntry } from '../../src/gateway/index.ts';
import { closeAll, eventually, settled, startCompany } from './company.fixture.ts';

afterEach(closeAll);

/** A move of an item that was deleted meanwhile: refused, and its item can come back. */
async function refusedMove() {
  const company = await startCompany();
  const device = await company.device('seattle-tablet-1');
  const inventory = company.db.collection<{ _id: string }>('inventory');
  const item = await inventory.findOne({ store_id: SEATTLE, product_id: 'prod_1' });
  device.link.setOnline(false);
  expect(await device.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } })).toMatchObject({
    outcome: 'done',
  });
  await inventory.deleteOne({ _id: inventoryIdOf(SEATTLE, 1) });
  device.link.setOnline(true);
  await settled(device);
  const [rejected] = await device.retail.views.rejectedChanges();
  if (rejected === undefined || item === null) throw new Error('nothing was refused');
  return { ...company, device, rejected, inventory, item };
}

describe('what headquarters refused', () => {
  test('[ED26] [GW51] is done again by its device so that it wins, and is gone there and in the inbox', async () => {
    const { db, device, rejected, inventory, item } = await refusedMove();
    expect(rejected).toMatchObject({
      state: 'open',
      reason: 'document_missing',
      changes: [
        { kind: 'set', now: null, fields: [{ path: 'location.aisle', seen: 'A7', wanted: 'C1', differs: true }] },
      ],
    });
    expect(await device.retail.settle(rejected.sequence + 100, { how: 'restore' })).toMatchObject({
      outcome: 'unknown_rejection',
    });
    await inventory.insertOne(item as never);
    device.link.setOnline(false);
    expect(await device.retail.settle(rejected.sequence, { how: 'restore' })).toMatchObject({ outcome: 'done' });
    expect(await device.retail.settle(rejected.sequence, { how: 'discard' })).toMatchObject({
      outcome: 'being_settled',
      how: 'restore',
    });
    expect(await device.retail.views.rejectedChanges()).toMatchObject([{ state: 'being_settled' }]);
    device.link.setOnline(true);
    await eventually(async () => expect(await device.retail.views.rejectedChanges()).toEqual([]));
    expect(await inventory.findOne({ _id: inventoryIdOf(SEATTLE, 1) })).toMatchObject({ location: { aisle: 'C1' } });
    expect(await db.collection('sync_inbox').findOne({})).toMatchObject({
      state: 'restored',
      settled_by: 'user-1',
      settled_on: 'seattle-tablet-1',
    });
    await settled(device);
  });

  test('[ED26] [GW51] stays one thing to settle while settling it is refused, and can be let be', async () => {
    const { db, device, rejected } = await refusedMove();
    expect(await device.retail.settle(rejected.sequence, { how: 'restore' })).toMatchObject({ outcome: 'done' });
    await settled(device);
    const [still] = await device.retail.views.rejectedChanges();
    expect(still).toMatchObject({ inboxId: rejected.inboxId, state: 'open', reason: 'document_missing' });
    expect(await db.collection('sync_inbox').find().toArray()).toMatchObject([
      { state: 'open', attempts: [{ how: 'restore', by: 'user-1' }] },
    ]);
    await device.retail.settle((still as typeof rejected).sequence, { how: 'discard' });
    await eventually(async () => expect(await device.retail.views.rejectedChanges()).toEqual([]));
    expect(await db.collection('sync_inbox').findOne({})).toMatchObject({ state: 'discarded' });
  });

  test('[ED26] is done in another way, judged on the device by the rules of headquarters', async () => {
    const { device, rejected, inventory } = await refusedMove();
    const change = {
      kind: 'set' as const,
      collection: 'inventory',
      id: inventoryIdOf(SEATTLE, 2),
      fields: { 'location.aisle': 'D9' },
      unset: [],
      seen: {},
    };
    expect(await device.retail.settle(rejected.sequence, { how: 'change' })).toMatchObject({
      outcome: 'invalid_input',
    });
    const forbidden = { ...change, fields: { stock_level: 99 } };
    expect(await device.retail.settle(rejected.sequence, { how: 'change', changes: [forbidden] })).toMatchObject({
      outcome: 'refused',
      reason: 'field_not_writable',
    });
    expect(await device.retail.settle(rejected.sequence, { how: 'change', changes: [change] })).toMatchObject({
      outcome: 'done',
    });
    await eventually(async () => expect(await device.retail.views.rejectedChanges()).toEqual([]));
    expect(await inventory.findOne({ _id: inventoryIdOf(SEATTLE, 2) })).toMatchObject({ location: { aisle: 'D9' } });
  });
});

describe('what lost to a newer write', () => {
  test('[ED31] is told to its device field by field, and given its place after all, or let be; headquarters’ word goes too', async () => {
    const { client, db, device } = await startCompany();
    const late = await device('seattle-tablet-1');
    const early = await device('seattle-tablet-2');
    late.link.setOnline(false);
    const edit = (tablet: typeof late, name: string) =>
      tablet.retail.perform('edit_customer', {
        customer_id: 'customer_1',
        first_name: name,
        last_name: name,
        phone: name === 'Late' ? '2065550101' : '2065550102',
      });
    expect(await edit(late, 'Late')).toMatchObject({ outcome: 'done' });
    expect(await edit(early, 'Early')).toMatchObject({ outcome: 'done' });
    await settled(early);
    late.link.setOnline(true);
    await settled(late);
    const lost = async () => await late.retail.views.lostChanges();
    const ofPath = async (path: string) => (await lost()).find((one) => one.path === path)?.conflictId as string;
    expect(await lost()).toContainEqual(
      expect.objectContaining({ state: 'open', path: 'first_name', value: 'Late', standing: 'Early', now: 'Early' }),
    );
    const count = (await lost()).length;
    const [first, last, phone] = [await ofPath('first_name'), await ofPath('last_name'), await ofPath('phone')];
    expect(await late.retail.settleLost('nothing', 'discard')).toMatchObject({ outcome: 'unknown_conflict' });
    expect(await late.retail.settleLost(first, 'restore')).toMatchObject({ outcome: 'done' });
    expect(await late.retail.settleLost(last, 'discard')).toMatchObject({ outcome: 'done' });
    const context = { client, db, permissions, wallClockMs: Date.now };
    await settleConflict(context, { role: 'headquarters', userId: 'grace', stores: 'all' }, phone, 'discard');
    await eventually(async () => expect(await lost()).toHaveLength(count - 3));
    await settled(late);
    expect(await db.collection('customers').findOne({})).toMatchObject({ first_name: 'Late', last_name: 'Early' });
    expect(
      await db
        .collection('sync_conflicts')
        .find({ state: { $ne: 'open' } })
        .toArray(),
    ).toHaveLength(3);
    await late.link.close();
  });
});

describe('what headquarters settled', () => {
  test('[GW51] is heard of by its device, at once or when it is back', async () => {
    const { client, db, device, rejected } = await refusedMove();
    const context = { client, db, permissions, wallClockMs: Date.now };
    const grace: Principal = { role: 'headquarters', userId: 'grace', stores: 'all' };
    expect(await settleInboxEntry(context, grace, rejected.inboxId, { how: 'discard' })).toMatchObject({
      outcome: 'settled',
    });
    await eventually(async () => expect(await device.retail.views.rejectedChanges()).toEqual([]));
    await device.retail.perform('move', { product_id: 'prod_2', location: { aisle: 'C2' } });
    await settled(device);
    device.link.setOnline(false);
    await device.retail.perform('move', { product_id: 'prod_2', location: { aisle: 'C3' } });
    await db.collection<{ _id: string }>('inventory').deleteOne({ _id: inventoryIdOf(SEATTLE, 2) });
    device.link.setOnline(true);
    await settled(device);
    const [second] = await device.retail.views.rejectedChanges();
    device.link.setOnline(false);
    await device.retail.settle(second?.sequence as number, { how: 'restore' });
    await settleInboxEntry(context, grace, second?.inboxId as string, { how: 'discard' });
    device.link.setOnline(true);
    await settled(device);
    expect(await device.retail.views.rejectedChanges()).toMatchObject([
      { reason: 'already_settled', message: expect.stringContaining('discarded already by grace'), state: 'open' },
    ]);
  });
});

describe('a device that may do less than before', () => {
  test('[ED30] has what it still may do applied and the rest set aside; its store is cleared when that is settled', async () => {
    const { db, device, principals } = await startCompany();
    const tablet = await device('seattle-tablet-1');
    tablet.link.setOnline(false);
    const edited = await tablet.retail.perform('edit_customer', { customer_id: 'customer_1', first_name: 'Grace' });
    const moved = await tablet.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } });
    expect([edited.outcome, moved.outcome]).toEqual(['done', 'done']);
    principals.set('seattle-tablet-1', { role: 'worker', userId: 'user-1', stores: [SEATTLE] });
    tablet.link.setOnline(true);
    await settled(tablet);
    expect(await tablet.retail.views.rejectedChanges()).toMatchObject([
      { action: 'edit_customer', reason: 'collection_not_writable', message: expect.stringContaining('A worker') },
    ]);
    expect(await db.collection('inventory').findOne({ store_id: SEATTLE, product_id: 'prod_1' })).toMatchObject({
      location: { aisle: 'C1' },
    });
    expect(await db.collection('customers').findOne({})).toMatchObject({ first_name: 'Ada' });
    await eventually(async () => expect(await tablet.documents('customers')).toEqual([]));
    // Permitted again, it is done once more with the stamp that it had.
    principals.set('seattle-tablet-1', { role: 'store_manager', userId: 'user-1', stores: [SEATTLE] });
    tablet.link.setOnline(false);
    tablet.link.setOnline(true);
    await eventually(async () => expect(await tablet.documents('customers')).toHaveLength(1));
    const [rejected] = await tablet.retail.views.rejectedChanges();
    await tablet.retail.settle(rejected?.sequence as number, { how: 'replay' });
    await eventually(async () => expect(await tablet.retail.views.rejectedChanges()).toEqual([]));
    expect(await db.collection('customers').findOne({})).toMatchObject({ first_name: 'Grace' });
  });

  test('[ED30] in another store: what it did in the old one is judged by permission, not by what it sees now', async () => {
    const { db, device, principals } = await startCompany();
    const tablet = await device('seattle-tablet-1');
    tablet.link.setOnline(false);
    await tablet.retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } });
    await tablet.retail.perform('edit_customer', { customer_id: 'customer_1', first_name: 'Grace' });
    principals.set('seattle-tablet-1', { role: 'store_manager', userId: 'user-1', stores: [TACOMA] });
    await db
      .collection<{ _id: string }>('customers')
      .updateOne({ _id: aCustomer(1)['_id'] as string }, { $set: { primary_store_id: TACOMA } });
    tablet.link.setOnline(true);
    await settled(tablet);
    expect(await tablet.retail.views.rejectedChanges()).toMatchObject([{ action: 'move', reason: 'outside_scope' }]);
    expect(await db.collection('customers').findOne({})).toMatchObject({ first_name: 'Grace' });
    expect(await db.collection('inventory').findOne({ store_id: SEATTLE, product_id: 'prod_1' })).toMatchObject({
      location: { aisle: 'A7' },
    });
  });
});
