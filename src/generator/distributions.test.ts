import { beforeAll, describe, expect, test } from 'vitest';
import { zavaCatalog } from '../catalog/index.ts';
import { MONTH_KEYS, secondsFromIsoTime, slug } from '../domain/index.ts';
import { readGenerationConfig } from './config.ts';
import { generateDataSet } from './data-set.ts';
import { type ReadDataSet, readAll } from './rules.fixture.ts';
import { agrees, countsOf } from './statistics.fixture.ts';

const config = readGenerationConfig(undefined, { numCustomers: 5000, numOrders: 20_000 });
const OFFSET_SECONDS = config.dates.utc_offset_hours * 3600;
let data: ReadDataSet;
let onlineStores: Set<string>;
beforeAll(() => {
  data = readAll(generateDataSet({ config, catalog: zavaCatalog, checksums: false }));
  onlineStores = new Set(data.stores.filter((store) => store.is_online).map((store) => store.store_id));
});

/** The date and time in the stores' own hours, read with the UTC getters. */
const local = (order: { order_date: string }) =>
  new Date((secondsFromIsoTime(order.order_date) + OFFSET_SECONDS) * 1000);

function expectShares(observed: readonly number[], shares: readonly number[]): void {
  const { agrees: isAgreed, report } = agrees(observed, shares);
  expect(isAgreed, report).toBe(true);
}

/** A day-by-day model of the same configuration: every local day's weight, whole days alone. */
function* modelDays(): Generator<{ date: Date; weight: number }> {
  const { year_weights, weekday_weights } = config.order_times;
  const months = MONTH_KEYS.map(
    (month) =>
      zavaCatalog.categories.reduce((sum, category) => sum + category.seasonalMultipliers[month], 0) /
      zavaCatalog.categories.length,
  );
  for (let year = 2020; year <= 2026; year++) {
    const days: { date: Date; weight: number }[] = [];
    for (let time = Date.UTC(year, 0, 1); time < Date.UTC(year + 1, 0, 1); time += 86_400_000) {
      const date = new Date(time);
      days.push({ date, weight: months[date.getUTCMonth()]! * weekday_weights[(date.getUTCDay() + 6) % 7]! });
    }
    const sum = days.reduce((total, day) => total + day.weight, 0);
    for (const { date, weight } of days) yield { date, weight: (weight / sum) * year_weights[year]! };
  }
}

function modelShares(bins: number, binOf: (date: Date) => number): number[] {
  const shares = new Array<number>(bins).fill(0);
  for (const { date, weight } of modelDays()) shares[binOf(date)]! += weight;
  return shares;
}

describe('[GN10] when and where orders are made', () => {
  test('stores by weight × frequency', () => {
    const ids = config.stores.map((store) => `store_${slug(store.name.replace('Zava Retail ', ''))}`);
    const observed = countsOf(
      data.orders.map((order) => ids.indexOf(order.store_id)),
      ids.length,
    );
    expectShares(
      observed,
      config.stores.map((store) => store.customer_weight * store.order_frequency),
    );
  });

  test.each<[string, number, (date: Date) => number]>([
    ['years', 7, (date) => Math.max(0, date.getUTCFullYear() - 2020)],
    ['months', 12, (date) => date.getUTCMonth()],
    ['weekdays', 7, (date) => date.getUTCDay()],
  ])('%s by their weights', (_, bins, binOf) => {
    expectShares(
      countsOf(
        data.orders.map((order) => binOf(local(order))),
        bins,
      ),
      modelShares(bins, binOf),
    );
  });

  test('hours by the weights of stores and of the online store', () => {
    const hours = (isOnline: boolean) =>
      countsOf(
        data.orders.filter((order) => onlineStores.has(order.store_id) === isOnline).map((o) => local(o).getUTCHours()),
        24,
      );
    expectShares(hours(false), config.order_times.store_hour_weights);
    expectShares(hours(true), config.order_times.online_hour_weights);
  });
});

