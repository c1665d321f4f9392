/** The query library on the whole data set: what reads a few documents in a small database may read them all in a large one. */
import { type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zavaCatalog } from '../../src/catalog/index.ts';
import { createIndexes, generateInto, type Query, queries } from '../../src/database/index.ts';
import type { Order, OrderItem, Principal } from '../../src/domain/index.ts';
import { readGenerationConfig } from '../../src/generator/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const LOAD_MS_MAX = 600_000;
const MAX_TIME_MS = 20_000;

/** May be read whole, and why. Every other collection is read by an index, or from columns that the server keeps. */
const SMALL: Readonly<Record<string, string>> = {
  alerts: 'one for each item at most',
  categories: 'nine',
  product_embeddings: 'one for each product',
  product_types: '35',
  products: '400',
  stock_transfers: 'a few a day',
  stores: 'eight',
};

const ASKERS: readonly Principal[] = [
  { role: 'headquarters', userId: 'headquarters', stores: 'all' },
  { role: 'store_manager', userId: 'tacoma', stores: ['store_tacoma'] },
];

let database: TestDatabase;
let client: MongoClient;
let db: Db;
let samples: Readonly<Record<string, Record<string, unknown>>>;
const commands: Document[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  const config = readGenerationConfig(undefined, {});
  await generateInto(database.db, { config, catalog: zavaCatalog, program: 'test' });
  await createIndexes(database.db);
  client = new MongoClient(database.uri, { monitorCommands: true });
  client.on('commandStarted', ({ commandName, command }) => {
    if (['find', 'aggregate', 'distinct', 'count'].includes(commandName)) commands.push(command);
  });
  db = client.db(database.name);
  const order = (await db.collection<Order>('orders').findOne({ store_id: 'store_tacoma' })) as Order;
  const item = (await db.collection<OrderItem>('order_items').findOne({ order_id: order.order_id })) as OrderItem;
  const product = item.product_id;
  samples = {
    availability: { product },
    'bought-together': { product },
    customer: { customer: order.customer_id },
    'find-products': { words: 'hammer' },
    order: { order: order.order_id },
    product: { product },
    'products-by-meaning': { words: 'something to hang a heavy mirror' },
    'search-products': { words: 'something to hang a heavy mirror' },
    'stock-of-products': { products: [product] },
  };
}, LOAD_MS_MAX);

afterAll(async () => {
  await client?.close();
  await database?.[Symbol.asyncDispose]();
}, LOAD_MS_MAX);

describe('[DB27] with 200,000 orders no query of the library reads a large collection from end to end', () => {
  test.each(queries.map((query) => [query.name, query] as const))('%s', async (_, query) => {
    for (const principal of ASKERS) {
      const read = await readsOf(query, principal);
      expect(read.size, `${query.name} asked the database`).toBeGreaterThan(0);
      const scanned = [...read].filter(([collection, stages]) => stages.has('COLLSCAN') && !(collection in SMALL));
      expect(scanned, `${query.name}, asked by ${principal.role}`).toEqual([]);
    }
  });
});

/** The collections that a query reads, each with the stages of the plans that were chosen. */
async function readsOf(query: Query, principal: Principal): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  commands.length = 0;
  await query.run({ db, principal, maxTimeMS: MAX_TIME_MS }, query.parameters.parse(samples[query.name] ?? {}));
  const read = new Map<string, Set<string>>();
  for (const { lsid: _, $db: __, $clusterTime: ___, ...command } of [...commands]) {
    const plan = await db.command({ explain: command, verbosity: 'queryPlanner' });
    const chosen = JSON.stringify(plan, (key, value) => (key === 'rejectedPlans' ? undefined : value));
    const collection = String(command['find'] ?? command['aggregate'] ?? command['distinct'] ?? command['count']);
    const stages = read.get(collection) ?? new Set();
    for (const [, stage] of chosen.matchAll(/"stage":"([A-Z_]+)"/g)) stages.add(stage as string);
    read.set(collection, stages);
  }
  return read;
}
