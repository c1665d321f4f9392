import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { createIndexes } from '../../database/index.ts';
import { foldStock, hlcText, type Principal, permissionsSchema, type StockMovement } from '../../domain/index.ts';
import type { DocumentChange, Operation } from '../../sync/index.ts';
import { applyOperation } from './apply-operation.ts';
import { syncCollections, type Uploader } from './collections.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const noonMs = Date.parse('2026-11-22T12:00:00.000Z');
const inventoryId = '00000000-0000-4000-8000-000000000001';
const rep = (stores: string[] = ['store_seattle']): Principal => ({ role: 'sales_rep', userId: 'rep-1', stores });
const uploader = (deviceId: string, principal = rep()): Uploader => ({
  deviceId,
  epoch: '0123456789abcdef',
  principal,
});

function contextOf({ client, db }: TestDatabase) {
  return { client, db, permissions, wallClockMs: () => noonMs };
}

const anOperation = (sequence: number, changes: DocumentChange[], at = noonMs, deviceId = 'tablet-1'): Operation => ({
  sequence,
  hlc: hlcText(at, sequence, deviceId),
  action: 'test',
  userId: 'rep-1',
  changes,
});

const aCustomer = (id: string) => ({
  _id: id,
  customer_id: id,
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  phone: '(206) 555-0100',
  primary_store_id: 'store_seattle',
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
  deleted: false,
});

const set = (id: string, fields: Record<string, string>): DocumentChange => ({
  kind: 'set',
  collection: 'customers',
  id,
  fields,
  unset: [],
  seen: {},
});

const create = (collection: string, document: { _id: string }): DocumentChange => ({
  kind: 'create',
  collection,
  id: document._id,
  document: document as never,
});

const anItem = (level: number) => ({
  _id: inventoryId,
  inventory_id: inventoryId,
  store_id: 'store_seattle',
  product_id: 'prod_1',
  stock_level: level,
  reorder_threshold: 3,
  reorder_quantity: 20,
  location: { aisle: 'A', shelf: '1', bin: '2' },
  last_counted: '2026-01-01T00:00:00Z',
  last_updated: '2026-01-01T00:00:00Z',
  notes: '',
  deleted: false,
});

const aMovement = (kind: StockMovement['kind'], quantity: number, atMs: number, deviceId = 'tablet-1') => {
  const id = randomUUID();
  return {
    _id: id,
    movement_id: id,
    inventory_id: inventoryId,
    store_id: 'store_seattle',
    product_id: 'prod_1',
    kind,
    quantity,
    reason: '',
    user_id: 'rep-1',
    device_id: deviceId,
    hlc: hlcText(atMs, 0, deviceId),
    occurred_at: '2026-11-22T11:00:00Z',
    deleted: false,
  };
};

