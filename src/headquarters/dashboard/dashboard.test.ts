// biome-ignore-all lint/suspicious/noExplicitAny: each test says what it expects of an answer.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeTestFolder, openTestDatabase } from '../../../tests/support/database.ts';
import { SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { createIndexes, queries } from '../../database/index.ts';
import type { Order, OrderItem, Product } from '../../domain/index.ts';
import { permissions } from '../../edge/retail/device.fixture.ts';
import { type Headquarters, Opening, startHeadquarters } from '../index.ts';
import { csvOf } from './csv.ts';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let headquarters: Headquarters;
let orders: Order[];
let items: OrderItem[];
let products: Product[];

beforeAll(async () => {
  database = await openTestDatabase();
  const { db, client } = database;
  const small = SmallDataSet.generate({ numCustomers: 200, numOrders: 900 });
  for (const name of [
    'stores',
    'customers',
    'categories',
    'product_types',
    'products',
    'inventory',
    'orders',
    'order_items',
  ] as const) {
    await db.collection<{ _id: string }>(name).insertMany(small.of(name) as never);
  }
  await createIndexes(db);
  orders = await db.collection<Order>('orders').find().toArray();
  items = await db.collection<OrderItem>('order_items').find().toArray();
  products = await db.collection<Product>('products').find().toArray();
  await using folder = await makeTestFolder();
  headquarters = await startHeadquarters({
    port: 0,
    webRoot: folder.path,
    opening: new Opening([]),
    database: () => null,
    validation: () => null,
    picture: () => null,
    sync: () => ({ client, db, permissions, wallClockMs: Date.now }),
  });
});
afterAll(async () => {
  await headquarters?.close();
  await database?.[Symbol.asyncDispose]();
});

interface Answered {
  readonly status: number;
  readonly body: any;
  readonly text: string;
  readonly type: string | null;
}

interface Visitor {
  get(path: string): Promise<Answered>;
  post(path: string, body: unknown): Promise<Answered>;
}

/** Somebody who looks as headquarters, or as the manager of a store. */
async function visitor(storeId?: string): Promise<Visitor> {
  const json = { 'content-type': 'application/json' };
  const signedIn = await fetch(`${headquarters.url}/api/session`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(storeId === undefined ? { role: 'headquarters' } : { role: 'store_manager', storeId }),
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const answerOf = async (response: Response) => {
    const text = await response.text();
    const type = response.headers.get('content-type');
    return { status: response.status, text, type, body: type?.includes('json') ? JSON.parse(text) : null };
  };
  return {
    get: async (path) => await answerOf(await fetch(`${headquarters.url}${path}`, { headers: { cookie } })),
    async post(path, body) {
      const request = { method: 'POST', headers: { cookie, ...json }, body: JSON.stringify(body) };
      return await answerOf(await fetch(`${headquarters.url}${path}`, request));
    },
  };
}

const ask = async (name: string, search = '', who?: Visitor) =>
  (await (who ?? (await visitor())).get(`/api/dashboard/queries/${name}?${search}`)).body.value;

const sold = () => orders.filter(({ status }) => status !== 'cancelled');
const sum = (numbers: readonly number[]) => Math.round(numbers.reduce((all, one) => all + one, 0) * 100) / 100;

describe('the dashboard’s numbers equal those of the documents', () => {
  test('[HQ10] sales by store, by month and by hour', async () => {
    for (const [name, keyOf] of [
      ['sales-by-store', ({ store_id }: Order) => store_id],
      ['sales-by-month', ({ order_date }: Order) => order_date.slice(0, 7)],
      ['sales-by-hour', ({ order_date }: Order) => order_date.slice(11, 13)],
    ] as const) {
      const rows = (await ask(name)) as { key: string; sales: number; orders: number }[];
      expect(rows.length).toBe(new Set(sold().map(keyOf)).size);
      for (const row of rows) {
        const of = sold().filter((order) => keyOf(order) === row.key);
        expect(row).toMatchObject({ orders: of.length, sales: sum(of.map(({ subtotal }) => subtotal)) });
      }
    }
  });

  test('[HQ10] days at either end of a question count, and those outside do not', async () => {
    const days = [...new Set(sold().map(({ order_date }) => order_date.slice(0, 10)))].sort();
    const [from, to] = [days[10] as string, days[40] as string];
    const rows = (await ask('sales-by-store', `from=${from}&to=${to}`)) as { sales: number }[];
    const inside = sold().filter(({ order_date }) => order_date.slice(0, 10) >= from && order_date.slice(0, 10) <= to);
    expect(sum(rows.map(({ sales }) => sales))).toBe(sum(inside.map(({ subtotal }) => subtotal)));
  });

  test('[HQ10] sales by category, with the margin', async () => {
    const of = new Map(products.map((product) => [product.product_id, product]));
    const kept = new Set(sold().map(({ order_id }) => order_id));
    const itemsSold = items.filter(({ order_id }) => kept.has(order_id));
    for (const row of (await ask('sales-by-category')) as {
      category_id: string;
      units: number;
      sales: number;
      margin: number;
    }[]) {
      const mine = itemsSold.filter(({ product_id }) => of.get(product_id)?.category_id === row.category_id);
      expect(row.units).toBe(mine.reduce((all, { quantity }) => all + quantity, 0));
      expect(row.sales).toBe(sum(mine.map(({ line_total }) => line_total)));
      const cost = mine.reduce((all, { product_id, quantity }) => all + quantity * (of.get(product_id)?.cost ?? 0), 0);
      expect(row.margin).toBeCloseTo(row.sales - cost, 1);
    }
  });

  test('[HQ10] today is the newest order’s day, whole and by hour', async () => {
    const today = await ask('today');
    const newest = orders
      .map(({ order_date }) => order_date)
      .sort()
      .at(-1) as string;
    const ofDay = sold().filter(({ order_date }) => order_date.startsWith(newest.slice(0, 10)));
    expect(today.today).toMatchObject({
      day: newest.slice(0, 10),
      orders: ofDay.length,
      sales: sum(ofDay.map(({ subtotal }) => subtotal)),
    });
    const lines = items.filter((item) => ofDay.some(({ order_id }) => order_id === item.order_id));
    const costOf = new Map(products.map(({ product_id, cost }) => [product_id, cost]));
    expect(today.today.units).toBe(lines.reduce((all, { quantity }) => all + quantity, 0));
    const cost = lines.reduce((all, { product_id, quantity }) => all + quantity * (costOf.get(product_id) ?? 0), 0);
    expect(today.today.margin).toBeCloseTo(today.today.sales - cost, 1);
    expect(sum(today.today.hours.map(({ sales }: { sales: number }) => sales))).toBe(today.today.sales);
  });

  test('[HQ10] stock: what it is worth, what is low, and where', async () => {
    const inventory = await database.db.collection('inventory').find().toArray();
    const { stores } = await ask('inventory-value');
    const low = ({ stock_level, reorder_threshold }: any) => stock_level >= 0 && stock_level <= reorder_threshold;
    for (const row of stores as { key: string; units: number; low: number }[]) {
      const mine = inventory.filter(({ store_id }) => store_id === row.key);
      expect(row).toMatchObject({
        units: mine.reduce((all, { stock_level }) => all + stock_level, 0),
        low: mine.filter(low).length,
      });
    }
    const cells = (await ask('low-stock-map')) as { low: number; products: number }[];
    expect(cells.reduce((all, cell) => all + cell.low, 0)).toBe(inventory.filter(low).length);
    expect(cells.reduce((all, cell) => all + cell.products, 0)).toBe(inventory.length);
  });
});

describe('who sees what', () => {
  // Those that need a subject are asked, and held to the same, where the library is tested.
  const asked = queries.filter(({ parameters }) => parameters.safeParse({}).success);
  test.each(asked)('[HQ11] the manager of a store learns nothing of another by $name', async (query) => {
    const { name } = query;
    const manager = await visitor('store_tacoma');
    const { status, text } = await manager.get(`/api/dashboard/queries/${name}`);
    expect(status).toBe(200);
    for (const other of ['store_seattle', 'store_online', 'store_spokane']) expect(text).not.toContain(other);
    const isOfStores = JSON.stringify(z.toJSONSchema(query.parameters, { io: 'input' })).includes('"store"');
    if (isOfStores) {
      const asked = await manager.get(`/api/dashboard/queries/${name}?store=store_seattle`);
      expect(asked).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
    }
  });

  test('[HQ11] a manager’s sales are those of the store', async () => {
    const rows = await ask('sales-by-store', '', await visitor('store_tacoma'));
    expect(rows).toHaveLength(1);
    const mine = sold().filter(({ store_id }) => store_id === 'store_tacoma');
    expect(rows[0]).toMatchObject({
      key: 'store_tacoma',
      orders: mine.length,
      sales: sum(mine.map(({ subtotal }) => subtotal)),
    });
  });

  test('[HQ11] questions of one’s own reach no further, whatever they say', async () => {
    const manager = await visitor('store_tacoma');
    const question = async (body: object) => await manager.post('/api/dashboard/explore', body);
    const all = await question({ collection: 'orders', limit: 500 });
    expect(new Set(all.body.rows.map(({ store_id }: Order) => store_id))).toEqual(new Set(['store_tacoma']));
    const counted = await question({
      collection: 'orders',
      pipeline: [{ $group: { _id: '$store_id', orders: { $sum: 1 } } }],
    });
    expect(counted.body.rows).toEqual([
      { _id: 'store_tacoma', orders: orders.filter(({ store_id }) => store_id === 'store_tacoma').length },
    ]);
    const other = await question({ collection: 'orders', filter: { store_id: 'store_seattle' } });
    expect(other.body.rows).toEqual([]);
    // What reaches further may: it finds the same stores there.
    for (const stage of [
      { $lookup: { from: 'orders', pipeline: [{ $limit: 3 }], as: 'all' } },
      { $unionWith: { coll: 'orders', pipeline: [] } },
      { $facet: { a: [{ $unionWith: { coll: 'orders', pipeline: [] } }] } },
    ]) {
      const { status, body } = await question({ collection: 'orders', pipeline: [{ $limit: 2 }, stage] });
      expect(status, JSON.stringify(body)).toBe(200);
      expect(new Set(JSON.stringify(body.rows).match(/"store_id":"\w+"/g))).toEqual(
        new Set(['"store_id":"store_tacoma"']),
      );
    }
    for (const stage of [
      { $graphLookup: {} },
      { $out: 'stolen' },
      { $merge: 'stolen' },
      { $match: { $where: 'true' } },
      { $project: { a: { $function: { body: '', args: [], lang: 'js' } } } },
      { $match: {}, $limit: 1 },
    ]) {
      expect(await question({ collection: 'orders', pipeline: [stage] })).toMatchObject({
        status: 400,
        body: { code: 'QUESTION_REFUSED' },
      });
    }
    for (const collection of ['product_embeddings', 'sync_inbox', 'system.users']) {
      expect((await question({ collection })).status).toBe(400);
    }
  });

  test('[HQ11] an answer of many bytes is cut, and says so', async () => {
    const twice = [{ $addFields: { twice: '$$ROOT' } }, { $group: { _id: '$product_id', all: { $push: '$$ROOT' } } }];
    const { status, body } = await (await visitor()).post('/api/dashboard/explore', {
      collection: 'order_items',
      pipeline: twice,
      limit: 500,
    });
    expect([status, body.isCut]).toEqual([200, true]);
    expect(JSON.stringify(body.rows).length).toBeLessThan(1_500_000);
  });

  test('[HQ11] prices are headquarters’ to change; a change is written whole, a wrong one is refused', async () => {
    const [product] = products as [Product];
    const address = `/api/products/${product.product_id}/price`;
    expect((await (await visitor('store_tacoma')).post(address, { base_price: 1 })).status).toBe(403);
    const hq = await visitor();
    for (const base_price of [0, -1, 1.234, '5', null])
      expect((await hq.post(address, { base_price })).status).toBe(400);
    expect((await hq.post('/api/products/prod_999999/price', { base_price: 5 })).status).toBe(404);
    expect((await hq.post(address, { base_price: product.base_price + 1.5 })).status).toBe(200);
    const changed = await database.db.collection<Product>('products').findOne({ product_id: product.product_id });
    expect(changed).toMatchObject({
      base_price: Math.round((product.base_price + 1.5) * 100) / 100,
      cost: product.cost,
    });
  });
});

test('[HQ12] every list is CSV too, and no cell is a formula', async () => {
  const own = await (await visitor()).post('/api/dashboard/explore?format=csv', { collection: 'stores' });
  expect(own.text.split('\r\n')).toHaveLength(10);
  const inbox = await (await visitor()).get('/api/dashboard/inbox?format=csv');
  expect([inbox.status, inbox.type]).toEqual([200, expect.stringMatching(/text\/csv/)]);
  const { text, type } = await (await visitor()).get('/api/dashboard/queries/latest-orders?limit=5&format=csv');
  expect(type).toMatch(/text\/csv/);
  const [head, ...lines] = text.trimEnd().split('\r\n');
  expect(head).toMatch(/^order_id,|,order_id,|,order_id$/);
  expect(lines).toHaveLength(5);
  expect(csvOf([{ a: '=1+1', b: 'x,"y"', c: -5, d: null, e: { f: 1 } }])).toBe(
    'a,b,c,d,e\r\n\'=1+1,"x,""y""",-5,,"{""f"":1}"\r\n',
  );
});

test('[HQ5] wrong parameters are named, with what was expected', async () => {
  const hq = await visitor();
  for (const search of ['from=yesterday', 'store=Seattle', 'limit=1', 'nonsense=1']) {
    const { status, body } = await hq.get(`/api/dashboard/queries/sales-by-month?${search}`);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
  }
  expect((await hq.get('/api/dashboard/queries/none')).status).toBe(404);
});
