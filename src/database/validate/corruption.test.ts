import { randomUUID } from 'node:crypto';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'bson';
import { describe, expect, test } from 'vitest';
import { type AnyDocument, SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { type CollectionName, collectionNames } from '../../domain/index.ts';
import { type CheckId, checks } from './checks.ts';
import { createValidator, type ValidationResult, validationOrder } from './validator.ts';

/*
 * A company that is sound, corrupted in one way at a time: the checks that fail have to be these and no others. Where
 * one fault has more consequences than one (an order that is gone leaves its items behind), they are all listed.
 */

interface Corruption {
  readonly name: string;
  readonly corrupt: (data: SmallDataSet) => void;
  readonly fails: readonly CheckId[];
}

const sound = SmallDataSet.generate({ numCustomers: 300, numOrders: 1000 });

function validate(data: SmallDataSet, counts: Partial<Record<CollectionName, number>> = {}): ValidationResult {
  // Corruptions add daily work freely: its number is a test of its own.
  const validator = createValidator({ expectedCounts: { ...sound.counts, stock_movements: undefined, ...counts } });
  for (const collection of validationOrder) validator.documents(collection, data.of(collection));
  return validator.finish();
}

const failing = ({ checks }: ValidationResult): CheckId[] =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);

// ── Documents that a corruption can rely on ──

const hasOrders = (customer: AnyDocument) =>
  sound.of('orders').some(({ customer_id }) => customer_id === customer['customer_id']);
const regular = sound.of('customers').find(hasOrders) as AnyDocument;
const newcomer = sound.of('customers').find((customer) => !hasOrders(customer)) as AnyDocument;
/** An order of several items, the first of them without a discount. */
const largeOrder = sound
  .of('orders')
  .find(
    ({ order_id, item_count }) =>
      item_count > 1 && sound.find('order_items', (item) => item['order_id'] === order_id)['discount_amount'] === 0,
  ) as AnyDocument;
const isLarge = ({ order_id }: AnyDocument) => order_id === largeOrder['order_id'];
const plainItem = sound.find('order_items', isLarge);
const isPlain = ({ order_item_id }: AnyDocument) => order_item_id === plainItem['order_item_id'];
const soldProduct = sound.find('products', ({ product_id }) => product_id === plainItem['product_id']);
const isSold = ({ product_id }: AnyDocument) => product_id === soldProduct['product_id'];
const isRegular = ({ customer_id }: AnyDocument) => customer_id === regular['customer_id'];
const isNewcomer = ({ customer_id }: AnyDocument) => customer_id === newcomer['customer_id'];
const stocked = sound.find('inventory', ({ stock_level }) => stock_level > 0);
const isStocked = ({ inventory_id }: AnyDocument) => inventory_id === stocked['inventory_id'];
const otherStore = (storeId: string) => (storeId === 'store_tacoma' ? 'store_seattle' : 'store_tacoma');
const named = (document: AnyDocument, field: string, id: unknown): AnyDocument => ({
  ...document,
  _id: id,
  [field]: id,
});

const change = (
  collection: Parameters<SmallDataSet['set']>[0],
  pick: Parameters<SmallDataSet['set']>[1],
  changes: AnyDocument,
) => {
  return (data: SmallDataSet) => data.set(collection, pick, changes);
};

const transfer = (changes: AnyDocument = {}): AnyDocument => {
  const id = randomUUID();
  return {
    _id: id,
    transfer_id: id,
    from_store_id: 'store_seattle',
    to_store_id: 'store_tacoma',
    lines: { [soldProduct['product_id']]: 3 },
    status: 'requested',
    steps: { requested: { at: '2026-03-01T09:00:00Z', by: 'user_1' } },
    notes: '',
    deleted: false,
    ...changes,
  };
};
const replenishment = (changes: AnyDocument = {}): AnyDocument => {
  const id = randomUUID();
  return {
    _id: id,
    replenishment_id: id,
    store_id: 'store_seattle',
    lines: { [soldProduct['product_id']]: { ordered: 12, received: 0 } },
    status: 'placed',
    steps: {},
    deleted: false,
    ...changes,
  };
};
const alert = (changes: AnyDocument = {}): AnyDocument => {
  const id = randomUUID();
  return {
    _id: id,
    alert_id: id,
    kind: 'low_stock',
    store_id: 'store_seattle',
    subjects: { product_id: soldProduct['product_id'] },
    severity: 'warning',
    state: 'open',
    facts: { stock_level: 2 },
    raised_at: '2026-03-01T09:00:00Z',
    deleted: false,
    ...changes,
  };
};
const movement = (changes: AnyDocument = {}): AnyDocument => {
  const id = randomUUID();
  return {
    _id: id,
    movement_id: id,
    inventory_id: stocked['inventory_id'],
    store_id: stocked['store_id'],
    product_id: stocked['product_id'],
    kind: 'adjustment',
    quantity: 0,
    reason: '',
    user_id: 'user_1',
    device_id: 'device_1',
    hlc: '2099-01-01T00:00:00.000Z-0000-device_1',
    occurred_at: '2026-03-01T09:00:00Z',
    deleted: false,
    ...changes,
  };
};

