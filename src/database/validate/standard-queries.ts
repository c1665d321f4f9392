import type { Document } from 'mongodb';
import type { CollectionName } from '../../domain/index.ts';

/**
 * The questions that apps, dashboard and agents ask all day, each with the index that was made for it. `explain` has to
 * show that the server reads through that index.
 */
export interface StandardQuery {
  /** What is asked, in a shop's words. */
  readonly name: string;
  readonly collection: CollectionName;
  readonly filter: Document;
  readonly sort?: Readonly<Record<string, 1 | -1>>;
  readonly limit?: number;
  /** Any of these is right: where one index begins with another's keys, a server may take either. */
  readonly indexes: readonly [string, ...string[]];
}

/** Values that occur in the data, so that a server which tries its plans out has something to find. */
export interface QuerySubjects {
  readonly storeId: string;
  readonly customerId: string;
  readonly productId: string;
  readonly orderId: string;
  readonly since: string;
}

export function standardQueries({ storeId, customerId, productId, orderId, since }: QuerySubjects): StandardQuery[] {
  const newestFirst = { order_date: -1 } as const;
  return [
    { name: 'an order by its number', collection: 'orders', filter: { order_id: orderId }, indexes: ['idx_order_id'] },
    {
      name: 'the items of an order',
      collection: 'order_items',
      filter: { order_id: orderId },
      indexes: ['idx_order_id', 'idx_order_product'],
    },
    {
      name: 'a customer’s orders, newest first',
      collection: 'orders',
      filter: { customer_id: customerId },
      sort: newestFirst,
      limit: 20,
      indexes: ['idx_customer_orders'],
    },
    {
      name: 'a store’s orders, newest first',
      collection: 'orders',
      filter: { store_id: storeId },
      sort: newestFirst,
      limit: 50,
      indexes: ['idx_store_orders'],
    },
    {
      name: 'a store’s pending orders',
      collection: 'orders',
      filter: { store_id: storeId, status: 'pending' },
      indexes: ['idx_store_status'],
    },
    {
      name: 'the latest orders of the chain',
      collection: 'orders',
      filter: {},
      sort: newestFirst,
      limit: 20,
      indexes: ['idx_order_date_desc'],
    },
    {
      name: 'what a store has sold since a day',
      collection: 'order_items',
      filter: { store_id: storeId, order_date: { $gte: since } },
      indexes: ['idx_store_date'],
    },
    {
      name: 'what was sold of a product since a day',
      collection: 'order_items',
      filter: { product_id: productId, order_date: { $gte: since } },
      indexes: ['idx_product_date'],
    },
    {
      name: 'a customer by e-mail',
      collection: 'customers',
      filter: { email: 'someone@example.com' },
      indexes: ['idx_email'],
    },
    {
      name: 'a customer by name',
      collection: 'customers',
      filter: { last_name: 'Smith', first_name: 'Anna' },
      indexes: ['idx_name'],
    },
    {
      name: 'a store’s customers by name',
      collection: 'customers',
      filter: { primary_store_id: storeId },
      sort: { last_name: 1, first_name: 1 },
      limit: 50,
      indexes: ['idx_store_name'],
    },
    {
      name: 'stock of a product in a store',
      collection: 'inventory',
      filter: { store_id: storeId, product_id: productId },
      indexes: ['idx_store_product'],
    },
    {
      name: 'stock of a product in all stores',
      collection: 'inventory',
      filter: { product_id: productId },
      indexes: ['idx_product_id'],
    },
    {
      name: 'what is low in a store',
      collection: 'inventory',
      filter: { store_id: storeId, stock_level: { $lte: 5 } },
      indexes: ['idx_low_stock'],
    },
    {
      name: 'what lies in an aisle',
      collection: 'inventory',
      filter: { 'location.aisle': 'A1' },
      indexes: ['idx_location_aisle'],
    },
    { name: 'a product by SKU', collection: 'products', filter: { sku: 'HTHM001600' }, indexes: ['idx_sku'] },
    {
      name: 'the products of a category',
      collection: 'products',
      filter: { category_id: 'cat_hand_tools' },
      indexes: ['idx_category_id'],
    },
    {
      name: 'products by words',
      collection: 'products',
      filter: { $text: { $search: 'hammer' } },
      indexes: ['idx_text_search'],
    },
    {
      name: 'the vectors of a product',
      collection: 'product_embeddings',
      filter: { product_id: productId },
      indexes: ['idx_product_id'],
    },
  ];
}

/** The stages and indexes of a plan, from any depth of what `explain` answers. */
export function planOf(explanation: unknown): {
  readonly stages: readonly string[];
  readonly indexes: readonly string[];
} {
  const stages: string[] = [];
  const indexes: string[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (key === 'stage' && typeof value === 'string') stages.push(value);
      else if (key === 'indexName' && typeof value === 'string') indexes.push(value);
      else if (key !== 'rejectedPlans') walk(value);
    }
  };
  const { queryPlanner, stages: pipeline } = (explanation ?? {}) as Document;
  walk(queryPlanner?.['winningPlan'] ?? pipeline ?? explanation);
  return { stages, indexes };
}
