import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  basePriceCentsFromCostCents,
  categoryIdFromName,
  collectionNames,
  collections,
  describeCollection,
  divideRounded,
  foldStock,
  hlcText,
  isIsoTime,
  isMoney,
  isoTimeFromSeconds,
  lineAmounts,
  moneyFromCents,
  productTypeIdFromName,
  type StockChange,
  SUPER_MANAGER_RLS_USER_ID,
  secondsFromIsoTime,
  storeIdFromName,
  storesOfRlsUser,
  syncedCollectionNames,
  taxCentsFromSubtotalCents,
} from './index.ts';

describe('money', () => {
  test('[DM1] halves are rounded away from zero, on both sides', () => {
    expect([divideRounded(5, 10), divideRounded(-5, 10), divideRounded(4, 10), divideRounded(-4, 10)]).toEqual([
      1, -1, 0, -0,
    ]);
  });

  test('[DM1] whole cents make an amount with two decimals at most', () => {
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), (cents) => isMoney(moneyFromCents(cents))));
    expect([isMoney(0.001), isMoney(Number.NaN), isMoney(Number.POSITIVE_INFINITY), isMoney('1')]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('[DM2] the known hammer costs 28.00 and is sold for 41.79', () => {
    expect(basePriceCentsFromCostCents(2800)).toBe(4179);
  });

  test('[DM2] a line is quantity times unit price less its discount, and tax is 9.5 %', () => {
    expect(lineAmounts(3, 1999, 15)).toEqual({ discountCents: 900, lineTotalCents: 5097 });
    expect(taxCentsFromSubtotalCents(10_000)).toBe(950);
    expect(taxCentsFromSubtotalCents(1_01)).toBe(10);
  });
});

describe('ids', () => {
  test.each([
    [storeIdFromName('Zava Retail Seattle'), 'store_seattle'],
    [categoryIdFromName('PAINT & FINISHES'), 'cat_paint_and_finishes'],
    [productTypeIdFromName("Plumber's Putty", 68), 'ptype_plumber_s_putty_68'],
    [productTypeIdFromName('Handles & Knobs', 35), 'ptype_handles_and_knobs_35'],
  ])('[DM3] %s', (id, expected) => {
    expect(id).toBe(expected);
  });
});

describe('time', () => {
  test('[DM4] seconds become a text and come back, and order is kept', () => {
    const seconds = fc.integer({ min: 0, max: 4_102_444_800 });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        expect(secondsFromIsoTime(isoTimeFromSeconds(a))).toBe(a);
        expect(isIsoTime(isoTimeFromSeconds(a))).toBe(true);
        expect(isoTimeFromSeconds(a) < isoTimeFromSeconds(b)).toBe(a < b);
      }),
    );
  });

  test.each([
    '2024-02-30T00:00:00Z',
    '2024-01-01',
    '2024-01-01T00:00:00.000Z',
    '2024-01-01T24:00:00Z',
    1704067200,
    null,
  ])('[DM4] %s is not a time', (value) => {
    expect(isIsoTime(value)).toBe(false);
  });
});

describe('stock', () => {
  const movement = (id: string, kind: StockChange['kind'], quantity: number, millisecond: number): StockChange => ({
    movement_id: id,
    kind,
    quantity,
    hlc: hlcText(Date.UTC(2026, 0, 1) + millisecond, 0, 'tablet'),
  });
  const movements = fc.uniqueArray(
    fc.record({
      movement_id: fc.uuid(),
      kind: fc.constantFrom<StockChange['kind'][]>('sale', 'receipt', 'count', 'adjustment'),
      quantity: fc.integer({ min: -20, max: 50 }),
      hlc: fc.integer({ min: 0, max: 20 }).map((tick) => hlcText(tick, 0, 'tablet')),
    }),
    { selector: (each) => each.movement_id, maxLength: 12 },
  );

  test('[DM5] a count replaces what was before it, and what comes after is added', () => {
    const changes = [movement('a', 'receipt', 40, 1), movement('b', 'count', 12, 2), movement('c', 'sale', -3, 3)];
    expect(foldStock(changes)).toBe(9);
  });

  test('[DM5] two offline sales of one item both count, below zero if need be', () => {
    expect(foldStock([movement('a', 'count', 1, 1), movement('b', 'sale', -1, 2), movement('c', 'sale', -1, 2)])).toBe(
      -1,
    );
  });

  test('[DM5] of two counts the later wins, also when it arrives first', () => {
    expect(foldStock([movement('late', 'count', 7, 9), movement('early', 'count', 30, 1)])).toBe(7);
  });

  test('[DM5] neither the order of arrival nor a second delivery changes the stock', () => {
    fc.assert(
      fc.property(movements, fc.integer(), (changes, turn) => {
        const cut = changes.length === 0 ? 0 : Math.abs(turn) % changes.length;
        const turned = [...changes.slice(cut), ...changes.slice(0, cut)].reverse();
        expect(foldStock([...turned, ...changes])).toBe(foldStock(changes));
      }),
    );
  });

  test('[DM5] it equals a replay of the movements in the order of their timestamps', () => {
    fc.assert(
      fc.property(movements, (changes) => {
        const inOrder = changes.toSorted((a, b) =>
          `${a.hlc} ${a.movement_id}` < `${b.hlc} ${b.movement_id}` ? -1 : 1,
        );
        const replayed = inOrder.reduce(
          (units, { kind, quantity }) => (kind === 'count' ? quantity : units + quantity),
          0,
        );
        expect(foldStock(changes)).toBe(replayed);
      }),
    );
  });
});

describe('access and collections', () => {
  const stores = [
    { store_id: 'store_seattle', rls_user_id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' },
    { store_id: 'store_tacoma', rls_user_id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890' },
  ];

  test('[DM6] the super manager sees all stores, a store its own, anyone else none', () => {
    expect(storesOfRlsUser(SUPER_MANAGER_RLS_USER_ID, stores)).toBe('all');
    expect(storesOfRlsUser('a1b2c3d4-e5f6-7890-abcd-ef1234567890', stores)).toEqual(['store_tacoma']);
    expect(storesOfRlsUser('', stores)).toEqual([]);
  });

  test('[DM7] thirteen collections, each with its id in its schema, and vectors stay at headquarters', () => {
    expect(collectionNames).toHaveLength(13);
    for (const name of collectionNames) {
      const { schema, idField } = describeCollection(name);
      expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(['_id', idField, 'deleted']));
    }
    expect(collections.product_embeddings.synced).toBe(false);
    expect(syncedCollectionNames).not.toContain('product_embeddings');
  });
});
