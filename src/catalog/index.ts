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
export { CatalogError, type CatalogErrorCode, catalogErrors } from './errors.ts';
export { readCatalog } from './original/read-catalog.ts';
export { defaultReferenceData, readReferenceData } from './original/reference-data.ts';
export { titleCase } from './original/title-case.ts';
export { categoryPicture, pictureUrl } from './pictures/picture-slugs.ts';
export { isPictureSlug, type PictureOptions, pictureSlugs, pictureSvg } from './pictures/pictures.ts';
export {
  nextSku,
  type ProductInput,
  parseProductInput,
  productInputSchema,
  specificationFromText,
} from './product-input.ts';
export { type TypeSlug, typeSlugs } from './type-slugs.ts';
export { seasonsByCategoryName, zavaCatalog } from './zava-catalog.ts';
