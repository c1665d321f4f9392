import { compareBytes } from '../bson/compare.ts';
import { RECORD_ID_BYTES, recordIdAt } from './block-entries.ts';
import { type KeyArena, sortKeys } from './sort-keys.ts';
import type { RecordId } from './storage.ts';

const BYTES_FIRST = 1024;
const COUNT_FIRST = 16;
/** Buffers above this are not kept for the next write. */
const BYTES_KEPT_MAX = 256 * 1024;

/** Changes of one index that wait to be written, one after the other in one buffer, so that many cost few objects. */
export class PendingChanges implements KeyArena {
  /** Entries: key, then record id. */
  bytes: Buffer = Buffer.allocUnsafeSlow(BYTES_FIRST);
  offsets: Uint32Array = new Uint32Array(COUNT_FIRST + 1);
  /** 1: added, 0: removed. */
  added: Uint8Array = new Uint8Array(COUNT_FIRST);
  count = 0;
  /** For unique indexes: by hash of the key, the place (from 1) of the last change with that key; open addressing. */
  #places: Int32Array | null;

  constructor(isUnique: boolean) {
    this.#places = isUnique ? new Int32Array(COUNT_FIRST * 2) : null;
  }

  push(key: Uint8Array, recordId: RecordId, isAdded: boolean): void {
    const { count } = this;
    const keyBytes = key.length;
    const start = this.offsets[count]!;
    const end = start + keyBytes + RECORD_ID_BYTES;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(end * 2);
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    const { bytes } = this;
    for (let k = 0; k < keyBytes; k++) bytes[start + k] = key[k]!;
    bytes.writeUIntBE(recordId, end - RECORD_ID_BYTES, RECORD_ID_BYTES);
    if (count === this.added.length) this.#grow();
    this.added[count] = isAdded ? 1 : 0;
    this.offsets[count + 1] = end;
    this.count = count + 1;
    if (this.#places !== null) this.#places[this.#slotOf(this.#places, key, 0, keyBytes)] = count + 1;
  }

  /** The same with a whole entry; not for unique indexes. */
  pushEntry(bytes: Uint8Array, from: number, to: number, isAdded: boolean): void {
    const { count } = this;
    const start = this.offsets[count]!;
    const end = start + to - from;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(end * 2);
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    for (let k = from; k < to; k++) this.bytes[start + k - from] = bytes[k]!;
    if (count === this.added.length) this.#grow();
    this.added[count] = isAdded ? 1 : 0;
    this.offsets[count + 1] = end;
    this.count = count + 1;
  }

  /** What the changes of a unique index say about a key: the record that has it, null for none, undefined for nothing. */
  owner(key: Uint8Array): RecordId | null | undefined {
    if (this.count === 0) return undefined;
    const places = this.#places!;
    const place = places[this.#slotOf(places, key, 0, key.length)]! - 1;
    if (place < 0) return undefined;
    return this.added[place] === 1 ? recordIdAt(this.bytes, this.offsets[place + 1]! - RECORD_ID_BYTES) : null;
  }

  /** The places of the changes by entry; of several changes of one entry only the last one. */
  sorted(): Uint32Array {
    if (this.count === 1) return Uint32Array.of(0);
    const order = sortKeys(this);
    const { bytes, offsets } = this;
    let kept = 0;
    for (let k = 0; k < order.length; k++) {
      const place = order[k]!;
      if (kept > 0) {
        const last = order[kept - 1]!;
        const isSame =
          offsets[place + 1]! - offsets[place]! === offsets[last + 1]! - offsets[last]! &&
          compareBytes(
            bytes.subarray(offsets[place]!, offsets[place + 1]!),
            bytes.subarray(offsets[last]!, offsets[last + 1]!),
          ) === 0;
        if (isSame) kept -= 1;
      }
      order[kept++] = place;
    }
    return order.subarray(0, kept);
  }

  clear(): void {
    this.count = 0;
    if (this.bytes.length > BYTES_KEPT_MAX) {
      this.bytes = Buffer.allocUnsafeSlow(BYTES_FIRST);
      this.offsets = new Uint32Array(COUNT_FIRST + 1);
      this.added = new Uint8Array(COUNT_FIRST);
      if (this.#places !== null) this.#places = new Int32Array(COUNT_FIRST * 2);
    } else this.#places?.fill(0);
  }

  #grow(): void {
    const size = this.added.length * 2;
    const offsets = new Uint32Array(size + 1);
    offsets.set(this.offsets);
    this.offsets = offsets;
    const added = new Uint8Array(size);
    added.set(this.added);
    this.added = added;
    if (this.#places === null) return;
    const places = new Int32Array(size * 2);
    for (let k = 0; k < this.count; k++) {
      const slot = this.#slotOf(places, this.bytes, this.offsets[k]!, this.offsets[k + 1]! - RECORD_ID_BYTES);
      places[slot] = k + 1;
    }
    this.#places = places;
  }

  /** The slot of the key, or the empty one where it belongs. */
  #slotOf(places: Int32Array, key: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let k = start; k < end; k++) hash = (Math.imul(hash, 31) + key[k]!) | 0;
    const mask = places.length - 1;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & mask;
    while (places[slot] !== 0 && !this.#hasKey(places[slot]! - 1, key, start, end)) slot = (slot + 1) & mask;
    return slot;
  }

  #hasKey(place: number, key: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[place]!;
    if (this.offsets[place + 1]! - RECORD_ID_BYTES - from !== end - start) return false;
    const { bytes } = this;
    for (let k = start; k < end; k++) if (bytes[from + k - start] !== key[k]) return false;
    return true;
  }
}
