import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statements } from './dql.ts';
import {
  aCustomer,
  anItem,
  aProduct,
  aStore,
  inventoryIdOf,
  SEATTLE,
  TACOMA,
  TestDevice,
} from './retail/device.fixture.ts';

/** Enough that the planner has something to gain; the default scope of a store in miniature. */
const PRODUCTS = 400;
const CUSTOMERS = 1_500;
const ORDERS = 2_000;

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

const parameters = {
  ids: ['order_1', 'order_2'],
  id: 'order_1',
  v0: 'completed',
  documents: [{ _id: 'x' }],
  storeId: SEATTLE,
  productId: 'prod_7',
  sku: 'SKU-7',
  inventoryId: inventoryIdOf(SEATTLE, 7),
  hlc: '2026-11-22T08:00:00.000Z',
  orderId: 'order_7',
  replenishmentId: '77777777-0000-4000-8000-000000000007',
  transferId: '77777777-0000-4000-8000-000000000007',
  customerId: 'customer_7',
  email: 'ada7@example.com',
  from: 'By',
  before: 'By\uffff',
  limit: 20,
  alertId: '77777777-0000-4000-8000-000000000007',
};

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

interface PlanNode {
  readonly '#operator'?: string;
  readonly [key: string]: unknown;
}

function* operatorsOf(node: unknown): Generator<PlanNode> {
  if (typeof node !== 'object' || node === null) return;
  if ('#operator' in node) yield node as PlanNode;
  for (const child of Object.values(node)) yield* operatorsOf(child);
}

/** An index scan with no bound at all reads the whole index: a scan by another name. */
function isBounded({ desc }: PlanNode): boolean {
  const { spans } = desc as { spans: { range: { low?: unknown; high?: unknown } }[][] };
  return spans.every((keys) => keys[0]?.range.low !== undefined);
}

let device: TestDevice;

beforeAll(async () => {
  device = await TestDevice.open({ documents: {} });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const store_id = SEATTLE;
  const order_date = (number: number) => new Date(1_780_000_000_000 + number * 60_000).toISOString();
  const uuid = (number: number) => `77777777-0000-4000-8000-${String(number).padStart(12, '0')}`;
  await device.sync({
    stores: [aStore(SEATTLE), aStore(TACOMA)],
    products: numbers(PRODUCTS).map((number) => aProduct(number)),
    inventory: numbers(PRODUCTS).flatMap((number) => [anItem(SEATTLE, number, 10), anItem(TACOMA, number, 10)]),
    customers: numbers(CUSTOMERS).map((number) => aCustomer(number, { last_name: `By${number}` })),
    orders: numbers(ORDERS).map((number) => ({
      _id: `order_${number}`,
      order_id: `order_${number}`,
      customer_id: `customer_${(number % CUSTOMERS) + 1}`,
      store_id,
      order_date: order_date(number),
    })),
    order_items: numbers(ORDERS).map((number) => ({
      _id: uuid(number),
      order_item_id: uuid(number),
      order_id: `order_${number}`,
    })),
    stock_movements: numbers(ORDERS).map((number) => ({
      _id: uuid(number),
      movement_id: uuid(number),
      inventory_id: inventoryIdOf(SEATTLE, (number % PRODUCTS) + 1),
      store_id,
      order_id: `order_${number}`,
      hlc: order_date(number),
      ...(number > 20 ? { ledger_sequence: number } : {}),
    })),
    stock_transfers: numbers(200).map((number) => ({
      _id: uuid(number),
      transfer_id: uuid(number),
      from_store_id: number % 2 === 0 ? SEATTLE : TACOMA,
      to_store_id: number % 2 === 0 ? TACOMA : SEATTLE,
    })),
    replenishment_orders: numbers(200).map((number) => ({
      _id: uuid(number),
      replenishment_id: uuid(number),
      store_id,
    })),
    alerts: numbers(200).map((number) => ({ _id: uuid(number), alert_id: uuid(number), store_id })),
  });
});

afterAll(async () => {
  await device[Symbol.asyncDispose]();
});

describe('the statements of a device', () => {
  test.each(catalogue)('[ED15] %s uses an index, or is a scan with a reason', async (name, statement) => {
    const { items } = await device.store.execute(`EXPLAIN ${statement}`, parameters);
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
    const lookups = operators.filter(({ '#operator': kind }) => kind === 'indexScan' || kind === 'idScan');
    expect(lookups.length).toBeGreaterThan(0);
    for (const lookup of lookups) if (lookup['#operator'] === 'indexScan') expect(isBounded(lookup)).toBe(true);
  });

  test('[ED15] every index serves a statement', async () => {
    const used = new Set<string>();
    for (const [, statement] of catalogue) {
      const { items } = await device.store.execute(`EXPLAIN ${statement}`, parameters);
      for (const { desc } of operatorsOf(items.map(({ value }) => value))) {
        if (typeof desc === 'object' && desc !== null && 'index' in desc) used.add(String(desc.index));
      }
    }
    const made = statements.indexes.map((statement) => / NOT EXISTS (\w+) /.exec(statement)?.[1]);
    expect(made.filter((name) => !used.has(String(name)))).toEqual([]);
  });
});
