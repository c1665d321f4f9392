/** The simulated company: its stores, people and documents, and what its devices ask for. */
import { hlcText, type Principal } from '../domain/index.ts';
import type { Document, Subscription } from '../sync/index.ts';
import type { Random } from './random.ts';

/** Less than what a clock may drift: stamps of a device that runs so far ahead count as they are. */
export const SMALL_SKEWS_MS = [-2_000, 900, 20_000, 45_000, 59_000, 59_900] as const;

export const STORES = ['store_seattle', 'store_bellevue', 'store_tacoma'] as const;
export const START_MS = Date.parse('2026-11-22T08:00:00.000Z');
const LONG_AGO = '2024-01-01T00:00:00Z';
const LONG_AGO_MS = Date.parse(LONG_AGO);

/** Of every customer that there is, until somebody changes it. */
export const FIRST_PHONE = '(206) 555-0100';

export const CUSTOMERS = 12;
export const ALERTS = 6;
export const PRODUCTS = 3;

export const customerIdOf = (number: number): string => `customer_${number}`;
export const alertIdOf = (number: number): string => uuidOf(1, number);
export const itemIdOf = (store: number, product: number): string => uuidOf(2, store * PRODUCTS + product);
const countIdOf = (store: number, product: number): string => uuidOf(3, store * PRODUCTS + product);

const uuidOf = (kind: number, number: number): string =>
  `0000000${kind}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

export function aCustomer(id: string, storeId: string): Document {
  return {
    _id: id,
    customer_id: id,
    first_name: 'Ada',
    last_name: 'Lovelace',
    email: 'ada@example.com',
    phone: FIRST_PHONE,
    primary_store_id: storeId,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    deleted: false,
  };
}

export function anAlert(id: string, storeId: string, state: string): Document {
  return {
    _id: id,
    alert_id: id,
    kind: 'low_stock',
    store_id: storeId,
    subjects: { product_id: 'prod_1' },
    severity: 'info',
    state,
    facts: {},
    raised_at: LONG_AGO,
    deleted: false,
  };
}

function aProduct(number: number): Document {
  const id = `prod_${number}`;
  return {
    _id: id,
    product_id: id,
    sku: `SKU-${number}`,
    product_name: `Hammer ${number}`,
    category_id: 'cat_tools',
    type_id: 'ptype_tools_1',
    cost: 5,
    base_price: 10,
    gross_margin_percent: 50,
    product_description: 'A hammer.',
    image_url: 'none',
    specifications: {},
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    deleted: false,
  };
}

function anItem(store: number, product: number, units: number): Document {
  const id = itemIdOf(store, product);
  const count_hlc = hlcText(LONG_AGO_MS, 0, 'model');
  const count_id = countIdOf(store, product);
  return {
    _id: id,
    inventory_id: id,
    store_id: STORES[store] as string,
    product_id: `prod_${product + 1}`,
    stock_level: units,
    reorder_threshold: 5,
    reorder_quantity: 20,
    location: { aisle: '1', shelf: 'A', bin: '1' },
    last_counted: LONG_AGO,
    last_updated: LONG_AGO,
    notes: '',
    ledger: { sequence: 1, level: units, count_hlc, count_id, reset_id: count_id },
    deleted: false,
  };
}

export interface Movement {
  readonly id: string;
  readonly kind: string;
  readonly quantity: number;
  readonly hlc: string;
  readonly userId: string;
  readonly deviceId: string;
}

export function aMovement(item: Document, { id, kind, quantity, hlc, userId, deviceId }: Movement): Document {
  return {
    _id: id,
    movement_id: id,
    inventory_id: item['_id'],
    store_id: item['store_id'],
    product_id: item['product_id'],
    kind,
    quantity,
    reason: '',
    user_id: userId,
    device_id: deviceId,
    hlc,
    occurred_at: `${hlc.slice(0, 19)}Z`,
    deleted: false,
  };
}

/** Everything that is there at the start; each item with the count that its level comes from. */
export function documentsAtStart(random: Random): [collection: string, document: Document][] {
  const documents: [string, Document][] = [];
  for (let number = 1; number <= CUSTOMERS; number++) {
    documents.push(['customers', aCustomer(customerIdOf(number), random.pick(STORES))]);
  }
  for (let number = 1; number <= ALERTS; number++) {
    documents.push(['alerts', anAlert(alertIdOf(number), random.pick(STORES), random.pick(['open', 'resolved']))]);
  }
  for (let product = 0; product < PRODUCTS; product++) {
    documents.push(['products', aProduct(product + 1)]);
    for (let store = 0; store < STORES.length; store++) {
      const item = anItem(store, product, 5 + random.below(20));
      const id = countIdOf(store, product);
      const hlc = hlcText(LONG_AGO_MS, 0, 'model');
      const quantity = Number(item['stock_level']);
      const count = aMovement(item, { id, kind: 'count', quantity, hlc, userId: 'clerk', deviceId: 'model' });
      documents.push(['inventory', item], ['stock_movements', { ...count, ledger_sequence: 1 }]);
    }
  }
  return documents;
}

/** Whoever works with a device stays the same person. */
export const aPrincipal = (random: Random, userId: string): Principal => {
  const role = random.pick(['sales_rep', 'sales_rep', 'worker', 'worker', 'store_manager', 'headquarters'] as const);
  const stores = role === 'headquarters' ? [...STORES] : [random.pick(STORES)];
  if (role === 'store_manager' && random.chance(0.3)) stores.push(random.pick(STORES));
  return { role, userId, stores: [...new Set(stores)] };
};

const everything = (...collections: Subscription['collection'][]): Subscription[] =>
  collections.map((collection) => ({ collection, where: {} }));

/** What devices ask for; what they get is the part that their role may read. */
const scopes: readonly (readonly Subscription[])[] = [
  everything('customers', 'alerts', 'inventory', 'stock_movements', 'products'),
  everything('customers', 'alerts', 'inventory', 'stock_movements', 'products'),
  everything('inventory', 'stock_movements', 'products'),
  everything('customers'),
  [...everything('customers', 'inventory', 'stock_movements'), { collection: 'alerts', where: { state: 'open' } }],
  [
    { collection: 'customers', where: { primary_store_id: 'store_seattle' } },
    { collection: 'customers', where: { last_name: { $gte: 'Name' } } },
    { collection: 'inventory', where: { stock_level: { $lt: 12 } } },
  ],
];

export const aScope = (random: Random): readonly Subscription[] => random.pick(scopes);
