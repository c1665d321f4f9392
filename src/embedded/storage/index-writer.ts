/**
 * Changes one index within a write transaction: changes are collected, and go to the index's tail at the end, or in the
 * order of their keys to its blocks once they are many.
 */

import { ABOVE_ALL, BLOCK_BYTES_MAX, BlockCursor, BlockWriter, blockKey, findInBlock } from './block-entries.ts';
import { type SortedChanges, spliceBlock, spliced } from './block-splice.ts';
import type { Environment, Table } from './environment.ts';
import { IndexBlocks } from './index-blocks.ts';
import { IndexDirectory } from './index-directory.ts';
import { IndexTail, type TailEntry, tailEntriesOf } from './index-tail.ts';
import { PendingChanges } from './pending-changes.ts';
import type { RecordId } from './storage.ts';
import { dropRowsBefore, markWritten, readTails, TailRow, type Tails } from './tail-rows.ts';

/** Changes held back within a write, per index. */
const PENDING_MAX = 100_000;
const SPLIT_BYTES = BLOCK_BYTES_MAX / 2 + 64;
/**
 * A tail of more entries is written into the blocks, and so are many changes that come at once. At random keys that is
 * about a page for each entry: not more than the free pages that a commit takes up (environment.ts), or the file grows.
 * The tails of a collection grow at one pace, so a commit writes out the longest alone, unless one is twice too long.
 */
const TAIL_ENTRIES_MAX = 1024;

/** The writers of all indexes, kept from one write to the next, and the tails as they were committed. */
export class IndexWriters {
  readonly #environment: Environment;
  readonly #writers = new Map<number, IndexWriter>();
  readonly #row = new TailRow();
  readonly #tailEntriesMax: number;
  #tails: Tails;
  #commit: number;
  #next: { readonly tails: Tails; readonly commit: number } | undefined;

