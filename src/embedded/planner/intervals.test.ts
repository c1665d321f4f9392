import fc from 'fast-check';
import { expect, test } from 'vitest';
import { covers, type Interval, intersection, intervalOf, point, union } from './intervals.ts';

const NUMBERS = 30;

/** Sorted sets, as predicates give them. */
const sets = fc
  .array(
    fc
      .tuple(fc.nat(NUMBERS), fc.nat(4), fc.boolean(), fc.boolean())
      .map(([low, length, withLow, withHigh]) =>
        length === 0
          ? point(low)
          : intervalOf({ value: low, inclusive: withLow }, { value: low + length, inclusive: withHigh }),
      ),
    { maxLength: 8 },
  )
  .map(union);

/** Halves too, so that what lies between two neighbours is seen. */
const holds = (set: readonly Interval[]): boolean[] =>
  Array.from({ length: (NUMBERS + 6) * 2 }, (_, k) => {
    const [{ from }] = [point(k / 2)];
    return set.some((interval) => Buffer.compare(interval.from, from) <= 0 && Buffer.compare(from, interval.to) < 0);
  });

test('[ES9] what two sets of intervals share is what both of them hold', () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [inA, inB] = [holds(a), holds(b)];
      expect(holds(intersection(a, b))).toEqual(inA.map((isIn, k) => isIn && inB[k]));
    }),
  );
});

test('[ES9] a set covers another one where each of its intervals lies in one of the first', () => {
  fc.assert(
    fc.property(sets, sets, (outer, inner) => {
      const isInside = (small: Interval) =>
        outer.some((large) => Buffer.compare(large.from, small.from) <= 0 && Buffer.compare(small.to, large.to) <= 0);
      expect(covers(outer, inner)).toBe(inner.every(isInside));
    }),
  );
});

test('[ES16] two sets of 100,000 points are met in one walk', () => {
  const points = (step: number) => union(Array.from({ length: 100_000 }, (_, k) => point(k * step)));
  const startedAt = process.cpuUsage();
  expect(intersection(points(2), points(3))).toHaveLength(Math.ceil(100_000 / 3));
  const { user } = process.cpuUsage(startedAt);
  expect(user / 1000).toBeLessThan(10_000);
});
