import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Catalog, type ReferenceData, zavaCatalog } from '../catalog/index.ts';
import { fixtureCatalog, singleProductCatalog } from './catalog.fixture.ts';
import {
  type GenerationConfig,
  type GenerationOverrides,
  parseGenerationConfig,
  readGenerationConfig,
} from './config.ts';
import { expectedCounts, generateDataSet, generatedCollectionNames, ndjsonOf } from './data-set.ts';
import { GeneratorError } from './errors.ts';
import { brokenRules, readAll } from './rules.fixture.ts';

const SMALL: GenerationOverrides = { numCustomers: 60, numOrders: 300 };
const small = readGenerationConfig(undefined, SMALL);

const read = (config: GenerationConfig, catalog: Catalog = fixtureCatalog) =>
  readAll(generateDataSet({ config, catalog, checksums: false }));

function checksums(config: GenerationConfig, batchSize: number): Record<string, string | null> {
  const dataSet = generateDataSet({ config, catalog: fixtureCatalog, batchSize });
  for (const batch of dataSet) expect(batch.documents.length).toBeLessThanOrEqual(batchSize);
  const { collections } = dataSet.manifest();
  return Object.fromEntries(
    Object.entries(collections).map(([name, { count, sha256 }]) => [name, `${count} ${sha256}`]),
  );
}

