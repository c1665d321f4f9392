/** How much the properties try, and from which seed: the environment decides, see README.md. */
import fc from 'fast-check';
import { exact } from './servers.ts';

const SEED_DEFAULT = 8_0_27017;

const times = Number(process.env['ZAVA_TRUTH_RUNS'] ?? '1');
const given = process.env['ZAVA_TRUTH_SEED'];
/** One run repeats the same cases for all; more runs look for new ones. */
export const seed: number =
  given !== undefined ? Number(given) : times > 1 ? Math.floor(Math.random() * 0x7fffffff) : SEED_DEFAULT;

if (!(times > 0) || Number.isNaN(seed)) throw new Error('ZAVA_TRUTH_RUNS and ZAVA_TRUTH_SEED must be numbers.');

/** For the limit of a test's time: a run takes at most this. */
export const testMs: number = 60_000 * Math.max(1, times);

export interface Trial<T> {
  /** Cases of one run; `ZAVA_TRUTH_RUNS` multiplies them. */
  readonly cases: number;
  /** Cases that once failed: they are tried first, for ever. */
  readonly onceFailed?: readonly T[];
}

/** Holds `check` for random values; fast-check's report of a failure has the seed and a shrunk counterexample. */
export async function holds<T>(
  what: string,
  values: fc.Arbitrary<T>,
  { cases, onceFailed = [] }: Trial<T>,
  check: (value: T) => Promise<void> | void,
): Promise<void> {
  let tried = 0;
  const property = fc.asyncProperty(values, async (value) => {
    tried += 1;
    try {
      await check(value);
    } catch (error) {
      // fast-check's own text loses the types of numbers.
      throw new Error(`${(error as Error).message}\nThe case: ${exact(value)}`, { cause: error });
    }
  });
  await fc.assert(property, {
    seed,
    numRuns: Math.ceil(cases * times) + onceFailed.length,
    examples: onceFailed.map((value) => [value] as [T]),
    interruptAfterTimeLimit: testMs * 0.9,
    markInterruptAsFailure: false,
  });
  process.stdout.write(`truth: ${what}: ${tried} cases (seed ${seed})\n`);
}
