/**
 * How a commit becomes durable: LMDB takes it without flushing, its record is flushed to the journal by another thread, and
 * now and then all of the data file is (a checkpoint). Whatever moment the machine stops at, opening goes back to the
 * checkpoint and repeats what the journal holds beyond it.
 *
 * - Readers see a commit once it is on disk; until then they share a view of the one before.
 * - One commit at a time is on its way: those that wait meanwhile share the next one.
 * - A reader holds the state of the checkpoint, so LMDB gives none of its pages to a later commit.
 * - A commit too large for the journal waits for a checkpoint of its own.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Transaction } from 'lmdb';
import { MongoError } from '../errors.ts';
import { type Checkpoint, CheckpointFile, type StoredCheckpoint } from './checkpoint.ts';
import type { Environment } from './environment.ts';
import { flushData, Journal } from './journal.ts';
import { DATA_FILE, headsOf } from './meta-pages.ts';
import { changesOf, type FoundRecord, type TableChange } from './write-record.ts';

/** Between checkpoints the pages that commits give up are not used again (some 10 for an insert): this bounds the file. */
const COMMITS_MAX = 512;
const JOURNAL_BYTES_MAX = 4 * 1024 * 1024;
/** A checkpoint that takes so long that the journal grows to this makes writes wait for it. */
const JOURNAL_BYTES_WAITED_FOR = 4 * JOURNAL_BYTES_MAX;

/** What an earlier process has left. */
export interface LeftBehind {
  readonly checkpoint: StoredCheckpoint;
  readonly records: readonly FoundRecord[];
}

/** Runs one transaction of LMDB; calls `note` as the last thing in it. */
type Transact<T> = (note: () => void) => T | Promise<T>;

export class CommitPath {
  readonly #environment: Environment;
  readonly #dataFile: number;
  readonly #checkpoints: CheckpointFile;
  readonly #journal: Journal;
  /** Holds the state of the checkpoint. */
  #pin: Transaction;
  /** What readers see: nobody else writes, so they share it from one commit to the next. */
  #current: Transaction | undefined;
  #isOnItsWay = false;
  #checkpointing: Promise<void> | undefined;
  #commitsSince = 0;
  /** Set once the disk did not take what LMDB shows already: nothing can be promised any more. */
  #failure: Error | undefined;

  private constructor(environment: Environment, directory: string, stored: StoredCheckpoint | null) {
    this.#environment = environment;
    this.#dataFile = openSync(join(directory, DATA_FILE), 'r+');
    this.#pin = environment.view();
    this.#checkpoints = CheckpointFile.open(directory, stored, randomBytes(4).readUInt32LE(0), () => {
      fdatasyncSync(this.#dataFile);
      return { number: 0, head: this.#head() };
    });
    this.#journal = new Journal(directory, this.#checkpoints.salt, stored?.number ?? 0);
  }

  /** Repeats what was left behind; null for a new database. */
  static async open(environment: Environment, directory: string, left: LeftBehind | null): Promise<CommitPath> {
    const path = new CommitPath(environment, directory, left?.checkpoint ?? null);
    const records = left?.records ?? [];
    if (records.length > 0) {
      try {
        await path.#repeat(records);
      } catch (error) {
        path.#closeFiles();
        throw error;
      }
    }
    return path;
  }

