import { z } from 'zod';
import type { PriceRow, ProductSalesRow } from '../../domain/index.ts';
import { maySeeCosts } from '../../domain/index.ts';
import type { ItemSum } from './items-sold.ts';
import { catalogue, cents, defineQuery, most, ofStore, type QueryContext, storeFilter } from './query.ts';
import { lastWeeks, unitsSold } from './sales.ts';

const parameters = z.strictObject({
  ...ofStore,
  category: z.string().max(100).optional(),
  weeks: most(12, 260),
  limit: most(25, 400),
});

export const topProducts = defineQuery({
  name: 'top-products',
  summary: 'What sold best in the last weeks, by sales, of all categories or of one.',
  parameters,
  run: (context, asked) => ranked(context, asked, (one, other) => other.sales - one.sales),
});

export const slowProducts = defineQuery({
  name: 'slow-products',
  summary: 'What lies longest: the most weeks of cover first, and what did not sell at all before it.',
  parameters,
  run: (context, asked) =>
    ranked(
      context,
      asked,
      (one, other) => coverOf(other) - coverOf(one) || other.stock - one.stock,
      ({ stock }) => stock > 0,
    ),
});

const coverOf = ({ weeksOfCover }: ProductSalesRow) => weeksOfCover ?? Number.MAX_SAFE_INTEGER;

async function ranked(
  context: QueryContext,
  { store, category, weeks, limit }: z.output<typeof parameters>,
  order: (one: ProductSalesRow, other: ProductSalesRow) => number,
  keeps: (row: ProductSalesRow) => boolean = () => true,
): Promise<ProductSalesRow[]> {
  const days = await lastWeeks(context, weeks, store);
  const [sold, stock, { products, categories }] = await Promise.all([
    days === null ? new Map<string, ItemSum<string>>() : unitsSold(context, store, days),
    stockByProduct(context, store),
    catalogue(context),
  ]);
  const asked = [...products.values()].filter((product) => category === undefined || product.category_id === category);
  const rows = asked.map((product): ProductSalesRow => {
    const { units, sales } = sold.get(product.product_id) ?? { units: 0, sales: 0 };
    const there = stock.get(product.product_id) ?? 0;
    return {
      product_id: product.product_id,
      sku: product.sku,
      product_name: product.product_name,
      category_name: categories.get(product.category_id)?.category_name ?? product.category_id,
      base_price: product.base_price,
      units,
      sales: cents(sales),
      stock: there,
      weeksOfCover: units === 0 ? null : Math.round((there / (units / weeks)) * 10) / 10,
    };
  });
  return rows.filter(keeps).sort(order).slice(0, limit);
}

async function stockByProduct({ db, principal, maxTimeMS }: QueryContext, store: string | undefined) {
  const rows = await db
    .collection('inventory')
    .aggregate<{ _id: string; units: number }>(
      [
        { $match: { ...storeFilter(principal, store), deleted: false } },
        { $group: { _id: '$product_id', units: { $sum: '$stock_level' } } },
      ],
      { maxTimeMS },
    )
    .toArray();
  return new Map(rows.map(({ _id, units }) => [_id, units]));
}

export const prices = defineQuery({
  name: 'prices',
  summary: 'Products with their selling price and, for who may see it, their cost; by name or number (`q`).',
  parameters: z.strictObject({ q: z.string().max(100).default(''), limit: most(50, 400) }),
  async run(context, { q, limit }): Promise<PriceRow[]> {
    const { products, categories } = await catalogue(context);
    const seesCosts = maySeeCosts(context.principal);
    const wanted = q.trim().toLowerCase();
    return [...products.values()]
      .filter(({ product_name, sku }) => `${product_name} ${sku}`.toLowerCase().includes(wanted))
      .sort((one, other) => (one.product_name < other.product_name ? -1 : 1))
      .slice(0, limit)
      .map(({ product_id, sku, product_name, category_id, base_price, cost }) => ({
        product_id,
        sku,
        product_name,
        category_name: categories.get(category_id)?.category_name ?? category_id,
        base_price,
        cost: seesCosts ? cost : null,
      }));
  },
});
