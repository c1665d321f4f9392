/** Random pipelines of allowed stages that go for everything: hidden fields, other stores, whole documents, nested sources. */
import fc from 'fast-check';
import { CANARY, CANARY_NUMBER, STORES } from './small-company.testing.ts';

type Stage = Record<string, unknown>;

const collection = fc.constantFrom('orders', 'order_items', 'inventory', 'products', 'stores', 'categories');
const field = fc.constantFrom(
  ...[
    '_id',
    'store_id',
    'product_id',
    'order_id',
    'customer_id',
    'status',
    'total',
    'quantity',
    'line_total',
    'order_date',
  ],
  ...['stock_level', 'base_price', 'category_id', 'deleted', 'a', 'b', 'joined'],
  ...['cost', 'gross_margin_percent', 'customer_name', 'customer_email', 'location', 'location.aisle', 'location.bin'],
  ...['notes', 'reorder_threshold', 'rls_user_id', 'specifications.colors'],
);
const scalar = fc.constantFrom<unknown>(
  ...[0, 1, 2, 10, 100, CANARY_NUMBER, `${CANARY}-note`, 'completed', 'product_1', true, null, ...STORES],
);

const { expression } = fc.letrec<{ expression: unknown }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 5, arbitrary: field.map((path) => `$${path}`) },
    { weight: 2, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom('$$ROOT', '$$CURRENT', '$$ROOT.cost', '$$CURRENT.store_id', '$$REMOVE') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$eq', '$gt', '$lte', '$ne', '$add', '$ifNull', '$and', '$or', '$cmp', '$divide'),
          tie('expression'),
          tie('expression'),
        )
        .map(([operator, left, right]) => ({ [operator]: [left, right] })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$type', '$isNumber', '$objectToArray', '$toString', '$not', '$size', '$toUpper'),
          tie('expression'),
        )
        .map(([operator, argument]) => ({ [operator]: operator === '$not' ? [argument] : argument })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('expression'), tie('expression'), tie('expression')).map((parts) => ({ $cond: parts })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { $getField: 'cost' },
        { $getField: { field: 'notes', input: '$$ROOT' } },
        { $mergeObjects: ['$$ROOT', { a: 1 }] },
      ),
    },
    { weight: 1, arbitrary: tie('expression').map((a) => ({ a, b: '$store_id' })) },
    {
      weight: 1,
      arbitrary: tie('expression').map((body) => ({
        $let: { vars: { x: '$$ROOT' }, in: { $ifNull: ['$$x.cost', body] } },
      })),
    },
    { weight: 1, arbitrary: fc.constant({ $map: { input: { $objectToArray: '$$ROOT' }, in: '$$this.v' } }) },
  ),
}));

const condition = fc.oneof(
  scalar,
  fc
    .tuple(fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte', '$ne'), scalar)
    .map(([operator, value]) => ({ [operator]: value })),
  fc.array(scalar, { maxLength: 3 }).map((values) => ({ $in: values })),
  fc.boolean().map((exists) => ({ $exists: exists })),
  fc.constantFrom({ $type: 'number' }, { $not: { $gt: 5 } }, { $regex: `^${CANARY}` }, { $regex: 'a' }, { $size: 2 }),
);
const { filter } = fc.letrec<{ filter: Stage }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: fc.tuple(field, condition).map(([path, wanted]) => ({ [path]: wanted })) },
    { weight: 2, arbitrary: expression.map((expr) => ({ $expr: expr })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('filter'), { minLength: 1, maxLength: 3 }))
        .map(([operator, branches]) => ({ [operator]: branches })),
    },
    { weight: 1, arbitrary: fc.tuple(tie('filter'), tie('filter')).map(([left, right]) => ({ ...left, ...right })) },
  ),
}));

const sort = fc
  .tuple(field, fc.constantFrom(1, -1))
  .map(([path, direction]) => ({ $sort: { [path]: direction, _id: 1 } }));
const accumulator = fc.oneof(
  fc
    .tuple(fc.constantFrom('$sum', '$min', '$max', '$first', '$last', '$push', '$avg'), expression)
    .map(([name, argument]) => ({ [name]: argument })),
  fc.constantFrom<Stage>(
    { $count: {} },
    { $topN: { sortBy: { cost: -1, _id: 1 }, output: '$$ROOT', n: 2 } },
    { $mergeObjects: '$$ROOT' },
  ),
);
const flat = fc.oneof<fc.Arbitrary<Stage>[]>(
  filter.map(($match) => ({ $match })),
  filter.map(($match) => ({ $match })),
  sort,
  fc.integer({ min: 1, max: 9 }).map(($limit) => ({ $limit })),
  fc.integer({ min: 0, max: 4 }).map(($skip) => ({ $skip })),
  fc.tuple(expression, expression).map(([a, b]) => ({ $set: { a, b } })),
  fc.tuple(field, expression).map(([path, a]) => ({ $project: { [path]: 1, ...(path === 'a' ? {} : { a }) } })),
  field.map((path) => ({ $unset: path })),
  fc.tuple(expression, accumulator, accumulator).map(([_id, a, b]) => ({ $group: { _id, a, b } })),
  fc.constantFrom(
    { $replaceWith: { whole: '$$ROOT' } },
    { $replaceRoot: { newRoot: { $mergeObjects: ['$$ROOT', '$location'] } } },
  ),
  fc.constantFrom(
    { $unwind: { path: '$specifications.colors', preserveNullAndEmptyArrays: true } },
    { $unwind: '$joined' },
  ),
  expression.map((groupBy) => ({ $bucketAuto: { groupBy, buckets: 3, output: { all: { $push: '$$ROOT' } } } })),
  field.map((path) => ({
    $setWindowFields: {
      partitionBy: `$${path}`,
      sortBy: { _id: 1 },
      output: { a: { $max: '$cost', window: { documents: [-1, 1] } } },
    },
  })),
);

/** Starts in a known order, so that two servers' plans give rows in the same one. */
const ordered = (stages: fc.Arbitrary<Stage[]>) =>
  fc
    .tuple(fc.option(filter, { nil: undefined }), stages)
    .map(([first, rest]) => [...(first === undefined ? [] : [{ $match: first }]), { $sort: { _id: 1 } }, ...rest]);

const { stages } = fc.letrec<{ stages: Stage[] }>((tie) => ({
  stages: fc.array(
    fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      { weight: 8, arbitrary: flat },
      {
        weight: 1,
        arbitrary: fc.tuple(collection, field, field).map(([from, localField, foreignField]) => ({
          $lookup: { from, localField, foreignField, pipeline: [{ $sort: { _id: 1 } }], as: 'joined' },
        })),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(collection, expression, ordered(tie('stages'))).map(([from, x, pipeline]) => ({
          $lookup: {
            from,
            let: { x },
            pipeline: [...pipeline, { $match: { $expr: { $ne: ['$cost', '$$x'] } } }],
            as: 'joined',
          },
        })),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(collection, ordered(tie('stages')))
          .map(([coll, pipeline]) => ({ $unionWith: { coll, pipeline } })),
      },
      { weight: 1, arbitrary: fc.tuple(tie('stages'), tie('stages')).map(([a, b]) => ({ $facet: { a, b } })) },
    ),
    { maxLength: 4 },
  ),
}));

export const somePipeline = fc.record({ collection, pipeline: ordered(stages) });
