import { describe, expect, test } from 'vitest';
import {
  believedStock,
  countToStand,
  EMPTY_LEDGER,
  foldStock,
  isLaterMovement,
  type LedgerState,
  OPENING_COUNT_REASON,
  openLedger,
  takeIntoLedger,
} from './index.ts';
import type { StockChange } from './stock.ts';

/** Six operations of three actors, two each, as the actors do them: kinds by number, a count for every set bit. */
const KINDS = ['sale', 'receipt', 'transfer_out', 'transfer_in', 'return', 'adjustment'] as const;
const SIGNS = [-1, 1, -1, 1, 1, -1];

/** All orders in which three queues of two can be merged, as the actors' numbers: 90. */
const merges = (left: readonly number[] = [2, 2, 2]): number[][] =>
  left.every((count) => count === 0)
    ? [[]]
    : left.flatMap((count, actor) =>
        count === 0
          ? []
          : merges(left.map((other, index) => (index === actor ? other - 1 : other))).map((rest) => [actor, ...rest]),
      );

/** As merges of operations: actor 1's first is 2, its second 3. */
const operationOrders = merges().map((actors) => {
  const next = [0, 2, 4];
  return actors.map((actor) => (next[actor] as number)++);
});

/** Who is who does not matter for the stamps: the actors are numbered as they first appear. */
const stampOrders = operationOrders.filter((order) => {
  const firsts = order.filter((operation) => operation % 2 === 0);
  return firsts.join() === '0,2,4';
});

function movementsOf(stampOrder: readonly number[], counts: number, stampsPerTime: number): StockChange[] {
  const movements: StockChange[] = [];
  for (const [rank, operation] of stampOrder.entries()) {
    const isCount = (counts & (1 << operation)) !== 0;
    movements[operation] = {
      movement_id: `m${rank}`,
      kind: isCount ? 'count' : (KINDS[operation] as StockChange['kind']),
      // Powers of three: every other sum is another number.
      quantity: (isCount ? 1 : (SIGNS[operation] as number)) * 3 ** operation,
      hlc: `2026-11-22T08:00:00.00${Math.floor(rank / stampsPerTime)}Z-0000-a`,
    };
  }
  return movements;
}

/** By bits: which operations are in. */
const subsets = Array.from({ length: 64 }, (_, bits) => [0, 1, 2, 3, 4, 5].filter((at) => (bits & (1 << at)) !== 0));

/** The ledger's writer without its database: numbers, and what the level is. */
class Writer {
  ledger: LedgerState = EMPTY_LEDGER;
  readonly stored = new Map<string, StockChange & { ledger_sequence: number }>();

  take(arrived: readonly StockChange[]): void {
    const fresh = arrived.filter(({ movement_id }) => !this.stored.has(movement_id));
    const count = countToStand(this.ledger, fresh);
    // Only what the database is asked for: what lies after the count that will stand.
    const inLevel = [...this.stored.values()].filter((one) => count !== undefined && one.hlc >= count.hlc);
    const { ledger, numbered } = takeIntoLedger(this.ledger, fresh, inLevel);
    this.ledger = ledger;
    for (const movement of numbered) this.stored.set(movement.movement_id, movement);
  }
}

