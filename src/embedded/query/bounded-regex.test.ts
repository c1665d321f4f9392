import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { beginStroke } from '../stroke.ts';
import { allMatches } from './bounded-regex.ts';
import { compileRegex } from './regex.ts';
import { regexCost } from './regex-cost.ts';

const LIMIT_REACHED = 51156;
const INVALID = 51091;

beforeEach(beginStroke);

test('[ES17] what takes the square or the cube of a long text is answered in time', () => {
  const spaces = `${' '.repeat(100_000)}x`;
  for (const [pattern, text] of [
    ['\\s+$', spaces],
    ['\\s*,\\s*$', spaces],
    ['a*a*b', 'a'.repeat(50_000)],
    ['(?i)(A+)+$', `${'a'.repeat(50_000)}!`],
  ] as const) {
    beginStroke();
    const startedAt = performance.now();
    try {
      expect(compileRegex(pattern, '').test(text)).toBe(false);
    } catch (error) {
      expect(error).toMatchObject({ code: LIMIT_REACHED });
    }
    expect(performance.now() - startedAt).toBeLessThan(1000);
  }
});

test('[ES17] what only backtracking can do has a time limit', () => {
  expect(() => compileRegex('(?=(a+))a*b\\1', '').test('a'.repeat(100_000))).toThrow('match limit exceeded');
  expect(compileRegex('(?=(a+))a*b\\1', '').test('aabaa')).toBe(true);
});

test('[ES17] counted repetitions are refused where written out they would be too large, as by PCRE', () => {
  expect(() => compileRegex('((a{1,100}){1,100}){1,100}', '')).toThrow('regular expression is too large');
  expect(() => compileRegex('(?:ab){40000}', '')).toThrow(expect.objectContaining({ code: INVALID }));
  expect(compileRegex('^(?:ab){3}$', '').test('ababab')).toBe(true);
});

test('the cost grows with each unbounded repetition, and without an anchor', () => {
  expect(regexCost('^abc').degree).toBe(0);
  expect(regexCost('abc').degree).toBe(1);
  expect(regexCost('^a.*c').degree).toBe(1);
  expect(regexCost('a.*b.*c').degree).toBe(3);
  expect(regexCost('\\.\\*[+*]').degree).toBe(1);
});

test('the engine of long texts finds what the other one finds', () => {
  const pattern = fc.constantFrom('a+b', 'a*c', '(ab)+$', '[ab]+c?', '^.*b', 'b.*c', 'x*', '(a|b)+c', 'c$');
  fc.assert(
    fc.property(
      pattern,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '😀'), maxLength: 40 }),
      (source, end) => {
        const text = `${' '.repeat(3000)}${end}`;
        const shape = (matches: Iterable<RegExpExecArray>) => [...matches].map((found) => [found.index, ...found]);
        expect(shape(allMatches(compileRegex(source, ''), text))).toEqual(
          shape(text.matchAll(new RegExp(source, 'gu'))),
        );
      },
    ),
    { numRuns: 150, seed: 7 },
  );
});
