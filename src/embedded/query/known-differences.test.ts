import { describe, expect, test } from 'vitest';
import { compileCollation } from '../bson/compare.ts';
import type { MongoError } from '../errors.ts';
import { compileFilter } from './filter.ts';
import { compileRegex } from './regex.ts';
import { parseTextOperator } from './text.ts';

const codeOf = (run: () => unknown) => {
  try {
    run();
    return 0;
  } catch (error) {
    return (error as MongoError).code;
  }
};

describe('known differences from MongoDB 8.0', () => {
  test('server-side JavaScript is refused', () => {
    expect(codeOf(() => compileFilter({ $where: 'this.a > 1' }))).toBe(2);
  });

  test.each(['$geoWithin', '$geoIntersects', '$near', '$nearSphere'])('%s is refused', (operator) => {
    expect(codeOf(() => compileFilter({ a: { [operator]: {} } }))).toBe(238);
  });

  test.each(['a*+b', '(?>a)b', '(?R)', '(?(1)a|b)', '\\Ga', 'a\\Kb', '\\X'])(
    'the regular expression %s is refused',
    (pattern) => {
      expect(codeOf(() => compileRegex(pattern, ''))).toBe(51091);
    },
  );

  test('a risky regular expression counts a character outside the basic plane as two', () => {
    expect(compileRegex('^(.+.?)+$', '').test('😀')).toBe(true);
    expect(compileRegex('^(?:a+|.)+$', '').test('😀')).toBe(true);
    expect(compileRegex('^.$', '').test('😀')).toBe(true);
    expect(compileRegex('^.(?:a+)*$', '').test('😀')).toBe(false);
  });

  test('text search in other languages than English is refused', () => {
    expect(codeOf(() => parseTextOperator({ $search: 'x', $language: 'german' }))).toBe(17262);
  });

  test('collations that JavaScript cannot express are refused', () => {
    for (const option of [{ strength: 4 }, { backwards: true }, { alternate: 'shifted', maxVariable: 'space' }]) {
      expect(codeOf(() => compileCollation({ locale: 'en', ...option }))).toBe(2);
    }
  });

  test('the explanation of a failed $not says no more than that its condition held', () => {
    expect(compileFilter({ a: { $not: { $gt: 1 } } }).explainMismatch({ a: 2 })).toEqual({
      operatorName: '$not',
      specifiedAs: { a: { $not: { $gt: 1 } } },
      reason: 'child expression matched',
    });
  });
});
