/**
 * An uploaded operation on its way into the simulated database, in the two halves between which others may write: what a
 * gateway reads and decides, and the commit, which fails where another has written the same in the meantime.
 */
import { type CollectionName, hlcText, type Permissions, type Principal } from '../domain/index.ts';
import { decideOperation, type Standing } from '../gateway/index.ts';
import {
  clampHlc,
  type Document,
  DRIFT_MS_MAX,
  differences,
  fieldChangesOf,
  HLC_ORIGIN,
  type Hlc,
  HybridClock,
  keysOf,
  leavesOf,
  merged,
  NO_STAMPS,
  newestBelow,
  type Operation,
  type OperationResult,
  operationHash,
  operationKey,
  operationSchema,
  type Position,
  parseHlc,
  type RejectionReason,
  type Stamps,
} from '../sync/index.ts';
import {
  type Applied,
  DecidedInOrder,
  requireAllowed,
  requireDeletionStands,
  requireNoDrift,
  requireStoodOrListed,
} from './applied-promises.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { ModelDatabase } from './model-database.ts';
import { foldFresh } from './model-ledger.ts';
import { NewestWrites } from './newest-writes.ts';
import { SeenValues } from './seen-values.ts';

export interface Uploader {
  readonly deviceId: string;
  readonly epoch: string;
  readonly principal: Principal;
}

/** An entry of the reconciliation inbox. */
export interface ParkedOperation {
  readonly deviceId: string;
  readonly operation: Operation;
  readonly reason: RejectionReason;
  readonly isOpen: boolean;
}

interface KnownOperation {
  readonly hash: string;
  readonly result: OperationResult;
}

/** Decided, and not yet committed. */
export interface Transaction {
  readonly begunAt: number;
  /** Everything that it writes; another who has written one of these makes it fail. */
  readonly things: readonly string[];
  commit(): OperationResult;
}

interface Planned {
  readonly decision: Applied;
  readonly writes: Map<string, Document>;
  readonly things: readonly string[];
}

interface Refused {
  readonly reason: RejectionReason;
  readonly message: string;
}

/** Before anybody has stamped anything. */
const NOBODYS_STAMP = hlcText(0, 0, 'gateway');

export class ModelTransactions {
  readonly #database: ModelDatabase;
  readonly #permissions: Permissions;
  readonly #keepsRecords: boolean;
  readonly #stamps = new Map<string, Stamps>();
  readonly #known = new Map<string, KnownOperation>();
  readonly newest = new NewestWrites();
  readonly inOrder = new DecidedInOrder();
  readonly seen = new SeenValues();
  /** In the order of time: the newest stamp that there was up to then. */
  readonly #newestAt: { readonly time: string; readonly hlc: Hlc }[] = [];
  readonly #newestOfDevice = new Map<string, Hlc>();
  /** How often an operation took effect, by its action, of which each has its own in a simulation. */
  readonly effects = new Map<string, number>();
  /** The reconciliation inbox, by its id. */
  readonly inbox = new Map<string, ParkedOperation>();
  /** The conflict log: `action path`. */
  readonly conflicts = new Set<string>();

  constructor(database: ModelDatabase, permissions: Permissions, keepsRecords = true) {
    this.#keepsRecords = keepsRecords;
    this.#database = database;
    this.#permissions = permissions;
  }