const corruptions: readonly Corruption[] = [
  // Stores
  {
    name: 'a store is gone',
    fails: ['stores.count', 'customers.store', 'inventory.store', 'orders.store', 'stores.demo_default'],
    corrupt: (data) => data.remove('stores', ({ demo_default }) => demo_default),
  },
  { name: 'a store’s name is null', fails: ['stores.types'], corrupt: change('stores', 0, { store_name: null }) },
  {
    name: 'a store’s name is another one than its id says',
    fails: ['stores.slug', 'orders.store_name'],
    corrupt: change('stores', 0, { store_name: 'Zava Retail Atlantis' }),
  },
  {
    name: 'a row-level-security id is no UUID',
    fails: ['stores.rls_user_id'],
    corrupt: change('stores', 0, { rls_user_id: 'seattle' }),
  },
  {
    name: 'two stores share a row-level-security id',
    fails: ['stores.rls_user_id'],
    corrupt: (data) => data.set('stores', 1, { rls_user_id: data.find('stores', 0)['rls_user_id'] }),
  },
  {
    name: 'a store has the super manager’s id',
    fails: ['stores.rls_user_id'],
    corrupt: change('stores', 0, { rls_user_id: '00000000-0000-0000-0000-000000000000' }),
  },
  {
    name: 'a store’s location lacks its ZIP code',
    fails: ['stores.location'],
    corrupt: (data) => data.set('stores', 2, { location: { ...data.find('stores', 2)['location'], zip: undefined } }),
  },
  {
    name: 'a store is in another state',
    fails: ['stores.location'],
    corrupt: (data) => data.set('stores', 2, { location: { ...data.find('stores', 2)['location'], state: 'OR' } }),
  },
  {
    name: 'a store’s location is an array',
    fails: ['stores.types'],
    corrupt: change('stores', 2, { location: ['Main Street', 'Seattle'] }),
  },
  { name: 'a boolean is a text', fails: ['stores.types'], corrupt: change('stores', 3, { is_online: 'true' }) },
  {
    name: 'two stores are the default',
    fails: ['stores.demo_default'],
    corrupt: change('stores', ({ demo_default }) => !demo_default, { demo_default: true }),
  },
  {
    name: 'no store is the default',
    fails: ['stores.demo_default'],
    corrupt: change('stores', ({ demo_default }) => demo_default, { demo_default: false }),
  },
  {
    name: 'the busiest store is the default',
    fails: ['stores.demo_default'],
    corrupt: (data) => {
      data.set('stores', ({ demo_default }) => demo_default, { demo_default: false });
      data.set('stores', ({ store_id }) => store_id === 'store_seattle', { demo_default: true });
    },
  },
  {
    name: 'a store’s time is a day only',
    fails: ['stores.times'],
    corrupt: change('stores', 0, { created_at: '2019-01-01' }),
  },
  {
    name: 'a store is from the last century',
    fails: ['stores.time_range'],
    corrupt: change('stores', 0, { created_at: '1889-11-11T00:00:00Z' }),
  },
  {
    name: 'two documents of one store',
    fails: ['stores.count', 'stores.unique', 'stores.rls_user_id'],
    corrupt: (data) => data.add('stores', data.find('stores', 3)),
  },
  { name: 'a store’s name is empty', fails: ['stores.texts'], corrupt: change('stores', 0, { store_name: '' }) },
  {
    name: 'a store’s map holds an array',
    fails: ['stores.no_arrays'],
    corrupt: (data) =>
      data.set('stores', 0, { location: { ...data.find('stores', 0)['location'], hours: { monday: ['9', '18'] } } }),
  },
  {
    name: 'a store’s id has capitals',
    fails: ['stores.id_form', 'customers.store', 'inventory.store', 'orders.store'],
    corrupt: (data) =>
      data.set('stores', ({ store_id }) => store_id === 'store_spokane', {
        _id: 'Store_Spokane',
        store_id: 'Store_Spokane',
      }),
  },
  {
    name: 'the stores are all gone',
    fails: ['stores.count', 'customers.store', 'inventory.store', 'orders.store'],
    corrupt: (data) => data.removeAll('stores', () => true),
  },

  // Categories and product types
  {
    name: 'seasons are an array',
    fails: ['categories.types'],
    corrupt: change('categories', 0, { seasonal_multipliers: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }),
  },
  {
    name: 'a season is missing',
    fails: ['categories.seasons'],
    corrupt: (data) => {
      const { feb, ...rest } = data.find('categories', 0)['seasonal_multipliers'];
      void feb;
      data.set('categories', 0, { seasonal_multipliers: rest });
    },
  },
  {
    name: 'a thirteenth month',
    fails: ['categories.seasons'],
    corrupt: (data) =>
      data.set('categories', 0, {
        seasonal_multipliers: { ...data.find('categories', 0)['seasonal_multipliers'], smarch: 1 },
      }),
  },
  {
    name: 'a season of zero',
    fails: ['categories.seasons'],
    corrupt: (data) =>
      data.set('categories', 0, {
        seasonal_multipliers: { ...data.find('categories', 0)['seasonal_multipliers'], jan: 0 },
      }),
  },
  {
    name: 'a season is a text',
    fails: ['categories.seasons'],
    corrupt: (data) =>
      data.set('categories', 0, {
        seasonal_multipliers: { ...data.find('categories', 0)['seasonal_multipliers'], jan: '1.2' },
      }),
  },
  {
    name: 'a category’s name is empty',
    fails: ['categories.texts'],
    corrupt: change('categories', 1, { category_name: '' }),
  },
  {
    name: 'a category’s name is another one than its id says',
    fails: ['categories.slug'],
    corrupt: change('categories', 1, { category_name: 'Toys' }),
  },
  {
    name: 'a category is gone',
    fails: ['categories.count', 'product_types.category', 'products.category'],
    corrupt: (data) => data.remove('categories', 2),
  },
  { name: 'a category is hidden', fails: ['categories.deleted'], corrupt: change('categories', 2, { deleted: true }) },
  {
    name: 'a category lacks `deleted`',
    fails: ['categories.required'],
    corrupt: change('categories', 2, { deleted: undefined }),
  },
  {
    name: 'a product type’s category does not exist',
    fails: ['product_types.category', 'products.type_category'],
    corrupt: change('product_types', 0, { category_id: 'cat_toys' }),
  },
  {
    name: 'a product type moves to another category',
    fails: ['products.type_category'],
    corrupt: (data) => data.set('product_types', 0, { category_id: data.find('categories', 8)['category_id'] }),
  },
  {
    name: 'a product type lacks its id',
    fails: ['product_types.required', 'products.type'],
    corrupt: change('product_types', 0, { type_id: undefined }),
  },
  {
    name: 'a product type’s name is another one than its id says',
    fails: ['product_types.slug'],
    corrupt: change('product_types', 0, { type_name: 'Sledges' }),
  },
  {
    name: 'a product type’s id has no number',
    fails: ['product_types.id_form', 'products.type'],
    corrupt: change('product_types', 0, { _id: 'ptype_hammers', type_id: 'ptype_hammers' }),
  },
  {
    name: 'a product type is gone',
    fails: ['product_types.count', 'products.type'],
    corrupt: (data) => data.remove('product_types', 4),
  },
  {
    name: 'a category’s id has another form',
    fails: ['categories.id_form', 'product_types.category', 'products.category'],
    corrupt: change('categories', 4, { _id: 'CAT 5', category_id: 'CAT 5' }),
  },
  {
    name: 'a product type’s name is a number',
    fails: ['product_types.types'],
    corrupt: change('product_types', 4, { type_name: 42 }),
  },

  // Products
  {
    name: 'two products share a SKU',
    fails: ['products.sku_unique', 'order_items.sku_copy'],
    corrupt: (data) =>
      data.set('products', isSold, { sku: data.find('products', (product) => !isSold(product))['sku'] }),
  },
  { name: 'a cost is a text', fails: ['products.types'], corrupt: change('products', 5, { cost: '12.50' }) },
  { name: 'a cost is zero', fails: ['products.money'], corrupt: change('products', 5, { cost: 0 }) },
  { name: 'a cost has three decimals', fails: ['products.money'], corrupt: change('products', 5, { cost: 12.505 }) },
  {
    name: 'a price is not a number',
    fails: ['products.money'],
    corrupt: change('products', 5, { base_price: Number.NaN }),
  },
  {
    name: 'a price is a cent too high',
    fails: ['products.margin'],
    corrupt: (data) =>
      data.set('products', 5, { base_price: (Math.round(data.find('products', 5)['base_price'] * 100) + 1) / 100 }),
  },
  {
    name: 'a margin of 30 percent',
    fails: ['products.margin'],
    corrupt: change('products', 5, { gross_margin_percent: 30 }),
  },
  {
    name: 'a margin is infinite',
    fails: ['products.numbers'],
    corrupt: change('products', 5, { gross_margin_percent: Number.POSITIVE_INFINITY }),
  },
  {
    name: 'specifications are an array',
    fails: ['products.types'],
    corrupt: change('products', 5, { specifications: [{ weight_kg: 2 }] }),
  },
  {
    name: 'specifications hold an array',
    fails: ['products.no_arrays'],
    corrupt: change('products', 5, { specifications: { colours: ['red', 'blue'] } }),
  },
  {
    name: 'a product carries its vector',
    fails: ['products.no_embedding', 'products.no_arrays'],
    corrupt: change('products', 5, { image_embedding: [0.1, 0.2] }),
  },
  {
    name: 'a product was updated before it was created',
    fails: ['products.time_order'],
    corrupt: change('products', 5, { created_at: '2025-06-02T00:00:00Z', updated_at: '2025-06-01T00:00:00Z' }),
  },
  {
    name: 'a product’s category does not exist',
    fails: ['products.category', 'products.type_category'],
    corrupt: change('products', 5, { category_id: 'cat_toys' }),
  },
  {
    name: 'a product’s type does not exist',
    fails: ['products.type'],
    corrupt: change('products', 5, { type_id: 'ptype_toys_1' }),
  },
  {
    name: 'a product’s type belongs to another category',
    fails: ['products.type_category'],
    corrupt: (data) => data.set('products', 0, { type_id: data.of('product_types').at(-1)?.['type_id'] }),
  },
  {
    name: 'a product has another name than on its orders',
    fails: ['order_items.product_name_copy'],
    corrupt: change('products', isSold, { product_name: 'Something Else' }),
  },
  {
    name: 'a product is gone',
    fails: ['products.count', 'product_embeddings.product', 'inventory.product', 'order_items.product'],
    corrupt: (data) => data.remove('products', isSold),
  },
  {
    name: 'a product’s id has another form',
    fails: ['products.id_form', 'product_embeddings.product', 'inventory.product', 'order_items.product'],
    corrupt: change('products', isSold, { _id: 'P-7', product_id: 'P-7' }),
  },
  { name: 'a product is hidden', fails: ['products.deleted'], corrupt: change('products', 7, { deleted: true }) },
  { name: '`deleted` is 0', fails: ['products.types'], corrupt: change('products', 7, { deleted: 0 }) },
  {
    name: 'a product has no description',
    fails: ['products.required'],
    corrupt: change('products', 7, { product_description: undefined }),
  },
  { name: 'a product’s image is empty', fails: ['products.texts'], corrupt: change('products', 7, { image_url: '' }) },
  {
    name: 'a product’s time has milliseconds',
    fails: ['products.times'],
    corrupt: change('products', 7, { updated_at: '2025-06-01T00:00:00.000Z' }),
  },
  {
    name: 'a product comes from the future',
    fails: ['products.time_range'],
    corrupt: change('products', 7, { updated_at: '2031-06-01T00:00:00Z' }),
  },

  // Embeddings
  {
    name: 'a vector lacks a number',
    fails: ['product_embeddings.image_vector'],
    corrupt: (data) =>
      data.set('product_embeddings', 3, {
        image_embedding: data.find('product_embeddings', 3)['image_embedding'].slice(1),
      }),
  },
  {
    name: 'a vector of zeros',
    fails: ['product_embeddings.description_vector'],
    corrupt: change('product_embeddings', 3, { description_embedding: Array(1536).fill(0) }),
  },
  {
    name: 'a vector holds NaN',
    fails: ['product_embeddings.description_vector'],
    corrupt: (data) =>
      data.set('product_embeddings', 3, {
        description_embedding: data.find('product_embeddings', 3)['description_embedding'].with(1535, Number.NaN),
      }),
  },
  {
    name: 'a vector holds a text',
    fails: ['product_embeddings.image_vector'],
    corrupt: (data) =>
      data.set('product_embeddings', 3, {
        image_embedding: data.find('product_embeddings', 3)['image_embedding'].with(0, '0.5'),
      }),
  },
  {
    name: 'a vector is binary',
    fails: ['product_embeddings.types'],
    corrupt: change('product_embeddings', 3, { image_embedding: new Binary(new Uint8Array(512)) }),
  },
  {
    name: 'a product has no embedding',
    fails: ['product_embeddings.count', 'product_embeddings.every_product'],
    corrupt: (data) => data.remove('product_embeddings', 3),
  },
  {
    name: 'an embedding of no product',
    fails: ['product_embeddings.product', 'product_embeddings.every_product'],
    corrupt: change('product_embeddings', 3, { _id: 'prod_99999', product_id: 'prod_99999' }),
  },
  {
    name: 'a product has two embeddings',
    fails: ['product_embeddings.count', 'product_embeddings.unique'],
    corrupt: (data) => data.add('product_embeddings', data.find('product_embeddings', 3)),
  },
  {
    name: 'an embedding’s model is not named',
    fails: ['product_embeddings.texts'],
    corrupt: change('product_embeddings', 3, { embedding_model: '' }),
  },

  // Customers
  {
    name: 'two customers share an e-mail address',
    fails: ['customers.email_unique'],
    corrupt: change('customers', isNewcomer, { email: regular['email'] }),
  },
  {
    name: 'an e-mail address without @',
    fails: ['customers.email'],
    corrupt: change('customers', isNewcomer, { email: 'anna.example.com' }),
  },
  {
    name: 'a customer has another e-mail address than on their orders',
    fails: ['orders.customer_email'],
    corrupt: change('customers', isRegular, { email: 'moved@example.com' }),
  },
  {
    name: 'a customer has another name than on their orders',
    fails: ['orders.customer_name'],
    corrupt: change('customers', isRegular, { last_name: 'Nobody' }),
  },
  {
    name: 'a telephone number without brackets',
    fails: ['customers.phone'],
    corrupt: change('customers', isNewcomer, { phone: '206-555-0123' }),
  },
  {
    name: 'a customer’s store does not exist',
    fails: ['customers.store'],
    corrupt: change('customers', isNewcomer, { primary_store_id: 'store_atlantis' }),
  },
  {
    name: 'a customer is younger than their first order',
    fails: ['customers.first_order'],
    corrupt: change('customers', isRegular, { created_at: '2026-12-31T23:59:59Z', updated_at: '2026-12-31T23:59:59Z' }),
  },
  {
    name: 'a customer’s time is a BSON date',
    fails: ['customers.types'],
    corrupt: change('customers', isNewcomer, { created_at: new Date('2024-01-01T00:00:00Z') }),
  },
  {
    name: 'a customer was created on 30 February',
    fails: ['customers.times'],
    corrupt: change('customers', isNewcomer, { created_at: '2024-02-30T10:00:00Z' }),
  },
  {
    name: 'a customer was updated before they were created',
    fails: ['customers.time_order'],
    corrupt: change('customers', isNewcomer, { updated_at: '2001-01-01T00:00:00Z' }),
  },
  {
    name: 'a customer with orders is gone',
    fails: ['customers.count', 'orders.customer'],
    corrupt: (data) => data.remove('customers', isRegular),
  },
  {
    name: 'a customer too many',
    fails: ['customers.count'],
    corrupt: (data) =>
      data.add('customers', { ...named(newcomer, 'customer_id', 'customer_777777'), email: 'extra@example.com' }),
  },
  {
    name: 'a customer has a list of tags',
    fails: ['customers.no_arrays'],
    corrupt: change('customers', isNewcomer, { tags: [] }),
  },
  {
    name: '`_id` is an ObjectId',
    fails: ['customers.types'],
    corrupt: change('customers', isNewcomer, { _id: new ObjectId() }),
  },
  {
    name: '`_id` is missing',
    fails: ['customers.required'],
    corrupt: change('customers', isNewcomer, { _id: undefined }),
  },
  {
    name: '`_id` is another text than the id',
    fails: ['customers.id'],
    corrupt: change('customers', isNewcomer, { _id: 'customer_777777' }),
  },
  {
    name: 'a customer’s id has another form',
    fails: ['customers.id_form'],
    corrupt: (data) => data.set('customers', isNewcomer, { _id: 'CUST-7', customer_id: 'CUST-7' }),
  },
  {
    name: 'a name is a regular expression',
    fails: ['customers.types'],
    corrupt: change('customers', isNewcomer, { first_name: /anna/ }),
  },
  {
    name: 'something that is no document',
    fails: ['customers.types', 'customers.count'],
    corrupt: (data) => data.add('customers', null),
  },

  // Inventory
  {
    name: 'a product has two inventory documents in a store',
    fails: ['inventory.count', 'inventory.pair_unique'],
    corrupt: (data) => data.add('inventory', { ...named(stocked, 'inventory_id', randomUUID()), stock_level: 0 }),
  },
  {
    name: 'an inventory document moves to another store',
    fails: ['inventory.pair_unique', 'inventory.every_pair', 'stock_movements.copies'],
    corrupt: change('inventory', isStocked, { store_id: otherStore(stocked['store_id']) }),
  },
  {
    name: 'an inventory document is gone',
    fails: ['inventory.count', 'inventory.every_pair', 'stock_movements.inventory'],
    corrupt: (data) => data.remove('inventory', isStocked),
  },
  {
    name: 'stock below zero',
    fails: ['inventory.stock_not_negative', 'inventory.ledger'],
    corrupt: change('inventory', isStocked, { stock_level: -1 }),
  },
  {
    name: 'stock that its ledger does not explain',
    fails: ['inventory.ledger'],
    corrupt: change('inventory', isStocked, { stock_level: stocked['stock_level'] + 1 }),
  },
  {
    name: 'half a piece in stock',
    fails: ['inventory.numbers'],
    corrupt: change('inventory', isStocked, { stock_level: 2.5 }),
  },
  {
    name: 'stock is an Int64',
    fails: ['inventory.types'],
    corrupt: change('inventory', isStocked, { stock_level: Long.fromNumber(stocked['stock_level']) }),
  },
  {
    name: 'a bin is a number',
    fails: ['inventory.location'],
    corrupt: change('inventory', isStocked, { location: { ...stocked['location'], bin: 3 } }),
  },
  {
    name: 'an aisle is empty',
    fails: ['inventory.location'],
    corrupt: change('inventory', isStocked, { location: { ...stocked['location'], aisle: '' } }),
  },
  {
    name: 'a place on the shelf is an array',
    fails: ['inventory.types'],
    corrupt: change('inventory', isStocked, { location: ['A1', '2', '3'] }),
  },
  {
    name: 'a place on the shelf is a text',
    fails: ['inventory.types'],
    corrupt: change('inventory', isStocked, { location: 'A1-2-3' }),
  },
  {
    name: 'an inventory id in capitals',
    fails: ['inventory.id_form', 'stock_movements.inventory'],
    corrupt: (data) => {
      const id = stocked['inventory_id'].toUpperCase();
      data.set('inventory', isStocked, { _id: id, inventory_id: id });
    },
  },
  {
    name: 'an inventory id is a BSON UUID',
    fails: ['inventory.types', 'stock_movements.inventory'],
    corrupt: change('inventory', isStocked, { inventory_id: new UUID() }),
  },
  {
    name: 'nothing to reorder',
    fails: ['inventory.numbers'],
    corrupt: change('inventory', isStocked, { reorder_quantity: 0 }),
  },
  {
    name: 'an inventory document’s product does not exist',
    fails: ['inventory.product', 'inventory.every_pair', 'stock_movements.copies'],
    corrupt: change('inventory', isStocked, { product_id: 'prod_99999' }),
  },
  {
    name: 'an inventory document’s store does not exist',
    fails: ['inventory.store', 'inventory.every_pair', 'stock_movements.copies'],
    corrupt: change('inventory', isStocked, { store_id: 'store_atlantis' }),
  },
  {
    name: 'a shelf was counted at noon, says nobody which day',
    fails: ['inventory.times'],
    corrupt: change('inventory', isStocked, { last_counted: '12:00' }),
  },
  {
    name: 'two inventory documents have one id',
    fails: ['inventory.unique', 'inventory.count', 'inventory.pair_unique'],
    corrupt: (data) => data.add('inventory', stocked),
  },

  // Orders
  {
    name: 'an order’s customer does not exist',
    fails: ['orders.customer'],
    corrupt: change('orders', isLarge, { customer_id: 'customer_777777' }),
  },
  {
    name: 'an order’s store does not exist',
    fails: ['orders.store', 'order_items.store_copy'],
    corrupt: change('orders', isLarge, { store_id: 'store_atlantis' }),
  },
  {
    name: 'an order has another customer’s name',
    fails: ['orders.customer_name'],
    corrupt: change('orders', isLarge, { customer_name: 'Nobody' }),
  },
  {
    name: 'an order has another customer’s e-mail address',
    fails: ['orders.customer_email'],
    corrupt: change('orders', isLarge, { customer_email: 'nobody@example.com' }),
  },
  {
    name: 'an order has another store’s name',
    fails: ['orders.store_name'],
    corrupt: change('orders', isLarge, { store_name: 'Zava Retail Atlantis' }),
  },
  { name: 'an order is shipped', fails: ['orders.status'], corrupt: change('orders', isLarge, { status: 'shipped' }) },
  {
    name: 'an order from before the first day',
    fails: ['orders.date_range'],
    corrupt: change('orders', isLarge, { order_date: '2019-12-31T23:59:59Z' }),
  },
  {
    name: 'an order from after the last day',
    fails: ['orders.date_range'],
    corrupt: change('orders', isLarge, { order_date: '2027-01-01T00:00:00Z' }),
  },
  {
    name: 'an order’s date is a BSON date',
    fails: ['orders.types'],
    corrupt: change('orders', isLarge, { order_date: new Date(largeOrder['order_date']) }),
  },
  {
    name: 'an order’s date is a BSON timestamp',
    fails: ['orders.types'],
    corrupt: change('orders', isLarge, { order_date: new Timestamp({ t: 1_700_000_000, i: 1 }) }),
  },
  {
    name: 'an order’s date has an offset',
    fails: ['orders.times'],
    corrupt: change('orders', isLarge, { order_date: '2024-12-30T14:05:09+00:00' }),
  },
  {
    name: 'an order is dated a second later than its items',
    fails: ['order_items.date_copy'],
    corrupt: change('orders', isLarge, {
      order_date: new Date(Date.parse(largeOrder['order_date']) + 1000).toISOString().replace('.000', ''),
    }),
  },
  {
    name: 'an order counts an item too many',
    fails: ['orders.item_count'],
    corrupt: change('orders', isLarge, { item_count: largeOrder['item_count'] + 1 }),
  },
  {
    name: 'an order counts no items',
    fails: ['orders.numbers'],
    corrupt: change('orders', isLarge, { item_count: 0 }),
  },
  { name: 'an item count is a text', fails: ['orders.types'], corrupt: change('orders', isLarge, { item_count: '2' }) },
  {
    name: 'a subtotal is 100 too high',
    fails: ['orders.subtotal', 'orders.tax', 'orders.total'],
    corrupt: change('orders', isLarge, { subtotal: cents(largeOrder['subtotal'], 10_000) }),
  },
  {
    name: 'a subtotal is a cent too low and the total with it',
    fails: ['orders.subtotal'],
    corrupt: (data) => {
      const subtotal = Math.round(largeOrder['subtotal'] * 100) - 1;
      const tax = Math.floor((2 * subtotal * 95 + 1000) / 2000);
      data.set('orders', isLarge, { subtotal: subtotal / 100, tax: tax / 100, total: (subtotal + tax) / 100 });
    },
  },
  {
    name: 'a discount total is a cent too high',
    fails: ['orders.discount_total'],
    corrupt: change('orders', isLarge, { discount_total: cents(largeOrder['discount_total'], 1) }),
  },
  {
    name: 'a tax is a cent too high',
    fails: ['orders.tax', 'orders.total'],
    corrupt: change('orders', isLarge, { tax: cents(largeOrder['tax'], 1) }),
  },
  {
    name: 'a tax is a cent too high and the total with it',
    fails: ['orders.tax'],
    corrupt: change('orders', isLarge, { tax: cents(largeOrder['tax'], 1), total: cents(largeOrder['total'], 1) }),
  },
  {
    name: 'a total is a cent too low',
    fails: ['orders.total'],
    corrupt: change('orders', isLarge, { total: cents(largeOrder['total'], -1) }),
  },
  {
    name: 'a total has three decimals',
    fails: ['orders.money'],
    corrupt: change('orders', isLarge, { total: largeOrder['total'] + 0.001 }),
  },
  {
    name: 'a total is negative',
    fails: ['orders.money'],
    corrupt: change('orders', isLarge, { total: -largeOrder['total'] }),
  },
  {
    name: 'a total is a Decimal128',
    fails: ['orders.types'],
    corrupt: change('orders', isLarge, { total: Decimal128.fromString('12.50') }),
  },
  { name: 'a tax is null', fails: ['orders.types'], corrupt: change('orders', isLarge, { tax: null }) },
  {
    name: 'an order has no items',
    fails: ['orders.items', 'order_items.count'],
    corrupt: (data) => data.removeAll('order_items', isLarge),
  },
  {
    name: 'an order is there twice',
    fails: ['orders.unique', 'orders.count'],
    corrupt: (data) => data.add('orders', largeOrder),
  },
  {
    name: 'an order is gone',
    fails: ['orders.count', 'order_items.order'],
    corrupt: (data) => data.remove('orders', isLarge),
  },
  {
    name: 'an order lacks its id',
    fails: ['orders.required', 'order_items.order'],
    corrupt: change('orders', isLarge, { order_id: undefined }),
  },
  {
    name: 'an order’s id has another form',
    fails: ['orders.id_form', 'order_items.order'],
    corrupt: change('orders', isLarge, { _id: '#1', order_id: '#1' }),
  },
  {
    name: 'an order was updated before it was created',
    fails: ['orders.time_order'],
    corrupt: change('orders', isLarge, { updated_at: '2019-12-31T00:00:00Z' }),
  },
  { name: 'an order is hidden', fails: ['orders.deleted'], corrupt: change('orders', isLarge, { deleted: true }) },
  {
    name: 'an order holds its items',
    fails: ['orders.no_arrays'],
    corrupt: change('orders', isLarge, { items: [{ sku: 'A' }] }),
  },
  {
    name: 'an order’s customer is null',
    fails: ['orders.types'],
    corrupt: change('orders', isLarge, { customer_id: null }),
  },
  { name: 'an order’s `_id` is a number', fails: ['orders.types'], corrupt: change('orders', isLarge, { _id: 7 }) },

  // Items
  {
    name: 'an item’s order does not exist',
    fails: ['order_items.order', 'orders.item_count', 'orders.subtotal'],
    corrupt: change('order_items', isPlain, { order_id: 'order_777777' }),
  },
  {
    name: 'an item’s product does not exist',
    fails: ['order_items.product'],
    corrupt: change('order_items', isPlain, { product_id: 'prod_99999' }),
  },
  {
    name: 'an item has another SKU',
    fails: ['order_items.sku_copy'],
    corrupt: change('order_items', isPlain, { sku: 'X1' }),
  },
  {
    name: 'an item has another product’s name',
    fails: ['order_items.product_name_copy'],
    corrupt: change('order_items', isPlain, { product_name: 'Anvil' }),
  },
  {
    name: 'an item has another store than its order',
    fails: ['order_items.store_copy'],
    corrupt: change('order_items', isPlain, { store_id: otherStore(plainItem['store_id']) }),
  },
  {
    name: 'an item has another date than its order',
    fails: ['order_items.date_copy'],
    corrupt: change('order_items', isPlain, { order_date: '2021-01-01T00:00:00Z' }),
  },
  {
    name: 'an item’s date is malformed',
    fails: ['order_items.times'],
    corrupt: change('order_items', isPlain, { order_date: 'yesterday' }),
  },
  {
    name: 'no pieces of an item',
    fails: ['order_items.numbers'],
    corrupt: change('order_items', isPlain, { quantity: 0 }),
  },
  {
    name: 'a piece and a half of an item',
    fails: ['order_items.numbers'],
    corrupt: change('order_items', isPlain, { quantity: 1.5 }),
  },
  {
    name: 'a quantity is a text',
    fails: ['order_items.types'],
    corrupt: change('order_items', isPlain, { quantity: '2' }),
  },
  {
    name: 'a quantity is an Int64',
    fails: ['order_items.types'],
    corrupt: change('order_items', isPlain, { quantity: Long.fromNumber(2) }),
  },
  {
    name: 'a piece more than was paid for',
    fails: ['order_items.line_total'],
    corrupt: change('order_items', isPlain, { quantity: plainItem['quantity'] + 1 }),
  },
  {
    name: 'a price three times the product’s',
    fails: ['order_items.unit_price', 'order_items.line_total'],
    corrupt: change('order_items', isPlain, { unit_price: cents(soldProduct['base_price'] * 3, 0) }),
  },
  {
    name: 'a unit price of zero',
    fails: ['order_items.money'],
    corrupt: change('order_items', isPlain, { unit_price: 0 }),
  },
  {
    name: 'a discount that was not given',
    fails: ['order_items.discount'],
    corrupt: change('order_items', isPlain, { discount_percent: 25 }),
  },
  {
    name: 'a discount above 100 percent',
    fails: ['order_items.numbers'],
    corrupt: change('order_items', isPlain, { discount_percent: 101 }),
  },
  {
    name: 'a line total is 1 too high',
    fails: ['order_items.line_total', 'orders.subtotal'],
    corrupt: change('order_items', isPlain, { line_total: cents(plainItem['line_total'], 100) }),
  },
  {
    name: 'a discount is 1 too high and the line total 1 lower',
    fails: ['order_items.discount', 'orders.discount_total', 'orders.subtotal'],
    corrupt: change('order_items', isPlain, {
      discount_amount: cents(plainItem['discount_amount'], 100),
      line_total: cents(plainItem['line_total'], -100),
    }),
  },
  {
    name: 'two items have one id',
    fails: ['order_items.unique'],
    corrupt: (data) =>
      data.set('order_items', (item) => !isPlain(item), { _id: plainItem['_id'], order_item_id: plainItem['_id'] }),
  },
  {
    name: 'an item’s id is no UUID',
    fails: ['order_items.id_form'],
    corrupt: change('order_items', isPlain, { _id: 'item_1', order_item_id: 'item_1' }),
  },
  {
    name: 'an item is gone',
    fails: ['order_items.count', 'orders.item_count', 'orders.subtotal'],
    corrupt: (data) => data.remove('order_items', isPlain),
  },
  {
    name: 'a line total is an array',
    fails: ['order_items.types'],
    corrupt: change('order_items', isPlain, { line_total: [1] }),
  },
  {
    name: 'an item’s name is empty',
    fails: ['order_items.texts'],
    corrupt: change('order_items', isPlain, { product_name: '' }),
  },
  {
    name: 'an item comes from the future',
    fails: ['order_items.time_range'],
    corrupt: change('order_items', isPlain, { created_at: '2030-01-01T00:00:00Z' }),
  },
  {
    name: 'an item’s fields are BSON numbers that the driver was told to keep',
    fails: ['order_items.types'],
    corrupt: change('order_items', isPlain, { quantity: new Int32(1), unit_price: new Double(2.5) }),
  },

  // Stock movements
  {
    name: 'a count below zero',
    fails: ['stock_movements.sign', 'inventory.ledger'],
    corrupt: (data) => data.add('stock_movements', movement({ kind: 'count', quantity: -1 })),
  },
  {
    name: 'a sale that adds to the stock',
    fails: ['stock_movements.sign', 'inventory.ledger'],
    corrupt: (data) => data.add('stock_movements', movement({ kind: 'sale', quantity: 2 })),
  },
  {
    name: 'a receipt that takes from the stock',
    fails: ['stock_movements.sign', 'inventory.ledger'],
    corrupt: (data) => data.add('stock_movements', movement({ kind: 'receipt', quantity: -2 })),
  },
  {
    name: 'a movement that the stock level does not show',
    fails: ['inventory.ledger'],
    corrupt: (data) => data.add('stock_movements', movement({ quantity: -1 })),
  },
  {
    name: 'a movement of an unknown kind',
    fails: ['stock_movements.kind'],
    corrupt: (data) => data.add('stock_movements', movement({ kind: 'theft' })),
  },
  {
    name: 'a movement of no inventory document',
    fails: ['stock_movements.inventory'],
    corrupt: (data) => data.add('stock_movements', movement({ inventory_id: randomUUID() })),
  },
  {
    name: 'an opening count is of no inventory document',
    fails: ['stock_movements.inventory', 'inventory.ledger'],
    corrupt: change('stock_movements', isStocked, { inventory_id: randomUUID() }),
  },
  {
    name: 'a movement in another store than its inventory document',
    fails: ['stock_movements.copies'],
    corrupt: (data) => data.add('stock_movements', movement({ store_id: otherStore(stocked['store_id']) })),
  },
  {
    name: 'a sale of an order that does not exist',
    fails: ['stock_movements.cause'],
    corrupt: (data) => data.add('stock_movements', movement({ order_id: 'order_777777' })),
  },
  {
    name: 'a receipt of a transfer that does not exist',
    fails: ['stock_movements.cause'],
    corrupt: (data) => data.add('stock_movements', movement({ transfer_id: randomUUID() })),
  },
  {
    name: 'a movement without a person',
    fails: ['stock_movements.required'],
    corrupt: (data) => data.add('stock_movements', movement({ user_id: undefined })),
  },
  {
    name: 'a movement’s quantity is half',
    fails: ['stock_movements.numbers'],
    corrupt: (data) => data.add('stock_movements', movement({ quantity: 0.5 })),
  },
  {
    name: 'a movement’s `_id` is another one',
    fails: ['stock_movements.id'],
    corrupt: (data) => data.add('stock_movements', movement({ _id: randomUUID() })),
  },
  {
    name: 'a movement’s id is no UUID',
    fails: ['stock_movements.id_form'],
    corrupt: (data) => data.add('stock_movements', movement({ _id: 'm1', movement_id: 'm1' })),
  },
  {
    name: 'a movement is there twice',
    fails: ['stock_movements.unique'],
    corrupt: (data) => data.add('stock_movements', data.find('stock_movements', isStocked)),
  },

  // Transfers, replenishment, alerts
  {
    name: 'a transfer to where it came from',
    fails: ['stock_transfers.stores'],
    corrupt: (data) => data.add('stock_transfers', transfer({ to_store_id: 'store_seattle' })),
  },
  {
    name: 'a transfer to no store',
    fails: ['stock_transfers.stores'],
    corrupt: (data) => data.add('stock_transfers', transfer({ to_store_id: 'store_atlantis' })),
  },
  {
    name: 'the id of a transfer is no UUID',
    fails: ['stock_transfers.id_form'],
    corrupt: (data) => data.add('stock_transfers', transfer({ _id: '1', transfer_id: '1' })),
  },
  {
    name: 'a transfer of no product',
    fails: ['stock_transfers.lines'],
    corrupt: (data) => data.add('stock_transfers', transfer({ lines: { prod_99999: 1 } })),
  },
  {
    name: 'a transfer of no pieces',
    fails: ['stock_transfers.lines'],
    corrupt: (data) => data.add('stock_transfers', transfer({ lines: { prod_1: 0 } })),
  },
  {
    name: 'a transfer’s lines are an array',
    fails: ['stock_transfers.types'],
    corrupt: (data) => data.add('stock_transfers', transfer({ lines: [{ product_id: 'prod_1', units: 1 }] })),
  },
  {
    name: 'a transfer of an unknown status',
    fails: ['stock_transfers.status'],
    corrupt: (data) => data.add('stock_transfers', transfer({ status: 'lost' })),
  },
  {
    name: 'a step of a transfer by nobody',
    fails: ['stock_transfers.steps'],
    corrupt: (data) => data.add('stock_transfers', transfer({ steps: { requested: { at: '2026-03-01T09:00:00Z' } } })),
  },
  {
    name: 'the id of a replenishment is no UUID',
    fails: ['replenishment_orders.id_form'],
    corrupt: (data) => data.add('replenishment_orders', replenishment({ _id: '1', replenishment_id: '1' })),
  },
  {
    name: 'a replenishment of no store',
    fails: ['replenishment_orders.store'],
    corrupt: (data) => data.add('replenishment_orders', replenishment({ store_id: 'store_atlantis' })),
  },
  {
    name: 'a replenishment line without what was received',
    fails: ['replenishment_orders.lines'],
    corrupt: (data) => data.add('replenishment_orders', replenishment({ lines: { prod_1: { ordered: 3 } } })),
  },
  {
    name: 'a replenishment of an unknown status',
    fails: ['replenishment_orders.status'],
    corrupt: (data) => data.add('replenishment_orders', replenishment({ status: 'lost' })),
  },
  {
    name: 'a step of a replenishment at no time',
    fails: ['replenishment_orders.steps'],
    corrupt: (data) =>
      data.add('replenishment_orders', replenishment({ steps: { placed: { at: 'today', by: 'user_1' } } })),
  },
  {
    name: 'the id of an alert is no UUID',
    fails: ['alerts.id_form'],
    corrupt: (data) => data.add('alerts', alert({ _id: '1', alert_id: '1' })),
  },
  {
    name: 'an alert of an unknown kind',
    fails: ['alerts.kind'],
    corrupt: (data) => data.add('alerts', alert({ kind: 'fire' })),
  },
  {
    name: 'an alert of no store',
    fails: ['alerts.store'],
    corrupt: (data) => data.add('alerts', alert({ store_id: 'store_atlantis' })),
  },
  {
    name: 'an alert about an array',
    fails: ['alerts.types'],
    corrupt: (data) => data.add('alerts', alert({ subjects: ['prod_1'] })),
  },
  {
    name: 'an alert about nothing in particular',
    fails: ['alerts.subjects'],
    corrupt: (data) => data.add('alerts', alert({ subjects: { product_id: '' } })),
  },
  {
    name: 'an alert of an unknown severity',
    fails: ['alerts.severity'],
    corrupt: (data) => data.add('alerts', alert({ severity: 'panic' })),
  },
  {
    name: 'an alert of an unknown state',
    fails: ['alerts.state'],
    corrupt: (data) => data.add('alerts', alert({ state: 'ignored' })),
  },
  {
    name: 'an alert was raised at no time',
    fails: ['alerts.times'],
    corrupt: (data) => data.add('alerts', alert({ raised_at: '' })),
  },
];

