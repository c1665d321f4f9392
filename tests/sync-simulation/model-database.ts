/** MongoDB as the simulation has it: documents, their history, and what the gateway stores besides, in memory. */
import { type CollectionName, hlcText, type Permissions, type Principal } from '../../src/domain/index.ts';
import { decideOperation, type StreamChange } from '../../src/gateway/index.ts';
import {
  clampHlc,
  type Document,
  differences,
  HLC_ORIGIN,
  type Hlc,
  merged,
  NO_STAMPS,
  type Operation,
  type OperationResult,
  operationHash,
  operationKey,
  operationSchema,
  type Position,
  type Stamps,
} from '../../src/sync/index.ts';

const DRIFT_MS_MAX = 60_000;

interface LoggedChange extends StreamChange {
  readonly time: string;
}

export interface ModelDevice {
  readonly deviceId: string;
  readonly epoch: string;
  readonly principal: Principal;
}

export class ModelDatabase {
  readonly documents = new Map<string, Document>();
  readonly stamps = new Map<string, Stamps>();
  readonly outcomes = new Map<string, { readonly hash: string; readonly result: OperationResult }>();
  /** Operations that took effect, with how often. */
  readonly effects = new Map<string, number>();
  readonly conflicts: { readonly key: string; readonly path: string }[] = [];
  readonly #permissions: Permissions;
  readonly #newestOfDevice = new Map<string, Hlc>();
  #log: LoggedChange[] = [];
  #clock = 0;
  #truncatedAt = 0;

  constructor(permissions: Permissions) {
    this.#permissions = permissions;
  }

  now(): Position {
    return positionAt(this.#clock);
  }

  keepsHistorySince({ time }: Position): boolean {
    return Number.parseInt(time, 16) >= this.#truncatedAt;
  }

  truncateHistory(): void {
    this.#truncatedAt = this.#clock;
    this.#log = [];
  }

  *changesAfter({ time }: Position): Generator<{ position: Position; changes: StreamChange[] }> {
    let batch: LoggedChange[] = [];
    for (const change of this.#log) {
      if (change.time <= time) continue;
      if (batch.length > 0 && batch[0]?.time !== change.time) {
        yield { position: { time: batch[0]?.time as string, resumeToken: null }, changes: batch };
        batch = [];
      }
      batch.push(change);
    }
    if (batch.length > 0) yield { position: { time: batch[0]?.time as string, resumeToken: null }, changes: batch };
  }

  of(collection: string): Document[] {
    return [...this.documents]
      .filter(([key]) => key.startsWith(`${collection}/`))
      .map(([, document]) => document)
      .sort((one, other) => (String(one['_id']) < String(other['_id']) ? -1 : 1));
  }

  /** Somebody writes in MongoDB itself, past the gateway. */
  writeDirectly(collection: CollectionName, id: string, after: Document | null, wallClockMs: number): void {
    this.#clock += 1;
    const key = `${collection}/${id}`;
    const before = this.documents.get(key) ?? null;
    this.#put(collection, id, before, after);
    if (after === null || before === null) {
      this.stamps.delete(key);
      return;
    }
    const stamps = this.stamps.get(key) ?? NO_STAMPS;
    const hlc = hlcText(wallClockMs, 0, 'mongodb');
    this.stamps.set(key, merged(before, stamps, differences(before, after), hlc).stamps);
  }

  apply(device: ModelDevice, value: unknown, wallClockMs: number): OperationResult {
    const operation: Operation = operationSchema.parse(value);
    const key = operationKey(device.deviceId, device.epoch, operation.sequence);
    const hash = operationHash(operation);
    const known = this.outcomes.get(key);
    if (known?.hash === hash) return known.result;
    if (known !== undefined) {
      return {
        outcome: 'rejected',
        sequence: operation.sequence,
        reason: 'payload_differs',
        message: 'differs',
        inboxId: key,
      };
    }
    const last = this.#newestOfDevice.get(device.deviceId) ?? HLC_ORIGIN;
    const { hlc, wasClamped } = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX, last);
    const decision = decideOperation(operation, {
      permissions: this.#permissions,
      principal: device.principal,
      hlc,
      standing: (document) => {
        const found = this.documents.get(document);
        return found === undefined ? undefined : { document: found, stamps: this.stamps.get(document) ?? NO_STAMPS };
      },
    });
    this.#clock += 1;
    let result: OperationResult;
    if (decision.outcome === 'rejected') {
      const { reason, message } = decision;
      result = { outcome: 'rejected', sequence: operation.sequence, reason, message, inboxId: key };
    } else {
      if (hlc > last) this.#newestOfDevice.set(device.deviceId, hlc);
      for (const write of decision.writes) {
        this.#put(write.collection, write.id, write.before, write.after);
        this.stamps.set(`${write.collection}/${write.id}`, write.stamps);
      }
      for (const { collection, id, path } of decision.conflicts)
        this.conflicts.push({ key: `${collection}/${id}`, path });
      this.effects.set(key, (this.effects.get(key) ?? 0) + 1);
      result = {
        outcome: 'applied',
        sequence: operation.sequence,
        time: this.now().time,
        lostFields: decision.conflicts.length,
        wasClamped,
      };
    }
    this.outcomes.set(key, { hash, result });
    return result;
  }

  #put(collection: CollectionName, id: string, before: Document | null, after: Document | null): void {
    const key = `${collection}/${id}`;
    if (after === null) this.documents.delete(key);
    else this.documents.set(key, after);
    this.#log.push({ collection, id, before, after, time: this.now().time });
  }
}

function positionAt(clock: number): Position {
  return { time: clock.toString(16).padStart(16, '0'), resumeToken: null };
}
