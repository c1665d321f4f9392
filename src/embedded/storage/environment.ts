/**
 * LMDB as sorted tables of bytes: the only file that speaks to `lmdb`.
 *
 * Values that reads return are copies, so they stay valid; no cursor stays open between two calls, so a reader that is
 * forgotten half-way through holds nothing but its snapshot. Behind each value lies a check word over it and its key;
 * what doesn't fit it any more is never given out: DataCorruptionDetected (301).
 */
import { statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Database,
  open,
  type RootDatabase,
  type RootDatabaseOptionsWithPath,
  type Transaction,
  type TransactionFlags,
} from 'lmdb';
import { MongoError } from '../errors.ts';
import { CHECK_BYTES, checkWord } from './check-word.ts';
import { DATA_FILE } from './meta-pages.ts';
import { WriteRecord } from './write-record.ts';

export const PAGE_BYTES = 4096;
/** Address space, not memory: the file grows as it is used. Never remapped, so no read can lose its pages. */
const MAP_BYTES = 256 * 1024 ** 3;
const READERS_MAX = 4096;
const FREE_PAGES_LOADED_MAX = 1000;
/** LMDB's own limit at this page size; see `keys` of its documentation. */
export const TABLE_KEY_BYTES_MAX = 1978;
/** Abortable, committed before the call returns; LMDB's MDB_NOSYNC: flushing is left to the commit path. */
const WITHOUT_FLUSH = (3 | 0x10000) as TransactionFlags;

/** A journal names a table by its place here. */
const tableNames = ['catalog', 'records', 'largeRecords', 'indexes', 'changeLog'] as const;
export type TableName = (typeof tableNames)[number];

/**
 * Documents repeat their fields' names and many values: with LZ4 the file is less than half as long, and so are the pages
 * of it that reading keeps in memory. Index blocks are front-coded already.
 */
const compressed: ReadonlySet<TableName> = new Set(['records', 'largeRecords', 'changeLog']);
const COMPRESSED_BYTES_MIN = 500;

/** A read transaction that stays as it is; undefined means: what the current write transaction sees, else the newest. */
export type View = Transaction | undefined;

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

const NO_BYTES = new Uint8Array(0);

/** Values are copied into slabs of this size: one allocation for several blocks, and little that a kept value holds back. */
const SLAB_BYTES = 64 * 1024;
let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabUsed = 0;

/** Values as they are; copied out of LMDB's shared read buffer, which the next read overwrites. */
const copying = {
  encode: (value: Buffer): Buffer => value,
  decode(volatile: Buffer, bytes: number): Buffer {
    // A new view, because `lmdb` overrides the length of its buffer, which Node's own `copy` half believes.
    const source = new Uint8Array(volatile.buffer, volatile.byteOffset, bytes);
    if (bytes > SLAB_BYTES / 4) {
      const own = Buffer.allocUnsafeSlow(bytes);
      own.set(source);
      return own;
    }
    if (slabUsed + bytes > SLAB_BYTES) {
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      slabUsed = 0;
    }
    const copy = slab.subarray(slabUsed, slabUsed + bytes);
    copy.set(source);
    // The next one starts at a multiple of four again: check words are computed faster there.
    slabUsed += (bytes + 3) & ~3;
    return copy;
  },
};

/** Options that `lmdb` reads but does not declare. */
interface FreeSpaceOptions {
  readonly maxFreeSpaceToLoad: number;
  readonly maxFreeSpaceToRetain: number;
}

export class Environment {
  readonly file: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #tables: ReadonlyMap<TableName, Table>;
  /** What the transaction under way, or the last one, has changed. */
  readonly record = new WriteRecord();
  /** Says what lies behind a key, in the user's words. */
  describe: (table: TableName, key: Uint8Array) => string = (table) => `An entry of the table ${table}`;
  #writing = false;

