import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldStock, type StockChange } from '../../domain/index.ts';
import { aShop, inventoryIdOf, SEATTLE, TACOMA, TestDevice } from './device.fixture.ts';
import { retailOperationNames } from './operations.ts';

const product_id = fc.constantFrom('prod_1', 'prod_2', 'prod_3', 'prod_9');
const quantity = fc.integer({ min: 0, max: 6 });
const lines = fc.array(fc.record({ product_id, quantity }), { maxLength: 3 });
const unitsByProduct = fc.dictionary(product_id, quantity, { maxKeys: 2 });
const id = fc.nat(20).map((number) => ({ known: number }));

/** Inputs that a person could send, right and wrong; `known` stands for an id that this device has made. */
const work = fc.oneof(
  fc.tuple(fc.constant('sell'), fc.record({ customer_id: fc.constantFrom('customer_1', 'customer_2'), lines })),
  fc.tuple(fc.constant('return'), fc.record({ order_id: id, lines, reason: fc.constantFrom('Wrong', '') })),
  fc.tuple(fc.constant('cancel_order'), fc.record({ order_id: id, reason: fc.constantFrom('Twice', '') })),
  fc.tuple(fc.constant('complete_order'), fc.record({ order_id: id })),
  fc.tuple(
    fc.constant('adjust'),
    fc.record({ product_id, units: fc.integer({ min: -6, max: 6 }), reason: fc.constant('Found') }),
  ),
  fc.tuple(
    fc.constant('count'),
    fc.record({ lines: fc.array(fc.record({ product_id, units: quantity }), { maxLength: 2 }) }),
  ),
  fc.tuple(fc.constant('order_from_warehouse'), fc.record({ lines: unitsByProduct, again: fc.boolean() })),
  fc.tuple(fc.constant('receive'), fc.record({ replenishment_id: id, lines })),
  fc.tuple(fc.constant('request_transfer'), fc.record({ from_store_id: fc.constant(TACOMA), lines: unitsByProduct })),
  fc.tuple(fc.constantFrom('send_transfer', 'receive_transfer'), fc.record({ transfer_id: id })),
  fc.tuple(fc.constant('cancel_transfer'), fc.record({ transfer_id: id, reason: fc.constant('No') })),
  fc.tuple(fc.constantFrom(...retailOperationNames), fc.jsonValue()),
);

test('[ED7] [ED10] whatever a person does, there is an outcome, and the stock is the fold of what was done, never below zero', async () => {
  await using device = await TestDevice.open();
  const made = new Map<string, string[]>();
  const outcomes = new Map<string, number>();
  const steps = fc.sample(work, { numRuns: 300, seed: 22465 });
  for (const [name, input] of steps) {
    device.nowMs += 1_000;
    const filled = JSON.parse(JSON.stringify(input), (key, value) => {
      const known = made.get(key) ?? [];
      return typeof value?.known === 'number' ? (known[value.known % known.length] ?? 'nothing') : value;
    });
    const result = await device.retail.performUnknown(name as never, filled);
    outcomes.set(result.outcome, (outcomes.get(result.outcome) ?? 0) + 1);
    if (result.outcome !== 'done') {
      expect(result.operation).toBeNull();
      continue;
    }
    for (const [key, value] of Object.entries((result as { facts: object }).facts)) {
      if (key.endsWith('_id')) made.set(key, [...(made.get(key) ?? []), String(value)]);
    }
  }
  expect(outcomes.get('done')).toBeGreaterThan(30);
  expect(outcomes.size).toBeGreaterThan(5);
  const movements = (await device.documents('stock_movements')) as unknown as (StockChange & {
    inventory_id: string;
  })[];
  for (const item of aShop.inventory ?? []) {
    if (item['store_id'] !== SEATTLE) continue;
    const number = Number(String(item['product_id']).slice(5));
    const opening = { movement_id: '', kind: 'count' as const, quantity: Number(item['stock_level']), hlc: '' };
    const own = movements.filter(({ inventory_id }) => inventory_id === inventoryIdOf(SEATTLE, number));
    const view = await device.retail.views.product(`prod_${number}`);
    expect(view?.here?.believedUnits).toBe(foldStock([opening, ...own]));
    expect(view?.here?.believedUnits).toBeGreaterThanOrEqual(0);
  }
});
