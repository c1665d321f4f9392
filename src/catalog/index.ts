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
export { categoryPicture, pictureUrl } from './pictures/picture-slugs.ts';
export { type PictureOptions, pictureSlugs, pictureSvg } from './pictures/pictures.ts';
export type { TypeSlug } from './type-slugs.ts';
export { typeSlugs } from './type-slugs.ts';
export { seasonsByCategoryName, zavaCatalog } from './zava-catalog.ts';