const fresh: Readonly<Partial<Record<CollectionName, () => AnyDocument>>> = {
  stock_movements: () => movement({ quantity: 0 }),
  stock_transfers: transfer,
  replenishment_orders: replenishment,
  alerts: alert,
};
const timeField: Readonly<Partial<Record<CollectionName, string>>> = {
  inventory: 'last_counted',
  stock_movements: 'occurred_at',
  alerts: 'raised_at',
};
/** What a second copy of a document breaks besides its id. */
const doubled: Readonly<Partial<Record<CollectionName, readonly CheckId[]>>> = {
  stores: ['stores.rls_user_id', 'stores.count'],
  categories: ['categories.count'],
  product_types: ['product_types.count'],
  products: ['products.count', 'products.sku_unique'],
  product_embeddings: ['product_embeddings.count'],
  customers: ['customers.count', 'customers.email_unique'],
  inventory: ['inventory.count', 'inventory.pair_unique'],
  orders: ['orders.count'],
  // The copy also adds to its order's sums.
  order_items: ['order_items.count', 'orders.item_count', 'orders.subtotal'],
};

/** What can go wrong in any collection, in the dullest of its documents. */
const commonCorruptions: readonly Corruption[] = collectionNames.flatMap((collection) => {
  const place = collection === 'order_items' ? sound.of('order_items').findIndex(isPlain) : 0;
  const edit = (name: string, fails: readonly CheckId[], changes: AnyDocument): Corruption => ({
    name: `${collection}: ${name}`,
    fails,
    corrupt: (data) => {
      const make = fresh[collection];
      if (make === undefined) data.set(collection, place, changes);
      else data.add(collection, make(), { ...make(), ...changes });
    },
  });
  const time = timeField[collection] ?? 'created_at';
  const hasTimes = checks.some(({ id }) => id === `${collection}.times`);
  return [
    edit('a required field is missing', [`${collection}.required`], { deleted: undefined }),
    edit('a null', [`${collection}.types`], { deleted: null }),
    edit('another `_id`', [`${collection}.id`], { _id: 'another' }),
    edit('an empty `_id`', [`${collection}.texts`], { _id: '' }),
    edit('hidden', [`${collection}.deleted`], { deleted: true }),
    ...(collection === 'product_embeddings'
      ? []
      : [edit('an array among further fields', [`${collection}.no_arrays`], { further: { deep: [1] } })]),
    ...(hasTimes
      ? [
          edit('a malformed time', [`${collection}.times`], { [time]: '2025-13-01T00:00:00Z' }),
          edit('a time from the far future', [`${collection}.time_range`], { [time]: '2999-01-01T00:00:00Z' }),
        ]
      : []),
    {
      name: `${collection}: a document twice`,
      fails: [`${collection}.unique`, ...(doubled[collection] ?? [])],
      corrupt: (data) => {
        const document = fresh[collection]?.() ?? data.find(collection, place);
        if (fresh[collection] !== undefined) data.add(collection, document);
        data.add(collection, document);
      },
    },
  ];
});

