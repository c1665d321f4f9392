/** Work of this device that headquarters does not have yet, and work that it refused: how old, and why. */
import { type DocumentKey, keysOf, type Operation, parseHlc } from '../../sync/index.ts';
import type { DittoExecutor } from '../ditto-storage.ts';
import { statements } from '../dql.ts';

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
  readonly reason: string;
  /** Where, what was expected and what came. */
  readonly message: string;
  /** Names it in headquarters' reconciliation inbox. */
  readonly inboxId: string;
}

/** The oldest first. */
export async function pendingChanges(store: DittoExecutor, nowMs: number): Promise<PendingChange[]> {
  const { items } = await store.execute(statements.readOutbox);
  return items.map(({ value }) => {
    const row = value as { operation_json: string; applied_time: string | null };
    const state = row.applied_time === null ? ('waiting' as const) : ('sent' as const);
    return { ...ownChange(row.operation_json, nowMs), state };
  });
}

/** The newest first. */
export async function rejectedChanges(store: DittoExecutor, nowMs: number): Promise<RejectedChange[]> {
  const { items } = await store.execute(statements.readRejected);
  return items
    .map(({ value }) => {
      const row = value as { operation_json: string; reason: string; message: string; inbox_id: string };
      const { reason, message, inbox_id: inboxId } = row;
      return { ...ownChange(row.operation_json, nowMs), reason, message, inboxId };
    })
    .reverse();
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
