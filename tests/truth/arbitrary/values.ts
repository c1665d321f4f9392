/** Random values of every BSON type, from a small stock, so that equal and nearly equal ones meet often. */

import fc from 'fast-check';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';

const decimal = (text: string) => Decimal128.fromString(text);

export const numbers: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 4 }) },
  { weight: 2, arbitrary: fc.constantFrom(-1, 0, 1, 2).map((whole) => new Double(whole)) },
  { weight: 2, arbitrary: fc.constantFrom(0.5, 1.5, -0.5, 2.25) },
  { weight: 2, arbitrary: fc.constantFrom(-1, 0, 1, 2).map((whole) => Long.fromNumber(whole)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('0', '1', '1.0', '0.5', '1.5', '0.1', '-0', '2E+1', 'NaN', 'Infinity', '-Infinity')
      .map(decimal),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      new Double(-0),
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0.1,
      Long.fromString('9007199254740993'),
      9007199254740992,
      Long.fromString('9007199254740992'),
      decimal('9007199254740993'),
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      2 ** 63,
      2147483647,
      -2147483648,
      1e300,
      5e-324,
    ),
  },
);

export const texts: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'a',
  'A',
  'ab',
  'b',
  'é',
  'e\u0301',
  '\uff5e',
  '\u{1f600}',
  'a\0',
  'a\0b',
  'zz',
);

const others: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  true,
  false,
  new Date(0),
  new Date(1),
  new Date(-1),
  new Date(8.64e15),
  new ObjectId('000000000000000000000000'),
  new ObjectId('65a000000000000000000001'),
  new ObjectId('ffffffffffffffffffffffff'),
  new Binary(Buffer.from([]), 0),
  new Binary(Buffer.from([1]), 0),
  new Binary(Buffer.from([1]), 5),
  new Binary(Buffer.from([1, 2]), 0),
  new Binary(Buffer.alloc(16, 7), 4),
  new Timestamp({ t: 0, i: 1 }),
  new Timestamp({ t: 1, i: 0 }),
  new Timestamp({ t: 0xffffffff, i: 0xffffffff }),
  new BSONRegExp('a', ''),
  new BSONRegExp('^a', 'i'),
  new BSONSymbol('a'),
  new Code('f'),
  new Code('f', { a: 1 }),
  new MinKey(),
  new MaxKey(),
);

export const scalars: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: numbers },
  { weight: 3, arbitrary: texts },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: others },
);

export const names = ['a', 'b', 'c'] as const;

const documentOf = (value: fc.Arbitrary<unknown>, most = 2): fc.Arbitrary<Document> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), value), { maxLength: most, selector: ([name]) => name })
    .map((fields) => Object.fromEntries(fields));

/** Scalars, arrays and documents, three levels deep at most. */
export const values: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 8, arbitrary: scalars },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: documentOf(tie('value')) },
  ),
})).value;

/** A document's fields, without its `_id`. */
export const fields: fc.Arbitrary<Document> = documentOf(values, 3);

/** Documents with the `_id`s 0, 1, 2 …, as int32. */
export const documents = (most: number): fc.Arbitrary<Document[]> =>
  fc.array(fields, { maxLength: most }).map((list) => list.map((one, at) => ({ _id: new Int32(at), ...one })));
