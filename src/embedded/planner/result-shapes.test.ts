/** What `find` makes of the documents that it found: projections, keys, metadata. */
import { type Collection, type Document, Double, Int32 } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { served } from '../served.testing.ts';

const { client } = await served();
let count = 0;

// biome-ignore lint/suspicious/noExplicitAny: tests store whatever they need, ids included.
async function collectionOf(documents: Document[]): Promise<Collection<any>> {
  count += 1;
  const collection = client.db('shapes').collection(`c${count}`);
  await collection.insertMany(documents);
  return collection;
}

describe('a projection', () => {
  test('[ES10] computes fields by expressions', async () => {
    const things = await collectionOf([{ _id: 1, price: 4, items: [{ n: 2 }, { n: 3 }] }]);
    const projection = { total: { $multiply: ['$price', { $sum: '$items.n' }] }, label: 'x', 'deep.price': '$price' };
    expect(await things.findOne({}, { projection })).toEqual({ _id: 1, total: 20, label: 'x', deep: { price: 4 } });
    await expect(things.findOne({}, { projection: { z: { $no: 1 } } })).rejects.toMatchObject({ code: 31325 });
  });

  test('[ES10] shows sort keys and index keys where it asks for them', async () => {
    const things = await collectionOf([
      { _id: 1, a: [3, 1] },
      { _id: 2, a: 2 },
    ]);
    const projection = { _id: 1, key: { $meta: 'sortKey' }, entry: { $meta: 'indexKey' } };
    await expect(things.find({}, { projection }).toArray()).rejects.toMatchObject({ code: 40218 });
    expect(await things.find({}, { projection, sort: { a: -1 } }).toArray()).toEqual([
      { _id: 1, key: [3] },
      { _id: 2, key: [2] },
    ]);
    await things.createIndex({ a: 1 });
    expect(await things.find({ a: { $gte: 2 } }, { projection, sort: { a: 1 } }).toArray()).toEqual([
      { _id: 1, key: [1], entry: { a: 3 } },
      { _id: 2, key: [2], entry: { a: 2 } },
    ]);
  });
});

test('[ES9] returnKey gives the keys of the index with the types of the documents, one per document, arrays too', async () => {
  const things = await collectionOf([
    { _id: 1, a: [new Int32(5), new Double(7)], b: 'x' },
    { _id: 2, a: new Double(6), b: null },
    { _id: 3, a: 'y' },
  ]);
  await things.createIndex({ a: 1, b: -1 });
  const keys = await things
    .find({ a: { $gte: 6 } }, { returnKey: true, hint: 'a_1_b_-1', promoteValues: false })
    .toArray();
  expect(keys).toEqual([
    { a: new Double(6), b: null },
    { a: new Double(7), b: 'x' },
  ]);
  expect(await things.find({ b: 'x' }, { returnKey: true }).toArray()).toEqual([{}]);
});

describe('$text', () => {
  test('[ES2] below $or needs an index for every other branch, and then finds what either finds', async () => {
    const things = await collectionOf([
      { _id: 1, s: 'green tea', n: 1 },
      { _id: 2, s: 'coffee', n: 5 },
      { _id: 3, s: 'milk', n: 2 },
    ]);
    await things.createIndex({ s: 'text' });
    const either = { $or: [{ $text: { $search: 'tea' } }, { n: 5 }] };
    await expect(things.find(either).toArray()).rejects.toMatchObject({ code: 291 });
    await things.createIndex({ n: 1 });
    expect((await things.find(either).toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
    await expect(
      things
        .find({ $text: { $search: 'tea' } })
        .hint('n_1')
        .toArray(),
    ).rejects.toMatchObject({ code: 2 });
  });

  test('[ES8] an index over all strings of a document finds them wherever they stand', async () => {
    const things = await collectionOf([
      { _id: 1, kind: 'x', a: 'blue car', deep: { b: ['red bus'] } },
      { _id: 2, kind: 'y', a: 'blue bike' },
    ]);
    await things.createIndex({ kind: 1, '$**': 'text' });
    const found = await things.find({ kind: 'x', $text: { $search: 'bus' } }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([1]);
  });
});

describe('a projection that index keys hold', () => {
  test('[ES9] is answered by them, and the documents are not read', async () => {
    const people = await collectionOf([
      { _id: 'x', n: 'Ann', k: 2 },
      { _id: 'y', n: 'Bob', k: 1 },
    ]);
    await people.createIndex({ n: -1, _id: 1 });
    const found = people.find({ n: { $gte: 'A' } }, { projection: { n: 1 }, sort: { n: 1 } });
    const { queryPlanner, executionStats } = await found.clone().explain('executionStats');
    expect(queryPlanner.winningPlan).toMatchObject({ stage: 'PROJECTION_COVERED', inputStage: { stage: 'IXSCAN' } });
    expect(executionStats.totalDocsExamined).toBe(0);
    expect(await found.toArray()).toEqual([
      { _id: 'x', n: 'Ann' },
      { _id: 'y', n: 'Bob' },
    ]);
    const skipped = people.find(
      { n: { $gte: 'A' } },
      { projection: { _id: 0, n: 1 }, sort: { n: 1 }, skip: 1, limit: 1 },
    );
    expect(await skipped.toArray()).toEqual([{ n: 'Bob' }]);
  });

  test('[ES9] is as the documents have it: the types of numbers, null and missing', async () => {
    const things = await collectionOf([
      { _id: 1, a: new Int32(1) },
      { _id: 2, a: new Double(1) },
      { _id: 3, a: null },
      { _id: 4 },
      { _id: 5, a: { b: 1 } },
    ]);
    await things.createIndex({ a: 1 });
    const found = await things
      .find({}, { projection: { _id: 0, a: 1 }, sort: { a: 1 }, hint: 'a_1', promoteValues: false })
      .toArray();
    expect(found).toEqual([{ a: null }, {}, { a: new Int32(1) }, { a: new Double(1) }, { a: { b: new Int32(1) } }]);
  });
});
