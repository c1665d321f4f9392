/** Stages and expressions that mingo answers as MongoDB does; see `mingo-differences.test.ts` for those that it does not. */
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { plainFilters, plainNumbers, plainTerms } from './plain.ts';

const paths = fc.constantFrom('a', 'b', 'c', 'b.a', 'a.c');
const field = paths.map((path) => `$${path}`);
const literal = plainTerms.map((value) => ({ $literal: value }));

/** A number, whatever the field holds. */
const numeric: fc.Arbitrary<unknown> = fc.oneof(
  plainNumbers,
  field.map((path) => ({ $cond: [{ $isNumber: path }, path, 1] })),
);

/** A string, whatever the field holds. */
const textual: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom('', 'a', 'a b', 'Zz', 'é'),
  field.map((path) => ({ $cond: [{ $eq: [{ $type: path }, 'string'] }, path, 'none'] })),
);

/** An array, whatever the field holds. */
const list: fc.Arbitrary<unknown> = field.map((path) => ({ $cond: [{ $isArray: path }, path, [1, 'b']] }));

const nonEmptyList = list.map((one) => ({ $concatArrays: [one, ['x']] }));

const dated: fc.Arbitrary<unknown> = fc.constantFrom(
  new Date('2024-02-29T13:14:15.016Z'),
  new Date('2023-12-31T23:59:59.999Z'),
  new Date('1969-07-20T20:17:40Z'),
);

export const plainExpressions: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 4, arbitrary: field },
    { weight: 2, arbitrary: literal },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$cmp'),
          fc.oneof(fc.tuple(numeric, numeric), fc.tuple(textual, textual)),
        )
        .map(([name, pair]) => ({ [name]: pair })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('any'), tie('any'), tie('any')).map(([test, yes, no]) => ({ $cond: [test, yes, no] })),
    },
    { weight: 1, arbitrary: fc.tuple(field, tie('any')).map(([a, b]) => ({ $ifNull: [a, b] })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('$and', '$or'), tie('any'), tie('any'))
        .map(([name, a, b]) => ({ [name]: [a, b] })),
    },
    { weight: 1, arbitrary: numeric.map((a) => ({ $not: [a] })) },
    { weight: 1, arbitrary: field.map((a) => ({ $isArray: [a] })) },
    { weight: 1, arbitrary: field.map((a) => ({ $isNumber: a })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('$add', '$multiply', '$subtract'), numeric, numeric)
        .map(([name, a, b]) => ({ [name]: [a, b] })),
    },
    { weight: 1, arbitrary: numeric.map((a) => ({ $divide: [a, 4] })) },
    { weight: 1, arbitrary: fc.tuple(numeric, fc.constantFrom(2, 3)).map(([a, b]) => ({ $mod: [a, b] })) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('$abs', '$ceil', '$floor'), numeric).map(([name, a]) => ({ [name]: a })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('$trunc', '$round'), numeric).map(([name, a]) => ({ [name]: [a, 0] })),
    },
    { weight: 2, arbitrary: fc.tuple(textual, textual).map(([a, b]) => ({ $concat: [a, b] })) },
    { weight: 1, arbitrary: textual.map((a) => ({ $strLenCP: a })) },
    { weight: 1, arbitrary: fc.constantFrom('', 'a', 'aB c').map((a) => ({ $toUpper: a })) },
    { weight: 1, arbitrary: textual.map((a) => ({ $split: [a, ' '] })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(textual, fc.nat({ max: 2 }), fc.nat({ max: 3 }))
        .map(([a, from, length]) => ({ $substrCP: [a, from, length] })),
    },
    { weight: 1, arbitrary: fc.tuple(textual, textual).map(([a, b]) => ({ $indexOfBytes: [a, b] })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('$size', '$reverseArray', '$first', '$last'), nonEmptyList)
        .map(([name, a]) => ({ [name]: a })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(list, fc.integer({ min: -3, max: 3 })).map(([a, at]) => ({ $arrayElemAt: [a, at] })),
    },
    { weight: 1, arbitrary: fc.tuple(list, list).map(([a, b]) => ({ $concatArrays: [a, b] })) },
    { weight: 1, arbitrary: fc.tuple(list, literal).map(([a, b]) => ({ $in: [b, a] })) },
    { weight: 1, arbitrary: fc.tuple(list, fc.integer({ min: 1, max: 3 })).map(([a, n]) => ({ $slice: [a, n] })) },
    { weight: 1, arbitrary: list.map((a) => ({ $map: { input: a, as: 'x', in: { v: '$$x' } } })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(list, literal)
        .map(([a, b]) => ({ $filter: { input: a, as: 'x', cond: { $ne: ['$$x', b] } } })),
    },
    {
      weight: 1,
      arbitrary: list.map((a) => ({
        $reduce: {
          input: a,
          initialValue: 0,
          in: { $add: ['$$value', { $cond: [{ $isNumber: '$$this' }, '$$this', 1] }] },
        },
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 5 }))
        .map(([a, b]) => ({ $range: [a, b] })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            '$year',
            '$month',
            '$dayOfMonth',
            '$hour',
            '$minute',
            '$second',
            '$millisecond',
            '$dayOfWeek',
            '$dayOfYear',
            '$isoWeek',
            '$isoWeekYear',
            '$isoDayOfWeek',
          ),
          dated,
        )
        .map(([name, a]) => ({ [name]: a })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(dated, fc.constantFrom('day', 'hour', 'week', 'minute'), fc.integer({ min: -13, max: 13 }))
        .map(([startDate, unit, amount]) => ({ $dateAdd: { startDate, unit, amount } })),
    },
    {
      weight: 1,
      arbitrary: dated.map((date) => ({ $dateToString: { date, format: '%Y-%m-%dT%H:%M:%S.%LZ' } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(numeric, tie('any'), tie('any'))
        .map(([test, a, b]) => ({ $cond: [{ $gt: [test, 0] }, { x: a, y: [b] }, 'none'] })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('any'), tie('any')).map(([a, b]) => {
        // biome-ignore lint/suspicious/noThenProperty: MongoDB's own name.
        const branch = { case: { $isArray: '$a' }, then: a };
        return { $switch: { branches: [branch], default: b } };
      }),
    },
  ),
})).any;

export const plainAccumulators: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(fc.constantFrom('$sum', '$avg'), numeric).map(([name, of]) => ({ [name]: of })),
  fc.tuple(fc.constantFrom('$min', '$max'), numeric).map(([name, of]) => ({ [name]: of })),
  fc
    .tuple(fc.constantFrom('$first', '$last', '$push'), fc.oneof(numeric, literal))
    .map(([name, of]) => ({ [name]: of })),
  fc.constant({ $count: {} }),
);

export const plainDomain = {
  filters: plainFilters,
  values: plainTerms,
  expressions: plainExpressions,
  accumulators: plainAccumulators,
  coarse: (key: unknown) => ({ $isArray: [key] }),
  without: new Set(['joins', 'dotted', '$count', 'odd $unwind', 'odd $sort']),
};
