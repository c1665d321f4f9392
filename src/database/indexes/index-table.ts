/**
 * Every index of the project. The commands that create, list and drop, the script for mongosh, the validation and the
 * documentation are all made from this table.
 */
import type { CollectionName } from '../../domain/index.ts';

export type IndexDirection = 1 | -1 | 'text';

export interface IndexDescription {
  readonly collection: CollectionName;
  readonly name: string;
  /** Order matters. */
  readonly keys: Readonly<Record<string, IndexDirection>>;
  readonly unique?: true;
  /** Of a text index: how much a word in that field counts. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Only documents that have this field are in the index. */
  readonly onlyWith?: string;
}

type Definition = readonly [
  name: string,
  keys: Readonly<Record<string, IndexDirection>>,
  options?: Pick<IndexDescription, 'unique' | 'weights' | 'onlyWith'>,
];

const unique = { unique: true } as const;

/** The nine collections of the data set: 44 indexes, part of the data contract. */
const ofDataSet = {
  stores: [
    ['idx_store_id', { store_id: 1 }, unique],
    ['idx_deleted', { deleted: 1 }],
    ['idx_is_online', { is_online: 1 }],
  ],
  customers: [
    ['idx_customer_id', { customer_id: 1 }, unique],
    ['idx_email', { email: 1 }, unique],
    ['idx_primary_store_id', { primary_store_id: 1 }],
    ['idx_deleted', { deleted: 1 }],
    ['idx_name', { last_name: 1, first_name: 1 }],
    ['idx_store_name', { primary_store_id: 1, last_name: 1, first_name: 1 }],
  ],
  categories: [
    ['idx_category_id', { category_id: 1 }, unique],
    ['idx_deleted', { deleted: 1 }],
  ],
  product_types: [
    ['idx_type_id', { type_id: 1 }, unique],
    ['idx_category_id', { category_id: 1 }],
    ['idx_deleted', { deleted: 1 }],
  ],
  products: [
    ['idx_product_id', { product_id: 1 }, unique],
    ['idx_sku', { sku: 1 }, unique],
    ['idx_category_id', { category_id: 1 }],
    ['idx_type_id', { type_id: 1 }],
    ['idx_deleted', { deleted: 1 }],
    [
      'idx_text_search',
      { product_name: 'text', product_description: 'text' },
      { weights: { product_name: 10, product_description: 5 } },
    ],
  ],
  product_embeddings: [['idx_product_id', { product_id: 1 }, unique]],
  inventory: [
    ['idx_inventory_id', { inventory_id: 1 }, unique],
    ['idx_store_product', { store_id: 1, product_id: 1 }, unique],
    ['idx_store_id', { store_id: 1 }],
    ['idx_product_id', { product_id: 1 }],
    ['idx_deleted', { deleted: 1 }],
    ['idx_low_stock', { store_id: 1, stock_level: 1, reorder_threshold: 1 }],
    ['idx_location_aisle', { 'location.aisle': 1 }],
    ['idx_location_shelf', { 'location.shelf': 1 }],
  ],
  orders: [
    ['idx_order_id', { order_id: 1 }, unique],
    ['idx_customer_id', { customer_id: 1 }],
    ['idx_store_id', { store_id: 1 }],
    ['idx_order_date_desc', { order_date: -1 }],
    ['idx_deleted', { deleted: 1 }],
    ['idx_status', { status: 1 }],
    ['idx_customer_orders', { customer_id: 1, order_date: -1 }],
    ['idx_store_orders', { store_id: 1, order_date: -1 }],
    ['idx_store_status', { store_id: 1, status: 1 }],
  ],
  order_items: [
    ['idx_order_id', { order_id: 1 }],
    ['idx_product_id', { product_id: 1 }],
    ['idx_deleted', { deleted: 1 }],
    ['idx_order_product', { order_id: 1, product_id: 1 }],
    ['idx_store_date', { store_id: 1, order_date: -1 }],
    ['idx_product_date', { product_id: 1, order_date: -1 }],
  ],
} as const satisfies Partial<Record<CollectionName, readonly Definition[]>>;

