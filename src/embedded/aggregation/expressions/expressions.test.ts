// biome-ignore-all lint/suspicious/noThenProperty: that is what $cond and $switch call it.
import { describe, expect, test } from 'vitest';
import { compileCollation } from '../../bson/compare.ts';
import {
  Binary,
  BSONRegExp,
  type BsonValue,
  Decimal128,
  type Document,
  Double,
  ObjectId,
  Timestamp,
} from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { compileExpression } from './compile.ts';
import { expressionOperators } from './operators.ts';

const now = new Date('2026-07-01T12:00:00Z');
const evaluate = (expression: BsonValue, document: Document = {}) =>
  compileExpression(expression, { now }).evaluate(document);
const double = (value: number) => new Double(value);
const decimal = (text: string) => Decimal128.fromString(text);
const date = (text: string) => new Date(text);

/** `[expression, document, expected]`, one line per sentence of the manual. */
type Row = readonly [expression: BsonValue, document: Document, expected: BsonValue | undefined];

function table(name: string, rows: readonly Row[]) {
  describe(name, () => {
    test.each(rows.map((row) => [JSON.stringify(row[0], showBigInt), ...row] as const))(
      '%s',
      (_title, expression, document, expected) => {
        expect(evaluate(expression, document)).toEqual(expected);
      },
    );
  });
}

function showBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

table('field paths', [
  ['$a', { a: 1 }, 1],
  ['$a', {}, undefined],
  ['$a.b', { a: { b: 2 } }, 2],
  ['$a.b', { a: [{ b: 1 }, { c: 2 }, 3, { b: [4] }] }, [1, [4]]],
  ['$a.b.c', { a: [{ b: { c: 1 } }, { b: [{ c: 2 }] }] }, [1, [2]]],
  ['$a.0', { a: [5] }, []],
  ['$constructor', {}, undefined],
  ['$toString.x', { toString: { x: 1 } }, 1],
  ['$$ROOT.a', { a: 7 }, 7],
  ['$$CURRENT', { a: 7 }, { a: 7 }],
  ['$$NOW', {}, now],
  ['$$REMOVE', { a: 1 }, undefined],
  [{ a: '$x', b: { c: '$y' } }, { x: 1 }, { a: 1, b: {} }],
  [['$x', '$y'], { x: 1 }, [1, null]],
  [{ $literal: '$x' }, { x: 1 }, '$x'],
  [{}, {}, {}],
]);

table('arithmetic', [
  [{ $add: [1, 2] }, {}, 3],
  [{ $add: [2147483647, 1] }, {}, 2147483648n],
  [{ $add: ['$a', '$b'] }, { a: 1n, b: 2 }, 3n],
  [{ $add: ['$a', 1] }, { a: double(1) }, double(2)],
  [{ $add: ['$a', '$b'] }, { a: decimal('0.1'), b: decimal('0.2') }, decimal('0.3')],
  [{ $add: ['$a', 1000] }, { a: date('2024-01-01') }, date('2024-01-01T00:00:01Z')],
  [{ $add: ['$a', 1] }, { a: null }, null],
  [{ $add: ['$missing', 1] }, {}, null],
  [{ $add: [] }, {}, 0],
  [{ $subtract: [5, 3] }, {}, 2],
  [{ $subtract: ['$a', '$b'] }, { a: date('2024-01-01T00:00:01Z'), b: date('2024-01-01') }, 1000n],
  [{ $subtract: ['$a', 1000] }, { a: date('2024-01-01T00:00:01Z') }, date('2024-01-01')],
  [{ $multiply: [2147483647, 2] }, {}, 4294967294n],
  [{ $multiply: ['$a', '$b'] }, { a: 9223372036854775807n, b: 2 }, 18446744073709552000],
  [{ $divide: [6, 3] }, {}, double(2)],
  [{ $divide: [1, 4] }, {}, 0.25],
  [{ $mod: [80, 7] }, {}, 3],
  [{ $mod: [-80, 7] }, {}, -3],
  [{ $mod: [80, '$a'] }, { a: double(7) }, double(3)],
  [{ $abs: -1 }, {}, 1],
  [{ $abs: -2147483648 }, {}, 2147483648n],
  [{ $ceil: 7.8 }, {}, double(8)],
  [{ $floor: -2.8 }, {}, double(-3)],
  [{ $floor: 5 }, {}, 5],
  [{ $round: [10.5, 0] }, {}, double(10)],
  [{ $round: [11.5] }, {}, double(12)],
  [{ $round: [19.25, 1] }, {}, 19.2],
  [{ $round: [28.73, 1] }, {}, 28.7],
  [{ $round: [34.32, -1] }, {}, double(30)],
  [{ $round: [1.005, 2] }, {}, double(1)],
  [{ $round: [15, -1] }, {}, 20],
  [{ $trunc: [7.85, 1] }, {}, 7.8],
  [{ $trunc: -2.9 }, {}, double(-2)],
  [{ $sqrt: 25 }, {}, double(5)],
  [{ $pow: [5, 2] }, {}, 25],
  [{ $pow: [2, 31] }, {}, 2147483648n],
  [{ $pow: [5, -2] }, {}, 0.04],
  [{ $pow: ['$a', 2] }, { a: decimal('1.1') }, decimal('1.21')],
  [{ $exp: 0 }, {}, double(1)],
  [{ $ln: 1 }, {}, double(0)],
  [{ $log: [100, 10] }, {}, double(2)],
  [{ $log10: 1000 }, {}, double(3)],
  [{ $bitAnd: [5, 3] }, {}, 1],
  [{ $bitOr: ['$a', 2] }, { a: 1n }, 3n],
  [{ $bitXor: [5, 1] }, {}, 4],
  [{ $bitNot: 5 }, {}, -6],
  [{ $sin: 0 }, {}, double(0)],
  [{ $cos: 0 }, {}, double(1)],
  [{ $atan2: [0, 1] }, {}, double(0)],
  [{ $degreesToRadians: 180 }, {}, Math.PI],
  [{ $radiansToDegrees: '$a' }, { a: Math.PI }, double(180)],
]);

