/**
 * What becomes of a device's own operations: applied, lost in part, refused, settled by somebody, or sent once more in a
 * new life of the store. Notes in a batch what has to be stored of it.
 */
import {
  type DocumentKey,
  keysOf,
  LIMITS,
  type LostField,
  OPERATION_CHARACTERS_MAX,
  type Operation,
  type OperationResult,
  operationCharacters,
} from '../sync/index.ts';
import type { DeviceView } from './device-view.ts';
import { Outbox } from './outbox.ts';
import type { ReplicaMemory, StoreBatch } from './replica-effects.ts';

export class OwnWork {
  readonly outbox: Outbox;
  readonly #rejectedIds: Set<string>;
  /** Operations whose number MongoDB knows with other contents, with where it keeps these. */
  readonly #differing = new Map<number, string>();
  readonly #newEpoch: () => string;
  #epoch: string;
  #lastSequence: number;

  constructor({ epoch, lastSequence, outbox, rejectedIds }: ReplicaMemory, newEpoch: () => string) {
    this.#epoch = epoch;
    this.#lastSequence = lastSequence;
    this.#newEpoch = newEpoch;
    this.outbox = new Outbox(outbox);
    this.#rejectedIds = new Set(rejectedIds);
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** What is open as far as the device knows, the newest of it. */
  get rejectedIds(): string[] {
    return [...this.#rejectedIds].slice(-LIMITS.rejectedAskedMax);
  }

  add(operation: Operation): void {
    this.outbox.add({ operation, appliedTime: null });
    this.#lastSequence = Math.max(this.#lastSequence, operation.sequence);
  }

  /** The connection is gone. */
  forgetInFlight(): void {
    this.outbox.putAllBack();
    this.#differing.clear();
  }

  /** The next that may go up, as they are sent. */
  takeReady(): unknown[] {
    const operations = this.outbox.takeReady({
      countMax: LIMITS.operationsPerUploadMax,
      inFlightMax: LIMITS.operationsInFlightMax + this.#differing.size,
      charactersMax: LIMITS.uploadCharactersMax,
    });
    return operations.map(asSent);
  }

  /** Milliseconds after which the operation is to be sent again; null where it was decided. */
  takeResult(result: OperationResult, view: DeviceView, batch: StoreBatch): number | null {
    const { sequence } = result;
    const entry = this.outbox.get(sequence);
    if (entry === undefined || entry.appliedTime !== null) return null;
    const { operation } = entry;
    if (result.outcome === 'retry') {
      this.outbox.putBack(sequence);
      return result.afterMs;
    }
    if (result.outcome === 'applied') {
      batch.outbox.put.push(this.outbox.applied(sequence, result.time));
      if (operation.settles !== undefined) this.settled(operation.settles.inboxId, batch);
      this.#noteLost(operation, result.lost ?? [], batch);
    } else if (result.reason === 'payload_differs') this.#differing.set(sequence, result.inboxId);
    else {
      this.#noteRejected(operation, result, batch);
      this.leave([operation], view, batch);
    }
    return null;
  }

  /** Somebody has settled it, here or at headquarters. */
  settled(inboxId: string, batch: StoreBatch): void {
    if (this.#rejectedIds.delete(inboxId)) batch.settled.push(inboxId);
  }

  leave(operations: readonly Operation[], view: DeviceView, batch: StoreBatch): void {
    const keys = new Set<DocumentKey>();
    for (const operation of operations) {
      this.outbox.remove(operation.sequence);
      batch.outbox.remove.push(operation.sequence);
      for (const key of keysOf(operation)) keys.add(key);
    }
    view.settle(keys, batch);
  }

  /** Not before all others are answered: what MongoDB has under its old number must not go up under a new one. */
  get mustBeginNewLife(): boolean {
    return this.#differing.size > 0 && this.outbox.unansweredCount === this.#differing.size;
  }

  /**
   * This store was put back to an older state, and has given numbers to new work that MongoDB knows from before. What
   * MongoDB does not have gets new numbers in a new life; what it has set aside meanwhile is settled by being sent again.
   */
  beginNewLife(batch: StoreBatch): void {
    for (const operation of [...this.outbox.waiting()]) {
      const { sequence } = operation;
      const inboxId = this.#differing.get(sequence);
      this.#lastSequence += 1;
      const settles = operation.settles ?? (inboxId === undefined ? undefined : { inboxId, how: 'replay' as const });
      const renumbered: Operation = {
        ...operation,
        sequence: this.#lastSequence,
        ...(settles === undefined ? {} : { settles }),
      };
      const entry = { operation: renumbered, appliedTime: null };
      this.outbox.remove(sequence);
      this.outbox.add(entry);
      batch.outbox.remove.push(sequence);
      batch.outbox.put.push(entry);
    }
    this.#differing.clear();
    this.#epoch = this.#newEpoch();
    batch.newLife = { epoch: this.#epoch, lastSequence: this.#lastSequence };
  }

  #noteLost({ sequence, hlc, action, userId }: Operation, lost: readonly LostField[], batch: StoreBatch): void {
    for (const field of lost) {
      this.#rejectedIds.add(field.conflictId);
      batch.lost.push({ ...field, operation: { sequence, hlc, action, userId } });
    }
  }

  #noteRejected(
    operation: Operation,
    { reason, message, inboxId }: Extract<OperationResult, { outcome: 'rejected' }>,
    batch: StoreBatch,
  ): void {
    const { settles, ...rejected } = operation;
    if (settles !== undefined && reason === 'already_settled') this.settled(settles.inboxId, batch);
    // To throw something away that is settled already leaves nothing to settle.
    if (operation.changes.length === 0) return;
    this.#rejectedIds.add(inboxId);
    batch.rejected.push({ operation: rejected, reason, message, inboxId });
  }
}

/** What no frame could carry is named instead, so that headquarters learns of it and answers; the rest goes on. */
function asSent(operation: Operation): unknown {
  const characters = operationCharacters(operation);
  if (characters <= OPERATION_CHARACTERS_MAX) return operation;
  const { sequence, hlc, action, userId } = operation;
  return { sequence, hlc, action, userId, characters };
}
