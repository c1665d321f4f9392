/**
 * The columns of one collection as of the newest commit: for each record whether it lives, and for each column the code of
 * its value. In chunks, which are copied before they change once somebody reads them.
 */
import { FieldTable } from '../bson/codec.ts';
import { elementEnd } from '../bson/elements.ts';
import type { RawDocument } from '../bson/values.ts';
import type { WrittenRecords } from '../storage/commit-feed.ts';
import type { RecordId } from '../storage/storage.ts';
import { Dictionary } from './dictionary.ts';

export const CHUNK_RECORDS = 4096;
/** Values that no record has any more stay in a dictionary; with more of them than this (and than records) it is thrown away. */
const DEAD_VALUES_MAX = 65_536;

interface Chunk<T> {
  cells: T;
  /** Chunks of an older epoch may be in use: they are copied before they change. */
  epoch: number;
}

export interface LiveCells {
  readonly flags: Uint8Array;
  count: number;
}

/** A column as one query sees it; later writes don't change it. */
export interface PinnedColumn {
  readonly dictionary: Dictionary;
  /** Codes by chunk number; a chunk that is not there has no values. */
  readonly chunks: ReadonlyMap<number, Int32Array>;
}

/** The columns as one query sees them. */
export interface PinnedColumns {
  /** Ascending. */
  readonly chunkNumbers: readonly number[];
  readonly live: ReadonlyMap<number, LiveCells>;
  readonly columns: ReadonlyMap<string, PinnedColumn>;
}

class Column {
  readonly dictionary = new Dictionary();
  readonly chunks = new Map<number, Chunk<Int32Array>>();
  lastUsed = 0;

  get bytes(): number {
    return this.dictionary.bytes + this.chunks.size * CHUNK_RECORDS * 4;
  }
}

export class CollectionColumns {
  readonly columns = new Map<string, Column>();
  readonly #live = new Map<number, Chunk<LiveCells>>();
  #recordCount = 0;
  #epoch = 0;
  #reader: { table: FieldTable; columns: Column[] } | undefined;

  get bytes(): number {
    let bytes = this.#live.size * CHUNK_RECORDS;
    for (const column of this.columns.values()) bytes += column.bytes;
    return bytes;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Begins columns; the records come by `set`. */
  addColumns(fields: Iterable<string>): void {
    for (const field of fields) this.columns.set(field, new Column());
    this.#reader = undefined;
  }

  dropColumn(field: string): void {
    this.columns.delete(field);
    this.#reader = undefined;
  }

  /** Takes over columns that were built of the same state of the collection. */
  adopt(other: CollectionColumns): void {
    for (const [field, column] of other.columns) this.columns.set(field, column);
    // Their chunks are younger or older than ours by another count: all of them are copied before they change.
    this.#epoch = Math.max(this.#epoch, other.#epoch) + 1;
    if (this.#live.size === 0) {
      for (const [number, chunk] of other.#live) this.#live.set(number, chunk);
      this.#recordCount = other.#recordCount;
    }
    this.#reader = undefined;
  }

  /** What a query may read from now on, whatever is written meanwhile. */
  pin(fields: Iterable<string>): PinnedColumns {
    this.#epoch += 1;
    const live = new Map<number, LiveCells>();
    for (const [number, chunk] of this.#live) if (chunk.cells.count > 0) live.set(number, chunk.cells);
    const columns = new Map<string, PinnedColumn>();
    for (const field of fields) {
      const column = this.columns.get(field) as Column;
      const chunks = new Map<number, Int32Array>();
      for (const [number, chunk] of column.chunks) chunks.set(number, chunk.cells);
      columns.set(field, { dictionary: column.dictionary, chunks });
    }
    return { chunkNumbers: [...live.keys()].sort((a, b) => a - b), live, columns };
  }

  /** Brings the columns up to a commit. Returns the fields whose columns cannot hold what was written. */
  apply(written: WrittenRecords): Set<string> {
    const unfit = new Set<string>();
    for (const [recordId, raw] of written) {
      if (raw === undefined) this.#remove(recordId);
      else for (const field of this.set(recordId, raw)) unfit.add(field);
    }
    for (const [field, { dictionary }] of this.columns) {
      if (dictionary.size > DEAD_VALUES_MAX + 2 * this.#recordCount) unfit.add(field);
    }
    return unfit;
  }

  /** Enters a record, or what it has become. Returns the fields that do not fit. */
  set(recordId: RecordId, raw: RawDocument): readonly string[] {
    const number = Math.floor(recordId / CHUNK_RECORDS);
    const place = recordId % CHUNK_RECORDS;
    this.#setLive(number, place, 1);
    this.#reader ??= { table: new FieldTable([...this.columns.keys()]), columns: [...this.columns.values()] };
    const { table, columns } = this.#reader;
    let unfit: string[] = NONE;
    const found = foundCodes.length < columns.length ? (foundCodes = new Int32Array(columns.length * 2)) : foundCodes;
    for (let k = 0; k < columns.length; k++) found[k] = 0;
    let missing = columns.length;
    let at = 4;
    while (missing > 0) {
      const type = raw[at]!;
      if (type === 0) break;
      const field = table.find(raw, at + 1);
      const { valueAt } = table;
      at = elementEnd(raw, type, valueAt);
      if (field < 0) continue;
      missing -= 1;
      const code = columns[field]!.dictionary.codeOf(raw, type, valueAt, at);
      if (code < 0) {
        if (unfit === NONE) unfit = [];
        unfit.push(table.names[field]!);
      } else found[field] = code;
    }
    for (let k = 0; k < columns.length; k++) this.#setCode(columns[k]!, number, place, found[k]!);
    return unfit;
  }

  #remove(recordId: RecordId): void {
    this.#setLive(Math.floor(recordId / CHUNK_RECORDS), recordId % CHUNK_RECORDS, 0);
  }

  #setLive(number: number, place: number, flag: 0 | 1): void {
    let chunk = this.#live.get(number);
    if (chunk === undefined) {
      if (flag === 0) return;
      chunk = { cells: { flags: new Uint8Array(CHUNK_RECORDS), count: 0 }, epoch: this.#epoch };
      this.#live.set(number, chunk);
    }
    if (chunk.cells.flags[place] === flag) return;
    if (chunk.epoch !== this.#epoch) {
      chunk = { cells: { flags: chunk.cells.flags.slice(), count: chunk.cells.count }, epoch: this.#epoch };
      this.#live.set(number, chunk);
    }
    chunk.cells.flags[place] = flag;
    const change = flag === 1 ? 1 : -1;
    chunk.cells.count += change;
    this.#recordCount += change;
    if (chunk.cells.count > 0) return;
    this.#live.delete(number);
    for (const column of this.columns.values()) column.chunks.delete(number);
  }

  #setCode(column: Column, number: number, place: number, code: number): void {
    let chunk = column.chunks.get(number);
    if (chunk === undefined) {
      if (code === 0) return;
      chunk = { cells: new Int32Array(CHUNK_RECORDS), epoch: this.#epoch };
      column.chunks.set(number, chunk);
    } else if (chunk.cells[place] === code) return;
    else if (chunk.epoch !== this.#epoch) {
      chunk = { cells: chunk.cells.slice(), epoch: this.#epoch };
      column.chunks.set(number, chunk);
    }
    chunk.cells[place] = code;
  }
}

const NONE: string[] = [];
let foundCodes = new Int32Array(32);
