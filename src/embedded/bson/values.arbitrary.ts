/** Random BSON values for property tests: every type, and the corners where types and orders meet. */
import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  type BsonValue,
  Code,
  Decimal128,
  type Document,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from './values.ts';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const anyText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', 'a', 'ab', 'a\0', 'a\0b', 'é', '\u{1f600}', 'z'.repeat(40)),
);

/** Doubles in the form of `values.ts`. */
const doubleForm = (value: number): number | Double =>
  value === Math.trunc(value) && Math.abs(value) <= 0x7fffffff ? new Double(value) : value;

export const anyNumber: fc.Arbitrary<BsonValue> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer(),
  fc.double().map(doubleForm),
  fc.integer({ min: -5, max: 5 }).map((whole) => doubleForm(whole / 2)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, -(2n ** 53n) - 1n, 0n, 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.constantFrom(2 ** 53, 2 ** 63, -(2 ** 63), Number.MAX_VALUE, Number.MIN_VALUE, doubleForm(-0), 0.1, 1e-320),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -6176, max: 6111 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc
    .tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: -4, max: 2 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc
    .constantFrom(
      'NaN',
      'Infinity',
      '-Infinity',
      '0',
      '-0',
      '0.1',
      '0.10',
      '1E-6176',
      '9007199254740993',
      '1.7976931348623157E308',
      '1E309',
    )
    .map((text) => Decimal128.fromString(text)),
);

export const anyScalar: fc.Arbitrary<BsonValue> = fc.oneof(
  { weight: 4, arbitrary: anyNumber },
  { weight: 4, arbitrary: anyText },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 2,
    arbitrary: fc.date({ noInvalidDate: true }),
  },
  { weight: 2, arbitrary: bytesOf(12).map((bytes) => new ObjectId(bytes)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(0, 2, 4, 0x80))
      .map(([bytes, subtype]) => new Binary(bytes, subtype)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat({ max: 0xffffffff }), fc.nat({ max: 0xffffffff }))
      .map(([t, i]) => new Timestamp({ t, i })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'ab', '^x', ''), fc.constantFrom('', 'i', 'im'))
      .map(([pattern, options]) => new BSONRegExp(pattern, options)),
  },
  { weight: 1, arbitrary: anyText.map((text) => new BSONSymbol(text)) },
  { weight: 1, arbitrary: fc.constantFrom('f()', 'g').map((code) => new Code(code)) },
  { weight: 1, arbitrary: fc.constantFrom<BsonValue>(new MinKey(), new MaxKey()) },
);

const fieldName = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'c', '_id', 'é', 'store_id', '__proto__', 'x.y', '$z'),
  fc.string({ minLength: 1, maxLength: 6 }).filter((name) => !name.includes('\0') && !/^\d+$/.test(name)),
);

const documentOf = (value: fc.Arbitrary<BsonValue>): fc.Arbitrary<Document> =>
  fc.uniqueArray(fc.tuple(fieldName, value), { maxLength: 5, selector: ([name]) => name }).map((fields) => {
    const document: Document = {};
    for (const [name, value] of fields) {
      Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return document;
  });

export const anyValue: fc.Arbitrary<BsonValue> = fc.letrec<{ value: BsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: anyScalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: documentOf(tie('value')) },
  ),
})).value;

export const anyDocument: fc.Arbitrary<Document> = documentOf(anyValue);
