import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  believedStock,
  centsFromMoney,
  foldStock,
  type KnownMovement,
  type LedgerMark,
  moneyFromCents,
  orderTotals,
  refundCents,
} from './index.ts';

const kinds = fc.constantFrom('sale', 'receipt', 'adjustment', 'count') as fc.Arbitrary<KnownMovement['kind']>;

/** Few stamps, so that movements often meet at one; some are in the level, in any order. */
const ledgers = fc
  .uniqueArray(
    fc.record({
      movement_id: fc.integer({ min: 1, max: 40 }).map((number) => `m${String(number).padStart(2, '0')}`),
      kind: kinds,
      quantity: fc.integer({ min: -9, max: 30 }),
      hlc: fc.integer({ min: 1, max: 12 }).map((number) => `2026-11-22T08:00:00.0${String(number).padStart(2, '0')}Z`),
      isFolded: fc.boolean(),
    }),
    { selector: ({ movement_id }) => movement_id, maxLength: 14 },
  )
  .map((entries) => {
    let sequence = 0;
    return entries.map(({ isFolded, kind, quantity, ...rest }): KnownMovement => {
      const movement = { ...rest, kind, quantity: kind === 'count' ? Math.abs(quantity) : quantity };
      if (!isFolded) return movement;
      sequence += 1;
      return { ...movement, ledger_sequence: sequence };
    });
  });

const isAfter = (one: KnownMovement, other: KnownMovement) =>
  one.hlc === other.hlc ? one.movement_id > other.movement_id : one.hlc > other.hlc;

const newestCountOf = (movements: readonly KnownMovement[]) =>
  movements
    .filter(({ kind }) => kind === 'count')
    .sort((one, other) => (isAfter(one, other) ? -1 : 1))
    .at(0);

function syncedItem(folded: readonly KnownMovement[]): { stock_level: number; ledger: LedgerMark } {
  const count = newestCountOf(folded);
  return {
    stock_level: foldStock(folded),
    ledger: { sequence: folded.length, count_hlc: count?.hlc ?? '', count_id: count?.movement_id ?? '' },
  };
}

describe('the stock that a device believes in', () => {
  test('[DM11] is the fold of all movements, from the synced level and those that are not in it yet', () => {
    fc.assert(
      fc.property(ledgers, fc.boolean(), (movements, knowsAll) => {
        const folded = movements.filter(({ ledger_sequence }) => ledger_sequence !== undefined);
        const fresh = movements.filter(({ ledger_sequence }) => ledger_sequence === undefined);
        const count = newestCountOf(fresh);
        const laterOnes = count === undefined ? [] : folded.filter((movement) => isAfter(movement, count));
        const known = knowsAll ? movements : [...fresh, ...laterOnes];
        expect(believedStock(syncedItem(folded), [...known, ...known])).toBe(foldStock(movements));
      }),
      { numRuns: 2_000, seed: 22465 },
    );
  });

  test('[DM11] a movement whose number is above the item’s is not in the level yet', () => {
    fc.assert(
      fc.property(ledgers, fc.nat(14), (movements, position) => {
        const folded = movements.filter(({ ledger_sequence }) => ledger_sequence !== undefined);
        const item = syncedItem(folded.slice(0, position));
        expect(believedStock(item, folded)).toBe(foldStock(folded));
      }),
      { numRuns: 1_000, seed: 22465 },
    );
  });

  test('[DM11] an item that the ledger never touched counts from its level', () => {
    const sale: KnownMovement = { movement_id: 'm1', kind: 'sale', quantity: -3, hlc: '2026-11-22T08:00:00.000Z' };
    expect(believedStock({ stock_level: 10 }, [sale])).toBe(7);
    expect(believedStock({ stock_level: 10 }, [{ ...sale, ledger_sequence: 1 }])).toBe(10);
    expect(believedStock({ stock_level: 10 }, [])).toBe(10);
  });
});

describe('what an order comes to', () => {
  const lines = fc.array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 9 }),
      unitPriceCents: fc.integer({ min: 1, max: 50_000 }),
      discountPercent: fc.constantFrom(0, 5, 10, 25, 100),
    }),
    { minLength: 1, maxLength: 8 },
  );

  test('[DM12] totals are sums of whole cents, and tax is of the subtotal', () => {
    fc.assert(
      fc.property(lines, (sold) => {
        const totals = orderTotals(sold);
        expect(totals.subtotalCents).toBe(
          totals.lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents - line.discountCents, 0),
        );
        expect(totals.totalCents).toBe(totals.subtotalCents + totals.taxCents);
        expect(centsFromMoney(moneyFromCents(totals.totalCents))).toBe(totals.totalCents);
      }),
    );
  });

  test('[DM12] refunds add up to what was paid, however the units come back', () => {
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (sold, portions) => {
        const priced = orderTotals(sold);
        const units = sold.reduce((sum, { quantity }) => sum + quantity, 0);
        let returned = 0;
        let refunded = 0;
        while (returned < units) {
          const portion = Math.min(units - returned, portions.next().value as number);
          refunded += refundCents(priced.lines, returned, portion);
          returned += portion;
        }
        expect(refunded).toBe(priced.subtotalCents);
      }),
    );
  });
});
