import { describe, expect, test } from 'vitest';
import { basePriceCentsFromCostCents, MONTH_KEYS, slug } from '../domain/index.ts';
import { affinityTable, pictureSlugs, productsOf, seasonsByCategoryName, typeSlugs, zavaCatalog } from './index.ts';

const entries = [...productsOf(zavaCatalog)];
const products = entries.map(({ product }) => product);
const types = zavaCatalog.categories.flatMap((category) => category.types);
const repeated = (texts: readonly string[]): string[] => texts.filter((text, index) => texts.indexOf(text) !== index);

describe('our own catalogue', () => {
  test('[CA1] has nine categories, 30 to 36 product types and exactly 400 products', () => {
    expect(zavaCatalog.categories.map((category) => category.name)).toEqual([
      'Hand Tools',
      'Power Tools',
      'Paint & Finishes',
      'Hardware',
      'Lumber & Building Materials',
      'Electrical',
      'Plumbing',
      'Garden & Outdoor',
      'Storage & Organization',
    ]);
    expect(types.length).toBeGreaterThanOrEqual(30);
    expect(types.length).toBeLessThanOrEqual(36);
    expect(products).toHaveLength(400);
    for (const type of types) expect(type.products.length, type.name).toBeGreaterThanOrEqual(8);
  });

  test('[CA2] gives no SKU, no product name, no description and no type name twice', () => {
    expect(repeated(products.map((product) => product.sku))).toEqual([]);
    expect(repeated(products.map((product) => product.name.toLowerCase()))).toEqual([]);
    expect(repeated(products.map((product) => product.description.toLowerCase()))).toEqual([]);
    expect(repeated(types.map((type) => slug(type.name)))).toEqual([]);
  });

  test('[CA2] writes every SKU as category, type and number, with one prefix per type, numbered without gaps', () => {
    const prefixes = types.map((type) => {
      const prefix = type.products[0]!.sku.slice(0, 7);
      expect(prefix).toMatch(/^[A-Z]{2}-[A-Z]{3}-$/);
      expect(type.products.map((product) => product.sku)).toEqual(
        type.products.map((_, index) => `${prefix}${String(index + 1).padStart(2, '0')}`),
      );
      return prefix;
    });
    expect(repeated(prefixes)).toEqual([]);
  });

  test('[CA3] describes each product in one to three whole sentences of 40 to 300 characters that are not its name', () => {
    for (const { sku, name, description } of products) {
      expect(description.length, sku).toBeGreaterThanOrEqual(40);
      expect(description.length, sku).toBeLessThanOrEqual(300);
      expect(description, sku).toMatch(/^[A-Z].*[.]$/);
      expect(description.split(/[.!?](?:\s|$)/).length - 1, sku).toBeLessThanOrEqual(3);
      expect(description, sku).not.toContain(name);
    }
  });

  test('[CA4] has costs in whole cents from which the base price follows, between one dollar and a thousand', () => {
    for (const { sku, costCents, popularity } of products) {
      expect(Number.isInteger(costCents), sku).toBe(true);
      expect(costCents, sku).toBeGreaterThanOrEqual(100);
      expect(basePriceCentsFromCostCents(costCents), sku).toBe(Math.round(costCents / 0.67));
      expect(basePriceCentsFromCostCents(costCents), sku).toBeLessThan(100_000);
      expect(popularity, sku).toBeGreaterThan(0);
      expect(popularity, sku).toBeLessThanOrEqual(3);
    }
  });

  test('[CA5] has two to eight specifications per product, as a map whose names carry the unit', () => {
    for (const { sku, specifications } of products) {
      const pairs = Object.entries(specifications);
      expect(Array.isArray(specifications), sku).toBe(false);
      expect(pairs.length, sku).toBeGreaterThanOrEqual(2);
      expect(pairs.length, sku).toBeLessThanOrEqual(8);
      for (const [key, value] of pairs) {
        expect(key, sku).toMatch(/^[a-z][a-z0-9_]*$/);
        if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0, `${sku} ${key}`).toBe(true);
        else expect(value.trim(), `${sku} ${key}`).not.toBe('');
      }
    }
  });

  test('[CA6] gives every category its twelve multipliers, all above 0, from one table', () => {
    for (const category of zavaCatalog.categories) {
      expect(Object.keys(category.seasonalMultipliers)).toEqual([...MONTH_KEYS]);
      expect(Object.values(category.seasonalMultipliers).every((multiplier) => multiplier > 0)).toBe(true);
      expect(category.seasonalMultipliers).toEqual(seasonsByCategoryName.get(category.name));
    }
    expect(seasonsByCategoryName.get('Garden & Outdoor')).toMatchObject({ feb: 0.5, apr: 2.5, dec: 0.5 });
  });

  test('[CA7] shows every type by a picture of its own, and every product by its type’s', () => {
    expect(types.map((type) => type.picture)).toEqual([...typeSlugs]);
    for (const { type, product } of entries) {
      expect(pictureSlugs).toContain(type.picture);
      expect(product.imageUrl).toBe(`/pictures/${type.picture}.svg`);
      expect(product.source).toEqual({ kind: 'zava' });
    }
  });

  test('[CA8] keeps every product’s document below 2 KB', () => {
    for (const product of products) {
      expect(Buffer.byteLength(JSON.stringify(product)), product.sku).toBeLessThan(1200);
    }
  });
});

describe('what goes together in a basket', () => {
  test('[CA9] names only types that exist, each pair once, each weight above 1', () => {
    const pairs = affinityTable.map(([one, other]) => [one, other].sort().join(' '));
    expect(repeated(pairs)).toEqual([]);
    for (const [one, other, weight] of affinityTable) {
      expect(typeSlugs).toContain(one);
      expect(typeSlugs).toContain(other);
      expect(one).not.toBe(other);
      expect(weight).toBeGreaterThan(1);
    }
    expect(zavaCatalog.affinities).toHaveLength(affinityTable.length);
  });

  test('[CA9] leaves no type alone', () => {
    const joined = new Set(zavaCatalog.affinities.flatMap((affinity) => affinity.types));
    expect(types.map((type) => type.name).filter((name) => !joined.has(name))).toEqual([]);
  });

  test('[CA9] puts paint with brushes, screws with drills, and pipe with fittings and tape', () => {
    const weightOf = (one: string, other: string): number =>
      zavaCatalog.affinities.find(({ types: pair }) => pair.includes(one) && pair.includes(other))?.weight ?? 1;
    expect(weightOf('Interior Paint', 'Brushes & Rollers')).toBeGreaterThan(5);
    expect(weightOf('Interior Paint', 'Trays & Drop Cloths')).toBeGreaterThan(5);
    expect(weightOf('Screws', 'Drills & Drivers')).toBeGreaterThan(3);
    expect(weightOf('Pipe', 'Fittings & Valves')).toBeGreaterThan(5);
    expect(weightOf('Pipe', 'Sealants & Tape')).toBeGreaterThan(5);
    expect(weightOf('Faucets', 'Hammers')).toBe(1);
  });
});
