import { type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { SmallDataSet } from '../../../tests/support/small-data-set.ts';
import type {
  AvailabilityRow,
  BasketRow,
  BoughtTogetherRow,
  CohortRow,
  Customer,
  CustomerHistory,
  FoundProduct,
  InventoryItem,
  Order,
  OrderDetails,
  OrderItem,
  Principal,
  Product,
  ProductSalesRow,
  SalesRow,
  SegmentRow,
  ShortCoverRow,
  TypeSalesRow,
  YearOnYearRow,
} from '../../domain/index.ts';
import { createIndexes, queries, queryOf } from '../index.ts';

const HEADQUARTERS: Principal = { role: 'headquarters', userId: 'headquarters', stores: 'all' };
const TACOMA: Principal = { role: 'store_manager', userId: 'tacoma', stores: ['store_tacoma'] };
const AGENT: Principal = { role: 'agent', userId: 'agent', stores: 'all' };

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let orders: readonly Order[];
let items: readonly OrderItem[];
let products: readonly Product[];
let customers: readonly Customer[];

beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  const small = SmallDataSet.generate({ numCustomers: 150, numOrders: 900 });
  for (const [name, documents] of small.entries()) {
    if (name === 'product_embeddings') continue;
    await db.collection<{ _id: string }>(name).insertMany(documents as never);
  }
  await createIndexes(db);
  orders = small.of('orders') as Order[];
  items = small.of('order_items') as OrderItem[];
  products = small.of('products') as Product[];
  customers = small.of('customers') as Customer[];
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

async function ask<Result>(name: string, asked: Record<string, unknown> = {}, principal = HEADQUARTERS, db?: Db) {
  const query = queryOf(name);
  if (query === undefined) throw new Error(`There is no query '${name}'.`);
  const context = { db: db ?? database.db, principal, maxTimeMS: 20_000 };
  return (await query.run(context, query.parameters.parse(asked))) as Result;
}

const sold = () => orders.filter(({ status }) => status !== 'cancelled');
/** Items of orders that were not cancelled. */
const itemsSold = () => {
  const kept = new Set(sold().map(({ order_id }) => order_id));
  return items.filter(({ order_id }) => kept.has(order_id));
};
const cents = (numbers: readonly number[]) => Math.round(numbers.reduce((sum, one) => sum + one, 0) * 100) / 100;
const newest = () => orders.reduce((latest, { order_date }) => (order_date > latest ? order_date : latest), '');

/** What every query needs to be asked, and a subject of another store than Tacoma. */
function subjects(): Record<string, Record<string, unknown>> {
  const foreign = orders.find(({ store_id }) => store_id === 'store_seattle') as Order;
  const stranger = customers.find(({ primary_store_id }) => primary_store_id === 'store_seattle') as Customer;
  const product = (items[0] as OrderItem).product_id;
  return {
    order: { order: foreign.order_id },
    customer: { customer: stranger.customer_id },
    'bought-together': { product },
    availability: { product },
    product: { product },
    'stock-of-products': { products: [product] },
    'search-products': { words: 'something to hang a mirror' },
    'products-by-meaning': { words: 'something to hang a mirror' },
    'find-products': { words: 'hammer' },
  };
}

describe('[DB20] an answer equals that of the documents', () => {
  test('an order, with its items and its customer', async () => {
    const one = orders[17] as Order;
    const answer = await ask<OrderDetails>('order', { order: one.order_id });
    expect(answer).toMatchObject({ order_id: one.order_id, total: one.total, store_id: one.store_id });
    expect(answer.customer).toEqual({
      customer_id: one.customer_id,
      name: one.customer_name,
      email: one.customer_email,
    });
    const expected = items.filter(({ order_id }) => order_id === one.order_id);
    expect(answer.items.map(({ line_total }) => line_total).sort()).toEqual(
      expected.map(({ line_total }) => line_total).sort(),
    );
    expect(await ask('order', { order: 'order_99999999' })).toBeNull();
  });

  test('a customer’s history and lifetime value; what was cancelled is in the list alone', async () => {
    const cancelled = orders.find(({ status }) => status === 'cancelled') as Order;
    const answer = await ask<CustomerHistory>('customer', { customer: cancelled.customer_id });
    const theirs = orders.filter(({ customer_id }) => customer_id === cancelled.customer_id);
    const kept = theirs.filter(({ status }) => status !== 'cancelled');
    expect(answer.lifetimeValue).toBe(cents(kept.map(({ subtotal }) => subtotal)));
    expect(answer.ordersSold).toBe(kept.length);
    const newestFirst = theirs.map(({ order_date }) => order_date).sort((a, b) => (a < b ? 1 : -1));
    expect(answer.orders.map(({ order_date }) => order_date)).toEqual(newestFirst.slice(0, 50));
    expect((await ask<CustomerHistory>('customer', { customer: cancelled.customer_id, limit: 1 })).orders).toHaveLength(
      1,
    );
  });

  test('segments: every buyer is in exactly one, with all that they bought', async () => {
    const segments = await ask<SegmentRow[]>('customer-segments');
    const buyers = new Set(sold().map(({ customer_id }) => customer_id));
    expect(segments.reduce((sum, { customers: of }) => sum + of, 0)).toBe(buyers.size);
    expect(segments.reduce((sum, { orders: of }) => sum + of, 0)).toBe(sold().length);
    expect(cents(segments.map(({ sales }) => sales))).toBe(cents(sold().map(({ subtotal }) => subtotal)));
    const champions = segments.find(({ segment }) => segment === 'champions') as SegmentRow;
    const sleeping = segments.find(({ segment }) => segment === 'sleeping') as SegmentRow;
    expect(champions.sales / champions.customers).toBeGreaterThan(sleeping.sales / sleeping.customers);
  });

  test('retention: of who first bought in a year, how many did in each later one', async () => {
    const yearsOf = new Map<string, Set<string>>();
    for (const { customer_id, order_date } of sold()) {
      yearsOf.set(customer_id, (yearsOf.get(customer_id) ?? new Set()).add(order_date.slice(0, 4)));
    }
    const expected = new Map<string, number>();
    for (const years of yearsOf.values()) {
      const [cohort] = [...years].sort();
      for (const year of years) expected.set(`${cohort}/${year}`, (expected.get(`${cohort}/${year}`) ?? 0) + 1);
    }
    const rows = await ask<CohortRow[]>('customer-retention');
    expect(new Map(rows.map(({ cohort, year, customers: of }) => [`${cohort}/${year}`, of]))).toEqual(expected);
    for (const row of rows) expect(row.yearsAfter === 0 ? row.percent : 100).toBe(100);
  });

  test('baskets, store by store', async () => {
    const rows = await ask<BasketRow[]>('baskets');
    expect(rows).toHaveLength(new Set(sold().map(({ store_id }) => store_id)).size);
    for (const { store_id, orders: count, averageValue, averageLines } of rows) {
      const mine = sold().filter((order) => order.store_id === store_id);
      expect(count).toBe(mine.length);
      expect(averageValue).toBeCloseTo(mine.reduce((sum, { subtotal }) => sum + subtotal, 0) / mine.length, 1);
      expect(averageLines).toBeCloseTo(mine.reduce((sum, { item_count }) => sum + item_count, 0) / mine.length, 1);
    }
  });

  test('what is bought together with a product', async () => {
    const product = (items[0] as OrderItem).product_id;
    const together = new Set(items.filter((item) => item.product_id === product).map(({ order_id }) => order_id));
    const rows = await ask<BoughtTogetherRow[]>('bought-together', { product, limit: 100 });
    const others = items.filter((item) => together.has(item.order_id) && item.product_id !== product);
    expect(rows).toHaveLength(Math.min(100, new Set(others.map(({ product_id }) => product_id)).size));
    for (const row of rows) {
      const of = others.filter(({ product_id }) => product_id === row.product_id);
      expect(row).toMatchObject({ orders: of.length, units: of.reduce((sum, { quantity }) => sum + quantity, 0) });
    }
  });

  test('sales by type of product', async () => {
    const typeOf = new Map(products.map(({ product_id, type_id }) => [product_id, type_id]));
    const rows = await ask<TypeSalesRow[]>('sales-by-type');
    const kept = itemsSold();
    expect(kept.length).toBeLessThan(items.length);
    expect(rows).toHaveLength(new Set(kept.map(({ product_id }) => typeOf.get(product_id))).size);
    for (const { type_id, units, sales } of rows) {
      const mine = kept.filter(({ product_id }) => typeOf.get(product_id) === type_id);
      expect(units).toBe(mine.reduce((sum, { quantity }) => sum + quantity, 0));
      expect(sales).toBe(cents(mine.map(({ line_total }) => line_total)));
    }
  });

  test('sales by day: of the days of the question, else of the ninety up to the newest order', async () => {
    const [first, last] = ['2023-03-01', '2023-03-31'];
    const inside = (day: string, from: string, to: string) => day >= from && day <= to;
    const ninety = new Date(Date.parse(newest().slice(0, 10)) - 89 * 86_400_000).toISOString().slice(0, 10);
    for (const [asked, from, to] of [
      [{ from: first, to: last }, first, last],
      [{}, ninety, newest().slice(0, 10)],
    ] as const) {
      const rows = await ask<SalesRow[]>('sales-by-day', asked);
      const mine = sold().filter(({ order_date }) => inside(order_date.slice(0, 10), from, to));
      expect(rows.map(({ key }) => key)).toEqual(
        [...new Set(mine.map((order) => order.order_date.slice(0, 10)))].sort(),
      );
      for (const { key, orders: count, sales } of rows) {
        const ofDay = mine.filter(({ order_date }) => order_date.startsWith(key));
        expect([count, sales]).toEqual([ofDay.length, cents(ofDay.map(({ subtotal }) => subtotal))]);
      }
    }
  });

  test('what runs out soon, by the units of the last weeks that were really sold', async () => {
    const rows = await ask<ShortCoverRow[]>('short-cover', { within: 52, pace: 104, limit: 2_000 });
    const stock = await database.db.collection<InventoryItem>('inventory').find({}).toArray();
    const since = new Date(Date.parse(newest().slice(0, 10)) + (1 - 7 * 104) * 86_400_000).toISOString().slice(0, 10);
    const unitsOf = new Map<string, number>();
    for (const { store_id, product_id, order_date, quantity } of itemsSold()) {
      if (order_date < since) continue;
      const key = `${store_id}/${product_id}`;
      unitsOf.set(key, (unitsOf.get(key) ?? 0) + quantity);
    }
    const expected = stock.flatMap(({ store_id, product_id, stock_level }) => {
      const units = unitsOf.get(`${store_id}/${product_id}`);
      if (units === undefined) return [];
      const weeks = Math.round((Math.max(0, stock_level) / (units / 104)) * 10) / 10;
      return weeks > 52 ? [] : [`${store_id}/${product_id} ${units} ${weeks}`];
    });
    expect(rows.map((row) => `${row.store_id}/${row.product_id} ${row.unitsSold} ${row.weeksOfCover}`).sort()).toEqual(
      expected.sort(),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ weeksOfCover }) => weeksOfCover)).toEqual(
      rows.map(({ weeksOfCover }) => weeksOfCover).toSorted((one, other) => one - other),
    );
  });

  test('what sold best of one category', async () => {
    const [all, one] = await Promise.all([
      ask<ProductSalesRow[]>('top-products', { weeks: 260, limit: 400 }),
      ask<ProductSalesRow[]>('top-products', { weeks: 260, limit: 400, category: products[0]?.category_id }),
    ]);
    const ofCategory = new Set(
      products.filter(({ category_id }) => category_id === products[0]?.category_id).map(({ sku }) => sku),
    );
    const skus = (rows: readonly ProductSalesRow[]) => rows.map(({ sku }) => sku);
    expect(one).toHaveLength(ofCategory.size);
    expect(skus(one)).toEqual(skus(all).filter((sku) => ofCategory.has(sku)));
  });

  test('a year against the one before, both up to the newest order’s day', async () => {
    const rows = await ask<YearOnYearRow[]>('year-on-year');
    const last = newest().slice(0, 10);
    const before = `${Number(last.slice(0, 4)) - 1}${last.slice(4)}`;
    expect(rows).toHaveLength(Number(last.slice(5, 7)));
    const of = (month: string, until: string) =>
      sold().filter(({ order_date }) => order_date.startsWith(month) && order_date.slice(0, 10) <= until);
    for (const row of rows) {
      const [now, then] = [of(row.month, last), of(`${before.slice(0, 4)}${row.month.slice(4)}`, before)];
      expect(row).toMatchObject({ orders: now.length, ordersBefore: then.length });
      expect(row.sales).toBe(cents(now.map(({ subtotal }) => subtotal)));
      expect(row.salesBefore).toBe(cents(then.map(({ subtotal }) => subtotal)));
    }
    expect(rows.map(({ isPartial }) => isPartial)).toEqual(rows.map((_, index) => index === rows.length - 1));
  });

  test('products by words, the best match first, and where a product is', async () => {
    const found = await ask<FoundProduct[]>('find-products', { words: 'hammer' });
    expect(found.length).toBeGreaterThan(0);
    for (const { product_name, product_description } of found) {
      expect(`${product_name} ${product_description}`).toMatch(/hammer/i);
    }
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    const { product_id } = found[0] as FoundProduct;
    const rows = await ask<AvailabilityRow[]>('availability', { product: product_id });
    const stock = await database.db.collection('inventory').find({ product_id }).toArray();
    expect(new Map(rows.map((row) => [row.store_id, row.stock_level]))).toEqual(
      new Map(stock.map((item) => [item['store_id'], item['stock_level']])),
    );
  });
});

