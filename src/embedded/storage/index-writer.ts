/** Changes one index within a write transaction; changes are collected and written in key order by `flush`. */
import { type SortedChanges, spliceBlock, spliced } from './block-splice.ts';
import type { Environment, Table } from './environment.ts';
import {
  ABOVE_ALL,
  BLOCK_BYTES_MAX,
  BlockCursor,
  BlockWriter,
  blockKey,
  findInBlock,
  IndexBlocks,
} from './index-blocks.ts';
import { IndexDirectory } from './index-directory.ts';
import { PendingChanges } from './pending-changes.ts';
import type { RecordId } from './storage.ts';

/** Changes held back within a write, per index. */
const PENDING_MAX = 100_000;
const SPLIT_BYTES = BLOCK_BYTES_MAX / 2 + 64;

/** The writers of all indexes, kept from one write to the next. */
export class IndexWriters {
  readonly #environment: Environment;
  readonly #writers = new Map<number, IndexWriter>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  of(index: number, unique: boolean): IndexWriter {
    let writer = this.#writers.get(index);
    if (writer === undefined) {
      writer = new IndexWriter(this.#environment, index, unique);
      this.#writers.set(index, writer);
    }
    return writer;
  }

  /** The index was removed, or its blocks were written by someone else. */
  forget(index: number): void {
    this.#writers.delete(index);
  }

  /** A transaction was lost, with all that the writers believe to have written. */
  forgetAll(): void {
    this.#writers.clear();
  }
}

export class IndexWriter {
  readonly #table: Table;
  readonly #index: number;
  readonly #blocks: IndexBlocks;
  readonly #pending: PendingChanges;
  #directory: IndexDirectory | undefined;

  constructor(environment: Environment, index: number, unique: boolean) {
    this.#table = environment.table('indexes');
    this.#index = index;
    this.#blocks = new IndexBlocks(environment, index, undefined);
    this.#pending = new PendingChanges(unique);
  }

  /** The record id that has exactly this key; only for unique indexes. */
  owner(key: Uint8Array): RecordId | undefined {
    const pending = this.#pending.owner(key);
    if (pending !== undefined) return pending ?? undefined;
    const { keys } = this.#known();
    let place = this.#known().placeOf(key, 0, key.length);
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

  /** The index with all changes in it. */
  blocks(): IndexBlocks {
    this.flush();
    return this.#blocks;
  }

  flush(): void {
    const pending = this.#pending;
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
    }
    pending.clear();
  }

  #known(): IndexDirectory {
    this.#directory ??= new IndexDirectory(this.#table, this.#index);
    return this.#directory;
  }

  #push(key: Uint8Array, recordId: RecordId, isAdded: boolean): void {
    this.#pending.push(key, recordId, isAdded);
    if (this.#pending.count >= PENDING_MAX) this.flush();
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
    this.#write(place, isBelow, length, isAtEnd ? BLOCK_BYTES_MAX : SPLIT_BYTES);
  }

  /** Puts the entries in `spliced` in the place of a block, as one or several, or as none. */
  #write(place: number, isBelow: boolean, length: number, bytesMax: number): void {
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
