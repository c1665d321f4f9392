import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readCatalog } from '../catalog/index.ts';
import { readGenerationConfig } from './config.ts';
import { generateDataSet } from './data-set.ts';
import { brokenRules, readAll } from './rules.fixture.ts';

/*
 * The original application's files are not part of this repository. Where they are (ZAVA_ORIGINAL_CATALOG, or
 * ../shared/original beside the checkout) the generator is held to them; elsewhere one line says so.
 */
const folder =
  process.env['ZAVA_ORIGINAL_CATALOG'] ?? fileURLToPath(new URL('../../../shared/original', import.meta.url));

if (!existsSync(join(folder, 'products.json'))) {
  test('a data set is made from the original application’s files where they are present', () => {
    console.info(`The original application's files are not at ${folder}: only our own catalogue was generated from.`);
    expect(existsSync(join(folder, 'products.json'))).toBe(false);
  });
} else {
  describe('a data set from the original application’s files', () => {
    const config = readGenerationConfig(undefined, { numCustomers: 600, numOrders: 2500 });

    test('[GN1] keeps every rule, with 424 products, 89 types and 3,392 inventory documents', async () => {
      const catalog = await readCatalog(folder);
      const data = readAll(generateDataSet({ config, catalog, checksums: false }));
      expect(data.products).toHaveLength(424);
      expect(data.product_types).toHaveLength(89);
      expect(data.inventory).toHaveLength(3392);
      expect(brokenRules(data, config)).toEqual([]);
    });

    test('[GN1] sells every product but those of the empty type, and has each category in its own aisles', async () => {
      const catalog = await readCatalog(folder);
      const data = readAll(generateDataSet({ config, catalog, checksums: false }));
      const sold = new Set(data.order_items.map((item) => item.product_id));
      expect(sold.size).toBeGreaterThan(400);
      const category = new Map(data.products.map((product) => [product.product_id, product.category_id]));
      const names = new Map(data.categories.map((one) => [one.category_id, one.category_name.toLowerCase()]));
      const kirkland = config.stores.find(({ name }) => name === 'Zava Retail Kirkland')!.floor_plan;
      for (const item of data.inventory.filter(({ store_id }) => store_id === 'store_kirkland')) {
        const holds = kirkland.aisles[item.location.aisle]!.map((name) => name.toLowerCase());
        expect(holds).toContain(names.get(category.get(item.product_id)!));
      }
    });
  });
}
