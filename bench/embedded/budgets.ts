/** The budgets of the design that this bench can judge, as functions from figures to a verdict. */

const RATIO_MAX = 2;
const DASHBOARD_MS_MAX = 50;

export interface Verdict {
  readonly budget: string;
  readonly kept: boolean;
}

export interface Pair {
  readonly oursMs: number;
  readonly theirsMs: number | null;
}

/** Point reads and inserts. Without PostgreSQL beside it there is nothing to judge. */
export function judgeRatio({ oursMs, theirsMs }: Pair): Verdict | null {
  if (theirsMs === null) return null;
  return { budget: `≤ ${RATIO_MAX} ×`, kept: oursMs <= RATIO_MAX * theirsMs };
}

/** Dashboard queries: faster than PostgreSQL, or below 50 ms. */
export function judgeDashboard({ oursMs, theirsMs }: Pair): Verdict | null {
  if (theirsMs === null && oursMs > DASHBOARD_MS_MAX) return null;
  return {
    budget: `< ${DASHBOARD_MS_MAX} ms or ≤ 1 ×`,
    kept: oursMs < DASHBOARD_MS_MAX || (theirsMs !== null && oursMs <= theirsMs),
  };
}

/** Beside any work. */
export const PING_MS_MAX = 100;
export const OPEN_MS_MAX = 1000;
export const RESIDENT_BYTES_MAX = 600e6;
