/**
 * The storage on LMDB. Writes queue; those that wait together become one commit with one flush to disk (commit-path.ts), in
 * which each keeps or loses its effects on its own.
 */
import { statSync } from 'node:fs';
import type { Document, Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import {
  type Catalog,
  Extractors,
  listMetadata,
  readCatalog,
  readState,
  type StoredState,
  writeState,
} from './catalog.ts';
import { type ChangeLogOptions, LmdbChangeLog, LogicalClock } from './change-log.ts';
import { CommitFeed, type CommitListener } from './commit-feed.ts';
import type { CommitPath } from './commit-path.ts';
import type { DataDirectory } from './data-directory.ts';
import { describeEntry } from './describe-entry.ts';
import { type Environment, WriteFailure } from './environment.ts';
import { StorageError } from './errors.ts';
import { collectIndexes } from './index-build.ts';
import type { IndexServices } from './index-keys.ts';
import { IndexWriters } from './index-writer.ts';
import { atOnce, inSlices } from './slices.ts';
import { LmdbSnapshot } from './snapshot.ts';
import type { ChangeLog, IndexInfo, LoggedChange, Namespace, Snapshot, Storage, WriteTransaction } from './storage.ts';
import { WriteGroup } from './write-group.ts';
import { WriteJob } from './write-job.ts';

export interface LmdbStorageOptions extends IndexServices {
  readonly changeLog?: ChangeLogOptions;
  /** Wall clock in milliseconds; for tests. */
  readonly now?: () => number;
  /** How many changes of an index may wait beside its blocks; for tests. */
  readonly indexTailMax?: number;
}

/** Jobs that share one commit at most, so that the first of them doesn't wait long. */
const JOBS_PER_GROUP_MAX = 256;
const GROUP_MS_MAX = 50;

/** When no write came for so long, the tail of an index (see index-tail.ts) of so many entries goes to its blocks. */
const IDLE_MS = 100;
const IDLE_TAIL_MIN = 128;

interface Job {
  readonly work: (transaction: WriteJob) => unknown;
  readonly session: LoggedChange['session'];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Something that must run alone and takes its time, such as building indexes. */
interface ExclusiveJob {
  readonly runAlone: () => Promise<void>;
}

type Outcome = { readonly job: Job; readonly result?: unknown; readonly error?: unknown; readonly failed: boolean };

export class LmdbStorage implements Storage {
  readonly changeLog: ChangeLog;
  readonly #directory: DataDirectory;
  readonly #environment: Environment;
  readonly #commits: CommitPath;
  readonly #log: LmdbChangeLog;
  readonly #clock: LogicalClock;
  readonly #extractors: Extractors;
  readonly #indexWriters: IndexWriters;
  readonly #state: StoredState;
  readonly #now: () => number;
  readonly #snapshots = new Set<LmdbSnapshot>();
  readonly #feed = new CommitFeed();
  #catalog: Catalog;
  #queue: (Job | ExclusiveJob)[] = [];
  #running: Promise<void> | null = null;
  /** The size of the change log before the commit under way. */
  #logBytesBefore = 0;
  #isClosed = false;
  #idleTimer: NodeJS.Timeout | undefined;
  /** False after it failed, until a write succeeds again. */
  #canTidy = true;

  constructor(directory: DataDirectory, environment: Environment, commits: CommitPath, options: LmdbStorageOptions) {
    this.#directory = directory;
    this.#environment = environment;
    this.#commits = commits;
    this.#now = options.now ?? Date.now;
    this.#extractors = new Extractors(options);
    try {
      this.#state = readState(environment)!;
      this.#catalog = readCatalog(environment);
      for (const { info, indexNumbers } of this.#catalog.values()) {
        for (const [k, index] of info.indexes.entries()) this.#extractors.of(indexNumbers[k]!, index);
      }
      const known = new Set([...this.#catalog.values()].flatMap(({ indexNumbers }) => indexNumbers));
      this.#indexWriters = new IndexWriters(environment, known, options.indexTailMax);
    } catch (cause) {
      const isDamage =
        !(cause instanceof MongoError) || ['InvalidBSON', 'DataCorruptionDetected'].includes(cause.codeName);
      if (!isDamage) throw cause;
      throw new StorageError('DATA_DIRECTORY_DAMAGED', `The catalog in ${directory.path} can't be read.`, { cause });
    }
    this.#clock = new LogicalClock(this.#state, this.#now);
    this.#log = new LmdbChangeLog(environment, () => commits.settled, this.#state, options.changeLog ?? {});
    this.changeLog = this.#log;
    environment.describe = (table, key) => describeEntry(this.#catalog, table, key);
  }

  snapshot(): Snapshot {
    this.#refuseClosed();
    const committed = { catalog: this.#catalog, tails: this.#indexWriters.tails, commit: this.#feed.commit };
    const snapshot = new LmdbSnapshot(this.#environment, this.#commits.view(), committed, (closed) =>
      this.#snapshots.delete(closed),
    );
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  write<T>(
    work: (transaction: WriteTransaction) => T,
    options: { session?: LoggedChange['session'] } = {},
  ): Promise<T> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise<T>((resolve, reject) => {
      this.#enqueue({ work, session: options.session, resolve: resolve as (result: unknown) => void, reject });
    });
  }

  writeInSlices(
    work: (transaction: WriteTransaction) => Generator<void, void>,
    options: { session?: LoggedChange['session'] } = {},
  ): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const runAlone = () => this.#runInSlices(work, options.session).then(resolve, reject);
      this.#enqueue({ runAlone });
    });
  }

  buildIndexes(
    namespace: Namespace,
    indexes: readonly { name: string; key: IndexInfo['key']; options: Document }[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise<void>((resolve, reject) => {
      const runAlone = () => this.#build(namespace, indexes, onProgress).then(resolve, reject);
      this.#enqueue({ runAlone });
    });
  }

  onRecordsCommitted(listener: CommitListener): void {
    this.#feed.listen(listener);
  }

  metadata(prefix: string): ReadonlyMap<string, Document> {
    return listMetadata(this.#environment, prefix, this.#commits.settled);
  }

  clusterTime(): Timestamp {
    return this.#clock.current();
  }

  statistics(): { fileBytes: number; usedBytes: number; changeLogBytes: number } {
    this.#refuseClosed();
    return {
      fileBytes: statSync(this.#environment.file).size,
      usedBytes: this.#environment.usedBytes(),
      changeLogBytes: this.#state.logBytes,
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    while (this.#running !== null) await this.#running;
    for (const snapshot of [...this.#snapshots]) snapshot.close();
    const faults: unknown[] = [];
    const steps = [() => this.#writeLastState(), () => this.#commits.close(), () => this.#environment.close()];
    for (const step of steps) await step().catch((fault: unknown) => faults.push(fault));
    // Where the disk did not take all, the next opening goes back to the checkpoint: behind what a seal would demand.
    if (faults.length === 0) this.#directory.seal();
    this.#directory.release();
    if (faults.length > 0) throw faults[0];
  }

  /** The clock may have been read since the last write. */
  #writeLastState(): Promise<void> {
    return this.#commits.write(
      () => this.#writeState(),
      () => undefined,
    );
  }

  #enqueue(job: Job | ExclusiveJob): void {
    this.#queue.push(job);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Whatever arrives in the same turn joins the same commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      if ('runAlone' in first) {
        this.#queue.shift();
        await first.runAlone();
      } else await this.#commitGroup();
      if (this.#queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = null;
    this.#tidyWhenIdle();
  }

  /** Tails make reading a little dearer, and a long one makes some write wait: they are written out, one by one, in quiet. */
  #tidyWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#isClosed || !this.#canTidy || this.#indexWriters.longestTail(IDLE_TAIL_MIN) === undefined) return;
    this.#idleTimer = setTimeout(() => {
      if (this.#running === null) this.#enqueue({ runAlone: () => this.#writeLongestTail() });
    }, IDLE_MS).unref();
  }

  async #writeLongestTail(): Promise<void> {
    const index = this.#indexWriters.longestTail(IDLE_TAIL_MIN);
    if (index === undefined) return;
    for (const { info, indexNumbers } of this.#catalog.values()) {
      const place = indexNumbers.indexOf(index);
      if (place < 0) continue;
      const { unique } = this.#extractors.of(index, info.indexes[place]!);
      try {
        await this.#inTransaction((group) => group.index(index, unique).writeOut());
      } catch {
        // Nobody waits for this: the tail stays as it was, and what is wrong fails the write that meets it.
        this.#canTidy = false;
      }
    }
  }

  /** Runs jobs from the head of the queue as one transaction. Never rejects. */
  async #commitGroup(): Promise<void> {
    const taken: Job[] = [];
    let outcomes: Outcome[] = [];
    let failure: unknown;
    try {
      outcomes = await this.#inTransaction((group) => {
        const done: Outcome[] = [];
        const start = performance.now();
        while (this.#queue.length > 0 && taken.length < JOBS_PER_GROUP_MAX) {
          const job = this.#queue[0]!;
          if ('runAlone' in job) break;
          this.#queue.shift();
          taken.push(job);
          done.push(this.#runJob(group, job));
          if (performance.now() - start > GROUP_MS_MAX) break;
        }
        return done;
      });
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) {
      // Refused before anything ran: the one that asked first is answered, or nobody ever would be.
      if (taken.length === 0) taken.push(this.#queue.shift() as Job);
      for (const job of taken) job.reject(failure);
      return;
    }
    this.#canTidy = true;
    for (const { job, result, error, failed } of outcomes) {
      if (failed) job.reject(error);
      else job.resolve(result);
    }
  }

  #runJob(group: WriteGroup, job: Job): Outcome {
    const transaction = new WriteJob(group);
    try {
      const result = job.work(transaction);
      transaction.end();
      atOnce(this.#appendChanges(transaction, job.session));
      return { job, result, failed: false };
    } catch (error) {
      // LMDB has given up the whole transaction: nothing can be taken back one by one.
      if (error instanceof WriteFailure) throw error;
      transaction.rollBack();
      return { job, error, failed: true };
    }
  }

  async #runInSlices(
    work: (transaction: WriteTransaction) => Generator<void, void>,
    session: LoggedChange['session'],
  ): Promise<void> {
    const steps = (group: WriteGroup) => this.#stepsOf(group, work, session);
    await this.#commit((publish) =>
      this.#commits.writeInSlices(async () => {
        const group = this.#newGroup();
        await inSlices(steps(group));
        return this.#concluded(group);
      }, publish),
    );
  }

  *#stepsOf(
    group: WriteGroup,
    work: (transaction: WriteTransaction) => Generator<void, void>,
    session: LoggedChange['session'],
  ): Generator<void, void> {
    const transaction = new WriteJob(group);
    yield* work(transaction);
    transaction.end();
    yield* this.#appendChanges(transaction, session);
    yield* group.finish();
  }

  *#appendChanges(transaction: WriteJob, session: LoggedChange['session']): Generator<void, void> {
    if (transaction.changes.length === 0) return;
    const { changes } = transaction;
    const time = this.#clock.next(session === undefined ? changes.length : 1);
    yield* this.#log.append(time, new Date(this.#now()), changes, session);
  }

  /** One commit. */
  async #inTransaction<T>(work: (group: WriteGroup) => T): Promise<T> {
    let value: T;
    await this.#commit((publish) =>
      this.#commits.write(() => {
        const group = this.#newGroup();
        value = work(group);
        atOnce(group.finish());
        return this.#concluded(group);
      }, publish),
    );
    return value!;
  }

  /** The last thing in a transaction; what it returns is published. */
  #concluded(group: WriteGroup): Catalog {
    if (this.#state.logBytes !== this.#logBytesBefore) this.#log.trim(Math.floor(this.#now() / 1000));
    // Writes that matched nothing, or were refused, need no commit.
    if (!this.#environment.record.isEmpty) this.#writeState();
    return group.catalog;
  }

  /** On failure everything in memory is as before. */
  async #commit(commit: (publish: (catalog: Catalog) => void) => Promise<void>): Promise<void> {
    const stateBefore = { ...this.#state };
    this.#logBytesBefore = stateBefore.logBytes;
    try {
      await commit((catalog) => this.#publish(catalog));
    } catch (error) {
      Object.assign(this.#state, stateBefore);
      this.#indexWriters.forgetAll();
      this.#feed.forget();
      throw error;
    }
    if (this.#state.logBytes !== stateBefore.logBytes) this.#log.announce();
  }

  /** From here on, snapshots show the newest commit. */
  #publish(catalog: Catalog): void {
    this.#indexWriters.keep();
    const catalogBefore = this.#catalog;
    this.#catalog = catalog;
    this.#feed.publish(catalogBefore, catalog);
  }

  #newGroup(): WriteGroup {
    const group = new WriteGroup(this.#environment, this.#catalog, this.#extractors, this.#indexWriters, this.#state);
    group.feed = this.#feed;
    return group;
  }

  #writeState(): void {
    this.#state.clockSeconds = this.#clock.seconds;
    this.#state.clockIncrement = this.#clock.increment;
    writeState(this.#environment, this.#state);
  }

  /** In slices, so that reads are answered meanwhile; writes wait, so the snapshot stays the newest state. */
  async #build(
    namespace: Namespace,
    indexes: readonly { name: string; key: IndexInfo['key']; options: Document }[],
    onProgress: ((done: number, total: number) => void) | undefined,
  ): Promise<void> {
    using snapshot = this.snapshot();
    const collection = snapshot.collection(namespace);
    if (collection === null) throw new MongoError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    const total = collection.count();
    // Numbers are given out before the transaction that uses them; a failure only leaves a gap.
    const planning = new WriteJob(this.#newGroup());
    const toBuild = planning.indexesToBuild(namespace, indexes);
    if (toBuild.length === 0) return;
    const steps = collectIndexes(namespace, collection.scan(), toBuild, (recordId) => collection.get(recordId));
    let step = steps.next();
    while (!step.done) {
      onProgress?.(step.value, total);
      await new Promise((resolve) => setImmediate(resolve));
      step = steps.next();
    }
    const put = step.value;
    await this.#inTransaction((group) => {
      const job = new WriteJob(group);
      job.addBuiltIndexes(namespace, toBuild, put);
      job.end();
      atOnce(this.#appendChanges(job, undefined));
    });
    onProgress?.(total, total);
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw closedError();
  }
}

function closedError(): MongoError {
  return new MongoError('InterruptedAtShutdown', 'The database is closed.');
}
