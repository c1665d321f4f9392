/**
 * A sorted set of index entries. An entry is an encoded key followed by its record id (6 bytes, big-endian); many entries
 * share one LMDB value, each written as the bytes in which it differs from the one before. A posting of a key that
 * hundreds of thousands of documents share costs three or four bytes.
 *
 * Block: repeated (varint bytes shared with the entry before, varint rest, rest). Its LMDB key is the index number and a
 * separator: above every entry of the block before, at or below every entry of this one. The first one is empty.
 * A key may be longer than LMDB's limit, because only separators are LMDB keys; where no short separator exists
 * between two entries, they stay in one block, however large.
 */
import { compareBytes } from '../bson/compare.ts';
import { copyBytes } from '../bson/elements.ts';
import { type Entry, type Environment, TABLE_KEY_BYTES_MAX, type Table, type View } from './environment.ts';
import type { RecordId } from './storage.ts';

export const RECORD_ID_BYTES = 6;
/** One overflow page of LMDB less its header: a larger block would cost two. */
export const BLOCK_BYTES_MAX = 4080;
const SEPARATOR_BYTES_MAX = TABLE_KEY_BYTES_MAX - 4;
const BLOCKS_PER_READ = 8;
/** Pending changes held back within a write. */
const PENDING_MAX = 100_000;

/** A key and record id as one entry, in memory of its own. */
export function entryOf(key: Uint8Array, recordId: RecordId): Buffer {
  const entry = Buffer.allocUnsafe(key.length + RECORD_ID_BYTES);
  entry.set(key);
  entry.writeUIntBE(recordId, key.length, RECORD_ID_BYTES);
  return entry;
}

export function blockKey(index: number, separator: Uint8Array, length = separator.length): Buffer {
  const key = Buffer.allocUnsafe(4 + length);
  key.writeUInt32BE(index, 0);
  key.set(length === separator.length ? separator : separator.subarray(0, length), 4);
  return key;
}

/** Steps through the entries of a block. */
export class BlockCursor {
  /** The current entry is `bytes` up to `length`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(512);
  length = 0;
  /** How many bytes the current entry shares with the one before. */
  shared = 0;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  open(block: Uint8Array): void {
    this.#block = block;
    this.#at = 0;
    this.length = 0;
  }

  next(): boolean {
    const block = this.#block;
    let at = this.#at;
    if (at >= block.length) return false;
    let shared = block[at++]!;
    if (shared > 0x7f) {
      [shared, at] = longVarint(block, at - 1);
    }
    let rest = block[at++]!;
    if (rest > 0x7f) {
      [rest, at] = longVarint(block, at - 1);
    }
    const length = shared + rest;
    if (length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(length * 2);
      this.bytes.copy(larger, 0, 0, shared);
      this.bytes = larger;
    }
    const { bytes } = this;
    for (let k = shared; k < length; k++) bytes[k] = block[at++]!;
    this.#at = at;
    this.length = length;
    this.shared = shared;
    return true;
  }

  /** Where in the block the next entry starts. */
  get at(): number {
    return this.#at;
  }

  recordId(): RecordId {
    return this.bytes.readUIntBE(this.length - RECORD_ID_BYTES, RECORD_ID_BYTES);
  }

  /** A copy of the entry's key. From Node's pool of memory, which makes it far cheaper than a new array. */
  key(): Uint8Array {
    const keyBytes = this.length - RECORD_ID_BYTES;
    const key = Buffer.allocUnsafe(keyBytes);
    const { bytes } = this;
    for (let k = 0; k < keyBytes; k++) key[k] = bytes[k]!;
    return key;
  }

  /** Memcmp of the current entry with other bytes. */
  compare(other: Uint8Array): number {
    const { bytes, length } = this;
    const common = length < other.length ? length : other.length;
    for (let k = 0; k < common; k++) {
      const difference = bytes[k]! - other[k]!;
      if (difference !== 0) return difference;
    }
    return length - other.length;
  }
}

