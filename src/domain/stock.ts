import type { StockMovement } from './documents.ts';

/** What the fold needs of a movement. */
export type StockChange = Pick<StockMovement, 'movement_id' | 'kind' | 'quantity' | 'hlc'>;

/**
 * The stock of one item from its movements: the newest count, and every movement after it. Before the first count the
 * stock starts at zero. Movements may come in any order and more than once; the result is the same.
 *
 * Order: by hybrid logical timestamp as text, ties by movement id, so that every replica agrees.
 * May be negative: that is an oversold item, and a person has to settle it.
 */
export function foldStock(movements: Iterable<StockChange>): number {
  let newestCount: StockChange | undefined;
  const seen = new Map<string, StockChange>();
  for (const movement of movements) {
    seen.set(movement.movement_id, movement);
    if (movement.kind === 'count' && (newestCount === undefined || isLaterMovement(movement, newestCount)))
      newestCount = movement;
  }
  let units = newestCount?.quantity ?? 0;
  for (const movement of seen.values()) {
    if (movement.kind === 'count') continue;
    if (newestCount === undefined || isLaterMovement(movement, newestCount)) units += movement.quantity;
  }
  return units;
}

/** How far MongoDB's ledger is with an item; it keeps this in the item, as `ledger`. */
export interface LedgerMark {
  /** Movements with a `ledger_sequence` up to this are in the level. */
  readonly sequence: number;
  /** The count that stands; empty before the first. */
  readonly count_hlc: string;
  readonly count_id: string;
}

export interface SyncedLevel {
  readonly stock_level: number;
  readonly ledger?: LedgerMark | undefined;
}

/** A movement as a device holds it: with a number once the ledger has taken it into the level. */
export type KnownMovement = StockChange & { readonly ledger_sequence?: number | undefined };

/**
 * The stock that a device believes in: the level that it was sent, with the movements on top that are not in it yet, its
 * own above all. Equals the fold of all movements if `movements` holds every one that is not in the level, and, where one
 * of those is a count, also what came after that count and is in the level already.
 */
export function believedStock({ stock_level, ledger }: SyncedLevel, movements: Iterable<KnownMovement>): number {
  const known = [...new Map([...movements].map((movement) => [movement.movement_id, movement])).values()];
  const isInLevel = ({ ledger_sequence }: KnownMovement) =>
    ledger_sequence !== undefined && (ledger === undefined || ledger_sequence <= ledger.sequence);
  const standing = { hlc: ledger?.count_hlc ?? '', movement_id: ledger?.count_id ?? '' };
  const fresh = known.filter((movement) => !isInLevel(movement) && isLaterMovement(movement, standing));
  const newestCount = fresh
    .filter(({ kind }) => kind === 'count')
    .reduce<KnownMovement | undefined>(
      (newest, one) => (newest && !isLaterMovement(one, newest) ? newest : one),
      undefined,
    );
  const added = newestCount === undefined ? fresh : known.filter((movement) => isLaterMovement(movement, newestCount));
  return added.reduce(
    (units, { kind, quantity }) => (kind === 'count' ? units : units + quantity),
    newestCount?.quantity ?? stock_level,
  );
}

type Moment = Pick<StockChange, 'hlc' | 'movement_id'>;

/** The order of the fold: by stamp, and by id where two are equal. */
export function isLaterMovement(movement: Moment, other: Moment): boolean {
  if (movement.hlc !== other.hlc) return movement.hlc > other.hlc;
  return movement.movement_id > other.movement_id;
}

/**
 * The text form of a hybrid logical timestamp: physical milliseconds, logical counter, device. Sorts as text.
 * `2026-11-22T08:30:00.000Z-0000-headquarters`
 */
export function hlcText(epochMilliseconds: number, counter: number, deviceId: string): string {
  return `${new Date(epochMilliseconds).toISOString()}-${counter.toString(16).padStart(4, '0')}-${deviceId}`;
}
