import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { permissionsSchema } from '../../src/domain/index.ts';
import {
  faultNames,
  keptRuns,
  numbersOf,
  type PlanOptions,
  planOf,
  planOfKept,
  replayCommand,
  reportText,
  type Sabotage,
  type SimulationOptions,
  sabotages,
  shrink,
  simulate,
  stepKinds,
  worldOfSeed,
} from '../../src/simulation/index.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const SEEDS = Number(process.env['ZAVA_SIMULATION_SEEDS'] ?? 300);
const SEEDS_PER_TEST = 20;

const optionsOf = (world: Omit<PlanOptions, 'faults'>): SimulationOptions => ({
  ...world,
  faults: faultNames,
  permissions,
});

/** The story of the shortest run that breaks the same promise; empty where none breaks. */
function brokenStory(world: Omit<PlanOptions, 'faults'>): string {
  const options = optionsOf(world);
  if (simulate(options).violation === null) return '';
  const { options: smallest, report } = shrink(options, 150);
  return `${reportText(smallest, report, true)}\n\nAgain: ${replayCommand(smallest)}`;
}

describe('[SI2] [SY11] [GW8] whatever happens on the way, every promise holds', () => {
  test.each(keptRuns)('also in the run that once found: $broke', (kept) => {
    expect(brokenStory(planOfKept(kept))).toBe('');
  });

  test.each(Array.from({ length: Math.ceil(SEEDS / SEEDS_PER_TEST) }, (_, portion) => portion * SEEDS_PER_TEST))(
    'for the seeds after %i',
    (first) => {
      for (let seed = first + 1; seed <= Math.min(first + SEEDS_PER_TEST, SEEDS); seed++) {
        expect(brokenStory(worldOfSeed(seed))).toBe('');
      }
    },
    120_000,
  );
});

test('[SI1] the same options give the same run', () => {
  const options = optionsOf(worldOfSeed(10));
  expect(simulate(options)).toEqual(simulate(options));
});

test('[SI1] a step that is left out leaves the others as they were', () => {
  const options = { ...optionsOf(worldOfSeed(7)), faults: [] };
  const whole = simulate(options);
  const numbers = whole.steps.map(({ number }) => number).filter((number) => number % 2 === 0);
  const half = simulate({ ...options, only: numbers });
  expect(half.steps).toEqual(whole.steps.filter(({ number }) => number % 2 === 0));
});

/** Which promise each breaks: the sabotage must be seen for what it is. */
const breaks: Readonly<Record<Sabotage, readonly string[]>> = {
  deaf_clocks: ['seen'],
  forgotten_outbox: ['told', 'view'],
  forgotten_records: ['applied_once', 'told'],
  forgotten_shadows: ['view', 'position', 'scope', 'no_fault'],
  hasty_position: ['position'],
  kept_removals: ['position', 'scope'],
  open_rules: ['privacy'],
  torn_batches: ['view', 'position', 'scope'],
};

describe('[SI4] what is broken on purpose is found within a hundred seeds', () => {
  test.each(Object.entries(sabotages) as [Sabotage, string][])('%s: %s', (sabotage) => {
    const found = firstBroken(sabotage);
    expect(breaks[sabotage]).toContain(found?.violation?.promise);
  });

  test('[SI3] and is made small: the shortest run breaks the same promise, and can be played again', () => {
    const found = firstBroken('kept_removals');
    const { options, report } = shrink(found?.options as SimulationOptions, 150);
    expect(report.violation?.promise).toBe(found?.violation?.promise);
    expect(report.steps.length).toBeLessThan(60);
    const again = / --only (\S+)/.exec(replayCommand(options))?.[1] as string;
    expect(simulate({ ...options, only: numbersOf(again) as number[] })).toEqual(report);
  });
});

function firstBroken(sabotage: Sabotage) {
  for (let seed = 1; seed <= 100; seed++) {
    const options = { ...optionsOf(worldOfSeed(seed)), sabotage };
    const { violation } = simulate(options);
    if (violation !== null) return { options, violation };
  }
  return null;
}

test('[SI5] every kind of fault happens in the first hundred plans', () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 100; seed++) for (const { kind } of planOf(optionsOf(worldOfSeed(seed)))) kinds.add(kind);
  expect([...kinds].sort()).toEqual(Object.keys(stepKinds).sort());
});
