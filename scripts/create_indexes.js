// The indexes of Zava, for mongosh. Made by `zava indexes mongosh`; change the table in the program, not this file.
//
//   mongosh "<connection string>" scripts/create_indexes.js
//
// The database is MONGODB_DATABASE of the environment, or "zava". Safe to run again: what exists is left alone.

const target = db.getSiblingDB(process.env.MONGODB_DATABASE || 'zava');
let made = 0;

function create(collection, indexes) {
  for (const [keys, options] of indexes) {
    target.getCollection(collection).createIndex(keys, options);
    made += 1;
  }
  print(`${collection}: ${indexes.length}`);
}

create('stores', [
  [{ store_id: 1 }, { name: 'idx_store_id', unique: true }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ is_online: 1 }, { name: 'idx_is_online' }],
]);

create('customers', [
  [{ customer_id: 1 }, { name: 'idx_customer_id', unique: true }],
  [{ email: 1 }, { name: 'idx_email', unique: true }],
  [{ primary_store_id: 1 }, { name: 'idx_primary_store_id' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ last_name: 1, first_name: 1 }, { name: 'idx_name' }],
  [{ primary_store_id: 1, last_name: 1, first_name: 1 }, { name: 'idx_store_name' }],
]);

create('categories', [
  [{ category_id: 1 }, { name: 'idx_category_id', unique: true }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
]);

create('product_types', [
  [{ type_id: 1 }, { name: 'idx_type_id', unique: true }],
  [{ category_id: 1 }, { name: 'idx_category_id' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
]);

create('products', [
  [{ product_id: 1 }, { name: 'idx_product_id', unique: true }],
  [{ sku: 1 }, { name: 'idx_sku', unique: true }],
  [{ category_id: 1 }, { name: 'idx_category_id' }],
  [{ type_id: 1 }, { name: 'idx_type_id' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ product_name: 'text', product_description: 'text' }, { name: 'idx_text_search', weights: { product_name: 10, product_description: 5 } }],
]);

create('product_embeddings', [
  [{ product_id: 1 }, { name: 'idx_product_id', unique: true }],
]);

create('inventory', [
  [{ inventory_id: 1 }, { name: 'idx_inventory_id', unique: true }],
  [{ store_id: 1, product_id: 1 }, { name: 'idx_store_product', unique: true }],
  [{ store_id: 1 }, { name: 'idx_store_id' }],
  [{ product_id: 1 }, { name: 'idx_product_id' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ store_id: 1, stock_level: 1, reorder_threshold: 1 }, { name: 'idx_low_stock' }],
  [{ 'location.aisle': 1 }, { name: 'idx_location_aisle' }],
  [{ 'location.shelf': 1 }, { name: 'idx_location_shelf' }],
]);

create('orders', [
  [{ order_id: 1 }, { name: 'idx_order_id', unique: true }],
  [{ customer_id: 1 }, { name: 'idx_customer_id' }],
  [{ store_id: 1 }, { name: 'idx_store_id' }],
  [{ order_date: -1 }, { name: 'idx_order_date_desc' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ status: 1 }, { name: 'idx_status' }],
  [{ customer_id: 1, order_date: -1 }, { name: 'idx_customer_orders' }],
  [{ store_id: 1, order_date: -1 }, { name: 'idx_store_orders' }],
  [{ store_id: 1, status: 1 }, { name: 'idx_store_status' }],
]);

create('order_items', [
  [{ order_id: 1 }, { name: 'idx_order_id' }],
  [{ product_id: 1 }, { name: 'idx_product_id' }],
  [{ deleted: 1 }, { name: 'idx_deleted' }],
  [{ order_id: 1, product_id: 1 }, { name: 'idx_order_product' }],
  [{ store_id: 1, order_date: -1 }, { name: 'idx_store_date' }],
  [{ product_id: 1, order_date: -1 }, { name: 'idx_product_date' }],
]);

create('stock_movements', [
  [{ movement_id: 1 }, { name: 'idx_movement_id', unique: true }],
  [{ inventory_id: 1, hlc: 1 }, { name: 'idx_inventory_hlc' }],
  [{ store_id: 1, occurred_at: -1 }, { name: 'idx_store_occurred' }],
  [{ product_id: 1, occurred_at: -1 }, { name: 'idx_product_occurred' }],
  [{ order_id: 1 }, { name: 'idx_order_id', partialFilterExpression: { order_id: { $exists: true } } }],
  [{ transfer_id: 1 }, { name: 'idx_transfer_id', partialFilterExpression: { transfer_id: { $exists: true } } }],
  [{ replenishment_id: 1 }, { name: 'idx_replenishment_id', partialFilterExpression: { replenishment_id: { $exists: true } } }],
]);

create('stock_transfers', [
  [{ transfer_id: 1 }, { name: 'idx_transfer_id', unique: true }],
  [{ from_store_id: 1, status: 1 }, { name: 'idx_from_store_status' }],
  [{ to_store_id: 1, status: 1 }, { name: 'idx_to_store_status' }],
]);

create('replenishment_orders', [
  [{ replenishment_id: 1 }, { name: 'idx_replenishment_id', unique: true }],
  [{ store_id: 1, status: 1 }, { name: 'idx_store_status' }],
]);

create('alerts', [
  [{ alert_id: 1 }, { name: 'idx_alert_id', unique: true }],
  [{ store_id: 1, state: 1, raised_at: -1 }, { name: 'idx_store_state' }],
  [{ state: 1, severity: 1, raised_at: -1 }, { name: 'idx_state_severity' }],
]);

print(`${made} indexes are in place in the database "${target.getName()}".`);