describe('the stock ledger', () => {
  test('[DM13] three actors, two operations each: after every arrival, in all orders, the level is the fold, and a device believes it', () => {
    let runs = 0;
    for (const stampsPerTime of [1, 2]) {
      for (const stampOrder of stampOrders) {
        for (let counts = 0; counts < 64; counts++) {
          const movements = movementsOf(stampOrder, counts, stampsPerTime);
          const should = subsets.map((operations) => shouldBe(operations.map((at) => movements[at] as StockChange)));
          for (const arrival of operationOrders) {
            runs += 1;
            const fault = faultOf(movements, arrival, should);
            if (fault !== null) expect.fail(`${fault}: ${JSON.stringify({ movements, arrival })}`);
          }
          const believed = subsets.map((operations) => believedFrom(operations, movements));
          if (believed.some((units) => units !== foldStock(movements)))
            expect.fail(JSON.stringify({ movements, believed }));
        }
      }
    }
    expect(runs).toBe(2 * 15 * 64 * 90);
  });

  test('[DM13] in bunches of any size, late and twice, it comes to the same', () => {
    for (const stampOrder of stampOrders) {
      for (let counts = 0; counts < 64; counts++) {
        const movements = movementsOf(stampOrder, counts, 1);
        const whole = new Writer();
        whole.take(movements);
        for (let cut = 1; cut < 6; cut++) {
          const writer = new Writer();
          writer.take(movements.slice(cut));
          writer.take([...movements].reverse());
          writer.take(movements.slice(0, cut));
          expect({ ...writer.ledger, sequence: 0 }).toEqual({ ...whole.ledger, sequence: 0 });
          expect(writer.ledger.sequence).toBe(6);
        }
      }
    }
  });

  test('[DM14] a ledger that was lost is found again from the numbered movements alone', () => {
    const movements = movementsOf([0, 2, 1, 4, 3, 5], 0b001010, 1).map((one) => ({ ...one, reason: '' }));
    const writer = new Writer();
    writer.take(movements.slice(0, 4));
    const numbered = [...writer.stored.values()].map((one) => ({ ...one, reason: '' }));
    expect(openLedger(999, [...numbered, ...movements.slice(4)])).toEqual({
      ledger: writer.ledger,
      adopted: [],
      isUnfounded: false,
    });
  });

  test('[DM14] an item opens with what makes its level, or with its opening count; what has no ground is said to have none', () => {
    const opening = { movement_id: 'm0', kind: 'count', quantity: 10, hlc: 'a', reason: OPENING_COUNT_REASON } as const;
    const sale = { movement_id: 'm1', kind: 'sale', quantity: -3, hlc: 'b', reason: '' } as const;
    expect(openLedger(7, [sale, opening])).toMatchObject({ ledger: { sequence: 2, level: 7, count_id: 'm0' } });
    // Somebody has written the level, or a movement is on its way: the opening count is what is sure.
    expect(openLedger(50, [sale, opening])).toMatchObject({ ledger: { sequence: 1, level: 10 }, isUnfounded: false });
    expect(openLedger(10, [])).toMatchObject({ ledger: { sequence: 0, level: 0 }, isUnfounded: true });
    expect(openLedger(0, [])).toMatchObject({ ledger: { sequence: 0, level: 0 }, isUnfounded: false });
  });
});

/** What the level and the standing count have to be with these movements in it, by the plain fold. */
function shouldBe(arrived: readonly StockChange[]): { level: number; countId: string } {
  const newest = arrived
    .filter(({ kind }) => kind === 'count')
    .reduce<StockChange | undefined>((top, one) => (top && !isLaterMovement(one, top) ? top : one), undefined);
  return { level: foldStock([...arrived, ...arrived]), countId: newest?.movement_id ?? '' };
}

/** Plays one order of arrival, each movement twice: a device sends again what it has no answer for. */
function faultOf(
  movements: readonly StockChange[],
  arrival: readonly number[],
  should: readonly ReturnType<typeof shouldBe>[],
): string | null {
  const writer = new Writer();
  let arrived = 0;
  for (const operation of arrival) {
    arrived |= 1 << operation;
    writer.take([movements[operation] as StockChange]);
    writer.take([movements[operation] as StockChange]);
    const { level, countId } = should[arrived] as ReturnType<typeof shouldBe>;
    if (writer.ledger.level !== level) return `the level is ${writer.ledger.level}, the fold ${level}`;
    if (writer.ledger.count_id !== countId) return 'another count stands';
  }
  return null;
}

/** What a device believes that was sent the level with some of the movements in it, and knows the others by itself. */
function believedFrom(sent: readonly number[], movements: readonly StockChange[]): number {
  const early = new Writer();
  early.take(sent.map((operation) => movements[operation] as StockChange));
  const known = movements.map((one) => early.stored.get(one.movement_id) ?? one);
  return believedStock({ stock_level: early.ledger.level, ledger: early.ledger }, known);
}
