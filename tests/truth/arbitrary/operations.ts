/** Random sequences of operations on one collection. Whatever order a plan reads in, the answer must be one. */
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { filters } from './filters.ts';
import { fields, names, numbers, scalars, values } from './values.ts';

export type Update = Document | Document[];

export type Operation =
  | { readonly kind: 'begin' | 'commit' | 'abort' }
  | { readonly kind: 'createIndex'; readonly key: Document; readonly options: Document }
  | { readonly kind: 'insertMany'; readonly documents: Document[]; readonly ordered: boolean }
  | {
      readonly kind: 'update';
      readonly filter: Document;
      readonly update: Update;
      readonly upsert: boolean;
      readonly many: boolean;
    }
  | { readonly kind: 'replace'; readonly filter: Document; readonly document: Document; readonly upsert: boolean }
  | { readonly kind: 'delete'; readonly filter: Document }
  | {
      readonly kind: 'findAndModify';
      readonly filter: Document;
      readonly update: Update | null;
      readonly after: boolean;
      readonly projection: Document;
    }
  | { readonly kind: 'bulkWrite'; readonly writes: Document[]; readonly ordered: boolean }
  | {
      readonly kind: 'find';
      readonly filter: Document;
      readonly sort: Document;
      readonly skip: number;
      readonly limit: number;
      readonly projection: Document;
    }
  | { readonly kind: 'count'; readonly filter: Document }
  | { readonly kind: 'aggregate'; readonly pipeline: Document[] };

const ids = fc.integer({ min: 0, max: 9 });
const paths = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.a', 'a.b.c');

const identified: fc.Arbitrary<Document> = fc.tuple(ids, fields).map(([_id, one]) => ({ _id, ...one }));

/** One document, or those that a filter finds. */
const one = fc.oneof(
  ids.map((_id): Document => ({ _id })),
  fc.tuple(ids, filters).map(([_id, filter]): Document => ({ $and: [{ _id: { $gte: _id } }, filter] })),
);

const modifier: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(paths, values).map(([path, value]) => ({ $set: { [path]: value } })),
  paths.map((path) => ({ $unset: { [path]: 1 } })),
  fc
    .tuple(fc.constantFrom('$inc', '$mul'), paths, numbers)
    .map(([name, path, value]) => ({ [name]: { [path]: value } })),
  fc
    .tuple(fc.constantFrom('$min', '$max'), paths, scalars)
    .map(([name, path, value]) => ({ [name]: { [path]: value } })),
  fc
    .tuple(fc.constantFrom('$push', '$addToSet', '$pull'), paths, values)
    .map(([name, path, value]) => ({ [name]: { [path]: value } })),
  fc
    .tuple(paths, fc.array(scalars, { maxLength: 3 }), fc.integer({ min: -2, max: 2 }))
    .map(([path, list, slice]) => ({ $push: { [path]: { $each: list, $slice: slice, $sort: 1 } } })),
  fc.tuple(paths, fc.array(scalars, { maxLength: 2 })).map(([path, list]) => ({ $pullAll: { [path]: list } })),
  fc.tuple(paths, fc.constantFrom(1, -1)).map(([path, end]) => ({ $pop: { [path]: end } })),
  fc.tuple(fc.constantFrom(...names), fc.constantFrom('d', 'e')).map(([from, to]) => ({ $rename: { [from]: to } })),
  fc
    .tuple(paths, fc.constantFrom('and', 'or', 'xor'), fc.integer({ min: 0, max: 7 }))
    .map(([path, name, bits]) => ({ $bit: { [path]: { [name]: bits } } })),
  fc.tuple(fc.constantFrom(...names), scalars).map(([name, value]) => ({ $set: { [`${name}.$[]`]: value } })),
  fc.tuple(fc.constantFrom(...names), scalars).map(([name, value]) => ({ $setOnInsert: { [name]: value } })),
);

/** Those that fail for no document: with many, it depends on the plan how far a failing one comes. */
const gentle: fc.Arbitrary<Update> = fc.oneof(
  fc
    .tuple(fc.constantFrom('$set', '$min', '$max'), fc.constantFrom(...names), scalars)
    .map(([name, field, value]): Update => ({ [name]: { [field]: value } })),
  fc.constantFrom(...names).map((field): Update => ({ $unset: { [field]: 1 } })),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...names))
    .map(([to, from]): Update => [{ $set: { [to]: { old: `$${from}` } } }]),
  fc
    .shuffledSubarray([...names], { minLength: 2 })
    .map((kept): Update => [{ $replaceWith: Object.fromEntries(['_id', ...kept].map((name) => [name, `$${name}`])) }]),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(1, -1))
    .map(
      ([name, count]): Update => [
        { $set: { [name]: { $cond: [{ $isArray: `$${name}` }, { $slice: [`$${name}`, count] }, `$${name}`] } } },
      ],
    ),
);

