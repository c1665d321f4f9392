/** Commands that are small to send and would be large to carry out. Each must be refused, bounded or run in slices. */
import { documentOf, Fields, type PlainWire, type Wire } from './bson-writer.ts';

const aggregate = (...pipeline: Wire[]): PlainWire => ({
  aggregate: 'c',
  pipeline,
  cursor: {},
  $db: 'fuzz',
  maxTimeMS: 3000,
});
const find = (filter: Wire): PlainWire => ({ find: 'c', filter, $db: 'fuzz', maxTimeMS: 3000 });
const add = (value: Wire): PlainWire => aggregate({ $limit: 3 }, { $addFields: { r: value } });
const size = (value: Wire): PlainWire => aggregate({ $limit: 3 }, { $project: { r: { $size: value } } });
const times = (count: number): Wire => ({ $range: [0, count] });
const repeat = <T>(count: number, make: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => make(k));
const deep = (depth: number, wrap: (inner: Wire) => Wire, inner: Wire = 1): Wire => {
  let value = inner;
  for (let k = 0; k < depth; k++) value = wrap(value);
  return value;
};
const double = (initialValue: Wire, join: string, count = 60): Wire => ({
  $reduce: { input: times(count), initialValue, in: { [join]: ['$$value', '$$value'] } },
});
/** A switch's branch; written as a list because a plain `then` makes an object look like a promise. */
const branch = (when: Wire, result: Wire): Wire =>
  new Fields([
    ['case', when],
    ['then', result],
  ]);

