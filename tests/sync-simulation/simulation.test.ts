import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { permissionsSchema } from '../../src/domain/index.ts';
import {
  faultNames,
  keptSeeds,
  replayCommand,
  reportText,
  type SimulationOptions,
  shrink,
  simulate,
  worldOfSeed,
} from '../../src/simulation/index.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const SEEDS = Number(process.env['ZAVA_SIMULATION_SEEDS'] ?? 300);
const SEEDS_PER_TEST = 20;

const optionsOf = (world: ReturnType<typeof worldOfSeed>): SimulationOptions => ({
  ...world,
  faults: faultNames,
  permissions,
});

/** The story of the shortest run that breaks the same promise; empty where none breaks. */
function brokenStory(world: ReturnType<typeof worldOfSeed>): string {
  const options = optionsOf(world);
  if (simulate(options).violation === null) return '';
  const { options: smallest, report } = shrink(options, 150);
  return `${reportText(smallest, report, true)}\n\nAgain: ${replayCommand(smallest)}`;
}

describe('[SI2] [SY11] [GW8] whatever happens on the way, every promise holds', () => {
  test.each(keptSeeds)('also for seed $seed with $devices devices, which found: $broke', (kept) => {
    expect(brokenStory(kept)).toBe('');
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
