import { describe, expect, test, vi } from 'vitest';
import { syncCollections } from '../collections.ts';
import { aCustomer, aMovement, anItem, create, itemId, Shop, setField, WAIT } from './direct-writes.fixture.ts';

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, WAIT);

describe('a direct write', () => {
  test('[GW60] wins over an older offline edit of the same field, which is in the conflict log; other fields stay as edited', async () => {
    await using shop = await Shop.open();
    await shop.lead();
    const offlineSince = Date.now() - 60_000;
    await shop.collection('customers').insertOne(aCustomer());
    await shop.collection('customers').updateOne({ _id: 'customer_1' }, { $set: { phone: '(206) 555-0177' } });
    await shop.settled();
    const edit = setField('customers', 'customer_1', { phone: '(206) 555-0101', first_name: 'Grace' });
    expect(await shop.upload(edit, offlineSince)).toMatchObject({ outcome: 'applied', lostFields: 1 });
    expect(await shop.collection('customers').findOne({})).toMatchObject({
      phone: '(206) 555-0177',
      first_name: 'Grace',
    });
    expect(await syncCollections(shop.database.db).conflicts.findOne({})).toMatchObject({
      path: 'phone',
      value: '(206) 555-0101',
      standing: '(206) 555-0177',
    });
    expect(await shop.upload(setField('customers', 'customer_1', { phone: '(206) 555-0102' }))).toMatchObject({
      lostFields: 0,
    });
    expect((await shop.collection('customers').findOne({}))?.['phone']).toBe('(206) 555-0102');
  });

  test('[GW60] stands again when an older edit slipped in before it was stamped, and a newer edit stays', async () => {
    await using shop = await Shop.open();
    await shop.collection('customers').insertMany([aCustomer('customer_1'), aCustomer('customer_2')]);
    await (await shop.lead()).close();
    const before = Date.now() - 60_000;
    await shop.collection('customers').updateMany({}, { $set: { phone: '(206) 555-0177' } });
    await shop.upload(setField('customers', 'customer_1', { phone: '(206) 555-0101' }), before, 'tablet-1');
    await shop.upload(setField('customers', 'customer_1', { phone: '(206) 555-0103' }), before + 5, 'tablet-1');
    await shop.upload(setField('customers', 'customer_2', { phone: '(206) 555-0102' }), Date.now() + 5, 'tablet-2');
    await shop.lead('gateway-2');
    await eventually(async () => {
      expect((await shop.collection('customers').findOne({ _id: 'customer_1' }))?.['phone']).toBe('(206) 555-0177');
    });
    await shop.settled();
    expect((await shop.collection('customers').findOne({ _id: 'customer_2' }))?.['phone']).toBe('(206) 555-0102');
    expect(await syncCollections(shop.database.db).conflicts.find().toArray()).toMatchObject([
      { document_id: 'customer_1', value: '(206) 555-0103', standing: '(206) 555-0177', device_id: 'tablet-1' },
    ]);
  });

  test('[GW60] that a device’s fast clock was ahead of wins all the same: whoever wrote it had seen the device’s value', async () => {
    await using shop = await Shop.open();
    await shop.lead();
    await shop.upload(create('customers', aCustomer()), Date.now() + 30_000);
    await shop.collection('customers').updateOne({}, { $set: { first_name: 'Direct' } });
    await shop.settled();
    await shop.upload(setField('customers', 'customer_1', { first_name: 'Earlier' }), Date.now() + 20_000, 'tablet-2');
    expect((await shop.collection('customers').findOne({}))?.['first_name']).toBe('Direct');
  });

  test('[GW61] that deletes is final for what was edited or made before it; the same id made again is another document', async () => {
    await using shop = await Shop.open();
    await shop.lead();
    const offlineSince = Date.now() - 60_000;
    await shop.upload(create('customers', aCustomer()), offlineSince);
    await shop.collection('customers').deleteOne({ _id: 'customer_1' });
    await shop.settled();
    const edit = setField('customers', 'customer_1', { first_name: 'Late' });
    expect(await shop.upload(edit, offlineSince + 5)).toMatchObject({ reason: 'document_missing' });
    expect(await shop.upload(create('customers', aCustomer()), offlineSince)).toMatchObject({
      reason: 'document_missing',
    });
    await shop.collection('customers').insertOne({ ...aCustomer(), first_name: 'Again' });
    await shop.settled();
    expect(await shop.upload(edit, offlineSince + 6)).toMatchObject({ outcome: 'applied', lostFields: 1 });
    expect((await shop.collection('customers').findOne({}))?.['first_name']).toBe('Again');
  });
});

