import { z } from 'zod';
import type { InventoryResult, InventoryRow, LowStockCell, LowStockItem, ShortCoverRow } from '../../domain/index.ts';
import { maySeeCosts } from '../../domain/index.ts';
import { itemsSoldBy } from './items-sold.ts';
import { catalogue, cents, defineQuery, most, ofStore, type QueryContext, storeFilter, storeNames } from './query.ts';
import { lastWeeks } from './sales.ts';

const COVER_WEEKS = 12;

interface StockedItem {
  readonly store_id: string;
  readonly product_id: string;
  readonly stock_level: number;
  readonly reorder_threshold: number;
  readonly reorder_quantity: number;
}

/** Every item of the stores in question: some 400 for a store. */
function stock({ db, principal, maxTimeMS }: QueryContext, store: string | undefined): Promise<StockedItem[]> {
  const projection = { _id: 0, store_id: 1, product_id: 1, stock_level: 1, reorder_threshold: 1, reorder_quantity: 1 };
  return db
    .collection<StockedItem>('inventory')
    .find({ ...storeFilter(principal, store), deleted: false }, { maxTimeMS, projection })
    .toArray();
}

const isOversold = ({ stock_level }: StockedItem) => stock_level < 0;
const isLow = (item: StockedItem) => !isOversold(item) && item.stock_level <= item.reorder_threshold;

export const inventoryValue = defineQuery({
  name: 'inventory-value',
  summary: 'What the stock is worth, and for how many weeks it lasts, by store and by category.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<InventoryResult> {
    const [items, sold, { products, categories }, names] = await Promise.all([
      stock(context, store),
      soldByStoreAndProduct(context, store),
      catalogue(context),
      storeNames(context),
    ]);
    const isAtCost = maySeeCosts(context.principal);
    const byStore = new Map<string, Sum>();
    const byCategory = new Map<string, Sum>();
    for (const item of items) {
      const product = products.get(item.product_id);
      if (product === undefined) continue;
      const value = Math.max(0, item.stock_level) * (isAtCost ? product.cost : product.base_price);
      const units = sold.get(`${item.store_id}/${item.product_id}`) ?? 0;
      addTo(byStore, item.store_id, item, value, units);
      addTo(byCategory, product.category_id, item, value, units);
    }
    const rows = (sums: Map<string, Sum>, nameOf: (key: string) => string) =>
      [...sums].map(([key, sum]) => rowOf(key, nameOf(key), sum)).sort((one, other) => other.value - one.value);
    return {
      isAtCost,
      stores: rows(byStore, (key) => names.get(key) ?? key),
      categories: rows(byCategory, (key) => categories.get(key)?.category_name ?? key),
    };
  },
});

interface Sum {
  readonly products: Set<string>;
  units: number;
  value: number;
  sold: number;
  low: number;
  oversold: number;
}

function addTo(sums: Map<string, Sum>, key: string, item: StockedItem, value: number, sold: number): void {
  const sum = sums.get(key) ?? { products: new Set(), units: 0, value: 0, sold: 0, low: 0, oversold: 0 };
  sum.products.add(item.product_id);
  sum.units += item.stock_level;
  sum.value += value;
  sum.sold += sold;
  sum.low += isLow(item) ? 1 : 0;
  sum.oversold += isOversold(item) ? 1 : 0;
  sums.set(key, sum);
}

const rowOf = (key: string, name: string, { products, units, value, sold, low, oversold }: Sum): InventoryRow => ({
  key,
  name,
  products: products.size,
  units,
  value: cents(value),
  weeksOfCover: sold === 0 ? null : Math.round((units / (sold / COVER_WEEKS)) * 10) / 10,
  low,
  oversold,
});

/** Units of the last weeks: `store/product` → units. */
async function soldByStoreAndProduct(context: QueryContext, store: string | undefined, weeks = COVER_WEEKS) {
  const days = await lastWeeks(context, weeks, store);
  if (days === null) return new Map<string, number>();
  const key = { store: '$store_id', product: '$product_id' };
  const sold = await itemsSoldBy<typeof key>(context, store, { from: days.from }, key);
  return new Map(sold.map(({ key: of, units }) => [`${of.store}/${of.product}`, units]));
}

