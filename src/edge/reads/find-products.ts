/** Products with their place and stock in this store: what a list of finds shows. */
import type { InventoryItem } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import { type NamedProduct, namedProduct } from './named-lines.ts';
import type { SeenProduct, StoreReader } from './store-reader.ts';

export interface FoundProduct extends NamedProduct {
  readonly base_price: number;
  /** Null where this store does not keep it. */
  readonly here: {
    readonly location: InventoryItem['location'];
    readonly believedUnits: number;
    readonly reorder_threshold: number;
  } | null;
}

/** In the order of `products`. */
export async function foundProducts(
  reader: StoreReader,
  storeId: string,
  products: readonly SeenProduct[],
): Promise<FoundProduct[]> {
  const ids = products.map(({ product_id }) => product_id);
  const items = await reader.inventoryOfProducts(storeId, ids);
  const believed = await believedUnits(reader, storeId, items);
  const itemOf = new Map(items.map((item) => [item.product_id, item]));
  return products.map((product): FoundProduct => {
    const { product_id, base_price } = product;
    const named = { ...namedProduct(product_id, product), base_price };
    const item = itemOf.get(product_id);
    if (item === undefined) return { ...named, here: null };
    const { location, reorder_threshold } = item;
    return { ...named, here: { location, believedUnits: believed.get(product_id) as number, reorder_threshold } };
  });
}