  /** A view of what is committed and on disk. End it with `done()`. */
  view(): Transaction {
    this.#current ??= this.#environment.view();
    return shared(this.#current);
  }

  /** The same for a single read; undefined stands for the newest commit. */
  get settled(): Transaction | undefined {
    return this.#isOnItsWay ? this.#current : undefined;
  }

  /**
   * Runs `work` as one transaction and resolves once it is on disk; `publish` is called in the same turn in which readers
   * begin to see it. If `work` throws, or there is no room, nothing of it stays. One call at a time.
   */
  write<T>(work: () => T, publish: (result: T) => void): Promise<void> {
    const transact: Transact<T> = (note) =>
      this.#environment.write(() => {
        const value = work();
        note();
        return value;
      });
    return this.#commit(transact, publish);
  }

  /** The same for work that takes long: meanwhile readers go on with what was before. */
  writeInSlices<T>(work: () => Promise<T>, publish: (result: T) => void): Promise<void> {
    const transact: Transact<T> = (note) =>
      this.#environment.writeInSlices(async () => {
        const value = await work();
        note();
        return value;
      });
    return this.#commit(transact, publish);
  }

  async #commit<T>(transact: Transact<T>, publish: (result: T) => void): Promise<void> {
    if (this.#failure !== undefined) throw failed(this.#failure);
    if (this.#journal.bytes > JOURNAL_BYTES_WAITED_FOR) await this.#checkpointing;
    const environment = this.#environment;
    this.#current ??= environment.view();
    this.#isOnItsWay = true;
    let flushing: Promise<void> | undefined;
    let result: T;
    try {
      result = await transact(() => {
        flushing = this.#note();
      });
    } catch (error) {
      await this.#takeBack(flushing);
      this.#isOnItsWay = false;
      throw error;
    }
    const isEmpty = environment.record.isEmpty;
    try {
      if (!isEmpty) await (flushing ?? this.checkpoint());
    } catch (cause) {
      // Readers stay with what was before: LMDB can't take it back, and the disk may or may not have it.
      this.#failure ??= cause as Error;
      throw failed(this.#failure);
    }
    this.#isOnItsWay = false;
    if (!isEmpty) this.#forgetCurrent();
    publish(result);
    if (!isEmpty) this.#commitsSince += 1;
    const isDue = this.#commitsSince >= COMMITS_MAX || this.#journal.bytes > JOURNAL_BYTES_MAX;
    if (isDue && this.#checkpointing === undefined) this.#beginCheckpoint();
  }

  /** All that is committed goes to the data file; resolves once it is there. */
  async checkpoint(): Promise<void> {
    await this.#checkpointing;
    if (this.#failure === undefined) this.#beginCheckpoint();
    await this.#checkpointing;
    if (this.#failure !== undefined) throw failed(this.#failure);
  }

  /** Call it when no commit is on its way. What a broken disk left is repeated by the next opening. */
  async close(): Promise<void> {
    try {
      if (this.#commitsSince > 0 && this.#failure === undefined) await this.checkpoint();
      else await this.#checkpointing;
    } finally {
      this.#closeFiles();
    }
  }

  /** Starts to flush the commit under way to the journal; undefined where it changes nothing or is too large for it. */
  #note(): Promise<void> | undefined {
    const { record } = this.#environment;
    if (record.isEmpty || record.isTooLarge) return undefined;
    this.#journal.append(record);
    const flushing = this.#journal.flush();
    // Who waits for it may come later.
    flushing.catch(() => undefined);
    return flushing;
  }

  /** LMDB did not take the commit: no opening may repeat it. */
  async #takeBack(flushing: Promise<void> | undefined): Promise<void> {
    if (flushing === undefined) return;
    try {
      await flushing;
      await this.#journal.retract();
    } catch (cause) {
      this.#failure ??= cause as Error;
    }
  }

  #beginCheckpoint(): void {
    const checkpoint: Checkpoint = { number: this.#journal.numberLast, head: this.#head() };
    const pin = this.#environment.view();
    this.#journal.turn();
    this.#commitsSince = 0;
    this.#checkpointing = this.#put(checkpoint)
      .then(
        () => {
          this.#pin.done();
          this.#pin = pin;
        },
        (cause: unknown) => {
          pin.done();
          this.#failure ??= cause as Error;
        },
      )
      .then(() => {
        this.#checkpointing = undefined;
      });
  }

  async #put(checkpoint: Checkpoint): Promise<void> {
    await flushData(this.#dataFile);
    await this.#checkpoints.write(checkpoint);
  }

  /** As one commit, so that a crash meanwhile leaves the checkpoint as it was. */
  async #repeat(records: readonly FoundRecord[]): Promise<void> {
    const environment = this.#environment;
    environment.write(() => {
      for (const { table, key, value } of lastChangesOf(records)) environment.repeat(table, key, value);
    });
    this.#journal.skipTo(records[records.length - 1]!.number);
    await this.checkpoint();
  }

  /** Of the newest commit. */
  #head(): Buffer {
    return headsOf(this.#dataFile).newest.bytes;
  }

  #forgetCurrent(): void {
    this.#current?.done();
    this.#current = undefined;
  }

  #closeFiles(): void {
    this.#forgetCurrent();
    this.#pin.done();
    this.#journal.close();
    this.#checkpoints.close();
    closeSync(this.#dataFile);
  }
}

/** Of each key the last one alone: LMDB leaves a long value that is written twice in a transaction more pages than it needs. */
function lastChangesOf(records: readonly FoundRecord[]): Iterable<TableChange> {
  const last = new Map<string, TableChange>();
  for (const { body } of records) {
    for (const change of changesOf(body)) last.set(`${change.table} ${change.key.toString('latin1')}`, change);
  }
  return last.values();
}

/** One more user of the same view. */
function shared(view: Transaction): Transaction {
  (view as Transaction & { use(): void }).use();
  return view;
}

function failed(cause: Error): MongoError {
  return new MongoError(
    'OutOfDiskSpace',
    `The disk did not take a write (${cause.message}). Nothing more is written until the server starts again.`,
    { cause },
  );
}
