/** MongoDB's order over values of every type, and what hangs on it, against the model of `model/order.ts`. */
import fc from 'fast-check';
import { BSONSymbol, type Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { documents, fields, values } from './arbitrary/values.ts';
import { keysAt, orderOfKeys, sortKeys } from './model/keys.ts';
import { MISSING, order, placeOf } from './model/order.ts';
import { exact, isRefused, openEmbedded, outcomeOf, type Peer, withCollection } from './servers.ts';
import { holds, testMs } from './settings.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await openEmbedded();
});

type SortSpec = Readonly<Record<string, 1 | -1>>;

const paths = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.a', 'a.b.c');
const sorts: fc.Arbitrary<SortSpec> = fc
  .uniqueArray(fc.tuple(paths, fc.constantFrom<1 | -1>(1, -1)), {
    minLength: 1,
    maxLength: 3,
    selector: ([path]) => path,
  })
  .map((parts) => ({ ...Object.fromEntries(parts), _id: 1 }));

/** Values that may stand in a document: a missing field is one of them. */
const maybe = fc.oneof({ weight: 9, arbitrary: values }, { weight: 1, arbitrary: fc.constant(MISSING) });
const withField = (list: readonly unknown[]): Document[] =>
  list.map((value, at) => (value === MISSING ? { _id: at } : { _id: at, v: value }));

/** Below an empty array a field is missing; the array itself sorts before null. */
const ONCE_FAILED: { stored: Document[]; sort: SortSpec }[] = [
  { stored: [{ _id: 0 }, { _id: 1, b: [] }], sort: { 'b.a': 1, _id: 1 } },
  { stored: [{ _id: 0 }, { _id: 1, b: [] }], sort: { b: 1, _id: 1 } },
];

const ids = (list: readonly Document[]) => list.map(({ _id }) => Number(_id));