describe('a level that is written directly', () => {
  test('[GW62] is a count with its author: later sales are taken from it, earlier ones are kept without effect', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    const before = Date.now() - 60_000;
    await shop.inventory.updateOne({ _id: itemId }, { $set: { stock_level: 50 } });
    await shop.settled();
    await shop.upload(create('stock_movements', aMovement('sale', -3, before)), before);
    await shop.upload(create('stock_movements', aMovement('sale', -2, Date.now() + 5)));
    expect(await shop.levels()).toEqual({ level: 48, ledger: 48, fold: 48 });
    const counts = await shop.collection('stock_movements').find({ kind: 'count', quantity: 50 }).toArray();
    expect(counts).toMatchObject([{ user_id: 'mongodb', device_id: 'mongodb', inventory_id: itemId }]);
  });

  test('[GW62] sixty increments in a row while sales come in lose nothing', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    const increments = (async () => {
      for (let at = 0; at < 60; at++) {
        await shop.increment(1);
      }
    })();
    const sales = (async () => {
      for (let at = 0; at < 5; at++) {
        const at = Date.now() + 55_000;
        await shop.upload(create('stock_movements', aMovement('sale', -2, at)), at);
      }
    })();
    await Promise.all([increments, sales]);
    await shop.settled();
    expect(await shop.levels()).toEqual({ level: 60, ledger: 60, fold: 60 });
  });

  test('[GW62] a replacement that took the ledger away gets it back', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    await shop.upload(create('stock_movements', aMovement('sale', -2, Date.now())));
    await shop.collection('inventory').replaceOne({ _id: itemId }, anItem(30));
    await shop.settled();
    await shop.upload(create('stock_movements', aMovement('sale', -1, Date.now() + 5)));
    expect(await shop.levels()).toEqual({ level: 29, ledger: 29, fold: 29 });
    expect(await shop.collection('stock_movements').distinct('ledger_sequence')).toEqual([1, 2, 3, 4]);
  });

  test('[GW62] without images of what was there before and after, it is a count too', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.database.db.command({ collMod: 'inventory', changeStreamPreAndPostImages: { enabled: false } });
    await shop.lead();
    await shop.increment(7);
    await shop.settled();
    expect(await shop.levels()).toEqual({ level: 17, ledger: 17, fold: 17 });
  });
});

describe('a movement that is inserted directly', () => {
  test('[GW63] is folded once', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    await shop
      .collection('stock_movements')
      .insertMany([
        aMovement('receipt', 20, Date.now()),
        aMovement('sale', -4, Date.now()),
        aMovement('adjustment', -1, Date.now()),
      ]);
    await shop.settled();
    expect(await shop.levels()).toEqual({ level: 25, ledger: 25, fold: 25 });
  });

  test('[GW63] of an unknown item, or an invalid one, waits and is counted; the others go on, and it counts once it is put right', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    const leader = await shop.lead();
    const other = '00000000-0000-4000-8000-000000000002';
    const orphan = { ...aMovement('receipt', 5, Date.now()), inventory_id: other, product_id: 'prod_2' };
    const broken = { ...aMovement('receipt', 2, Date.now()), quantity: 'two' };
    await shop.collection('stock_movements').insertMany([orphan, broken, aMovement('receipt', 1, Date.now())]);
    await shop.settled();
    expect((await shop.item()).stock_level).toBe(11);
    expect(leader.status.isolated).toBe(2);
    await shop.collection('inventory').insertOne({ ...anItem(0, other), product_id: 'prod_2' });
    await shop.collection('stock_movements').updateOne({ _id: broken._id }, { $set: { quantity: 2 } });
    await shop.settled();
    expect((await shop.item(other)).stock_level).toBe(5);
    expect(await shop.levels()).toEqual({ level: 13, ledger: 13, fold: 13 });
    await eventually(() => expect(leader.status.isolated).toBe(0));
  });

  test('[GW63] and changed or taken away afterwards changes the level with it', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    const receipt = aMovement('receipt', 20, Date.now());
    await shop.upload(create('stock_movements', receipt));
    await shop.collection('stock_movements').updateOne({ _id: receipt._id }, { $set: { quantity: 12 } });
    await shop.settled();
    expect((await shop.item()).stock_level).toBe(22);
    await shop.collection('stock_movements').deleteOne({ _id: receipt._id });
    await shop.settled();
    expect(await shop.levels()).toEqual({ level: 10, ledger: 10, fold: 10 });
  });
});

