import { Timings, timeMs } from './timings.ts';

/** One turn of one side: as many runs as fit into it, at least one. */
const TURN_MS = 150;
const TURN_RUNS_MAX = 200;
/** Before anything counts: until compilers and caches have seen the operation. */
const WARM_UP_MS = 2000;
const WARM_UP_RUNS_MIN = 2;
const WARM_UP_RUNS_MAX = 5000;

/** The same operation on both sides; each call is one run with fresh parameters. */
export interface Contest {
  readonly ours: () => Promise<unknown>;
  readonly theirs: (() => Promise<unknown>) | null;
}

export interface ContestTimings {
  readonly ours: Timings;
  readonly theirs: Timings | null;
}

/** The two sides take turns, and who begins changes from round to round: what disturbs the machine disturbs both. */
export async function runSideBySide({ ours, theirs }: Contest, rounds: number): Promise<ContestTimings> {
  const timings = { ours: new Timings(), theirs: theirs === null ? null : new Timings() };
  await turn(ours, WARM_UP_MS, WARM_UP_RUNS_MAX, WARM_UP_RUNS_MIN);
  if (theirs !== null) await turn(theirs, WARM_UP_MS, WARM_UP_RUNS_MAX, WARM_UP_RUNS_MIN);
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) timings.ours.addRound(await turn(ours));
    if (theirs !== null) timings.theirs?.addRound(await turn(theirs));
    if (round % 2 === 1) timings.ours.addRound(await turn(ours));
  }
  return timings;
}

async function turn(
  run: () => Promise<unknown>,
  turnMs = TURN_MS,
  runsMax = TURN_RUNS_MAX,
  runsMin = 1,
): Promise<number[]> {
  const latencies: number[] = [];
  const endsAt = performance.now() + turnMs;
  while (latencies.length < runsMin || (performance.now() < endsAt && latencies.length < runsMax)) {
    latencies.push(await timeMs(run));
  }
  return latencies;
}
