import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encode, locateField } from './codec.ts';
import { compareForSort } from './compare.ts';
import { compareBytes, type Direction, encodeKey, KeyWriter, keyTypes, prefixEnd, typeBounds } from './keys.ts';
import { anyNumber, anyValue } from './values.arbitrary.ts';
import { type BsonValue, Decimal128, Double } from './values.ts';

/** −1, 0 or 1, never −0. */
const sign = (value: number): number => Math.sign(value) + 0;
const show = (value: unknown): string => Buffer.from(encode({ value: value as BsonValue })).toString('hex');

describe('encodeKey', () => {
  test('bytes order as MongoDB orders the values', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        const expected = sign(compareForSort(a, b));
        expect(sign(compareBytes(encodeKey([a]), encodeKey([b]))), `${show(a)} ${show(b)}`).toBe(expected);
        expect(sign(compareBytes(encodeKey([a], [-1]), encodeKey([b], [-1]))) + 0).toBe(-expected + 0);
      }),
      { numRuns: 3000 },
    );
  });

  test('numbers of all types order by their exact value', () => {
    fc.assert(
      fc.property(anyNumber, anyNumber, (a, b) => {
        expect(sign(compareBytes(encodeKey([a]), encodeKey([b]))), `${a} ${b}`).toBe(sign(compareForSort(a, b)));
      }),
      { numRuns: 5000 },
    );
  });

  test.each<[string, BsonValue[]]>([
    [
      '2^53 and its neighbours',
      [2n ** 53n - 1n, 2 ** 53, 2n ** 53n + 1n, Decimal128.fromString('9007199254740993.5'), 2n ** 53n + 2n],
    ],
    [
      'around zero',
      [new Double(-1), -5e-324, Decimal128.fromString('-1E-400'), 0, Decimal128.fromString('1E-400'), 5e-324],
    ],
    [
      'the ends',
      [
        Number.NaN,
        Number.NEGATIVE_INFINITY,
        Decimal128.fromString('-1E400'),
        -Number.MAX_VALUE,
        Number.MAX_VALUE,
        Decimal128.fromString('1E400'),
        Number.POSITIVE_INFINITY,
      ],
    ],
    ['0.1', [Decimal128.fromString('0.1'), 0.1, Decimal128.fromString('0.10000000000000001')]],
  ])('%s', (_what, ascending) => {
    const keys = ascending.map((value) => encodeKey([value]));
    for (let k = 1; k < keys.length; k++) expect(compareBytes(keys[k - 1]!, keys[k]!)).toBeLessThan(0);
  });

  test('equal numbers of different types have the same key', () => {
    const ones = [1, 1n, new Double(1), Decimal128.fromString('1.00'), Decimal128.fromString('10E-1')];
    for (const one of ones) expect(encodeKey([one])).toEqual(encodeKey([1]));
    expect(encodeKey([new Double(-0)])).toEqual(encodeKey([0]));
    expect(encodeKey([Decimal128.fromString('NaN')])).toEqual(encodeKey([Number.NaN]));
    expect(encodeKey([2n ** 53n + 1n])).toEqual(encodeKey([Decimal128.fromString('9007199254740993')]));
  });

  test('compound keys order field by field, each in its direction', () => {
    const directions = fc.array(fc.constantFrom<Direction>(1, -1), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(anyValue, { minLength: 3, maxLength: 3 }),
        fc.array(anyValue, { minLength: 3, maxLength: 3 }),
        directions,
        fc.nat(3),
        (a, b, ways, shared) => {
          for (let k = 0; k < shared; k++) b[k] = a[k]!;
          let expected = 0;
          for (let k = 0; k < 3 && expected === 0; k++) expected = sign(compareForSort(a[k], b[k])) * ways[k]!;
          expect(sign(compareBytes(encodeKey(a, ways), encodeKey(b, ways))) + 0).toBe(expected + 0);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('no key is a prefix of the key of another value', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (a, b) => {
        if (compareForSort(a, b) === 0) return;
        const [left, right] = [encodeKey([a]), encodeKey([b])];
        expect(Buffer.from(left.subarray(0, right.length)).equals(right)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('a key made from raw bytes equals the key of the decoded value', () => {
    const writer = new KeyWriter();
    fc.assert(
      fc.property(anyValue, fc.constantFrom<Direction>(1, -1), (value, direction) => {
        const raw = encode({ value });
        const found = locateField(raw, 'value')!;
        writer.length = 0;
        writer.element(raw, found.type, found.valueAt, direction);
        expect(Buffer.from(writer.take()).equals(encodeKey([value], [direction]))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('bounds', () => {
  test('prefixEnd is above every key with the prefix and at or below every greater key', () => {
    expect(prefixEnd(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 3));
    expect(prefixEnd(Uint8Array.of(1, 0xff))).toEqual(Uint8Array.of(2));
    expect(prefixEnd(Uint8Array.of(0xff, 0xff))).toBeNull();
  });

  test('typeBounds hold exactly the values of their type, in both directions', () => {
    for (const direction of [1, -1] as const) {
      const { from, to } = typeBounds('number', direction);
      for (const [value, inside] of [
        [Number.NaN, true],
        [Number.POSITIVE_INFINITY, true],
        [5n, true],
        ['5', false],
        [null, false],
      ] as const) {
        const key = encodeKey([value], [direction]);
        expect(compareBytes(key, from) >= 0 && compareBytes(key, to) < 0).toBe(inside);
      }
    }
  });

  test('no type byte is 0x00 or 0xff in either direction', () => {
    for (const byte of Object.values(keyTypes)) {
      expect(byte).toBeGreaterThan(0);
      expect(byte).toBeLessThan(0xff);
    }
  });
});
