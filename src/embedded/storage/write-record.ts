/**
 * What one commit does to the tables, as bytes for the journal: each value that it puts and each key that it removes, in
 * order. Doing it again changes nothing, so a commit that reached the data file may be repeated after a crash.
 *
 * Head: magic, number of the commit (uint32 low, uint32 high), bytes of the body, check word (4 bytes each). Body, per
 * change: table (the highest bit set where the key is removed), bytes of the key (uint16), bytes of the value (uint32),
 * key, value. Little-endian. The check word covers the salt of the directory, the number and the body: what another
 * database left, or what a document only pretends, is no record.
 */
import { checkWord } from './check-word.ts';

export const HEAD_BYTES = 24;
const MAGIC = 0x4c4a_565a;
const CHANGE_HEAD_BYTES = 7;
const REMOVED = 0x80;
/** A larger commit goes to the data file at once: writing it twice would cost more than a second flush. */
const RECORD_BYTES_MAX = 1024 * 1024;
const BYTES_START = 64 * 1024;
const UINT32 = 2 ** 32;

/** The place for the record of the commit under way. */
export class WriteRecord {
  #bytes = Buffer.allocUnsafeSlow(BYTES_START);
  #length = HEAD_BYTES;
  #isTooLarge = false;

  clear(): void {
    this.#length = HEAD_BYTES;
    this.#isTooLarge = false;
  }

  get isEmpty(): boolean {
    return this.#length === HEAD_BYTES && !this.#isTooLarge;
  }

  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  put(table: number, key: Uint8Array, value: Uint8Array): void {
    this.#add(table, key, value);
  }

  remove(table: number, key: Uint8Array): void {
    this.#add(table | REMOVED, key, NO_BYTES);
  }

  /** The whole record; valid until the next change. */
  seal(salt: number, number: number): Buffer {
    const bytes = this.#bytes;
    const bodyBytes = this.#length - HEAD_BYTES;
    bytes.writeUInt32LE(MAGIC, 0);
    bytes.writeUInt32LE(number % UINT32, 4);
    bytes.writeUInt32LE(Math.floor(number / UINT32), 8);
    bytes.writeUInt32LE(bodyBytes, 12);
    bytes.writeUInt32LE(salt, 16);
    bytes.writeInt32LE(checkOf(bytes, bodyBytes), 20);
    return bytes.subarray(0, this.#length);
  }

  #add(kind: number, key: Uint8Array, value: Uint8Array): void {
    if (this.#isTooLarge) return;
    let at = this.#length;
    const end = at + CHANGE_HEAD_BYTES + key.length + value.length;
    if (end > RECORD_BYTES_MAX) {
      this.#isTooLarge = true;
      return;
    }
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    bytes[at] = kind;
    at = bytes.writeUInt16LE(key.length, at + 1);
    at = bytes.writeUInt32LE(value.length, at);
    bytes.set(key, at);
    bytes.set(value, at + key.length);
    this.#length = end;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

const NO_BYTES = new Uint8Array(0);

/** A record that was read back. */
export interface FoundRecord {
  readonly number: number;
  readonly bytes: number;
  readonly body: Buffer;
}

/** The record that begins here; null where there is none, or half of one. */
export function recordAt(file: Buffer, at: number, salt: number): FoundRecord | null {
  if (at + HEAD_BYTES > file.length || file.readUInt32LE(at) !== MAGIC || file.readUInt32LE(at + 16) !== salt) {
    return null;
  }
  const bodyBytes = file.readUInt32LE(at + 12);
  const bytes = HEAD_BYTES + bodyBytes;
  if (at + bytes > file.length) return null;
  if (checkOf(file.subarray(at, at + bytes), bodyBytes) !== file.readInt32LE(at + 20)) return null;
  const number = file.readUInt32LE(at + 4) + file.readUInt32LE(at + 8) * UINT32;
  return { number, bytes, body: file.subarray(at + HEAD_BYTES, at + bytes) };
}

export interface TableChange {
  readonly table: number;
  readonly key: Buffer;
  /** Null: the key is removed. */
  readonly value: Buffer | null;
}

export function* changesOf(body: Buffer): IterableIterator<TableChange> {
  let at = 0;
  while (at < body.length) {
    const kind = body[at]!;
    const keyEnd = at + CHANGE_HEAD_BYTES + body.readUInt16LE(at + 1);
    const end = keyEnd + body.readUInt32LE(at + 3);
    const key = body.subarray(at + CHANGE_HEAD_BYTES, keyEnd);
    yield { table: kind & ~REMOVED, key, value: (kind & REMOVED) === 0 ? body.subarray(keyEnd, end) : null };
    at = end;
  }
}

function checkOf(record: Buffer, bodyBytes: number): number {
  return checkWord(record.subarray(4, 20), record.subarray(HEAD_BYTES), bodyBytes);
}
