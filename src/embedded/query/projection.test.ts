import { describe, expect, test } from 'vitest';
import { type Document, Double } from '../bson/values.ts';
import type { MongoError } from '../errors.ts';
import { compileFilter } from './filter.ts';
import { compileProjection, type ProjectionOptions } from './projection.ts';

const project = (spec: Document, document: Document, options?: ProjectionOptions) =>
  compileProjection(spec, options).apply(document);

/** Knows field paths and literals, which is all that a projection needs to hand on. */
const compileExpression: ProjectionOptions['compileExpression'] = (expression) =>
  typeof expression === 'string' && expression.startsWith('$')
    ? { evaluate: (document) => document[expression.slice(1)], fields: new Set([expression.slice(1)]) }
    : { evaluate: () => expression, fields: new Set() };

const codeOf = (spec: Document) => {
  try {
    compileProjection(spec, { compileExpression, filter: compileFilter({}) });
    return 0;
  } catch (error) {
    return (error as MongoError).code;
  }
};

const order = {
  _id: 1,
  store: 'seattle',
  total: 9,
  items: [
    { sku: 'a', price: 1 },
    { sku: 'b', price: 2 },
    { sku: 'c', price: 3 },
  ],
};

describe('inclusion', () => {
  test('keeps the named fields in the order of the document, and _id', () => {
    expect(Object.entries(project({ total: 1, store: true }, order))).toEqual([
      ['_id', 1],
      ['store', 'seattle'],
      ['total', 9],
    ]);
    expect(project({ total: 1, _id: 0 }, order)).toEqual({ total: 9 });
    expect(project({ _id: 1 }, order)).toEqual({ _id: 1 });
    expect(project({ absent: 1 }, order)).toEqual({ _id: 1 });
  });

  test('reaches into documents and arrays, dotted or nested', () => {
    const expected = { _id: 1, items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }] };
    expect(project({ 'items.sku': 1 }, order)).toEqual(expected);
    expect(project({ items: { sku: 1 } }, order)).toEqual(expected);
    expect(project({ 'a.b': 1 }, { a: [1, { b: 2, c: 3 }, [{ b: 4 }]] })).toEqual({ a: [{ b: 2 }, [{ b: 4 }]] });
    expect(project({ 'a.b': 1 }, { a: 5 })).toEqual({});
  });

  test('computes fields, which follow the included ones', () => {
    const result = project({ total: 1, shop: '$store', fixed: 'x' }, order, { compileExpression });
    expect(Object.entries(result)).toEqual([
      ['_id', 1],
      ['total', 9],
      ['shop', 'seattle'],
      ['fixed', 'x'],
    ]);
    expect(project({ shop: '$absent' }, order, { compileExpression })).toEqual({ _id: 1 });
    expect(project({ 'a.x': '$b' }, { a: { y: 1 }, b: 2 }, { compileExpression })).toEqual({ a: { x: 2 } });
  });

  test('tells which fields it needs', () => {
    expect(compileProjection({ 'a.b': 1, c: '$d' }, { compileExpression }).fields).toEqual(
      new Set(['a', 'c', 'd', '_id']),
    );
  });
});

describe('exclusion', () => {
  test('removes the named fields and keeps all others', () => {
    expect(project({ items: 0, _id: false }, order)).toEqual({ store: 'seattle', total: 9 });
    expect(project({ 'items.price': 0, store: 0, total: 0 }, order)).toEqual({
      _id: 1,
      items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }],
    });
    expect(project({ _id: 0 }, { _id: 1, a: 2 })).toEqual({ a: 2 });
  });
});

