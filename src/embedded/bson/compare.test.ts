import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bsonTypeName,
  compareForSort,
  compareStrings,
  compareValues,
  compileCollation,
  equalValues,
  groupKey,
  typeOrder,
  typesOfAlias,
} from './compare.ts';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BsonUndefined,
  type BsonValue,
  Code,
  Decimal128,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from './values.ts';

const decimal = (text: string) => Decimal128.fromString(text);
const sign = (value: number) => Math.sign(value);

/** One value of each type, in the order of MongoDB's manual, "Comparison/Sort Order". */
const oneOfEachInOrder: BsonValue[] = [
  new MinKey(),
  BsonUndefined.value,
  null,
  5,
  'a',
  { a: 1 },
  [1],
  new Binary(Buffer.from('x')),
  new ObjectId('507f1f77bcf86cd799439011'),
  false,
  new Date(0),
  new Timestamp({ t: 1, i: 1 }),
  new BSONRegExp('a', ''),
  new Code('f'),
  new Code('f', { a: 1 }),
  new MaxKey(),
];

const numbers: fc.Arbitrary<BsonValue> = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0.1, 0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 2 ** 63, 0.5, 1),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 53n + 1n),
  fc.double().map((value) => new Double(value)),
  fc
    .constantFrom('0.1', '0', '-0', '1', '1.0', '1.00', 'NaN', 'Infinity', '9007199254740993', '1e400', '0.5')
    .map(decimal),
  fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([c, e]) => decimal(`${c}e${e}`)),
);
const scalars: fc.Arbitrary<BsonValue> = fc.oneof(
  numbers,
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ maxLength: 3 }).map((text) => new BSONSymbol(text)),
  fc.constantFrom(...oneOfEachInOrder),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => new Binary(bytes)),
  fc.integer({ min: 0, max: 5 }).map((time) => new Date(time)),
  fc.boolean(),
);
const values = fc.letrec<{ value: BsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }).map((object) => ({ ...object })),
  ),
})).value;