describe('[GN10] who orders', () => {
  test('primary stores by customer weight', () => {
    const ids = data.stores.map((store) => store.store_id);
    const observed = countsOf(
      data.customers.map((customer) => ids.indexOf(customer.primary_store_id)),
      ids.length,
    );
    expectShares(
      observed,
      config.stores.map((store) => store.customer_weight),
    );
  });

  test('most of a store’s orders are by its own customers, most of a customer’s orders at the primary store', () => {
    const primary = new Map(data.customers.map((customer) => [customer.customer_id, customer.primary_store_id]));
    const own = data.orders.filter((order) => primary.get(order.customer_id) === order.store_id).length;
    expect(own / data.orders.length).toBeGreaterThan(config.customers.primary_store_percent / 100);
    expect(own / data.orders.length).toBeLessThan(0.95);
  });

  test('repeat customers have a long tail', () => {
    const orders = new Map<string, number>();
    for (const order of data.orders) orders.set(order.customer_id, (orders.get(order.customer_id) ?? 0) + 1);
    const counts = [...orders.values()].sort((one, other) => other - one);
    const share = (percent: number) =>
      counts.slice(0, (5000 * percent) / 100).reduce((sum, count) => sum + count, 0) / data.orders.length;
    expect(share(1)).toBeGreaterThan(0.08);
    expect(share(20)).toBeGreaterThan(0.55);
    expect(share(20)).toBeLessThan(0.85);
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThanOrEqual(4);
    expect(counts.length / 5000).toBeGreaterThan(0.65);
  });

  test('people have different names, and live and telephone where their store’s customers do', () => {
    expect(new Set(data.customers.map((customer) => `${customer.first_name} ${customer.last_name}`)).size).toBe(5000);
    const stores = new Map(config.stores.map((store) => [`store_${slug(store.name.slice(12))}`, store]));
    for (const customer of data.customers) {
      const { city, zip } = customer['address'] as { city: string; zip: string };
      const regions = stores.get(customer.primary_store_id)!.customer_regions;
      const region = regions.find((candidate) => candidate.city === city && candidate.zips.includes(zip));
      expect(region, customer._id).toBeDefined();
      expect(customer.phone).toMatch(new RegExp(`^\\(${region!.area_code}\\) 555-01\\d\\d$`));
      expect(customer.email).toMatch(/^[a-z]+\.[a-z]+\d+@example\.(com|org|net)$/);
    }
  });
});