  /** `indexes`: those that there are. */
  constructor(environment: Environment, indexes: ReadonlySet<number>, tailEntriesMax = TAIL_ENTRIES_MAX) {
    this.#environment = environment;
    this.#tailEntriesMax = tailEntriesMax;
    ({ tails: this.#tails, commit: this.#commit } = readTails(environment, indexes));
  }

  /** As of the last commit. */
  get tails(): Tails {
    return this.#tails;
  }

  /** The number of the commit to come. */
  get nextCommit(): number {
    return this.#commit + 1;
  }

  of(index: number, unique: boolean): IndexWriter {
    let writer = this.#writers.get(index);
    if (writer === undefined) {
      const tail = this.#tails.get(index) ?? IndexTail.empty;
      writer = new IndexWriter(this.#environment, index, unique, tail, this.#tailEntriesMax);
      this.#writers.set(index, writer);
    }
    return writer;
  }

  /**
   * Writes what the indexes in `used` hold back, and forgets those in `removed`. Joins the open write transaction; call
   * `keep` once that is committed, and `forgetAll` when it is lost. Yields where it has written a while.
   */
  *finish(used: ReadonlyMap<number, IndexWriter>, removed: ReadonlySet<number>): Generator<void, void> {
    const commit = this.nextCommit;
    const tails = new Map(this.#tails);
    let isRowFree = removed.size > 0;
    let longest: IndexWriter | undefined;
    for (const [index, writer] of used) {
      if (removed.has(index)) continue;
      if (writer.isTooMuchForTail) yield* writer.writeOutInSteps();
      else writer.fold(commit);
      const { length } = writer.tail.entries;
      if (length > this.#tailEntriesMax && length > (longest?.tail.entries.length ?? 0)) longest = writer;
    }
    if (longest !== undefined) yield* longest.writeOutInSteps();
    for (const [index, writer] of used) {
      if (removed.has(index)) continue;
      const { fresh, hasWritten } = writer.take();
      this.#row.add(index, fresh);
      if (hasWritten && tails.has(index)) {
        markWritten(this.#environment, index, commit - 1);
        isRowFree = true;
      }
      if (writer.tail.entries.length > 0) tails.set(index, writer.tail);
      else tails.delete(index);
    }
    for (const index of removed) {
      this.#writers.delete(index);
      tails.delete(index);
      markWritten(this.#environment, index, null);
    }
    this.#row.write(this.#environment, commit);
    if (isRowFree) {
      let needed = commit;
      for (const { firstCommit } of tails.values()) needed = Math.min(needed, firstCommit);
      dropRowsBefore(this.#environment, needed);
    }
    this.#next = { tails, commit };
  }

  /** What `finish` wrote is committed. */
  keep(): void {
    if (this.#next === undefined) return;
    ({ tails: this.#tails, commit: this.#commit } = this.#next);
    this.#next = undefined;
  }

  /** A transaction was lost, with all that the writers believe to have written. */
  forgetAll(): void {
    this.#writers.clear();
    this.#row.clear();
    this.#next = undefined;
  }

  /** The index with the longest tail, of at least so many entries. */
  longestTail(entriesMin: number): number | undefined {
    let longest: number | undefined;
    let length = entriesMin - 1;
    for (const [index, { entries }] of this.#tails) {
      if (entries.length <= length) continue;
      longest = index;
      length = entries.length;
    }
    return longest;
  }
}

export class IndexWriter {
  readonly #environment: Environment;
  readonly #table: Table;
  readonly #index: number;
  readonly #pending: PendingChanges;
  readonly #tailEntriesMax: number;
  #tail: IndexTail;
  /** What came to the tail within this transaction. */
  #fresh: TailEntry[] = [];
  #hasWritten = false;
  #blocks: IndexBlocks;
  #directory: IndexDirectory | undefined;

  constructor(environment: Environment, index: number, unique: boolean, tail: IndexTail, tailEntriesMax: number) {
    this.#environment = environment;
    this.#table = environment.table('indexes');
    this.#index = index;
    this.#tail = tail;
    this.#tailEntriesMax = tailEntriesMax;
    this.#blocks = new IndexBlocks(environment, index, undefined, tail);
    this.#pending = new PendingChanges(unique);
  }

  get tail(): IndexTail {
    return this.#tail;
  }

  /** The record id that has exactly this key; only for unique indexes. */
  owner(key: Uint8Array): RecordId | undefined {
    const pending = this.#pending.owner(key);
    if (pending !== undefined) return pending ?? undefined;
    // Without the places of all blocks in memory, or where the tail may know better, as any other reader.
    if (this.#directory === undefined || this.#tail.entries.length > 0) return this.#blocksWithTail().find(key);
    const { keys } = this.#directory;
    let place = this.#directory.placeOf(key, 0, key.length);
    // An entry is above its bare key, so it may be the first one of the next block.
    for (; place >= 0 && place < keys.length; place++) {
      const found = findInBlock(this.#table.getVolatileBytes(keys[place]!), key);
      if (found !== ABOVE_ALL) return found;
    }
    return undefined;
  }

  add(key: Uint8Array, recordId: RecordId): void {
    this.#push(key, recordId, true);
  }

  remove(key: Uint8Array, recordId: RecordId): void {
    this.#push(key, recordId, false);
  }

  /** The index with all changes in it, for readers within the write; `commit` is the one to come. */
  blocks(commit: number): IndexBlocks {
    this.fold(commit);
    return this.#blocksWithTail();
  }

  /** What is to be written down of the tail with this commit, and whether older parts of it went to the blocks. */
  take(): { fresh: readonly TailEntry[]; hasWritten: boolean } {
    const taken = { fresh: this.#fresh, hasWritten: this.#hasWritten };
    this.#fresh = [];
    this.#hasWritten = false;
    return taken;
  }

  /** Moves the changes held back to the tail; all together to the blocks where they are many. */
  fold(commit: number): void {
    const pending = this.#pending;
    if (pending.count === 0) return;
    if (this.isTooMuchForTail) {
      this.writeOut();
      return;
    }
    const { bytes, offsets, added } = pending;
    const entries = tailEntriesOf({ bytes, offsets, added, order: pending.sorted() });
    for (const entry of entries) this.#fresh.push(entry);
    this.#tail = this.#tail.with(entries, commit);
    pending.clear();
  }

  /** Whether so many changes are held back that they go to the blocks at once. */
  get isTooMuchForTail(): boolean {
    const { count } = this.#pending;
    const max = this.#tailEntriesMax;
    return count > max / 4 || (count > 0 && count + this.#tail.entries.length > max * 2);
  }

  /** Writes the tail and the changes held back into the blocks. */
  writeOut(): void {
    for (const _ of this.writeOutInSteps());
  }

  *writeOutInSteps(): Generator<void, void> {
    const pending = this.#pending;
    if (this.#tail.entries.length > 0) {
      const both = new PendingChanges(false);
      for (const entry of this.#tail.entries) both.pushEntry(entry.bytes, 0, entry.bytes.length, entry.isAdded);
      for (let k = 0; k < pending.count; k++) {
        both.pushEntry(pending.bytes, pending.offsets[k]!, pending.offsets[k + 1]!, pending.added[k] === 1);
      }
      this.#tail = IndexTail.empty;
      this.#fresh = [];
      this.#hasWritten = true;
      yield* this.#write(both);
    } else yield* this.#write(pending);
    pending.clear();
  }

  #blocksWithTail(): IndexBlocks {
    if (this.#blocks.tail !== this.#tail) {
      this.#blocks = new IndexBlocks(this.#environment, this.#index, undefined, this.#tail);
    }
    return this.#blocks;
  }

  *#write(pending: PendingChanges): Generator<void, void> {
    if (pending.count === 0) return;
    const { bytes, offsets, added } = pending;
    const order = pending.sorted();
    const changes: SortedChanges = { bytes, offsets, added, order };
    const directory = this.#known();
    let from = 0;
    while (from < order.length) {
      const place = directory.placeOf(bytes, offsets[order[from]!]!, offsets[order[from]! + 1]!);
      let to = from + 1;
      if (place < 0 || place + 1 === directory.keys.length) to = order.length;
      else {
        while (
          to < order.length &&
          directory.isBelow(place + 1, bytes, offsets[order[to]!]!, offsets[order[to]! + 1]!)
        ) {
          to += 1;
        }
      }
      this.#change(place, changes, from, to);
      from = to;
      yield;
    }
  }

  #known(): IndexDirectory {
    this.#directory ??= new IndexDirectory(this.#table, this.#index);
    return this.#directory;
  }

  #push(key: Uint8Array, recordId: RecordId, isAdded: boolean): void {
    this.#pending.push(key, recordId, isAdded);
    if (this.#pending.count >= PENDING_MAX) this.writeOut();
  }

  /** Makes the changes from `from` to `to`, which fall into the block at `place` (-1: there is none yet). */
  #change(place: number, changes: SortedChanges, from: number, to: number): void {
    const { bytes, offsets, order } = changes;
    const { keys } = this.#known();
    const first = order[from]!;
    // Below the first separator (its block was emptied once): the first block takes it and starts lower from now on.
    const isBelow = place >= 0 && this.#known().isBelow(place, bytes, offsets[first]!, offsets[first + 1]!);
    const block = place < 0 ? EMPTY : this.#table.getVolatileBytes(keys[place]!);
    const length = spliceBlock(block, changes, from, to);
    if (length < 0) return;
    if (length > 0 && length <= BLOCK_BYTES_MAX && place >= 0 && !isBelow) {
      this.#table.put(keys[place]!, spliced.subarray(0, length));
      return;
    }
    // A block that must be split is split in the middle, unless entries only come at its end (rising ids and dates).
    const isAtEnd = place < 0 || isAboveAll(block, bytes.subarray(offsets[first]!, offsets[first + 1]!));
    this.#replace(place, isBelow, length, isAtEnd ? BLOCK_BYTES_MAX : SPLIT_BYTES);
  }

  /** Puts the entries in `spliced` in the place of a block, as one or several, or as none. */
  #replace(place: number, isBelow: boolean, length: number, bytesMax: number): void {
    const { keys } = this.#known();
    const firstKey = place < 0 || isBelow ? blockKey(this.#index, EMPTY) : keys[place]!;
    const written: Buffer[] = [];
    splitCursor.open(spliced.subarray(0, length));
    splitWriter.open(firstKey.subarray(4), bytesMax, (separator, block) => {
      const key = written.length === 0 ? firstKey : blockKey(this.#index, separator);
      this.#table.put(key, block);
      written.push(key);
    });
    while (splitCursor.next()) splitWriter.add(splitCursor.bytes, 0, splitCursor.length);
    splitWriter.finish();
    if (place >= 0 && (written.length === 0 || isBelow)) this.#table.remove(keys[place]!);
    keys.splice(Math.max(place, 0), place < 0 ? 0 : 1, ...written);
  }
}

const EMPTY = new Uint8Array(0);
/** Writing is synchronous and one at a time: these are shared. */
const splitCursor = new BlockCursor();
const splitWriter = new BlockWriter();
const endCursor = new BlockCursor();

function isAboveAll(block: Uint8Array, entry: Uint8Array): boolean {
  endCursor.open(block);
  while (endCursor.next());
  return endCursor.compare(entry) < 0;
}
