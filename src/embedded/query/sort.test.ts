import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareForSort, compileCollation } from '../bson/compare.ts';
import type { Document } from '../bson/values.ts';
import { compileSort, sortDocuments, TopK } from './sort.ts';

const sorted = (documents: Document[], spec: Document) =>
  sortDocuments(documents, compileSort(spec), (document) => document).map(({ _id }) => _id);

describe('a sort', () => {
  test('puts missing with null, and an empty array before both', () => {
    expect(sorted([{ _id: 1, a: 1 }, { _id: 2 }, { _id: 3, a: null }, { _id: 4, a: [] }], { a: 1 })).toEqual([
      4, 2, 3, 1,
    ]);
  });

  test('takes an array by its lowest element ascending and its highest descending', () => {
    const documents = [
      { _id: 1, a: [3, 9] },
      { _id: 2, a: 5 },
      { _id: 3, a: [1, 4] },
    ];
    expect(sorted(documents, { a: 1 })).toEqual([3, 1, 2]);
    expect(sorted(documents, { a: -1 })).toEqual([1, 2, 3]);
  });

  test('reaches through arrays of documents and by position', () => {
    const documents = [
      { _id: 1, a: [{ b: 5 }, { b: 1 }] },
      { _id: 2, a: [{ b: 3 }] },
      { _id: 3, a: [{ c: 0 }] },
    ];
    expect(sorted(documents, { 'a.b': 1 })).toEqual([3, 1, 2]);
    expect(sorted(documents, { 'a.0.b': -1 })).toEqual([1, 2, 3]);
  });

  test('is stable, and goes on to the next field only for equals', () => {
    const documents = [
      { _id: 1, a: 1, b: 2 },
      { _id: 2, a: 1, b: 1 },
      { _id: 3, a: 0, b: 9 },
      { _id: 4, a: 1, b: 2 },
    ];
    expect(sorted(documents, { a: 1 })).toEqual([3, 1, 2, 4]);
    expect(sorted(documents, { a: -1, b: 1 })).toEqual([2, 1, 4, 3]);
  });

  test('by text score puts the highest first', () => {
    const scores = new Map([
      [1, 0.5],
      [2, 2],
    ]);
    const sort = compileSort({ score: { $meta: 'textScore' } }, { metaOf: ({ _id }) => scores.get(_id as number) });
    expect(sortDocuments([{ _id: 1 }, { _id: 2 }], sort, (document) => document)).toEqual([{ _id: 2 }, { _id: 1 }]);
  });

  test('follows a collation', () => {
    const collation = compileCollation({ locale: 'en' });
    expect(compileSort({ a: 1 }, { collation }).compare({ a: 'b' }, { a: 'C' })).toBeLessThan(0);
    expect(compileSort({ a: 1 }).compare({ a: 'b' }, { a: 'C' })).toBeGreaterThan(0);
  });

  test('refuses what is not a sort', () => {
    expect(() => compileSort({ a: 2 })).toThrow('$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    expect(() => compileSort({ a: 'up' })).toThrow('Illegal key in $sort specification');
    expect(() => compileSort({ a: { $meta: 'colour' } })).toThrow('Illegal $meta sort: colour');
    expect(() => compileSort({ 'a.': 1 })).toThrow("FieldPath must not end with a '.'.");
  });
});

describe('the first k', () => {
  test('are what a full stable sort would give', () => {
    const values = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'b', null));
    fc.assert(
      fc.property(
        fc.array(values, { maxLength: 30 }),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom(1, -1),
        (list, k, direction) => {
          const documents = list.map((a, _id) => ({ _id, a }) as Document);
          const sort = compileSort({ a: direction });
          const top = new TopK<Document>(k, sort.compareKeys);
          for (const document of documents) top.offer(sort.keyOf(document), document);
          const model = [...documents].sort((x, y) => compareForSort(x.a, y.a) * direction).slice(0, k);
          expect(top.items()).toEqual(model);
        },
      ),
      { seed: 3 },
    );
  });
});

test('a refused sort shows the value that was given, whatever it is', () => {
  expect(() => compileSort({ x: [[{}]] })).toThrow('Illegal key in $sort specification: x: [ [ {} ] ]');
});
