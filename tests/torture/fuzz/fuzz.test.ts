import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

/** Where an input once did harm: the seed, the first of the inputs that prepare what it needs, and how many. */
const ONCE_DID_HARM: readonly (readonly [seed: number, from: number, inputs: number])[] = [
  // $bsonSize of a document with the deprecated undefined was an InternalError.
  [78, 16_700, 150],
  // A scale of 7E+4996 became Infinity, and no bigint.
  [78, 76_350, 100],
  // A hint with a document that calls a field toString was an InternalError.
  [555_052, 604_200, 60],
  // A pipeline that begins with null closed its connection.
  [555_052, 864_450, 60],
  // Others waited for a second and more: a document that holds itself twice, a text replaced by more of itself …
  [555_052, 603_980, 40],
  [555_052, 159_980, 40],
  // … and arrays of a million elements, written to sixty documents of which sixteen were read at once.
  [555_052, 495_980, 40],
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
