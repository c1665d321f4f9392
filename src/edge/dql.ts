/**
 * Every DQL statement of a device, each with its purpose. A name that comes from outside never enters a statement: it is
 * a parameter, or one of the collections below.
 */

const IDENTIFIER = /^[a-z_]+$/;
const PATH = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function checked(collection: string): string {
  if (!IDENTIFIER.test(collection)) throw new RangeError(`'${collection}' is not a collection of the store.`);
  return collection;
}

const quoted = (path: string): string => {
  if (!PATH.test(path)) throw new RangeError(`'${path}' is not a field path.`);
  return path
    .split('.')
    .map((name) => `\`${name}\``)
    .join('.');
};

export const statements = {
  /** What replication remembers. */
  readSyncState: "SELECT * FROM zava_sync WHERE _id = 'sync'",
  /** Unsettled operations, in the order in which the user did them. */
  readOutbox: 'SELECT * FROM zava_outbox ORDER BY _id',
  /** Documents as MongoDB last told them, while own work on them is unsettled. */
  readShadows: 'SELECT * FROM zava_shadows',
  /** What was refused and is not yet settled. */
  readRejected: 'SELECT * FROM zava_rejected ORDER BY _id',
  /** All of a collection, to compare it with MongoDB. */
  readAll: (collection: string) => `SELECT * FROM ${checked(collection)}`,
  /** Documents by id. */
  readByIds: (collection: string) => `SELECT * FROM ${checked(collection)} WHERE _id IN :ids`,
  /** New and changed documents. */
  put: (collection: string) =>
    `INSERT INTO ${checked(collection)} DOCUMENTS (:documents) ON ID CONFLICT DO UPDATE_LOCAL_DIFF`,
  /** Fields that a document no longer has. */
  unset: (collection: string, paths: readonly string[]) =>
    `UPDATE ${checked(collection)} UNSET ${paths.map(quoted).join(', ')} WHERE _id = :id`,
  /** Documents that have left the scope; EVICT leaves no tombstone behind. */
  evictByIds: (collection: string) => `EVICT FROM ${checked(collection)} WHERE _id IN :ids`,
  evictAll: (collection: string) => `EVICT FROM ${checked(collection)}`,
  evictAllBut: (collection: string) => `EVICT FROM ${checked(collection)} WHERE NOT (_id IN :ids)`,
  /** Indexes of what the apps ask. */
  indexes: [
    'CREATE INDEX IF NOT EXISTS ix_inventory_store_product ON inventory (store_id, product_id)',
    'CREATE INDEX IF NOT EXISTS ix_inventory_product ON inventory (product_id)',
    'CREATE INDEX IF NOT EXISTS ix_products_category ON products (category_id)',
    'CREATE INDEX IF NOT EXISTS ix_products_sku ON products (sku)',
    'CREATE INDEX IF NOT EXISTS ix_orders_customer_date ON orders (customer_id, order_date)',
    'CREATE INDEX IF NOT EXISTS ix_orders_store_date ON orders (store_id, order_date)',
    'CREATE INDEX IF NOT EXISTS ix_order_items_order ON order_items (order_id)',
    'CREATE INDEX IF NOT EXISTS ix_customers_email ON customers (email)',
    'CREATE INDEX IF NOT EXISTS ix_customers_last_name ON customers (last_name)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_inventory ON stock_movements (inventory_id, hlc)',
    'CREATE INDEX IF NOT EXISTS ix_alerts_state ON alerts (state)',
    'CREATE INDEX IF NOT EXISTS ix_stock_transfers_status ON stock_transfers (status)',
    'CREATE INDEX IF NOT EXISTS ix_replenishment_status ON replenishment_orders (status)',
  ],
} as const;