describe('[DB21] an answer holds nothing beyond what its asker may see', () => {
  test.each(queries.map(({ name }) => name))('%s tells the manager of a store nothing of another', async (name) => {
    const answer = JSON.stringify(await ask(name, subjects()[name], TACOMA));
    for (const other of ['store_seattle', 'store_online', 'store_spokane']) expect(answer).not.toContain(other);
    const other = { ...subjects()[name], store: 'store_seattle' };
    const isOfStores = queryOf(name)?.parameters.safeParse(other).success === true;
    if (isOfStores) await expect(ask(name, other, TACOMA)).rejects.toMatchObject({ code: 'STORE_NOT_YOURS' });
  });

  test('an order, or a customer, of another store is nothing at all', async () => {
    expect(await ask('order', subjects()['order'], TACOMA)).toBeNull();
    expect(await ask('customer', subjects()['customer'], TACOMA)).toBeNull();
  });

  test('an agent learns of no customer', async () => {
    for (const name of ['customer', 'customer-segments', 'customer-retention']) {
      await expect(ask(name, subjects()[name], AGENT)).rejects.toMatchObject({ code: 'CUSTOMERS_NOT_YOURS' });
    }
    const names = new Set(orders.map(({ customer_name }) => customer_name));
    for (const { name } of queries.filter((query) => !query.name.startsWith('customer'))) {
      const answer = JSON.stringify(await ask(name, subjects()[name], AGENT));
      for (const customerName of names) expect(answer).not.toContain(customerName);
    }
  });
});

