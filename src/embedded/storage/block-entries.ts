/**
 * Blocks of sorted index entries. An entry is an encoded key followed by its record id (6 bytes, big-endian); many entries
 * share one LMDB value, each written as the bytes in which it differs from the one before. A posting of a key that
 * hundreds of thousands of documents share costs three or four bytes.
 *
 * Block: repeated (varint bytes shared with the entry before, varint rest, rest). Its LMDB key is the index number and a
 * separator: above every entry of the block before, at or below every entry of this one. The first one is empty.
 * A key may be longer than LMDB's limit, because only separators are LMDB keys; where no short separator exists
 * between two entries, they stay in one block, however large.
 */
import { copyBytes } from '../bson/elements.ts';
import { TABLE_KEY_BYTES_MAX } from './environment.ts';
import type { RecordId } from './storage.ts';

export const RECORD_ID_BYTES = 6;
/** One overflow page of LMDB less its head and the check word: a larger block would cost two. */
export const BLOCK_BYTES_MAX = 4068;
export const SEPARATOR_BYTES_MAX = TABLE_KEY_BYTES_MAX - 4;

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
    return recordIdAt(this.bytes, this.length - RECORD_ID_BYTES);
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

/** Six bytes, big-endian. */
export function recordIdAt(bytes: Uint8Array, at: number): RecordId {
  const high = (bytes[at]! << 8) | bytes[at + 1]!;
  const low = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  return high * 0x1_0000_0000 + (low >>> 0);
}

export function longVarint(block: Uint8Array, start: number): [value: number, at: number] {
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

export const ABOVE_ALL = Symbol('above all entries of the block');

/**
 * Looks for a key without putting entries together: as long as an entry shares more bytes with the one before than that
 * one shares with the key, it stays on the same side of it.
 */
export function findInBlock(block: Uint8Array, key: Uint8Array): RecordId | undefined | typeof ABOVE_ALL {
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
        return shared + rest === keyBytes + RECORD_ID_BYTES ? recordIdAt(block, end - RECORD_ID_BYTES) : undefined;
      }
      if (at < end && block[at]! > key[matched]!) return undefined;
    }
    at = end;
  }
  return ABOVE_ALL;
}

/** Front coding only reads upwards: a block is read once, and its entries are given back in reverse. */
export function* entriesDownwards(block: Buffer): IterableIterator<BlockCursor> {
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
