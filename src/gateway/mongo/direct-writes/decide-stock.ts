/** What a write of an inventory item or a movement means for the stock ledger. Pure. */
import type { LedgerState } from '../../../domain/index.ts';
import { type FieldChanges, sameValue } from '../../../sync/index.ts';
import type { WriteEvent } from './events.ts';

/** A direct write of `stock_level`, or of an item whose ledger it took away. */
export interface LevelWrite {
  readonly inventoryId: string;
  readonly levelBefore: number | undefined;
  readonly levelAfter: number;
  readonly ledgerAt: LedgerState | undefined | null;
  readonly isLedgerLost?: boolean;
}

/** Fields of an item that are the ledger's: they have no stamps. */
const LEDGER_FIELDS = new Set(['stock_level', 'ledger']);
/** What the fold of a movement depends on. */
const FOLDED_FIELDS = ['kind', 'quantity', 'hlc', 'inventory_id', 'movement_id'];

export function withoutLedgerFields(collection: string, changes: FieldChanges): FieldChanges {
  if (collection !== 'inventory' && collection !== 'stock_movements') return changes;
  const own = ([path]: [string, unknown]) =>
    collection === 'inventory' ? LEDGER_FIELDS.has(path.split('.', 1)[0] as string) : path === 'ledger_sequence';
  return Object.fromEntries(Object.entries(changes).filter((entry) => !own(entry)));
}

/** Null where the level is as it was, or the ledger itself changed it. */
export function levelWriteOf(event: WriteEvent, changes: FieldChanges): LevelWrite | null {
  const isLevelChanged = Object.hasOwn(changes, 'stock_level');
  const isLedgerChanged = Object.keys(changes).some((path) => path === 'ledger' || path.startsWith('ledger.'));
  const { before, after, id: inventoryId } = event;
  const was = before?.['ledger'] as LedgerState | undefined;
  const is = after?.['ledger'] as LedgerState | undefined;
  const isLedgerLost = after !== undefined && was !== undefined && (is === undefined || is.sequence < was.sequence);
  if (isLedgerChanged && !isLedgerLost) return null;
  if (!isLevelChanged && !isLedgerLost) return null;
  return {
    inventoryId,
    levelBefore: before?.['stock_level'] as number | undefined,
    levelAfter: (after?.['stock_level'] ?? changes['stock_level']) as number,
    ledgerAt: after === undefined ? null : isLedgerLost ? was : is,
    isLedgerLost,
  };
}

/** The same as one write: nothing that the ledger knows of lies between them. Undefined where something does. */
export function joined(earlier: LevelWrite, later: LevelWrite): LevelWrite | undefined {
  if (earlier.ledgerAt === null || later.ledgerAt === null) return undefined;
  if (later.isLedgerLost === true) return undefined;
  return sameValue(earlier.ledgerAt, later.ledgerAt) ? { ...later, levelBefore: earlier.levelBefore } : undefined;
}

/** Whether a direct change of a movement changes what it is in the fold. */
export const changesFold = (changes: FieldChanges): boolean =>
  FOLDED_FIELDS.some((field) => Object.hasOwn(changes, field));

/** Whether an item has to be looked at again for its alerts, whoever changed it. */
export const changesAlerts = (changes: FieldChanges): boolean =>
  Object.hasOwn(changes, 'reorder_threshold') || Object.hasOwn(changes, 'deleted');
