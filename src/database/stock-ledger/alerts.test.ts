import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { type Alert, hlcText, type LedgerMovement } from '../../domain/index.ts';
import { reviewStockAlerts, updateStockAlerts } from './alerts.ts';
import { foldMovements, type LedgerItem } from './fold.ts';

const noonMs = Date.parse('2026-11-22T12:00:00.000Z');
const at = '2026-11-22T12:00:00Z';
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const anItem = (number: number, store: string, level: number): LedgerItem => ({
  _id: idOf(number),
  inventory_id: idOf(number),
  store_id: store,
  product_id: 'prod_1',
  stock_level: level,
  reorder_threshold: 3,
  reorder_quantity: 20,
  location: { aisle: 'A', shelf: '1', bin: '2' },
  last_counted: at,
  last_updated: at,
  notes: '',
  deleted: false,
});

async function openShop(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  await database.db
    .collection<LedgerItem>('inventory')
    .insertMany([anItem(1, 'store_seattle', 10), anItem(2, 'store_tacoma', 12), anItem(3, 'store_spokane', 0)]);
  return database;
}

async function move(
  { client, db }: TestDatabase,
  kind: LedgerMovement['kind'],
  quantity: number,
  order_id?: string,
): Promise<void> {
  const id = randomUUID();
  const movement: LedgerMovement = {
    _id: id,
    movement_id: id,
    inventory_id: idOf(1),
    store_id: 'store_seattle',
    product_id: 'prod_1',
    kind,
    quantity,
    ...(order_id === undefined ? {} : { order_id }),
    reason: '',
    user_id: 'rep-1',
    device_id: 'tablet-1',
    hlc: hlcText(noonMs, moved++, 'tablet-1'),
    occurred_at: at,
    deleted: false,
  };
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await db.collection<LedgerMovement>('stock_movements').insertOne(movement, { session });
      await updateStockAlerts(db, session, await foldMovements(db, session, [movement]), at);
    }),
  );
}

let moved = 0;
const alerts = async ({ db }: TestDatabase) =>
  (await db.collection<Alert>('alerts').find().toArray()).map(({ kind, state, facts }) => ({ kind, state, facts }));

describe('stock alerts', () => {
  test('[DB19] low stock is raised once, kept true while it lasts, and resolved when the shelf is full', async () => {
    await using shop = await openShop();
    await move(shop, 'sale', -6);
    expect(await alerts(shop)).toEqual([]);
    await move(shop, 'sale', -1);
    await move(shop, 'sale', -2);
    expect(await alerts(shop)).toEqual([
      {
        kind: 'low_stock',
        state: 'open',
        facts: { stock_level: 1, reorder_threshold: 3, reorder_quantity: 20 },
      },
    ]);
    await move(shop, 'receipt', 20);
    expect(await alerts(shop)).toMatchObject([{ kind: 'low_stock', state: 'resolved' }]);
    await move(shop, 'count', 2);
    expect(await alerts(shop)).toMatchObject([{ state: 'resolved' }, { kind: 'low_stock', state: 'open' }]);
  });

  test('[DB19] oversold names the orders that stock does not cover, the newest first, and the ways out', async () => {
    await using shop = await openShop();
    await move(shop, 'sale', -8, 'order_1');
    await move(shop, 'sale', -4, 'order_2');
    const shortage = { kind: 'oversold', state: 'open' };
    const waysOut = (units: number, orders: number) => ({
      back_order: { units },
      transfer: { from: { store_tacoma: 12 } },
      cancel: { orders },
    });
    expect(await alerts(shop)).toMatchObject([
      { kind: 'low_stock', state: 'resolved' },
      { ...shortage, facts: { units_short: 2, orders: { order_2: 4 }, ways_out: waysOut(2, 1) } },
    ]);
    await move(shop, 'sale', -1, 'order_3');
    await move(shop, 'adjustment', -4);
    expect((await alerts(shop)).at(-1)).toEqual({
      ...shortage,
      facts: {
        stock_level: -7,
        reorder_threshold: 3,
        units_short: 7,
        orders: { order_3: 1, order_2: 4, order_1: 8 },
        ways_out: waysOut(7, 3),
      },
    });
    await move(shop, 'receipt', 9);
    expect(await alerts(shop)).toMatchObject([
      { kind: 'low_stock', state: 'resolved' },
      { kind: 'oversold', state: 'resolved' },
      { kind: 'low_stock', state: 'open', facts: { stock_level: 2 } },
    ]);
  });

  test('[DB19] what a person has taken on stays taken on, with the facts as they become', async () => {
    await using shop = await openShop();
    await move(shop, 'count', 3);
    await shop.db.collection<Alert>('alerts').updateOne({}, { $set: { state: 'acknowledged' } });
    await move(shop, 'sale', -1);
    expect(await alerts(shop)).toMatchObject([{ kind: 'low_stock', state: 'acknowledged', facts: { stock_level: 2 } }]);
  });

  test('[DB19] a threshold that moves raises and resolves as well', async () => {
    await using shop = await openShop();
    const review = async (reorder_threshold: number) => {
      await shop.db.collection<LedgerItem>('inventory').updateOne({ _id: idOf(1) }, { $set: { reorder_threshold } });
      await shop.client.withSession((session) =>
        session.withTransaction(() => reviewStockAlerts(shop.db, session, [idOf(1)], at)),
      );
    };
    await review(10);
    expect(await alerts(shop)).toMatchObject([{ kind: 'low_stock', state: 'open' }]);
    await review(9);
    expect(await alerts(shop)).toMatchObject([{ kind: 'low_stock', state: 'resolved' }]);
  });
});
