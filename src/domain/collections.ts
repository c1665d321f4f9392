import type { z } from 'zod';
import {
  alertSchema,
  categorySchema,
  customerSchema,
  inventorySchema,
  orderItemSchema,
  orderSchema,
  productEmbeddingSchema,
  productSchema,
  productTypeSchema,
  replenishmentOrderSchema,
  stockMovementSchema,
  stockTransferSchema,
  storeSchema,
} from './documents.ts';

export interface CollectionDescription {
  /** The document's own id field; `_id` repeats its value. */
  readonly idField: string;
  readonly schema: z.ZodObject;
  /** Whether devices may ever see it. */
  readonly synced: boolean;
  /** `data_set`: made by the generator. `daily_work`: made in the stores. */
  readonly group: 'data_set' | 'daily_work';
  /** One line for people and for agents. */
  readonly summary: string;
}

/** Every collection of the product, in the order in which they are generated, loaded and validated. */
export const collections = {
  stores: {
    idField: 'store_id',
    schema: storeSchema,
    synced: true,
    group: 'data_set',
    summary: 'The eight stores, the online one included.',
  },
  categories: {
    idField: 'category_id',
    schema: categorySchema,
    synced: true,
    group: 'data_set',
    summary: 'Product categories with their twelve seasonal multipliers.',
  },
  product_types: {
    idField: 'type_id',
    schema: productTypeSchema,
    synced: true,
    group: 'data_set',
    summary: 'Product types, each in one category.',
  },
  products: {
    idField: 'product_id',
    schema: productSchema,
    synced: true,
    group: 'data_set',
    summary: 'The catalogue: products with cost, price and specifications.',
  },
  product_embeddings: {
    idField: 'product_id',
    schema: productEmbeddingSchema,
    synced: false,
    group: 'data_set',
    summary: 'Vectors of each product’s picture and description, for search by meaning. Never on a device.',
  },
  customers: {
    idField: 'customer_id',
    schema: customerSchema,
    synced: true,
    group: 'data_set',
    summary: 'Customers with their primary store.',
  },
  inventory: {
    idField: 'inventory_id',
    schema: inventorySchema,
    synced: true,
    group: 'data_set',
    summary: 'Stock of each product in each store, with its place on the shelf.',
  },
  orders: {
    idField: 'order_id',
    schema: orderSchema,
    synced: true,
    group: 'data_set',
    summary: 'Orders with their totals.',
  },
  order_items: {
    idField: 'order_item_id',
    schema: orderItemSchema,
    synced: true,
    group: 'data_set',
    summary: 'The lines of each order.',
  },
  stock_movements: {
    idField: 'movement_id',
    schema: stockMovementSchema,
    synced: true,
    group: 'daily_work',
    summary: 'The stock ledger: every sale, receipt, transfer, adjustment and count.',
  },
  stock_transfers: {
    idField: 'transfer_id',
    schema: stockTransferSchema,
    synced: true,
    group: 'daily_work',
    summary: 'Transfers of stock between stores.',
  },
  replenishment_orders: {
    idField: 'replenishment_id',
    schema: replenishmentOrderSchema,
    synced: true,
    group: 'daily_work',
    summary: 'Orders from the warehouse.',
  },
  alerts: {
    idField: 'alert_id',
    schema: alertSchema,
    synced: true,
    group: 'daily_work',
    summary: 'What a person should look at: low stock, oversold items, refused changes.',
  },
} as const satisfies Record<string, CollectionDescription>;

export type CollectionName = keyof typeof collections;

export const collectionNames = Object.keys(collections) as CollectionName[];
export const dataSetCollectionNames = collectionNames.filter((name) => collections[name].group === 'data_set');
export const syncedCollectionNames = collectionNames.filter((name) => collections[name].synced);
export const describeCollection = (name: CollectionName): CollectionDescription => collections[name];
