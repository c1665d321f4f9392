/** `reference_data.json`: the stores and years of the original application, and the same facts as defaults. */

import { z } from 'zod';
import type { ReferenceData, ReferenceStore } from '../catalog.ts';
import { problemsFrom } from './problems.ts';
import { errorAt, readJsonFile } from './read-json-file.ts';

const weightExpected = 'a number above 0 and at most 1000000';
const weight = z
  .number({ error: weightExpected })
  .positive({ error: weightExpected })
  .max(1_000_000, { error: weightExpected });

/** Hexadecimal in the form of a UUID: some of the original's ids carry no valid version or variant. */
const rlsUserIdExpected = 'an id of the form f47ac10b-58cc-4372-a567-0e02b2c3d479';
const rlsUserId = z
  .string({ error: rlsUserIdExpected })
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, { error: rlsUserIdExpected })
  .toLowerCase();

const storeFields = {
  rls_user_id: rlsUserId,
  customer_distribution_weight: weight,
  order_frequency_multiplier: weight,
  order_value_multiplier: weight,
};
const storeSchema = z.strictObject(storeFields, {
  error: (issue) =>
    issue.code === 'unrecognized_keys'
      ? `only the fields ${Object.keys(storeFields).join(', ')}`
      : 'a store (an object)',
});

const storesExpected = 'an object of stores by name, at least one';
const yearsExpected = 'an object of weights by year (four digits), at least one';
const referenceSchema = z.strictObject(
  {
    stores: z
      .record(z.string().regex(/\S/, { error: 'a name of a store' }), storeSchema, { error: storesExpected })
      .refine((stores) => Object.keys(stores).length > 0, { error: storesExpected }),
    year_weights: z
      .record(z.string().regex(/^\d{4}$/, { error: yearsExpected }), weight, { error: yearsExpected })
      .refine((years) => Object.keys(years).length > 0, { error: yearsExpected }),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? 'only stores and year_weights' : 'an object with stores and year_weights',
  },
);

/** Reads a `reference_data.json`. Throws a `CatalogError` that names the place of whatever is wrong. */
export async function readReferenceData(path: string): Promise<ReferenceData> {
  const file = await readJsonFile(path);
  const parsed = referenceSchema.safeParse(file.value);
  if (!parsed.success) {
    throw errorAt('REFERENCE_DATA_INVALID', file, problemsFrom(parsed.error.issues, file.value, []));
  }
  const stores = Object.entries(parsed.data.stores).map(
    ([name, store]): ReferenceStore => ({
      name,
      rlsUserId: store.rls_user_id,
      customerDistributionWeight: store.customer_distribution_weight,
      orderFrequencyMultiplier: store.order_frequency_multiplier,
      orderValueMultiplier: store.order_value_multiplier,
    }),
  );
  const repeated = stores.find(
    (store, index) => stores.findIndex((other) => other.rlsUserId === store.rlsUserId) < index,
  );
  if (repeated !== undefined) {
    throw errorAt('REFERENCE_DATA_INVALID', file, [
      { path: ['stores', repeated.name, 'rls_user_id'], expected: 'an id of its own', got: repeated.rlsUserId },
    ]);
  }
  return { stores, yearWeights: parsed.data.year_weights };
}

const store = (
  name: string,
  customerDistributionWeight: number,
  orderFrequencyMultiplier: number,
  orderValueMultiplier: number,
  rlsUserId: string,
): ReferenceStore => ({
  name: `Zava Retail ${name}`,
  rlsUserId,
  customerDistributionWeight,
  orderFrequencyMultiplier,
  orderValueMultiplier,
});

/** The original application's own `reference_data.json`, used where a catalogue brings none. */
export const defaultReferenceData: ReferenceData = {
  stores: [
    store('Seattle', 30, 3.0, 1.3, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'),
    store('Bellevue', 25, 2.6, 1.2, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'),
    store('Tacoma', 20, 2.4, 1.1, 'a1b2c3d4-e5f6-7890-abcd-ef1234567890'),
    store('Spokane', 8, 2.0, 1.0, 'd8e9f0a1-b2c3-4567-8901-234567890abc'),
    store('Everett', 7, 1.8, 0.95, '3b9ac9fa-cd5e-4b92-a7f2-b8c1d0e9f2a3'),
    store('Redmond', 6, 1.6, 0.9, 'e7f8a9b0-c1d2-3e4f-5678-90abcdef1234'),
    store('Kirkland', 4, 1.4, 0.85, '9c8b7a65-4321-fed0-9876-543210fedcba'),
    store('Online', 30, 3.0, 1.5, '2f4e6d8c-1a3b-5c7e-9f0a-b2d4f6e8c0a2'),
  ],
  yearWeights: { 2020: 1.0, 2021: 1.1, 2022: 1.21, 2023: 1.15, 2024: 1.265, 2025: 1.392, 2026: 1.531 },
};