/** The collection `c` of the fuzzed database has `long`: spaces, letters a, and both, each too long to try every way. */
export const bombs: Readonly<Record<string, () => PlainWire>> = {
  'a range of two billion': () => size(times(0x7fffffff)),
  'ranges in ranges': () => size({ $map: { input: times(10_000), as: 'x', in: times(10_000) } }),
  'a map in a map in a map': () =>
    size({
      $map: {
        input: times(3000),
        as: 'x',
        in: { $sum: { $map: { input: times(3000), as: 'y', in: { $sum: times(300) } } } },
      },
    }),
  'a filter in a filter': () =>
    size({
      $filter: {
        input: times(20_000),
        as: 'x',
        cond: { $in: ['$$x', { $filter: { input: times(20_000), as: 'y', cond: { $gt: ['$$y', '$$x'] } } }] },
      },
    }),
  'a reduce of many steps': () =>
    add({ $reduce: { input: times(5_000_000), initialValue: 0, in: { $add: ['$$value', '$$this'] } } }),
  'a string doubled sixty times': () => add(double('xxxxxxxxxxxxxxxx', '$concat')),
  'a string doubled, then measured': () => add({ $strLenCP: double('ü', '$concat', 27) }),
  'an array doubled sixty times': () => size(double([1, 2, 3], '$concatArrays')),
  'an array of doubled strings': () =>
    size({ $map: { input: times(10_000), as: 'x', in: double('0123456789abcdef', '$concat', 16) } }),
  'a document doubled in itself': () =>
    add({ $reduce: { input: times(60), initialValue: { a: 1 }, in: { a: '$$value', b: '$$value' } } }),
  'arrays nested by reduce': () => add({ $reduce: { input: times(5000), initialValue: [], in: ['$$value'] } }),
  'all replaced by more': () =>
    add({
      $reduce: {
        input: times(30),
        initialValue: 'aa',
        in: { $replaceAll: { input: '$$value', find: 'a', replacement: 'aaaaaaaa' } },
      },
    }),
  'a long text split': () =>
    add({
      $reduce: { input: times(30), initialValue: [], in: { $concatArrays: ['$$value', { $split: ['$long', 'a'] }] } },
    }),
  'zipped ranges': () => size({ $zip: { inputs: repeat(40, () => times(1_000_000)) } }),
  'a power': () => add({ $pow: [10, 400] }),
  'set of ranges': () => size({ $setUnion: repeat(10, (k) => ({ $range: [k * 1_000_000, (k + 1) * 1_000_000] })) }),
  'a sorted range': () =>
    size({
      $sortArray: {
        input: { $map: { input: times(3_000_000), as: 'x', in: { $mod: [{ $multiply: ['$$x', 7919] }, 1_000_003] } } },
        sortBy: 1,
      },
    }),
  'an index in a long array': () =>
    add({ $sum: { $map: { input: times(100_000), as: 'x', in: { $indexOfArray: [times(100_000), '$$x'] } } } }),
  'expressions nested 190 deep': () => add(deep(90, (inner) => ({ $add: [inner, 1] }))),
  'conditions nested': () => add(deep(10, (inner) => ({ $cond: [true, inner, inner] }))),
  'variables that double': () =>
    add(deep(28, (inner) => ({ $let: { vars: { x: inner }, in: { $concat: ['$$x', '$$x'] } } }), 'abcdefgh')),
  'a switch of five thousand branches': () =>
    add({ $switch: { branches: repeat(5000, (k) => branch({ $eq: ['$a', k] }, k)), default: 0 } }),
  'five thousand stages': () => aggregate(...repeat(5000, (k) => ({ $addFields: { [`f${k}`]: k } }))),
  'nine hundred stages': () =>
    aggregate(...repeat(900, (k) => ({ $addFields: { [`f${k % 7}`]: { $add: ['$a', k] } } }))),
  'a facet of many joins': () =>
    aggregate({
      $facet: Object.fromEntries(repeat(50, (k) => [`f${k}`, [{ $lookup: { from: 'd', pipeline: [], as: 'x' } }]])),
    }),
  'joins that unwind': () =>
    aggregate(
      ...repeat(6, (k) => [{ $lookup: { from: 'd', pipeline: [], as: `x${k}` } }, { $unwind: `$x${k}` }]).flat(),
      { $count: 'n' },
    ),
  'joins in joins': () =>
    aggregate(deep(15, (inner) => ({ $lookup: { from: 'd', pipeline: [inner], as: 'x' } }), { $limit: 5 })),
  'unions of unions': () =>
    aggregate(deep(15, (inner) => ({ $unionWith: { coll: 'd', pipeline: [inner, inner] } }), { $limit: 5 })),
  'a graph of everything': () =>
    aggregate(
      {
        $graphLookup: { from: 'd', startWith: times(300), connectFromField: 'links', connectToField: 'key', as: 'all' },
      },
      { $unwind: '$all' },
      {
        $graphLookup: {
          from: 'd',
          startWith: '$all.links',
          connectFromField: 'links',
          connectToField: 'key',
          as: 'again',
        },
      },
      { $count: 'n' },
    ),
  'unwound ranges': () =>
    aggregate(
      { $set: { x: times(100_000), y: times(100_000) } },
      { $unwind: '$x' },
      { $unwind: '$y' },
      { $count: 'n' },
    ),
  'pushed ranges': () =>
    aggregate({ $set: { x: times(100_000) } }, { $unwind: '$x' }, { $group: { _id: null, all: { $push: '$$ROOT' } } }),
  'a group of many keys': () =>
    aggregate(
      { $set: { x: times(50_000) } },
      { $unwind: '$x' },
      { $group: { _id: { x: '$x', id: '$_id' }, n: { $sum: 1 } } },
      { $count: 'n' },
    ),
  'a sort of unwound ranges': () =>
    aggregate({ $set: { x: times(50_000) } }, { $unwind: '$x' }, { $sort: { x: -1, long: 1 } }, { $count: 'n' }),
  'windows over ranges': () =>
    aggregate(
      { $limit: 5 },
      { $set: { x: times(20_000) } },
      { $unwind: '$x' },
      {
        $setWindowFields: {
          sortBy: { x: 1 },
          output: { all: { $push: '$x', window: { documents: ['unbounded', 'unbounded'] } } },
        },
      },
      { $count: 'n' },
    ),
  'a densified century': () =>
    aggregate(
      { $densify: { field: 'when', range: { step: 1, unit: 'millisecond', bounds: 'full' } } },
      { $count: 'n' },
    ),
  'densified numbers': () =>
    aggregate({ $densify: { field: 'n', range: { step: 1e-9, bounds: [0, 1e9] } } }, { $count: 'n' }),
  'a bucket for each of millions': () => aggregate({ $bucketAuto: { groupBy: '$n', buckets: 0x7fffffff } }),
  'dates far away': () =>
    add({
      $dateDiff: {
        startDate: { $dateFromParts: { year: 1 } },
        endDate: { $dateFromParts: { year: 9999 } },
        unit: 'week',
        timezone: 'Europe/Paris',
      },
    }),
  'a date moved without end': () =>
    add({ $dateAdd: { startDate: '$when', unit: 'month', amount: 9_007_199_254_740_991n } }),
  'dates cut to odd bins': () =>
    add({ $dateTrunc: { date: '$when', unit: 'week', binSize: 99_999_999, timezone: 'America/New_York' } }),
  'a format without end': () => add({ $dateToString: { date: '$when', format: '%Y'.repeat(100_000) } }),
  'JavaScript as a filter': () => find({ $where: 'while (true) {}' }),
  'JavaScript as an expression': () =>
    add({ $function: { body: 'function () { while (true) {} }', args: [], lang: 'js' } }),
  'JavaScript as an accumulator': () =>
    aggregate({
      $group: {
        _id: 1,
        x: {
          $accumulator: {
            init: 'function () { while (true) {} }',
            accumulate: 'function () {}',
            accumulateArgs: [],
            merge: 'function () {}',
            lang: 'js',
          },
        },
      },
    }),
  mapReduce: () => ({
    mapReduce: 'c',
    map: 'function () { while (true) {} }',
    reduce: 'function () {}',
    out: { inline: 1 },
    $db: 'fuzz',
  }),
  'a stored script': () => ({ eval: 'while (true) {}', $db: 'fuzz' }),
  ...Object.fromEntries(
    [
      '(a+)+$',
      '(a|aa)+$',
      '(a|a?)+$',
      '(.*a){25}$',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      '(x+x+)+y',
      '\\s+$',
      'a*a*a*a*b',
      'a*$',
      '.*.*=.*',
      '(a*)*\\1b',
      '(?=(a+))a*b\\1',
      '(?:a+)+(?!b)c',
      '((a{1,100}){1,100}){1,100}$',
      'a{1000}{1000}',
      '(?i)(A+)+$',
      '[^b]*[^c]*[^d]*$',
      '(?<x>a+)+\\k<x>z',
    ].flatMap((pattern): [string, () => PlainWire][] => [
      [`find ${pattern}`, () => find({ long: { $regex: pattern } })],
      [`$regexFindAll ${pattern}`, () => add({ $size: { $regexFindAll: { input: '$long', regex: pattern } } })],
    ]),
  ),
  'a huge $in': () => find({ a: { $in: repeat(100_000, (k) => k * 3) } }),
  'a huge $in of patterns': () => find({ s: { $in: repeat(300, (k) => ({ $regex: `^a${k}` })) } }),
  'a huge $or': () => find({ $or: repeat(5000, (k) => ({ a: k, b: { $gt: k } })) }),
  'products of ranges for an index': () =>
    find({ a: { $in: repeat(500, (k) => k) }, b: { $in: repeat(500, (k) => k) }, n: { $in: repeat(500, (k) => k) } }),
  '$and nested 180 deep': () => find(deep(90, (inner) => ({ $and: [inner] }), { a: 1 })),
  '$or doubled': () => find(deep(12, (inner) => ({ $or: [inner, inner] }), { a: 1 })),
  '$not doubled': () => find({ a: deep(90, (inner) => ({ $not: inner }), { $eq: 1 }) }),
  'a schema in a schema': () =>
    find({ $jsonSchema: deep(80, (inner) => ({ properties: { a: inner } }), { bsonType: 'int' }) }),
  'a schema with patterns': () =>
    find({
      $jsonSchema: {
        properties: { long: { bsonType: 'string', pattern: '(a+)+$' } },
        patternProperties: { '(.*)*x$': { bsonType: 'int' } },
      },
    }),
  'a text search of many words': () => find({ $text: { $search: repeat(5000, (k) => `word${k}`).join(' ') } }),
  'skip without end': () => ({ find: 'c', skip: 9_007_199_254_740_991n, limit: 9_007_199_254_740_991n, $db: 'fuzz' }),
  'a batch without end': () => ({ find: 'd', batchSize: 9_223_372_036_854_775_807n, $db: 'fuzz' }),
  'a sort by thirty-three fields': () => ({
    find: 'c',
    sort: new Fields(repeat(33, (k): [string, Wire] => [`f${k}`, 1])),
    $db: 'fuzz',
  }),
  'an update far into an array': () => ({
    update: 'c',
    updates: [{ q: { _id: { $lt: 2 } }, u: { $set: { 'list.1499999': 1 } }, multi: true }],
    $db: 'fuzz',
  }),
  'an update too far into an array': () => ({
    update: 'c',
    updates: [{ q: {}, u: { $set: { 'list.2147483647': 1 } } }],
    $db: 'fuzz',
  }),
  'an update in 150 levels': () => ({
    update: 'c',
    updates: [{ q: { _id: 1 }, u: { $set: { [repeat(150, () => 'a').join('.')]: 1 } } }],
    $db: 'fuzz',
  }),
  'an update that doubles': () => ({
    update: 'c',
    updates: [{ q: {}, u: [{ $set: { r: double('0123456789', '$concat', 40) } }], multi: true }],
    $db: 'fuzz',
  }),
  'an update that grows arrays': () => ({
    update: 'c',
    updates: [{ q: {}, u: [{ $set: { r: times(1_000_000) } }], multi: true }],
    $db: 'fuzz',
  }),
  'a push of many': () => ({
    update: 'c',
    updates: [
      { q: {}, u: { $push: { list: { $each: repeat(20_000, (k) => k), $sort: -1, $slice: -5 } } }, multi: true },
    ],
    $db: 'fuzz',
  }),
  'sixty-five indexes': () => ({
    createIndexes: 'e',
    indexes: repeat(65, (k) => ({ key: { [`f${k}`]: 1 }, name: `f${k}` })),
    $db: 'fuzz',
  }),
  'an index over products of arrays': () => ({
    createIndexes: 'c',
    indexes: [{ key: { list: 1, links: 1 }, name: 'product' }],
    $db: 'fuzz',
  }),
  'a view of itself': () => ({ create: 'view2', viewOn: 'view2', pipeline: [], $db: 'fuzz' }),
  'views that multiply': () => ({
    create: 'view3',
    viewOn: 'view',
    pipeline: repeat(40, () => ({ $unionWith: 'view' })),
    $db: 'fuzz',
  }),
  'a read of views that multiply': () => ({
    aggregate: 'view3',
    pipeline: [{ $unionWith: 'view3' }, { $unionWith: 'view3' }],
    cursor: {},
    $db: 'fuzz',
    maxTimeMS: 3000,
  }),
  'a hundred thousand small writes': () => ({
    bulkWrite: 1,
    ops: repeat(20_000, () => ({ update: 0, filter: { _id: 'x' }, updateMods: { $inc: { n: 1 } } })),
    nsInfo: [{ ns: 'fuzz.e' }],
    $db: 'admin',
  }),
  'an explained explosion': () => ({
    explain: {
      aggregate: 'c',
      pipeline: [{ $set: { x: times(100_000) } }, { $unwind: '$x' }, { $group: { _id: '$x' } }],
      cursor: {},
    },
    verbosity: 'executionStats',
    $db: 'fuzz',
    maxTimeMS: 3000,
  }),
  'a distinct of everything': () => ({
    distinct: 'c',
    key: 'list',
    query: { long: { $regex: '(a+)+$' } },
    $db: 'fuzz',
  }),
  'a long wait': () => ({
    hello: 1,
    maxAwaitTimeMS: 9_007_199_254_740_991n,
    topologyVersion: { processId: '', counter: 0n },
    $db: 'admin',
  }),
  'an empty document': () => ({ $db: 'fuzz' }),
};

/** A document of 17 MB in an insert, as bytes. */
export function oversizedInsert(): Buffer {
  const text = Buffer.alloc(17_000_000, 'x');
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value, 0);
    return bytes;
  };
  const document = documentOf(Buffer.concat([Buffer.from('\x02x\0'), int32(text.length + 1), text, Buffer.alloc(1)]));
  return documentOf(
    Buffer.concat([
      Buffer.from('\x02insert\0'),
      int32(2),
      Buffer.from('c\0'),
      Buffer.from('\x04documents\0'),
      documentOf(Buffer.concat([Buffer.from('\x030\0'), document])),
      Buffer.from('\x02$db\0'),
      int32(5),
      Buffer.from('fuzz\0'),
    ]),
  );
}
