import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', 'c') });

describe('the nearest word', () => {
  test.each([
    ['generat', 'generate'],
    ['indexs create', 'indexes create'],
    ['vaildate', 'validate'],
    ['EXPORT', 'export'],
  ])('[CLI10] for %s it is %s', (typed, meant) => {
    expect(nearest(typed, ['check', 'export', 'generate', 'indexes create', 'validate'])).toBe(meant);
  });

  test('[CLI10] a word far from all has none', () => {
    expect(nearest('frobnicate', ['check', 'export'])).toBeUndefined();
  });

  test('the distance is one of a metric: zero for equals, the same both ways, at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        const edits = editDistance(one, other);
        expect(edits === 0).toBe(one === other);
        expect(edits).toBe(editDistance(other, one));
        expect(edits).toBeLessThanOrEqual(Math.max(one.length, other.length));
        expect(edits).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
      }),
    );
  });
});