describe('an operation', () => {
  test('[GW1] takes effect once, however often it comes, and is answered alike', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    const operation = anOperation(1, [create('customers', aCustomer('customer_1'))]);
    const first = await applyOperation(context, uploader('tablet-1'), operation);
    const again = await applyOperation(context, uploader('tablet-1'), operation);
    expect(first).toMatchObject({ outcome: 'applied', lostFields: 0, wasClamped: false });
    expect(again).toMatchObject({ outcome: 'applied', sequence: 1 });
    expect(await database.db.collection('customers').countDocuments()).toBe(1);
    expect(await syncCollections(database.db).operations.countDocuments()).toBe(1);
  });

  test('[GW1] that comes at ten gateways at the same moment takes effect once', async () => {
    await using database = await openTestDatabase();
    await database.db.collection<{ _id: string }>('inventory').insertOne(anItem(10));
    const operation = anOperation(1, [create('stock_movements', aMovement('sale', -2, noonMs))]);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => applyOperation(contextOf(database), uploader('tablet-1'), operation)),
    );
    for (const result of results) expect(['applied', 'retry']).toContain(result?.outcome);
    expect((await database.db.collection('inventory').findOne({}))?.['stock_level']).toBe(8);
  });

  test('[GW2] with another payload under the same number is parked, and the first stays', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await applyOperation(context, uploader('tablet-1'), anOperation(1, [create('customers', aCustomer('customer_1'))]));
    const result = await applyOperation(
      context,
      uploader('tablet-1'),
      anOperation(1, [create('customers', aCustomer('customer_2'))]),
    );
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'payload_differs' });
    expect(await syncCollections(database.db).inbox.findOne({})).toMatchObject({
      state: 'open',
      reason: 'payload_differs',
    });
    expect(await database.db.collection('customers').countDocuments()).toBe(1);
  });

  test('[GW3] loses field by field to what was written later, and the loss is in the conflict log', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
    const late = anOperation(1, [set('customer_1', { phone: '(206) 555-0102' })], noonMs, 'tablet-2');
    await applyOperation(context, uploader('tablet-2'), late);
    const early = anOperation(
      1,
      [set('customer_1', { phone: '(206) 555-0101', first_name: 'Grace' })],
      noonMs - 60_000,
    );
    const result = await applyOperation(context, uploader('tablet-1'), early);
    expect(result).toMatchObject({ outcome: 'applied', lostFields: 1 });
    expect(await database.db.collection('customers').findOne({})).toMatchObject({
      phone: '(206) 555-0102',
      first_name: 'Grace',
    });
    expect(await syncCollections(database.db).conflicts.findOne({})).toMatchObject({
      document_id: 'customer_1',
      path: 'phone',
      value: '(206) 555-0101',
      standing: '(206) 555-0102',
      device_id: 'tablet-1',
    });
  });

  test('[GW4] is refused whole and kept with its reason: another store, an invalid value, an unknown collection', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
    const fine = set('customer_1', { first_name: 'Grace' });
    const cases: [DocumentChange, string][] = [
      [set('customer_1', { primary_store_id: 'store_tacoma' }), 'outside_scope'],
      [set('customer_1', { email: 'none' }), 'document_invalid'],
      [set('customer_9', { email: 'a@b.c' }), 'document_missing'],
      [create('product_embeddings', { _id: 'prod_1' }), 'collection_unknown'],
      [create('zava_runs', { _id: 'x' }), 'collection_unknown'],
    ];
    for (const [index, [change, reason]] of cases.entries()) {
      const result = await applyOperation(context, uploader('tablet-1'), anOperation(index + 1, [fine, change]));
      expect(result).toMatchObject({ outcome: 'rejected', reason });
    }
    expect(await database.db.collection('customers').findOne({})).toEqual(aCustomer('customer_1'));
    const inbox = await syncCollections(database.db).inbox.find().toArray();
    expect(inbox.map(({ reason }) => reason)).toEqual(cases.map(([, reason]) => reason));
    expect(inbox[0]?.before['customers/customer_1']).toEqual(aCustomer('customer_1'));
  });

  test('[GW4] that is no operation at all is kept as it came', async () => {
    await using database = await openTestDatabase();
    const result = await applyOperation(contextOf(database), uploader('tablet-1'), { sequence: 7, nonsense: true });
    expect(result).toMatchObject({ outcome: 'rejected', sequence: 7, reason: 'operation_malformed' });
    expect(await syncCollections(database.db).inbox.countDocuments()).toBe(1);
  });

  test('[GW5] of a clock that is two hours fast counts as of now, so that others can win after it', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
    const fast = anOperation(1, [set('customer_1', { first_name: 'Fast' })], noonMs + 7_200_000);
    expect(await applyOperation(context, uploader('tablet-1'), fast)).toMatchObject({ wasClamped: true });
    const right = anOperation(1, [set('customer_1', { first_name: 'Right' })], noonMs + 1_000, 'tablet-2');
    await applyOperation(context, uploader('tablet-2'), right);
    expect((await database.db.collection('customers').findOne({}))?.['first_name']).toBe('Right');
  });
});

