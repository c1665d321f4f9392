/** How own work lies in a device's store: what waits for MongoDB, what it refused, and what lost there. */
import type { Hlc, Operation } from '../sync/index.ts';
import type { OutboxEntry } from './outbox.ts';
import type { LostChange, RejectedOperation } from './replica-effects.ts';

/** Sorts by number. */
export const outboxId = (sequence: number): string => String(sequence).padStart(12, '0');

export interface OutboxRow {
  readonly _id: string;
  readonly sequence: number;
  readonly epoch: string;
  readonly action: string;
  readonly hlc: Hlc;
  readonly operation_json: string;
  readonly is_settlement: boolean;
  readonly applied_time: string | null;
}

export function outboxRow({ operation, appliedTime }: OutboxEntry, epoch: string): OutboxRow {
  return {
    _id: outboxId(operation.sequence),
    sequence: operation.sequence,
    epoch,
    action: operation.action,
    hlc: operation.hlc,
    operation_json: JSON.stringify(operation),
    is_settlement: operation.settles !== undefined,
    applied_time: appliedTime,
  };
}

export interface RejectedRow {
  readonly _id: string;
  readonly action: string;
  readonly hlc: Hlc;
  readonly operation_json: string;
  readonly reason: string;
  readonly message: string;
  readonly inbox_id: string;
}

export function rejectedRow({ operation, reason, message, inboxId }: RejectedOperation): RejectedRow {
  return {
    _id: inboxId,
    action: operation.action,
    hlc: operation.hlc,
    operation_json: JSON.stringify(operation),
    reason,
    message,
    inbox_id: inboxId,
  };
}

export interface LostRow {
  readonly _id: string;
  readonly hlc: Hlc;
  readonly lost_json: string;
}

export const lostRow = (lost: LostChange): LostRow => ({
  _id: lost.conflictId,
  hlc: lost.operation.hlc,
  lost_json: JSON.stringify(lost),
});

export const lostChangeOf = ({ lost_json }: LostRow): LostChange => JSON.parse(lost_json) as LostChange;

export const rejectedOperationOf = ({ operation_json, reason, message, inbox_id }: RejectedRow): RejectedOperation => ({
  operation: JSON.parse(operation_json) as Operation,
  reason,
  message,
  inboxId: inbox_id,
});