function longVarint(block: Uint8Array, start: number): [value: number, at: number] {
  let at = start;
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

/** Takes a full block; its bytes are valid until it returns. */
type EmitBlock = (separator: Uint8Array, block: Uint8Array) => void;

/** Writes ascending entries as blocks; `emit` gets each full block and its separator. */
export class BlockWriter {
  #emit: EmitBlock = () => undefined;
  #bytesMax = BLOCK_BYTES_MAX;
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES_MAX * 2);
  #length = 0;
  #separator: Uint8Array = new Uint8Array(0);
  #last: Buffer = Buffer.allocUnsafeSlow(512);
  #lastLength = 0;

  /** Starts a run of blocks, the first of which has the given separator. */
  open(firstSeparator: Uint8Array, bytesMax: number, emit: EmitBlock): void {
    this.#separator = firstSeparator;
    this.#emit = emit;
    this.#bytesMax = bytesMax;
    this.#length = 0;
    this.#lastLength = 0;
  }

  /** The entry is `bytes` from `start` to `end`; it must be above the one before. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const last = this.#last;
    const lastLength = this.#lastLength;
    let shared = 0;
    while (shared < lastLength && last[shared] === bytes[start + shared]) shared += 1;
    if (
      this.#length + 10 + length - shared > this.#bytesMax &&
      this.#length > 0 &&
      this.#cut(bytes, start, end, shared)
    ) {
      shared = 0;
    }
    this.#append(bytes, start, end, shared);
  }

  /** Emits what is left. */
  finish(): void {
    if (this.#length > 0) this.#emit(this.#separator, this.#block.subarray(0, this.#length));
    this.#length = 0;
  }

  #cut(bytes: Uint8Array, start: number, end: number, shared: number): boolean {
    if (shared >= SEPARATOR_BYTES_MAX) return false;
    this.#emit(this.#separator, this.#block.subarray(0, this.#length));
    this.#separator = copyBytes(bytes, start, Math.min(end, start + shared + 1));
    this.#length = 0;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number, shared: number): void {
    const rest = end - start - shared;
    if (this.#length + rest + 10 > this.#block.length) {
      const larger = Buffer.allocUnsafeSlow((this.#length + rest + 10) * 2);
      this.#block.copy(larger, 0, 0, this.#length);
      this.#block = larger;
    }
    this.#varint(shared);
    this.#varint(rest);
    const block = this.#block;
    let at = this.#length;
    for (let k = start + shared; k < end; k++) block[at++] = bytes[k]!;
    this.#length = at;
    this.#remember(bytes, start, end, shared);
  }

  #remember(bytes: Uint8Array, start: number, end: number, shared: number): void {
    const length = end - start;
    let from = shared;
    if (length > this.#last.length) {
      this.#last = Buffer.allocUnsafeSlow(length * 2);
      from = 0;
    }
    const last = this.#last;
    for (let k = from; k < length; k++) last[k] = bytes[start + k]!;
    this.#lastLength = length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#block[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#block[this.#length++] = rest;
  }
}

/** Reads one index out of a view. */
export class IndexBlocks {
  readonly table: Table;
  readonly index: number;
  readonly view: View;
  readonly #check: () => void;
  readonly #prefix: Buffer;
  readonly #end: Buffer;

  /** `check` throws when the view has ended; it is asked before every read. */
  constructor(environment: Environment, index: number, view: View, check: () => void = () => undefined) {
    this.#check = check;
    this.table = environment.table('indexes');
    this.index = index;
    this.view = view;
    this.#prefix = blockKey(index, new Uint8Array(0));
    this.#end = blockKey(index + 1, new Uint8Array(0));
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
  find(key: Uint8Array, start = this.blockAt(key)): RecordId | undefined {
    let block = start;
    // An entry is above its bare key, so it may be the first one of the next block.
    while (block !== undefined) {
      const found = findInBlock(block.value, key);
      if (found !== ABOVE_ALL) return found;
      const above = Buffer.concat([block.key, Buffer.of(0)]);
      block = this.table.range({ start: above, end: this.#end, limit: 1 }, this.view)[0];
    }
    return undefined;
  }

  /** Entries from `from` (inclusive) to `to` (exclusive), upwards. The cursor given to each step is reused. */
  *ascending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
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

  /** The same entries downwards. */
  *descending(from: Uint8Array, to: Uint8Array | null): IterableIterator<BlockCursor> {
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

const ABOVE_ALL = Symbol('above all entries of the block');

/**
 * Looks for a key without putting entries together: as long as an entry shares more bytes with the one before than that
 * one shares with the key, it stays on the same side of it.
 */
function findInBlock(block: Buffer, key: Uint8Array): RecordId | undefined | typeof ABOVE_ALL {
  const keyBytes = key.length;
  let at = 0;
  /** How many bytes the entry before (which is below the key) shares with the key. */
  let matched = 0;
  while (at < block.length) {
    let shared = block[at++]!;
    if (shared > 0x7f) [shared, at] = longVarint(block, at - 1);
    let rest = block[at++]!;
    if (rest > 0x7f) [rest, at] = longVarint(block, at - 1);
    const end = at + rest;
    if (shared < matched) return undefined;
    if (shared === matched) {
      while (at < end && matched < keyBytes && block[at] === key[matched]) {
        at += 1;
        matched += 1;
      }
      if (matched === keyBytes) {
        return shared + rest === keyBytes + RECORD_ID_BYTES
          ? block.readUIntBE(end - RECORD_ID_BYTES, RECORD_ID_BYTES)
          : undefined;
      }
      if (at < end && block[at]! > key[matched]!) return undefined;
    }
    at = end;
  }
  return ABOVE_ALL;
}

/** Front coding only reads upwards: a block is read once, and its entries are given back in reverse. */
function* entriesDownwards(block: Buffer): IterableIterator<BlockCursor> {
  const reader = new BlockCursor();
  reader.open(block);
  const entries: Buffer[] = [];
  while (reader.next()) entries.push(Buffer.from(reader.bytes.subarray(0, reader.length)));
  for (let k = entries.length - 1; k >= 0; k--) {
    reader.bytes = entries[k]!;
    reader.length = reader.bytes.length;
    yield reader;
  }
}

interface PendingChange {
  readonly entry: Buffer;
  readonly add: boolean;
  /** Where it belongs, if a look-up since the last flush has shown it. */
  readonly block?: Entry | undefined;
}

/** Reads and changes one index within a write transaction; changes are collected and written in key order by `flush`. */
export class IndexWriter {
  readonly #environment: Environment;
  readonly #blocks: IndexBlocks;
  readonly #unique: boolean;
  #pending: PendingChange[] = [];
  /** For unique indexes: what pending changes say about a key: the record id that has it, or null for none. */
  readonly #pendingOwners = new Map<string, RecordId | null>();
  /** The last key that was looked for and not found, and the block where it would be: it is often added next. */
  #absentKey: Uint8Array | undefined;
  #absentBlock: Entry | undefined;

  constructor(environment: Environment, index: number, unique: boolean) {
    this.#environment = environment;
    this.#blocks = new IndexBlocks(environment, index, undefined);
    this.#unique = unique;
  }

  /** The record id that has exactly this key; only for unique indexes. */
  owner(key: Uint8Array): RecordId | undefined {
    const pending = this.#pendingOwners.get(latin1(key));
    if (pending !== undefined) return pending ?? undefined;
    const block = this.#blocks.blockAt(key);
    const owner = this.#blocks.find(key, block);
    if (owner === undefined) {
      this.#absentKey = key;
      this.#absentBlock = block;
    }
    return owner;
  }

  add(key: Uint8Array, recordId: RecordId): void {
    if (this.#unique) this.#pendingOwners.set(latin1(key), recordId);
    const block = this.#absentKey === key ? this.#absentBlock : undefined;
    this.#push({ entry: entryOf(key, recordId), add: true, block });
  }

  remove(key: Uint8Array, recordId: RecordId): void {
    if (this.#unique) this.#pendingOwners.set(latin1(key), null);
    this.#push({ entry: entryOf(key, recordId), add: false });
  }

  /** The index with all changes in it. */
  blocks(): IndexBlocks {
    this.flush();
    return this.#blocks;
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingOwners.clear();
    this.#absentKey = undefined;
    this.#absentBlock = undefined;
    // Stable, so that of several changes of one entry the last one is last.
    if (pending.length > 1) pending.sort((a, b) => Buffer.compare(a.entry, b.entry));
    const changes: PendingChange[] = [];
    for (const change of pending) {
      const last = changes[changes.length - 1];
      if (last?.entry.equals(change.entry)) changes[changes.length - 1] = change;
      else changes.push(change);
    }
    let at = 0;
    let block = this.#blockOf(changes[0]!);
    while (at < changes.length) {
      const [end, next] = this.#blockChanges(changes, at, block);
      this.#mergeBlock(changes, at, end, block);
      at = end;
      block = next;
    }
  }

  /** How far the changes from `at` on fall into the block, and the block of the change behind them. */
  #blockChanges(
    changes: readonly PendingChange[],
    at: number,
    block: Entry | undefined,
  ): [end: number, next: Entry | undefined] {
    // No block at all: everything goes into the first ones.
    if (block === undefined) return [changes.length, undefined];
    let inside = at;
    let outside = changes.length;
    let next: Entry | undefined;
    for (let step = 1; inside + 1 < outside; step *= 4) {
      const probe = Math.min(inside + step, outside - 1);
      const there = this.#blockOf(changes[probe]!);
      if (there?.key.equals(block.key)) inside = probe;
      else {
        outside = probe;
        next = there;
        step = 0.25;
      }
    }
    return [outside, next];
  }

  #blockOf(change: PendingChange): Entry | undefined {
    return change.block ?? this.#blocks.blockAt(change.entry);
  }

  #push(change: PendingChange): void {
    this.#pending.push(change);
    if (this.#pending.length >= PENDING_MAX) this.flush();
  }

  /** Applies the changes from `at` to `end`, which fall into one block. */
  #mergeBlock(changes: readonly PendingChange[], at: number, end: number, block: Entry | undefined): void {
    const table = this.#environment.table('indexes');
    const { index } = this.#blocks;
    if (block !== undefined && end - at <= SPLICES_MAX) {
      let spliced: Buffer | null = block.value;
      for (let k = at; k < end && spliced !== null; k++) spliced = spliceBlock(spliced, changes[k]!);
      if (spliced !== null) {
        if (spliced !== block.value) table.put(block.key, spliced);
        return;
      }
    }
    // Below the first separator (its block was emptied once): the first block takes it and starts lower from now on.
    const isBelow = block === undefined || compareBytes(block.key.subarray(4), changes[at]!.entry) > 0;
    const firstKey = isBelow ? blockKey(index, new Uint8Array(0)) : block.key;
    const total = (block?.value.length ?? 0) + (end - at) * 16;
    // A block that must be split is split in the middle, unless entries only come at its end (rising ids and dates).
    const isFull = total <= BLOCK_BYTES_MAX || block === undefined || appendsOnly(block.value, changes[at]!.entry);
    let isFirst = true;
    const writer = mergeWriter;
    writer.open(firstKey.subarray(4), isFull ? BLOCK_BYTES_MAX : SPLIT_BYTES, (separator, bytes) => {
      table.put(isFirst ? firstKey : blockKey(index, separator), bytes);
      isFirst = false;
    });
    const cursor = mergeCursor;
    cursor.open(block?.value ?? new Uint8Array(0));
    let more = cursor.next();
    for (let k = at; k < end; k++) {
      const { entry, add } = changes[k]!;
      let order = 1;
      while (more && (order = cursor.compare(entry)) < 0) {
        writer.add(cursor.bytes, 0, cursor.length);
        more = cursor.next();
      }
      if (more && order === 0) more = cursor.next();
      if (add) writer.add(entry, 0, entry.length);
    }
    while (more) {
      writer.add(cursor.bytes, 0, cursor.length);
      more = cursor.next();
    }
    writer.finish();
    if (block !== undefined && (isFirst || isBelow) && !(isBelow && block.key.length === 4)) table.remove(block.key);
  }
}

/** So many changes of one block are made one by one; more of them are merged in one pass over all of its entries. */
const SPLICES_MAX = 8;
/** Two, because the result of one splice is the source of the next. */
const spliceBuffers = [Buffer.allocUnsafeSlow(BLOCK_BYTES_MAX + 1024), Buffer.allocUnsafeSlow(BLOCK_BYTES_MAX + 1024)];

/**
 * The block with one entry more or less; only that entry and the one behind it are written anew, all others are copied
 * as they are. The block itself when nothing changes; null when it takes a full merge (the block is too full, becomes
 * empty, or the entry lies below its separator). The result is valid until the next but one call.
 */
function spliceBlock(block: Buffer, { entry, add }: PendingChange): Buffer | null {
  const entryBytes = entry.length;
  if (block.length + entryBytes + 16 > BLOCK_BYTES_MAX) return null;
  let at = 0;
  /** How many bytes the entry before the place (which is below `entry`) shares with it. */
  let matched = 0;
  while (at < block.length) {
    const start = at;
    let shared = block[at++]!;
    if (shared > 0x7f) [shared, at] = longVarint(block, at - 1);
    let rest = block[at++]!;
    if (rest > 0x7f) [rest, at] = longVarint(block, at - 1);
    const end = at + rest;
    if (shared > matched) {
      at = end;
      continue;
    }
    if (shared < matched) return add ? splice(block, start, start, entry, matched, null) : block;
    let common = matched;
    while (at < end && common < entryBytes && block[at] === entry[common]) {
      at += 1;
      common += 1;
    }
    if (at === end && common === entryBytes) return add ? block : withoutEntry(block, start, end, entry, shared);
    if (common === entryBytes || (at < end && block[at]! > entry[common]!)) {
      if (!add) return block;
      if (start === 0) return null;
      return splice(block, start, end, entry, matched, { shared: common, head: EMPTY, tail: block.subarray(at, end) });
    }
    matched = common;
    at = end;
  }
  return add ? splice(block, at, at, entry, matched, null) : block;
}

function withoutEntry(block: Buffer, start: number, end: number, entry: Buffer, shared: number): Buffer | null {
  if (end === block.length) return start === 0 ? null : splice(block, start, end, null, 0, null);
  let at = end;
  let nextShared = block[at++]!;
  if (nextShared > 0x7f) [nextShared, at] = longVarint(block, at - 1);
  let nextRest = block[at++]!;
  if (nextRest > 0x7f) [nextRest, at] = longVarint(block, at - 1);
  const nextEnd = at + nextRest;
  if (nextShared <= shared) return splice(block, start, end, null, 0, null);
  // What the next entry shared with the removed one only, it has to bring itself from now on.
  const head = entry.subarray(shared, nextShared);
  return splice(block, start, nextEnd, null, 0, { shared, head, tail: block.subarray(at, nextEnd) });
}

const EMPTY = Buffer.alloc(0);

/** The block with the bytes from `start` to `end` replaced by an entry and by another one written anew. */
function splice(
  block: Buffer,
  start: number,
  end: number,
  entry: Buffer | null,
  entryShared: number,
  next: { shared: number; head: Buffer; tail: Buffer } | null,
): Buffer {
  const out = block.buffer === spliceBuffers[0]!.buffer ? spliceBuffers[1]! : spliceBuffers[0]!;
  block.copy(out, 0, 0, start);
  let at = start;
  if (entry !== null) {
    at = putVarint(out, at, entryShared);
    at = putVarint(out, at, entry.length - entryShared);
    at += entry.copy(out, at, entryShared);
  }
  if (next !== null) {
    at = putVarint(out, at, next.shared);
    at = putVarint(out, at, next.head.length + next.tail.length);
    at += next.head.copy(out, at);
    at += next.tail.copy(out, at);
  }
  at += block.copy(out, at, end);
  return out.subarray(0, at);
}

function putVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

const SPLIT_BYTES = BLOCK_BYTES_MAX / 2 + 64;
/** Merging is synchronous and one at a time: its buffers are shared. */
const mergeCursor = new BlockCursor();
const mergeWriter = new BlockWriter();

function appendsOnly(block: Uint8Array, entry: Uint8Array): boolean {
  const cursor = new BlockCursor();
  cursor.open(block);
  while (cursor.next());
  return cursor.compare(entry) < 0;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
