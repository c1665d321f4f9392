import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zavaCatalog } from '../catalog/index.ts';
import type {
  Alert,
  CollectionName,
  Customer,
  Order,
  Product,
  ReplenishmentOrder,
  StockMovement,
  StockTransfer,
} from '../domain/index.ts';
import { generateDataSet, readGenerationConfig } from '../generator/index.ts';
import type { Document } from '../sync/index.ts';
import { statements } from './dql.ts';
import { SEATTLE, TestDevice } from './retail/device.fixture.ts';
import { listOf, type ScopeContents, seattleScope } from './seattle-scope.fixture.ts';

/** The company that `zava start` generates unless told otherwise: 50,000 customers, 200,000 orders. */
const config = readGenerationConfig(undefined, { today: '2026-11-22T12:00:00Z' });
const DOCUMENTS_AT_ONCE = 1_000;
const UNSETTLED_SALES = 5;
/** The items of sixty products are looked up here, and by product in all eight stores; all else reads what it finds. */
const READ_PER_FOUND_MAX = 16;
const FILL_MS_MAX = 300_000;

/** What reads a whole collection, and why that is right. */
const SCANS: Readonly<Record<string, string>> = {
  readOutbox: 'unsettled operations: few, all wanted',
  readShadows: 'documents with unsettled work: few, all wanted',
  readRejected: 'refused operations: few, all wanted',
  readLost: 'fields that lost to a newer write: few, all wanted',
  countAll: 'counts a whole collection',
  countReadable: 'reads a whole collection, to find what is damaged',
  readAll: 'compares a whole collection with MongoDB',
  evictAll: 'clears a whole collection',
  evictOutside: 'clears what an earlier subscription brought',
  evictAllBut: 'clears a whole collection but for some documents',
  stores: 'eight documents, all wanted',
  categories: 'nine documents, all wanted',
  productTypes: 'some thirty documents, all wanted',
  products: 'the whole catalogue, for the search in memory',
};

/** Statements that only write what they are given. */
const WRITES = new Set(['put']);

/** What is not there in an ordinary shop: nothing of it is refused. */
const FINDS_NOTHING = new Set(['readSettlements']);

const catalogue = Object.entries(statements).flatMap(([name, statement]): [string, string][] => {
  if (name === 'indexes') return [];
  if (name === 'unset') return [[name, statements.unset('orders', ['status'])]];
  if (name === 'setFields' || name === 'unsetFields') {
    return [[name, (statement as typeof statements.setFields)('orders', 'order_id', ['status'])]];
  }
  if (name === 'subscription' || name === 'evictOutside') {
    return [[name, (statement as typeof statements.subscription)('orders', 'order_id = :orderId')]];
  }
  if (typeof statement === 'function') return [[name, (statement as (collection: string) => string)('orders')]];
  return [[name, statement as string]];
});

interface Sale {
  readonly order_id: string;
}

interface Stats {
  /** Absent where it is none. */
  readonly documentsOut?: number;
}

interface PlanNode {
  readonly '#operator'?: string;
  readonly [key: string]: unknown;
}

function* operatorsOf(node: unknown): Generator<PlanNode> {
  if (typeof node !== 'object' || node === null) return;
  if ('#operator' in node) yield node as PlanNode;
  for (const child of Object.values(node)) yield* operatorsOf(child);
}

const isLookup = ({ '#operator': kind }: PlanNode): boolean => kind === 'indexScan' || kind === 'idScan';

/** An index scan with no bound at all reads the whole index: a scan by another name. */
function isBounded({ desc }: PlanNode): boolean {
  const { spans } = desc as { spans: { range: { low?: unknown; high?: unknown } }[][] };
  return spans.every((keys) => keys[0]?.range.low !== undefined);
}

let device: TestDevice;
let contents: ScopeContents;
let parametersOf: (statement: string) => Record<string, unknown>;