  /** Answers at once where the operation has been decided before. */
  begin(uploader: Uploader, value: unknown, wallClockMs: number): Transaction | OperationResult {
    const operation: Operation = operationSchema.parse(value);
    const { deviceId, epoch } = uploader;
    const { sequence, settles } = operation;
    const key = operationKey(deviceId, epoch, sequence);
    const hash = operationHash(operation);
    const known = this.#known.get(key);
    if (known !== undefined) return this.#repeated(uploader, operation, key, hash, known);
    const newest = this.#newestOfDevice.get(deviceId) ?? HLC_ORIGIN;
    const seenHlc = newestBelow(operation.hlc, this.#standingStamps(operation));
    const clamped = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX, newest > seenHlc ? newest : seenHlc);
    const { wasClamped } = clamped;
    const hlc = settles?.how === 'restore' ? this.#stampAbove(operation, clamped.hlc, wallClockMs) : clamped.hlc;
    const planned = this.#plan(operation, uploader.principal, hlc, uploader);
    const record = `sync_operations/${key}`;
    if ('reason' in planned) {
      // What was to settle something else stays with that, unless that is what is refused.
      const inboxId = settles === undefined || planned.reason === 'already_settled' ? key : settles.inboxId;
      const things = [record, `sync_inbox/${inboxId}`];
      const commit = () => {
        this.#database.write(new Map(), things);
        this.inOrder.note(deviceId, operation);
        return this.#remember(key, hash, this.#park(uploader, operation, inboxId, planned.reason, planned.message));
      };
      return { begunAt: this.#database.clock, things, commit };
    }
    const keepsNewest = hlc > newest && (wasClamped || parseHlc(hlc).epochMs > wallClockMs);
    const things = [record, ...planned.things, ...(keepsNewest ? [`sync_devices/${deviceId}`] : [])];
    const commit = () => {
      const time = this.#carryOut(operation, planned, things, hlc, wallClockMs);
      if (keepsNewest) this.#newestOfDevice.set(deviceId, hlc);
      this.inOrder.note(deviceId, operation);
      const lostFields = planned.decision.conflicts.length;
      return this.#remember(key, hash, { outcome: 'applied', sequence, time, lostFields, wasClamped });
    };
    return { begunAt: this.#database.clock, things, commit };
  }

  /** A person at headquarters settles an entry of the inbox. False where it stays open. */
  settle(inboxId: string, how: 'replay' | 'discard', principal: Principal, wallClockMs: number): boolean {
    const entry = this.inbox.get(inboxId);
    if (entry?.isOpen !== true) return false;
    const operation: Operation = {
      ...entry.operation,
      action: `headquarters ${inboxId}`,
      changes: how === 'discard' ? [] : entry.operation.changes,
      settles: { inboxId, how },
    };
    const { hlc } = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX);
    const planned = this.#plan(operation, principal, hlc, null);
    if ('reason' in planned) return false;
    this.#carryOut(operation, planned, planned.things, hlc, wallClockMs);
    return true;
  }

  #plan(operation: Operation, principal: Principal, hlc: Hlc, uploader: Uploader | null): Planned | Refused {
    const { settles } = operation;
    if (settles !== undefined && this.inbox.get(settles.inboxId)?.isOpen === false) {
      return { reason: 'already_settled', message: 'It was settled already.' };
    }
    const decision = decideOperation(operation, {
      permissions: this.#permissions,
      principal,
      hlc,
      ...(uploader === null ? {} : { deviceId: uploader.deviceId }),
      standing: (key) => this.#standing(key),
      namedOrder: (key) => this.#standing(key)?.document,
    });
    if (decision.outcome === 'rejected') return decision;
    requireStoodOrListed(operation, decision);
    this.seen.require(operation, decision);
    const written = decision.writes.filter(({ appliedPaths }) => appliedPaths.length > 0);
    requireAllowed(this.#permissions, principal, operation, written);
    requireDeletionStands(operation, written);
    const writes = new Map<string, Document>();
    for (const { collection, id, after } of written) writes.set(`${collection}/${id}`, after);
    const missing = this.#fold(writes);
    if (missing !== null) return { reason: 'document_invalid', message: `There is no inventory item '${missing}'.` };
    const things = [...writes.keys(), ...(settles === undefined ? [] : [`sync_inbox/${settles.inboxId}`])];
    return { decision: { ...decision, writes: written }, writes, things };
  }

  #carryOut(
    operation: Operation,
    { decision, writes }: Planned,
    things: readonly string[],
    hlc: Hlc,
    wallClockMs: number,
  ): string {
    const { action, changes, settles } = operation;
    const { time } = this.#database.write(writes, things);
    for (const { collection, id, stamps } of decision.writes) this.#stamps.set(`${collection}/${id}`, stamps);
    for (const [key, version] of writes) this.seen.remember(version, this.#stamps.get(key) ?? NO_STAMPS);
    this.#noteNewest(time, hlc);
    const entry = settles === undefined ? undefined : this.inbox.get(settles.inboxId);
    if (entry?.isOpen === false)
      throw new BrokenPromise('settled', `${settles?.inboxId} was settled twice: '${action}'.`);
    if (settles !== undefined && entry !== undefined) this.inbox.set(settles.inboxId, { ...entry, isOpen: false });
    for (const { path } of decision.conflicts) this.conflicts.add(`${action} ${path}`);
    this.effects.set(action, (this.effects.get(action) ?? 0) + 1);
    requireNoDrift(decision.writes, wallClockMs);
    for (const change of changes) {
      const fields = change.kind === 'set' ? fieldChangesOf(change) : leavesOf(change.document);
      this.newest.note(`${change.collection}/${change.id}`, fields, hlc);
    }
    return time;
  }

  #standing(key: string): Standing | undefined {
    const document = this.#database.find(key);
    return document === undefined ? undefined : { document, stamps: this.#stamps.get(key) ?? NO_STAMPS };
  }

  /** What a person restores wins over everything that stands. */
  #stampAbove(operation: Operation, own: Hlc, wallClockMs: number): Hlc {
    const clock = new HybridClock(parseHlc(own).deviceId, own);
    let isBelow = false;
    for (const stamp of this.#standingStamps(operation)) {
      if (stamp >= own) isBelow = true;
      clock.observe(stamp);
    }
    return isBelow ? clock.tick(wallClockMs) : own;
  }

