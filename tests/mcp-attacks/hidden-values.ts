/** Allowed words, used to touch what is hidden: by showing, sorting, grouping, joining, comparing, or failing because of it. */
import { type Attack, emptyHanded, refused, stopped } from './attack.ts';

const failsWhere = (condition: unknown) => ({ $divide: [1, { $cond: [condition, 0, 1] }] });
const joinedTo = (from: string, pipeline: unknown[]) => ({
  $lookup: { from, let: { x: '$_id' }, pipeline, as: 'joined' },
});

export const hiddenValues: readonly Attack[] = [
  emptyHanded('costs by name', [{ $project: { cost: 1, gross_margin_percent: 1 } }], 'products'),
  emptyHanded('costs under another name', [{ $project: { price: '$cost' } }], 'products'),
  emptyHanded('costs by $$ROOT', [{ $project: { all: '$$ROOT' } }], 'products'),
  emptyHanded('costs by $$CURRENT', [{ $set: { a: '$$CURRENT.cost' } }], 'products'),
  emptyHanded('costs by $replaceRoot', [{ $replaceRoot: { newRoot: '$$ROOT' } }], 'products'),
  emptyHanded(
    'costs by $replaceWith of names and values',
    [{ $replaceWith: { $arrayToObject: { $objectToArray: '$$ROOT' } } }],
    'products',
  ),
  emptyHanded('costs by $objectToArray', [{ $project: { kv: { $objectToArray: '$$ROOT' } } }], 'products'),
  emptyHanded('costs by $getField', [{ $set: { a: { $getField: 'cost' } } }], 'products'),
  refused(
    'costs by $getField with a computed name',
    [{ $set: { a: { $getField: { $concat: ['co', 'st'] } } } }],
    'products',
  ),
  refused(
    'costs by $getField with a name from the data',
    [{ $set: { a: { $getField: { field: '$field', input: '$$ROOT' } } } }],
    'products',
  ),
  emptyHanded(
    'costs by $setField',
    [{ $replaceWith: { $setField: { field: 'a', input: '$$ROOT', value: '$cost' } } }],
    'products',
  ),
  emptyHanded(
    'costs by $unsetField',
    [{ $replaceWith: { $unsetField: { field: 'sku', input: '$$ROOT' } } }],
    'products',
  ),
  emptyHanded('costs by $mergeObjects', [{ $group: { _id: null, all: { $mergeObjects: '$$ROOT' } } }], 'products'),
  emptyHanded('costs by $push', [{ $group: { _id: null, all: { $push: '$$ROOT' } } }], 'products'),
  emptyHanded(
    'costs by $sum',
    [{ $group: { _id: null, cost: { $sum: '$cost' }, most: { $max: '$cost' } } }],
    'products',
  ),
  emptyHanded(
    'costs as a group key',
    [{ $group: { _id: '$cost', names: { $push: '$sku' } } }, { $sort: { _id: 1 } }],
    'products',
  ),
  emptyHanded('costs by order', [{ $sort: { cost: -1, _id: 1 } }, { $project: { sku: 1 } }], 'products'),
  emptyHanded(
    'costs by the order in $topN',
    [{ $group: { _id: null, top: { $topN: { n: 2, sortBy: { cost: -1, _id: 1 }, output: '$sku' } } } }],
    'products',
  ),
  emptyHanded(
    'costs by the order in $setWindowFields',
    [{ $setWindowFields: { sortBy: { cost: -1 }, output: { rank: { $rank: {} } } } }, { $sort: { _id: 1 } }],
    'products',
  ),
  emptyHanded('costs by $bucketAuto', [{ $bucketAuto: { groupBy: '$cost', buckets: 3 } }], 'products'),
  emptyHanded(
    'costs by $bucket',
    [{ $bucket: { groupBy: '$cost', boundaries: [0, 1e6, 2e6], default: 'other' } }],
    'products',
  ),
  emptyHanded('costs by $sortByCount', [{ $sortByCount: '$cost' }], 'products'),
  emptyHanded('costs by a filter', [{ $match: { cost: { $gt: 900_000 } } }], 'products'),
  emptyHanded('costs by their presence', [{ $match: { cost: { $exists: true } } }], 'products'),
  emptyHanded('costs by their type', [{ $set: { a: { $type: '$cost' } } }, { $project: { a: 1 } }], 'products'),
  emptyHanded('costs by $expr', [{ $match: { $expr: { $gt: ['$cost', '$base_price'] } } }], 'products'),
  emptyHanded('costs by failing', [{ $match: { $expr: failsWhere({ $gt: ['$cost', 500] }) } }], 'products'),
  emptyHanded('costs by failing in $set', [{ $set: { a: failsWhere({ $gt: ['$cost', 500] }) } }], 'products'),
  emptyHanded(
    'costs by the text of an error',
    [{ $set: { a: { $toDate: { $concat: ['x', { $toString: '$cost' }] } } } }],
    'products',
  ),
  refused('costs by a join on them', [
    { $set: { guess: 500 } },
    { $lookup: { from: 'products', localField: 'guess', foreignField: 'cost', as: 'hit' } },
  ]),
  refused('names by a join on a part of them', [
    { $lookup: { from: 'orders', localField: 'a', foreignField: 'customer_name.first', as: 'hit' } },
  ]),
  emptyHanded('costs by a join with let', [
    { $set: { guess: 987_654 } },
    {
      $lookup: {
        from: 'products',
        let: { g: '$guess' },
        pipeline: [{ $match: { $expr: { $gte: ['$cost', '$$g'] } } }],
        as: 'hit',
      },
    },
    { $project: { hits: { $size: '$hit' } } },
    { $sort: { _id: 1 } },
  ]),
  emptyHanded(
    'costs by $facet',
    [{ $facet: { a: [{ $match: { cost: { $gt: 1 } } }, { $count: 'n' }], b: [{ $project: { cost: 1 } }] } }],
    'products',
  ),
  emptyHanded('costs by $unionWith', [
    { $limit: 1 },
    { $unionWith: { coll: 'products', pipeline: [{ $project: { c: '$cost' } }] } },
  ]),
  emptyHanded('names of customers', [{ $project: { customer_name: 1, customer_email: 1 } }]),
  emptyHanded('names by a pattern', [{ $match: { customer_name: { $regex: 'canary' } } }]),
  emptyHanded('names by $regexMatch', [
    { $set: { a: { $regexMatch: { input: { $ifNull: ['$customer_name', ''] }, regex: 'c' } } } },
  ]),
  emptyHanded('names by their length', [{ $set: { n: { $strLenCP: { $ifNull: ['$customer_name', ''] } } } }]),
  emptyHanded('names by $map over everything', [
    { $set: { v: { $map: { input: { $objectToArray: '$$ROOT' }, as: 'kv', in: '$$kv.v' } } } },
  ]),
  emptyHanded('names by $filter over everything', [
    {
      $set: { v: { $filter: { input: { $objectToArray: '$$ROOT' }, cond: { $eq: ['$$this.k', 'customer_email'] } } } },
    },
  ]),
  emptyHanded('names by $reduce over everything', [
    {
      $set: {
        v: {
          $reduce: {
            input: { $objectToArray: '$$ROOT' },
            initialValue: [],
            in: { $concatArrays: ['$$value', ['$$this.k']] },
          },
        },
      },
    },
  ]),
  emptyHanded('names by $let', [{ $set: { v: { $let: { vars: { d: '$$ROOT' }, in: '$$d.customer_name' } } } }]),
  emptyHanded('old ids of users', [{ $project: { rls_user_id: 1, all: '$$ROOT' } }], 'stores'),
  emptyHanded('old ids of users, joined', [
    { $lookup: { from: 'stores', localField: 'store_id', foreignField: 'store_id', as: 'store' } },
  ]),
  emptyHanded('other stores by $unionWith', [
    { $unionWith: { coll: 'orders', pipeline: [{ $match: { store_id: { $ne: 'store_seattle' } } }] } },
  ]),
  emptyHanded('other stores by $unionWith as a text', [
    { $unionWith: 'order_items' },
    { $group: { _id: '$store_id' } },
    { $sort: { _id: 1 } },
  ]),
  emptyHanded('other stores by $lookup', [
    { $limit: 2 },
    joinedTo('orders', [{ $match: { $expr: { $ne: ['$store_id', 'store_seattle'] } } }]),
  ]),
  emptyHanded('other stores by $lookup in $lookup in $unionWith', [
    { $limit: 1 },
    { $unionWith: { coll: 'stores', pipeline: [joinedTo('orders', [{ $limit: 3 }, joinedTo('order_items', [])])] } },
  ]),
  emptyHanded('other stores by $lookup in $facet', [{ $limit: 1 }, { $facet: { a: [joinedTo('order_items', [])] } }]),
  emptyHanded(
    'other stores by a join on the store',
    [{ $lookup: { from: 'orders', localField: 'store_id', foreignField: 'store_id', as: 'orders' } }],
    'stores',
  ),
  emptyHanded('other stores by failing', [{ $match: { $expr: failsWhere({ $gt: ['$total', 900_000] }) } }]),
  emptyHanded('other stores by failing in $lookup', [
    { $limit: 1 },
    joinedTo('orders', [{ $match: { $expr: failsWhere({ $ne: ['$store_id', 'store_seattle'] }) } }]),
  ]),
  emptyHanded('other stores by failing behind a stage that a filter may pass', [
    { $set: { z: 1 } },
    { $match: { $expr: failsWhere({ $ne: ['$store_id', 'store_seattle'] }) } },
  ]),
  emptyHanded(
    'shelves of other stores',
    [{ $match: { 'location.aisle': { $exists: true }, store_id: { $ne: 'store_seattle' } } }],
    'inventory',
  ),
  emptyHanded(
    'shelves of other stores by order',
    [{ $sort: { 'location.aisle': 1, _id: 1 } }, { $project: { store_id: 1 } }],
    'inventory',
  ),
  emptyHanded(
    'shelves of other stores, the store changed first',
    [{ $set: { store_id: 'store_seattle' } }, { $project: { location: 1, notes: 1 } }],
    'inventory',
  ),
  refused('shelves of other stores by a join', [
    { $lookup: { from: 'inventory', localField: 'a', foreignField: 'location.aisle', as: 'hit' } },
  ]),
  emptyHanded('neighbours in a window over all', [
    {
      $setWindowFields: {
        sortBy: { _id: 1 },
        output: { next: { $shift: { output: '$total', by: 1 } }, all: { $sum: '$total' } },
      },
    },
  ]),
  emptyHanded('everything, counted', [{ $count: 'n' }]),
  emptyHanded('everything, sampled', [{ $sample: { size: 1000 } }, { $group: { _id: null, n: { $sum: 1 } } }]),
  stopped('an error that quotes what it could not read', [{ $set: { a: { $toDate: '$status' } } }]),
];