describe('[DB22] queries run with the indexes that were made for them', () => {
  const items = ['order_items: idx_order_id', 'order_items: idx_order_product'];
  test.each([
    ['order', HEADQUARTERS, ['orders: idx_order_id', ...items]],
    [
      'customer',
      HEADQUARTERS,
      ['customers: idx_customer_id', 'orders: idx_customer_orders', 'orders: idx_customer_id'],
    ],
    ['latest-orders', HEADQUARTERS, ['orders: idx_order_date_desc']],
    ['latest-orders', TACOMA, ['orders: idx_store_orders']],
    ['today', HEADQUARTERS, ['orders: idx_order_date_desc', ...items]],
    ['today', TACOMA, ['orders: idx_store_orders', ...items]],
    ['bought-together', HEADQUARTERS, ['order_items: idx_product_date', ...items]],
    ['availability', HEADQUARTERS, ['inventory: idx_product_id']],
    ['availability', TACOMA, ['inventory: idx_store_product']],
    ['find-products', HEADQUARTERS, ['products: idx_text_search', 'products: idx_deleted']],
    ['low-stock', TACOMA, ['inventory: idx_store_id', 'inventory: idx_store_product', 'inventory: idx_low_stock']],
  ] as const)('%s, asked by %o', async (name, principal, [needed, ...others]) => {
    const used = await indexesUsed((db) => ask(name, subjects()[name], principal, db));
    const collections = [needed, ...others].map((place) => place.split(':')[0]);
    const ofThese = [...used].filter((place) => collections.includes(place.split(':')[0]));
    expect([needed, ...others]).toEqual(expect.arrayContaining(ofThese));
    expect(ofThese.length).toBeGreaterThan(0);
  });
});

/** What was asked of the database meanwhile, explained: `collection: index`, or `collection: COLLSCAN`. */
async function indexesUsed(work: (db: Db) => Promise<unknown>): Promise<ReadonlySet<string>> {
  const asked: Document[] = [];
  const client = new MongoClient(database.uri, { monitorCommands: true });
  client.on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'find' || commandName === 'aggregate') asked.push(command);
  });
  const used = new Set<string>();
  try {
    const db = client.db(database.name);
    await work(db);
    for (const { lsid: _, $db: __, $clusterTime: ___, ...command } of [...asked]) {
      const plan = await db.command({ explain: command, verbosity: 'queryPlanner' });
      const won = JSON.stringify(plan, (key, value) => (key === 'rejectedPlans' ? undefined : value));
      for (const found of won.matchAll(/"indexName":"([^"]+)"|"stage":"(COLLSCAN)"/g)) {
        used.add(`${command['find'] ?? command['aggregate']}: ${found[1] ?? found[2]}`);
      }
    }
  } finally {
    await client.close();
  }
  return used;
}
