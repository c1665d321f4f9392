/**
 * An uploaded operation on its way into the simulated database, in the two halves between which others may write: what a
 * gateway reads and decides, and the commit, which fails where another has written the same in the meantime.
 */
import { type CollectionName, fieldAt, type Permissions, type Principal } from '../domain/index.ts';
import { type DocumentWrite, decideOperation } from '../gateway/index.ts';
import {
  clampHlc,
  type Document,
  differences,
  fieldChangesOf,
  HLC_ORIGIN,
  type Hlc,
  HybridClock,
  leavesOf,
  merged,
  NO_STAMPS,
  type Operation,
  type OperationResult,
  operationHash,
  operationKey,
  operationSchema,
  parseHlc,
  type RejectionReason,
  type Stamps,
  sameValue,
} from '../sync/index.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { ModelDatabase } from './model-database.ts';
import { foldFresh } from './model-ledger.ts';
import { NewestWrites } from './newest-writes.ts';

/** As the gateway has it (gateway/mongo/apply-operation.ts). */
export const DRIFT_MS_MAX = 60_000;

export interface Uploader {
  readonly deviceId: string;
  readonly epoch: string;
  readonly principal: Principal;
}

/** An entry of the reconciliation inbox. */
export interface ParkedOperation {
  readonly action: string;
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

export class ModelTransactions {
  readonly #database: ModelDatabase;
  readonly #permissions: Permissions;
  readonly #keepsRecords: boolean;
  readonly #stamps = new Map<string, Stamps>();
  readonly #known = new Map<string, KnownOperation>();
  readonly newest = new NewestWrites();
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
    const key = operationKey(uploader.deviceId, uploader.epoch, operation.sequence);
    const hash = operationHash(operation);
    const known = this.#known.get(key);
    if (known !== undefined) return this.#repeated(operation, key, hash, known);
    const newest = this.#newestOfDevice.get(uploader.deviceId) ?? HLC_ORIGIN;
    const { hlc, wasClamped } = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX, newest);
    const begunAt = this.#database.clock;
    const record = `sync_operations/${key}`;
    const inboxId = operation.settles?.inboxId;
    const entry = inboxId === undefined ? undefined : this.inbox.get(inboxId);
    const refuse = (reason: RejectionReason, message: string): Transaction => {
      // What was to settle something else stays with that, unless that is what is refused.
      const place = inboxId === undefined || reason === 'already_settled' ? key : inboxId;
      const commit = () => {
        this.#database.write(new Map(), [record, `sync_inbox/${place}`]);
        return this.#remember(key, hash, this.#park(operation, place, reason, message));
      };
      return { begunAt, things: [record, `sync_inbox/${place}`], commit };
    };
    if (entry !== undefined && !entry.isOpen) return refuse('already_settled', 'It was settled already.');
    const decision = decideOperation(operation, {
      permissions: this.#permissions,
      principal: uploader.principal,
      deviceId: uploader.deviceId,
      hlc,
      standing: (document) => {
        const found = this.#database.find(document);
        return found === undefined ? undefined : { document: found, stamps: this.#stamps.get(document) ?? NO_STAMPS };
      },
    });
    if (decision.outcome === 'rejected') return refuse(decision.reason, decision.message);
    this.#requireStoodOrListed(operation, decision);
    const written = decision.writes.filter(({ appliedPaths }) => appliedPaths.length > 0);
    const writes = new Map<string, Document>();
    for (const { collection, id, after } of written) writes.set(`${collection}/${id}`, after);
    const missing = this.#fold(writes);
    if (missing !== null) return refuse('document_invalid', `There is no inventory item '${missing}'.`);
    const keepsNewest = hlc > newest && (wasClamped || parseHlc(hlc).epochMs > wallClockMs);
    const things = [record, ...writes.keys()];
    if (keepsNewest) things.push(`sync_devices/${uploader.deviceId}`);
    if (inboxId !== undefined) things.push(`sync_inbox/${inboxId}`);
    const commit = () => {
      const { time } = this.#database.write(writes, things);
      for (const { collection, id, stamps } of written) this.#stamps.set(`${collection}/${id}`, stamps);
      if (keepsNewest) this.#newestOfDevice.set(uploader.deviceId, hlc);
      if (inboxId !== undefined && entry !== undefined) this.inbox.set(inboxId, { ...entry, isOpen: false });
      for (const { path } of decision.conflicts) this.conflicts.add(`${operation.action} ${path}`);
      this.effects.set(operation.action, (this.effects.get(operation.action) ?? 0) + 1);
      this.#requireNoDrift(written, wallClockMs);
      for (const change of operation.changes) {
        if (change.kind === 'set') this.newest.note(`${change.collection}/${change.id}`, fieldChangesOf(change), hlc);
      }
      const { sequence } = operation;
      const lostFields = decision.conflicts.length;
      return this.#remember(key, hash, { outcome: 'applied', sequence, time, lostFields, wasClamped });
    };
    return { begunAt, things, commit };
  }

