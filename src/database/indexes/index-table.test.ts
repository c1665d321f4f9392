import { describe, expect, test } from 'vitest';
import { collectionNames, collections } from '../../domain/index.ts';
import {
  collectionsWithIndexes,
  dataSetIndexes,
  indexTable,
  searchIndexTable,
  specificationOf,
} from './index-table.ts';
import { differencesOf } from './manage.ts';

/** As the data contract lists them. */
const contract: Record<string, string> = {
  stores: 'idx_store_id idx_deleted idx_is_online',
  customers: 'idx_customer_id idx_email idx_primary_store_id idx_deleted idx_name idx_store_name',
  categories: 'idx_category_id idx_deleted',
  product_types: 'idx_type_id idx_category_id idx_deleted',
  products: 'idx_product_id idx_sku idx_category_id idx_type_id idx_deleted idx_text_search',
  product_embeddings: 'idx_product_id',
  inventory:
    'idx_inventory_id idx_store_product idx_store_id idx_product_id idx_deleted idx_low_stock idx_location_aisle idx_location_shelf',
  orders:
    'idx_order_id idx_customer_id idx_store_id idx_order_date_desc idx_deleted idx_status idx_customer_orders idx_store_orders idx_store_status',
  order_items: 'idx_order_id idx_product_id idx_deleted idx_order_product idx_store_date idx_product_date',
};
const uniqueOnes = [
  'stores.idx_store_id',
  'customers.idx_customer_id',
  'customers.idx_email',
  'categories.idx_category_id',
  'product_types.idx_type_id',
  'products.idx_product_id',
  'products.idx_sku',
  'product_embeddings.idx_product_id',
  'inventory.idx_inventory_id',
  'inventory.idx_store_product',
  'orders.idx_order_id',
];
const named = (name: string) => {
  const [collection, index] = name.split('.');
  return indexTable.find((each) => each.collection === collection && each.name === index)!;
};

describe('the table of indexes', () => {
  test('[DB4] the data set has the 44 named indexes of the contract, and no others', () => {
    const names = Object.entries(contract).flatMap(([collection, list]) =>
      list.split(' ').map((name) => `${collection}.${name}`),
    );
    expect(names).toHaveLength(44);
    expect(dataSetIndexes.map(({ collection, name }) => `${collection}.${name}`)).toEqual(names);
  });

  test('[DB4] exactly those are unique that the contract calls so', () => {
    expect(
      dataSetIndexes.filter(({ unique }) => unique).map(({ collection, name }) => `${collection}.${name}`),
    ).toEqual(uniqueOnes);
  });

  test.each([
    ['orders.idx_customer_orders', { customer_id: 1, order_date: -1 }],
    ['orders.idx_order_date_desc', { order_date: -1 }],
    ['inventory.idx_low_stock', { store_id: 1, stock_level: 1, reorder_threshold: 1 }],
    ['inventory.idx_location_aisle', { 'location.aisle': 1 }],
    ['customers.idx_store_name', { primary_store_id: 1, last_name: 1, first_name: 1 }],
    ['order_items.idx_product_date', { product_id: 1, order_date: -1 }],
    ['products.idx_text_search', { product_name: 'text', product_description: 'text' }],
  ])('[DB4] %s has its keys in this order', (name, keys) => {
    expect(Object.entries(named(name).keys)).toEqual(Object.entries(keys));
  });

  test('[DB4] words in a name count twice as much as words in a description', () => {
    expect(specificationOf(named('products.idx_text_search')).weights).toEqual({
      product_name: 10,
      product_description: 5,
    });
  });

  test('[DB4] every collection has indexes, and no two of one collection share a name or keys', () => {
    expect([...collectionsWithIndexes].sort()).toEqual([...collectionNames].sort());
    const keys = indexTable.map((index) => `${index.collection} ${JSON.stringify(index.keys)}`);
    const names = indexTable.map((index) => `${index.collection} ${index.name}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every key is a field of its collection', () => {
    for (const { collection, keys } of indexTable) {
      const fields = Object.keys(collections[collection].schema.shape);
      for (const key of Object.keys(keys)) expect(fields).toContain(key.split('.')[0]);
    }
    for (const { collection, path } of searchIndexTable)
      expect(Object.keys(collections[collection].schema.shape)).toContain(path);
  });

  test('[DB5] a difference in keys, order, uniqueness, weights or options is seen', () => {
    const email = named('customers.idx_email');
    const listed = { v: 2, name: 'idx_email', key: { email: 1 }, unique: true };
    expect(differencesOf(email, listed)).toEqual([]);
    expect(differencesOf(email, { ...listed, unique: undefined })).toHaveLength(1);
    expect(differencesOf(email, { ...listed, key: { email: -1 } })).toHaveLength(1);
    expect(differencesOf(email, { ...listed, sparse: true })).toHaveLength(1);
    const name = named('customers.idx_name');
    expect(differencesOf(name, { key: { first_name: 1, last_name: 1 } })).toHaveLength(1);
    const text = named('products.idx_text_search');
    const listedText = { key: { _fts: 'text', _ftsx: 1 }, weights: { product_description: 5, product_name: 10 } };
    expect(differencesOf(text, listedText)).toEqual([]);
    expect(differencesOf(text, { ...listedText, weights: { product_name: 1 } })).toHaveLength(1);
  });
});
