import { z } from 'zod';
import type { SeasonRow } from '../../domain/index.ts';
import { MONTH_KEYS } from '../../domain/index.ts';
import { itemsNotSold } from './not-sold.ts';
import { catalogue, defineQuery, ofStore, storeFilter } from './query.ts';

const MONTHS = 12;

export const seasons = defineQuery({
  name: 'seasons',
  summary: 'Each category’s months against its plan, its seasonal multipliers, over the years that are whole.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<SeasonRow[]> {
    const { db, principal, maxTimeMS } = context;
    const [rows, notSold, { products, categories }] = await Promise.all([
      db
        .collection('order_items')
        .aggregate<{ _id: { product: string; month: string }; units: number }>(
          [
            { $match: { ...storeFilter(principal, store), deleted: false } },
            {
              $group: {
                _id: { product: '$product_id', month: { $substrBytes: ['$order_date', 0, 7] } },
                units: { $sum: '$quantity' },
              },
            },
          ],
          { maxTimeMS },
        )
        .toArray(),
      itemsNotSold(context, store, {}),
      catalogue(context),
    ]);
    const whole = wholeYears(rows.map(({ _id }) => _id.month));
    const units = new Map<string, number[]>();
    const add = (product: string, yearMonth: string, sold: number) => {
      const category = products.get(product)?.category_id;
      if (category === undefined || !whole.has(yearMonth.slice(0, 4))) return;
      const months = units.get(category) ?? Array<number>(MONTHS).fill(0);
      const month = Number(yearMonth.slice(5)) - 1;
      months[month] = (months[month] ?? 0) + sold;
      units.set(category, months);
    };
    for (const { _id, units: ordered } of rows) add(_id.product, _id.month, ordered);
    for (const { product_id, order_date, quantity } of notSold) add(product_id, order_date.slice(0, 7), -quantity);
    return [...categories.values()].map(({ category_id, category_name, seasonal_multipliers }) =>
      seasonOf({ category_id, category_name }, seasonal_multipliers, units.get(category_id) ?? null),
    );
  },
});

function seasonOf(
  category: { readonly category_id: string; readonly category_name: string },
  multipliers: Readonly<Record<string, number>>,
  units: readonly number[] | null,
): SeasonRow {
  const planned = MONTH_KEYS.map((month) => multipliers[month] ?? 1);
  const plannedMean = planned.reduce((sum, one) => sum + one, 0) / MONTHS;
  const soldMean = units === null ? 0 : units.reduce((sum, one) => sum + one, 0) / MONTHS;
  const months = planned.map((plan, month) => ({
    plan: plan / plannedMean,
    actual: units === null || soldMean === 0 ? null : (units[month] as number) / soldMean,
  }));
  const gaps = months.map(({ plan, actual }) => (actual === null ? 0 : Math.abs(actual - plan)));
  return { ...category, months, largestGap: Math.max(...gaps) };
}

/** Years of which every month has sales. */
function wholeYears(months: readonly string[]): ReadonlySet<string> {
  const seen = new Map<string, Set<string>>();
  for (const month of months) {
    const year = month.slice(0, 4);
    const of = seen.get(year) ?? new Set();
    of.add(month);
    seen.set(year, of);
  }
  // The newest is not over, although its last month may have begun.
  const newest = [...seen.keys()].sort().at(-1);
  return new Set([...seen].filter(([year, of]) => of.size === MONTHS && year !== newest).map(([year]) => year));
}
