import type { Db } from 'mongodb';
import { queryOf } from '../../database/index.ts';
import type { Principal } from '../../domain/index.ts';

const MAX_TIME_MS = 60_000;
const QUERIES = [
  'today',
  'sales-by-month',
  'sales-by-hour',
  'inventory-value',
  'top-products',
  'sales-by-category',
  'seasons',
];

/**
 * Asks what the dashboard will ask, one after the other: the embedded server makes its columns at the first question, which
 * nobody who looks should wait for. `db` answers null once the company is being closed.
 */
export async function warmUp(db: () => Db | null): Promise<void> {
  const principal: Principal = { role: 'headquarters', userId: 'headquarters', stores: 'all' };
  for (const name of QUERIES) {
    const query = queryOf(name);
    const there = db();
    if (query === undefined || there === null) return;
    try {
      await query.run({ db: there, principal, maxTimeMS: MAX_TIME_MS }, query.parameters.parse({}));
    } catch {
      // Who asks next is told what is wrong.
      return;
    }
  }
}
