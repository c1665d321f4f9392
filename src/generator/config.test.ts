import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  dateWindow,
  defaultConfigPath,
  type GenerationOverrides,
  parseGenerationConfig,
  readGenerationConfig,
} from './config.ts';
import { GeneratorError } from './errors.ts';

const defaultText = readFileSync(defaultConfigPath(), 'utf8');

/** The default configuration with one value changed; `undefined` removes the key. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const config = parse(defaultText);
  const last = path.at(-1)!;
  const holder = path.slice(0, -1).reduce((inner, key) => inner[key], config);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return stringify(config);
}

function errorOf(run: () => unknown): GeneratorError {
  try {
    run();
  } catch (error) {
    if (error instanceof GeneratorError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}

describe('the generation configuration', () => {
  test('[GN8] the default configuration is valid and has the figures of the data contract', () => {
    const config = readGenerationConfig();
    expect(config.counts).toEqual({ customers: 50_000, orders: 200_000 });
    expect(config.stores).toHaveLength(8);
    expect(config.stores.reduce((sum, store) => sum + store.customer_weight, 0)).toBe(130);
    expect(config.baskets.items_per_order).toEqual([40, 30, 15, 10, 5]);
    expect(config.baskets.quantity).toEqual([60, 25, 10, 3, 2]);
  });

  test.each<[readonly (string | number)[], unknown, string]>([
    [['seed'], -1, 'seed: expected a whole number that is not below 0, got -1'],
    [['counts', 'customers'], 0, 'counts.customers: expected a whole number above 0, got 0'],
    [['counts', 'orders'], 'many', 'counts.orders: expected a whole number that is not below 0, got "many"'],
    [['dates', 'start_date'], '2020-02-30', 'dates.start_date: expected a day such as 2020-01-01, got "2020-02-30"'],
    [['dates', 'end_date'], '2019-12-31', 'dates.end_date: expected a day that is not before start_date'],
    [['dates', 'today'], 'tomorrow', 'dates.today: expected `end_date`, a day such as 2026-11-22'],
    [['stores', 2, 'order_value'], 0, 'stores[2].order_value: expected a number above 0, got 0'],
    [['stores', 0, 'location', 'zip'], 98144, 'stores[0].location.zip: expected a ZIP code of five digits'],
    [['stores', 1, 'floor_plan', 'other'], ['Z9'], 'stores[1].floor_plan.other: expected names of aisles'],
    [['stores', 3, 'rls_user_id'], 'me', 'stores[3].rls_user_id: expected 32 hexadecimal digits'],
    [['stores'], undefined, 'stores: expected a list of stores, got nothing'],
    [
      ['order_times', 'weekday_weights'],
      [1, 2],
      'order_times.weekday_weights: expected a list of 7 weights, got [1,2]',
    ],
    [['order_times', 'store_hour_weights'], new Array(24).fill(0), 'expected weights of which at least one is above 0'],
    [['order_times', 'month_weights'], 'by_moon', 'expected `catalog_seasons` or 12 weights, got "by_moon"'],
    [['order_times', 'year_weights'], { twenty: 1 }, 'expected years of four digits'],
    [
      ['customers', 'repeat_groups', 1, 'weight'],
      1.5,
      'customers.repeat_groups[1].weight: expected a whole number above 0',
    ],
    [['customers', 'adress'], {}, 'customers.adress: expected no such key'],
    [['baskets', 'season_following_percent'], 101, 'expected a percentage from 0 to 100, got 101'],
    [['discounts', 'percents'], { half: 1 }, 'expected whole percentages'],
    [['statuses', 'pending'], 27, 'statuses: expected states that sum to 100 percent'],
    [['statuses', 'pending_newest_percent'], 20, 'statuses: expected a pending_newest_percent'],
    [['prices', 'promotion_percent'], { from: 9, to: 3 }, 'prices.promotion_percent: expected `from` not above `to`'],
    [['stock', 'low_percent'], 95, 'stock: expected a low_percent and a generous_percent of at most 100 together'],
    [['embeddings', 'model'], 'gpt', 'embeddings.model: expected zava-words-v1, got "gpt"'],
  ])('[GN8] a fault at %j is named with its place, what was expected and what came', (path, value, message) => {
    const error = errorOf(() => parseGenerationConfig(changed(path, value)));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(message);
    expect(error.fix).not.toBe('');
  });

  test('[GN8] all faults are reported at once', () => {
    const text = changed(['counts'], { customers: -1, orders: 'x' });
    expect(errorOf(() => parseGenerationConfig(text)).data['faults']).toHaveLength(2);
  });

  test('[GN8] broken YAML is reported with its line, a missing file with its path', () => {
    const broken = errorOf(() => parseGenerationConfig('seed: 1\ncounts: [1,\n', {}, 'my.yaml'));
    expect(broken.code).toBe('CONFIG_SYNTAX');
    expect(broken.message).toMatch(/^my\.yaml, line \d+, column \d+: /);
    const missing = errorOf(() => readGenerationConfig('/nowhere/at/all.yaml'));
    expect(missing.code).toBe('CONFIG_NOT_FOUND');
    expect(missing.message).toContain('/nowhere/at/all.yaml');
    expect(errorOf(() => parseGenerationConfig('just words')).code).toBe('CONFIG_INVALID');
  });

  test('[GN9] overrides take the place of counts, dates and seed', () => {
    const config = readGenerationConfig(undefined, {
      numCustomers: 7,
      numOrders: 9,
      startDate: '2021-01-01',
      endDate: '2021-12-31',
      seed: 5,
      today: '2021-06-30',
    });
    expect(config.counts).toEqual({ customers: 7, orders: 9 });
    expect(config.seed).toBe(5);
    expect(dateWindow(config)).toEqual({
      startSeconds: Date.UTC(2021, 0, 1) / 1000,
      todaySeconds: Date.UTC(2021, 5, 30, 23, 59, 59) / 1000,
    });
  });

  test.each<[GenerationOverrides, string]>([
    [{ numOrders: -3 }, 'counts.orders: expected a whole number that is not below 0, got -3'],
    [{ numCustomers: Number.NaN }, 'counts.customers: expected a whole number above 0'],
    [{ startDate: '2030-01-01' }, 'dates.end_date: expected a day that is not before start_date'],
    [{ today: '2019-05-05' }, 'dates.today: expected a time that is not before start_date'],
    [{ seed: 0.5 }, 'seed: expected a whole number'],
  ])('[GN9] a wrong override %j is refused as such', (overrides, message) => {
    const error = errorOf(() => readGenerationConfig(undefined, overrides));
    expect(error.code).toBe('OVERRIDE_INVALID');
    expect(error.message).toContain(message);
  });

  test('today is the end of END_DATE unless told, and never later than it', () => {
    const end = Date.UTC(2026, 11, 31, 23, 59, 59) / 1000;
    expect(dateWindow(readGenerationConfig()).todaySeconds).toBe(end);
    expect(dateWindow(readGenerationConfig(undefined, { today: '2031-01-01' })).todaySeconds).toBe(end);
    expect(dateWindow(readGenerationConfig(undefined, { today: '2026-11-22T16:00:00Z' })).todaySeconds).toBe(
      Date.UTC(2026, 10, 22, 16) / 1000,
    );
  });
});
