/** The lines of an operation with the items that they are about: what is stocked here, and what is believed to be there. */
import { believedUnits } from '../reads/believed-stock.ts';
import type { SeenProduct, StockedItem } from '../reads/store-reader.ts';
import type { RetailContext } from './operation.ts';

export interface Stocked {
  readonly product: SeenProduct;
  readonly item: StockedItem;
  readonly believedUnits: number;
}

export interface StockedLine<Line> extends Stocked {
  readonly line: Line;
}

export interface UnknownProduct {
  readonly outcome: 'unknown_product';
  readonly product_id: string;
  /** False where the catalogue has the product, and only this store does not keep it. */
  readonly isInCatalogue: boolean;
}

/** A product of which there is less than is wanted. */
export interface Shortage {
  readonly product_id: string;
  readonly product_name: string;
  readonly wantedUnits: number;
  readonly believedUnits: number;
  readonly missingUnits: number;
  /** Other stores that have some, the best first. */
  readonly elsewhere: readonly { readonly store_id: string; readonly stock_level: number }[];
}

export interface Short {
  readonly outcome: 'short';
  readonly lines: readonly Shortage[];
}

/** Finds the items of all lines in this store; all or none. */
export async function stockedLines<Line extends { readonly product_id: string }>(
  { reader, storeId }: RetailContext,
  lines: readonly Line[],
): Promise<{ readonly outcome: 'found'; readonly lines: readonly StockedLine<Line>[] } | UnknownProduct> {
  const found = new Map<string, { product: SeenProduct; item: StockedItem }>();
  for (const { product_id } of lines) {
    if (found.has(product_id)) continue;
    const product = await reader.product(product_id);
    const item = await reader.inventoryItem(storeId, product_id);
    if (product === undefined || item === undefined) {
      return { outcome: 'unknown_product', product_id, isInCatalogue: product !== undefined };
    }
    found.set(product_id, { product, item });
  }
  const items = [...found.values()].map(({ item }) => item);
  const units = await believedUnits(reader, storeId, items);
  return {
    outcome: 'found',
    lines: lines.map((line) => ({
      line,
      ...(found.get(line.product_id) as { product: SeenProduct; item: StockedItem }),
      believedUnits: units.get(line.product_id) as number,
    })),
  };
}

/** What would be missing if all this left the shelf at once; several lines of one product are taken together. */
export async function shortOf(
  { reader, storeId }: RetailContext,
  lines: readonly (Stocked & { readonly units: number })[],
): Promise<Short | undefined> {
  const wanted = new Map<string, number>();
  for (const { item, units } of lines) wanted.set(item.product_id, (wanted.get(item.product_id) ?? 0) + units);
  const missing: Shortage[] = [];
  for (const [product_id, wantedUnits] of wanted) {
    const { product, believedUnits } = lines.find(({ item }) => item.product_id === product_id) as Stocked;
    if (wantedUnits <= believedUnits) continue;
    const elsewhere = (await reader.inventoryOfProduct(product_id))
      .filter(({ store_id, stock_level }) => store_id !== storeId && stock_level > 0)
      .map(({ store_id, stock_level }) => ({ store_id, stock_level }))
      .sort((one, other) => other.stock_level - one.stock_level);
    const { product_name } = product;
    const missingUnits = wantedUnits - Math.max(0, believedUnits);
    missing.push({ product_id, product_name, wantedUnits, believedUnits, missingUnits, elsewhere });
  }
  return missing.length === 0 ? undefined : { outcome: 'short', lines: missing };
}
