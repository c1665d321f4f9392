import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { basePriceCentsFromCostCents } from '../../domain/index.ts';
import {
  type Catalog,
  defaultReferenceData,
  productsOf,
  readCatalog,
  seasonsByCategoryName,
  zavaCatalog,
} from '../index.ts';
import { originalTypesByCategoryName } from './original-types.ts';

/*
 * The original application's files are not part of this repository. Where they are (ZAVA_ORIGINAL_CATALOG, or
 * ../shared/original beside the checkout) these tests hold the reader to them; elsewhere one line says so.
 */
const folder =
  process.env['ZAVA_ORIGINAL_CATALOG'] ?? fileURLToPath(new URL('../../../../shared/original', import.meta.url));
const isPresent = existsSync(join(folder, 'products.json'));
const allProducts = (catalog: Catalog) => [...productsOf(catalog)].map(({ product }) => product);
const typesOf = (catalog: Catalog) => catalog.categories.flatMap((category) => category.types);

if (!isPresent) {
  test('the original application’s files are read where they are present', () => {
    console.info(`The original application's files are not at ${folder}: only our own fixtures were read.`);
    expect(existsSync(join(folder, 'products.json'))).toBe(false);
  });
} else {
  describe('the original application’s files', () => {
    test('[CA17] the folder gives 424 products in 89 types and 9 categories, and its reference data', async () => {
      const catalog = await readCatalog(folder);
      expect(allProducts(catalog)).toHaveLength(424);
      expect(catalog.categories.map((category) => category.name)).toEqual([...seasonsByCategoryName.keys()]);
      expect(
        catalog.categories.map(({ name, types }) => [name, types.map((type) => [type.name, type.picture])]),
      ).toEqual(
        Object.entries(originalTypesByCategoryName).map(([name, types]) => [
          name,
          types.map(([type]) => [type, expect.any(String)]),
        ]),
      );
      expect(typesOf(catalog)).toHaveLength(89);
      expect(catalog.referenceData).toEqual(defaultReferenceData);
    });

    test('[CA17] Chisels is the one type without products, in its place', async () => {
      const handTools = (await readCatalog(folder)).categories[0]!;
      expect(handTools.types.map((type) => type.products.length)).toEqual([4, 5, 5, 4, 1, 0, 2, 5, 5]);
      expect(handTools.types[5]!.name).toBe('Chisels');
    });

    test('[CA17] SKUs are unique, one name stands twice, apostrophes and ampersands stay', async () => {
      const catalog = await readCatalog(folder);
      const products = allProducts(catalog);
      expect(new Set(products.map((product) => product.sku)).size).toBe(424);
      expect(
        products.filter((product) => product.name === 'OSB Sheathing 4x8x7/16').map((product) => product.sku),
      ).toEqual(['LBPLY004', 'LBOSB001']);
      expect(products.filter((product) => product.name.includes("'"))).toHaveLength(5);
      expect(
        typesOf(catalog)
          .filter((type) => type.name.includes("'"))
          .map((type) => type.name),
      ).toEqual(["Plumber's Putty"]);
      expect(catalog.categories.filter((category) => category.name.includes('&'))).toHaveLength(4);
    });

    test('[CA17] costs run from 2 to 475 dollars, one of them with cents, and the base price follows', async () => {
      const products = allProducts(await readCatalog(folder));
      const costs = products.map((product) => product.costCents);
      expect([Math.min(...costs), Math.max(...costs)]).toEqual([200, 47_500]);
      expect(products.filter((product) => product.costCents % 100 !== 0).map((product) => product.name)).toEqual([
        'Paint Spray Gun',
      ]);
      expect(basePriceCentsFromCostCents(8999)).toBe(13_431);
      expect(basePriceCentsFromCostCents(47_500)).toBe(70_896);
    });

    test('[CA17] products of the original belong together in baskets too', async () => {
      const { affinities } = await readCatalog(folder);
      const weightOf = (one: string, other: string) =>
        affinities.find(({ types }) => types.includes(one) && types.includes(other))?.weight ?? 1;
      expect(weightOf('Interior Paint', 'Rollers')).toBeGreaterThan(5);
      expect(weightOf('PVC Pipe', 'Pipe Fittings')).toBeGreaterThan(5);
      expect(weightOf('Chisels', 'Hammers')).toBe(1);
    });

    test('[CA17] our own catalogue repeats no description and no SKU of the original', async () => {
      const original = allProducts(await readCatalog(folder));
      const texts = new Set(original.flatMap((product) => [product.description.toLowerCase(), product.sku]));
      for (const product of allProducts(zavaCatalog)) {
        expect(texts.has(product.description.toLowerCase()), product.sku).toBe(false);
        expect(texts.has(product.sku), product.sku).toBe(false);
      }
    });

    test('[CA17] the sample with embeddings gives 37 products whose vectors have their lengths', async () => {
      const sample = join(folder, 'product_data.sample.json');
      const catalog = await readCatalog(sample);
      const products = allProducts(catalog);
      expect(products).toHaveLength(37);
      expect(typesOf(catalog)).toHaveLength(30);
      expect(
        typesOf(catalog)
          .filter((type) => type.products.length === 0)
          .map((type) => type.name),
      ).toEqual(['Chisels']);
      for (const product of products) {
        expect(product.imageEmbedding).toHaveLength(512);
        expect(product.descriptionEmbedding).toHaveLength(1536);
      }
      for (const category of catalog.categories) {
        expect(category.seasonalMultipliers, category.name).toEqual(seasonsByCategoryName.get(category.name));
      }
      const flat = new Map(allProducts(await readCatalog(folder)).map((product) => [product.sku, product]));
      for (const { sku, name, description, costCents, specifications } of products) {
        expect(flat.get(sku)).toMatchObject({ name, description, costCents, specifications });
      }
    });
  });
}