  /** Null where another has written what it writes: it has to begin again. */
  commit(transaction: Transaction): OperationResult | null {
    if (!this.#database.isUnwrittenSince(transaction.begunAt, transaction.things)) return null;
    return transaction.commit();
  }

  #repeated(operation: Operation, key: string, hash: string, known: KnownOperation): OperationResult {
    if (known.hash === hash) {
      return known.result.outcome === 'applied' ? { ...known.result, time: this.#database.now().time } : known.result;
    }
    return this.#park(operation, `${key}:${hash}`, 'payload_differs', 'It has come before, with other contents.');
  }

  #remember(key: string, hash: string, result: OperationResult): OperationResult {
    if (this.#keepsRecords) this.#known.set(key, { hash, result });
    return result;
  }

  #park(operation: Operation, inboxId: string, reason: RejectionReason, message: string): OperationResult {
    if (!this.inbox.has(inboxId)) this.inbox.set(inboxId, { action: operation.action, reason, isOpen: true });
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
    this.#database.write(writes);
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
    this.#stamps.set(key, merged(before, stamps, changes, hlc).stamps);
  }

  // ── Promises ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Field by field: what an applied operation asked for is there, or its loss is listed. */
  #requireStoodOrListed(
    operation: Operation,
    decision: Extract<ReturnType<typeof decideOperation>, { outcome: 'applied' }>,
  ) {
    for (const change of operation.changes) {
      const write = decision.writes.find(({ collection, id }) => collection === change.collection && id === change.id);
      const wanted = change.kind === 'create' ? leavesOf(change.document) : fieldChangesOf(change);
      for (const [path, value] of Object.entries(wanted)) {
        // A movement that was stamped in the future counts as of its operation.
        if (change.collection === 'stock_movements' && path === 'hlc') continue;
        const isThere = write !== undefined && sameValue(fieldAt(write.after, path), value);
        const isRenewed = operation.changes.some((other) => other !== change && other.id === change.id);
        const isListed = decision.conflicts.some(({ id, path: lost }) => id === change.id && lost === path);
        if (isThere || isListed || isRenewed) continue;
        throw new BrokenPromise(
          'superseded',
          `'${path}' of '${operation.action}' is neither in ${change.id} nor listed.`,
        );
      }
    }
  }

  #requireNoDrift(written: readonly DocumentWrite[], wallClockMs: number): void {
    for (const { collection, id, stamps, after } of written) {
      const own = collection === 'stock_movements' ? [String(after['hlc'])] : [];
      for (const stamp of [stamps.base, ...Object.values(stamps.fields), ...own]) {
        if (stamp === HLC_ORIGIN || parseHlc(stamp).epochMs <= wallClockMs + DRIFT_MS_MAX + CLOCKS_APART_MS) continue;
        throw new BrokenPromise('drift', `${collection}/${id} is stamped ${stamp}, beyond what a clock may drift.`);
      }
    }
  }
}

/** Gateways' own clocks may be so far apart. */
export const CLOCKS_APART_MS = 5_000;