describe('the order of values', () => {
  test('types compare in the order of the manual', () => {
    for (const [i, a] of oneOfEachInOrder.entries()) {
      for (const [j, b] of oneOfEachInOrder.entries()) expect(sign(compareValues(a, b))).toBe(sign(i - j));
    }
  });

  test('is a total order: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        expect(sign(compareValues(a, b)) + sign(compareValues(b, a))).toBe(0);
        expect(compareValues(a, a)).toBe(0);
        const [low, middle, high] = [a, b, c].sort((x, y) => compareValues(x, y));
        expect(compareValues(low, middle)).toBeLessThanOrEqual(0);
        expect(compareValues(middle, high)).toBeLessThanOrEqual(0);
        expect(compareValues(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test('two values have the same group key exactly when they are equal', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        // Map equality: NaN is NaN, −0 is 0.
        const sameKey = new Set([groupKey(a), groupKey(b)]).size === 1;
        expect(sameKey).toBe(equalValues(a, b));
      }),
      { numRuns: 3000, seed: 2 },
    );
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(new Set([groupKey(a), groupKey(b)]).size === 1).toBe(equalValues(a, b));
      }),
      { numRuns: 5000, seed: 3 },
    );
  });

  test('1 is one value, whatever its numeric type', () => {
    const ones: BsonValue[] = [1, new Double(1), 1n, decimal('1'), decimal('1.00')];
    for (const a of ones) for (const b of ones) expect(equalValues(a, b)).toBe(true);
    expect(new Set(ones.map((one) => groupKey(one))).size).toBe(1);
  });

  test('numbers compare exactly: a double 0.1 lies above the decimal 0.1, and 2^53 + 1 is not 2^53', () => {
    expect(compareValues(0.1, decimal('0.1'))).toBeGreaterThan(0);
    expect(compareValues(2 ** 53, 2n ** 53n + 1n)).toBeLessThan(0);
    expect(compareValues(decimal('9007199254740993'), 2 ** 53)).toBeGreaterThan(0);
    expect(compareValues(decimal('9007199254740993'), 2n ** 53n + 1n)).toBe(0);
  });

  test('NaN is the lowest number and equals itself, also as a decimal', () => {
    expect(compareValues(Number.NaN, -Infinity)).toBeLessThan(0);
    expect(compareValues(Number.NaN, decimal('NaN'))).toBe(0);
    expect(compareValues(new Double(Number.NaN), 1n)).toBeLessThan(0);
  });

  test('strings compare by UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(sign(compareStrings(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    expect(compareStrings('\uff5e', '😀')).toBeLessThan(0);
  });

  test('documents compare field by field: type, then name, then value; fewer fields first', () => {
    expect(compareValues({ b: 1 }, { a: 'x' })).toBeLessThan(0);
    expect(compareValues({ a: 2 }, { b: 1 })).toBeLessThan(0);
    expect(compareValues({ a: 1 }, { a: 2 })).toBeLessThan(0);
    expect(compareValues({ a: 1 }, { a: 1, b: 1 })).toBeLessThan(0);
    expect(equalValues({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(false);
  });

  test('binary data compares by length, then subtype, then bytes', () => {
    const binary = (bytes: number[], subtype: number) => new Binary(Uint8Array.from(bytes), subtype);
    expect(compareValues(binary([9], 5), binary([0, 0], 0))).toBeLessThan(0);
    expect(compareValues(binary([9], 0), binary([0], 5))).toBeLessThan(0);
    expect(compareValues(binary([1], 0), binary([2], 0))).toBeLessThan(0);
  });

  test('a missing value is below null in aggregation and equal to it in a sort', () => {
    expect(compareValues(undefined, null)).toBeLessThan(0);
    expect(compareForSort(undefined, null)).toBe(0);
    expect(groupKey(undefined)).not.toBe(groupKey(null));
  });

  test('a document with a field named _bsontype stays a document', () => {
    expect(typeOrder({ _bsontype: 'ObjectId' })).toBe(20);
    expect(bsonTypeName({ _bsontype: 'Long' })).toBe('object');
  });
});

describe('type names', () => {
  test('each numeric form has its own name', () => {
    expect([1, 1.5, new Double(1), -0, 1n, decimal('1'), 2 ** 31].map((value) => bsonTypeName(value))).toEqual([
      'int',
      'double',
      'double',
      'double',
      'long',
      'decimal',
      'double',
    ]);
  });

  test('aliases and numbers are known, everything else is refused', () => {
    expect(typesOfAlias('number')).toEqual(['int', 'long', 'double', 'decimal']);
    expect(typesOfAlias(2)).toEqual(['string']);
    expect(typesOfAlias(-1)).toEqual(['minKey']);
    expect(() => typesOfAlias('text')).toThrow('Unknown type name alias: text');
    expect(() => typesOfAlias(99)).toThrow('Invalid numerical type code: 99');
  });
});

describe('collations', () => {
  test('strength decides what differs: base letters, accents, case', () => {
    const equal = (strength: number, a: string, b: string) =>
      compareValues(a, b, compileCollation({ locale: 'en', strength })) === 0;
    expect([
      equal(1, 'resume', 'Résumé'),
      equal(2, 'resume', 'Résumé'),
      equal(2, 'a', 'A'),
      equal(3, 'a', 'A'),
    ]).toEqual([true, false, true, false]);
  });

  test('caseLevel tells case apart without accents', () => {
    const collation = compileCollation({ locale: 'en', strength: 1, caseLevel: true });
    expect(equalValues('resume', 'résumé', collation)).toBe(true);
    expect(equalValues('a', 'A', collation)).toBe(false);
  });

  test('numericOrdering compares runs of digits as numbers', () => {
    expect(compareValues('10', '9', compileCollation({ locale: 'en', numericOrdering: true }))).toBeGreaterThan(0);
  });

  test('reaches into documents and arrays, and into group keys', () => {
    const collation = compileCollation({ locale: 'en', strength: 2 });
    expect(equalValues({ a: ['X'] }, { a: ['x'] }, collation)).toBe(true);
    expect(groupKey({ a: ['X'] }, collation)).toBe(groupKey({ a: ['x'] }, collation));
    expect(groupKey('X', collation)).toBe(groupKey('x', collation));
    expect(groupKey('X', collation)).not.toBe(groupKey('y', collation));
  });

  test('keys of strings are equal exactly for strings that compare equal, however many there are', () => {
    const collation = compileCollation({ locale: 'en', strength: 1 })!;
    const words = Array.from({ length: 5000 }, (_, i) => `w${(i * 7919) % 5000}`);
    for (const word of words) collation.keyOf(word);
    for (const word of words) expect(collation.keyOf(word.toUpperCase())).toBe(word);
    expect(new Set(words.map(collation.keyOf)).size).toBe(5000);
  });

  test('"simple" is no collation; an unknown locale and what cannot be done are refused', () => {
    expect(compileCollation({ locale: 'simple' })).toBeNull();
    expect(() => compileCollation({ locale: 'xx' })).toThrow("Field 'locale' is invalid");
    expect(() => compileCollation({ locale: 'en', strength: 4 })).toThrow('strength 4');
    expect(() => compileCollation({ locale: 'fr', backwards: true })).toThrow('backwards');
  });
});