/** Dollars, some cents more or less. */
function cents(dollars: number, more: number): number {
  return (Math.round(dollars * 100) + more) / 100;
}

describe('the validation of a small company', () => {
  test('finds nothing while it is sound', () => {
    const result = validate(sound);
    expect(failing(result)).toEqual([]);
    expect(result.score).toBe(100);
  });

  test.each([...corruptions, ...commonCorruptions])('$name', ({ corrupt, fails }) => {
    const data = sound.copy();
    corrupt(data);
    const result = validate(data);
    expect(failing(result).sort()).toEqual([...fails].sort());
    expect(result.score).toBeLessThan(100);
    for (const { outcome, examples } of result.checks) {
      if (outcome === 'failed') expect(examples.length).toBeGreaterThan(0);
    }
  });

  test.each(['stock_movements', 'stock_transfers', 'replenishment_orders', 'alerts'] as const)(
    'holds the number of %s against the manifest, where the manifest names it',
    (collection) => {
      expect(failing(validate(sound, { [collection]: 1 }))).toEqual([`${collection}.count`]);
    },
  );

  test('is proved to find a fault for every check of documents', () => {
    const proved = new Set([...corruptions, ...commonCorruptions].flatMap(({ fails }) => fails));
    const ofDocuments = checks.filter(({ collection }) => collection !== 'database').map(({ id }) => id);
    const counts = ['stock_movements.count', 'stock_transfers.count', 'replenishment_orders.count', 'alerts.count'];
    expect(ofDocuments.filter((id) => !proved.has(id))).toEqual(counts);
  });
});
