/** What a line of work is about, so that a page has all it shows in one answer. */
import type { InventoryItem } from '../../domain/index.ts';
import type { SeenProduct, StockedItem, StoreReader } from './store-reader.ts';

export interface NamedProduct {
  readonly product_id: string;
  readonly product_name: string;
  readonly sku: string;
  readonly image_url: string;
}

export interface PlacedProduct extends NamedProduct {
  /** Null where this store does not keep it. */
  readonly location: InventoryItem['location'] | null;
}

export const namedProduct = (product_id: string, product: SeenProduct | undefined): NamedProduct => ({
  product_id,
  product_name: product?.product_name ?? product_id,
  sku: product?.sku ?? '',
  image_url: product?.image_url ?? '',
});

/** Names and places of some products, each asked for once. */
export async function placedProducts(
  reader: StoreReader,
  storeId: string,
  productIds: Iterable<string>,
): Promise<{ readonly placed: Map<string, PlacedProduct>; readonly items: StockedItem[] }> {
  const placed = new Map<string, PlacedProduct>();
  const items: StockedItem[] = [];
  for (const id of new Set(productIds)) {
    const item = await reader.inventoryItem(storeId, id);
    if (item !== undefined) items.push(item);
    placed.set(id, { ...namedProduct(id, await reader.product(id)), location: item?.location ?? null });
  }
  return { placed, items };
}

const inNumbers = new Intl.Collator('en', { numeric: true });

/** As one walks through the store: aisle A2 before A10, then shelf, then bin. */
export function byPlace(
  one: { readonly location: InventoryItem['location'] | null },
  other: { readonly location: InventoryItem['location'] | null },
): number {
  const [here, there] = [one.location, other.location];
  if (here === null || there === null) return Number(here === null) - Number(there === null);
  return (
    inNumbers.compare(here.aisle, there.aisle) ||
    inNumbers.compare(here.shelf, there.shelf) ||
    inNumbers.compare(here.bin, there.bin)
  );
}

export const compareNames = (one: string, other: string): number => inNumbers.compare(one, other);
