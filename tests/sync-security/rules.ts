/**
 * Who may do what, written down once more by hand: the tests compare the gateway with this table, not with the
 * permissions that it reads.
 */
import type { CollectionName, Role } from '../../src/domain/index.ts';

/** `own`: of the principal's stores. `masked`: own whole, others' units alone. `end`: either end is an own store. */
export type Sight = 'all' | 'own' | 'masked' | 'end' | 'none';

const catalogue = { stores: 'all', categories: 'all', product_types: 'all', products: 'all' } as const;

export const mayRead: Readonly<Record<Role, Readonly<Partial<Record<CollectionName, Sight>>>>> = {
  headquarters: {
    ...catalogue,
    customers: 'all',
    inventory: 'all',
    orders: 'all',
    order_items: 'all',
    stock_movements: 'all',
    stock_transfers: 'all',
    replenishment_orders: 'all',
    alerts: 'all',
  },
  store_manager: {
    ...catalogue,
    customers: 'own',
    inventory: 'masked',
    orders: 'own',
    order_items: 'own',
    stock_movements: 'own',
    stock_transfers: 'end',
    replenishment_orders: 'own',
    alerts: 'own',
  },
  worker: {
    ...catalogue,
    inventory: 'masked',
    stock_movements: 'own',
    stock_transfers: 'end',
    replenishment_orders: 'own',
    alerts: 'own',
  },
  sales_rep: {
    ...catalogue,
    customers: 'own',
    inventory: 'masked',
    orders: 'own',
    order_items: 'own',
    stock_movements: 'own',
    alerts: 'own',
  },
  agent: { ...catalogue, inventory: 'masked', orders: 'own', order_items: 'own' },
};

/** Fields that a role never sees. */
export const hiddenFields: Readonly<Record<Role, Readonly<Partial<Record<CollectionName, readonly string[]>>>>> = {
  headquarters: {},
  store_manager: {},
  worker: { products: ['cost', 'gross_margin_percent'] },
  sales_rep: { products: ['cost', 'gross_margin_percent'] },
  agent: { products: ['cost', 'gross_margin_percent'], orders: ['customer_name', 'customer_email'] },
};

/** All that is shown of another store's inventory. */
export const unitsAlone = ['_id', 'inventory_id', 'deleted', 'store_id', 'product_id', 'stock_level'];

export interface MayWrite {
  readonly create: boolean;
  /** A field that may be changed, with a value that is valid and new. */
  readonly field?: readonly [path: string, value: string | number];
  readonly remove?: true;
}

const movement: MayWrite = { create: true };
const transfer: MayWrite = { create: true, field: ['notes', 'by hand'] };
const replenishment: MayWrite = { create: true, field: ['status', 'shipped'] };
const alert: MayWrite = { create: true, field: ['state', 'acknowledged'] };
const daily = {
  stock_movements: movement,
  stock_transfers: transfer,
  replenishment_orders: replenishment,
  alerts: alert,
};
const sales = { orders: { create: true, field: ['status', 'completed'] }, order_items: { create: true } } as const;
const all = (path: string, value: string | number): MayWrite => ({ create: true, field: [path, value], remove: true });

/** Within what the principal may see; a collection that is missing takes no writes at all. */
export const mayWrite: Readonly<Record<Role, Readonly<Partial<Record<CollectionName, MayWrite>>>>> = {
  headquarters: {
    stores: all('store_name', 'New name'),
    categories: all('category_name', 'New name'),
    product_types: all('type_name', 'New name'),
    products: all('product_name', 'New name'),
    customers: all('first_name', 'Grace'),
    inventory: all('notes', 'by hand'),
    orders: all('status', 'completed'),
    order_items: all('product_name', 'New name'),
    stock_movements: movement,
    stock_transfers: all('notes', 'by hand'),
    replenishment_orders: all('status', 'shipped'),
    alerts: all('state', 'acknowledged'),
  },
  store_manager: {
    ...daily,
    ...sales,
    customers: { create: true, field: ['first_name', 'Grace'], remove: true },
    inventory: { create: false, field: ['reorder_threshold', 7] },
  },
  worker: { ...daily, inventory: { create: false, field: ['notes', 'by hand'] } },
  sales_rep: {
    ...sales,
    customers: { create: true, field: ['first_name', 'Grace'] },
    stock_movements: movement,
    alerts: alert,
  },
  agent: {},
};
