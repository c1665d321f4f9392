import { z } from 'zod';
import type { SeasonRow } from '../../domain/index.ts';
import { MONTH_KEYS } from '../../domain/index.ts';
import type { MonthlySales } from '../summaries/monthly-sales.ts';
import { readMonthlySales } from '../summaries/read.ts';
import { itemsSoldBy } from './items-sold.ts';
import { catalogue, defineQuery, ofStore, type QueryContext } from './query.ts';

const MONTHS = 12;

export const seasons = defineQuery({
  name: 'seasons',
  summary: 'Each category’s months against its plan, its seasonal multipliers, over the years that are whole.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<SeasonRow[]> {
    const summarised = await readMonthlySales(context, store);
    if (summarised !== null) return await fromSummaries(context, summarised);
    const key = { product: '$product_id', month: { $substrBytes: ['$order_date', 0, 7] } };
    const [rows, { products, categories }] = await Promise.all([
      itemsSoldBy<{ product: string; month: string }>(context, store, {}, key),
      catalogue(context),
    ]);
    const sold = rows.map((row) => ({
      category: products.get(row.key.product)?.category_id,
      month: row.key.month,
      units: row.units,
    }));
    return seasonsOf(sold, categories);
  },
});

interface MonthUnits {
  /** Undefined of a product that is no longer in the catalogue. */
  readonly category: string | undefined;
  readonly month: string;
  readonly units: number;
}

async function fromSummaries(context: QueryContext, summaries: readonly MonthlySales[]): Promise<SeasonRow[]> {
  const sold = summaries.flatMap(({ month, types }) =>
    types.map(({ category_id, units }) => ({ category: category_id, month, units })),
  );
  return seasonsOf(sold, (await catalogue(context)).categories);
}

type Categories = Awaited<ReturnType<typeof catalogue>>['categories'];

function seasonsOf(sold: readonly MonthUnits[], categories: Categories): SeasonRow[] {
  const whole = wholeYears(sold.map(({ month }) => month));
  const units = new Map<string, number[]>();
  for (const of of sold) {
    if (of.category === undefined || !whole.has(of.month.slice(0, 4))) continue;
    const months = units.get(of.category) ?? Array<number>(MONTHS).fill(0);
    const month = Number(of.month.slice(5)) - 1;
    months[month] = (months[month] ?? 0) + of.units;
    units.set(of.category, months);
  }
  return [...categories.values()].map(({ category_id, category_name, seasonal_multipliers }) =>
    seasonOf({ category_id, category_name }, seasonal_multipliers, units.get(category_id) ?? null),
  );
}

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
