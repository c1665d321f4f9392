import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Document } from '../sync/index.ts';
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

/** Seattle's scope at full data size: about a hundred thousand documents, so that the planner chooses as it will in a shop. */
const PRODUCTS = 400;
const STORES = 8;
const CUSTOMERS = 12_000;
const ORDERS = 25_000;
const ITEMS_PER_ORDER = 2;
const MOVEMENTS = 8_000;
const DOCUMENTS_AT_ONCE = 1_000;
const FILL_MS_MAX = 300_000;
/** Two letters: as many customers share a beginning as in the data set. */
const lastNames = Array.from({ length: 40 }, (_, index) => `${'ABCDEFGHIJ'[index % 10]}${'aeiy'[index % 4]}`);

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
  productIds: ['prod_7', 'prod_8'],
  sku: 'SKU-7',
  typeId: 'ptype_hammers_1',
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

const storeIds = [SEATTLE, TACOMA, ...Array.from({ length: STORES - 2 }, (_, index) => `store_other_${index}`)];
const day = (number: number) => new Date(1_780_000_000_000 + number * 60_000).toISOString();
const uuid = (number: number) => `77777777-0000-4000-8000-${String(number).padStart(12, '0')}`;
const here = { store_id: SEATTLE, created_at: day(0), deleted: false };

/** A document for each number from 1 on. */
const seed: readonly [collection: string, count: number, make: (number: number) => Document][] = [
  ['stores', STORES, (number) => aStore(storeIds[number - 1] as string)],
  ['products', PRODUCTS, (number) => aProduct(number)],
  [
    'inventory',
    PRODUCTS * STORES,
    (number) => {
      const storeId = storeIds[number % STORES] as string;
      const own = storeId === SEATTLE ? {} : { _id: uuid(number), inventory_id: uuid(number) };
      return anItem(storeId, Math.floor((number - 1) / STORES) + 1, 10, own);
    },
  ],
  ['customers', CUSTOMERS, (number) => aCustomer(number, { last_name: `${lastNames[number % 40]}${number}` })],
  [
    'orders',
    ORDERS,
    (number) => ({
      ...{ _id: `order_${number}`, order_id: `order_${number}`, ...here },
      ...{ customer_id: `customer_${(number % CUSTOMERS) + 1}`, order_date: day(number), status: 'completed' },
      ...{ customer_name: 'Ada Byron', store_name: 'Zava Retail Seattle', item_count: 2, total: 87.56 },
    }),
  ],
  [
    'order_items',
    ORDERS * ITEMS_PER_ORDER,
    (number) => ({
      ...{ _id: uuid(number), order_item_id: uuid(number), ...here },
      ...{ order_id: `order_${Math.ceil(number / ITEMS_PER_ORDER)}`, order_date: day(number) },
      ...{ product_id: `prod_${(number % PRODUCTS) + 1}`, product_name: 'Product', quantity: 1, line_total: 19.99 },
    }),
  ],
  [
    'stock_movements',
    MOVEMENTS,
    (number) => ({
      ...{ _id: uuid(number), movement_id: uuid(number), ...here, kind: 'sale', quantity: -1 },
      ...{ inventory_id: inventoryIdOf(SEATTLE, (number % PRODUCTS) + 1), hlc: day(number) },
      ...{ order_id: `order_${number}`, replenishment_id: uuid(number % 200), transfer_id: uuid(number % 200) },
      ...(number > 20 ? { ledger_sequence: number } : {}),
    }),
  ],
  [
    'stock_transfers',
    200,
    (number) => ({
      ...{ _id: uuid(number), transfer_id: uuid(number) },
      ...{ from_store_id: storeIds[number % 2], to_store_id: storeIds[(number + 1) % 2] },
    }),
  ],
  ['replenishment_orders', 200, (number) => ({ _id: uuid(number), replenishment_id: uuid(number), ...here })],
  ['alerts', 200, (number) => ({ _id: uuid(number), alert_id: uuid(number), ...here })],
];

beforeAll(async () => {
  device = await TestDevice.open({ documents: {} });
  for (const [collection, count, make] of seed) {
    for (let from = 1; from <= count; from += DOCUMENTS_AT_ONCE) {
      const until = Math.min(count, from + DOCUMENTS_AT_ONCE - 1);
      const documents = Array.from({ length: until - from + 1 }, (_, index) => make(from + index));
      await device.store.execute(statements.put(collection), { documents });
    }
  }
}, FILL_MS_MAX);

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

  test('[ED15] at full size every look by index is quicker than one reading of a whole collection', async () => {
    const millisecondsOf = async (statement: string) => {
      const startedAt = performance.now();
      await device.store.execute(statement, parameters);
      return performance.now() - startedAt;
    };
    const wholeMs = await millisecondsOf(statements.readAll('order_items'));
    for (const [name, statement] of catalogue) {
      if (name in SCANS || !statement.startsWith('SELECT')) continue;
      // The quicker of two: others use the machine as well.
      const lookMs = Math.min(await millisecondsOf(statement), await millisecondsOf(statement));
      expect(lookMs, name).toBeLessThan(wholeMs);
    }
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
