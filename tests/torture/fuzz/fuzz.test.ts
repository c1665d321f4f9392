import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

/** Seeds and the first of the inputs that once did harm, whose neighbours prepare what it needs. */
const ONCE_DID_HARM: readonly (readonly [seed: number, from: number, inputs: number])[] = [
  // A `$reduce` that doubled an array, a text that doubled, a pattern that took the square of a text's length.
  [2, 8000, 2000],
  // Numbers without a whole value, of 64 bits, and documents where a flag stands.
  [4, 206_000, 1500],
];
const SEED = 20_261_122;
const INPUTS = 10_000;
const MINUTES_MAX = 5 * 60_000;

test.each([[SEED, 0, INPUTS] as const, ...ONCE_DID_HARM])(
  '[ES17] hostile bytes close their connection at worst: nobody else waits, no memory is lost, no fault is ours (seed %i from %i, %i inputs)',
  async (seed, from, inputs) => {
    const report = await fuzz({ seed, from, inputs });
    expect(report.violations).toEqual([]);
    expect(report.inputs).toBe(inputs);
    expect(report.answered).toBeGreaterThan(0);
    expect(report.closed).toBeGreaterThan(0);
  },
  MINUTES_MAX,
);
