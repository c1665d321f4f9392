import { describe, expect, test } from 'vitest';
import type { Principal } from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';
import { checkPipeline } from './check-pipeline.ts';
import { checkPattern } from './patterns.ts';
import { AGENT_OF_SEATTLE, permissions } from './small-company.testing.ts';

const HEADQUARTERS: Principal = { role: 'headquarters', userId: 'h', stores: 'all' };
const OF_STORE = { deleted: { $ne: true }, store_id: { $in: ['store_seattle'] } };
const NO_NAMES = { $unset: ['customer_name', 'customer_email'] };
const FENCE = { $limit: expect.any(Number) };

const rewritten = (pipeline: unknown, collection = 'orders', principal = AGENT_OF_SEATTLE) =>
  checkPipeline(permissions, principal, { collection, pipeline }).pipeline;

function refusalOf(pipeline: unknown): DatabaseError {
  try {
    rewritten(pipeline);
  } catch (error) {
    return error as DatabaseError;
  }
  throw new Error('It was not refused.');
}

describe('[DB23] the scope stands below the caller’s stages', () => {
  test('in the main pipeline', () => {
    expect(rewritten([{ $project: { total: 1 } }])).toEqual([
      { $match: OF_STORE },
      NO_NAMES,
      { $project: { total: 1 } },
    ]);
  });

  test('in every source, however deep', () => {
    const [, , lookup] = rewritten([
      {
        $lookup: {
          from: 'order_items',
          pipeline: [{ $unionWith: { coll: 'orders', pipeline: [{ $count: 'n' }] } }],
          as: 'a',
        },
      },
    ]);
    expect(lookup).toEqual({
      $lookup: {
        from: 'order_items',
        pipeline: [
          { $match: OF_STORE },
          { $unionWith: { coll: 'orders', pipeline: [{ $match: OF_STORE }, NO_NAMES, { $count: 'n' }] } },
        ],
        as: 'a',
      },
    });
  });

  test('in a join by fields, which gets a pipeline for it', () => {
    const join = { from: 'orders', localField: 'order_id', foreignField: 'order_id', as: 'a' };
    expect(rewritten([{ $lookup: join }], 'order_items')).toEqual([
      { $match: OF_STORE },
      { $lookup: { ...join, pipeline: [{ $match: OF_STORE }, NO_NAMES] } },
    ]);
  });

  test('also for one who sees everything: what is deleted is nobody’s', () => {
    expect(rewritten([], 'orders', HEADQUARTERS)).toEqual([{ $match: { deleted: { $ne: true } } }]);
  });
});

