/**
 * Every DQL statement of a device, each with its purpose. A name that comes from outside never enters a statement: it is
 * a parameter, or one of the collections below. Retail statements find documents by their id fields, not by `_id`, whose
 * form is Ditto's own affair, and none joins: two small statements are quick whatever the planner thinks.
 */

const IDENTIFIER = /^[a-z_]+$/;
const PATH = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function checked(collection: string): string {
  if (!IDENTIFIER.test(collection)) throw new RangeError(`'${collection}' is not a collection of the store.`);
  return collection;
}

/** A dotted path with each of its names quoted. */
export const quotedPath = (path: string): string => {
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
  readRejected: 'SELECT * FROM zava_rejected ORDER BY hlc',
  /** Fields that lost to a newer write and are not settled. */
  readLost: 'SELECT * FROM zava_lost ORDER BY hlc',
  /** Unsettled operations that settle a refused one. */
  readSettlements: 'SELECT * FROM zava_outbox WHERE is_settlement = true',
  /** How many documents a collection holds, without reading them. */
  countAll: (collection: string) => `SELECT COUNT(*) AS units FROM ${checked(collection)}`,
  /** How many of them can be read: the condition holds for every document, but has to look at each. */
  countReadable: (collection: string) =>
    `SELECT COUNT(*) AS units FROM ${checked(collection)} WHERE zava_never IS MISSING`,
  /** All of a collection, to compare it with MongoDB. */
  readAll: (collection: string) => `SELECT * FROM ${checked(collection)}`,
  /** Documents by id. */
  readByIds: (collection: string) => `SELECT * FROM ${checked(collection)} WHERE _id IN :ids`,
  /** New and changed documents. */
  put: (collection: string) =>
    `INSERT INTO ${checked(collection)} DOCUMENTS (:documents) ON ID CONFLICT DO UPDATE_LOCAL_DIFF`,
  /** Fields that a document no longer has. */
  unset: (collection: string, paths: readonly string[]) =>
    `UPDATE ${checked(collection)} UNSET ${paths.map(quotedPath).join(', ')} WHERE _id = :id`,
  /** Documents that have left the scope; EVICT leaves no tombstone behind. */
  evictByIds: (collection: string) => `EVICT FROM ${checked(collection)} WHERE _id IN :ids`,
  /** Everything of a collection, before it is brought anew. */
  evictAll: (collection: string) => `EVICT FROM ${checked(collection)}`,
  /** The same, but for documents with work that MongoDB does not have yet. */
  evictAllBut: (collection: string) => `EVICT FROM ${checked(collection)} WHERE NOT (_id IN :ids)`,

  // ── On Ditto's own sync, where ids are what the connector makes of them ────────────────────────────────────────────

  /** What Ditto shall bring; `condition` comes from {@link dqlOf}. */
  subscription: (collection: string, condition: string) => `SELECT * FROM ${checked(collection)} WHERE ${condition}`,
  /** What an earlier subscription brought. */
  evictOutside: (collection: string, condition: string) =>
    `EVICT FROM ${checked(collection)} WHERE NOT coalesce(${condition}, false)`,
  /** Fields of one document, each its own register. */
  setFields: (collection: string, idField: string, paths: readonly string[]) =>
    `UPDATE ${checked(collection)} SET ${paths.map((path, index) => `${quotedPath(path)} = :v${index}`).join(', ')} WHERE ${quotedPath(idField)} = :id`,
  /** Fields that one document no longer has. */
  unsetFields: (collection: string, idField: string, paths: readonly string[]) =>
    `UPDATE ${checked(collection)} UNSET ${paths.map(quotedPath).join(', ')} WHERE ${quotedPath(idField)} = :id`,

  // ── What the apps ask ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Names of the stores, for availability and orders; eight documents. */
  stores: 'SELECT * FROM stores',
  /** A store's name and address, for a receipt. */
  storeById: 'SELECT * FROM stores WHERE store_id = :storeId',
  /** Names of the categories, to browse by; nine documents. */
  categories: 'SELECT * FROM categories',
  /** Names of the product types, to narrow a category down. */
  productTypes: 'SELECT * FROM product_types',
  /** The catalogue, for the search index that is kept in memory. */
  products: 'SELECT * FROM products',
  /** One product, for its page. */
  productById: 'SELECT * FROM products WHERE product_id = :productId',
  /** What a scanner reads. */
  productBySku: 'SELECT * FROM products WHERE sku = :sku',
  /** What may stand in for a product that is short. */
  productsOfType: 'SELECT * FROM products WHERE type_id = :typeId',
  /** A product in every store: its place here, its availability elsewhere. */
  inventoryOfProduct: 'SELECT * FROM inventory WHERE product_id = :productId',
  /** Everything that a store keeps, to find what runs low. */
  inventoryOfStore: 'SELECT * FROM inventory WHERE store_id = :storeId',
  /** Places and stock of what a search has found. */
  inventoryOfProducts: 'SELECT * FROM inventory WHERE store_id = :storeId AND product_id IN :productIds',
  /** One product in one store: its synced level, its place. */
  inventoryItem: 'SELECT * FROM inventory WHERE store_id = :storeId AND product_id = :productId',
  /** Movements that are not in the synced stock levels yet. */
  unfoldedMovements: 'SELECT * FROM stock_movements WHERE store_id = :storeId AND ledger_sequence IS MISSING',
  /** The same of one item, to tell what is really on the shelf. */
  unfoldedMovementsOfItem:
    'SELECT * FROM stock_movements WHERE inventory_id = :inventoryId AND ledger_sequence IS MISSING',
  /** What came after a count that is not in the synced level yet. */
  movementsOfItemSince: 'SELECT * FROM stock_movements WHERE inventory_id = :inventoryId AND hlc >= :hlc ORDER BY hlc',
  /** An item's newest history. */
  newestMovementsOfItem:
    'SELECT * FROM stock_movements WHERE inventory_id = :inventoryId ORDER BY hlc DESC LIMIT :limit',
  /** What has come back of an order. */
  movementsOfOrder: 'SELECT * FROM stock_movements WHERE order_id = :orderId',
  /** What has arrived of a shipment. */
  movementsOfReplenishment: 'SELECT * FROM stock_movements WHERE replenishment_id = :replenishmentId',
  /** What has left and arrived of a transfer. */
  movementsOfTransfer: 'SELECT * FROM stock_movements WHERE transfer_id = :transferId',
  /** One customer, for an order. */
  customerById: 'SELECT * FROM customers WHERE customer_id = :customerId',
  /** Whether an e-mail address is taken. */
  customerByEmail: 'SELECT * FROM customers WHERE email = :email',
  /** Customers whose last name begins with a text; `before` is the first text after all of them. */
  customersByLastName:
    'SELECT * FROM customers WHERE last_name >= :from AND last_name < :before ORDER BY last_name LIMIT :limit',
  /** The same by first name. */
  customersByFirstName:
    'SELECT * FROM customers WHERE first_name >= :from AND first_name < :before ORDER BY first_name LIMIT :limit',
  /** Customers by the beginning of their e-mail address. */
  customersByEmailStart: 'SELECT * FROM customers WHERE email >= :from AND email < :before ORDER BY email LIMIT :limit',
  /** Customers by the beginning of their phone number. */
  customersByPhoneStart: 'SELECT * FROM customers WHERE phone >= :from AND phone < :before ORDER BY phone LIMIT :limit',
  /** What a customer bought, the newest first. */
  ordersOfCustomer: 'SELECT * FROM orders WHERE customer_id = :customerId ORDER BY order_date DESC LIMIT :limit',
  /** One order, as a receipt names it. */
  orderById: 'SELECT * FROM orders WHERE order_id = :orderId',
  /** By the beginning of its number, as a receipt shows it. */
  ordersByNumberStart: 'SELECT * FROM orders WHERE order_id >= :from AND order_id < :before LIMIT :limit',
  /** The items of an order. */
  itemsOfOrder: 'SELECT * FROM order_items WHERE order_id = :orderId',
  /** The newest orders of a store; with a limit of 1, what a default scope is anchored on. */
  recentOrders: 'SELECT * FROM orders WHERE store_id = :storeId ORDER BY order_date DESC LIMIT :limit',
  /** One transfer between stores. */
  transferById: 'SELECT * FROM stock_transfers WHERE transfer_id = :transferId',
  /** What others wait for. */
  transfersFrom: 'SELECT * FROM stock_transfers WHERE from_store_id = :storeId',
  /** What this store waits for. */
  transfersTo: 'SELECT * FROM stock_transfers WHERE to_store_id = :storeId',
  /** One order from the warehouse. */
  replenishmentById: 'SELECT * FROM replenishment_orders WHERE replenishment_id = :replenishmentId',
  /** A store's orders from the warehouse. */
  replenishmentsOfStore: 'SELECT * FROM replenishment_orders WHERE store_id = :storeId',
  /** One alert. */
  alertById: 'SELECT * FROM alerts WHERE alert_id = :alertId',
  /** Alerts that a person has not settled. */
  alertsOfStore: 'SELECT * FROM alerts WHERE store_id = :storeId',
  /** Indexes of what the apps ask. */
  indexes: [
    'CREATE INDEX IF NOT EXISTS ix_outbox_settlements ON zava_outbox (is_settlement)',
    'CREATE INDEX IF NOT EXISTS ix_inventory_store_product ON inventory (store_id, product_id)',
    'CREATE INDEX IF NOT EXISTS ix_inventory_product ON inventory (product_id)',
    'CREATE INDEX IF NOT EXISTS ix_stores_id ON stores (store_id)',
    'CREATE INDEX IF NOT EXISTS ix_products_id ON products (product_id)',
    'CREATE INDEX IF NOT EXISTS ix_products_sku ON products (sku)',
    'CREATE INDEX IF NOT EXISTS ix_products_type ON products (type_id)',
    'CREATE INDEX IF NOT EXISTS ix_orders_id ON orders (order_id)',
    // An index read in its own order ends at the limit; one that goes up is read whole and sorted. Both fields go down:
    // where one goes up and one down, Ditto 5.1 leaves the sorting out and answers the oldest first.
    'CREATE INDEX IF NOT EXISTS ix_orders_customer_newest ON orders (customer_id DESC, order_date DESC)',
    'CREATE INDEX IF NOT EXISTS ix_orders_store_newest ON orders (store_id DESC, order_date DESC)',
    'CREATE INDEX IF NOT EXISTS ix_order_items_order ON order_items (order_id)',
    'CREATE INDEX IF NOT EXISTS ix_customers_id ON customers (customer_id)',
    'CREATE INDEX IF NOT EXISTS ix_customers_email ON customers (email)',
    'CREATE INDEX IF NOT EXISTS ix_customers_last_name ON customers (last_name)',
    'CREATE INDEX IF NOT EXISTS ix_customers_first_name ON customers (first_name)',
    'CREATE INDEX IF NOT EXISTS ix_customers_phone ON customers (phone)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_inventory ON stock_movements (inventory_id, hlc)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_inventory_ledger ON stock_movements (inventory_id, ledger_sequence)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_store_ledger ON stock_movements (store_id, ledger_sequence)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_order ON stock_movements (order_id)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_replenishment ON stock_movements (replenishment_id)',
    'CREATE INDEX IF NOT EXISTS ix_stock_movements_transfer ON stock_movements (transfer_id)',
    'CREATE INDEX IF NOT EXISTS ix_stock_transfers_id ON stock_transfers (transfer_id)',
    'CREATE INDEX IF NOT EXISTS ix_stock_transfers_from ON stock_transfers (from_store_id)',
    'CREATE INDEX IF NOT EXISTS ix_stock_transfers_to ON stock_transfers (to_store_id)',
    'CREATE INDEX IF NOT EXISTS ix_replenishment_id ON replenishment_orders (replenishment_id)',
    'CREATE INDEX IF NOT EXISTS ix_replenishment_store ON replenishment_orders (store_id)',
    'CREATE INDEX IF NOT EXISTS ix_alerts_id ON alerts (alert_id)',
    'CREATE INDEX IF NOT EXISTS ix_alerts_store ON alerts (store_id)',
  ],
} as const;
