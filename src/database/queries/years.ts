import { z } from 'zod';
import type { YearOnYearRow } from '../../domain/index.ts';
import {
  cents,
  dayFilter,
  defineQuery,
  newestOrderAt,
  ofStore,
  type QueryContext,
  SOLD,
  storeFilter,
  yearBefore,
} from './query.ts';

const MONTHS = 12;

export const yearOnYear = defineQuery({
  name: 'year-on-year',
  summary: 'Each month of the newest order’s year against the year before, both up to the same day.',
  parameters: z.strictObject(ofStore),
  async run(context, { store }): Promise<YearOnYearRow[]> {
    const newest = await newestOrderAt(context, store);
    if (newest === null) return [];
    const to = newest.slice(0, 10);
    const year = Number(to.slice(0, 4));
    const [now, before] = await Promise.all([
      months(context, { from: `${year}-01-01`, to }, store),
      months(context, { from: `${year - 1}-01-01`, to: yearBefore(to) }, store),
    ]);
    const last = Number(to.slice(5, 7));
    return Array.from({ length: last }, (_, index) => {
      const key = String(index + 1).padStart(2, '0');
      const [one, other] = [now.get(`${year}-${key}`), before.get(`${year - 1}-${key}`)];
      const [sales, salesBefore] = [cents(one?.sales ?? 0), cents(other?.sales ?? 0)];
      return {
        month: `${year}-${key}`,
        sales,
        salesBefore,
        orders: one?.orders ?? 0,
        ordersBefore: other?.orders ?? 0,
        changePercent: salesBefore === 0 ? null : Math.round((sales / salesBefore - 1) * 1000) / 10,
        // Whether its last day is over is not known: the newest order's month counts as begun.
        isPartial: index + 1 === last,
      };
    });
  },
});

async function months(
  { db, principal, maxTimeMS }: QueryContext,
  days: { readonly from: string; readonly to: string },
  store: string | undefined,
) {
  const rows = await db
    .collection('orders')
    .aggregate<{ _id: string; sales: number; orders: number }>(
      [
        { $match: { ...storeFilter(principal, store), ...dayFilter(days, 'order_date'), ...SOLD } },
        {
          $group: {
            _id: { $substrBytes: ['$order_date', 0, 7] },
            sales: { $sum: '$subtotal' },
            orders: { $sum: 1 },
          },
        },
        { $limit: MONTHS },
      ],
      { maxTimeMS },
    )
    .toArray();
  return new Map(rows.map((row) => [row._id, row]));
}
