/**
 * Multi-document transactions: begun by a command with `startTransaction`, ended by commit, abort, a fault, the session's
 * end or 60 seconds. They read one snapshot; of two that write the same document the second is refused (112).
 */

import type { Document } from '../bson/values.ts';
import type { CommonArguments } from '../commands/common-arguments.ts';
import type { Operation } from '../commands/operation.ts';
import { MongoError } from '../errors.ts';
import { partialFilter, textTerms } from '../planner/index-services.ts';
import type { Namespace, Storage, WriteTransaction } from '../storage/storage.ts';
import { GuardedTransaction } from './guarded-writer.ts';
import { TransactionOverlay, writeConflict } from './overlay.ts';
import { type SessionRecord, writeRecord } from './session-records.ts';
import { sessionKey } from './sessions.ts';
import { LockedByTransaction, type LockHolder, WriteLocks } from './write-locks.ts';

const TRANSIENT = ['TransientTransactionError'];
const SWEEP_MS = 1000;
const indexServices = { partialFilter, textTerms };

export interface Transaction {
  readonly sessionKey: string;
  readonly number: bigint;
  readonly startedMs: number;
  readonly overlay: TransactionOverlay;
}

class OpenTransaction implements Transaction, LockHolder {
  readonly sessionKey: string;
  readonly number: bigint;
  readonly startedMs = Date.now();
  readonly overlay: TransactionOverlay;
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(sessionKey: string, number: bigint, storage: Storage, locks: WriteLocks) {
    this.sessionKey = sessionKey;
    this.number = number;
    const began = storage.changeLog.latest();
    this.overlay = new TransactionOverlay(storage.snapshot(), indexServices, {
      lock: (namespace, lock) => {
        if (!locks.take(this, namespace, lock)) throw writeConflict();
      },
      newer: () => (storage.changeLog.latest().equals(began) ? null : storage.snapshot()),
    });
  }

