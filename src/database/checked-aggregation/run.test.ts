import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { type Order, type Principal, permissionsSchema } from '../../domain/index.ts';
import { createIndexes } from '../index.ts';
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