table('boolean, comparison, conditional', [
  [{ $and: [1, 'x', {}] }, {}, true],
  [{ $and: [1, null] }, {}, false],
  [{ $and: [] }, {}, true],
  [{ $or: [] }, {}, false],
  [{ $or: [0, '$missing', ''] }, {}, true],
  [{ $not: [0] }, {}, true],
  [{ $not: '$a' }, { a: decimal('0.00') }, true],
  [{ $cmp: [1, 2] }, {}, -1],
  [{ $eq: [1, '$a'] }, { a: double(1) }, true],
  [{ $eq: ['$a', null] }, {}, false],
  [{ $gt: ['a', 5] }, {}, true],
  [{ $lt: ['$missing', null] }, {}, true],
  [{ $gte: [{ a: 1 }, { a: 1 }] }, {}, true],
  [
    {
      $ne: [
        [1, 2],
        [1, 2],
      ],
    },
    {},
    false,
  ],
  [{ $cond: [true, 'yes', 'no'] }, {}, 'yes'],
  [{ $cond: { if: '$a', then: 1, else: 2 } }, {}, 2],
  [{ $cond: ['$a', 1, '$$REMOVE'] }, {}, undefined],
  [{ $ifNull: ['$a', '$b', 'none'] }, { b: null }, 'none'],
  [{ $ifNull: ['$a', 0] }, { a: false }, false],
  [{ $switch: { branches: [{ case: { $gt: ['$a', 1] }, then: 'big' }], default: 'small' } }, { a: 2 }, 'big'],
  [{ $switch: { branches: [{ case: { $gt: ['$a', 1] }, then: 'big' }], default: 'small' } }, { a: 0 }, 'small'],
]);

table('variables', [
  [{ $let: { vars: { x: '$a', y: 2 }, in: { $multiply: ['$$x', '$$y'] } } }, { a: 4 }, 8],
  [{ $let: { vars: { CURRENT: '$a' }, in: '$b' } }, { a: { b: 1 }, b: 2 }, 1],
  [{ $map: { input: '$a', as: 'n', in: { $add: ['$$n', 1] } } }, { a: [1, 2] }, [2, 3]],
  [{ $map: { input: '$a', in: '$$this.x' } }, { a: [{ x: 1 }, {}] }, [1, null]],
  [
    { $map: { input: [1, 2], as: 'x', in: { $map: { input: [10, 20], as: 'y', in: { $add: ['$$x', '$$y'] } } } } },
    {},
    [
      [11, 21],
      [12, 22],
    ],
  ],
  [{ $map: { input: null, in: 1 } }, {}, null],
  [{ $filter: { input: '$a', as: 'n', cond: { $gt: ['$$n', 1] } } }, { a: [1, 2, 3] }, [2, 3]],
  [{ $filter: { input: '$a', cond: true, limit: 2 } }, { a: [1, 2, 3] }, [1, 2]],
  [{ $reduce: { input: ['a', 'b'], initialValue: '', in: { $concat: ['$$value', '$$this'] } } }, {}, 'ab'],
]);

