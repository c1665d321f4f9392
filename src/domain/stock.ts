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
    if (movement.kind === 'count' && (newestCount === undefined || isAfter(movement, newestCount)))
      newestCount = movement;
  }
  let units = newestCount?.quantity ?? 0;
  for (const movement of seen.values()) {
    if (movement.kind === 'count') continue;
    if (newestCount === undefined || isAfter(movement, newestCount)) units += movement.quantity;
  }
  return units;
}

function isAfter(movement: StockChange, other: StockChange): boolean {
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
