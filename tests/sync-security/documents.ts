/** One valid document of every collection for each of three stores: small, and enough to tell whose is whose. */
import type { CollectionName } from '../../src/domain/index.ts';
import { aCustomer, aProduct, aStore } from '../../src/edge/retail/device.fixture.ts';
import type { Document } from '../../src/sync/index.ts';

export const STORES = ['store_seattle', 'store_tacoma', 'store_bellevue'] as const;
export type TestStore = (typeof STORES)[number];
export const OWN: TestStore = 'store_seattle';
export const OTHER: TestStore = 'store_tacoma';
const THIRD: TestStore = 'store_bellevue';

const AT = '2026-01-05T09:00:00Z';
const common = { deleted: false };

/** The same id for the same store, kind and number. */
export const uuidOf = (store: TestStore, kind: number, number = 1): string =>
  `${String(STORES.indexOf(store) + 1).repeat(8)}-0000-4000-8000-${String(kind).padStart(4, '0')}${String(number).padStart(8, '0')}`;

const named = (idField: string, id: string, fields: Document): Document => ({
  _id: id,
  [idField]: id,
  ...common,
  ...fields,
});

/** Documents that belong to a store. A number other than 1 makes a further one, for creations. */
export const ofStore = {
  inventory: (store: TestStore, number = 1) =>
    named('inventory_id', uuidOf(store, 1, number), {
      store_id: store,
      product_id: `prod_${number}`,
      stock_level: 10,
      reorder_threshold: 5,
      reorder_quantity: 20,
      location: { aisle: 'A7', shelf: '3', bin: '2' },
      last_counted: AT,
      last_updated: AT,
      notes: `kept at ${store}`,
    }),
  customers: (store: TestStore, number = 1): Document => {
    const id = (STORES.indexOf(store) + 1) * 1000 + number;
    return aCustomer(id, { primary_store_id: store });
  },
  orders: (store: TestStore, number = 1) =>
    named('order_id', uuidOf(store, 2, number), {
      customer_id: ofStore.customers(store)['customer_id'],
      store_id: store,
      customer_name: 'Ada Byron',
      customer_email: 'ada@example.com',
      store_name: store,
      order_date: AT,
      status: 'pending',
      item_count: 1,
      subtotal: 10,
      discount_total: 0,
      tax: 0.95,
      total: 10.95,
      created_at: AT,
      updated_at: AT,
    }),
  order_items: (store: TestStore, number = 1) =>
    named('order_item_id', uuidOf(store, 3, number), {
      order_id: uuidOf(store, 2),
      store_id: store,
      order_date: AT,
      product_id: 'prod_1',
      sku: 'SKU-1',
      product_name: 'Product 1',
      quantity: 1,
      unit_price: 10,
      discount_percent: 0,
      discount_amount: 0,
      line_total: 10,
      created_at: AT,
    }),
  stock_movements: (store: TestStore, number = 1) =>
    named('movement_id', uuidOf(store, 4, number), {
      inventory_id: uuidOf(store, 1),
      store_id: store,
      product_id: 'prod_1',
      kind: 'adjustment',
      quantity: 1,
      reason: 'found',
      user_id: 'user-1',
      device_id: 'tablet-1',
      hlc: '2026-01-05T09:00:00.000Z-0000-tablet-1',
      occurred_at: AT,
    }),
  stock_transfers: (store: TestStore, number = 1) =>
    // The third store's partner is the second: then neither end is the first's.
    named('transfer_id', uuidOf(store, 5, number), {
      from_store_id: store,
      to_store_id: store === THIRD ? OTHER : THIRD,
      lines: { prod_1: 2 },
      status: 'requested',
      steps: { requested: { at: AT, by: 'user-1' } },
      notes: '',
    }),
  replenishment_orders: (store: TestStore, number = 1) =>
    named('replenishment_id', uuidOf(store, 6, number), {
      store_id: store,
      lines: { prod_1: { ordered: 5, received: 0 } },
      status: 'placed',
      steps: { placed: { at: AT, by: 'user-1' } },
    }),
  alerts: (store: TestStore, number = 1) =>
    named('alert_id', uuidOf(store, 7, number), {
      kind: 'low_stock',
      store_id: store,
      subjects: { inventory_id: uuidOf(store, 1) },
      severity: 'warning',
      state: 'open',
      facts: { stock_level: 1 },
      raised_at: AT,
    }),
} as const;

export type OwnedCollection = keyof typeof ofStore;
export const ownedCollections = Object.keys(ofStore) as OwnedCollection[];

const seasons = Object.fromEntries(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((month) => [month, 1]),
);

/** What the whole company shares. */
export const shared = {
  stores: (number = 1) => aStore(number <= STORES.length ? (STORES[number - 1] as string) : `store_new_${number}`),
  categories: (number = 1) =>
    named('category_id', `cat_tools_${number}`, { category_name: 'Tools', seasonal_multipliers: seasons }),
  product_types: (number = 1) =>
    named('type_id', `ptype_hammers_${number}`, { type_name: 'Hammers', category_id: 'cat_tools_1' }),
  products: (number = 1) => aProduct(number, { cost: 13.39, gross_margin_percent: 33 }),
} as const;

export type SharedCollection = keyof typeof shared;
export const sharedCollections = Object.keys(shared) as SharedCollection[];

/** Where a level comes from, so that the ledger has nothing to ask. */
const openingCount = (store: TestStore): Document => ({
  ...ofStore.stock_movements(store),
  kind: 'count',
  quantity: 10,
  ledger_sequence: 1,
});

const ledgerOf = ({ _id, hlc }: Document): Document => ({
  sequence: 1,
  level: 10,
  count_hlc: hlc,
  count_id: _id,
  reset_id: '',
});

export const company: Readonly<Record<CollectionName, readonly Document[]>> = {
  stores: [1, 2, 3].map((number) => shared.stores(number)),
  categories: [shared.categories()],
  product_types: [shared.product_types()],
  products: [shared.products(1), shared.products(2)],
  product_embeddings: [{ _id: 'prod_1', product_id: 'prod_1', description_embedding: [1, 2, 3], deleted: false }],
  customers: STORES.map((store) => ofStore.customers(store)),
  inventory: STORES.map((store) => ({ ...ofStore.inventory(store), ledger: ledgerOf(openingCount(store)) })),
  orders: STORES.map((store) => ofStore.orders(store)),
  order_items: STORES.map((store) => ofStore.order_items(store)),
  stock_movements: STORES.map(openingCount),
  stock_transfers: STORES.map((store) => ofStore.stock_transfers(store)),
  replenishment_orders: STORES.map((store) => ofStore.replenishment_orders(store)),
  alerts: STORES.map((store) => ofStore.alerts(store)),
};