describe('[DB26] what indexes can answer goes below the mask', () => {
  test('filters, sorts and cuts on fields that are shown', () => {
    const filter = { order_date: { $gte: '2026-01-01' }, status: 'completed' };
    expect(rewritten([{ $match: filter }, { $sort: { order_date: -1 } }, { $limit: 5 }])).toEqual([
      { $match: { $and: [OF_STORE, { order_date: filter.order_date }, { status: 'completed' }] } },
      { $sort: { order_date: -1 } },
      { $limit: 5 },
      NO_NAMES,
    ]);
  });

  test('comparisons with what a join brings', () => {
    const same = { $expr: { $eq: ['$order_id', '$$id'] } };
    const [, , lookup] = rewritten([
      { $lookup: { from: 'order_items', let: { id: '$order_id' }, pipeline: [{ $match: same }], as: 'items' } },
    ]) as { $lookup: { pipeline: unknown } }[];
    expect(lookup?.$lookup.pipeline).toEqual([{ $match: { $and: [OF_STORE, same] } }]);
  });

  test.each([
    ['a hidden field', { customer_name: 'x' }],
    ['a hidden field in a branch', { $or: [{ status: 'x' }, { customer_email: 'x' }] }],
    ['a whole document', { $expr: { $eq: ['$$ROOT', 1] } }],
    ['a hidden field by its document', { $expr: { $eq: ['$$CURRENT.customer_name', 1] } }],
  ])('a filter on %s stays above it, and what follows it too', (_name, filter) => {
    expect(rewritten([{ $match: filter }, { $sort: { total: 1 } }])).toEqual([
      { $match: OF_STORE },
      NO_NAMES,
      { $match: filter },
      { $sort: { total: 1 } },
    ]);
  });

  test('a sort by a hidden field stays above it', () => {
    expect(rewritten([{ $sort: { customer_name: 1 } }])).toEqual([
      { $match: OF_STORE },
      NO_NAMES,
      { $sort: { customer_name: 1 } },
    ]);
  });

  test('[DB23] a filter that may fail stays behind the fence, its safe conditions do not', () => {
    const failing = { $expr: { $divide: [1, '$total'] } };
    expect(rewritten([{ $match: { status: 'completed', ...failing } }])).toEqual([
      { $match: { $and: [OF_STORE, { status: 'completed' }] } },
      NO_NAMES,
      FENCE,
      { $match: failing },
    ]);
    expect(rewritten([{ $set: { a: 1 } }, { $match: failing }])).toEqual([
      { $match: OF_STORE },
      NO_NAMES,
      { $set: { a: 1 } },
      FENCE,
      { $match: failing },
    ]);
    expect(rewritten([{ $facet: { a: [{ $match: failing }] } }]).at(-1)).toEqual({
      $facet: { a: [FENCE, { $match: failing }] },
    });
  });

  test('a stock item has two shapes: only what both show goes below', () => {
    const [below, mask, above] = rewritten([{ $match: { stock_level: 0, 'location.aisle': 'A1' } }], 'inventory');
    expect(below).toEqual({ $match: { $and: [{ deleted: { $ne: true } }, { stock_level: 0 }] } });
    expect(Object.keys(mask ?? {})).toEqual(['$replaceWith']);
    expect(above).toEqual({ $match: { 'location.aisle': 'A1' } });
  });
});

describe('[DB24] a refusal says where, what was expected, what came, and what to use instead', () => {
  test.each([
    [[{ $match: {} }, { $out: 'x' }], 'pipeline[1]', 'Nothing can be written here.'],
    [
      [{ $lookup: { from: 'orders', pipeline: [{ $set: { a: { $function: {} } } }], as: 'x' } }],
      'pipeline[0].$lookup.pipeline[0].$set.a.$function',
      'Code is never run',
    ],
    [[{ $Match: {} }], 'pipeline[0]', '"$match"'],
    [
      [{ $match: { order_date: { $gte: { $date: 'x' } } } }],
      'pipeline[0].$match.order_date.$gte.$date',
      'Times in this data are texts',
    ],
  ])('%j', (pipeline, place, words) => {
    const { code, message, data } = refusalOf(pipeline);
    expect(code).toBe('PIPELINE_REFUSED');
    expect(data['place']).toBe(place);
    expect(message).toContain(words);
  });

  test('what it is given stays as it was', () => {
    const given = Object.freeze([Object.freeze({ $match: Object.freeze({ status: 'x' }) })]);
    rewritten(given);
    expect(given).toEqual([{ $match: { status: 'x' } }]);
  });
});

describe('[DB24] a pattern takes a time in proportion to the text', () => {
  test.each([
    'drill',
    '^Cordless',
    '^.*drill',
    '(hammer|saw)',
    '[Pp]aint',
    'colou?r',
    '\\d{2,4}',
    'a\\.b',
    '^\\\\*',
    'ü',
  ])('%s', (pattern) => {
    expect(() => checkPattern(pattern, 'i', 'here')).not.toThrow();
  });
  test.each([
    '(a+)+',
    '.*x',
    '^a*b*',
    '\\\\*x',
    '(ab){9}',
    '[a-z]+',
    'a{1,}',
    'a?'.repeat(12),
    '(?=x)',
    '(?i)x',
    '\\1',
    '[',
    '(',
    ')',
    'a{9999}',
    '\\p{L}',
  ])('not %s', (pattern) => {
    expect(() => checkPattern(pattern, undefined, 'here')).toThrow(DatabaseError);
  });
});
