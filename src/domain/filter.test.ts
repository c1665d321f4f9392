import { describe, expect, test } from 'vitest';
import { compileFilter, filterSchema } from './index.ts';

describe('a filter', () => {
  const hammer = { product_id: 'prod_1', price: 12.5, sold: true, location: { aisle: 'A3' } };

  test.each([
    [{}, true],
    [{ product_id: 'prod_1' }, true],
    [{ product_id: 'prod_1', price: 13 }, false],
    [{ 'location.aisle': 'A3' }, true],
    [{ 'location.aisle.row': 'A3' }, false],
    [{ price: { $gte: 12.5, $lt: 20 } }, true],
    [{ price: { $gt: 12.5 } }, false],
    [{ price: { $gt: '1' } }, false],
    [{ product_id: { $in: ['prod_2', 'prod_1'] } }, true],
    [{ product_id: { $in: [] } }, false],
    [{ missing: { $exists: false } }, true],
    [{ missing: { $lt: 5 } }, false],
    [{ $or: [{ price: 1 }, { sold: true }] }, true],
    [{ $and: [{ price: 12.5 }, { sold: { $eq: false } }] }, false],
  ])('[DM10] %j matches as MongoDB would: %s', (filter, expected) => {
    expect(compileFilter(filterSchema.parse(filter))(hammer)).toBe(expected);
  });

  test.each([
    [{ price: null }, ['price']],
    [{ price: { $ne: 1 } }, ['price']],
    [{ $where: 'true' }, ['$where']],
    [{ 'a..b': 1 }, ['a..b']],
    [{ price: {} }, ['price']],
    [{ $or: [{ tags: ['a'] }] }, ['$or', 0, 'tags']],
  ])('[DM10] %j is refused, with its place', (filter, path) => {
    expect(filterSchema.safeParse(filter).error?.issues[0]?.path).toEqual(path);
  });
});
