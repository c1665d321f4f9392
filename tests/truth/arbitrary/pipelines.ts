/**
 * Random pipelines whose answer does not depend on the order in which a plan reads documents, unless `isOrdered` says that
 * the pipeline begins with a sort by `_id`. Expressions are such that no value makes them fail: a stage that runs earlier
 * or later may fail on other documents, and MongoDB allows that.
 */
import fc from 'fast-check';
import type { Document } from 'mongodb';

/** What the pipelines are made of. */
export interface Domain {
  readonly filters: fc.Arbitrary<Document>;
  readonly values: fc.Arbitrary<unknown>;
  /** Operators of `$group` and of expressions that may be used. */
  readonly expressions: fc.Arbitrary<unknown>;
  readonly accumulators: fc.Arbitrary<Document>;
  readonly foreign: string;
  /** Turns a key into one that is the same for all values that are equal, also to their last digit. */
  readonly coarse: (key: unknown) => unknown;
  /** Stages that are left out, by name; `joins` are those by `localField`, `dotted` new fields inside of others,
   *  `odd $unwind` that of what is no array, and of fields inside of others,
   *  `odd $sort` that of other values than numbers. */
  readonly without: ReadonlySet<string>;
}

export interface RandomPipeline {
  readonly isOrdered: boolean;
  readonly stages: Document[];
}

const fields = ['a', 'b', 'c'] as const;
const fieldPaths = ['a', 'b', 'c', 'a.b', 'b.a', 'a.c'] as const;

export const paths: fc.Arbitrary<string> = fc.constantFrom(...fieldPaths);

/** Expressions that answer for every value. */
export const safeExpressions = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec<{ expression: unknown }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      { weight: 4, arbitrary: paths.map((path) => `$${path}`) },
      { weight: 2, arbitrary: values.map((value) => ({ $literal: value })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$cmp'),
            tie('expression'),
            tie('expression'),
          )
          .map(([name, a, b]) => ({ [name]: [a, b] })),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('expression'), tie('expression'), tie('expression'))
          .map(([test, yes, no]) => ({ $cond: [test, yes, no] })),
      },
      { weight: 1, arbitrary: fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => ({ $ifNull: [a, b] })) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('$and', '$or'), tie('expression'), tie('expression'))
          .map(([name, a, b]) => ({ [name]: [a, b] })),
      },
      { weight: 1, arbitrary: tie('expression').map((a) => ({ $not: [a] })) },
      { weight: 1, arbitrary: tie('expression').map((a) => ({ $isArray: [a] })) },
      { weight: 1, arbitrary: tie('expression').map((a) => ({ $isNumber: a })) },
      {
        weight: 1,
        arbitrary: paths.map((path) => ({
          $cond: [{ $isArray: `$${path}` }, { $map: { input: `$${path}`, in: { v: '$$this' } } }, '$$REMOVE'],
        })),
      },
      {
        weight: 1,
        arbitrary: paths.map((path) => ({
          $cond: [{ $isArray: `$${path}` }, { $size: `$${path}` }, { $literal: 'no array' }],
        })),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(paths, tie('expression')).map(([path, other]) => ({
          $cond: [
            { $isArray: `$${path}` },
            { $filter: { input: `$${path}`, cond: { $ne: ['$$this', other] } } },
            { $literal: [] },
          ],
        })),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => ({ x: a, y: [b] })),
      },
    ),
  })).expression;

const direction = fc.constantFrom(1, -1);

type Made = { stages: Document[]; unique: boolean; ordered: boolean; isGrouped?: boolean };
type Step = (before: Made) => Document[] | null;

