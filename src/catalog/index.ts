/** The only door of the catalogue's room. */
export type {
  Catalog,
  CatalogCategory,
  CatalogProduct,
  CatalogType,
  CategoryPictureSlug,
  PictureSlug,
  ProductSource,
  ReferenceData,
  ReferenceStore,
  SeasonalMultipliers,
  Specifications,
  TypeAffinity,
} from './catalog.ts';
export { catalogMonths, productsOf } from './catalog.ts';
export type { TypeSlug } from './type-slugs.ts';
export { typeSlugs } from './type-slugs.ts';