  *#standingStamps(operation: Operation): Generator<Hlc> {
    for (const key of keysOf(operation)) {
      const { base, fields } = this.#stamps.get(key) ?? NO_STAMPS;
      yield base;
      yield* Object.values(fields);
    }
  }

  /** No stamp that there was at `position` is above it. */
  newestHlcAt({ time }: Position): Hlc {
    return this.#newestAt.findLast((each) => each.time <= time)?.hlc ?? NOBODYS_STAMP;
  }

  #noteNewest(time: string, hlc: Hlc): void {
    const newest = this.#newestAt.at(-1)?.hlc ?? NOBODYS_STAMP;
    this.#newestAt.push({ time, hlc: hlc > newest ? hlc : newest });
  }

  /** Null where another has written what it writes: it has to begin again. */
  commit(transaction: Transaction): OperationResult | null {
    if (!this.#database.isUnwrittenSince(transaction.begunAt, transaction.things)) return null;
    return transaction.commit();
  }

  #repeated(
    uploader: Uploader,
    operation: Operation,
    key: string,
    hash: string,
    known: KnownOperation,
  ): OperationResult {
    if (known.hash === hash) {
      return known.result.outcome === 'applied' ? { ...known.result, time: this.#database.now().time } : known.result;
    }
    return this.#park(
      uploader,
      operation,
      `${key}:${hash}`,
      'payload_differs',
      'It has come before, with other contents.',
    );
  }

  #remember(key: string, hash: string, result: OperationResult): OperationResult {
    if (this.#keepsRecords) this.#known.set(key, { hash, result });
    return result;
  }

  #park(
    { deviceId }: Uploader,
    operation: Operation,
    inboxId: string,
    reason: RejectionReason,
    message: string,
  ): OperationResult {
    const isNothing = operation.changes.length === 0;
    if (!isNothing && !this.inbox.has(inboxId)) this.inbox.set(inboxId, { deviceId, operation, reason, isOpen: true });
    return { outcome: 'rejected', sequence: operation.sequence, reason, message, inboxId };
  }

  /** Takes new movements among the writes into their items; the id of an item that is not there. */
  #fold(writes: Map<string, Document>): string | null {
    const byItem = new Map<string, Document[]>();
    for (const [key, movement] of writes) {
      if (!key.startsWith('stock_movements/') || this.#database.find(key) !== undefined) continue;
      const itemId = String(movement['inventory_id']);
      byItem.set(itemId, [...(byItem.get(itemId) ?? []), movement]);
    }
    for (const [itemId, fresh] of byItem) {
      const itemKey = `inventory/${itemId}`;
      const item = writes.get(itemKey) ?? this.#database.find(itemKey);
      if (item === undefined) return itemId;
      const known = this.#database.of('stock_movements').filter((movement) => movement['inventory_id'] === itemId);
      const folded = foldFresh(item, fresh, known);
      writes.set(itemKey, folded.item);
      for (const movement of folded.movements) writes.set(`stock_movements/${movement['_id']}`, movement);
    }
    return null;
  }

  // ── Somebody writes in MongoDB itself ────────────────────────────────────────────────────────────────────────────

  writeDirectly(collection: CollectionName, id: string, after: Document | null, wallClockMs: number): void {
    const key = `${collection}/${id}`;
    const before = this.#database.find(key) ?? null;
    const writes = new Map<string, Document | null>([[key, after]]);
    if (collection === 'stock_movements' && after !== null && before === null) this.#fold(writes as never);
    const { time } = this.#database.write(writes);
    if (after === null || before === null) {
      this.#stamps.delete(key);
      this.newest.noteGone(key);
      return;
    }
    const stamps = this.#stamps.get(key) ?? NO_STAMPS;
    const clock = new HybridClock('mongodb');
    // What is written in MongoDB stands there at once, whatever was stamped before.
    for (const stamp of [stamps.base, ...Object.values(stamps.fields)]) clock.observe(stamp);
    const hlc = clock.tick(wallClockMs);
    const changes = differences(before, after);
    this.newest.note(key, changes, hlc);
    const stampsAfter = merged(before, stamps, changes, hlc).stamps;
    this.#stamps.set(key, stampsAfter);
    this.seen.remember(after, stampsAfter);
    this.#noteNewest(time, hlc);
  }
}
