import { Decimal128, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectionNames, describeCollection, isIsoTime, isMoney } from '../../domain/index.ts';
import { fieldTables } from './fields.ts';
import { isIsoTimeText } from './kinds.ts';

const always = { earliest: '0000-01-01T00:00:00Z', latest: '9999-12-31T23:59:59Z' };
const tables = fieldTables({ times: always, orderDates: always });

/** Values of all sorts: of the right type and form for some field, and of none. */
const samples: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  -1,
  2.5,
  12.34,
  12.345,
  33,
  101,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'word',
  '12.34',
  'true',
  'store_seattle',
  'customer_12',
  'cat_hand_tools',
  'ptype_hammers_1',
  'prod_7',
  'order_9',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  'F47AC10B-58CC-4372-A567-0E02B2C3D479',
  '2024-12-30T14:05:09Z',
  '2024-12-30T14:05:09.000Z',
  '2024-02-30T14:05:09Z',
  'anna@example.com',
  '(206) 555-0123',
  'completed',
  'pending',
  'requested',
  'placed',
  'sale',
  'low_stock',
  'warning',
  'open',
  [],
  ['a'],
  [1, 2],
  Array(512).fill(0.5),
  Array(512).fill('0.5'),
  Array(1536).fill(0.5),
  {},
  { a: 1 },
  { aisle: 'A1', shelf: '2', bin: '3' },
  { aisle: 'A1', shelf: '2', bin: 3 },
  { aisle: 'A1', shelf: '2', bin: '3', side: 'left' },
  { address: 'n/a', city: 'Seattle', state: 'WA', zip: '98101', latitude: 47.6, longitude: -122.3 },
  { address: 'n/a', city: 'Portland', state: 'OR', zip: '97201', latitude: 45.5, longitude: -122.7 },
  Object.fromEntries('jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((month) => [month, 1])),
  Object.fromEntries('jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((month) => [month, 0])),
  { prod_1: 3 },
  { prod_1: 0 },
  { prod_1: { ordered: 3, received: 0 } },
  { prod_1: { ordered: 3 } },
  { placed: { at: '2024-12-30T14:05:09Z', by: 'user_1' } },
  { placed: { at: 'today', by: 'user_1' } },
  { product_id: '' },
  { product_id: 'prod_1' },
  new Date(),
  new ObjectId(),
  Long.fromNumber(5),
  Decimal128.fromString('5'),
];

/** Where validation leaves the form to another check, or asks for more than the schema. */
function mayDiffer(name: string, value: unknown): boolean {
  // Whether an id names a document is a check of its own, which finds every wrong form.
  if (/_id$/.test(name) && typeof value === 'string' && value !== '') return true;
  if (name === 'lines') return true; // Their keys likewise.
  // Amounts are not negative, prices are above zero, vectors are not all zero: validation alone asks for that.
  return typeof value === 'number' && isMoney(value) && value <= 0;
}

describe.each(collectionNames)('the field table of %s', (collection) => {
  const table = tables[collection];
  const { schema, idField } = describeCollection(collection);

  test('has the fields of the domain’s schema, and the same of them are optional', () => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(schema.shape).sort());
    for (const [name, kind] of Object.entries(table)) {
      expect(kind.optional, name).toBe(
        (schema.shape[name] as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success,
      );
    }
    expect(table).toHaveProperty(idField);
  });

  test('accepts what the domain’s schema accepts', () => {
    const differences: unknown[] = [];
    for (const [name, kind] of Object.entries(table)) {
      const field = schema.shape[name] as { safeParse(value: unknown): { success: boolean } };
      for (const value of samples) {
        if (kind.accepts(value) !== field.safeParse(value).success && !mayDiffer(name, value)) {
          differences.push({ name, value, accepted: kind.accepts(value) });
        }
      }
    }
    expect(differences).toEqual([]);
  });

  test('names a fault of everything that it refuses', () => {
    for (const kind of Object.values(table)) {
      for (const value of samples) if (!kind.accepts(value)) expect(kind.faultOf(value).check).toMatch(/^[a-z_]+$/);
    }
  });
});

describe('isIsoTimeText', () => {
  const twoDigits = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0'));
  const nearlyTime = fc
    .tuple(fc.integer({ min: 0, max: 9999 }), twoDigits, twoDigits, twoDigits, twoDigits, twoDigits)
    .map(([year, month, day, hour, minute, second]) => {
      return `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}Z`;
    });
  const days = fc
    .tuple(fc.integer({ min: 1996, max: 2104 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
    .map(([year, month, day]) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T09:30:00Z`);

  test('agrees with the domain', () => {
    const any = fc.oneof(fc.anything(), fc.string({ minLength: 20, maxLength: 20 }), nearlyTime, days);
    fc.assert(
      fc.property(any, (value) => {
        expect(isIsoTimeText(value)).toBe(isIsoTime(value));
      }),
      { numRuns: 3000, seed: 22465 },
    );
  });
});
