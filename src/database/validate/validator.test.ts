import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyDocument, SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { collectionNames } from '../../domain/index.ts';
import { makeReport } from './make-report.ts';
import { createValidator, type ValidationResult, type ValidatorOptions, validationOrder } from './validator.ts';

function validate(data: SmallDataSet, options: ValidatorOptions = {}): ValidationResult {
  const validator = createValidator(options);
  for (const collection of validationOrder) validator.documents(collection, data.of(collection));
  return validator.finish();
}

const failing = ({ checks }: ValidationResult) =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ id, examples }) => ({ id, example: examples[0] }));

describe('a generated data set', () => {
  test('has no finding, whatever its size and seed', () => {
    const sizes = fc.record({
      seed: fc.nat(1_000_000),
      numCustomers: fc.integer({ min: 1, max: 120 }),
      numOrders: fc.integer({ min: 1, max: 250 }),
      today: fc.constantFrom('end_date', '2026-11-22', '2023-05-17T08:30:00Z'),
    });
    fc.assert(
      fc.property(sizes, (overrides) => {
        const data = SmallDataSet.generate(overrides);
        const today = overrides.today === 'end_date' ? undefined : overrides.today;
        const result = validate(data, { expectedCounts: data.counts, today });
        expect(failing(result)).toEqual([]);
        expect(result.score).toBe(100);
      }),
      { numRuns: 12, seed: 22465 },
    );
  }, 120_000);
});

describe('a data set that stores have worked with', () => {
  const data = SmallDataSet.generate({ numCustomers: 20, numOrders: 40 });
  const used = data.copy();
  const customer = data.find('customers', 0);
  used.set('customers', 0, { last_name: 'Renamed', deleted: true });
  used.set('orders', 0, { deleted: true });
  used.add('orders', {
    ...data.find('orders', 1),
    _id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    order_id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  });
  const items = data.of('order_items').filter(({ order_id }) => order_id === data.find('orders', 1)['order_id']);
  used.add(
    'order_items',
    ...items.map((item: AnyDocument, index: number) => {
      const id = `00000000-0000-4000-8000-00000000000${index}`;
      return { ...item, _id: id, order_item_id: id, order_id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' };
    }),
  );

  test('may hide documents, rename customers and take more orders', () => {
    expect(customer['deleted']).toBe(false);
    const asGenerated = validate(used, { expectedCounts: data.counts });
    expect(failing(asGenerated).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['customers.deleted', 'orders.deleted', 'orders.count', 'order_items.count']),
    );
    const inUse = validate(used, { expectedCounts: data.counts, stage: 'in_use' });
    expect(failing(inUse)).toEqual([]);
    expect(inUse.checks.find(({ id }) => id === 'customers.deleted')).toMatchObject({ outcome: 'not_judged' });
  });

  test('still must not lose any', () => {
    const lost = used.copy();
    lost.removeAll('inventory', ({ store_id }) => store_id === 'store_seattle');
    const ids = failing(validate(lost, { expectedCounts: data.counts, stage: 'in_use' })).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['inventory.count', 'inventory.every_pair']));
  });
});

test('nothing that comes as a document makes the validator throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...collectionNames),
      fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true }),
      (collection, value) => {
        const validator = createValidator();
        validator.document(collection, value);
        validator.document(collection, { ...(value as object), _id: 'x' });
        const report = makeReport(validator.finish(), { source: 'test', startedAt: new Date(0), milliseconds: 0 });
        expect(report.outcome).toBe('failed');
      },
    ),
    { numRuns: 150, seed: 22465 },
  );
});

test('failures are counted exactly, and only the first ten are kept', () => {
  const data = SmallDataSet.generate({ numCustomers: 30, numOrders: 60 });
  for (let place = 0; place < 25; place++) data.set('orders', place, { total: 0.01 });
  const check = validate(data).checks.find(({ id }) => id === 'orders.total');
  expect(check).toMatchObject({ failed: 25, judged: 60 });
  expect(check?.examples).toHaveLength(10);
});
