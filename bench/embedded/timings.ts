/** Latencies of one kind of operation in milliseconds, kept by round, so that a noisy round does not decide alone. */
export class Timings {
  readonly #rounds: number[][] = [];

  addRound(latenciesMs: number[]): void {
    if (latenciesMs.length > 0) this.#rounds.push(latenciesMs.toSorted((left, right) => left - right));
  }

  get count(): number {
    return this.#rounds.reduce((sum, round) => sum + round.length, 0);
  }

  /** The median of the rounds' medians. */
  get p50Ms(): number {
    return quantile(
      this.#rounds.map((round) => quantile(round, 0.5)).sort((left, right) => left - right),
      0.5,
    );
  }

  /** Over all runs of all rounds; of fewer than a hundred it is the slowest. */
  get p99Ms(): number {
    return quantile(
      this.#rounds.flat().sort((left, right) => left - right),
      0.99,
    );
  }
}

/** Of sorted values; the nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - (share === 0.5 ? 1 : 0))] ?? Number.NaN;
}

export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