const updates: fc.Arbitrary<Update> = fc.oneof({ weight: 3, arbitrary: modifier }, { weight: 1, arbitrary: gentle });

const projections = fc.constantFrom<Document>(
  {},
  { a: 1 },
  { b: 0 },
  { a: 1, _id: 0 },
  { 'a.b': 1 },
  { 'a.b': 0, c: 0 },
);

const write: fc.Arbitrary<Document> = fc.oneof(
  identified.map((document) => ({ insertOne: { document } })),
  fc
    .tuple(ids, updates, fc.boolean())
    .map(([_id, update, upsert]) => ({ updateOne: { filter: { _id }, update, upsert } })),
  fc.tuple(ids, fields).map(([_id, replacement]) => ({ replaceOne: { filter: { _id }, replacement } })),
  fc.tuple(ids).map(([_id]) => ({ deleteOne: { filter: { _id } } })),
);

const simplePipelines: fc.Arbitrary<Document[]> = fc.oneof(
  fc
    .tuple(filters, fc.constantFrom(...names))
    .map(([filter, name]) => [{ $match: filter }, { $group: { _id: { $type: `$${name}` }, n: { $sum: 1 } } }]),
  fc
    .tuple(filters, fc.constantFrom(...names))
    .map(([filter, name]) => [{ $match: filter }, { $unwind: `$${name}` }, { $project: { [name]: 1 } }]),
  fc
    .tuple(filters, fc.constantFrom(...names))
    .map(([filter, name]) => [
      { $sort: { _id: 1 } },
      { $match: filter },
      { $group: { _id: null, min: { $min: `$${name}` }, sum: { $sum: `$${name}` } } },
    ]),
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom<Operation>(
      { kind: 'begin' },
      { kind: 'begin' },
      { kind: 'commit' },
      { kind: 'commit' },
      { kind: 'abort' },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Document>({ a: 1 }, { b: -1 }, { a: 1, _id: 1 }, { 'a.b': 1 }, { c: 1, _id: -1 }),
        fc.constantFrom<Document>({}, {}, { sparse: true }, { partialFilterExpression: { a: { $gt: 0 } } }),
      )
      .map(([key, options]): Operation => ({ kind: 'createIndex', key, options })),
  },
  {
    weight: 0.2 * 5,
    arbitrary: fc.constant<Operation>({
      kind: 'createIndex',
      key: { b: 1 },
      options: { unique: true, name: 'u', partialFilterExpression: { b: { $type: 'number' } } },
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(identified, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([documents, ordered]): Operation => ({ kind: 'insertMany', documents, ordered })),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(one, updates, fc.boolean()).map(
      ([filter, update, upsert]): Operation => ({
        kind: 'update',
        filter,
        update,
        upsert: upsert && Object.hasOwn(filter, '_id'),
        many: false,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(filters, gentle)
      .map(([filter, update]): Operation => ({ kind: 'update', filter, update, upsert: false, many: true })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(one, fields, fc.boolean()).map(
      ([filter, document, upsert]): Operation => ({
        kind: 'replace',
        filter,
        document,
        upsert: upsert && Object.hasOwn(filter, '_id'),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: filters.map(
      (filter): Operation => ({ kind: 'delete', filter: { $and: [{ _id: { $lt: 5 } }, filter] } }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(one, fc.option(updates), fc.boolean(), projections).map(
      ([filter, update, after, projection]): Operation => ({
        kind: 'findAndModify',
        filter,
        update,
        after,
        projection,
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(write, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([writes, ordered]): Operation => ({ kind: 'bulkWrite', writes, ordered })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('find' as const),
      filter: filters,
      sort: fc.constantFrom<Document>({}, { a: 1 }, { b: -1, a: 1 }, { 'a.b': 1 }),
      skip: fc.constantFrom(0, 1),
      limit: fc.constantFrom(0, 2),
      projection: projections,
    }),
  },
  { weight: 1, arbitrary: filters.map((filter): Operation => ({ kind: 'count', filter })) },
  { weight: 2, arbitrary: simplePipelines.map((pipeline): Operation => ({ kind: 'aggregate', pipeline })) },
);

export const operations: fc.Arbitrary<Operation[]> = fc.array(operation, { minLength: 2, maxLength: 16, size: 'max' });
