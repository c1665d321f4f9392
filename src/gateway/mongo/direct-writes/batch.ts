/** What a bunch of events asks for, in their order: stamps for the directly written documents, and work for the ledger. Pure. */
import type { LedgerState } from '../../../domain/index.ts';
import { type Document, HybridClock } from '../../../sync/index.ts';
import type { StampedWrite } from './apply-stamps.ts';
import type { StampedLevel, StockWork } from './apply-stock.ts';
import { changesAlerts, changesFold, joined, levelWriteOf, withoutLedgerFields } from './decide-stock.ts';
import { changesOf, isSynced, transactionOf, type WriteEvent } from './events.ts';
import type { LeaderPosition } from './lease.ts';

export interface Batch {
  readonly writes: readonly StampedWrite[];
  readonly stock: StockWork;
  /** Where the leader stands after it. */
  readonly position: LeaderPosition;
  readonly directWrites: number;
  /** Nothing has to be written for it. */
  readonly isEmpty: boolean;
}

/** The stamps of direct writes end in this. */
const WRITER = 'mongodb';

/**
 * `isAwaited` tells of which documents something is awaited: what gateways do to the others is none of the leader's
 * business.
 */
export function batchOf(
  events: readonly WriteEvent[],
  from: LeaderPosition,
  isAwaited: (key: string) => boolean,
): Batch {
  const clock = new HybridClock(WRITER, from.clock);
  const gathered = new GatheredWork();
  let { transaction, at, clock: newest } = from;
  let directWrites = 0;
  for (const event of events) {
    at = event.position;
    transaction = transactionOf(event, transaction);
    if (!isSynced(event.collection)) continue;
    if (transaction?.isOurs === true) {
      gathered.takeOurs(event, transaction.operation, isAwaited);
      continue;
    }
    directWrites += 1;
    newest = clock.tick(event.wallClockMs);
    gathered.takeDirect(event, newest);
  }
  return { ...gathered.work(), position: { at, clock: newest, transaction }, directWrites };
}

class GatheredWork {
  readonly #writes: StampedWrite[] = [];
  /** Documents that were written directly in this bunch: whether something is awaited of them is not known yet. */
  readonly #directKeys = new Set<string>();
  readonly #levels = new Map<string, StampedLevel[]>();
  readonly #movements: Document[] = [];
  readonly #newItems: StampedLevel[] = [];
  readonly #refold = new Set<string>();
  readonly #review = new Set<string>();
  readonly #goneMovements: string[] = [];

  takeOurs(event: WriteEvent, operation: StampedWrite['operation'], isAwaited: (key: string) => boolean): void {
    if (event.kind !== 'update') return;
    const { collection, id, kind } = event;
    const key = `${collection}/${id}`;
    if (operation !== null && (this.#directKeys.has(key) || isAwaited(key))) {
      this.#writes.push({ collection, id, kind, changes: changesOf(event), hlc: operation.hlc, operation });
    }
    if (operation !== null && collection === 'inventory' && changesAlerts(changesOf(event))) this.#review.add(id);
  }

  takeDirect(event: WriteEvent, hlc: string): void {
    const { collection, id, kind } = event;
    const changes = kind === 'update' || kind === 'replace' ? changesOf(event) : {};
    const stamped = withoutLedgerFields(collection, changes);
    if (kind === 'insert' || kind === 'delete' || Object.keys(stamped).length > 0) {
      this.#writes.push({ collection, id, kind, changes: stamped, hlc, operation: null });
      this.#directKeys.add(`${collection}/${id}`);
    }
    if (collection === 'inventory') this.#takeItem(event, changes, hlc);
    if (collection === 'stock_movements') this.#takeMovement(event, changes);
  }

  #takeItem(event: WriteEvent, changes: Document, hlc: string): void {
    const { id, kind, after, wallClockMs, position } = event;
    const cause = `${position.time}:${position.resumeToken}`;
    if (kind === 'delete') return;
    if (kind === 'insert') {
      const levelAfter = after?.['stock_level'] as number;
      const ledgerAt = after?.['ledger'] as LedgerState | undefined;
      this.#newItems.push({ inventoryId: id, levelBefore: undefined, levelAfter, ledgerAt, hlc, wallClockMs, cause });
      return;
    }
    if (changesAlerts(changes)) this.#review.add(id);
    const level = levelWriteOf(event, changes);
    if (level === null) return;
    const earlier = this.#levels.get(id) ?? [];
    const last = earlier.at(-1);
    const both = last === undefined ? undefined : joined(last, level);
    this.#levels.set(id, [
      ...(both === undefined ? earlier : earlier.slice(0, -1)),
      { ...(both ?? level), hlc, wallClockMs, cause },
    ]);
  }

  #takeMovement({ id, kind, before, after }: WriteEvent, changes: Document): void {
    const isNumbered = (document: Document | undefined) => document?.['ledger_sequence'] !== undefined;
    if (kind === 'delete') {
      this.#goneMovements.push(id);
      if (isNumbered(before)) this.#refoldItemOf(before);
    } else if (kind === 'insert' || !isNumbered(after)) {
      if (after !== undefined && !isNumbered(after)) this.#movements.push(after);
    } else if (changesFold(changes)) {
      this.#refoldItemOf(before);
      this.#refoldItemOf(after);
    }
  }

  #refoldItemOf(movement: Document | undefined): void {
    const id = movement?.['inventory_id'];
    if (typeof id === 'string') this.#refold.add(id);
  }

  work() {
    const stock: StockWork = {
      levels: [...this.#levels.values()].flat(),
      movements: this.#movements,
      newItems: this.#newItems,
      refold: [...this.#refold],
      review: [...this.#review],
      goneMovements: this.#goneMovements,
    };
    const isEmpty = this.#writes.length === 0 && Object.values(stock).every(({ length }) => length === 0);
    return { writes: this.#writes, stock, isEmpty };
  }
}
