/**
 * The tails of indexes on disk: one row of LMDB for each commit, with the changes of all indexes in it. A row is dropped
 * once all of its changes are in blocks; where only some indexes have got so far, a mark per index tells.
 *
 * Row: repeated (index number, length of the entry with the lowest bit set where it is added: uint32 each, little-endian;
 * entry).
 */
import type { Environment } from './environment.ts';
import { IndexTail, type TailEntry } from './index-tail.ts';

const ROW = 0x72; // r, right before the counts and the server's own row, which a commit writes too: all in one page
const MARK = 0x6b; // k
const ROW_KEY_BYTES = 7;
const ROWS_PER_READ = 256;

export type Tails = ReadonlyMap<number, IndexTail>;

function rowKey(commit: number): Buffer {
  const key = Buffer.allocUnsafe(ROW_KEY_BYTES);
  key[0] = ROW;
  key.writeUIntBE(commit, 1, 6);
  return key;
}

function markKey(index: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = MARK;
  key.writeUInt32BE(index, 1);
  return key;
}

/** The tails as the last commit left them, and its number. `indexes`: those that there are. */
export function readTails(environment: Environment, indexes: ReadonlySet<number>): { tails: Tails; commit: number } {
  const table = environment.table('catalog');
  const marks = new Map<number, number>();
  const marked = table.range({ start: Buffer.of(MARK), end: Buffer.of(MARK + 1), limit: 2 ** 31 - 1 }, undefined);
  for (const { key, value } of marked) marks.set(key.readUInt32BE(1), value.readUIntLE(0, 6));
  let commit = Math.max(0, ...marks.values());
  const changes = new Map<number, { entries: TailEntry[]; firstCommit: number }>();
  for (let start = rowKey(0); ; ) {
    const rows = table.range({ start, end: Buffer.of(ROW + 1), limit: ROWS_PER_READ }, undefined);
    for (const { key, value } of rows) {
      commit = key.readUIntBE(1, 6);
      for (let at = 0; at < value.length; ) {
        const index = value.readUInt32LE(at);
        const word = value.readUInt32LE(at + 4);
        const end = at + 8 + (word >>> 1);
        if (commit > (marks.get(index) ?? 0) && indexes.has(index)) {
          let known = changes.get(index);
          if (known === undefined) changes.set(index, (known = { entries: [], firstCommit: commit }));
          known.entries.push({ bytes: value.subarray(at + 8, end), isAdded: (word & 1) === 1 });
        }
        at = end;
      }
    }
    if (rows.length < ROWS_PER_READ) break;
    start = rowKey(commit + 1);
  }
  const tails = new Map<number, IndexTail>();
  for (const [index, { entries, firstCommit }] of changes) tails.set(index, IndexTail.empty.with(entries, firstCommit));
  return { tails, commit };
}

/** Appends to one row. */
export class TailRow {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  add(index: number, entries: readonly TailEntry[]): void {
    for (const { bytes, isAdded } of entries) {
      const end = this.#length + 8 + bytes.length;
      if (end > this.#bytes.length) {
        const larger = Buffer.allocUnsafeSlow(end * 2);
        this.#bytes.copy(larger, 0, 0, this.#length);
        this.#bytes = larger;
      }
      this.#bytes.writeUInt32LE(index, this.#length);
      this.#bytes.writeUInt32LE(((bytes.length << 1) | (isAdded ? 1 : 0)) >>> 0, this.#length + 4);
      this.#bytes.set(bytes, this.#length + 8);
      this.#length = end;
    }
  }

  /** Joins the open write transaction. */
  write(environment: Environment, commit: number): void {
    if (this.#length > 0) environment.table('catalog').put(rowKey(commit), this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  clear(): void {
    this.#length = 0;
  }
}

/** The index's changes up to and including this commit are in its blocks; null: the index is gone. */
export function markWritten(environment: Environment, index: number, commit: number | null): void {
  if (commit === null) {
    environment.table('catalog').remove(markKey(index));
    return;
  }
  const value = Buffer.allocUnsafe(6);
  value.writeUIntLE(commit, 0, 6);
  environment.table('catalog').put(markKey(index), value);
}

/** Drops the rows of all commits before this one. */
export function dropRowsBefore(environment: Environment, commit: number): void {
  environment.table('catalog').removePrefix(rowKey(0), rowKey(commit));
}
