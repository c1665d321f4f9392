/**
 * The stock ledger's arithmetic: how MongoDB's level of an item changes when movements come in, one bunch at a time, in
 * whatever order. Always equal to the fold of all that came in (stock.ts), without reading them all again.
 */
import type { StockMovement } from './documents.ts';
import { foldStock, isLaterMovement, type LedgerMark, type StockChange } from './stock.ts';

/** What the ledger keeps of an item, in the item. */
export interface LedgerState extends LedgerMark {
  /** The fold of the movements that are in. Differs from `stock_level` only while somebody's direct write is on its way. */
  readonly level: number;
  /** What last set the level whatever was pending: a person's count, the opening, a repair. Empty before the first. */
  readonly reset_id: string;
  /** How far it was when a direct write took it away the last time. */
  readonly before_loss?: { readonly sequence: number; readonly reset_id: string };
}

/** A movement as MongoDB has it: with its number once it is in the level, and a mark if it set the level anew. */
export type LedgerMovement = StockMovement & { readonly ledger_sequence?: number; readonly ledger_reset?: boolean };

/** The reason of the count that an item begins with. */
export const OPENING_COUNT_REASON = 'Opening count';

export interface TakenIn<Movement> {
  readonly ledger: LedgerState;
  /** The fresh movements with their numbers, in the order of their stamps. */
  readonly numbered: readonly (Movement & { readonly ledger_sequence: number })[];
  /** Whether one of them is the count that stands now. */
  readonly isCounted: boolean;
}

/**
 * Takes movements in that are not in the level yet. `inLevel` are movements that are: at least those after the newest of
 * the fresh counts, and none of them twice.
 */
export function takeIntoLedger<Movement extends StockChange>(
  ledger: LedgerState,
  fresh: readonly Movement[],
  inLevel: readonly StockChange[],
): TakenIn<Movement> {
  const inOrder = [...fresh].sort((one, other) => (isLaterMovement(one, other) ? 1 : -1));
  const numbered = inOrder.map((movement, index) => ({ ...movement, ledger_sequence: ledger.sequence + index + 1 }));
  const sequence = ledger.sequence + numbered.length;
  const count = newestCount(inOrder);
  if (count === undefined || !isLaterMovement(count, standingOf(ledger))) {
    return {
      ledger: { ...ledger, sequence, level: ledger.level + unitsAfter(standingOf(ledger), inOrder) },
      numbered,
      isCounted: false,
    };
  }
  const level = count.quantity + unitsAfter(count, inOrder) + unitsAfter(count, inLevel);
  const counted = { ...ledger, sequence, level, count_hlc: count.hlc, count_id: count.movement_id };
  return { ledger: counted, numbered, isCounted: true };
}

/** The newest fresh count that will stand; what is in the level after it has to be known to take it in. */
export function countToStand<Movement extends StockChange>(
  ledger: LedgerState,
  fresh: readonly Movement[],
): Movement | undefined {
  const count = newestCount(fresh);
  return count !== undefined && isLaterMovement(count, standingOf(ledger)) ? count : undefined;
}

export interface OpenedLedger<Movement> {
  readonly ledger: LedgerState;
  /** Movements that the level contains already, and that get their numbers now. */
  readonly adopted: readonly (Movement & { readonly ledger_sequence: number })[];
  /** Nothing says where the level comes from: it has to be written down as a count. */
  readonly isUnfounded: boolean;
}

type Known = StockChange & Pick<LedgerMovement, 'reason' | 'ledger_sequence' | 'ledger_reset'>;

/**
 * The ledger of an item that has none, from the movements that lie there already. A ledger that was lost is found again
 * from those with numbers. Otherwise all of them make the level, or at least the opening count does: then the others,
 * and what differs, are on their way.
 */
export function openLedger<Movement extends Known>(
  stockLevel: number,
  known: readonly Movement[],
): OpenedLedger<Movement> {
  const numbered = known.filter(({ ledger_sequence }) => ledger_sequence !== undefined);
  if (numbered.length > 0) {
    const inOrder = [...numbered].sort((one, other) => (one.ledger_sequence ?? 0) - (other.ledger_sequence ?? 0));
    const sequence = inOrder.at(-1)?.ledger_sequence ?? 0;
    const reset_id = inOrder.findLast(({ ledger_reset }) => ledger_reset === true)?.movement_id ?? '';
    return { ledger: { ...ledgerOf(numbered, sequence), reset_id }, adopted: [], isUnfounded: false };
  }
  const opening = known.filter(({ kind, reason }) => kind === 'count' && reason === OPENING_COUNT_REASON);
  const founding = foldStock(known) === stockLevel ? known : opening;
  const adopted = takeIntoLedger(EMPTY_LEDGER, founding, []).numbered;
  const isUnfounded = founding.length === 0 && stockLevel !== 0;
  return { ledger: ledgerOf(founding, founding.length), adopted, isUnfounded };
}

export const EMPTY_LEDGER: LedgerState = { sequence: 0, level: 0, count_hlc: '', count_id: '', reset_id: '' };

/** The ledger with these movements in it, and no others. */
export function ledgerOf(movements: readonly StockChange[], sequence: number): LedgerState {
  const count = newestCount(movements);
  const level = foldStock(movements);
  return { ...EMPTY_LEDGER, sequence, level, count_hlc: count?.hlc ?? '', count_id: count?.movement_id ?? '' };
}

const standingOf = ({ count_hlc, count_id }: LedgerMark) => ({ hlc: count_hlc, movement_id: count_id });

function newestCount<Movement extends StockChange>(movements: readonly Movement[]): Movement | undefined {
  let newest: Movement | undefined;
  for (const movement of movements) {
    if (movement.kind === 'count' && (newest === undefined || isLaterMovement(movement, newest))) newest = movement;
  }
  return newest;
}

function unitsAfter(count: Pick<StockChange, 'hlc' | 'movement_id'>, movements: readonly StockChange[]): number {
  let units = 0;
  for (const movement of movements) {
    if (movement.kind !== 'count' && isLaterMovement(movement, count)) units += movement.quantity;
  }
  return units;
}
