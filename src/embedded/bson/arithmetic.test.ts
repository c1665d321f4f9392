import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  type BsonNumber,
  divide,
  multiply,
  remainder,
  round,
  Sum,
  subtract,
  wholeNumberOf,
} from './arithmetic.ts';
import { bsonTypeName, equalValues } from './compare.ts';
import { compareDecimals, decimalFromDouble, readDecimal, writeDecimal } from './decimal.ts';
import { Decimal128, Double } from './values.ts';

const decimal = (text: string) => Decimal128.fromString(text);
const shown = (value: BsonNumber | null) =>
  value === null ? null : `${bsonTypeName(value)} ${value instanceof Double ? value.value : value}`;

describe('result types', () => {
  test('the widest type of the operands is the type of the result', () => {
    expect(shown(add(1, 2))).toBe('int 3');
    expect(shown(add(1, 2n))).toBe('long 3');
    expect(shown(add(1, new Double(2)))).toBe('double 3');
    expect(shown(add(1.5, 1.5))).toBe('double 3');
    expect(shown(add(1n, 0.5))).toBe('double 1.5');
    expect(shown(add(decimal('1'), 2))).toBe('decimal 3');
    expect(shown(multiply(3, 2n))).toBe('long 6');
  });

  test('int32 overflow becomes int64, exactly', () => {
    expect(shown(add(2147483647, 1))).toBe('long 2147483648');
    expect(shown(subtract(-2147483648, 1))).toBe('long -2147483649');
    expect(shown(multiply(2147483647, 2147483647))).toBe('long 4611686014132420609');
  });

  test('int64 overflow becomes a double or is reported, as the caller says', () => {
    expect(shown(add(9223372036854775807n, 1))).toBe('double 9223372036854776000');
    expect(add(9223372036854775807n, 1, 'null')).toBeNull();
    expect(multiply(9223372036854775807n, 2n, 'null')).toBeNull();
  });

  test('a double that meets a decimal is taken with 15 significant digits', () => {
    expect(shown(add(decimal('1'), 1.5))).toBe('decimal 2.50000000000000');
    expect(shown(add(decimal('0'), 0.1))).toBe('decimal 0.100000000000000');
  });

  test('division gives a double or a decimal', () => {
    expect(shown(divide(6, 3))).toBe('double 2');
    expect(shown(divide(decimal('1'), 3))).toBe('decimal 0.3333333333333333333333333333333333');
    expect(shown(divide(decimal('6'), decimal('3')))).toBe('decimal 2');
  });

  test('a remainder has the sign of the dividend', () => {
    expect(shown(remainder(-5, 3))).toBe('int -2');
    expect(shown(remainder(5n, 3))).toBe('long 2');
    expect(shown(remainder(5.5, 2))).toBe('double 1.5');
    expect(shown(remainder(decimal('5.5'), 2))).toBe('decimal 1.5');
  });

  test('rounding goes half to even', () => {
    expect([0.5, 1.5, 2.5, -1.5].map((value) => shown(round(value, 0, 'halfEven')))).toEqual([
      'double 0',
      'double 2',
      'double 2',
      'double -2',
    ]);
    expect(shown(round(1.25, 1, 'halfEven'))).toBe('double 1.2');
    expect(shown(round(19.2567, 2, 'towardZero'))).toBe('double 19.25');
    expect(shown(round(1250, -2, 'halfEven'))).toBe('int 1200');
  });

  test('whole numbers are recognised in every type', () => {
    expect([3, 3n, new Double(3), decimal('3.0')].map(wholeNumberOf)).toEqual([3n, 3n, 3n, 3n]);
    expect([3.5, Number.NaN, decimal('1e30'), 'x', undefined].map(wholeNumberOf)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('decimals', () => {
  test('survive being read and written', () => {
    for (const text of [
      '0',
      '-0',
      '1.00',
      '-12.5E+100',
      '9.999999999999999999999999999999999E+6144',
      'NaN',
      '-Infinity',
      '1E-6176',
    ]) {
      expect(writeDecimal(readDecimal(decimal(text))).toString()).toBe(decimal(text).toString());
    }
  });

  test('results round half-even to 34 digits', () => {
    expect(shown(add(decimal('9999999999999999999999999999999999'), decimal('0.5')))).toBe(
      'decimal 1.000000000000000000000000000000000E+34',
    );
    expect(shown(multiply(decimal('9E+6144'), decimal('10')))).toBe('decimal Infinity');
  });

  test('addition and multiplication agree with whole numbers', () => {
    const wholes = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n });
    fc.assert(
      fc.property(wholes, wholes, (a, b) => {
        expect(equalValues(add(decimal(`${a}`), b), decimal(`${a + b}`))).toBe(true);
        expect(equalValues(multiply(decimal(`${a}`), b), decimal(`${a * b}`))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test('a double keeps its order as a decimal', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        if (a < b) expect(compareDecimals(decimalFromDouble(a), decimalFromDouble(b))).toBeLessThanOrEqual(0);
      }),
      { seed: 2 },
    );
  });
});

describe('a running sum', () => {
  const sumOf = (...values: BsonNumber[]) => {
    const sum = new Sum();
    for (const value of values) sum.add(value);
    return shown(sum.value);
  };

  test('has the widest type that was added', () => {
    expect(sumOf()).toBe('int 0');
    expect(sumOf(1, 2)).toBe('int 3');
    expect(sumOf(2147483647, 1)).toBe('long 2147483648');
    expect(sumOf(1, 2n)).toBe('long 3');
    expect(sumOf(1, new Double(2))).toBe('double 3');
    expect(sumOf(1.5, decimal('1'))).toBe('decimal 2.50000000000000');
    expect(sumOf(9223372036854775807n, 1)).toBe('double 9223372036854776000');
  });

  test('loses nothing to rounding between addends', () => {
    expect(sumOf(...Array.from({ length: 10 }, () => 0.1))).toBe('double 1');
    expect(sumOf(1e100, 1, -1e100)).toBe('double 1');
  });

  test('averages as a double', () => {
    const sum = new Sum();
    sum.add(1);
    sum.add(2);
    expect(shown(sum.average(2))).toBe('double 1.5');
  });
});