table('arrays', [
  [{ $arrayElemAt: [[1, 2, 3], 0] }, {}, 1],
  [{ $arrayElemAt: [[1, 2, 3], -2] }, {}, 2],
  [{ $arrayElemAt: [[1, 2, 3], 15] }, {}, undefined],
  [{ $first: '$a' }, { a: [] }, undefined],
  [{ $last: '$a' }, { a: [1, 2] }, 2],
  [
    {
      $arrayToObject: [
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
    },
    {},
    { a: 1, b: 2 },
  ],
  [{ $arrayToObject: '$a' }, { a: [{ k: 'x', v: 1 }] }, { x: 1 }],
  [{ $concatArrays: [[1], [2, [3]]] }, {}, [1, 2, [3]]],
  [{ $concatArrays: [[1], null] }, {}, null],
  [{ $in: [2, [1, 2]] }, {}, true],
  [{ $in: ['$a', [double(1)]] }, { a: 1 }, true],
  [{ $indexOfArray: [['a', 'abc', 'b'], 'b'] }, {}, 2],
  [{ $indexOfArray: [[1, 2, 1], 1, 1] }, {}, 2],
  [{ $indexOfArray: [[1, 2], 5] }, {}, -1],
  [{ $isArray: [1] }, {}, false],
  [{ $isArray: [[1]] }, {}, true],
  [{ $range: [0, 10, 3] }, {}, [0, 3, 6, 9]],
  [{ $range: [10, 0, -5] }, {}, [10, 5]],
  [{ $reverseArray: [[1, 2]] }, {}, [2, 1]],
  [{ $size: '$a' }, { a: [1, 2] }, 2],
  [{ $slice: [[1, 2, 3], 1, 1] }, {}, [2]],
  [{ $slice: [[1, 2, 3], -2] }, {}, [2, 3]],
  [{ $slice: [[1, 2, 3], -5, 2] }, {}, [1, 2]],
  [{ $sortArray: { input: [3, 1, 2], sortBy: -1 } }, {}, [3, 2, 1]],
  [{ $sortArray: { input: '$a', sortBy: { x: 1 } } }, { a: [{ x: 2 }, {}, { x: 1 }] }, [{}, { x: 1 }, { x: 2 }]],
  [
    {
      $zip: {
        inputs: [
          ['a', 'b'],
          [1, 2, 3],
        ],
      },
    },
    {},
    [
      ['a', 1],
      ['b', 2],
    ],
  ],
  [
    { $zip: { inputs: [['a'], [1, 2]], useLongestLength: true, defaults: ['-', 0] } },
    {},
    [
      ['a', 1],
      ['-', 2],
    ],
  ],
  [{ $firstN: { input: [1, 2, 3], n: 2 } }, {}, [1, 2]],
  [{ $lastN: { input: [1, 2, 3], n: 2 } }, {}, [2, 3]],
  [{ $maxN: { input: [1, 3, null, 2], n: 2 } }, {}, [3, 2]],
  [{ $minN: { input: [1, 3, null, 2], n: 2 } }, {}, [1, 2]],
]);

table('sets', [
  [{ $setUnion: [['a', 'b', 'a'], ['c']] }, {}, ['a', 'b', 'c']],
  [
    {
      $setIntersection: [
        ['a', 'b'],
        ['b', 'c'],
      ],
    },
    {},
    ['b'],
  ],
  [{ $setDifference: [['a', 'b', 'a'], ['b']] }, {}, ['a']],
  [
    {
      $setEquals: [
        ['a', 'b', 'a'],
        ['b', 'a'],
      ],
    },
    {},
    true,
  ],
  [{ $setIsSubset: [['a'], ['b', 'a']] }, {}, true],
  [{ $setUnion: [['a'], null] }, {}, null],
  [{ $anyElementTrue: [[0, false, 1]] }, {}, true],
  [{ $allElementsTrue: [[]] }, {}, true],
]);

table('objects', [
  [{ $mergeObjects: [{ a: 1 }, null, { a: 2, b: 3 }] }, {}, { a: 2, b: 3 }],
  [{ $objectToArray: '$a' }, { a: { x: 1 } }, [{ k: 'x', v: 1 }]],
  [{ $getField: 'a.b' }, { 'a.b': 1 }, 1],
  [{ $getField: { field: { $literal: '$x' }, input: '$a' } }, { a: { $x: 2 } }, 2],
  [{ $setField: { field: 'a.b', input: '$$ROOT', value: 5 } }, { c: 1 }, { c: 1, 'a.b': 5 }],
  [{ $unsetField: { field: 'c', input: '$$ROOT' } }, { c: 1, d: 2 }, { d: 2 }],
  [{ $setField: { field: '__proto__', input: {}, value: 1 } }, {}, JSON.parse('{"__proto__":1}')],
]);

table('strings', [
  [{ $concat: ['a', '$b'] }, { b: 'c' }, 'ac'],
  [{ $concat: ['a', null] }, {}, null],
  [{ $indexOfCP: ['cafétéria', 'é'] }, {}, 3],
  [{ $indexOfBytes: ['cafétéria', 't'] }, {}, 5],
  [{ $indexOfCP: ['vanilla', 'nilla', 3] }, {}, -1],
  [{ $split: ['a-b-c', '-'] }, {}, ['a', 'b', 'c']],
  [{ $strLenBytes: 'café' }, {}, 5],
  [{ $strLenCP: '寿司🍣' }, {}, 3],
  [{ $strcasecmp: ['ABC', 'abd'] }, {}, -1],
  [{ $substr: ['hello', 1, 3] }, {}, 'ell'],
  [{ $substrBytes: ['hello', 2, -1] }, {}, 'llo'],
  [{ $substrBytes: ['寿司sushi', 0, 3] }, {}, '寿'],
  [{ $substrCP: ['寿司🍣x', 1, 2] }, {}, '司🍣'],
  [{ $substr: ['$a', 0, 2] }, { a: null }, ''],
  [{ $toUpper: 'aé' }, {}, 'Aé'],
  [{ $toLower: '$a' }, {}, ''],
  [{ $trim: { input: ' \n x ' } }, {}, 'x'],
  [{ $ltrim: { input: 'ggxg', chars: 'g' } }, {}, 'xg'],
  [{ $rtrim: { input: 'ggxg', chars: 'g' } }, {}, 'ggx'],
  [{ $replaceOne: { input: 'a.b.c', find: '.', replacement: '-' } }, {}, 'a-b.c'],
  [{ $replaceAll: { input: 'a.b.c', find: '.', replacement: { $literal: '$&' } } }, {}, 'a$&b$&c'],
  [{ $regexMatch: { input: 'Hello', regex: '^h', options: 'i' } }, {}, true],
  [{ $regexMatch: { input: '$a', regex: 'x' } }, {}, false],
  [
    { $regexFind: { input: '🍣 ab12', regex: new BSONRegExp('([a-z]+)(\\d+)(z)?') } },
    {},
    { match: 'ab12', idx: 2, captures: ['ab', '12', null] },
  ],
  [
    { $regexFindAll: { input: 'a1b2', regex: '\\d' } },
    {},
    [
      { match: '1', idx: 1, captures: [] },
      { match: '2', idx: 3, captures: [] },
    ],
  ],
  [{ $toString: 1.5 }, {}, '1.5'],
  [{ $binarySize: 'é' }, {}, 2],
  [{ $bsonSize: { a: 1 } }, {}, 12],
]);

const day = date('2024-03-10T18:30:15.123Z');
table('dates', [
  [{ $year: '$d' }, { d: day }, 2024],
  [{ $month: '$d' }, { d: day }, 3],
  [{ $dayOfMonth: '$d' }, { d: day }, 10],
  [{ $dayOfWeek: '$d' }, { d: day }, 1],
  [{ $isoDayOfWeek: '$d' }, { d: day }, 7],
  [{ $dayOfYear: '$d' }, { d: day }, 70],
  [{ $week: '$d' }, { d: day }, 10],
  [{ $isoWeek: '$d' }, { d: day }, 10],
  [{ $isoWeekYear: '$d' }, { d: date('2021-01-02') }, 2020n],
  [{ $hour: { date: '$d', timezone: 'America/Los_Angeles' } }, { d: day }, 11],
  [{ $hour: { date: '$d', timezone: '+05:30' } }, { d: day }, 0],
  [{ $minute: '$d' }, { d: day }, 30],
  [{ $second: '$d' }, { d: day }, 15],
  [{ $millisecond: '$d' }, { d: day }, 123],
  [{ $year: '$d' }, { d: null }, null],
  [{ $year: '$d' }, { d: new ObjectId('65ed0c000000000000000000') }, 2024],
  [{ $dateToString: { date: '$d' } }, { d: day }, '2024-03-10T18:30:15.123Z'],
  [
    { $dateToString: { date: '$d', format: '%Y-%m-%d %H:%M:%S.%L %j %w %u %U %V %G %z %Z %% %b %B' } },
    { d: day },
    '2024-03-10 18:30:15.123 070 1 7 10 10 2024 +0000 0 % Mar March',
  ],
  [
    { $dateToString: { date: '$d', timezone: 'America/New_York', format: '%H:%M%z %Z' } },
    { d: day },
    '14:30-0400 -240',
  ],
  [{ $dateToString: { date: '$d', onNull: 'none' } }, {}, 'none'],
  [{ $dateFromString: { dateString: '2017-02-08T12:10:40.787' } }, {}, date('2017-02-08T12:10:40.787Z')],
  [
    { $dateFromString: { dateString: '2017-02-08T12:10:40.787', timezone: 'America/New_York' } },
    {},
    date('2017-02-08T17:10:40.787Z'),
  ],
  [{ $dateFromString: { dateString: '2017-02-08T12:10:40+02:00' } }, {}, date('2017-02-08T10:10:40Z')],
  [{ $dateFromString: { dateString: '06-15-2018', format: '%m-%d-%Y' } }, {}, date('2018-06-15')],
  [{ $dateFromString: { dateString: '15/Jun/2018', format: '%d/%b/%Y' } }, {}, date('2018-06-15')],
  [{ $dateFromString: { dateString: 'nonsense', onError: 'bad' } }, {}, 'bad'],
  [{ $dateFromString: { dateString: null, onNull: 'none' } }, {}, 'none'],
  [{ $dateFromParts: { year: 2017, month: 2, day: 8, hour: 12 } }, {}, date('2017-02-08T12:00:00Z')],
  [{ $dateFromParts: { year: 2017, month: 14, day: 0 } }, {}, date('2018-01-31')],
  [{ $dateFromParts: { isoWeekYear: 2017, isoWeek: 6, isoDayOfWeek: 3 } }, {}, date('2017-02-08')],
  [
    { $dateFromParts: { year: 2016, month: 12, day: 31, hour: 23, timezone: 'America/New_York' } },
    {},
    date('2017-01-01T04:00:00Z'),
  ],
  [
    { $dateToParts: { date: '$d' } },
    { d: day },
    { year: 2024, month: 3, day: 10, hour: 18, minute: 30, second: 15, millisecond: 123 },
  ],
  [
    { $dateToParts: { date: '$d', iso8601: true } },
    { d: day },
    { isoWeekYear: 2024, isoWeek: 10, isoDayOfWeek: 7, hour: 18, minute: 30, second: 15, millisecond: 123 },
  ],
  [{ $dateAdd: { startDate: '$d', unit: 'month', amount: 1 } }, { d: date('2024-01-31') }, date('2024-02-29')],
  [
    { $dateAdd: { startDate: '$d', unit: 'day', amount: 1, timezone: 'America/New_York' } },
    { d: date('2024-03-09T12:00:00Z') },
    date('2024-03-10T11:00:00Z'),
  ],
  [{ $dateSubtract: { startDate: '$d', unit: 'quarter', amount: 1 } }, { d: date('2024-05-31') }, date('2024-02-29')],
  [
    { $dateAdd: { startDate: '$d', unit: 'hour', amount: 25 } },
    { d: date('2024-01-01') },
    date('2024-01-02T01:00:00Z'),
  ],
  [{ $dateDiff: { startDate: date('2020-12-31'), endDate: date('2021-01-01'), unit: 'year' } }, {}, 1n],
  [{ $dateDiff: { startDate: date('2021-01-31'), endDate: date('2021-01-01'), unit: 'week' } }, {}, -5n],
  [
    { $dateDiff: { startDate: date('2021-01-01T00:30:00Z'), endDate: date('2021-01-01T01:10:00Z'), unit: 'hour' } },
    {},
    1n,
  ],
  [{ $dateTrunc: { date: '$d', unit: 'month' } }, { d: day }, date('2024-03-01')],
  [{ $dateTrunc: { date: '$d', unit: 'week', startOfWeek: 'monday' } }, { d: day }, date('2024-03-04')],
  [{ $dateTrunc: { date: '$d', unit: 'week' } }, { d: day }, day > date('2024-03-10') ? date('2024-03-10') : null],
  [{ $dateTrunc: { date: '$d', unit: 'hour', binSize: 6 } }, { d: day }, date('2024-03-10T18:00:00Z')],
  [
    { $dateTrunc: { date: '$d', unit: 'quarter', timezone: 'America/New_York' } },
    { d: day },
    date('2024-01-01T05:00:00Z'),
  ],
  [{ $dateTrunc: { date: '$d', unit: 'month', binSize: 5 } }, { d: date('2021-03-20') }, date('2020-11-01')],
  [{ $tsSecond: '$t' }, { t: new Timestamp({ t: 5, i: 7 }) }, 5n],
  [{ $tsIncrement: '$t' }, { t: new Timestamp({ t: 5, i: 7 }) }, 7n],
]);

table('conversion', [
  [{ $type: '$a' }, {}, 'missing'],
  [{ $type: '$a' }, { a: double(1) }, 'double'],
  [{ $type: '$a' }, { a: 1n }, 'long'],
  [{ $isNumber: '$a' }, { a: decimal('1') }, true],
  [{ $toInt: 1.9 }, {}, 1],
  [{ $toInt: '42' }, {}, 42],
  [{ $toLong: 5 }, {}, 5n],
  [{ $toLong: day }, {}, BigInt(day.getTime())],
  [{ $toDouble: '5' }, {}, double(5)],
  [{ $toDouble: true }, {}, double(1)],
  [{ $toDecimal: '1.10' }, {}, decimal('1.10')],
  [{ $toBool: 'false' }, {}, true],
  [{ $toString: true }, {}, 'true'],
  [{ $toString: double(2) }, {}, '2'],
  [{ $toString: { $add: [0.1, 0.2] } }, {}, '0.3'],
  [{ $toString: 1e20 }, {}, '1e+20'],
  [{ $toString: 0.00001 }, {}, '1e-05'],
  [{ $toString: 1234567.25 }, {}, '1234567.25'],
  [{ $toString: 9007199254740992n }, {}, '9007199254740992'],
  [{ $toString: day }, {}, '2024-03-10T18:30:15.123Z'],
  [{ $toDate: '2024-03-10' }, {}, date('2024-03-10')],
  [{ $toDate: '$a' }, { a: 86400000n }, date('1970-01-02')],
  [{ $toObjectId: '65ed0c000000000000000000' }, {}, new ObjectId('65ed0c000000000000000000')],
  [{ $convert: { input: 'x', to: 'int', onError: -1 } }, {}, -1],
  [{ $convert: { input: null, to: 'int', onNull: 0 } }, {}, 0],
  [{ $convert: { input: 1.5, to: 16 } }, {}, 1],
  [
    { $toUUID: '12345678-1234-1234-1234-123456789abc' },
    {},
    new Binary(Buffer.from('12345678123412341234123456789abc', 'hex'), 4),
  ],
]);

table('accumulators as expressions', [
  [{ $sum: [1, '$a', 'x'] }, { a: 2 }, 3],
  [{ $sum: '$a' }, { a: [1, 2n] }, 3n],
  [{ $sum: ['$a', 1] }, { a: [1, 2] }, 1],
  [{ $avg: '$a' }, { a: [1, 2] }, 1.5],
  [{ $avg: '$a' }, { a: [] }, null],
  [{ $max: [1, null, 'a'] }, {}, 'a'],
  [{ $min: '$a' }, { a: [3, 1, 2] }, 1],
  [{ $stdDevPop: [2, 4] }, {}, double(1)],
  [{ $stdDevSamp: [1] }, {}, null],
  [{ $median: { input: [1, 5, 3], method: 'approximate' } }, {}, double(3)],
  [{ $percentile: { input: [1, 2, 3, 4], p: [0.5, 0.95], method: 'approximate' } }, {}, [double(2), double(4)]],
]);

describe('errors carry the codes of MongoDB', () => {
  test.each<[BsonValue, Document, number]>([
    [{ $foo: 1 }, {}, 168],
    [{ $add: 1, $abs: 2 }, {}, 15983],
    [{ a: { $add: 1, b: 2 } }, {}, 15983],
    [{ 'a.b': 1 }, {}, 16412],
    ['$', {}, 16872],
    ['$a.', {}, 40353],
    ['$a..b', {}, 15998],
    ['$a.$b', {}, 16410],
    ['$$nope', {}, 17276],
    [{ $abs: [1, 2] }, {}, 16020],
    [{ $slice: [[1]] }, {}, 28667],
    [{ $abs: 'x' }, {}, 28765],
    [{ $add: ['$a', 1] }, { a: 'x' }, 14],
    [{ $divide: [1, '$a'] }, { a: 0 }, 2],
    [{ $mod: [1, '$a'] }, { a: 0 }, 16610],
    [{ $size: '$a' }, {}, 17124],
    [{ $in: [1, '$a'] }, {}, 40081],
    [{ $concat: ['$a'] }, { a: 1 }, 16702],
    [{ $toInt: '$a' }, { a: 'x' }, 241],
    [{ $toInt: '$a' }, { a: 3000000000 }, 241],
    [{ $toDate: '$a' }, { a: 5 }, 241],
    [{ $switch: { branches: [{ case: '$a', then: 1 }] } }, {}, 40066],
    [{ $let: { vars: { X: 1 }, in: 1 } }, {}, 9],
    [{ $cond: { if: 1, then: 2 } }, {}, 17082],
    [{ $dateToString: { date: '$a', format: '%q' } }, { a: day }, 18536],
    [{ $hour: { date: '$a', timezone: 'Mars/Base' } }, { a: day }, 40485],
    [{ $year: '$a' }, { a: 5 }, 16006],
    [{ $function: { body: 'x', args: [], lang: 'js' } }, {}, 115],
    [{ $filter: { input: 5, cond: true } }, {}, 28651],
    [{ $arrayToObject: '$a' }, { a: [[1, 2]] }, 40395],
    [{ $mergeObjects: ['$a'] }, { a: 5 }, 40400],
    [{ $substrBytes: ['é', 1, 1] }, {}, 28656],
    [{ $dateAdd: { startDate: '$a', unit: 'eon', amount: 1 } }, { a: day }, 9],
  ])('%j', (expression, document, code) => {
    let thrown: unknown;
    try {
      evaluate(expression, document);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MongoError);
    expect((thrown as MongoError).code).toBe(code);
  });

  test('an error in a constant is found without any document', () => {
    expect(() => compileExpression({ $divide: [1, 0] })).toThrow(
      "Failed to optimize pipeline :: caused by :: can't $divide by zero",
    );
  });
});

describe('what a compiled expression says of itself', () => {
  test('it names the top-level fields that it reads', () => {
    const { fields } = compileExpression({ $add: ['$a.b', { $let: { vars: { x: '$c' }, in: '$$x.d' } }, '$$ROOT.e'] });
    expect(fields).toEqual(new Set(['a', 'c', 'e']));
  });

  test('it reads all of a document that it takes whole', () => {
    expect(compileExpression({ $mergeObjects: ['$$ROOT'] }).fields).toBe('all');
  });

  test('a constant is known before any document is seen', () => {
    expect(compileExpression({ $add: [1, { $multiply: [2, 3] }] }).constant).toEqual({ value: 7 });
    expect(compileExpression({ $rand: {} }).constant).toBeUndefined();
  });

  test('variables of the command can get new values with each document', () => {
    const compiled = compileExpression({ $eq: ['$a', '$$wanted'] }, { variables: { wanted: 1 } });
    expect(compiled.evaluate({ a: 1 })).toBe(true);
    expect(compiled.evaluate({ a: 1 }, { wanted: 2 })).toBe(false);
  });

  test('a collation decides what is equal and what comes first', () => {
    const collation = compileCollation({ locale: 'en', strength: 2 });
    expect(compileExpression({ $eq: ['$a', 'ABC'] }, { collation }).evaluate({ a: 'abc' })).toBe(true);
    expect(compileExpression({ $setUnion: [['a'], '$a'] }, { collation }).evaluate({ a: ['A'] })).toEqual(['a']);
  });

  test('every operator has a summary', () => {
    const names = expressionOperators.names();
    expect(names.length).toBeGreaterThan(150);
    for (const name of names) expect(expressionOperators.get(name)?.summary, name).toMatch(/\.$/);
  });
});
