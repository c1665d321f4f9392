import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { type Order, type Principal, permissionsSchema } from '../../domain/index.ts';
import { createIndexes } from '../index.ts';
import { checkPipeline } from './check-pipeline.ts';
import { runCheckedAggregation } from './index.ts';

const permissions = permissionsSchema.parse(JSON.parse(readFileSync('config/ditto_permissions.json', 'utf8')));
const AGENT: Principal = { role: 'agent', userId: 'agent', stores: 'all' };
const TACOMA: Principal = { role: 'agent', userId: 'tacoma', stores: ['store_tacoma'] };
const MANAGER: Principal = { role: 'store_manager', userId: 'manager', stores: ['store_tacoma'] };

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let orders: readonly Order[];

beforeAll(async () => {
  database = await openTestDatabase();
  const small = SmallDataSet.generate({ numCustomers: 60, numOrders: 300 });
  for (const [name, documents] of small.entries())
    if (name !== 'product_embeddings') await database.db.collection(name).insertMany(documents as never);
  await createIndexes(database.db);
  orders = small.of('orders') as Order[];
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

const ask = (principal: Principal, collection: unknown, pipeline: unknown, more: object = {}) =>
  runCheckedAggregation({ db: database.db, principal, maxTimeMS: 10_000 }, permissions, {
    collection,
    pipeline,
    ...more,
  });

test('[DB23] sums are those of the documents that the asker may see', async () => {
  const pipeline = [
    { $match: { status: { $ne: 'cancelled' } } },
    { $group: { _id: '$store_id', orders: { $sum: 1 } } },
    { $sort: { _id: 1 } },
  ];
  const all = await ask(AGENT, 'orders', pipeline);
  expect(all.rows).toHaveLength(8);
  expect(all).toMatchObject({ truncated: null, stores: 'all', collections: ['orders'] });
  const tacoma = orders.filter(({ store_id, status }) => store_id === 'store_tacoma' && status !== 'cancelled');
  const own = await ask(TACOMA, 'orders', pipeline);
  expect(own.rows).toEqual([{ _id: 'store_tacoma', orders: tacoma.length }]);
  expect(own.stores).toEqual(['store_tacoma']);
});

test('[DB23] a stock item is whole in one’s own store and an availability elsewhere', async () => {
  const { rows } = await ask(TACOMA, 'inventory', [
    {
      $group: {
        _id: '$store_id',
        placed: { $sum: { $cond: [{ $eq: [{ $type: '$location' }, 'object'] }, 1, 0] } },
        units: { $sum: '$stock_level' },
      },
    },
  ]);
  expect(rows).toHaveLength(8);
  for (const row of rows as { _id: string; placed: number; units: number }[]) {
    expect(row.placed > 0).toBe(row._id === 'store_tacoma');
    expect(row.units).toBeGreaterThan(0);
  }
});

test('[DB23] costs are shown to whom they may be', async () => {
  const pipeline = [{ $group: { _id: null, cost: { $sum: '$cost' } } }];
  expect((await ask(AGENT, 'products', pipeline)).rows).toEqual([{ _id: null, cost: 0 }]);
  expect((await ask(MANAGER, 'products', pipeline)).rows).not.toEqual([{ _id: null, cost: 0 }]);
});

/** Every pair of every pair: never done. */
const endless = [
  ...['a', 'b', 'c'].flatMap((as) => [{ $lookup: { from: 'order_items', pipeline: [], as } }, { $unwind: `$${as}` }]),
  { $count: 'n' },
];

describe('[DB25] an answer is cut, and says by what', () => {
  test('by rows: a hundred unless told, a thousand at most', async () => {
    const cut = await ask(AGENT, 'orders', []);
    expect(cut).toMatchObject({ row_count: 100, truncated: { by: 'rows', limit: 100 } });
    expect(await ask(AGENT, 'orders', [], { limit: 300 })).toMatchObject({ row_count: 300, truncated: null });
    await expect(ask(AGENT, 'orders', [], { limit: 1001 })).rejects.toMatchObject({ code: 'PIPELINE_REFUSED' });
  });

  test('by bytes: what came before is there', async () => {
    const wide = [{ $set: { a: { $range: [0, 2_000] } } }];
    const { rows, truncated } = await ask(AGENT, 'orders', wide, { limit: 1_000 });
    expect(truncated).toEqual({ by: 'bytes', limit: 1_000_000 });
    expect(rows.length).toBeGreaterThan(50);
    expect(JSON.stringify(rows).length).toBeLessThan(1_000_000 + 2 * rows.length);
  });

  test('by time', async () => {
    const context = { db: database.db, principal: AGENT, maxTimeMS: 300 };
    const asked = { collection: 'orders', pipeline: endless };
    await expect(runCheckedAggregation(context, permissions, asked)).rejects.toMatchObject({
      code: 'PIPELINE_TOO_SLOW',
    });
  });

  test('an abort ends it', async () => {
    const startedAt = performance.now();
    const asked = ask(AGENT, 'orders', endless, { signal: AbortSignal.timeout(200) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expect(ask(AGENT, 'orders', [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

test('[DB25] values that JSON does not have are told as texts', async () => {
  const { rows } = await ask(AGENT, 'orders', [
    { $limit: 1 },
    {
      $project: {
        _id: 0,
        time: { $toDate: '2026-11-21T09:30:00Z' },
        exact: { $toDecimal: '1.10' },
        long: { $toLong: '9007199254740993' },
        short: { $toLong: 5 },
        none: { $literal: null },
      },
    },
  ]);
  expect(rows).toEqual([
    { time: '2026-11-21T09:30:00.000Z', exact: '1.10', long: '9007199254740993', short: 5, none: null },
  ]);
});

describe('[DB26] indexes answer what the asker’s first stages say', () => {
  const plans: [string, Principal, string, object[], RegExp][] = [
    [
      'the newest orders of a store',
      TACOMA,
      'orders',
      [{ $sort: { order_date: -1 } }, { $limit: 5 }],
      /order_date|store/,
    ],
    [
      'orders of a month',
      AGENT,
      'orders',
      [{ $match: { order_date: { $gte: '2026-01', $lt: '2026-02' } } }],
      /order_date|date/,
    ],
    ['one order', TACOMA, 'orders', [{ $match: { order_id: 'x' } }], /order_id/],
    ['items of an order', TACOMA, 'order_items', [{ $match: { order_id: 'x' } }], /order/],
    ['a product by its number', AGENT, 'products', [{ $match: { sku: 'x' } }], /sku/],
    ['stock of a product in all stores', TACOMA, 'inventory', [{ $match: { product_id: 'x' } }], /product/],
  ];
  test.each(plans)('%s', async (_name, principal, collection, pipeline, index) => {
    const checked = checkPipeline(permissions, principal, { collection, pipeline });
    const explained = await database.db
      .collection(collection)
      .aggregate([...checked.pipeline])
      .explain('queryPlanner');
    const text = JSON.stringify(explained);
    expect(text).toMatch(/IXSCAN|IDHACK/);
    expect(/"indexName":"([^"]+)"/.exec(text)?.[1]).toMatch(index);
  });
});