describe('the rules of the data contract', () => {
  test('[GN1] hold for every document of a data set with the whole catalogue', () => {
    const config = readGenerationConfig(undefined, {
      numCustomers: 1000,
      numOrders: 3000,
      today: '2026-11-22T16:00:00Z',
    });
    expect(brokenRules(read(config, zavaCatalog), config)).toEqual([]);
  });

  test('[GN1] hold whatever the counts, the dates, the seed and the catalogue', () => {
    const days = fc
      .tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 86_399 }))
      .map(([start, length, second]) => {
        const at = (day: number) => new Date(Date.UTC(2018, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
        const time = new Date(second * 1000).toISOString().slice(11, 19);
        return { startDate: at(start), endDate: at(start + length), today: `${at(start + length)}T${time}Z` };
      });
    const overrides = fc.record({
      numCustomers: fc.integer({ min: 1, max: 25 }),
      numOrders: fc.integer({ min: 0, max: 60 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(overrides, days, fc.constantFrom('small', 'single'), (counts, dates, size) => {
        const config = readGenerationConfig(undefined, { ...counts, ...dates });
        const data = read(config, size === 'small' ? fixtureCatalog : singleProductCatalog);
        expect(brokenRules(data, config)).toEqual([]);
        expect(data.orders).toHaveLength(counts.numOrders);
        expect(data.customers).toHaveLength(counts.numCustomers);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('[GN1] hold whatever the configuration says', () => {
    const percent = fc.constantFrom(0, 30, 100);
    const parts = fc.record({
      offset: fc.integer({ min: -12, max: 14 }),
      months: fc.constantFrom('catalog_seasons' as const, [0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 0]),
      weekdays: fc.constantFrom<number[]>([1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1]),
      items: fc.constantFrom<number[]>([1], [0, 0, 0, 0, 0, 0, 0, 1], [1, 2, 3]),
      quantity: fc.constantFrom<number[]>([1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      percents: fc.tuple(percent, percent, percent, percent, percent),
      affinity: fc.constantFrom(0, 1, 3),
      deviation: fc.constantFrom(0, 1, 20, 100),
      promotions: fc.constantFrom<'off_season' | 'any'>('off_season', 'any'),
      states: fc.constantFrom([100, 0, 0, 0], [0, 100, 0, 0], [25, 25, 25, 25]),
      seed: fc.nat(),
    });
    const base = readGenerationConfig(undefined, { numCustomers: 12, numOrders: 60, endDate: '2021-03-31' });
    fc.assert(
      fc.property(parts, (part) => {
        const [season, category, discounted, primary, before] = part.percents;
        const [completed, pending, restocked, cancelled] = part.states as [number, number, number, number];
        const statuses = {
          completed,
          pending,
          restocked,
          cancelled,
          pending_newest_percent: 100,
          pending_ramp_percent: 0,
        };
        const config: GenerationConfig = {
          ...base,
          seed: part.seed,
          dates: { ...base.dates, utc_offset_hours: part.offset },
          order_times: { ...base.order_times, month_weights: part.months, weekday_weights: part.weekdays },
          customers: { ...base.customers, primary_store_percent: primary, joined_before_start_percent: before },
          baskets: {
            items_per_order: part.items,
            quantity: part.quantity,
            season_following_percent: season,
            same_category_percent: category,
            affinity_strength: part.affinity,
          },
          discounts: { discounted_items_percent: discounted, percents: { 1: 1, 100: 2 } },
          statuses,
          prices: {
            max_deviation_percent: part.deviation,
            yearly_drift_percent: { from: -40, to: 60 },
            promotions_per_year: [0, 0, 0, 1],
            promotion_percent: { from: 0, to: 100 },
            promotion_months: part.promotions,
          },
          stock: { ...base.stock, low_percent: season, generous_percent: 0, counted_within_days: 4000 },
        };
        expect(brokenRules(read(parseGenerationConfig(stringify(config)), fixtureCatalog), config)).toEqual([]);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('[GN1] a document stays below 2 KB, embeddings excepted', () => {
    for (const batch of generateDataSet({ config: small, catalog: zavaCatalog })) {
      if (batch.collection === 'product_embeddings') continue;
      for (const line of batch.ndjson.split('\n')) expect(line.length, batch.collection).toBeLessThan(2048);
    }
  });

  test('[GN1] the demo store is the one with the fewest orders', () => {
    const config = readGenerationConfig(undefined, { numCustomers: 500, numOrders: 4000 });
    const { stores, orders } = read(config);
    const count = (storeId: string) => orders.filter((order) => order.store_id === storeId).length;
    const fewest = stores.reduce((least, store) => (count(store.store_id) < count(least.store_id) ? store : least));
    expect(fewest.demo_default).toBe(true);
    expect(fewest.store_id).toBe('store_kirkland');
  });
});

describe('the same bytes', () => {
  test('[GN2] batches of any size hold the same documents', () => {
    const reference = checksums(small, 1000);
    for (const batchSize of [1, 7, 299, 300, 100_000]) expect(checksums(small, batchSize)).toEqual(reference);
  });

  test('[GN2] iterating a data set again gives the same again', () => {
    const dataSet = generateDataSet({ config: small, catalog: fixtureCatalog });
    const text = () => [...dataSet].map((batch) => batch.ndjson).join('');
    expect(text()).toBe(text());
  });

  // A change of these checksums changes every data set that people have: make it on purpose and say so in the commit.
  test('[GN2] a small data set has these bytes, on every machine', () => {
    expect(checksums(small, 1000)).toMatchInlineSnapshot(`
      {
        "categories": "3 00b496ec934eb4c1ac54ab9bf7ab3e1c19fae39ee121443c2ed54ccbf67057b9",
        "customers": "60 759caafe13074066b07dc39515d7b6961a7fc084bd2ca7ebfe4bf3e191ec5ca7",
        "inventory": "80 50efa3c8d75f1e608ef17d79d7ca6925c9c2124ad08692681ea0a3ad9bb2c8fd",
        "order_items": "618 235fa25c622c27e74c28dab94c8cdedbc25ab7981bd74cb435e36410709f8366",
        "orders": "300 99dc38dfcc55270d35e366970c8dd803ba4c1d1b67d0d13a8a49e3efd49595e9",
        "product_embeddings": "10 462a6ae41b250249de8f64a56e17ba82970c622437036640821936d0487aa5ba",
        "product_types": "5 1380abff4a619ce5b7aa439abeb3541567846c02f982132169b08b600ab3c817",
        "products": "10 0c3556c03fe6a509076087967d72af8d028ba0fea70fddce6c969cd7497fa640",
        "stock_movements": "80 4476596f322efbd6119590ccc0ac8410ffcf040175aae061bb018daf31d49ae6",
        "stores": "8 7e6ddfd897a6c3cea3038377f5ca7a26265111a05901ee877c3f87aabf43b980",
      }
    `);
  });

  test('[GN2] a checksum is that of the NDJSON text', async () => {
    const { createHash } = await import('node:crypto');
    const dataSet = generateDataSet({ config: small, catalog: fixtureCatalog });
    const text = [...dataSet]
      .filter((batch) => batch.collection === 'order_items')
      .map((batch) => batch.ndjson)
      .join('');
    const { order_items } = dataSet.manifest().collections;
    expect(createHash('sha256').update(text).digest('hex')).toBe(order_items.sha256);
    expect(text.trimEnd().split('\n')).toHaveLength(order_items.count);
  });

  test('[GN2] the text of a batch is one document a line, whatever the documents say', () => {
    const documents = [
      { _id: 'a', text: '},{"_id":"b"}' },
      { _id: 'b"', text: '\n\\', map: { _id: 'c' } },
      { _id: '}', numbers: [1, 2] },
    ];
    expect(ndjsonOf(documents)).toBe(documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
    expect(ndjsonOf([])).toBe('');
  });

  test('another seed gives other orders', () => {
    expect(read({ ...small, seed: 1 }).orders).not.toEqual(read(small).orders);
  });
});

describe('[GN3] parts draw from streams of their own', () => {
  const before = read(small);
  const without = (documents: readonly object[], ...fields: string[]) =>
    documents.map((document) =>
      Object.fromEntries(Object.entries(document).filter(([field]) => !fields.includes(field))),
    );

  test('other addresses: nothing but addresses changes', () => {
    const address = { numbered_street_percent: 100, unit_percent: 0 };
    const after = read({ ...small, customers: { ...small.customers, address } });
    expect(after.customers).not.toEqual(before.customers);
    expect({ ...after, customers: without(after.customers, 'address') }).toEqual({
      ...before,
      customers: without(before.customers, 'address'),
    });
  });

  test('other discounts: the same people buy the same products at the same prices', () => {
    const after = read({ ...small, discounts: { ...small.discounts, discounted_items_percent: 60 } });
    const amounts = ['subtotal', 'discount_total', 'tax', 'total'];
    const lineAmounts = ['discount_percent', 'discount_amount', 'line_total'];
    expect(after.order_items).not.toEqual(before.order_items);
    expect(without(after.orders, ...amounts)).toEqual(without(before.orders, ...amounts));
    expect(without(after.order_items, ...lineAmounts)).toEqual(without(before.order_items, ...lineAmounts));
    expect(after.inventory).toEqual(before.inventory);
  });

  test('other stock policy: only stock changes', () => {
    const after = read({ ...small, stock: { ...small.stock, low_percent: 50, threshold_units_min: 5 } });
    expect(after.inventory).not.toEqual(before.inventory);
    expect({ ...after, inventory: [], stock_movements: [] }).toEqual({ ...before, inventory: [], stock_movements: [] });
  });

  test('other prices: only money changes', () => {
    const prices = { ...small.prices, yearly_drift_percent: { from: 1, to: 1 } };
    const after = read({ ...small, prices });
    const money = ['unit_price', 'discount_amount', 'line_total'];
    expect(after.order_items).not.toEqual(before.order_items);
    expect(without(after.order_items, ...money)).toEqual(without(before.order_items, ...money));
    expect(after.inventory).toEqual(before.inventory);
  });

  test('other order states: the orders are the same but for state and time of change', () => {
    const after = read({ ...small, statuses: { ...small.statuses, completed: 40, pending: 46 } });
    expect(after.orders).not.toEqual(before.orders);
    expect(without(after.orders, 'status', 'updated_at')).toEqual(without(before.orders, 'status', 'updated_at'));
    expect(after.order_items).toEqual(before.order_items);
  });

  test('more customers: the first names stay, and orders keep their times, stores and baskets', () => {
    const after = read({ ...small, counts: { ...small.counts, customers: 90 } });
    const names = (data: typeof before) =>
      data.customers.slice(0, 60).map(({ first_name, last_name }) => [first_name, last_name]);
    expect(names(after)).toEqual(names(before));
    const copies = ['customer_id', 'customer_name', 'customer_email'];
    expect(without(after.orders, ...copies)).toEqual(without(before.orders, ...copies));
    expect(after.order_items).toEqual(before.order_items);
  });
});

describe('today', () => {
  test('[GN4] nothing is later than today, the number of orders stays, and the last orders are recent', () => {
    const today = '2026-11-22T16:00:00Z';
    const config = readGenerationConfig(undefined, { numCustomers: 500, numOrders: 20_000, today });
    const { orders } = read(config);
    expect(orders).toHaveLength(20_000);
    const last = orders.at(-1)!.order_date;
    expect(last <= today && last > '2026-11-22T00:00:00Z').toBe(true);
  });
});

describe('counts and manifest', () => {
  test('[GN5] the counts told in advance are the counts', () => {
    const dataSet = generateDataSet({ config: small, catalog: zavaCatalog, checksums: false });
    expect(() => dataSet.manifest()).toThrow(GeneratorError);
    for (const _ of dataSet);
    const { collections } = dataSet.manifest();
    const expected = expectedCounts(small, zavaCatalog);
    for (const name of generatedCollectionNames) {
      if (expected[name].isExact) expect(collections[name].count, name).toBe(expected[name].count);
    }
    expect(collections.inventory.count).toBe(8 * collections.products.count);
    expect(Math.abs(collections.order_items.count / expected.order_items.count - 1)).toBeLessThan(0.1);
  });

  test('[GN5] collections come in the order in which they refer to each other, each batch of orders before its items', () => {
    const dataSet = generateDataSet({ config: small, catalog: fixtureCatalog, batchSize: 50 });
    const order: string[] = [];
    for (const { collection } of dataSet) if (order.at(-1) !== collection) order.push(collection);
    const beforeOrders = ['stores', 'categories', 'product_types', 'products', 'product_embeddings', 'customers'];
    expect(order.slice(0, 6)).toEqual(beforeOrders);
    expect(order.slice(6, -2)).toEqual(new Array(6).fill(['orders', 'order_items']).flat());
    expect(order.slice(-2)).toEqual(['inventory', 'stock_movements']);
  });

  test('[GN5] the manifest says what the data set was made from', () => {
    const dataSet = generateDataSet({ config: small, catalog: fixtureCatalog });
    for (const _ of dataSet);
    expect(dataSet.manifest()).toMatchObject({
      format: 'zava-data-set/1',
      seed: 22465,
      startDate: '2020-01-01',
      endDate: '2026-12-31',
      today: '2026-12-31T23:59:59Z',
      catalogSource: 'fixture',
      embeddingModels: ['original:text-embedding-3-small+clip-vit-b-32', 'zava-words-v1'],
    });
    const other = generateDataSet({ config: { ...small, seed: 9 }, catalog: fixtureCatalog });
    for (const _ of other);
    expect(other.manifest().configSha256).not.toBe(dataSet.manifest().configSha256);
  });
});

describe('reference data', () => {
  const store = (name: string, weight: number) => ({
    name,
    rlsUserId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    customerDistributionWeight: weight,
    orderFrequencyMultiplier: 1,
    orderValueMultiplier: 1,
  });

  test('[GN6] replaces the stores, their weights and the year weights', () => {
    const referenceData: ReferenceData = {
      stores: [store('Zava Retail Tacoma', 1), store('Zava Retail Kirkland', 9)],
      yearWeights: { '2020': 1, '2021': 1000 },
    };
    const config = readGenerationConfig(undefined, { ...SMALL, endDate: '2021-12-31' });
    const { stores, orders } = readAll(generateDataSet({ config, catalog: { ...fixtureCatalog, referenceData } }));
    expect(stores.map(({ store_id, demo_default }) => [store_id, demo_default])).toEqual([
      ['store_tacoma', true],
      ['store_kirkland', false],
    ]);
    expect(orders.filter((order) => order.store_id === 'store_kirkland').length).toBeGreaterThan(240);
    expect(orders.filter((order) => order.order_date > '2021').length).toBeGreaterThan(290);
  });

  test('[GN6] a store without a description is refused by name', () => {
    const referenceData: ReferenceData = { stores: [store('Zava Retail Atlantis', 1)], yearWeights: {} };
    expect(() => generateDataSet({ config: small, catalog: fixtureCatalog, referenceData })).toThrow(
      /Zava Retail Atlantis/,
    );
  });
});

test('[GN8] a catalogue without products is refused', () => {
  const catalog: Catalog = { source: 'empty.json', categories: [], affinities: [] };
  expect(() => generateDataSet({ config: small, catalog })).toThrow(/empty\.json has no products/);
});
