/** Stages, operators, variables and collections that nobody may name, at the top and hidden inside others. */
import { type Attack, refused } from './attack.ts';

const code = 'function() { return 1; }';
const run = { $function: { body: code, args: [], lang: 'js' } };
const inExpr = (expression: unknown) => [{ $match: { $expr: expression } }];
const inLookup = (pipeline: unknown) => [
  { $lookup: { from: 'order_items', let: { id: '$order_id' }, pipeline, as: 'items' } },
];
const inFacetInUnionInLookup = (stage: unknown) =>
  inLookup([{ $unionWith: { coll: 'products', pipeline: [{ $facet: { a: [stage] } }] } }]);

export const forbidden: readonly Attack[] = [
  refused('$out writes a collection', [{ $out: 'stolen' }]),
  refused('$out with a database', [{ $out: { db: 'admin', coll: 'stolen' } }]),
  refused('$merge writes over stock', [{ $merge: { into: 'inventory', whenMatched: 'replace' } }]),
  refused('$merge at the end of a $facet', [{ $facet: { a: [{ $merge: 'inventory' }] } }]),
  refused('$out inside $lookup', inLookup([{ $out: 'stolen' }])),
  refused('$out inside $unionWith', [{ $unionWith: { coll: 'products', pipeline: [{ $out: 'stolen' }] } }]),
  refused('$function in $match', inExpr(run)),
  refused('$function in $project', [{ $project: { a: run } }]),
  refused('$function in a group key', [{ $group: { _id: run } }]),
  refused('$function deep in $cond, $map and $let', [
    { $set: { a: { $cond: [true, { $map: { input: [1], in: { $let: { vars: { x: 1 }, in: run } } } }, 0] } } },
  ]),
  refused('$function as a window’s output', [
    { $setWindowFields: { sortBy: { _id: 1 }, output: { a: { $sum: run } } } },
  ]),
  refused('$function in an object of a $replaceWith', [{ $replaceWith: { a: { b: [run] } } }]),
  refused('$function in $lookup’s let', [
    { $lookup: { from: 'order_items', let: { x: run }, pipeline: [], as: 'items' } },
  ]),
  refused('$accumulator', [
    {
      $group: {
        _id: null,
        a: { $accumulator: { init: code, accumulate: code, accumulateArgs: [], merge: code, lang: 'js' } },
      },
    },
  ]),
  refused('$where', [{ $match: { $where: 'sleep(10000)' } }]),
  refused('$where in a branch', [{ $match: { $or: [{ $and: [{ $where: '1' }] }] } }]),
  refused('$currentOp', [{ $currentOp: { allUsers: true } }]),
  refused('$collStats', [{ $collStats: { storageStats: {} } }]),
  refused('$indexStats', [{ $indexStats: {} }]),
  refused('$planCacheStats', [{ $planCacheStats: {} }]),
  refused('$listSessions', [{ $listSessions: { allUsers: true } }]),
  refused('$listLocalSessions', [{ $listLocalSessions: {} }]),
  refused('$changeStream', [{ $changeStream: {} }]),
  refused('$documents', [{ $documents: [{ a: 1 }] }]),
  refused('$search', [{ $search: { text: { query: 'a', path: 'customer_name' } } }]),
  refused('$searchMeta', [{ $searchMeta: {} }]),
  refused(
    '$vectorSearch',
    [{ $vectorSearch: { index: 'i', path: 'embedding', queryVector: [1], limit: 1 } }],
    'products',
  ),
  refused('$text', [{ $match: { $text: { $search: 'canary' } } }]),
  refused('$geoNear', [{ $geoNear: { near: [0, 0], distanceField: 'd' } }], 'stores'),
  refused('$redact', [{ $redact: '$$KEEP' }]),
  refused('$graphLookup walks by names', [
    {
      $graphLookup: {
        from: 'orders',
        startWith: '$customer_id',
        connectFromField: 'customer_name',
        connectToField: 'customer_name',
        as: 'w',
      },
    },
  ]),
  refused('$densify makes millions of documents', [
    { $densify: { field: 'total', range: { step: 0.000001, bounds: [0, 1000] } } },
  ]),
  refused(
    '$fill reads its neighbours',
    [{ $fill: { sortBy: { _id: 1 }, output: { cost: { method: 'locf' } } } }],
    'products',
  ),
  refused('an internal stage', [{ $_internalInhibitOptimization: {} }]),
  refused('an internal expression', [{ $set: { a: { $_internalFindAllValuesAtPath: 'cost' } } }]),
  refused('$jsonSchema', [{ $match: { $jsonSchema: { required: ['cost'] } } }], 'products'),
  refused('$comment smuggles text into logs', [{ $match: { $comment: 'x' } }]),
  refused('$$USER_ROLES', [{ $set: { a: '$$USER_ROLES' } }]),
  refused('$$SEARCH_META', [{ $set: { a: '$$SEARCH_META' } }]),
  refused('$$CLUSTER_TIME', [{ $set: { a: '$$CLUSTER_TIME' } }]),
  refused('a variable of nobody', [{ $set: { a: '$$principal.stores' } }]),
  refused('$$ROOT redefined', [{ $set: { a: { $let: { vars: { ROOT: 1 }, in: '$$ROOT' } } } }]),
  refused('$$CURRENT redefined by $lookup', [
    { $lookup: { from: 'orders', let: { CURRENT: '$a' }, pipeline: [], as: 'b' } },
  ]),
  refused('$meta', [{ $set: { a: { $meta: 'indexKey' } } }]),
  refused('a sort by $meta', [{ $sort: { a: { $meta: 'textScore' } } }]),
  refused('a stage in capitals', [{ $OUT: 'stolen' }]),
  refused('a stage with a space', [{ '$match ': {} }]),
  refused('two stages in one, the second behind the first', [{ $match: {}, $out: 'stolen' }]),
  refused('$merge in a $facet in a $unionWith in a $lookup', inFacetInUnionInLookup({ $merge: 'inventory' })),
  refused('$collStats in a $facet in a $unionWith in a $lookup', inFacetInUnionInLookup({ $collStats: {} })),
  refused('customers, which an agent may not read', [{ $limit: 1 }], 'customers'),
  refused('stock movements, which an agent may not read', [], 'stock_movements'),
  refused('vectors', [], 'product_embeddings'),
  refused('the stamps of synchronisation', [], 'sync_stamps'),
  refused('the record of runs', [], 'zava_runs'),
  refused('system.views', [], 'system.views'),
  refused('system.profile', [], 'system.profile'),
  refused('a collection of another database', [], 'admin.system.users'),
  refused('$cmd', [], '$cmd.aggregate'),
  refused('a collection that does not exist', [], 'nothing'),
  refused('customers by $lookup', [
    { $lookup: { from: 'customers', localField: 'customer_id', foreignField: 'customer_id', as: 'c' } },
  ]),
  refused('customers by $unionWith', [{ $unionWith: 'customers' }]),
  refused('customers by $unionWith in a $facet', [
    { $facet: { a: [{ $unionWith: { coll: 'customers', pipeline: [] } }] } },
  ]),
  refused('customers by $lookup in $lookup', inLookup([{ $lookup: { from: 'customers', pipeline: [], as: 'c' } }])),
  refused('$lookup from another database', [
    { $lookup: { from: { db: 'admin', coll: 'system.users' }, pipeline: [], as: 'u' } },
  ]),
  refused('$lookup from this database, qualified', [
    { $lookup: { from: { db: 'zava', coll: 'orders' }, pipeline: [], as: 'u' } },
  ]),
  refused('$lookup without from', [{ $lookup: { pipeline: [{ $documents: [] }], as: 'u' } }]),
  refused('$unionWith without a collection', [{ $unionWith: { pipeline: [{ $documents: [{ a: 1 }] }] } }]),
];
