/** Short to write, long to run, or large. */
import { type Attack, emptyHanded, refused, stopped } from './attack.ts';

const range = (count: number) => ({ $range: [0, count] });
const doubled = (join: string, initialValue: unknown) => ({
  $reduce: { input: range(60), initialValue, in: { [join]: ['$$value', '$$value'] } },
});
const nested = (depth: number): unknown => (depth === 0 ? 1 : { $add: [nested(depth - 1), 1] });
const branches = (depth: number): unknown => (depth === 0 ? { a: 1 } : { $or: [branches(depth - 1)] });
const lookup = (pipeline: unknown[]) => ({ $lookup: { from: 'order_items', pipeline, as: 'joined' } });
const everyPair = Array.from({ length: 7 }, (_, n) => [
  { $lookup: { from: 'order_items', pipeline: [], as: `j${n}` } },
  { $unwind: `$j${n}` },
  { $project: { _id: 1 } },
]).flat();

export const bombs: readonly Attack[] = [
  refused('a pattern of nested repetitions', [{ $match: { status: { $regex: '(a+)+$' } } }]),
  refused('a pattern of overlapping alternatives', [{ $match: { status: { $regex: '(a|a)*b' } } }]),
  refused('a pattern of many optional letters', [
    { $match: { status: { $regex: `${'a?'.repeat(30)}${'a'.repeat(30)}` } } },
  ]),
  refused('a pattern of many stars', [{ $match: { status: { $regex: '.*.*.*.*x' } } }]),
  refused('a pattern with a back-reference', [{ $match: { status: { $regex: '(a)\\1' } } }]),
  refused('a pattern with lookaround', [{ $match: { status: { $regex: '(?=a)b' } } }]),
  refused('a pattern with an inline option', [{ $match: { status: { $regex: '(?x)a' } } }]),
  refused('a pattern of a thousand repetitions', [{ $match: { status: { $regex: '(a{1,999}){1,999}' } } }]),
  refused('a pattern in an expression', [{ $set: { a: { $regexMatch: { input: 'a', regex: '(a+)+$' } } } }]),
  refused('a pattern from the data', [{ $set: { a: { $regexMatch: { input: 'a', regex: '$status' } } } }]),
  refused('a pattern with odd options', [{ $match: { status: { $regex: 'a', $options: 'x' } } }]),
  refused('a pattern longer than any word', [{ $match: { status: { $regex: 'a'.repeat(5000) } } }]),
  refused('expressions nested a hundred deep', [{ $set: { a: nested(100) } }]),
  refused('filters nested a thousand deep', [{ $match: branches(1000) }]),
  refused('pipelines nested five deep', [lookup([lookup([lookup([lookup([lookup([])])])])])]),
  refused(
    'a thousand stages',
    Array.from({ length: 1000 }, () => ({ $match: {} })),
  ),
  refused('a thousand stages in $facet', [
    { $facet: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}`, [{ $match: {} }, { $count: 'n' }]])) },
  ]),
  refused('a list of a million', [{ $match: { total: { $in: Array.from({ length: 1_000_000 }, (_, n) => n) } } }]),
  refused('a text of a megabyte', [{ $match: { status: 'a'.repeat(1_000_000) } }]),
  refused('a name of a megabyte', [{ $match: { ['a'.repeat(1_000_000)]: 1 } }]),
  refused('an object of ten thousand fields', [
    { $set: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, n])) },
  ]),
  refused(
    '$lookup nine times',
    Array.from({ length: 9 }, () => lookup([])),
  ),
  emptyHanded('every pair of seven joins, of which a hundred are read', everyPair),
  stopped('every pair of seven joins, counted', [...everyPair, { $group: { _id: null, n: { $sum: 1 } } }]),
  stopped('a text doubled sixty times', [{ $set: { a: doubled('$concat', '0123456789') } }]),
  stopped('a list doubled sixty times', [{ $set: { a: { $size: doubled('$concatArrays', [1, 2]) } } }]),
  stopped('a range of two thousand million', [{ $set: { a: { $size: range(2_000_000_000) } } }]),
  stopped('a map in a map in a map', [
    {
      $set: {
        a: {
          $size: {
            $map: {
              input: range(5000),
              in: { $map: { input: range(5000), in: { $map: { input: range(5000), in: 1 } } } },
            },
          },
        },
      },
    },
  ]),
  stopped('an endless fold', [
    { $set: { a: { $reduce: { input: range(9_000_000), initialValue: 0, in: { $add: ['$$value', 1] } } } } },
  ]),
  stopped('ranges zipped', [{ $set: { a: { $zip: { inputs: Array.from({ length: 20 }, () => range(1_000_000)) } } } }]),
  stopped('a text that replaces itself', [
    {
      $set: {
        a: {
          $reduce: {
            input: range(40),
            initialValue: 'aa',
            in: { $replaceAll: { input: '$$value', find: 'a', replacement: 'aaaaaaaa' } },
          },
        },
      },
    },
  ]),
  stopped('a filter by a filter', [
    {
      $set: {
        a: {
          $filter: {
            input: range(30_000),
            cond: { $in: ['$$this', { $filter: { input: range(30_000), as: 'y', cond: { $gt: ['$$y', 1] } } }] },
          },
        },
      },
    },
  ]),
  stopped('a group that pushes millions', [
    { $set: { a: range(200_000) } },
    { $unwind: '$a' },
    { $group: { _id: null, all: { $push: { a: '$a', b: 'a long text to fill the memory with' } } } },
  ]),
  stopped('a sort of millions', [{ $set: { a: range(1_000_000) } }, { $unwind: '$a' }, { $sort: { a: -1 } }]),
  emptyHanded(
    'rows without end',
    [{ $set: { a: range(100_000) } }, { $unwind: '$a' }, { $project: { a: 1 } }],
    'orders',
    1000,
  ),
  emptyHanded('one row of many megabytes', [{ $limit: 1 }, { $set: { a: range(500_000) } }]),
  emptyHanded('a skip beyond all', [{ $skip: 1_000_000_000 }]),
];
