/**
 * Where mingo 7.2.7 goes its own way. Each case says what MongoDB documents; the server must answer that, and mingo must
 * still answer otherwise: when a new version follows MongoDB, the case leaves this list and joins `mingo.test.ts`.
 */
import { aggregate, find, update as updated } from 'mingo';
import type { Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { openEmbedded, type Peer, withCollection } from './servers.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await openEmbedded();
});

interface Difference {
  /** The rule, as MongoDB's manual has it, and what mingo does instead. */
  readonly rule: string;
  readonly document: Document;
  readonly ask:
    | { filter: Document }
    | { expression: unknown }
    | { stages: Document[] }
    | { update: Document }
    | { projection: Document };
  readonly mongodb: unknown;
  /** `fails`, or its answer. */
  readonly mingo: unknown;
}

const REFUSED = 'refused';
const FAILS = 'fails';

const differences: Difference[] = [
  // Filters: true where the document matches.
  {
    rule: '$gte and $lte of null match a missing field; mingo asks for a null',
    document: {},
    ask: { filter: { a: { $gte: null } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$all of one value is an equality, also for a field that is no array; mingo asks for an array',
    document: { a: 'x' },
    ask: { filter: { a: { $all: ['x'] } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$all of null matches a missing field; mingo asks for an array',
    document: {},
    ask: { filter: { a: { $all: [null] } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$type asks the elements of an array, too; mingo asks the array alone',
    document: { a: [1, 'x'] },
    ask: { filter: { a: { $type: 'number' } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$mod holds for numbers only; mingo takes null, booleans and dates for numbers',
    document: { a: null },
    ask: { filter: { a: { $mod: [2, 0] } } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: '$mod cuts off fractions; mingo computes with them',
    document: { a: 0.5 },
    ask: { filter: { a: { $mod: [3, 0] } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$in finds an empty array among its values; mingo does not',
    document: { a: [] },
    ask: { filter: { a: { $in: [[]] } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$regex looks into an array once; mingo into arrays in arrays',
    document: { a: [['x']] },
    ask: { filter: { a: { $regex: 'x' } } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: 'a path looks into the elements of an array that are documents; mingo also into the numbers below it',
    document: { a: [[1, 2]] },
    ask: { filter: { 'a.b': { $lt: 5 } } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: 'a path below a scalar in an array finds nothing; mingo finds an empty array',
    document: { a: [2] },
    ask: { filter: { 'a.b': [] } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: 'one document in an array that lacks the field is enough for null; mingo lets scalars beside it hide it',
    document: { a: [{}, 1] },
    ask: { filter: { 'a.b': null } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$elemMatch with fields matches documents; mingo also scalars',
    document: { a: [0] },
    ask: { filter: { a: { $elemMatch: { b: { $lt: 1 } } } } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: '$gt compares whole arrays element by element; mingo compares otherwise',
    document: { a: ['z', null] },
    ask: { filter: { a: { $gt: ['a'] } } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: 'documents compare by type before name; mingo by name',
    document: { a: { b: 'x' } },
    ask: { filter: { a: { $gte: { c: 0.5 } } } },
    mongodb: true,
    mingo: false,
  },
  // Expressions: their value.
  {
    rule: '$lt … compare across types; mingo only within one',
    document: { a: 'x' },
    ask: { expression: { $gt: ['$a', 1] } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: 'a missing field is less than any value; mingo says no',
    document: {},
    ask: { expression: { $lt: ['$a', 1] } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: '$ne compares an array as a whole; mingo looks for an element',
    document: { a: ['x', 'y'] },
    ask: { expression: { $ne: ['$a', { $literal: 'y' }] } },
    mongodb: true,
    mingo: false,
  },
  {
    rule: 'an empty string is true; mingo takes it for false in $not',
    document: {},
    ask: { expression: { $not: [{ $toUpper: '' }] } },
    mongodb: false,
    mingo: true,
  },
  {
    rule: '$toUpper knows ASCII only; mingo all letters',
    document: {},
    ask: { expression: { $toUpper: 'é' } },
    mongodb: 'é',
    mingo: 'É',
  },
  {
    rule: '$week counts from the first Sunday; mingo is one ahead',
    document: {},
    ask: { expression: { $week: new Date('2024-02-29T13:14:15Z') } },
    mongodb: 8,
    mingo: 9,
  },
  {
    rule: '$dateAdd of months ends on the last day of a shorter month; mingo runs over',
    document: {},
    ask: { expression: { $dateAdd: { startDate: new Date('2023-12-31T00:00:00Z'), unit: 'month', amount: -13 } } },
    mongodb: new Date('2022-11-30T00:00:00Z'),
    mingo: new Date('2022-12-01T00:00:00Z'),
  },
  {
    rule: '$round and $trunc take one argument as it is; mingo wants an array',
    document: {},
    ask: { expression: { $round: 1.5 } },
    mongodb: 2,
    mingo: FAILS,
  },
  {
    rule: '$indexOfCP finds a place; mingo does not know it',
    document: {},
    ask: { expression: { $indexOfCP: ['ab', 'b'] } },
    mongodb: 1,
    mingo: FAILS,
  },
  {
    rule: '$last of an empty array is missing; mingo fails',
    document: { a: [] },
    ask: { expression: { $ifNull: [{ $last: '$a' }, 'none'] } },
    mongodb: 'none',
    mingo: FAILS,
  },
  // Stages: the documents.
  {
    rule: '$unwind keeps what is no array, an empty document too; mingo drops it',
    document: { a: {} },
    ask: { stages: [{ $unwind: '$a' }] },
    mongodb: [{ _id: 1, a: {} }],
    mingo: [],
  },
  {
    rule: '$unwind of a field inside of an array finds no array; mingo takes the outer one apart',
    document: { a: [{ b: 1 }] },
    ask: { stages: [{ $unwind: { path: '$a.b', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } }] },
    mongodb: [{ _id: 1, a: [{ b: 1 }], at: null }],
    mingo: [{ _id: 1, a: [{ b: 1 }], at: 0 }],
  },
  {
    rule: '$addFields replaces a scalar on the way to a new field; mingo leaves it',
    document: { a: 1 },
    ask: { stages: [{ $addFields: { 'a.b': 2 } }] },
    mongodb: [{ _id: 1, a: { b: 2 } }],
    mingo: [{ _id: 1, a: 1 }],
  },
  {
    rule: '$addFields with a document sets its fields; mingo replaces the whole',
    document: { a: { x: 1 } },
    ask: { stages: [{ $addFields: { a: { y: 2 } } }] },
    mongodb: [{ _id: 1, a: { x: 1, y: 2 } }],
    mingo: [{ _id: 1, a: { y: 2 } }],
  },
  {
    rule: '$count of nothing gives no document; mingo a zero',
    document: {},
    ask: { stages: [{ $match: { a: 1 } }, { $count: 'n' }] },
    mongodb: [],
    mingo: [{ n: 0 }],
  },
  // Updates: the document afterwards.
  {
    rule: '$inc of a text is refused; mingo leaves it',
    document: { a: 'x' },
    ask: { update: { $inc: { a: 1 } } },
    mongodb: REFUSED,
    mingo: { _id: 1, a: 'x' },
  },
  {
    rule: '$push to what is no array is refused; mingo leaves it',
    document: { a: 'x' },
    ask: { update: { $push: { a: 1 } } },
    mongodb: REFUSED,
    mingo: { _id: 1, a: 'x' },
  },
  {
    rule: 'a field below a scalar is refused; mingo leaves it',
    document: { a: 1 },
    ask: { update: { $set: { 'a.b': 1 } } },
    mongodb: REFUSED,
    mingo: { _id: 1, a: 1 },
  },
  {
    rule: '$push with $slice bounds a new array; mingo keeps all',
    document: {},
    ask: { update: { $push: { a: { $each: [1, 2], $slice: -1 } } } },
    mongodb: { _id: 1, a: [2] },
    mingo: { _id: 1, a: [1, 2] },
  },
  {
    rule: '$push with $sort orders a new array; mingo does not',
    document: {},
    ask: { update: { $push: { a: { $each: [2, 1], $sort: 1 } } } },
    mongodb: { _id: 1, a: [1, 2] },
    mingo: { _id: 1, a: [2, 1] },
  },
  {
    rule: '$addToSet makes a new array without doubles; mingo keeps them',
    document: {},
    ask: { update: { $addToSet: { a: { $each: [1, 1] } } } },
    mongodb: { _id: 1, a: [1] },
    mingo: { _id: 1, a: [1, 1] },
  },
  {
    rule: '$max compares an array as a whole, above numbers; mingo replaces it',
    document: { a: [] },
    ask: { update: { $max: { a: 1 } } },
    mongodb: { _id: 1, a: [] },
    mingo: { _id: 1, a: 1 },
  },
  // Projections: the document as it is shown.
  {
    rule: '$slice alone leaves the other fields; mingo drops them',
    document: { a: [1, 2], b: 1 },
    ask: { projection: { a: { $slice: 1 } } },
    mongodb: { _id: 1, a: [1], b: 1 },
    mingo: { _id: 1, a: [1] },
  },
  {
    rule: '$elemMatch takes operators on scalars; mingo fails',
    document: { a: [1, 2] },
    ask: { projection: { a: { $elemMatch: { $gt: 1 } } } },
    mongodb: { _id: 1, a: [2] },
    mingo: FAILS,
  },
  {
    rule: '$elemMatch with fields passes over scalars; mingo takes them',
    document: { a: [3] },
    ask: { projection: { a: { $elemMatch: { b: 3 } } } },
    mongodb: { _id: 1 },
    mingo: { _id: 1, a: [3] },
  },
];

const promoted = { promoteValues: true, promoteLongs: true, promoteBuffers: true } as const;

function askMingo(document: Document, ask: Difference['ask']): unknown {
  const stored = structuredClone({ _id: 1, ...document }) as Document;
  try {
    if ('filter' in ask) return find([stored], ask.filter as never).all().length === 1;
    if ('expression' in ask) return aggregate([stored], [{ $project: { r: ask.expression } }])[0]!['r'];
    if ('stages' in ask) return aggregate([stored], ask.stages);
    if ('projection' in ask) return find([stored], {}, ask.projection as never).all()[0];
    updated(stored, ask.update);
    return stored;
  } catch {
    return FAILS;
  }
}

async function askServer(document: Document, ask: Difference['ask']): Promise<unknown> {
  let answer: unknown;
  await withCollection(peer.db, async (collection) => {
    await collection.insertOne({ _id: 1 as never, ...structuredClone(document) });
    if ('filter' in ask) answer = (await collection.find(ask.filter, promoted).toArray()).length === 1;
    else if ('expression' in ask) {
      answer = (await collection.aggregate([{ $project: { r: ask.expression } }], promoted).toArray())[0]!['r'];
    } else if ('stages' in ask) answer = await collection.aggregate(ask.stages, promoted).toArray();
    else if ('projection' in ask) answer = await collection.findOne({}, { ...promoted, projection: ask.projection });
    else {
      answer = await collection
        .findOneAndUpdate({}, ask.update, { ...promoted, returnDocument: 'after' })
        .catch(() => REFUSED);
    }
  });
  return answer;
}

describe('where mingo differs from MongoDB, the server follows MongoDB', () => {
  test.each(differences)('$rule', async ({ document, ask, mongodb, mingo }) => {
    expect(await askServer(document, ask)).toEqual(mongodb);
    expect(askMingo(document, ask)).toEqual(mingo);
  });

  test('mingo knows one type of numbers, and puts the fields of a projection in an order of its own', async () => {
    const [shown] = aggregate([{ _id: 1, b: 1 }], [{ $project: { b: 1, e: 'x' } }]);
    expect(Object.keys(shown!)).toEqual(['b', 'e', '_id']);
    await withCollection(peer.db, async (collection) => {
      await collection.insertOne({ _id: 1 as never, b: 1 });
      const [own] = await collection.aggregate([{ $project: { b: 1, e: 'x' } }]).toArray();
      expect(Object.keys(own!)).toEqual(['_id', 'b', 'e']);
    });
  });
});
