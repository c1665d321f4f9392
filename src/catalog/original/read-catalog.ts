/** Reads the original application's catalogue files into our own form. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { centsFromMoney, type Seasons, seasonsFromList, slug } from '../../domain/index.ts';
import { affinitiesOf } from '../affinities.ts';
import type { Catalog, CatalogCategory, CatalogProduct, CatalogType } from '../catalog.ts';
import { CatalogError, jsonPathText, type Problem } from '../errors.ts';
import { pictureUrl } from '../pictures/picture-slugs.ts';
import { seasonsByCategoryName } from '../zava-catalog.ts';
import {
  flatProductSchema,
  isName,
  multipliersSchema,
  NAME_EXPECTED,
  nestedProductSchema,
  type OriginalProduct,
} from './content-schemas.ts';
import { ORIGINAL_EMPTY_TYPE, originalTypesByCategoryName, pictureForType } from './original-types.ts';
import { problemsFrom, valueInWords } from './problems.ts';
import { errorAt, type JsonFile, readJsonFile, unreadable } from './read-json-file.ts';
import { readReferenceData } from './reference-data.ts';
import { specificationsFromName } from './specifications.ts';
import { titleCase } from './title-case.ts';

/** The files of a folder that hold a catalogue; the first that is there is read: it carries more. */
const CATALOG_FILE_NAMES = ['product_data.json', 'products.json'] as const;
const REFERENCE_FILE_NAME = 'reference_data.json';
const MULTIPLIERS_KEY = 'washington_seasonal_multipliers';

type Path = Problem['path'];

/** A category as a file gives it, in the file's own words; paths lead back to the places in it. */
interface RawCategory {
  readonly name: string;
  readonly path: Path;
  readonly seasons: Seasons;
  readonly types: readonly RawType[];
}

interface RawType {
  readonly name: string;
  readonly path: Path;
  readonly products: readonly { readonly product: OriginalProduct; readonly path: Path }[];
}

/**
 * Reads a catalogue from a `product_data.json` or `products.json` of any file name, or from a folder that holds one
 * of them under that name and, if it likes, a `reference_data.json`. The whole is taken or nothing: anything wrong
 * throws a {@link CatalogError} that names file, line and place. `price` there is the cost.
 */
export async function readCatalog(path: string): Promise<Catalog> {
  const { catalogFile, referenceFile } = await filesAt(path);
  const file = await readJsonFile(catalogFile);
  const categories = catalogCategories(file, rawCategories(file));
  const catalog = { source: path, categories, affinities: affinitiesOf(categories) };
  return referenceFile === undefined ? catalog : { ...catalog, referenceData: await readReferenceData(referenceFile) };
}

async function filesAt(path: string): Promise<{ catalogFile: string; referenceFile: string | undefined }> {
  const names = await namesInFolder(path);
  if (names === undefined) return { catalogFile: path, referenceFile: undefined };
  const catalogName = CATALOG_FILE_NAMES.find((name) => names.includes(name));
  if (catalogName === undefined) {
    const jsonNames = names.filter((name) => name.endsWith('.json')).sort();
    const holds = jsonNames.length === 0 ? 'no JSON file' : `only ${jsonNames.join(', ')}`;
    throw new CatalogError('CATALOG_FILE_MISSING', `The folder ${path} holds ${holds}, no catalogue.`, {
      data: { file: path, expected: CATALOG_FILE_NAMES.join(' or '), got: holds },
    });
  }
  return {
    catalogFile: join(path, catalogName),
    referenceFile: names.includes(REFERENCE_FILE_NAME) ? join(path, REFERENCE_FILE_NAME) : undefined,
  };
}

/** The names in a folder; undefined for a file. */
async function namesInFolder(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await stat(path)).isDirectory() ? await readdir(path) : undefined;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function rawCategories(file: JsonFile): readonly RawCategory[] {
  const top = file.value;
  if (isObject(top) && 'main_categories' in top) return nestedCategories(file, top['main_categories']);
  if (isObject(top) && 'products' in top) return flatCategories(file, top['products']);
  throw errorAt('CATALOG_FORM_UNKNOWN', file, [
    { path: [], expected: 'an object with "main_categories" or "products"', got: topInWords(top) },
  ]);
}

