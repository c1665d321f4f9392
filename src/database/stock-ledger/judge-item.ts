/** Whether an item's level is what its movements say, and if not, why. Pure. */
import { foldStock, type LedgerMovement, ledgerOf } from '../../domain/index.ts';
import type { LedgerItem } from './fold.ts';

export const STOCK_FAULTS = {
  level_written: 'the level was written past the ledger',
  movements_left_out: 'movements are not in the level yet',
  ledger_missing: 'the item has lost its ledger',
  ledger_differs: 'the ledger does not say what the movements say',
} as const;

export type StockFault = keyof typeof STOCK_FAULTS;

export interface StockDifference {
  readonly inventory_id: string;
  readonly store_id: string;
  readonly product_id: string;
  readonly stock_level: number;
  readonly folded: number;
  readonly fault: StockFault;
  /** For people. */
  readonly why: string;
}

export type ItemVerdict =
  | { readonly outcome: 'sound' }
  /** It has a level and no movement: nothing can be said about it. */
  | { readonly outcome: 'unfounded' }
  | { readonly outcome: 'differs'; readonly difference: StockDifference };

/** `movements` are all of the item. */
export function judgeItem(item: LedgerItem, movements: readonly LedgerMovement[]): ItemVerdict {
  if (movements.length === 0 && item.ledger === undefined) {
    return item.stock_level === 0 ? { outcome: 'sound' } : { outcome: 'unfounded' };
  }
  const folded = foldStock(movements);
  const fault = faultOf(item, movements, folded);
  if (fault === null) return { outcome: 'sound' };
  const { inventory_id, store_id, product_id, stock_level } = item;
  const why = STOCK_FAULTS[fault];
  return { outcome: 'differs', difference: { inventory_id, store_id, product_id, stock_level, folded, fault, why } };
}

function faultOf(
  { stock_level, ledger }: LedgerItem,
  movements: readonly LedgerMovement[],
  folded: number,
): StockFault | null {
  const numbered = movements.filter(({ ledger_sequence }) => ledger_sequence !== undefined);
  if (ledger === undefined) {
    if (numbered.length > 0) return 'ledger_missing';
    return stock_level === folded ? null : 'level_written';
  }
  if (numbered.length < movements.length) return 'movements_left_out';
  const should = ledgerOf(numbered, Math.max(0, ...numbered.map(({ ledger_sequence }) => ledger_sequence ?? 0)));
  const isSame =
    ledger.sequence >= should.sequence && ledger.level === should.level && ledger.count_id === should.count_id;
  if (!isSame) return 'ledger_differs';
  return stock_level === folded ? null : 'level_written';
}