export const lowStockMap = defineQuery({
  name: 'low-stock-map',
  summary: 'How many products are low or oversold, by store and category.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<LowStockCell[]> {
    const [items, { products, categories }, names] = await Promise.all([
      stock(context, store),
      catalogue(context),
      storeNames(context),
    ]);
    const cells = new Map<string, LowStockCell>();
    for (const item of items) {
      const category_id = products.get(item.product_id)?.category_id;
      if (category_id === undefined) continue;
      const { store_id } = item;
      const key = `${store_id}/${category_id}`;
      const cell = cells.get(key) ?? {
        store_id,
        store_name: names.get(store_id) ?? store_id,
        category_id,
        category_name: categories.get(category_id)?.category_name ?? category_id,
        products: 0,
        low: 0,
        oversold: 0,
      };
      cells.set(key, {
        ...cell,
        products: cell.products + 1,
        low: cell.low + (isLow(item) ? 1 : 0),
        oversold: cell.oversold + (isOversold(item) ? 1 : 0),
      });
    }
    return [...cells.values()];
  },
});

export const lowStock = defineQuery({
  name: 'low-stock',
  summary: 'What is at or below its reorder threshold, the emptiest first.',
  parameters: z.strictObject({ ...ofStore, category: z.string().max(100).optional(), limit: most(100, 2_000) }),
  async run(context, { store, category, limit }): Promise<LowStockItem[]> {
    const [items, { products, categories }, names] = await Promise.all([
      stock(context, store),
      catalogue(context),
      storeNames(context),
    ]);
    const fullness = ({ stock_level, reorder_threshold }: StockedItem) => stock_level / Math.max(1, reorder_threshold);
    const rows: LowStockItem[] = [];
    for (const item of items.filter((one) => isLow(one) || isOversold(one)).sort((a, b) => fullness(a) - fullness(b))) {
      const product = products.get(item.product_id);
      if (product === undefined || (category !== undefined && product.category_id !== category)) continue;
      rows.push({
        ...item,
        store_name: names.get(item.store_id) ?? item.store_id,
        sku: product.sku,
        product_name: product.product_name,
        category_name: categories.get(product.category_id)?.category_name ?? product.category_id,
      });
      if (rows.length === limit) break;
    }
    return rows;
  },
});

export const shortCover = defineQuery({
  name: 'short-cover',
  summary: 'What runs out within some weeks (`within`) at the pace of the last ones (`pace`), the soonest first.',
  parameters: z.strictObject({
    ...ofStore,
    category: z.string().max(100).optional(),
    within: most(4, 52),
    pace: most(COVER_WEEKS, 104),
    limit: most(100, 2_000),
  }),
  async run(context, { store, category, within, pace, limit }): Promise<ShortCoverRow[]> {
    const [items, sold, { products, categories }, names] = await Promise.all([
      stock(context, store),
      soldByStoreAndProduct(context, store, pace),
      catalogue(context),
      storeNames(context),
    ]);
    const rows = items.flatMap((item): ShortCoverRow[] => {
      const product = products.get(item.product_id);
      const units = sold.get(`${item.store_id}/${item.product_id}`) ?? 0;
      if (product === undefined || units <= 0 || (category !== undefined && product.category_id !== category))
        return [];
      const weeksOfCover = Math.round((Math.max(0, item.stock_level) / (units / pace)) * 10) / 10;
      if (weeksOfCover > within) return [];
      return [
        {
          ...item,
          store_name: names.get(item.store_id) ?? item.store_id,
          sku: product.sku,
          product_name: product.product_name,
          category_name: categories.get(product.category_id)?.category_name ?? product.category_id,
          unitsSold: units,
          weeksOfCover,
        },
      ];
    });
    return rows
      .sort((one, other) => one.weeksOfCover - other.weeksOfCover || other.unitsSold - one.unitsSold)
      .slice(0, limit);
  },
});
