/** Reading one index out of a view: its blocks (see block-entries.ts), merged with its tail (see index-tail.ts). */
import {
  ABOVE_ALL,
  BlockCursor,
  blockKey,
  entriesDownwards,
  findInBlock,
  RECORD_ID_BYTES,
  SEPARATOR_BYTES_MAX,
} from './block-entries.ts';
import { type Entry, type Environment, PAGE_BYTES, type Table, type View } from './environment.ts';
import { IndexTail, type TailEntry } from './index-tail.ts';
import type { RecordId } from './storage.ts';

const BLOCKS_PER_READ = 8;
const ABOVE_RECORD_IDS = Buffer.alloc(RECORD_ID_BYTES + 1, 0xff);

export class IndexBlocks {
  readonly table: Table;
  readonly index: number;
  readonly view: View;
  readonly tail: IndexTail;
  readonly #check: () => void;
  readonly #prefix: Buffer;
  readonly #end: Buffer;

  /** `check` throws when the view has ended; it is asked before every read. */
  constructor(
    environment: Environment,
    index: number,
    view: View,
    tail: IndexTail = IndexTail.empty,
    check: () => void = () => undefined,
  ) {
    this.#check = check;
    this.tail = tail;
    this.table = environment.table('indexes');
    this.index = index;
    this.view = view;
    this.#prefix = blockKey(index, new Uint8Array(0));
    this.#end = blockKey(index + 1, new Uint8Array(0));
  }

  /** Its size in the file, about: a page per block, and at least one. */
  fileBytes(): number {
    this.#check();
    return Math.max(1, this.table.count({ start: this.#prefix, end: this.#end }, this.view)) * PAGE_BYTES;
  }

  /** The block in which `bytes` lies or would lie; the first one where all separators are above it. */
  blockAt(bytes: Uint8Array): Entry | undefined {
    this.#check();
    const length = Math.min(bytes.length, SEPARATOR_BYTES_MAX);
    return (
      this.table.floor(blockKey(this.index, bytes, length), this.#prefix, this.view) ??
      this.table.range({ start: this.#prefix, end: this.#end, limit: 1 }, this.view)[0]
    );
  }

  /** The record id of the first entry whose key is exactly `key`. */
  find(key: Uint8Array): RecordId | undefined {
    if (this.#isInTail(key)) {
      const all = Buffer.concat([key, ABOVE_RECORD_IDS]);
      const first = this.ascending(key, all).next().value as BlockCursor | undefined;
      return first?.recordId();
    }
    let block = this.blockAt(key);
    // An entry is above its bare key, so it may be the first one of the next block.
    while (block !== undefined) {
      const found = findInBlock(block.value, key);
      if (found !== ABOVE_ALL) return found;
      const above = Buffer.concat([block.key, Buffer.of(0)]);
      block = this.table.range({ start: above, end: this.#end, limit: 1 }, this.view)[0];
    }
    return undefined;
  }

  #isInTail(key: Uint8Array): boolean {
    const { entries } = this.tail;
    if (entries.length === 0) return false;
    const entry = entries[this.tail.placeOf(key)];
    return entry !== undefined && hasKey(entry.bytes, entry.bytes.length, key);
  }

  /** Entries from `from` (inclusive) to `to` (exclusive), upwards. The cursor given to each step is reused. */
  ascending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
    const tail = this.tail;
    const start = tail.placeOf(from);
    const end = to === null ? tail.entries.length : tail.placeOf(to);
    const inBlocks = this.#blocksAscending(from, to);
    return start >= end ? inBlocks : merged(inBlocks, tail.entries.slice(start, end), 1);
  }

  /** The same entries downwards. */
  descending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
    const tail = this.tail;
    const start = tail.placeOf(from);
    const end = to === null ? tail.entries.length : tail.placeOf(to);
    const inBlocks = this.#blocksDescending(from, to);
    return start >= end ? inBlocks : merged(inBlocks, tail.entries.slice(start, end).reverse(), -1);
  }

  *#blocksAscending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
    const first = this.blockAt(from);
    if (first === undefined) return;
    const cursor = new BlockCursor();
    let blocks: Entry[] = [first];
    let isFirst = true;
    for (;;) {
      for (const { value } of blocks) {
        cursor.open(value);
        while (cursor.next()) {
          if (isFirst && cursor.compare(from) < 0) continue;
          isFirst = false;
          if (to !== null && cursor.compare(to) >= 0) return;
          yield cursor;
        }
      }
      this.#check();
      const last = blocks[blocks.length - 1]!;
      const limit = blocks.length === 1 ? 2 : BLOCKS_PER_READ;
      blocks = this.table.range({ start: Buffer.concat([last.key, Buffer.of(0)]), end: this.#end, limit }, this.view);
      if (blocks.length === 0) return;
    }
  }

  *#blocksDescending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
    let block = to === null ? this.#lastBlock() : this.blockAt(to);
    while (block !== undefined) {
      for (const cursor of entriesDownwards(block.value)) {
        if (to !== null && cursor.compare(to) >= 0) continue;
        if (cursor.compare(from) < 0) return;
        yield cursor;
      }
      if (block.key.length === 4) return;
      this.#check();
      // The greatest key below this one: one step down from it.
      const two: Entry[] = this.table.range({ start: block.key, limit: 2, reverse: true }, this.view);
      block = two[1] !== undefined && two[1].key.readUInt32BE(0) === this.index ? two[1] : undefined;
    }
  }

  #lastBlock(): Entry | undefined {
    this.#check();
    // The first block of the next index may have exactly the key that ends this one.
    const entries = this.table.range({ start: this.#end, limit: 2, reverse: true }, this.view);
    return entries.find(({ key }) => key.readUInt32BE(0) === this.index);
  }
}

/** Entries of blocks and of a tail in one order; where both have an entry, the tail knows better. */
function* merged(
  inBlocks: Iterable<BlockCursor>,
  tail: readonly TailEntry[],
  direction: 1 | -1,
): IterableIterator<BlockCursor> {
  const own = new BlockCursor();
  let at = 0;
  for (const cursor of inBlocks) {
    let isInTail = false;
    for (; at < tail.length && !isInTail; at++) {
      const entry = tail[at]!;
      const order = cursor.compare(entry.bytes) * direction;
      if (order < 0) break;
      if (order === 0) isInTail = true;
      if (!entry.isAdded) continue;
      own.bytes = entry.bytes;
      own.length = entry.bytes.length;
      yield own;
    }
    if (!isInTail) yield cursor;
  }
  for (; at < tail.length; at++) {
    const entry = tail[at]!;
    if (!entry.isAdded) continue;
    own.bytes = entry.bytes;
    own.length = entry.bytes.length;
    yield own;
  }
}

/** Whether an entry consists of exactly this key and a record id. */
function hasKey(entry: Uint8Array, length: number, key: Uint8Array): boolean {
  if (length !== key.length + RECORD_ID_BYTES) return false;
  for (let k = 0; k < key.length; k++) if (entry[k] !== key[k]) return false;
  return true;
}