describe('the order of values is MongoDB’s', () => {
  test(
    'find().sort(), $sort and the order of an index sort as the model does',
    async () => {
      const cases = fc.record({ stored: documents(10), sort: sorts });
      await holds('sorts', cases, { cases: 50, onceFailed: ONCE_FAILED }, ({ stored, sort }) =>
        withCollection(peer.db, async (collection) => {
          if (stored.length > 0) await collection.insertMany(stored.map((one) => ({ ...one })));
          const keyed = stored.map((document) => ({ document, key: sortKeys(document, sort) }));
          keyed.sort((a, b) => orderOfKeys(a.key, b.key, sort));
          const expected = ids(keyed.map(({ document }) => document));
          const spec = Object.fromEntries(Object.entries(sort));
          expect(ids(await collection.find().sort(spec).toArray()), 'find').toEqual(expected);
          expect(ids(await collection.aggregate([{ $sort: spec }]).toArray()), '$sort').toEqual(expected);
          expect(
            ids(await collection.aggregate([{ $sort: spec }, { $limit: 3 }]).toArray()),
            '$sort and $limit',
          ).toEqual(expected.slice(0, 3));
          const made = await outcomeOf(() => collection.createIndex(spec, { name: 'i' }));
          if (isRefused(made)) return;
          expect(ids(await collection.find().sort(spec).hint('i').toArray()), 'index').toEqual(expected);
          const reversed = Object.fromEntries(
            Object.entries(sort).map(([path, direction]) => [path, -direction as 1 | -1]),
          );
          const backwards = stored.map((document) => ({ document, key: sortKeys(document, reversed) }));
          backwards.sort((a, b) => orderOfKeys(a.key, b.key, reversed));
          expect(ids(await collection.find().sort(reversed).hint('i').toArray()), 'index backwards').toEqual(
            ids(backwards.map(({ document }) => document)),
          );
        }),
      );
    },
    testMs,
  );

  test(
    '$cmp, $eq, $lt … and $min, $max, $group, distinct and $setUnion see values as the model does',
    async () => {
      await holds(
        'comparisons',
        fc.array(maybe, { minLength: 2, maxLength: 8 }),
        { cases: 50, onceFailed: [[new BSONSymbol('a'), 'a']] },
        (list) =>
          withCollection(peer.db, async (collection) => {
            await collection.insertMany(withField(list));
            const [pair] = await collection
              .aggregate([
                { $group: { _id: null, list: { $push: { v: '$v' } } } },
                {
                  $project: {
                    cmp: {
                      $map: {
                        input: { $range: [1, { $size: '$list' }] },
                        in: {
                          $let: {
                            vars: {
                              a: { $arrayElemAt: ['$list', { $subtract: ['$$this', 1] }] },
                              b: { $arrayElemAt: ['$list', '$$this'] },
                            },
                            in: {
                              cmp: { $cmp: ['$$a.v', '$$b.v'] },
                              eq: { $eq: ['$$a.v', '$$b.v'] },
                              lt: { $lt: ['$$a.v', '$$b.v'] },
                              gte: { $gte: ['$$a.v', '$$b.v'] },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              ])
              .toArray();
            const compared = (pair!['cmp'] as Document[]).map(({ cmp, eq, lt, gte }) => ({
              cmp: Number(cmp),
              eq,
              lt,
              gte,
            }));
            const expected = list.slice(1).map((value, at) => {
              const difference = Math.sign(order(list[at], value));
              return { cmp: difference, eq: difference === 0, lt: difference < 0, gte: difference >= 0 };
            });
            expect(compared).toEqual(expected);

            const [extremes] = await collection
              .aggregate([{ $group: { _id: null, min: { $min: '$v' }, max: { $max: '$v' } } }])
              .toArray();
            // Missing and null do not count.
            const counted = list.filter((value) => !['missing', 'null'].includes(placeOf(value)));
            const least =
              counted.length === 0 ? null : counted.reduce((best, value) => (order(value, best) < 0 ? value : best));
            const greatest =
              counted.length === 0 ? null : counted.reduce((best, value) => (order(value, best) > 0 ? value : best));
            expect(order(extremes!['min'], least), `$min is ${exact(extremes!['min'])}`).toBe(0);
            expect(order(extremes!['max'], greatest), `$max is ${exact(extremes!['max'])}`).toBe(0);

            const groups = await collection.aggregate([{ $group: { _id: '$v', n: { $sum: 1 } } }]).toArray();
            const classes = classesOf(list.map((value) => (value === MISSING ? null : value)));
            // A missing key and null are one group.
            expect(sizes(groups.map(({ _id, n }) => ({ value: _id, size: Number(n) }))), '$group').toEqual(
              sizes(classes),
            );

            const distinct = await collection.distinct('v');
            const apart = classesOf(
              withField(list)
                .flatMap((document) => keysAt(document, 'v'))
                .filter((value) => value !== MISSING && value !== undefined),
            );
            expect(distinct.length, 'distinct').toBe(apart.length);
            for (const { value } of apart)
              expect(distinct.filter((one) => order(one, value) === 0).length, `distinct ${exact(value)}`).toBe(1);

            const [union] = await collection
              .aggregate([
                { $group: { _id: null, list: { $push: '$v' } } },
                { $project: { u: { $setUnion: ['$list', []] } } },
              ])
              .toArray();
            const present = classesOf(list.filter((value) => value !== MISSING));
            expect((union!['u'] as unknown[]).length, '$setUnion').toBe(present.length);
            const [sorted] = await collection
              .aggregate([
                { $group: { _id: null, list: { $push: '$v' } } },
                { $project: { s: { $sortArray: { input: '$list', sortBy: 1 } } } },
              ])
              .toArray();
            const elements = sorted!['s'] as unknown[];
            for (const [at, element] of elements.slice(1).entries())
              expect(order(elements[at], element), '$sortArray').toBeLessThanOrEqual(0);
          }),
      );
    },
    testMs,
  );

  test(
    'a comparison in a filter finds what the model finds, and never leaves the type of its operand',
    async () => {
      const cases = fc.record({ list: fc.array(values, { minLength: 1, maxLength: 8 }), operand: values });
      await holds('comparisons in filters', cases, { cases: 60 }, ({ list, operand }) =>
        withCollection(peer.db, async (collection) => {
          await collection.insertMany(withField(list));
          // A regular expression, MinKey and MaxKey have rules of their own; so has null. NaN is equal to itself only.
          const place = placeOf(operand);
          if (['regex', 'minKey', 'maxKey', 'null'].includes(place)) return;
          const isNaNOperand = exact(operand).includes('NaN') && place === 'number';
          for (const [name, holdsFor] of [
            ['$lt', (difference: number) => difference < 0],
            ['$lte', (difference: number) => difference <= 0],
            ['$eq', (difference: number) => difference === 0],
            ['$gt', (difference: number) => difference > 0],
            ['$gte', (difference: number) => difference >= 0],
          ] as const) {
            const test = (value: unknown) => {
              if (placeOf(value) !== place) return false;
              const difference = order(value, operand);
              const isNaNValue = place === 'number' && exact(value).includes('NaN');
              if (isNaNValue || isNaNOperand) return isNaNValue && isNaNOperand && name !== '$lt' && name !== '$gt';
              return holdsFor(difference);
            };
            const expected = list.flatMap((value, at) =>
              test(value) || (Array.isArray(value) && value.some(test)) ? [at] : [],
            );
            const filter = { v: { [name]: operand } };
            expect(ids(await collection.find(filter).sort({ _id: 1 }).toArray()), exact(filter)).toEqual(expected);
          }
        }),
      );
    },
    testMs,
  );

  test(
    'a unique index refuses exactly the documents whose keys another one has',
    async () => {
      const cases = fc.record({
        list: fc.array(fields, { minLength: 2, maxLength: 8 }),
        key: fc.constantFrom<SortSpec>({ a: 1 }, { 'a.b': -1 }, { a: 1, b: 1 }),
      });
      await holds('unique indexes', cases, { cases: 40 }, ({ list, key }) =>
        withCollection(peer.db, async (collection) => {
          await collection.createIndex({ ...key }, { unique: true });
          const held: unknown[][][] = [];
          for (const [at, document] of list.entries()) {
            const parts = Object.keys(key).map((path) =>
              keysAt(document, path).map((value) => (value === MISSING ? null : value)),
            );
            const inserted = await outcomeOf(() => collection.insertOne({ _id: at as never, ...document }));
            if (Object.keys(key).filter((path) => Array.isArray(document[path])).length > 1) {
              expect(isRefused(inserted) && inserted.code).toBe(171);
              continue;
            }
            const tuples = parts.reduce<unknown[][]>(
              (all, part) => all.flatMap((tuple) => part.map((value) => [...tuple, value])),
              [[]],
            );
            const isTaken = held.some((tuple) =>
              tuple.some((other) => tuples.some((own) => own.every((value, k) => order(value, other[k]) === 0))),
            );
            expect(isRefused(inserted) ? inserted.code : 'inserted', exact(document)).toBe(
              isTaken ? 11000 : 'inserted',
            );
            if (!isTaken) held.push(tuples);
          }
        }),
      );
    },
    testMs,
  );
});

interface Class {
  readonly value: unknown;
  size: number;
}

function classesOf(list: readonly unknown[]): Class[] {
  const classes: Class[] = [];
  for (const value of list) {
    const found = classes.find((one) => order(one.value, value) === 0);
    if (found === undefined) classes.push({ value, size: 1 });
    else found.size += 1;
  }
  return classes;
}

/** In order, so that two lists of classes can be compared: the place of the type and the size of each. */
const sizes = (classes: readonly Class[]) =>
  [...classes].sort((a, b) => order(a.value, b.value)).map(({ value, size }) => `${placeOf(value)} ${size}`);