describe('[GN10] what is in an order', () => {
  const categoryOf = (item: { product_id: string }, products: Map<string, string>) => products.get(item.product_id)!;
  const categoryByProduct = () => new Map(data.products.map((product) => [product.product_id, product.category_id]));

  test('items per order and pieces per item', () => {
    expectShares(
      countsOf(
        data.orders.map((order) => order.item_count - 1),
        5,
      ),
      config.baskets.items_per_order,
    );
    expectShares(
      countsOf(
        data.order_items.map((item) => item.quantity - 1),
        5,
      ),
      config.baskets.quantity,
    );
    expect(Math.abs(data.order_items.length / data.orders.length - 2.1)).toBeLessThan(0.03);
  });

  test('categories follow the seasons of each month, as far as configured', () => {
    const firstItems = new Map<string, string>();
    const products = categoryByProduct();
    for (const item of data.order_items)
      if (!firstItems.has(item.order_id)) firstItems.set(item.order_id, categoryOf(item, products));
    const { season_following_percent, same_category_percent } = config.baskets;
    const follows = season_following_percent / 100;
    const same = same_category_percent / 100;
    const ids = data.categories.map((category) => category.category_id);
    const popularity = zavaCatalog.categories.map((category) =>
      category.types.flatMap((type) => type.products).reduce((sum, product) => sum + product.popularity, 0),
    );
    const allPopularity = popularity.reduce((sum, one) => sum + one, 0);
    for (const [month, key] of MONTH_KEYS.entries()) {
      const seasons = zavaCatalog.categories.map((category) => category.seasonalMultipliers[key]);
      const seasonSum = seasons.reduce((sum, one) => sum + one, 0);
      const ofOrder = seasons.map((season) => (follows * season) / seasonSum + (1 - follows) / seasons.length);
      const ofItem = ofOrder.map((share, category) => {
        const fromOthers = ofOrder.reduce(
          (sum, other, from) =>
            from === category ? sum : sum + (other * popularity[category]!) / (allPopularity - popularity[from]!),
          0,
        );
        return same * share + (1 - same) * fromOthers;
      });
      const observed = countsOf(
        data.orders
          .filter((order) => local(order).getUTCMonth() === month)
          .map((order) => ids.indexOf(firstItems.get(order.order_id)!)),
        ids.length,
      );
      expectShares(observed, ofItem);
    }
  });

  test('nine items in ten come from the order’s category', () => {
    const products = categoryByProduct();
    const categories = new Map<string, string[]>();
    for (const item of data.order_items) {
      const list = categories.get(item.order_id) ?? [];
      list.push(categoryOf(item, products));
      categories.set(item.order_id, list);
    }
    // In baskets of five, the commonest category is the order's but for rare exceptions.
    let same = 0;
    let all = 0;
    for (const list of categories.values()) {
      if (list.length !== 5) continue;
      same += Math.max(...list.map((category) => list.filter((other) => other === category).length));
      all += 5;
    }
    expect(same / all).toBeGreaterThan(0.88);
    expect(same / all).toBeLessThan(0.92);
  });

  test('types that go together meet in baskets more often than without the affinities', () => {
    const strong = zavaCatalog.affinities.filter(({ weight }) => weight >= 5).map(({ types }) => types);
    const meetings = (set: ReadDataSet): number[] => {
      const types = new Map(set.products.map((product) => [product.product_id, product.type_id]));
      const names = new Map(set.product_types.map((type) => [type.type_id, type.type_name]));
      const byOrder = new Map<string, Set<string>>();
      for (const item of set.order_items) {
        const held = byOrder.get(item.order_id) ?? new Set();
        byOrder.set(item.order_id, held.add(names.get(types.get(item.product_id)!)!));
      }
      const baskets = [...byOrder.values()];
      return strong.map(([one, other]) => baskets.filter((held) => held.has(one) && held.has(other)).length);
    };
    const without = { ...config, baskets: { ...config.baskets, affinity_strength: 0 } };
    const plain = meetings(readAll(generateDataSet({ config: without, catalog: zavaCatalog, checksums: false })));
    const lifts = meetings(data).map((count, pair) => count / plain[pair]!);
    const median = [...lifts].sort((one, other) => one - other)[Math.floor(lifts.length / 2)]!;
    expect(median).toBeGreaterThan(1.4);
    expect(lifts.filter((lift) => lift > 1).length / lifts.length).toBeGreaterThan(0.85);
  });

  test('average orders are worth what each store’s order value asks for', () => {
    const even = {
      ...config,
      counts: { customers: 100, orders: 60_000 },
      stores: config.stores.map((store) => ({ ...store, customer_weight: 1, order_frequency: 1 })),
    };
    const sums = new Map<string, { value: number; orders: number; items: number }>();
    for (const batch of generateDataSet({ config: even, catalog: zavaCatalog, checksums: false })) {
      if (batch.collection !== 'orders') continue;
      for (const order of batch.documents) {
        const sum = sums.get(order['store_name'] as string) ?? { value: 0, orders: 0, items: 0 };
        sum.value += order['subtotal'] as number;
        sum.orders++;
        sum.items += order['item_count'] as number;
        sums.set(order['store_name'] as string, sum);
      }
    }
    const average = (name: string) => sums.get(name)!.value / sums.get(name)!.orders;
    for (const store of even.stores) {
      const ratio = average(store.name) / average('Zava Retail Spokane');
      expect(Math.abs(ratio / store.order_value - 1), `${store.name} ${ratio}`).toBeLessThan(0.08);
      expect(Math.abs(sums.get(store.name)!.items / sums.get(store.name)!.orders - 2.1)).toBeLessThan(0.06);
    }
  });
});

