/** Random filters over the fields of `values.ts`. Some are refused; then every plan must refuse them alike. */

import fc from 'fast-check';
import { BSONRegExp, type Document } from 'mongodb';
import { numbers, scalars, values } from './values.ts';

export const paths: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 3, arbitrary: fc.constantFrom('a.b', 'b.a', 'a.c', 'a.b.c') },
);

const operand = fc.oneof({ weight: 5, arbitrary: scalars }, { weight: 2, arbitrary: values });
const numeric = fc.oneof({ weight: 4, arbitrary: numbers }, { weight: 1, arbitrary: scalars });

const regexes = fc.constantFrom('^a', 'a', '^A', 'b$', '^', '^a\\b', '^ab|b', '^\\u{1f600}');

const comparisons: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(fc.constantFrom('$eq', '$ne'), operand).map(([name, value]) => ({ [name]: value })),
  fc.tuple(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), operand).map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(fc.constantFrom('$gt', '$gte'), numeric, fc.constantFrom('$lt', '$lte'), numeric)
    .map(([low, from, high, to]) => ({ [low]: from, [high]: to })),
  fc
    .tuple(fc.constantFrom('$in', '$nin'), fc.array(operand, { maxLength: 3 }))
    .map(([name, list]) => ({ [name]: list })),
  fc.boolean().map((exists) => ({ $exists: exists })),
  fc
    .constantFrom<unknown>('number', 'string', 'object', 'array', 'null', 'int', 'long', 'double', 'decimal', [
      'bool',
      'date',
    ])
    .map((type) => ({ $type: type })),
  fc
    .tuple(regexes, fc.constantFrom('', 'i'))
    .map(([pattern, options]) => ({ $regex: new BSONRegExp(pattern, options) })),
  fc.tuple(fc.constantFrom(2, 3), fc.constantFrom(0, 1)).map(([by, rest]) => ({ $mod: [by, rest] })),
  fc.integer({ min: 0, max: 2 }).map((size) => ({ $size: size })),
  fc.array(operand, { maxLength: 2 }).map((list) => ({ $all: list })),
);

const elementMatch: fc.Arbitrary<Document> = fc.oneof(
  comparisons.map((inner) => ({ $elemMatch: inner })),
  fc
    .tuple(fc.constantFrom('b', 'c', 'a'), comparisons, fc.option(comparisons))
    .map(([name, first, second]) => ({ $elemMatch: { [name]: first, ...(second === null ? {} : { c: second }) } })),
);

const predicate: fc.Arbitrary<Document> = fc
  .tuple(
    paths,
    fc.oneof(
      { weight: 3, arbitrary: operand },
      { weight: 8, arbitrary: comparisons },
      { weight: 2, arbitrary: elementMatch },
      { weight: 1, arbitrary: comparisons.map((inner) => ({ $not: inner })) },
      { weight: 1, arbitrary: regexes.map((pattern) => new BSONRegExp(pattern, '')) },
    ),
  )
  .map(([path, condition]) => ({ [path]: condition }));

const expressions: fc.Arbitrary<Document> = fc
  .tuple(fc.constantFrom('$eq', '$gt', '$lte', '$ne'), paths, scalars)
  .map(([name, path, value]) => ({ $expr: { [name]: [`$${path}`, { $literal: value }] } }));

export const filters: fc.Arbitrary<Document> = fc.letrec<{ filter: Document }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 5, arbitrary: fc.array(predicate, { minLength: 0, maxLength: 3 }).map(merged) },
    { weight: 1, arbitrary: expressions },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('$or', '$and', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([name, list]) => ({ [name]: list })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(predicate, fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([first, list]) => ({ ...first, $or: list })),
    },
  ),
})).filter;

/** Two conditions on one field become an `$and`. */
function merged(list: readonly Document[]): Document {
  const fields = list.flatMap((one) => Object.keys(one));
  return new Set(fields).size === fields.length ? Object.assign({}, ...list) : { $and: [...list] };
}