  onEnd(listener: () => void): () => void {
    // It may have ended on the way from the write that met its lock to here.
    if (this.#isOver) setImmediate(listener);
    else this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  end(): void {
    this.#isOver = true;
    this.overlay.close();
    for (const listener of [...this.#waiting]) listener();
  }
}

/** What is known of a session's newest transaction number. */
type Last = { readonly number: bigint; readonly state: 'active' | 'committed' | 'aborted' | 'retryable' };

export class Transactions {
  readonly #storage: Storage;
  readonly #lifetimeSeconds: () => number;
  readonly #onEnd: (transaction: Transaction) => void;
  readonly #active = new Map<string, OpenTransaction>();
  readonly #last = new Map<string, Last>();
  /** By session: commits under way, which nothing stops any more. */
  readonly #committing = new Map<string, Promise<void>>();
  readonly #locks = new WriteLocks();
  readonly #sweeper: NodeJS.Timeout;

  constructor(storage: Storage, lifetimeSeconds: () => number, onEnd: (transaction: Transaction) => void) {
    this.#storage = storage;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#onEnd = onEnd;
    this.#sweeper = setInterval(() => this.#abortOld(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Resolves when no commit is under way in the command's session: what comes after it depends on its outcome. */
  async whenCommitted({ lsid, txnNumber }: CommonArguments): Promise<void> {
    if (this.#committing.size === 0 || lsid === undefined || txnNumber === undefined) return;
    await this.#committing.get(sessionKey(lsid))?.catch(() => undefined);
  }

  /** The transaction that a command runs in, begun if it says so; null for a command outside of transactions. */
  enter(common: CommonArguments): Transaction | null {
    const { lsid, txnNumber, autocommit, startTransaction } = common;
    if (autocommit === undefined) {
      if (startTransaction === true)
        throw new MongoError(
          'InvalidOptions',
          "'startTransaction' field requires 'autocommit' field to also be specified",
        );
      if (lsid !== undefined && txnNumber !== undefined) this.#enterRetryable(sessionKey(lsid), txnNumber);
      return null;
    }
    if (autocommit || lsid === undefined || txnNumber === undefined) {
      throw new MongoError(
        'InvalidOptions',
        "Specifying autocommit=true is not allowed, and a transaction needs 'lsid' and 'txnNumber'.",
      );
    }
    if (startTransaction === false) {
      throw new MongoError('InvalidOptions', 'Specifying startTransaction=false is not allowed.');
    }
    const key = sessionKey(lsid);
    if (startTransaction === true) return this.#begin(key, txnNumber);
    return this.#continue(key, txnNumber);
  }

  /** A retryable write with a newer number ends the transaction before it. */
  #enterRetryable(key: string, number: bigint): void {
    const last = this.#last.get(key);
    if (last !== undefined && last.number > number) {
      const newer = last.state === 'retryable' ? 'retryable write' : 'transaction';
      throw new MongoError(
        'TransactionTooOld',
        `Retryable write with txnNumber ${number} is prohibited on session because a newer ${newer} with txnNumber ${last.number} has already started on this session.`,
      );
    }
    if (last?.number === number && last.state !== 'retryable') {
      throw new MongoError(
        'IncompleteTransactionHistory',
        'Cannot retry a retryable write that has been converted into a transaction',
      );
    }
    if (last?.number === number) return;
    this.#supersede(key, number);
    this.#last.set(key, { number, state: 'retryable' });
  }

  #begin(key: string, number: bigint): Transaction {
    const last = this.#last.get(key);
    if (last !== undefined && last.number === number) {
      throw new MongoError(
        'ConflictingOperationInProgress',
        'Only servers in a sharded cluster can start a new transaction at the active transaction number',
      );
    }
    this.#supersede(key, number);
    const transaction = new OpenTransaction(key, number, this.#storage, this.#locks);
    this.#active.set(key, transaction);
    this.#last.set(key, { number, state: 'active' });
    return transaction;
  }

  #continue(key: string, number: bigint): Transaction {
    const transaction = this.#active.get(key);
    if (transaction?.number === number) return transaction;
    const last = this.#last.get(key);
    if (last !== undefined && last.number > number) throw tooOld(number, last.number);
    if (last?.number === number && last.state === 'committed') {
      throw new MongoError('TransactionCommitted', `Transaction with { txnNumber: ${number} } has been committed.`);
    }
    throw noSuchTransaction(number, last);
  }

  #supersede(key: string, number: bigint): void {
    const last = this.#last.get(key);
    if (last !== undefined && last.number > number) throw tooOld(number, last.number);
    const active = this.#active.get(key);
    if (active !== undefined && active.number < number) this.#end(active, 'aborted');
  }

  /**
   * A write outside of transactions. Where an open transaction holds what it would write, it waits for that one's end and
   * begins anew: `work` may run several times, each time on fresh ground.
   */
  async writeOutside<T>(work: (writer: WriteTransaction) => T, operation: Operation): Promise<T> {
    for (;;) {
      try {
        return await this.#storage.write((writer) =>
          work(this.#locks.isEmpty ? writer : new GuardedTransaction(writer, this.#locks, indexServices)),
        );
      } catch (error) {
        if (!(error instanceof LockedByTransaction)) throw error;
        await operation.waitFor((wake) => error.holder.onEnd(wake), Number.POSITIVE_INFINITY);
      }
    }
  }

  /** Waits until no open transaction has written to the collection. */
  async waitForWriters(namespace: Namespace, operation: Operation): Promise<void> {
    for (;;) {
      const holder = this.#locks.holderIn(namespace);
      if (holder === undefined) return;
      await operation.waitFor((wake) => holder.onEnd(wake), Number.POSITIVE_INFINITY);
    }
  }

  /** Those that have begun and not ended. */
  open(): Transaction[] {
    return [...this.#active.values()];
  }

  /** Makes the transaction's writes durable. Repeating a commit that went through does nothing. */
  async commit(common: CommonArguments): Promise<void> {
    const { key, number } = identityOf(common, 'commitTransaction');
    const transaction = this.#active.get(key);
    if (transaction?.number !== number) {
      const last = this.#last.get(key);
      if (last?.number === number && last.state === 'committed') return;
      throw noSuchTransaction(number, last);
    }
    if (transaction.overlay.isEmpty) {
      this.#end(transaction, 'committed');
      return;
    }
    const committing = this.#carryOut(transaction, common.lsid ?? {}).finally(() => this.#committing.delete(key));
    this.#committing.set(key, committing);
    await committing;
  }

  async #carryOut(transaction: OpenTransaction, lsid: Document): Promise<void> {
    try {
      await this.#replay(transaction, lsid);
    } catch (error) {
      this.#end(transaction, 'aborted');
      throw error;
    }
    this.#end(transaction, 'committed');
  }

  #replay({ overlay, sessionKey: key, number }: OpenTransaction, lsid: Document): Promise<void> {
    const options = { session: { lsid, txnNumber: number } };
    function* work(writer: WriteTransaction): Generator<void, void> {
      yield* overlay.replay(writer);
      writeRecord(writer, key, { txnNumber: number, kind: 'committed', at: new Date(), executed: new Map() });
    }
    if (overlay.isLong) return this.#storage.writeInSlices(work, options);
    return this.#storage.write((writer) => {
      for (const _ of work(writer));
    }, options);
  }

