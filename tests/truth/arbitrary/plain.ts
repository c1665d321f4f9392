/**
 * Values and filters that mingo can stand in for MongoDB with: JSON's types and dates, arrays of scalars or of documents,
 * and no operator on a value for which `mingo-differences.test.ts` shows that mingo goes its own way.
 */
import fc from 'fast-check';
import type { Document } from 'mongodb';

export const plainNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -2, max: 4 }),
  fc.constantFrom(0.5, 1.5, -1.5, 100, 2 ** 31, 2 ** 40),
);

export const plainTexts: fc.Arbitrary<string> = fc.constantFrom('', 'a', 'A', 'ab', 'b', 'é', 'zz', 'a b');

const plainDates = fc.constantFrom(0, 1, 86_400_000 * 400).map((ms) => new Date(ms));

/** Without null. */
export const plainTerms: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: plainNumbers },
  { weight: 3, arbitrary: plainTexts },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: plainDates },
);

export const plainScalars: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: plainTerms },
  { weight: 1, arbitrary: fc.constant(null) },
);

const documentOf = (value: fc.Arbitrary<unknown>, least: number, most: number): fc.Arbitrary<Document> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), value), {
      minLength: least,
      maxLength: most,
      selector: ([name]) => name,
    })
    .map((fields) => Object.fromEntries(fields));

export const plainValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: plainScalars },
  { weight: 2, arbitrary: fc.array(plainScalars, { maxLength: 3 }) },
  { weight: 2, arbitrary: documentOf(plainScalars, 0, 2) },
  { weight: 2, arbitrary: fc.array(documentOf(plainScalars, 1, 2), { minLength: 1, maxLength: 3 }) },
);

export const plainDocuments = (most: number): fc.Arbitrary<Document[]> =>
  fc
    .array(documentOf(plainValues, 0, 3), { minLength: 1, maxLength: most })
    .map((list) => list.map((one, at) => ({ _id: at, ...one })));

const comparisons: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$ne'), plainTerms).map(([name, value]) => ({ [name]: value })),
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), plainTerms).map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(fc.constantFrom('$in', '$nin'), fc.array(plainTerms, { minLength: 1, maxLength: 3 }))
    .map(([name, list]) => ({ [name]: list })),
  fc.constantFrom('^a', 'a', 'b$', '^$').map((pattern) => ({ $regex: pattern })),
);

/** Those that mingo answers as MongoDB at the end of a plain field only. */
const wholeFieldOnly: fc.Arbitrary<Document> = fc.oneof(
  fc.constant({ $eq: null }),
  fc.constant({ $ne: null }),
  fc.array(plainScalars, { maxLength: 2 }).map((list) => ({ $eq: list })),
  fc.boolean().map((exists) => ({ $exists: exists })),
  fc.constant({ $type: 'array' }),
  fc.integer({ min: 0, max: 2 }).map((size) => ({ $size: size })),
);

const predicate: fc.Arbitrary<Document> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b', 'a.b', 'b.a', 'a.c'), fc.oneof(plainTerms, comparisons))
      .map(([path, condition]) => ({ [path]: condition })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b', 'c'), wholeFieldOnly)
      .map(([path, condition]) => ({ [path]: condition })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b', 'a.b'), comparisons)
      .map(([path, condition]) => ({ [path]: { $not: condition } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b'), comparisons, fc.option(comparisons))
      .map(([path, one, other]) => ({ [path]: { $elemMatch: { ...one, ...other } } })),
  },
);

export const plainFilters: fc.Arbitrary<Document> = fc.letrec<{ filter: Document }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 5, arbitrary: predicate },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('$or', '$and', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([name, list]) => ({ [name]: list })),
    },
  ),
})).filter;
