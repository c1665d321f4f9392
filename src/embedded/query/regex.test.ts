import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MongoError } from '../errors.ts';
import { compileRegex, regexPrefix } from './regex.ts';
import { backtrackingRisk } from './regex-cost.ts';

describe('expressions that could backtrack without end', () => {
  test.each([
    ['^(a+)+$', ''],
    ['(a|a)*b$', 'i'],
    ['^(\\w+\\s?)*$', 's'],
    ['(a*)*c', 'im'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'i'],
    ['.*.*.*.*x', ''],
    ['(x+x+)+y', ''],
  ])('/%s/%s answers at once', (pattern, options) => {
    const start = performance.now();
    compileRegex(pattern, options).test(`${'a'.repeat(2000)}!`);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('are refused where the linear engine cannot run them', () => {
    expect(() => compileRegex('(?=a)(a+)+$', '')).toThrow('is not supported by this server');
    expect(() => compileRegex('(a|b)+\\1$', '')).toThrow(MongoError);
    expect(() => compileRegex('(a?){60}a{60}', '')).toThrow(MongoError);
  });

  test('match the same as before', () => {
    expect(compileRegex('^(foo|bar)+$', 'i').test('FOObar')).toBe(true);
    expect(compileRegex('^([a-f]+-?)+$', 'i').test('AB-cd')).toBe(true);
    expect(compileRegex('^([a-f]+-?)+$', 'i').test('AB-xy')).toBe(false);
    expect(compileRegex('^(é+x?)+$', 'i').test('ÉéX')).toBe(true);
  });
});

test('ordinary expressions carry no risk', () => {
  for (const pattern of [
    '^abc',
    'foo.*bar',
    '(?:red|blue) hammer',
    '^[A-Z]{2}\\d+$',
    '(?=.*a)(?=.*b)',
    '[(a+)+]',
    '\\(a+\\)+',
  ]) {
    expect([pattern, backtrackingRisk(pattern)]).toEqual([pattern, 'none']);
  }
});

test('any pattern either compiles or is refused as MongoDB refuses', () => {
  const piece = fc.constantFrom(
    'a',
    '[a-c]',
    '(',
    ')',
    '[',
    ']',
    '*',
    '+',
    '?',
    '|',
    '\\',
    '\\d',
    '^',
    '$',
    '{2}',
    '{1,',
    '.',
    '(?i)',
    '(?<n>',
    '\\Q',
    '\\E',
    'é',
    '😀',
    '-',
    '#',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', 'i', 'x', 'ms', 'ix'), (pieces, options) => {
      try {
        compileRegex(pieces.join(''), options).test('aabbc é😀');
      } catch (error) {
        expect(error).toBeInstanceOf(MongoError);
      }
    }),
    { numRuns: 3000, seed: 5 },
  );
});

describe('the literal start of an expression', () => {
  test('serves an index only where it is certain', () => {
    expect(regexPrefix('^abc', '')).toEqual({ prefix: 'abc', exact: true });
    expect(regexPrefix('^abc.*x', '')).toEqual({ prefix: 'abc', exact: false });
    expect(regexPrefix('^abc*', '')).toEqual({ prefix: 'ab', exact: false });
    expect(regexPrefix('^a\\.b', '')).toEqual({ prefix: 'a.b', exact: true });
    expect(regexPrefix('^a\\d', '')).toEqual({ prefix: 'a', exact: false });
    for (const [pattern, options] of [
      ['abc', ''],
      ['^abc', 'i'],
      ['^a|b', ''],
      ['^', ''],
      ['^a*', ''],
    ] as const) {
      expect(regexPrefix(pattern, options)).toBeNull();
    }
  });

  test('is what every match starts with', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '+', '?', '\\.', '[ab]', '{2}'), maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 6 }),
        (tail, text) => {
          const prefix = regexPrefix(`^${tail}`, '');
          let regex: RegExp;
          try {
            regex = compileRegex(`^${tail}`, '');
          } catch {
            return;
          }
          if (prefix !== null && regex.test(text)) expect(text.startsWith(prefix.prefix)).toBe(true);
          if (prefix?.exact === true) expect(regex.test(text)).toBe(text.startsWith(prefix.prefix));
        },
      ),
      { numRuns: 2000, seed: 6 },
    );
  });
});
