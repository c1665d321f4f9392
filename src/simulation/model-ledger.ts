/** The stock ledger's writer as the simulated database has it: the ledger's own arithmetic on the documents of a moment. */
import { type LedgerMovement, type LedgerState, takeIntoLedger } from '../domain/index.ts';
import type { Document } from '../sync/index.ts';

export interface FoldedItem {
  readonly item: Document;
  /** With their numbers in the ledger. */
  readonly movements: readonly Document[];
}

/** `known` are the movements of the item that are stored already. */
export function foldFresh(item: Document, fresh: readonly Document[], known: readonly Document[]): FoldedItem {
  const ledger = item['ledger'] as LedgerState;
  const inLevel = (known as unknown as LedgerMovement[]).filter((movement) => movement.ledger_sequence !== undefined);
  const taken = takeIntoLedger(ledger, fresh as unknown as LedgerMovement[], inLevel);
  const written = taken.isCounted ? { ...taken.ledger, reset_id: taken.ledger.count_id } : taken.ledger;
  return {
    item: { ...item, stock_level: written.level, ledger: written },
    movements: taken.numbered as unknown as Document[],
  };
}