describe('stock that everybody writes', () => {
  test('[GW66] two devices offline, a retry, a level set and incremented in MongoDB: each counts once, and earlier sales are listed', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    const offlineSince = Date.now() - 3_600_000;
    const three = create('stock_movements', aMovement('sale', -3, offlineSince, 'tablet-1'));
    const two = create('stock_movements', aMovement('sale', -2, offlineSince + 1, 'tablet-2'));
    await shop.upload(three, offlineSince, 'tablet-1');
    await shop.upload(two, offlineSince + 1, 'tablet-2');
    // The same sale once more, under another number: its document is there already.
    await shop.upload(three, offlineSince, 'tablet-1');
    expect((await shop.item()).stock_level).toBe(5);
    await shop.increment(4);
    await shop.settled();
    expect(await shop.levels()).toEqual({ level: 9, ledger: 9, fold: 9 });
    await shop.inventory.updateOne({ _id: itemId }, { $set: { stock_level: 50 } });
    await shop.settled();
    // Sold before the shelf was said to hold fifty: kept, listed, without effect.
    await shop.upload(create('stock_movements', aMovement('sale', -6, offlineSince + 2)), offlineSince + 2);
    expect(await shop.levels()).toEqual({ level: 50, ledger: 50, fold: 50 });
    await shop.upload(create('stock_movements', aMovement('sale', -52, Date.now() + 5_000)), Date.now() + 5_000);
    expect(await shop.levels()).toEqual({ level: -2, ledger: -2, fold: -2 });
    const kept = await shop
      .collection('stock_movements')
      .find({ ledger_sequence: { $exists: true } })
      .toArray();
    expect(kept.map(({ kind, quantity }) => `${kind} ${quantity}`).sort()).toEqual(
      ['count 10', 'count 9', 'count 50', 'sale -3', 'sale -2', 'sale -6', 'sale -52'].sort(),
    );
    expect(await shop.collection('alerts').findOne({ kind: 'oversold' })).toMatchObject({
      state: 'open',
      facts: { units_short: 2 },
    });
  });

  test('[GW66] alerts follow direct writes: of levels, of thresholds, of movements', async () => {
    await using shop = await Shop.open();
    await shop.stock(10);
    await shop.lead();
    const states = async () => {
      await shop.settled();
      const alerts = await shop.collection('alerts').find().sort({ raised_at: 1 }).toArray();
      return alerts.map(({ kind, state }) => `${kind} ${state}`).sort();
    };
    await shop.inventory.updateOne({ _id: itemId }, { $set: { stock_level: 2 } });
    expect(await states()).toEqual(['low_stock open']);
    await shop.inventory.updateOne({ _id: itemId }, { $set: { reorder_threshold: 1 } });
    expect(await states()).toEqual(['low_stock resolved']);
    await shop.collection('stock_movements').insertOne(aMovement('adjustment', -5, Date.now() + 1_000));
    expect(await states()).toEqual(['low_stock resolved', 'oversold open']);
    await shop.increment(20);
    expect(await states()).toEqual(['low_stock resolved', 'oversold resolved']);
    await shop.upload(setField('inventory', itemId, { reorder_threshold: 30 as never }), Date.now() + 1_000);
    expect(await states()).toEqual(['low_stock open', 'low_stock resolved', 'oversold resolved']);
  });
});
