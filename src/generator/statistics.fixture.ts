/** Tests whether observed counts agree with expected shares. Seeds are fixed, so an answer never changes by itself. */

/**
 * Pearson's statistic against its critical value for a chance of one in ten thousand (Wilson and Hilferty's
 * approximation). Bins of share 0 must be empty.
 */
export function agrees(observed: readonly number[], shares: readonly number[]): { agrees: boolean; report: string } {
  const total = observed.reduce((sum, count) => sum + count, 0);
  const shareSum = shares.reduce((sum, share) => sum + share, 0);
  let statistic = 0;
  let bins = 0;
  let impossible = 0;
  for (const [at, share] of shares.entries()) {
    const expected = (share / shareSum) * total;
    if (expected === 0) {
      impossible += observed[at] ?? 0;
      continue;
    }
    statistic += ((observed[at] ?? 0) - expected) ** 2 / expected;
    bins++;
  }
  const freedom = Math.max(1, bins - 1);
  const critical = freedom * (1 - 2 / (9 * freedom) + 3.719 * Math.sqrt(2 / (9 * freedom))) ** 3;
  return {
    agrees: statistic <= critical && impossible === 0,
    report: `chi-square ${statistic.toFixed(1)} against ${critical.toFixed(1)}, ${impossible} impossible; observed ${observed.join(' ')}`,
  };
}

/** Counts of `values` by bin. */
export function countsOf(values: Iterable<number>, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[value]! += 1;
  return counts;
}
