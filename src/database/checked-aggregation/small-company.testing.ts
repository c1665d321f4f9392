/** Three stores with a handful of everything, canaries in all that an agent of Seattle may not see. */
import { readFileSync } from 'node:fs';
import type { Db } from 'mongodb';
import {
  type CollectionName,
  type Permissions,
  type Principal,
  permissionsSchema,
  readAccess,
} from '../../domain/index.ts';

export const permissions: Permissions = permissionsSchema.parse(
  JSON.parse(readFileSync('config/ditto_permissions.json', 'utf8')),
);

/** Text and number that lie only where an agent of Seattle may not look. */
export const CANARY = 'canary-7f3a';
export const CANARY_NUMBER = 987_654.125;

export const STORES = ['store_seattle', 'store_tacoma', 'store_online'] as const;
export const AGENT_OF_SEATTLE: Principal = { role: 'agent', userId: 'agent', stores: ['store_seattle'] };

export type AnyDocument = Readonly<Record<string, unknown>>;
export type Company = Readonly<Record<string, readonly AnyDocument[]>>;

export function smallCompany(): Company {
  const isOwn = (store: string) => store === 'store_seattle';
  const secret = (store: string, text: string) => (isOwn(store) ? text : `${CANARY}-${text}`);
  const money = (store: string, amount: number) => (isOwn(store) ? amount : CANARY_NUMBER + amount);
  const products = Array.from({ length: 6 }, (_, n) => ({
    _id: `product_${n}`,
    product_id: `product_${n}`,
    sku: `SKU-${n}`,
    product_name: ['Hammer', 'Drill', 'Paint', 'Saw', 'Cordless drill', 'Wrench'][n],
    category_id: `category_${n % 2}`,
    base_price: 10 * (n + 1),
    cost: CANARY_NUMBER + n,
    gross_margin_percent: CANARY_NUMBER + 30 + n,
    specifications: { weight: n, colors: ['red', 'blue'].slice(n % 2) },
    deleted: n === 5,
  }));
  const inventory = STORES.flatMap((store, s) =>
    products.map(({ product_id }, n) => ({
      _id: `item_${s}_${n}`,
      deleted: false,
      inventory_id: `item_${s}_${n}`,
      store_id: store,
      product_id,
      stock_level: 3 * n + s,
      reorder_threshold: money(store, n),
      location: { aisle: secret(store, `A${n}`), bin: n },
      notes: secret(store, 'note'),
    })),
  );
  const orders = STORES.flatMap((store, s) =>
    Array.from({ length: 7 }, (_, n) => ({
      _id: `order_${s}_${n}`,
      order_id: `order_${s}_${n}`,
      customer_id: isOwn(store) ? `customer_${n % 3}` : `${CANARY}-customer`,
      customer_name: `${CANARY}-name-${n}`,
      customer_email: `${CANARY}-${n}@example.com`,
      store_id: store,
      order_date: `2026-0${(n % 6) + 1}-1${s}T09:00:00.000Z`,
      status: ['completed', 'pending', 'cancelled'][n % 3],
      total: money(store, 100 * n),
      deleted: n === 6,
    })),
  );
  const order_items = orders.flatMap(({ order_id, store_id, order_date }, o) =>
    [0, 1].map((n) => ({
      _id: `line_${o}_${n}`,
      order_item_id: `line_${o}_${n}`,
      order_id,
      store_id,
      order_date,
      product_id: `product_${(o + n) % 6}`,
      quantity: isOwn(store_id) ? n + 1 : CANARY_NUMBER,
      line_total: money(store_id, 10 * o + n),
      deleted: false,
    })),
  );
  return {
    stores: STORES.map((store, s) => ({
      _id: store,
      store_id: store,
      store_name: `Zava ${store.slice(6)}`,
      rls_user_id: `${CANARY}-rls-${s}`,
      is_online: s === 2,
      deleted: false,
    })),
    categories: [0, 1].map((n) => ({
      _id: `category_${n}`,
      category_id: `category_${n}`,
      category_name: ['Tools', 'Paint'][n],
      deleted: false,
    })),
    products,
    inventory,
    orders,
    order_items,
    customers: [0, 1, 2].map((n) => ({
      _id: `customer_${n}`,
      customer_id: `customer_${n}`,
      first_name: CANARY,
      email: `${CANARY}-${n}@example.org`,
      primary_store_id: 'store_seattle',
      deleted: false,
    })),
    stock_movements: [
      { _id: 'm', movement_id: 'm', store_id: 'store_seattle', quantity: CANARY_NUMBER, deleted: false },
    ],
    product_embeddings: [{ _id: 'product_0', product_id: 'product_0', embedding: [CANARY_NUMBER], deleted: false }],
    sync_stamps: [{ _id: 's', stamps: CANARY }],
    zava_runs: [{ _id: 'r', who: CANARY }],
  };
}

/** What of a company a principal sees, by the rules for one document: not by the pipelines that are to be tested. */
export function seenBy(principal: Principal, company: Company): Company {
  return Object.fromEntries(
    Object.entries(company).flatMap(([name, documents]) => {
      if (
        ![
          'stores',
          'categories',
          'products',
          'inventory',
          'orders',
          'order_items',
          'customers',
          'stock_movements',
        ].includes(name)
      )
        return [];
      const access = readAccess(permissions, principal, name as CollectionName);
      if (access === null) return [];
      return [
        [
          name,
          documents
            .filter(({ deleted }) => deleted !== true)
            .flatMap((document) => withoutOldId(access.visible(document))),
        ],
      ];
    }),
  );
}

function withoutOldId(document: AnyDocument | undefined): AnyDocument[] {
  if (document === undefined) return [];
  const { rls_user_id: _, ...rest } = document;
  return [rest];
}

export async function fill(db: Db, company: Company): Promise<void> {
  for (const [name, documents] of Object.entries(company))
    if (documents.length > 0) await db.collection(name).insertMany(documents as never);
}