function nestedCategories(file: JsonFile, value: unknown): readonly RawCategory[] {
  const base: Path = ['main_categories'];
  const problems: Problem[] = [];
  if (!isObject(value)) {
    throw errorAt('CATALOG_CONTENT_INVALID', file, [
      { path: base, expected: 'an object of categories', got: valueInWords(value) },
    ]);
  }
  const categories = Object.entries(value).map(([name, content]): RawCategory => {
    const path = [...base, name];
    if (!isName(name)) problems.push({ path, expected: NAME_EXPECTED, got: valueInWords(name) });
    if (!isObject(content)) {
      problems.push({ path, expected: 'an object of product types', got: valueInWords(content) });
      return { name, path, seasons: NO_SEASONS, types: [] };
    }
    const multipliers = multipliersSchema.safeParse(content[MULTIPLIERS_KEY]);
    if (!multipliers.success) {
      problems.push(...problemsFrom(multipliers.error.issues, content[MULTIPLIERS_KEY], [...path, MULTIPLIERS_KEY]));
    }
    const types = Object.entries(content)
      .filter(([key]) => key !== MULTIPLIERS_KEY)
      .map(([typeName, products]) => nestedType(typeName, products, [...path, typeName], problems));
    return { name, path, seasons: multipliers.success ? seasonsFromList(multipliers.data) : NO_SEASONS, types };
  });
  if (problems.length > 0) throw errorAt('CATALOG_CONTENT_INVALID', file, problems);
  return categories;
}

/** Stands where a problem has been noted, so that the rest of the file can be checked; never leaves this file. */
const NO_SEASONS = {} as Seasons;

function nestedType(name: string, value: unknown, path: Path, problems: Problem[]): RawType {
  if (!isName(name)) problems.push({ path, expected: NAME_EXPECTED, got: valueInWords(name) });
  if (!Array.isArray(value)) {
    problems.push({ path, expected: 'a list of products', got: valueInWords(value) });
    return { name, path, products: [] };
  }
  const products = value.flatMap((entry: unknown, index) => {
    const parsed = nestedProductSchema.safeParse(entry);
    if (parsed.success) return [{ product: parsed.data, path: [...path, index] }];
    problems.push(...problemsFrom(parsed.error.issues, entry, [...path, index]));
    return [];
  });
  return { name, path, products };
}

function flatCategories(file: JsonFile, value: unknown): readonly RawCategory[] {
  const base: Path = ['products'];
  if (!Array.isArray(value)) {
    throw errorAt('CATALOG_CONTENT_INVALID', file, [
      { path: base, expected: 'a list of products', got: valueInWords(value) },
    ]);
  }
  const problems: Problem[] = [];
  const unknownSeasons: Problem[] = [];
  const categories = new Map<string, { path: Path; types: Map<string, { path: Path; products: RawProduct[] }> }>();
  for (const [index, entry] of value.entries()) {
    const path = [...base, index];
    const parsed = flatProductSchema.safeParse(entry);
    if (!parsed.success) {
      problems.push(...problemsFrom(parsed.error.issues, entry, path));
      continue;
    }
    const { main_category: categoryName, subcategory: typeName, ...product } = parsed.data;
    let category = categories.get(categoryName);
    if (category === undefined) {
      category = { path: [...path, 'main_category'], types: new Map() };
      categories.set(categoryName, category);
      if (!seasonsByCategoryName.has(titleCase(categoryName))) {
        unknownSeasons.push({
          path: category.path,
          expected: `one of ${[...seasonsByCategoryName.keys()].join(', ')} (this form has no multipliers)`,
          got: valueInWords(categoryName),
        });
      }
    }
    let type = category.types.get(typeName);
    if (type === undefined) {
      type = { path: [...path, 'subcategory'], products: [] };
      category.types.set(typeName, type);
    }
    type.products.push({ product, path });
  }
  if (problems.length > 0) throw errorAt('CATALOG_CONTENT_INVALID', file, problems);
  if (unknownSeasons.length > 0) throw errorAt('CATALOG_SEASONS_UNKNOWN', file, unknownSeasons);
  return withOriginalEmptyType(
    [...categories].map(([name, { path, types }]) => ({
      name,
      path,
      seasons: seasonsByCategoryName.get(titleCase(name))!,
      types: [...types].map(([typeName, type]) => ({ name: typeName, ...type })),
    })),
  );
}

type RawProduct = RawType['products'][number];

/**
 * The flat form can't hold a type without products, and the original has one. A file with all the others is the
 * original's catalogue, so the type takes its place again and both forms give the same 89 types.
 */
