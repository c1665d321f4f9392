/**
 * Keeps the summary: months are marked when something of them changed, and made anew from the raw documents. A month that was
 * marked again while it was made stays marked, so whatever is told twice, late or out of turn, the figures come out right.
 */
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { OnProgress } from '../progress.ts';
import {
  figuresOf,
  isExact,
  type MonthFigures,
  type MonthlySales,
  type Months,
  monthlySales,
  NO_SALES,
  wholeCompany,
} from './monthly-sales.ts';

/** More months than these are read in one go. */
const RANGES_MAX = 3;
const MAX_TIME_MS = 120_000;

export interface StoreMonth {
  readonly store_id: string;
  readonly month: string;
}

export const idOf = ({ store_id, month }: StoreMonth): string => `${store_id}:${month}`;

export async function markMonths(db: Db, months: Iterable<StoreMonth>): Promise<void> {
  const byId = new Map([...months].map((month) => [idOf(month), month]));
  if (byId.size === 0) return;
  await monthlySales(db).bulkWrite(
    [...byId].map(([_id, { store_id, month }]) => ({
      updateOne: {
        filter: { _id },
        update: { $inc: { marked: 1 }, $setOnInsert: { store_id, month, made_at_mark: 0, ...NO_SALES } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}

/** As {@link markMonths}, of all months that have a summary. */
export async function markAll(db: Db): Promise<void> {
  await monthlySales(db).updateMany({}, { $inc: { marked: 1 } });
}

/** Makes the marked months anew. Returns how many. */
export async function makeMarked(db: Db, signal?: AbortSignal, onProgress?: OnProgress): Promise<number> {
  const marked = (await monthlySales(db).find().toArray()).filter((summary) => !isExact(summary));
  let made = 0;
  for (const months of rangesOf(marked.map(({ month }) => month))) {
    signal?.throwIfAborted();
    const figures = await figuresOf(wholeCompany(db, MAX_TIME_MS), months);
    const within = marked.filter(({ month }) => month >= months.first && month <= months.last);
    await monthlySales(db).bulkWrite(
      within.map(
        ({ _id, marked: mark }): AnyBulkWriteOperation<MonthlySales> => ({
          // Marked again meanwhile, it stays for the next time.
          updateOne: {
            filter: { _id, marked: mark },
            update: { $set: { ...(figures.get(_id) ?? NO_SALES), made_at_mark: mark } },
          },
        }),
      ),
      { ordered: false },
    );
    made += within.length;
    onProgress?.({ phase: 'summaries', done: made, total: marked.length, unit: 'months' });
  }
  return made;
}

/** Marks every month that has orders or a summary, and makes them all. Others may go on writing. */
export async function rebuildSummaries(
  db: Db,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {},
): Promise<number> {
  const found = await db
    .collection('orders')
    .aggregate<{ _id: StoreMonth }>(
      [{ $group: { _id: { store_id: '$store_id', month: { $substrBytes: ['$order_date', 0, 7] } } } }],
      { maxTimeMS: MAX_TIME_MS, batchSize: 10_000 },
    )
    .toArray();
  const before = await monthlySales(db)
    .find({}, { projection: { _id: 0, store_id: 1, month: 1 } })
    .toArray();
  signal?.throwIfAborted();
  await markMonths(db, [...found.map(({ _id }) => _id), ...before]);
  return await makeMarked(db, signal, onProgress);
}

/** A few months each by themselves, many in one go. */
function rangesOf(months: readonly string[]): Months[] {
  const distinct = [...new Set(months)].sort();
  if (distinct.length <= RANGES_MAX) return distinct.map((month) => ({ first: month, last: month }));
  return [{ first: distinct[0] as string, last: distinct.at(-1) as string }];
}

export interface SummaryDifference {
  /** `store_seattle:2026-11` */
  readonly summary: string;
  readonly expected: MonthFigures;
  /** Null where the month has no summary. */
  readonly found: MonthFigures | null;
}

/** Holds every summary that claims to be exact against the raw documents. Null where there are none at all. */
export async function compareSummaries(
  db: Db,
): Promise<{ readonly summaries: number; readonly differences: readonly SummaryDifference[] } | null> {
  const before = await monthlySales(db).find().toArray();
  const [first, last] = [
    before.map(({ month }) => month).sort()[0],
    before
      .map(({ month }) => month)
      .sort()
      .at(-1),
  ];
  if (first === undefined || last === undefined) return null;
  const months = await monthsOfOrders(db, { first, last });
  const figures = await figuresOf(wholeCompany(db, MAX_TIME_MS), months);
  const after = new Map((await monthlySales(db).find().toArray()).map((summary) => [summary._id, summary]));
  const known = new Map(before.map((summary) => [summary._id, summary]));
  const differences: SummaryDifference[] = [];
  for (const id of new Set([...known.keys(), ...figures.keys()])) {
    const summary = known.get(id);
    const now = after.get(id);
    // What changes beside the comparison says nothing.
    if (now?.marked !== summary?.marked || (summary !== undefined && !isExact(summary))) continue;
    const expected = figures.get(id) ?? NO_SALES;
    const found = summary === undefined ? null : figuresIn(summary);
    if (JSON.stringify(found) !== JSON.stringify(expected)) differences.push({ summary: id, expected, found });
  }
  return { summaries: before.length, differences };
}

/** The months of the summaries, and those of orders beyond them. */
async function monthsOfOrders(db: Db, { first, last }: Months): Promise<Months> {
  const orders = db.collection<{ order_date: string }>('orders');
  const [oldest, newest] = await Promise.all(
    ([1, -1] as const).map((order_date) => orders.find().sort({ order_date }).limit(1).next()),
  );
  const of = (order: { order_date: string } | null | undefined, otherwise: string) =>
    order?.order_date.slice(0, 7) ?? otherwise;
  return {
    first: [first, of(oldest, first)].sort()[0] as string,
    last: [last, of(newest, last)].sort()[1] as string,
  };
}

const figuresIn = ({ orders, sales_cents, types }: MonthlySales): MonthFigures => ({
  orders,
  sales_cents,
  types: types.map(({ type_id, category_id, units, sales_cents: cents, cost_cents }) => ({
    type_id,
    category_id,
    units,
    sales_cents: cents,
    cost_cents,
  })),
});
