/** Work of this device that headquarters does not have yet, and work that it refused: how old, and why. */
import { fieldAt, syncedCollectionNames } from '../../domain/index.ts';
import {
  changesAgainst,
  type Document,
  type DocumentKey,
  type DocumentOfChange,
  keysOf,
  type Operation,
  parseHlc,
} from '../../sync/index.ts';
import { type DittoExecutor, type LostRow, lostChangeOf, type OutboxRow, type RejectedRow } from '../ditto-storage.ts';
import { statements } from '../dql.ts';
import { settlementsUnderWay } from '../retail/settle.ts';

interface OwnChange {
  readonly sequence: number;
  /** The retail action's name. */
  readonly action: string;
  readonly userId: string;
  /** When it was done, by this device's clock. */
  readonly doneAtMs: number;
  readonly ageMs: number;
  /** Documents that it changes; an app marks them. */
  readonly documents: readonly DocumentKey[];
  readonly operation: Operation;
}

export interface PendingChange extends OwnChange {
  /** `sent`: headquarters has it, and the device waits to see it come back. */
  readonly state: 'waiting' | 'sent';
}

export interface RejectedChange extends OwnChange {
  /** `being_settled`: the user has settled it, and headquarters has not answered yet. */
  readonly state: 'open' | 'being_settled';
  readonly reason: string;
  /** Where, what was expected and what came. */
  readonly message: string;
  /** Names it in headquarters' reconciliation inbox. */
  readonly inboxId: string;
  /** What it meant, field by field, against what is there now. */
  readonly changes: readonly DocumentOfChange[];
}

/** The oldest first. */
export async function pendingChanges(store: DittoExecutor, nowMs: number): Promise<PendingChange[]> {
  const { items } = await store.execute(statements.readOutbox);
  return items.map(({ value }) => {
    const row = value as OutboxRow;
    const state = row.applied_time === null ? ('waiting' as const) : ('sent' as const);
    return { ...ownChange(row.operation_json, nowMs), state };
  });
}

/** The newest first. */
export async function rejectedChanges(store: DittoExecutor, nowMs: number): Promise<RejectedChange[]> {
  const { items } = await store.execute(statements.readRejected);
  const underWay = await settlementsUnderWay(store);
  const documentNow = async (collection: string, id: string) => {
    if (!(syncedCollectionNames as readonly string[]).includes(collection)) return null;
    const found = await store.execute(statements.readByIds(collection), { ids: [id] });
    return (found.items[0]?.value as Document | undefined) ?? null;
  };
  const rejected: RejectedChange[] = [];
  for (const { value } of items) {
    const { operation_json, reason, message, inbox_id: inboxId } = value as RejectedRow;
    const own = ownChange(operation_json, nowMs);
    const state = underWay.has(inboxId) ? 'being_settled' : 'open';
    const changes = await changesAgainst(own.operation.changes, documentNow);
    rejected.push({ ...own, state, reason, message, inboxId, changes });
  }
  return rejected.reverse();
}

/** A field of this device's work that lost to a newer write, against what is there now. */
export interface LostView {
  /** Names it in headquarters' conflict log. */
  readonly conflictId: string;
  readonly state: 'open' | 'being_settled';
  readonly action: string;
  readonly userId: string;
  readonly document: DocumentKey;
  readonly path: string;
  /** What lost; undefined where it was to take the field away. */
  readonly value: unknown;
  /** What stood there then, and what is there now. */
  readonly standing: unknown;
  readonly now: unknown;
}

/** The newest first. */
export async function lostChanges(store: DittoExecutor): Promise<LostView[]> {
  const { items } = await store.execute(statements.readLost);
  const underWay = await settlementsUnderWay(store);
  const views: LostView[] = [];
  for (const { value: row } of items) {
    const { conflictId, collection, id, path, value, tookAway, standing, operation } = lostChangeOf(row as LostRow);
    const found = await store.execute(statements.readByIds(collection), { ids: [id] });
    const now = found.items[0] === undefined ? undefined : fieldAt(found.items[0].value as Document, path);
    const { action, userId } = operation;
    const state = underWay.has(conflictId) ? 'being_settled' : 'open';
    const document = `${collection}/${id}`;
    views.push({
      conflictId,
      state,
      action,
      userId,
      document,
      path,
      value: tookAway ? undefined : value,
      standing,
      now,
    });
  }
  return views.reverse();
}

function ownChange(operationJson: string, nowMs: number): OwnChange {
  const operation = JSON.parse(operationJson) as Operation;
  const { sequence, action, userId, hlc } = operation;
  const doneAtMs = parseHlc(hlc).epochMs;
  return {
    sequence,
    action,
    userId,
    doneAtMs,
    // A clock that was put back makes nothing younger than now.
    ageMs: Math.max(0, nowMs - doneAtMs),
    documents: keysOf(operation),
    operation,
  };
}