describe('the stock ledger', () => {
  test('[GW6] is the fold of its movements, in whatever order and however often they come', async () => {
    await using database = await openTestDatabase();
    await createIndexes(database.db);
    const context = contextOf(database);
    const opening = aMovement('count', 10, noonMs - 90_000, 'headquarters');
    await database.db.collection<{ _id: string }>('inventory').insertOne(anItem(10));
    await database.db.collection<{ _id: string }>('stock_movements').insertOne(opening);
    const movements = [
      aMovement('sale', -3, noonMs - 50_000),
      aMovement('count', 6, noonMs - 40_000, 'tablet-2'),
      aMovement('receipt', 20, noonMs - 30_000, 'tablet-3'),
      aMovement('sale', -2, noonMs - 45_000, 'tablet-4'),
      aMovement('count', 99, noonMs - 60_000, 'tablet-5'),
      aMovement('transfer_out', -4, noonMs - 35_000, 'tablet-6'),
    ];
    const orders = [
      [2, 0, 1, 3, 4, 5],
      [5, 4, 3, 2, 1, 0],
    ];
    for (const [index] of movements.entries()) {
      const at = (orders[0] as number[])[index] as number;
      const movement = movements[at] as ReturnType<typeof aMovement>;
      const operation = anOperation(index + 1, [create('stock_movements', movement)], noonMs, movement.device_id);
      await applyOperation(context, uploader(movement.device_id), operation);
      await applyOperation(context, uploader(movement.device_id), operation);
      const known = [
        opening,
        ...(orders[0] as number[]).slice(0, index + 1).map((one) => movements[one] as typeof opening),
      ];
      expect((await database.db.collection('inventory').findOne({}))?.['stock_level']).toBe(foldStock(known));
    }
    const marks = await database.db.collection('stock_movements').distinct('ledger_sequence');
    expect(marks).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('[GW7] an alert that is resolved stays so when somebody takes it on who had not heard', async () => {
    await using database = await openTestDatabase();
    const { db } = database;
    const alertId = '00000000-0000-4000-8000-0000000000a1';
    const alert = {
      ...{ _id: alertId, alert_id: alertId, kind: 'low_stock', store_id: 'store_seattle', severity: 'warning' },
      ...{ subjects: { inventory_id: inventoryId, product_id: 'prod_1' }, facts: { stock_level: 2 }, deleted: false },
      ...{ state: 'resolved', resolved_by: 'stock_ledger', resolved_at: '2026-11-22T11:00:00Z' },
      raised_at: '2026-11-22T10:00:00Z',
    };
    await db.collection<{ _id: string }>('inventory').insertOne(anItem(40));
    await db.collection<{ _id: string }>('alerts').insertOne(alert);
    const takeOn = { ...set(alertId, { state: 'acknowledged' }), collection: 'alerts' } as DocumentChange;
    const result = await applyOperation(contextOf(database), uploader('tablet-1'), anOperation(1, [takeOn]));
    expect(result).toMatchObject({ outcome: 'applied' });
    expect(await db.collection<{ _id: string }>('alerts').findOne({ _id: alertId })).toMatchObject({
      state: 'resolved',
    });
    // Where the item is low again, it is taken on indeed.
    await db.collection<{ _id: string }>('inventory').updateOne({ _id: inventoryId }, { $set: { stock_level: 1 } });
    await applyOperation(contextOf(database), uploader('tablet-1'), anOperation(2, [takeOn], noonMs + 60_000));
    const alerts = await db.collection('alerts').find({}).toArray();
    expect(alerts).toMatchObject([{ state: 'acknowledged', facts: { stock_level: 1 } }]);
  });

  test('[GW7] two offline sales of the last unit both count; the item is oversold, and a person is told which orders', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await database.db.collection<{ _id: string }>('inventory').insertOne(anItem(1));
    for (const device of ['tablet-1', 'tablet-2']) {
      const sale = { ...aMovement('sale', -1, noonMs, device), order_id: randomUUID() };
      await applyOperation(
        context,
        uploader(device),
        anOperation(1, [create('stock_movements', sale)], noonMs, device),
      );
    }
    expect((await database.db.collection('inventory').findOne({}))?.['stock_level']).toBe(-1);
    const oversold = await database.db.collection('alerts').find({ kind: 'oversold' }).toArray();
    expect(oversold).toHaveLength(1);
    expect(oversold[0]).toMatchObject({
      state: 'open',
      store_id: 'store_seattle',
      facts: { stock_level: -1, units_short: 1 },
    });
    const receipt = anOperation(2, [create('stock_movements', aMovement('receipt', 10, noonMs + 1))]);
    await applyOperation(context, uploader('tablet-1'), receipt);
    expect(await database.db.collection('alerts').findOne({ kind: 'oversold' })).toMatchObject({ state: 'resolved' });
  });

  test('[GW4] a movement of an item that is not there is refused and kept', async () => {
    await using database = await openTestDatabase();
    const result = await applyOperation(
      contextOf(database),
      uploader('tablet-1'),
      anOperation(1, [create('stock_movements', aMovement('sale', -1, noonMs))]),
    );
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'document_invalid' });
    expect(await database.db.collection('stock_movements').countDocuments()).toBe(0);
  });
});
