/** The catalogue as the generator works with it: numbered categories, types and products, with ids and prices. */

import type { Catalog, CatalogCategory, CatalogProduct } from '../catalog/index.ts';
import { productsOf } from '../catalog/index.ts';
import {
  basePriceCentsFromCostCents,
  categoryIdFromName,
  MONTH_KEYS,
  productIdFromNumber,
  productTypeIdFromName,
} from '../domain/index.ts';
import { GeneratorError } from './errors.ts';

export interface AssortmentType {
  readonly typeId: string;
  readonly name: string;
  readonly category: number;
}

export interface AssortmentProduct {
  readonly productId: string;
  readonly category: number;
  readonly type: number;
  readonly basePriceCents: number;
  readonly fromCatalog: CatalogProduct;
}

export interface Assortment {
  readonly categoryIds: readonly string[];
  readonly categories: readonly CatalogCategory[];
  /** In catalogue order, also those without products. */
  readonly types: readonly AssortmentType[];
  /** In catalogue order; `prod_1` is the first. */
  readonly products: readonly AssortmentProduct[];
  /** By category: the numbers of its products. */
  readonly productsByCategory: readonly (readonly number[])[];
  /** By category: twelve multipliers, January first. */
  readonly seasons: readonly (readonly number[])[];
  /** By type × types + type: how much likelier together, against chance (1). */
  readonly affinity: Float64Array;
}

export function assortmentOf(catalog: Catalog): Assortment {
  const types: AssortmentType[] = [];
  const products: AssortmentProduct[] = [];
  const typeNumbers = new Map<unknown, number>();
  const typeNumberByName = new Map<string, number>();
  const categoryNumbers = new Map<unknown, number>();
  for (const [category, fromCatalog] of catalog.categories.entries()) {
    categoryNumbers.set(fromCatalog, category);
    for (const type of fromCatalog.types) {
      typeNumbers.set(type, types.length);
      typeNumberByName.set(type.name, types.length);
      types.push({ typeId: productTypeIdFromName(type.name, types.length + 1), name: type.name, category });
    }
  }
  const productsByCategory: number[][] = catalog.categories.map(() => []);
  for (const { category, type, product } of productsOf(catalog)) {
    const categoryNumber = categoryNumbers.get(category)!;
    productsByCategory[categoryNumber]!.push(products.length);
    products.push({
      productId: productIdFromNumber(products.length + 1),
      category: categoryNumber,
      type: typeNumbers.get(type)!,
      basePriceCents: basePriceCentsFromCostCents(product.costCents),
      fromCatalog: product,
    });
  }
  if (products.length === 0) {
    throw new GeneratorError('CATALOG_EMPTY', `The catalogue ${catalog.source} has no products.`, {
      data: { source: catalog.source },
    });
  }
  const affinity = new Float64Array(types.length * types.length).fill(1);
  for (const { types: pair, weight } of catalog.affinities) {
    const one = typeNumberByName.get(pair[0]);
    const other = typeNumberByName.get(pair[1]);
    if (one === undefined || other === undefined) continue;
    affinity[one * types.length + other] = weight;
    affinity[other * types.length + one] = weight;
  }
  return {
    categoryIds: catalog.categories.map((category) => categoryIdFromName(category.name)),
    categories: catalog.categories,
    types,
    products,
    productsByCategory,
    seasons: catalog.categories.map(({ seasonalMultipliers }) => MONTH_KEYS.map((month) => seasonalMultipliers[month])),
    affinity,
  };
}

/** How busy each month is per day: as configured, or the mean of the seasons of the categories that have products. */
export function monthWeightsOf(configured: 'catalog_seasons' | readonly number[], assortment: Assortment): number[] {
  if (configured !== 'catalog_seasons') return [...configured];
  const selling = assortment.seasons.filter((_, category) => assortment.productsByCategory[category]!.length > 0);
  return MONTH_KEYS.map((_, month) => selling.reduce((sum, seasons) => sum + seasons[month]!, 0) / selling.length);
}
