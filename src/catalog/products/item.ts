import type { CatalogProduct, Specifications } from '../catalog.ts';
import type { TypeSlug } from '../type-slugs.ts';

/** A product as our data files write it; its picture and source are added when the catalogue is put together. */
export type OwnProduct = Omit<CatalogProduct, 'imageUrl' | 'source' | 'imageEmbedding' | 'descriptionEmbedding'>;

export interface OwnType {
  readonly name: string;
  readonly picture: TypeSlug;
  readonly products: readonly OwnProduct[];
}

/**
 * One product of our own catalogue. An SKU names category, type and number, and is never given to another product;
 * popularity is a weight among the products of the type, 1 being an average seller.
 */
export function item(
  sku: string,
  name: string,
  costCents: number,
  popularity: number,
  description: string,
  specifications: Specifications,
): OwnProduct {
  return { sku, name, description, costCents, specifications, popularity };
}