const put = async (collection: CollectionName, documents: readonly Document[]) => {
  for (let from = 0; from < documents.length; from += DOCUMENTS_AT_ONCE) {
    const portion = documents.slice(from, from + DOCUMENTS_AT_ONCE);
    await device.store.execute(statements.put(collection), { documents: portion });
  }
};

beforeAll(async () => {
  device = await TestDevice.open({ documents: {} });
  contents = seattleScope({
    dataSet: generateDataSet({ config, catalog: zavaCatalog, checksums: false }),
    wallClockMs: device.nowMs,
  });
  for (const [collection, documents] of contents) await put(collection, documents);
  parametersOf = parametersFrom(contents, await sellUnsettled());
}, FILL_MS_MAX);

afterAll(async () => {
  await device[Symbol.asyncDispose]();
});

/** Sales of today that headquarters has not answered. */
async function sellUnsettled(): Promise<Sale[]> {
  const { customer_id } = busiestOrderIn(contents);
  const { product_id } = mostMovedIn(contents);
  const sales: Sale[] = [];
  for (let sale = 0; sale < UNSETTLED_SALES; sale++) {
    const lines = [{ product_id, quantity: 1 }];
    const sold = await device.retail.perform('sell', { customer_id, lines, override: { reason: 'Found two more' } });
    if (sold.outcome !== 'done') throw new Error(JSON.stringify(sold));
    sales.push(sold.facts);
  }
  return sales;
}

/** What people of this store would ask for: of each thing the one that finds most. */
function parametersFrom(held: ScopeContents, sales: readonly Sale[]): (statement: string) => Record<string, unknown> {
  const order = busiestOrderIn(held);
  const moved = mostMovedIn(held);
  const customer = listOf<Customer>(held, 'customers').find(({ customer_id }) => customer_id === order.customer_id);
  const product = listOf<Product>(held, 'products').find(({ product_id }) => product_id === moved.product_id);
  if (customer === undefined || product === undefined) throw new Error('The scope does not hold what it names.');
  const { customer_id, email, first_name, last_name, phone } = customer;
  const transferId = listOf<StockTransfer>(held, 'stock_transfers').at(-1)?.transfer_id;
  const common = {
    ids: listOf<Order>(held, 'orders')
      .slice(0, 500)
      .map(({ _id }) => _id),
    ...{ id: order.order_id, v0: 'completed', documents: [order], storeId: SEATTLE },
    ...{ productId: product.product_id, sku: product.sku, typeId: product.type_id },
    productIds: listOf<Product>(held, 'products')
      .slice(0, 60)
      .map(({ product_id }) => product_id),
    ...{ inventoryId: moved.inventory_id, hlc: moved.hlc, orderId: order.order_id, transferId },
    replenishmentId: listOf<ReplenishmentOrder>(held, 'replenishment_orders').at(-1)?.replenishment_id,
    ...{ customerId: customer_id, email, limit: 20, alertId: listOf<Alert>(held, 'alerts').at(-1)?.alert_id },
  };
  const beginning = (text: string, letters: number) => {
    const from = text.slice(0, letters);
    return { from, before: `${from}\uffff` };
  };
  const own: Readonly<Record<string, Record<string, unknown>>> = {
    customersByLastName: beginning(last_name, 1),
    customersByFirstName: beginning(first_name, 1),
    customersByEmailStart: beginning(email, 1),
    // A person types the area code first.
    customersByPhoneStart: beginning(phone, '(206)'.length),
    ordersByNumberStart: beginning(sales[0]?.order_id ?? '', 4),
    movementsOfOrder: { orderId: sales[0]?.order_id },
  };
  return (statement) => ({ ...common, ...own[statement] });
}

/** The newest order of the customer who has most of them. */
function busiestOrderIn(held: ScopeContents): Order {
  const orders = listOf<Order>(held, 'orders');
  return mostFrequent(orders, ({ customer_id }) => customer_id);
}

/** The oldest movement of the item that moves most. */
function mostMovedIn(held: ScopeContents): StockMovement {
  return mostFrequent(listOf<StockMovement>(held, 'stock_movements'), ({ inventory_id }) => inventory_id);
}