function withOriginalEmptyType(categories: readonly RawCategory[]): readonly RawCategory[] {
  const { categoryName, typeName } = ORIGINAL_EMPTY_TYPE;
  const typesOf = (name: string): readonly RawType[] =>
    categories.find((category) => titleCase(category.name) === name)?.types ?? [];
  const isOriginal = Object.entries(originalTypesByCategoryName).every(([name, types]) =>
    types.every(
      ([known]) =>
        (name === categoryName && known === typeName) || typesOf(name).some((type) => titleCase(type.name) === known),
    ),
  );
  if (!isOriginal || typesOf(categoryName).some((type) => titleCase(type.name) === typeName)) return categories;
  const index = originalTypesByCategoryName[categoryName]!.findIndex(([name]) => name === typeName);
  return categories.map((category) =>
    titleCase(category.name) === categoryName
      ? {
          ...category,
          types: category.types.toSpliced(index, 0, { name: typeName, path: category.path, products: [] }),
        }
      : category,
  );
}

function catalogCategories(file: JsonFile, categories: readonly RawCategory[]): readonly CatalogCategory[] {
  const types = categories.flatMap((category) => category.types);
  refuseRepeatedNames(file, categories, 'category');
  refuseRepeatedNames(file, types, 'type');
  const products = types.flatMap((type) => type.products);
  if (products.length === 0) {
    throw new CatalogError('CATALOG_HAS_NO_PRODUCTS', `${file.file} holds no product.`, { data: { file: file.file } });
  }
  refuseRepeatedSkus(file, products);
  return categories.map((category) => {
    const name = titleCase(category.name);
    return {
      name,
      seasonalMultipliers: category.seasons,
      types: category.types.map((type) => catalogType(file, name, type)),
    };
  });
}

function catalogType(file: JsonFile, categoryName: string, raw: RawType): CatalogType {
  const name = titleCase(raw.name);
  const picture = pictureForType(categoryName, name);
  const costs = raw.products.map(({ product }) => product.price).sort((one, other) => one - other);
  const medianCost = costs[costs.length >> 1] ?? 1;
  const products = raw.products.map(({ product, path }): CatalogProduct => {
    return {
      sku: product.sku,
      name: product.name,
      description: product.description,
      costCents: centsFromMoney(product.price),
      specifications: specificationsFromName(product.name, categoryName, name),
      popularity: popularityFromCost(product.price, medianCost),
      imageUrl: pictureUrl(picture),
      ...(product.image_embedding && { imageEmbedding: product.image_embedding }),
      ...(product.description_embedding && { descriptionEmbedding: product.description_embedding }),
      source: {
        kind: 'original',
        file: file.file,
        jsonPath: jsonPathText(path),
        ...(product.image_path !== undefined && { imagePath: product.image_path }),
        ...(product.stock_level !== undefined && { stockLevel: product.stock_level }),
      },
    };
  });
  return { name, picture, products };
}

/**
 * The original says nothing of how products sell against each other, so the cheaper of a type sells more, gently:
 * by the root of the ratio to the type's median, so that a product of a fourth of the cost sells twice as often.
 */
function popularityFromCost(cost: number, medianCost: number): number {
  return Math.round(Math.min(3, Math.max(0.3, Math.sqrt(medianCost / cost))) * 100) / 100;
}

function refuseRepeatedNames(file: JsonFile, named: readonly (RawCategory | RawType)[], what: string): void {
  const firstBySlug = new Map<string, RawCategory | RawType>();
  for (const one of named) {
    const first = firstBySlug.get(slug(one.name));
    if (first !== undefined) {
      const expected = `a ${what} of another name than ${jsonPathText(first.path)}`;
      throw errorAt('CATALOG_NAME_REPEATED', file, [{ path: one.path, expected, got: valueInWords(one.name) }]);
    }
    firstBySlug.set(slug(one.name), one);
  }
}

function refuseRepeatedSkus(file: JsonFile, products: readonly RawProduct[]): void {
  const firstBySku = new Map<string, Path>();
  const problems = products.flatMap(({ product: { sku }, path }): Problem[] => {
    const first = firstBySku.get(sku);
    if (first === undefined) {
      firstBySku.set(sku, path);
      return [];
    }
    return [
      { path: [...path, 'sku'], expected: `another SKU than ${jsonPathText(first)} has`, got: valueInWords(sku) },
    ];
  });
  if (problems.length > 0) throw errorAt('CATALOG_SKU_REPEATED', file, problems);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function topInWords(top: unknown): string {
  if (!isObject(top)) return valueInWords(top);
  const keys = Object.keys(top);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).join(', ')}`;
}
