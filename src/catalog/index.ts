/** The only door of the catalogue's room. */

export { affinityTable } from './affinities.ts';
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
  Specifications,
  TypeAffinity,
} from './catalog.ts';
export { productsOf } from './catalog.ts';
export type { TypeSlug } from './type-slugs.ts';
export { typeSlugs } from './type-slugs.ts';
export { seasonsByCategoryName, zavaCatalog } from './zava-catalog.ts';