  abort(common: CommonArguments): void {
    const { key, number } = identityOf(common, 'abortTransaction');
    const transaction = this.#active.get(key);
    if (transaction?.number !== number) {
      const last = this.#last.get(key);
      if (last?.number === number && last.state === 'committed') {
        throw new MongoError('TransactionCommitted', `Transaction with { txnNumber: ${number} } has been committed.`);
      }
      throw noSuchTransaction(number, last);
    }
    this.#end(transaction, 'aborted');
  }

  /** After a fault inside it. */
  fail(transaction: Transaction): void {
    const active = this.#active.get(transaction.sessionKey);
    if (active === transaction) this.#abort(active);
  }

  /** Between two steps of one command somebody else may have ended it. */
  assertOpen(transaction: Transaction): void {
    const isActive = this.#active.get(transaction.sessionKey) === transaction;
    if (isActive && !this.#committing.has(transaction.sessionKey)) return;
    throw noSuchTransaction(transaction.number, this.#last.get(transaction.sessionKey));
  }

  /** Of the session; what it did before stays known. */
  abortOf(key: string): void {
    const transaction = this.#active.get(key);
    if (transaction !== undefined) this.#abort(transaction);
  }

  forgetSession(key: string): void {
    this.abortOf(key);
    this.#last.delete(key);
  }

  /** What the storage remembers of a session from before a restart. */
  restore(key: string, { txnNumber, kind }: SessionRecord): void {
    this.#last.set(key, { number: txnNumber, state: kind });
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const transaction of [...this.#active.values()]) this.#abort(transaction);
  }

  #abort(transaction: OpenTransaction): void {
    if (!this.#committing.has(transaction.sessionKey)) this.#end(transaction, 'aborted');
  }

  #end(transaction: OpenTransaction, state: 'committed' | 'aborted'): void {
    this.#active.delete(transaction.sessionKey);
    this.#last.set(transaction.sessionKey, { number: transaction.number, state });
    this.#locks.release(transaction);
    this.#onEnd(transaction);
    transaction.end();
  }

  #abortOld(): void {
    const oldest = Date.now() - this.#lifetimeSeconds() * 1000;
    for (const transaction of [...this.#active.values()]) if (transaction.startedMs < oldest) this.#abort(transaction);
  }
}

function identityOf(common: CommonArguments, command: string): { key: string; number: bigint } {
  const { lsid, txnNumber, autocommit } = common;
  if (lsid === undefined || txnNumber === undefined || autocommit !== false) {
    throw new MongoError(
      'InvalidOptions',
      `${command} must be run within a transaction: lsid, txnNumber and autocommit: false`,
    );
  }
  return { key: sessionKey(lsid), number: txnNumber };
}

function tooOld(number: bigint, last: bigint): MongoError {
  return new MongoError(
    'TransactionTooOld',
    `Cannot start transaction ${number} on this session because a newer transaction ${last} has already started.`,
  );
}

function noSuchTransaction(number: bigint, last: Last | undefined): MongoError {
  const active = last === undefined ? -1n : last.number;
  return new MongoError(
    'NoSuchTransaction',
    last?.number === number && last.state === 'aborted'
      ? `Transaction with { txnNumber: ${number} } has been aborted.`
      : `Given transaction number ${number} does not match any in-progress transactions. The active transaction number is ${active}`,
    { labels: TRANSIENT },
  );
}