  constructor(directory: string) {
    this.file = join(directory, DATA_FILE);
    const options: RootDatabaseOptionsWithPath & FreeSpaceOptions = {
      path: directory,
      // Windows allots the whole map on disk at once; there LMDB grows it by itself.
      ...(process.platform === 'win32' ? {} : { mapSize: MAP_BYTES }),
      maxDbs: tableNames.length + 1,
      maxReaders: READERS_MAX,
      pageSize: PAGE_BYTES,
      noMemInit: true,
      overlappingSync: false,
      // LMDB writes the list of free pages that it holds anew with every commit: a short one keeps small commits cheap.
      maxFreeSpaceToLoad: FREE_PAGES_LOADED_MAX,
      maxFreeSpaceToRetain: FREE_PAGES_LOADED_MAX * 2,
      encoding: 'binary',
      keyEncoding: 'binary',
    };
    this.#root = open<Buffer, Buffer>(options);
    this.#tables = new Map(
      tableNames.map((name, number) => [
        name,
        new Table(
          name,
          number,
          this.#root.openDB<Buffer, Buffer>(name, {
            keyEncoding: 'binary',
            encoder: copying,
            ...(compressed.has(name) ? { compression: { threshold: COMPRESSED_BYTES_MIN } } : {}),
          } as object),
          this,
        ),
      ]),
    );
  }

  get isWriting(): boolean {
    return this.#writing;
  }

  table(name: TableName): Table {
    return this.#tables.get(name)!;
  }

  /** Runs `work` as one transaction, committed but not flushed when this returns. If it throws, nothing of it stays. */
  write<T>(work: () => T): T {
    this.#writing = true;
    this.record.clear();
    try {
      return this.#root.transactionSync(work, WITHOUT_FLUSH);
    } catch (error) {
      throw this.#writeFault(error);
    } finally {
      this.#writing = false;
    }
  }

  /** The same for work that lets others read in between; only through views, since LMDB shows anything else the transaction. */
  async writeInSlices<T>(work: () => Promise<T>): Promise<T> {
    this.#writing = true;
    this.record.clear();
    try {
      return await this.#root.transactionSync(work, WITHOUT_FLUSH);
    } catch (error) {
      throw this.#writeFault(error);
    } finally {
      this.#writing = false;
    }
  }

  #writeFault(error: unknown): unknown {
    if (!isOutOfSpace(error, this.file)) return error;
    return new MongoError('OutOfDiskSpace', 'The disk (or the database) is full: the write was not kept.', {
      cause: error,
    });
  }

  /** Does again what a record says. Only inside `write`. */
  repeat(table: number, key: Buffer, value: Buffer | null): void {
    this.table(tableNames[table]!).repeat(key, value);
  }

  /** A view of what is committed now. End it with `done()`. */
  view(): Transaction {
    // biome-ignore lint/correctness/useHookAtTopLevel: LMDB's name for it, nothing of React.
    return this.#root.useReadTransaction();
  }

  usedBytes(): number {
    const stats = this.#root.getStats() as { lastPageNumber?: number };
    return ((stats.lastPageNumber ?? 0) + 1) * PAGE_BYTES;
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}

/** LMDB refused a change: its whole transaction is lost. */
export class WriteFailure extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'WriteFailure';
  }
}

/** A value with its check word, while LMDB copies it. */
let sealed = Buffer.allocUnsafeSlow(64 * 1024);

export class Table {
  readonly #name: TableName;
  readonly #number: number;
  readonly #db: Database<Buffer, Buffer>;
  readonly #environment: Environment;

  constructor(name: TableName, number: number, db: Database<Buffer, Buffer>, environment: Environment) {
    this.#name = name;
    this.#number = number;
    this.#db = db;
    this.#environment = environment;
  }

