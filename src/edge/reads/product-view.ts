/** Where a product is and how much of it, here and in the other stores. */
import type { InventoryItem } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import type { SeenProduct, StoreReader } from './store-reader.ts';
import { unitsInTransit, unitsOnOrder } from './units-on-order.ts';

export interface ProductView {
  readonly product: SeenProduct;
  /** Null where this store does not keep it. */
  readonly here: {
    readonly inventory_id: string;
    readonly location: InventoryItem['location'];
    /** What this device believes is there; may be below zero. */
    readonly believedUnits: number;
    /** As of the last sync. */
    readonly syncedUnits: number;
    readonly reorder_threshold: number;
    readonly reorder_quantity: number;
    /** Units that the warehouse still owes, and that other stores have sent. */
    readonly unitsOnOrder: number;
    readonly unitsInTransit: number;
    readonly last_counted: string;
  } | null;
  /** As of the last sync, the fullest first. */
  readonly elsewhere: readonly {
    readonly store_id: string;
    readonly store_name: string;
    readonly stock_level: number;
  }[];
}

export async function productView(
  reader: StoreReader,
  storeId: string,
  productId: string,
): Promise<ProductView | undefined> {
  const product = await reader.product(productId);
  if (product === undefined) return undefined;
  const item = await reader.inventoryItem(storeId, productId);
  const names = new Map((await reader.stores()).map(({ store_id, store_name }) => [store_id, store_name]));
  const elsewhere = (await reader.inventoryOfProduct(productId))
    .filter(({ store_id }) => store_id !== storeId)
    .map(({ store_id, stock_level }) => ({ store_id, store_name: names.get(store_id) ?? store_id, stock_level }))
    .sort((one, other) => other.stock_level - one.stock_level || (one.store_id < other.store_id ? -1 : 1));
  if (item === undefined) return { product, here: null, elsewhere };
  const believed = await believedUnits(reader, storeId, [item]);
  const onOrder = unitsOnOrder(await reader.replenishments(storeId));
  const coming = unitsInTransit(await reader.transfers(storeId), storeId);
  const { inventory_id, location, stock_level, reorder_threshold, reorder_quantity, last_counted } = item;
  return {
    product,
    here: {
      inventory_id,
      location,
      believedUnits: believed.get(productId) as number,
      syncedUnits: stock_level,
      reorder_threshold,
      reorder_quantity,
      unitsOnOrder: onOrder.get(productId) ?? 0,
      unitsInTransit: coming.get(productId) ?? 0,
      last_counted,
    },
    elsewhere,
  };
}