/** The collections of daily work: what their queries need. */
const ofDailyWork = {
  stock_movements: [
    ['idx_movement_id', { movement_id: 1 }, unique],
    ['idx_inventory_hlc', { inventory_id: 1, hlc: 1 }], // the stock fold reads one item in this order
    ['idx_store_occurred', { store_id: 1, occurred_at: -1 }],
    ['idx_product_occurred', { product_id: 1, occurred_at: -1 }],
    ['idx_order_id', { order_id: 1 }, { onlyWith: 'order_id' }],
    ['idx_transfer_id', { transfer_id: 1 }, { onlyWith: 'transfer_id' }],
    ['idx_replenishment_id', { replenishment_id: 1 }, { onlyWith: 'replenishment_id' }],
  ],
  stock_transfers: [
    ['idx_transfer_id', { transfer_id: 1 }, unique],
    ['idx_from_store_status', { from_store_id: 1, status: 1 }],
    ['idx_to_store_status', { to_store_id: 1, status: 1 }],
  ],
  replenishment_orders: [
    ['idx_replenishment_id', { replenishment_id: 1 }, unique],
    ['idx_store_status', { store_id: 1, status: 1 }],
  ],
  alerts: [
    ['idx_alert_id', { alert_id: 1 }, unique],
    ['idx_store_state', { store_id: 1, state: 1, raised_at: -1 }],
    ['idx_state_severity', { state: 1, severity: 1, raised_at: -1 }],
  ],
} as const satisfies Partial<Record<CollectionName, readonly Definition[]>>;

export const dataSetIndexes: readonly IndexDescription[] = descriptions(ofDataSet);
export const dailyWorkIndexes: readonly IndexDescription[] = descriptions(ofDailyWork);
export const indexTable: readonly IndexDescription[] = [...dataSetIndexes, ...dailyWorkIndexes];

/** Vector search: only where the server has search indexes (Atlas, and servers that answer `createSearchIndexes`). */
export const searchIndexTable = [
  {
    collection: 'product_embeddings',
    name: 'vector_description_search',
    path: 'description_embedding',
    numDimensions: 1536,
  },
  { collection: 'product_embeddings', name: 'vector_image_search', path: 'image_embedding', numDimensions: 512 },
] as const satisfies readonly {
  collection: CollectionName;
  name: string;
  path: string;
  numDimensions: number;
}[];

export const searchIndexDefinition = ({ path, numDimensions }: (typeof searchIndexTable)[number]) => ({
  fields: [
    { type: 'vector', path, numDimensions, similarity: 'cosine' },
    { type: 'filter', path: 'product_id' },
    { type: 'filter', path: 'category_id' },
    // Vectors of different models are never compared.
    { type: 'filter', path: 'embedding_model' },
  ],
});

/** As `createIndexes` wants it. */
export interface IndexSpecification {
  readonly name: string;
  readonly key: Readonly<Record<string, IndexDirection>>;
  readonly unique?: true;
  readonly weights?: Readonly<Record<string, number>>;
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
}

export const specificationOf = ({ name, keys, unique, weights, onlyWith }: IndexDescription): IndexSpecification => ({
  name,
  key: keys,
  ...(unique === undefined ? {} : { unique }),
  ...(weights === undefined ? {} : { weights }),
  ...(onlyWith === undefined ? {} : { partialFilterExpression: { [onlyWith]: { $exists: true } } }),
});

export const collectionsWithIndexes: readonly CollectionName[] = [
  ...new Set(indexTable.map(({ collection }) => collection)),
];

export const indexesOf = (collection: CollectionName): readonly IndexDescription[] =>
  indexTable.filter((index) => index.collection === collection);

function descriptions(table: Readonly<Partial<Record<CollectionName, readonly Definition[]>>>): IndexDescription[] {
  return Object.entries(table).flatMap(([collection, definitions]) =>
    definitions.map(([name, keys, options]) => ({ collection: collection as CollectionName, name, keys, ...options })),
  );
}