describe('[GN10] money and states', () => {
  test('discounts: how many, and how much', () => {
    const percents = Object.keys(config.discounts.percents).map(Number);
    const all = [0, ...percents];
    const { discounted_items_percent } = config.discounts;
    expectShares(
      countsOf(
        data.order_items.map((item) => all.indexOf(item.discount_percent)),
        all.length,
      ),
      [100 - discounted_items_percent, ...percents.map(() => discounted_items_percent / percents.length)],
    );
  });

  test('prices drift over the years, fall in promotions, and reach the base price in the newest year', () => {
    const base = new Map(data.products.map((product) => [product.product_id, product.base_price]));
    const ratios = (year: string) =>
      data.order_items
        .filter((item) => item.order_date.startsWith(year))
        .map((item) => item.unit_price / base.get(item.product_id)!);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(ratios('2020'))).toBeLessThan(mean(ratios('2026')) - 0.03);
    const newest = ratios('2026');
    expect(Math.max(...newest)).toBeLessThanOrEqual(1);
    expect(newest.filter((ratio) => ratio === 1).length / newest.length).toBeGreaterThan(0.8);
    expect(newest.filter((ratio) => ratio < 1).length / newest.length).toBeGreaterThan(0.02);
  });

  test('order states as configured, the pending ones among the recent', () => {
    const states = ['completed', 'pending', 'restocked', 'cancelled'] as const;
    const observed = countsOf(
      data.orders.map((order) => states.indexOf(order.status)),
      4,
    );
    expectShares(
      observed,
      states.map((state) => config.statuses[state]),
    );
    const pendingOf = (orders: ReadDataSet['orders']) =>
      orders.filter((order) => order.status === 'pending').length / orders.length;
    expect(pendingOf(data.orders.slice(0, 12_000))).toBe(0);
    expect(Math.abs(pendingOf(data.orders.slice(-2000)) - config.statuses.pending_newest_percent / 100)).toBeLessThan(
      0.03,
    );
  });
});

describe('[GN10] stock', () => {
  test('a few percent are low, some generous, none negative', () => {
    const share = (of: (item: ReadDataSet['inventory'][number]) => boolean) =>
      data.inventory.filter(of).length / data.inventory.length;
    const low = share((item) => item.stock_level <= item.reorder_threshold);
    const generous = share((item) => item.stock_level > item.reorder_threshold + item.reorder_quantity);
    expect(Math.abs(low * 100 - config.stock.low_percent)).toBeLessThan(1.6);
    expect(Math.abs(generous * 100 - config.stock.generous_percent)).toBeLessThan(2.4);
    expect(share((item) => item.stock_level < 0)).toBe(0);
    expect(share((item) => item.stock_level === 0)).toBeGreaterThan(0);
  });

  test('thresholds and reorders follow from the sales of the last weeks', () => {
    const { demand_weeks, threshold_weeks, threshold_units_min, reorder_weeks, pack_units } = config.stock;
    const since = secondsFromIsoTime('2026-12-31T23:59:59Z') - demand_weeks * 7 * 86_400;
    const cancelled = new Set(
      data.orders.filter((order) => order.status === 'cancelled').map((order) => order.order_id),
    );
    const units = new Map<string, number>();
    for (const item of data.order_items) {
      if (secondsFromIsoTime(item.order_date) < since || cancelled.has(item.order_id)) continue;
      const key = `${item.store_id} ${item.product_id}`;
      units.set(key, (units.get(key) ?? 0) + item.quantity);
    }
    for (const item of data.inventory) {
      const weekly = (units.get(`${item.store_id} ${item.product_id}`) ?? 0) / demand_weeks;
      expect(item.reorder_threshold).toBe(Math.max(threshold_units_min, Math.ceil(weekly * threshold_weeks)));
      expect(item.reorder_quantity % pack_units).toBe(0);
      expect(item.reorder_quantity).toBeGreaterThanOrEqual(weekly * reorder_weeks);
    }
  });

  test('products lie in the aisles of their category, those of one type side by side', () => {
    const category = new Map(data.products.map((product) => [product.product_id, product.category_id]));
    const names = new Map(data.categories.map((one) => [one.category_id, one.category_name]));
    for (const store of data.stores) {
      const plan = config.stores.find(({ name }) => name === store.store_name)!.floor_plan;
      for (const item of data.inventory.filter(({ store_id }) => store_id === store.store_id)) {
        const holds = plan.aisles[item.location.aisle]!;
        expect(holds).toContain(names.get(category.get(item.product_id)!));
      }
    }
  });
});
