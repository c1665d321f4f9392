import fc from 'fast-check';
import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { zavaCatalog } from '../../catalog/index.ts';
import type { Order, Principal } from '../../domain/index.ts';
import { readGenerationConfig } from '../../generator/index.ts';
import { createIndexes, enableChangeStreams, generateInto, queryOf, SummaryFollower } from '../index.ts';
import { compareSummaries, makeMarked, markMonths, rebuildSummaries } from './keep.ts';
import { monthlySales, wholeCompany } from './monthly-sales.ts';
import { FOLLOWERS_COLLECTION, readMonthlySales, summaryStatus } from './read.ts';

const HEADQUARTERS: Principal = { role: 'headquarters', userId: 'hq', stores: 'all' };
const ASKERS: readonly Principal[] = [
  HEADQUARTERS,
  { role: 'store_manager', userId: 'tacoma', stores: ['store_tacoma'] },
  { role: 'agent', userId: 'agent', stores: ['store_seattle', 'store_bellevue'] },
];
const SUMMARISED = ['seasons', 'sales-by-category'];

let database: Awaited<ReturnType<typeof openTestDatabase>>;

beforeAll(async () => {
  database = await openTestDatabase();
  const config = readGenerationConfig(undefined, { numCustomers: 200, numOrders: 1_500 });
  await generateInto(database.db, { config, catalog: zavaCatalog, program: 'test' });
  await createIndexes(database.db);
  await enableChangeStreams(database.db);
});

afterAll(async () => await database[Symbol.asyncDispose]());

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 25_000, interval: 50 });
const follow = () => new SummaryFollower({ db: database.db, log: () => {}, makeEveryMs: 200, retryMs: 50 });
const isKept = () => eventually(async () => expect((await summaryStatus(database.db)).isKept).toBe(true));
const answer = async (name: string, principal: Principal) => {
  const query = queryOf(name)!;
  return await query.run({ db: database.db, principal, maxTimeMS: 20_000 }, query.parameters.parse({}));
};
const answers = () =>
  Promise.all(SUMMARISED.flatMap((name) => ASKERS.map(async (principal) => [name, await answer(name, principal)])));
const byName = (rows: Document[]) => JSON.stringify(rows);

test('[DB29] where nobody keeps the summary, it is not read, however right it may be', async () => {
  await rebuildSummaries(database.db);
  expect(await compareSummaries(database.db)).toMatchObject({ differences: [] });
  expect(await readMonthlySales(wholeCompany(database.db, 10_000))).toBeNull();
});

test('[DB29] every question has the same answer from the summary as from the raw documents', async () => {
  const raw = await answers();
  await using _follower = follow();
  await isKept();
  const context = wholeCompany(database.db, 10_000);
  expect((await readMonthlySales(context))?.length).toBeGreaterThan(100);
  expect(byName(await answers())).toBe(byName(raw));
});

test('[DB29] a month that changes while it is made stays marked', async () => {
  const { store_id, month } = (await monthlySales(database.db).findOne({ orders: { $gt: 0 } }))!;
  await markMonths(database.db, [{ store_id, month }]);
  const making = makeMarked(database.db);
  await markMonths(database.db, [{ store_id, month }]);
  await making;
  const before = await summaryStatus(database.db);
  await makeMarked(database.db);
  expect(before.marked).toBeLessThanOrEqual(1);
  expect((await summaryStatus(database.db)).marked).toBe(0);
  expect(await compareSummaries(database.db)).toMatchObject({ differences: [] });
});

const change = fc.record({
  order: fc.nat(1_499),
  how: fc.constantFrom('cancel', 'complete', 'delete', 'hide', 'move day', 'move store', 'quantity', 'copy'),
  month: fc.integer({ min: 1, max: 12 }),
});

describe('[DB29] whatever is written, in whatever order, also while nobody listened', () => {
  test('the summary comes to say what the raw documents say', async () => {
    const orders = await database.db.collection<Order>('orders').find().sort({ order_id: 1 }).toArray();
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 40 }), fc.nat(40), async (changes, stopAt) => {
        let follower: SummaryFollower | null = follow();
        try {
          for (const [at, { order: number, how, month }] of changes.entries()) {
            // A process that ends between two changes, and another that goes on behind it.
            if (at === stopAt) {
              await follower?.[Symbol.asyncDispose]();
              follower = null;
            }
            await write(orders[number]!, how, month, at);
          }
          follower ??= follow();
          await eventually(async () => {
            const { isKept: kept, marked } = await summaryStatus(database.db);
            expect({ kept, marked }).toEqual({ kept: true, marked: 0 });
            expect(await compareSummaries(database.db)).toMatchObject({ differences: [] });
          });
          const kept = await answers();
          await follower[Symbol.asyncDispose]();
          follower = null;
          await database.db.collection(FOLLOWERS_COLLECTION).updateOne({}, { $set: { heard_at: new Date(0) } });
          expect(byName(await answers())).toBe(byName(kept));
        } finally {
          await follower?.[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 4 },
    );
  });
});

async function write(order: Order, how: string, month: number, at: number): Promise<void> {
  const { db } = database;
  const { order_id } = order;
  const order_date = `2024-${String(month).padStart(2, '0')}-15T10:00:00Z`;
  const both = (update: Document) =>
    Promise.all(['orders', 'order_items'].map((name) => db.collection(name).updateMany({ order_id }, update)));
  switch (how) {
    case 'cancel':
      return void (await db.collection('orders').updateOne({ order_id }, { $set: { status: 'cancelled' } }));
    case 'complete':
      return void (await db.collection('orders').updateOne({ order_id }, { $set: { status: 'completed' } }));
    case 'delete':
      await Promise.all(['orders', 'order_items'].map((name) => db.collection(name).deleteMany({ order_id })));
      return;
    case 'hide':
      return void (await both({ $set: { deleted: true } }));
    case 'move day':
      return void (await both({ $set: { order_date } }));
    case 'move store':
      return void (await both({ $set: { store_id: 'store_tacoma' } }));
    case 'quantity':
      return void (await db
        .collection('order_items')
        .updateOne({ order_id }, { $inc: { quantity: 1, line_total: 3.3 } }));
    default:
      await db
        .collection('orders')
        .insertOne({ ...order, _id: `${order_id}-${at}`, order_id: `${order_id}-${at}`, order_date } as never);
  }
}

test('[DB29] a summary that somebody throws away, or takes documents from, is made anew', async () => {
  await using _follower = follow();
  await isKept();
  const context = wholeCompany(database.db, 10_000);
  const ordersOf = async () => (await readMonthlySales(context))?.reduce((sum, { orders }) => sum + orders, 0);
  const before = await ordersOf();
  for (const harm of [
    () => monthlySales(database.db).drop(),
    () => monthlySales(database.db).deleteMany({ store_id: 'store_seattle' }),
  ]) {
    await harm();
    await eventually(async () => {
      expect(await readMonthlySales(context)).not.toBeNull();
      expect(await compareSummaries(database.db)).toMatchObject({ differences: [] });
      expect(await summaryStatus(database.db)).toMatchObject({ marked: 0, isKept: true });
    });
    expect(await ordersOf()).toBe(before);
  }
});

test('[DB29] the follower of a dropped collection makes everything anew', async () => {
  await using _follower = follow();
  await isKept();
  await database.db.dropCollection('order_items');
  await eventually(async () => {
    expect(await monthlySales(database.db).countDocuments({ 'types.0': { $exists: true } })).toBe(0);
  });
});
