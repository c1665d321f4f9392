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
import type { DittoExecutor } from '../ditto-executor.ts';
import { type LostRow, lostChangeOf, type OutboxRow, type RejectedRow } from '../ditto-rows.ts';
import { statements } from '../dql.ts';
import { settlementsUnderWay } from '../retail/settle.ts';
import { namesOfWork } from './names-of-work.ts';

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
  /** The products and customers that it is about, by name. */
  readonly about: readonly string[];
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
  const rows = items.map(({ value }) => value as OutboxRow);
  const operations = rows.map((row) => JSON.parse(row.operation_json) as Operation);
  const about = await namesOfWork(store, operations);
  return rows.map(({ applied_time }, index) => {
    const state = applied_time === null ? ('waiting' as const) : ('sent' as const);
    return { ...ownChange(operations[index] as Operation, about[index] as string[], nowMs), state };
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
    const operation = JSON.parse(operation_json) as Operation;
    const [about = []] = await namesOfWork(store, [operation]);
    const own = ownChange(operation, about, nowMs);
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
  /** The products and customers that it is about, by name. */
  readonly about: readonly string[];
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
    const lost = { kind: 'set' as const, collection, id, fields: { [path]: null }, unset: [], seen: {} };
    const [about = []] = await namesOfWork(store, [{ changes: [lost] }]);
    views.push({
      about,
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

function ownChange(operation: Operation, about: readonly string[], nowMs: number): OwnChange {
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
    about,
    operation,
  };
}
