/** The catalogue as a list, and how much of each product is here. */
import { believedUnits } from './believed-stock.ts';
import type { SeenProduct, StoreReader } from './store-reader.ts';

/** A product as a list shows it. */
export type ListedProduct = Pick<
  SeenProduct,
  'product_id' | 'sku' | 'product_name' | 'category_id' | 'type_id' | 'base_price' | 'image_url'
>;

/** A product that may stand in for another. */
export interface Substitute extends ListedProduct {
  readonly believedUnits: number;
}

export const listed = (product: SeenProduct): ListedProduct => ({
  product_id: product.product_id,
  sku: product.sku,
  product_name: product.product_name,
  category_id: product.category_id,
  type_id: product.type_id,
  base_price: product.base_price,
  image_url: product.image_url,
});

/** All products by name. */
export async function catalogue(reader: StoreReader): Promise<ListedProduct[]> {
  return (await reader.products()).map(listed).sort((one, other) => (one.product_name < other.product_name ? -1 : 1));
}

/** Believed units here by product; what this store does not keep is not in it. */
export async function unitsHere(reader: StoreReader, storeId: string): Promise<Record<string, number>> {
  return Object.fromEntries(await believedUnits(reader, storeId, await reader.inventoryOfStore(storeId)));
}

/** What may stand in for a product: of the same type and here, the nearest in price first. */
export async function substitutesFor(
  reader: StoreReader,
  storeId: string,
  productId: string,
  limit = 4,
): Promise<Substitute[] | undefined> {
  const product = await reader.product(productId);
  if (product === undefined) return undefined;
  const others = (await reader.productsOfType(product.type_id)).filter(({ product_id }) => product_id !== productId);
  const items = await Promise.all(others.map(({ product_id }) => reader.inventoryItem(storeId, product_id)));
  const units = await believedUnits(
    reader,
    storeId,
    items.filter((item) => item !== undefined),
  );
  const distance = ({ base_price }: ListedProduct) => Math.abs(base_price - product.base_price);
  return others
    .map((other) => ({ ...listed(other), believedUnits: units.get(other.product_id) ?? 0 }))
    .filter((other) => other.believedUnits > 0)
    .sort((one, other) => distance(one) - distance(other) || (one.product_id < other.product_id ? -1 : 1))
    .slice(0, limit);
}