/** One stage, made when it is known what the stream is like before it; null where it would not be determined. */
const steps = ({
  filters,
  values,
  expressions,
  accumulators,
  foreign,
  coarse,
  without,
}: Domain): fc.Arbitrary<{ make: Step; after: Partial<Made> }> =>
  fc.oneof(
    { weight: 5, arbitrary: filters.map((filter) => ({ make: () => [{ $match: filter }], after: {} })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.uniqueArray(fc.tuple(without.has('odd $sort') ? fc.constant('s') : paths, direction), {
            maxLength: 2,
            selector: ([path]) => path,
          }),
          direction,
          fc.option(fc.integer({ min: 0, max: 3 })),
          fc.option(fc.integer({ min: 1, max: 5 })),
        )
        .map(([parts, last, skip, limit]) => ({
          make: ({ unique }: Made) =>
            !unique
              ? null
              : [
                  ...(without.has('odd $sort') ? [{ $set: { s: { $cond: [{ $isNumber: '$a' }, '$a', 0] } } }] : []),
                  { $sort: { ...Object.fromEntries(parts), _id: last } },
                  ...(skip === null ? [] : [{ $skip: skip }]),
                  ...(limit === null ? [] : [{ $limit: limit }]),
                ],
          after: { ordered: true },
        })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$addFields', '$set'),
          without.has('dotted')
            ? fc.constantFrom<string>(...fields, 'd')
            : fc.constantFrom<string>(...fields, 'd', 'a.b', 'd.e'),
          expressions,
        )
        .map(([name, path, expression]) => ({ make: () => [{ [name]: { [path]: expression } }], after: {} })),
    },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(fc.constantFrom<string>('a', 'b', 'c.a', 'd'), { minLength: 1, maxLength: 3 })
        .chain((kept) =>
          fc.tuple(fc.constantFrom(0, 1), fc.option(expressions)).map(([mode, expression]) => ({
            make: () => [
              {
                $project: {
                  ...Object.fromEntries(kept.map((path) => [path, mode])),
                  ...(expression === null || mode === 0 ? {} : { e: expression }),
                },
              },
            ],
            after: {},
          })),
        ),
    },
    { weight: 1, arbitrary: paths.map((path) => ({ make: () => [{ $unset: path }], after: {} })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...fields, 'a.b'), fc.boolean(), fc.boolean())
        .map(([path, preserveNullAndEmptyArrays, withIndex]) => ({
          make: () => [
            ...(without.has('odd $unwind') ? [{ $match: { [path.slice(0, 1)]: { $type: 'array' } } }] : []),
            {
              $unwind: {
                path: `$${without.has('odd $unwind') ? path.slice(0, 1) : path}`,
                preserveNullAndEmptyArrays,
                ...(withIndex ? { includeArrayIndex: 'at' } : {}),
              },
            },
          ],
          after: { unique: false },
        })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(expressions, fc.uniqueArray(accumulators, { maxLength: 3, selector: (one) => Object.keys(one)[0] }))
        .map(([key, list]) => ({
          make: ({ ordered }: Made) => [
            {
              $group: {
                _id: ordered ? key : coarse(key),
                n: { $sum: 1 },
                ...(ordered ? Object.fromEntries(list.map((one) => [Object.keys(one)[0]!.slice(1), one])) : {}),
              },
            },
          ],
          after: { unique: true, ordered: false, isGrouped: true },
        })),
    },
    {
      weight: without.has('joins') ? 0 : 1,
      arbitrary: fc.constantFrom('a', 'b', 'b.a').map((localField) => ({
        make: () => [{ $lookup: { from: foreign, localField, foreignField: 'a', as: 'bag' } }],
        after: {},
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('a', 'b'), filters).map(([local, filter]) => ({
        make: () => [
          {
            $lookup: {
              from: foreign,
              let: { mine: { $ifNull: [`$${local}`, { $literal: 'nothing' }] } },
              pipeline: [
                {
                  $match: {
                    $expr: {
                      $eq: [without.has('joins') ? { $cond: [{ $isArray: '$b' }, 'list', '$b'] } : '$b', '$$mine'],
                    },
                  },
                },
                { $match: filter },
                { $project: { a: 1 } },
              ],
              as: 'bag',
            },
          },
        ],
        after: {},
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(filters, values).map(([filter, value]) => ({
        make: () => [
          { $unionWith: { coll: foreign, pipeline: [{ $match: filter }, { $set: { u: { $literal: value } } }] } },
        ],
        after: { unique: false, ordered: false },
      })),
    },
    {
      weight: without.has('$count') ? 0 : 1,
      arbitrary: fc.constant({ make: () => [{ $count: 'a' }], after: { unique: false } }),
    },
    {
      weight: 1,
      arbitrary: filters.map((filter) => ({
        make: ({ isGrouped }: Made) =>
          isGrouped
            ? null
            : [
                {
                  $facet: {
                    bag: [{ $match: filter }, { $project: { a: 1 } }],
                    n: [{ $group: { _id: null, n: { $sum: 1 } } }],
                  },
                },
              ],
        after: { unique: false, isGrouped: true },
      })),
    },
  );

/** `isNatural`: documents come in the order in which they were inserted, without a sort that says so. */
export const pipelines = (domain: Domain, isNatural = false): fc.Arbitrary<RandomPipeline> =>
  fc.tuple(fc.boolean(), fc.array(steps(domain), { minLength: 1, maxLength: 5 })).map(([isSorted, list]) => {
    const isOrdered = isSorted && !isNatural;
    let made: Made = {
      stages: isOrdered ? [{ $sort: { _id: 1 } }] : [],
      unique: true,
      ordered: isOrdered || isNatural,
    };
    for (const { make, after } of list) {
      const stages = make(made);
      if (stages !== null) made = { ...made, ...after, stages: [...made.stages, ...stages] };
    }
    return { isOrdered, stages: made.stages };
  });

/** Arrays whose order no stage promises, sorted: `bag` holds joined documents, `addToSet` a set. */
export function withoutBagOrder(document: Document, text: (value: unknown) => string): Document {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => {
      if ((name === 'bag' || name === 'addToSet') && Array.isArray(value)) {
        return [name, [...value].sort((a, b) => (text(a) < text(b) ? -1 : 1))];
      }
      return [name, value];
    }),
  );
}