function mostFrequent<One>(all: readonly One[], keyOf: (one: One) => string): One {
  const byKey = new Map<string, One[]>();
  for (const one of all) byKey.set(keyOf(one), [...(byKey.get(keyOf(one)) ?? []), one]);
  const [most] = [...byKey.values()].sort((one, other) => other.length - one.length);
  if (most?.[0] === undefined) throw new Error('The scope is empty.');
  return most[0];
}

describe('the statements of a device', () => {
  test.each(catalogue)('[ED15] %s uses an index, or is a scan with a reason', async (name, statement) => {
    const { items } = await device.store.execute(`EXPLAIN ${statement}`, parametersOf(name));
    const operators = [...operatorsOf(items.map(({ value }) => value))];
    const kinds = operators.map((operator) => operator['#operator']);
    expect(kinds, 'no joins: the planner may drive them from the wrong side').not.toContain('nlJoin');
    if (WRITES.has(name)) return;
    if (name in SCANS) {
      const readsAll = kinds.includes('scan') || kinds.includes('countScan');
      expect(readsAll, 'a reason that is not needed any more').toBe(true);
      return;
    }
    expect(kinds).not.toContain('scan');
    const lookups = operators.filter(isLookup);
    expect(lookups.length).toBeGreaterThan(0);
    for (const lookup of lookups) if (lookup['#operator'] === 'indexScan') expect(isBounded(lookup)).toBe(true);
  });

  test('[ED15] what was asked is there: no plan was made for nothing', async () => {
    for (const [name, statement] of catalogue) {
      if (name in SCANS || !statement.startsWith('SELECT')) continue;
      const { items } = await device.store.execute(statement, parametersOf(name));
      expect(items.length > 0, name).toBe(!FINDS_NOTHING.has(name));
    }
  });

  test('[ED15] no look reads many times what it finds', async () => {
    for (const [name, statement] of catalogue) {
      if (name in SCANS || !statement.startsWith('SELECT')) continue;
      const { items } = await device.store.execute(`PROFILE ${statement}`, parametersOf(name));
      const lookups = [...operatorsOf(items.at(-1)?.value)].filter(isLookup);
      const read = lookups.reduce((sum, lookup) => sum + Number((lookup['#stats'] as Stats)?.documentsOut ?? 0), 0);
      expect(lookups.length, name).toBeGreaterThan(0);
      // Beside the answers themselves Ditto tells its profile.
      expect(read, name).toBeLessThanOrEqual((items.length - 1) * READ_PER_FOUND_MAX);
    }
  });

  test('[ED15] the newest come first, whatever the order of the index', async () => {
    const datesOf = async (name: 'recentOrders' | 'ordersOfCustomer') => {
      const { items } = await device.store.execute(statements[name], { ...parametersOf(name), limit: 1_000 });
      return items.map(({ value }) => (value as Order).order_date);
    };
    const inStore = listOf<Order>(contents, 'orders').map(({ order_date }) => order_date);
    const newest = inStore.sort().reverse();
    expect((await datesOf('recentOrders')).slice(UNSETTLED_SALES)).toEqual(newest.slice(0, 1_000 - UNSETTLED_SALES));
    const ofCustomer = await datesOf('ordersOfCustomer');
    expect(ofCustomer.length).toBeGreaterThan(UNSETTLED_SALES);
    expect(ofCustomer).toEqual([...ofCustomer].sort().reverse());
  });

  test('[ED15] every index serves a statement', async () => {
    const used = new Set<string>();
    for (const [name, statement] of catalogue) {
      const { items } = await device.store.execute(`EXPLAIN ${statement}`, parametersOf(name));
      for (const { desc } of operatorsOf(items.map(({ value }) => value))) {
        if (typeof desc === 'object' && desc !== null && 'index' in desc) used.add(String(desc.index));
      }
    }
    const made = statements.indexes.map((statement) => / NOT EXISTS (\w+) /.exec(statement)?.[1]);
    expect(made.filter((name) => !used.has(String(name)))).toEqual([]);
  });
});
