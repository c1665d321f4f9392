/** How the query library reads the summary: exact, or not at all. */
import type { Db } from 'mongodb';
import { type QueryContext, storeFilter } from '../queries/query.ts';
import { figuresOf, isExact, type MonthlySales, monthlySales, NO_SALES } from './monthly-sales.ts';

export const FOLLOWERS_COLLECTION = 'zava_summary_followers';
export const FOLLOWER = 'monthly_sales';

export interface FollowerState {
  readonly _id: string;
  /** Behind it nothing was heard yet. */
  readonly token: unknown;
  /** By the server's clock: every change up to then is marked. */
  readonly heard_at: Date;
}

/** Silent for longer, nobody keeps the summary, in milliseconds. */
const HEARD_MS_MAX = 10_000;
const STATUS_MAX_TIME_MS = 10_000;
/** With more months that have to be read from the raw documents the summary saves nothing. */
const MARKED_MONTHS_MAX = 2;

/** How long ago the newest change was heard, in milliseconds; null where nobody ever listened. */
async function silentMs(db: Db, maxTimeMS: number): Promise<number | null> {
  const [state] = await db
    .collection<FollowerState>(FOLLOWERS_COLLECTION)
    .aggregate<{ ms: number }>(
      [{ $match: { _id: FOLLOWER } }, { $project: { ms: { $subtract: ['$$NOW', '$heard_at'] } } }],
      { maxTimeMS },
    )
    .toArray();
  return state === undefined ? null : Number(state.ms);
}

export interface SummaryStatus {
  /** Months of stores; and those of them that are to be made anew. */
  readonly summaries: number;
  readonly marked: number;
  readonly silentMs: number | null;
  /** Whether questions are answered by them. */
  readonly isKept: boolean;
}

export async function summaryStatus(db: Db): Promise<SummaryStatus> {
  const [summaries, silent] = await Promise.all([monthlySales(db).find().toArray(), silentMs(db, STATUS_MAX_TIME_MS)]);
  return {
    summaries: summaries.length,
    marked: summaries.filter((one) => !isExact(one)).length,
    silentMs: silent,
    isKept: silent !== null && silent <= HEARD_MS_MAX,
  };
}

/**
 * The months of the stores that the principal may see, those that were marked a moment ago from the raw documents. Null where
 * nobody keeps the summary, or there is none: then the question is answered from the raw documents alone.
 */
export async function readMonthlySales(context: QueryContext, store?: string): Promise<readonly MonthlySales[] | null> {
  const { db, principal, maxTimeMS } = context;
  const scope = storeFilter(principal, store);
  const [silent, summaries] = await Promise.all([
    silentMs(db, maxTimeMS),
    monthlySales(db).find(scope, { maxTimeMS }).toArray(),
  ]);
  if (silent === null || silent > HEARD_MS_MAX || summaries.length === 0) return null;
  const marked = [...new Set(summaries.filter((one) => !isExact(one)).map(({ month }) => month))];
  if (marked.length > MARKED_MONTHS_MAX) return null;
  const fresh = await Promise.all(marked.map((month) => figuresOf(context, { first: month, last: month }, store)));
  const figures = new Map(fresh.flatMap((of) => [...of]));
  return summaries.map((one) => (isExact(one) ? one : { ...one, ...(figures.get(one._id) ?? NO_SALES) }));
}