describe('array projections', () => {
  const list = { _id: 1, a: [1, 2, 3, 4], b: 'x' };

  test('$slice takes from the start, the end, or from a position', () => {
    expect(project({ a: { $slice: 2 } }, list)).toEqual({ _id: 1, a: [1, 2], b: 'x' });
    expect(project({ a: { $slice: -1 } }, list)).toEqual({ _id: 1, a: [4], b: 'x' });
    expect(project({ a: { $slice: [1, 2] } }, list)).toEqual({ _id: 1, a: [2, 3], b: 'x' });
    expect(project({ a: { $slice: [-3, 2] } }, list)).toEqual({ _id: 1, a: [2, 3], b: 'x' });
    expect(project({ a: { $slice: 1 }, _id: 1 }, list)).toEqual({ _id: 1, a: [1] });
    expect(project({ b: 1, a: { $slice: 1 } }, list)).toEqual({ _id: 1, a: [1], b: 'x' });
    expect(project({ b: 0, a: { $slice: 1 } }, list)).toEqual({ _id: 1, a: [1] });
  });

  test('$elemMatch keeps the first element that matches, behind the other fields', () => {
    const result = project({ items: { $elemMatch: { price: { $gte: 2 } } }, total: 1 }, order);
    expect(Object.entries(result)).toEqual([
      ['_id', 1],
      ['total', 9],
      ['items', [{ sku: 'b', price: 2 }]],
    ]);
    expect(project({ items: { $elemMatch: { price: 99 } } }, order)).toEqual({ _id: 1 });
  });

  test('the positional $ keeps the element that the query matched', () => {
    const filter = compileFilter({ 'items.price': { $gt: 1 } });
    expect(project({ 'items.$': 1 }, order, { filter })).toEqual({ _id: 1, items: [{ sku: 'b', price: 2 }] });
    const byElement = compileFilter({ items: { $elemMatch: { sku: 'c' } } });
    expect(project({ 'items.$': 1, total: 1 }, order, { filter: byElement })).toEqual({
      _id: 1,
      total: 9,
      items: [{ sku: 'c', price: 3 }],
    });
  });

  test('the positional $ is an error where the query went through no array', () => {
    expect(() => project({ 'items.$': 1 }, order, { filter: compileFilter({ _id: 1 }) })).toThrow(
      "positional operator '.$' couldn't find a matching element in the array",
    );
  });
});

describe('$meta', () => {
  test('adds the text score and leaves the other fields', () => {
    const projection = compileProjection({ score: { $meta: 'textScore' } });
    expect(projection.apply({ _id: 1, a: 2 }, { textScore: 1.5 })).toEqual({ _id: 1, a: 2, score: 1.5 });
    expect(projection.apply({ _id: 1 }, { textScore: 2 })).toEqual({ _id: 1, score: new Double(2) });
    expect(projection.usesMeta).toBe(true);
  });
});

describe('what MongoDB refuses', () => {
  test.each<[Document, number]>([
    [{ a: 0, b: 1 }, 31253],
    [{ a: 1, b: 0 }, 31254],
    [{ a: 1, 'a.b': 1 }, 31249],
    [{ 'a.b': 1, a: 1 }, 31250],
    [{ a: { $slice: 1 }, 'a.b': 0 }, 31249],
    [{ a: { $elemMatch: { b: 1 } }, 'a.b': 1 }, 31249],
    [{ a: {} }, 51270],
    [{ a: 0, b: '$c' }, 31252],
    [{ 'a.$': 0 }, 31395],
    [{ 'a.$': 'x' }, 31308],
    [{ 'a.$': 1, 'b.$': 1 }, 31276],
    [{ 'a.$': 1, b: { $elemMatch: { c: 1 } } }, 31256],
    [{ 'a.b': { $elemMatch: { c: 1 } } }, 31275],
    [{ a: { $elemMatch: 1 } }, 31274],
    [{ a: { $slice: [1, 0] } }, 31259],
    [{ a: { $slice: [1, 'x'] } }, 31258],
    [{ 'a.$.b': 1 }, 31394],
    [{ 'a.': 1 }, 40353],
    [{ 'a..b': 1 }, 15998],
  ])('%j with code %i', (spec, code) => {
    expect(codeOf(spec)).toBe(code);
  });

  test('with its words', () => {
    expect(() => compileProjection({ a: 1, b: 0 })).toThrow('Cannot do exclusion on field b in inclusion projection');
    expect(() => compileProjection({ a: 0, b: 1 })).toThrow('Cannot do inclusion on field b in exclusion projection');
  });
});
