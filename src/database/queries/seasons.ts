import { z } from 'zod';
import type { SeasonRow } from '../../domain/index.ts';
import { MONTH_KEYS } from '../../domain/index.ts';
import { itemsSoldBy } from './items-sold.ts';
import { catalogue, defineQuery, ofStore } from './query.ts';

const MONTHS = 12;

export const seasons = defineQuery({
  name: 'seasons',
  summary: 'Each category’s months against its plan, its seasonal multipliers, over the years that are whole.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<SeasonRow[]> {
    const key = { product: '$product_id', month: { $substrBytes: ['$order_date', 0, 7] } };
    const [rows, { products, categories }] = await Promise.all([
      itemsSoldBy<{ product: string; month: string }>(context, store, {}, key),
      catalogue(context),
    ]);
    const whole = wholeYears(rows.map((row) => row.key.month));
    const units = new Map<string, number[]>();
    for (const { key: of, units: sold } of rows) {
      const category = products.get(of.product)?.category_id;
      if (category === undefined || !whole.has(of.month.slice(0, 4))) continue;
      const months = units.get(category) ?? Array<number>(MONTHS).fill(0);
      const month = Number(of.month.slice(5)) - 1;
      months[month] = (months[month] ?? 0) + sold;
      units.set(category, months);
    }
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
