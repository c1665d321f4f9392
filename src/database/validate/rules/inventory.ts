import { foldStock, type InventoryItem } from '../../../domain/index.ts';
import type { RuleMaker } from './rule.ts';

export const inventoryRules: RuleMaker<InventoryItem> = ({ facts, statistics, fail }) => {
  const { stores, products, inventory } = facts;
  /** Place of the store × number of products + place of the product → place of the inventory document. */
  const pairs = new Map<number, number>();
  const pairOf = (store: number, product: number) => store * products.ids.length + product;
  return {
    document(item, place, id) {
      const { inventory_id, store_id, product_id, stock_level, reorder_threshold } = item;
      if (inventory_id !== undefined) inventory.places.set(inventory_id, place);
      inventory.ids[place] = id;
      inventory.storeIds[place] = store_id;
      inventory.productIds[place] = product_id;
      inventory.stockLevels.set(place, stock_level ?? Number.NaN);
      const store = store_id === undefined ? undefined : stores.places.get(store_id);
      const product = product_id === undefined ? undefined : products.places.get(product_id);
      if (store_id !== undefined && store === undefined) {
        fail('inventory.store', place, id, 'store_id', store_id, 'the id of a store');
      }
      if (product_id !== undefined && product === undefined) {
        fail('inventory.product', place, id, 'product_id', product_id, 'the id of a product');
      }
      if (store !== undefined && product !== undefined) {
        const pair = pairOf(store, product);
        const other = pairs.get(pair);
        if (other === undefined) pairs.set(pair, place);
        else {
          const found = `${store_id} × ${product_id}`;
          fail('inventory.pair_unique', place, id, 'product_id', found, `a pair that ${inventory.ids[other]} isn’t`);
        }
      }
      if (stock_level !== undefined && stock_level < 0) {
        fail('inventory.stock_not_negative', place, id, 'stock_level', stock_level, 'zero or more');
      }
      statistics.inventory(store_id, stock_level, reorder_threshold);
    },
    finish() {
      for (const [storeId, store] of stores.places) {
        for (const [productId, product] of products.places) {
          if (pairs.has(pairOf(store, product))) continue;
          const id = `${storeId} × ${productId}`;
          fail('inventory.every_pair', -1, id, '', undefined, 'an inventory document of this product in this store');
        }
      }
      for (const place of inventory.places.values()) {
        const stockLevel = inventory.stockLevels.get(place);
        if (Number.isNaN(stockLevel)) continue;
        const folded = foldStock(inventory.movements[place] ?? []);
        if (stockLevel !== folded) {
          const id = inventory.ids[place] as string;
          fail('inventory.ledger', place, id, 'stock_level', stockLevel, `${folded}, as its movements say`);
        }
      }
    },
  };
};
