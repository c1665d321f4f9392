/**
 * Makes a failing run small: leaves out halves, quarters and at last single steps as long as the same promise breaks. The
 * steps that are left keep their numbers, so that the run can be played again by naming them.
 */
import type { FaultName } from './faults.ts';
import { kindOf, planOf } from './plan.ts';
import { type SimulationOptions, type SimulationReport, simulate } from './simulate.ts';

export interface ShrunkRun {
  readonly options: SimulationOptions;
  readonly report: SimulationReport;
  /** How many runs it took. */
  readonly tries: number;
}

const TRIES_MAX = 400;

/** `options` must break a promise. The same options shrink to the same run. */
export function shrink(options: SimulationOptions, triesMax = TRIES_MAX): ShrunkRun {
  const broken = simulate(options);
  const promise = broken.violation?.promise;
  let best: ShrunkRun = { options, report: broken, tries: 1 };
  let tries = 1;
  const attempt = (only: readonly number[], gateways: number): boolean => {
    if (tries >= triesMax) return false;
    tries += 1;
    const smaller = { ...options, gateways, only };
    const report = simulate(smaller);
    if (report.violation === null || report.violation.promise !== promise) return false;
    best = { options: smaller, report, tries };
    return true;
  };
  if (promise === undefined) return best;
  const { step } = broken.violation ?? {};
  let numbers = planOf(options)
    .map(({ number }) => number)
    .filter((number) => typeof step !== 'number' || number <= step);
  attempt(numbers, options.gateways);
  let portion = Math.ceil(numbers.length / 2);
  while (portion >= 1 && tries < triesMax) {
    let hasShrunk = false;
    for (let at = 0; at < numbers.length; ) {
      const rest = [...numbers.slice(0, at), ...numbers.slice(at + portion)];
      if (attempt(rest, best.options.gateways)) {
        numbers = rest;
        hasShrunk = true;
      } else at += portion;
    }
    if (portion === 1 && !hasShrunk) break;
    if (!hasShrunk || portion > 1) portion = Math.max(1, Math.floor(portion / 2));
  }
  if (options.gateways > 1) attempt(numbers, 1);
  return { ...best, options: { ...best.options, faults: faultsOf(best.options) }, tries };
}

/** Only those that the steps that are left need. */
function faultsOf(options: SimulationOptions): FaultName[] {
  const needed = new Set(planOf(options).flatMap((step) => kindOf(step).fault ?? []));
  return options.faults.filter((fault) => needed.has(fault));
}