  /** The value in memory that the next read overwrites. */
  getVolatile(key: Buffer, view: View): Uint8Array | undefined {
    // Inside a write transaction LMDB's `get` looks at that one, whatever view is asked for.
    if (view !== undefined && this.#environment.isWriting) {
      return this.range({ start: key, limit: 1, exact: true }, view)[0]?.value;
    }
    const value =
      view === undefined
        ? this.#db.getBinaryFast(key)
        : (this.#db.getBinaryFast as (key: Buffer, options: object) => Buffer | undefined).call(this.#db, key, {
            transaction: view,
          });
    // A plain view of the bytes, because reading those is faster.
    return value === undefined
      ? undefined
      : this.#checked(key, new Uint8Array(value.buffer, value.byteOffset, value.length));
  }

  /** The same within a write; empty where there is none. */
  getVolatileBytes(key: Buffer): Uint8Array {
    return this.getVolatile(key, undefined) ?? NO_BYTES;
  }

  get(key: Buffer, view: View): Buffer | undefined {
    const value = this.getVolatile(key, view);
    return value === undefined ? undefined : Buffer.from(value);
  }

  /** Up to `limit` entries from `start` (inclusive) to `end` (exclusive), downwards with `reverse`. */
  range(
    bounds: { start?: Buffer; end?: Buffer; limit: number; reverse?: boolean; exact?: boolean },
    view: View,
  ): Entry[] {
    const options: Record<string, unknown> = { limit: bounds.limit };
    if (bounds.start !== undefined) options['start'] = bounds.start;
    if (bounds.end !== undefined) options['end'] = bounds.end;
    if (bounds.reverse) options['reverse'] = true;
    if (view !== undefined) options['transaction'] = view;
    const entries: Entry[] = [];
    for (const { key, value } of this.#db.getRange(options)) {
      if (bounds.exact && !key.equals(bounds.start!)) continue;
      entries.push({ key, value: this.#checked(key, value) });
    }
    return entries;
  }

  /** The value without its check word. */
  #checked<T extends Uint8Array>(key: Uint8Array, value: T): T {
    const length = value.length - CHECK_BYTES;
    const isSound =
      length >= 0 &&
      checkWord(key, value, length) ===
        (value[length]! | (value[length + 1]! << 8) | (value[length + 2]! << 16) | (value[length + 3]! << 24));
    if (!isSound) {
      throw new MongoError(
        'DataCorruptionDetected',
        `${this.#environment.describe(this.#name, key)} does not fit its check word: ${this.#environment.file} is damaged.`,
      );
    }
    return value.subarray(0, length) as T;
  }

  /** The keys alone; with `reverse` downwards from `start` to `end` (exclusive). */
  keys(bounds: { start: Buffer; end: Buffer; limit: number; reverse?: boolean }, view: View): Buffer[] {
    const options = view === undefined ? bounds : { ...bounds, transaction: view };
    return [...this.#db.getKeys(options)];
  }

  /** How many keys there are, without reading them one by one into memory. */
  count(bounds: { start: Buffer; end: Buffer }, view: View): number {
    return this.#db.getKeysCount(view === undefined ? bounds : { ...bounds, transaction: view });
  }

  /** The entry with the greatest key at or below `key` that starts with `prefix`. */
  floor(key: Buffer, prefix: Buffer, view: View): Entry | undefined {
    const entry = this.range({ start: key, limit: 1, reverse: true }, view)[0];
    return entry !== undefined && startsWith(entry.key, prefix) ? entry : undefined;
  }

  /** Only inside `Environment.write`. */
  put(key: Buffer, value: Uint8Array): void {
    const { length } = value;
    if (length + CHECK_BYTES > sealed.length) sealed = Buffer.allocUnsafeSlow((length + CHECK_BYTES) * 2);
    sealed.set(value);
    sealed.writeInt32LE(checkWord(key, sealed, length), length);
    const whole = sealed.subarray(0, length + CHECK_BYTES);
    this.#environment.record.put(this.#number, key, whole);
    this.repeat(key, whole);
  }

  remove(key: Buffer): void {
    this.#environment.record.remove(this.#number, key);
    this.repeat(key, null);
  }

  /** A value with its check word, or null to remove the key; not noted in the record. */
  repeat(key: Buffer, value: Buffer | null): void {
    try {
      if (value === null) this.#db.remove(key);
      else this.#db.put(key, value);
    } catch (cause) {
      throw new WriteFailure(cause);
    }
  }

  /** Removes every entry whose key starts with `prefix`. */
  removePrefix(prefix: Buffer, end: Buffer): void {
    for (;;) {
      const keys = this.keys({ start: prefix, end, limit: 1000 }, undefined);
      for (const key of keys) this.remove(key);
      if (keys.length < 1000) return;
    }
  }
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let k = 0; k < prefix.length; k++) if (bytes[k] !== prefix[k]) return false;
  return true;
}

/** Less than this left, and LMDB's answer to a short write ("Input/output error") means a full disk, not a broken one. */
const ROOM_BYTES_MIN = 16 * 1024 * 1024;

function isOutOfSpace(error: unknown, file: string): boolean {
  const message = error instanceof Error ? error.message : '';
  if (/MDB_MAP_FULL|No space left|ENOSPC|Disk quota|File too large/i.test(message)) return true;
  if (!/Input\/output error|EIO/.test(message)) return false;
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize < ROOM_BYTES_MIN;
}
