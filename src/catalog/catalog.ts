/**
 * What a catalogue is: categories with their seasons, the product types in them, the products of each type, and
 * which types land in one basket. Our own catalogue and the original application's files both become this.
 */

import type { Seasons } from '../domain/index.ts';
import type { TypeSlug } from './type-slugs.ts';

/** A product's facts by name; a unit is part of the name (`weight_kg`, `length_mm`, `voltage_v`). Never empty. */
export type Specifications = Readonly<Record<string, string | number>>;

/** Where a product came from: our own catalogue, or a place in one of the original application's files. */
export type ProductSource =
  | { readonly kind: 'zava' }
  | {
      readonly kind: 'original';
      /** The file as it was given to the reader. */
      readonly file: string;
      /** For example `main_categories["HAND TOOLS"].HAMMERS[0]` or `products[17]`. */
      readonly jsonPath: string;
      /** The photograph's file name in the original application, which we do not have. */
      readonly imagePath?: string;
      /** The original's own figure, 0–100; the generator derives stock from sales instead. */
      readonly stockLevel?: number;
    };

export interface CatalogProduct {
  /** Unique in the catalogue. */
  readonly sku: string;
  /** In our own catalogue unique; in the original one name stands under two SKUs. */
  readonly name: string;
  readonly description: string;
  /** What Zava pays for one, in whole cents, above 0. The base price follows from it (cost ÷ 0.67). */
  readonly costCents: number;
  readonly specifications: Specifications;
  /** Weight among the products of its type, above 0; 1 is an average seller. */
  readonly popularity: number;
  /** An absolute path on the headquarters' server: `/pictures/<type slug>.svg`. */
  readonly imageUrl: string;
  /** 512 finite numbers, not all zero, where the file brought them. */
  readonly imageEmbedding?: readonly number[];
  /** 1536 finite numbers, not all zero, where the file brought them. */
  readonly descriptionEmbedding?: readonly number[];
  readonly source: ProductSource;
}

export interface CatalogType {
  /** "Wrenches & Pliers". Unique within its catalogue; may equal the name of a category. */
  readonly name: string;
  /** Which of our pictures shows it (see `pictureSvg`); in our own catalogue the slug of its name. */
  readonly picture: PictureSlug;
  /** May be empty: the original has a type without products. */
  readonly products: readonly CatalogProduct[];
}

export interface CatalogCategory {
  /** "Paint & Finishes". Unique. */
  readonly name: string;
  /** Each above 0. */
  readonly seasonalMultipliers: Seasons;
  readonly types: readonly CatalogType[];
}

/**
 * How much likelier a basket that holds something of one type is to hold something of the other, against chance.
 * Symmetric: each pair is listed once, `types` in catalogue order. A pair that is not listed has weight 1.
 */
export interface TypeAffinity {
  /** Two names of types with products. */
  readonly types: readonly [string, string];
  /** Above 1. */
  readonly weight: number;
}

export interface Catalog {
  /** 'zava', or the path that was read. */
  readonly source: string;
  /** At least one; at least one product in all. */
  readonly categories: readonly CatalogCategory[];
  readonly affinities: readonly TypeAffinity[];
  /** Present when the folder that was read holds a `reference_data.json`; it replaces the generator's defaults. */
  readonly referenceData?: ReferenceData;
}

/** Our product types' pictures, and one for each category where no type's picture fits. */
export type PictureSlug = TypeSlug | CategoryPictureSlug;
export type CategoryPictureSlug = `category_${string}`;

/** What the original application keeps in `reference_data.json`. */
export interface ReferenceData {
  readonly stores: readonly ReferenceStore[];
  /** By four-digit year: how busy it was, 2020 being 1. */
  readonly yearWeights: Readonly<Record<string, number>>;
}

export interface ReferenceStore {
  /** "Zava Retail Seattle". */
  readonly name: string;
  /** The UUID of the original's row-level security. */
  readonly rlsUserId: string;
  /** Its share of the customers, relative to the other stores' weights. */
  readonly customerDistributionWeight: number;
  readonly orderFrequencyMultiplier: number;
  readonly orderValueMultiplier: number;
}

/** Every product of a catalogue with its type and category, in catalogue order. */
export function* productsOf(
  catalog: Catalog,
): Generator<{ readonly category: CatalogCategory; readonly type: CatalogType; readonly product: CatalogProduct }> {
  for (const category of catalog.categories)
    for (const type of category.types) for (const product of type.products) yield { category, type, product };
}
