/** The values of one column, each kept once as its BSON bytes: type and value, exactly as they are in the documents. */
import { decodeValue } from '../bson/codec.ts';
import type { BsonValue } from '../bson/values.ts';
import { Codebook, MISSING } from './codebook.ts';

/** A longer value makes its column unfit. */
export const VALUE_BYTES_MAX = 512;
/** More different values make their column unfit. */
export const VALUES_MAX = 1 << 22;
const POOL_BYTES_MAX = 1 << 28;

interface SlicingPrototype {
  utf8Slice(start: number, end: number): string;
}
const { utf8Slice } = Buffer.prototype as unknown as SlicingPrototype;
/** Decoded values are kept up to this many: beyond it, decoding again costs less than the memory. */
const KEPT_VALUES_MAX = 20_000;
const KEPT_VALUE_BYTES = 48;

export class Dictionary extends Codebook {
  size = 1;
  hasSymbols = false;
  #pool = Buffer.alloc(1024);
  #starts = new Uint32Array(64);
  #types = new Uint8Array(64);
  /** Codes by hash, open addressing; 0 is free, for MISSING is never looked up. */
  #slots = new Int32Array(256);
  readonly #kept: (BsonValue | undefined)[] = [];

  constructor() {
    super();
    // MISSING has no bytes: the first value starts at 0.
    this.#starts[0] = 0;
    this.#starts[1] = 0;
  }

  get bytes(): number {
    return (
      this.#pool.length +
      this.#starts.length * 5 +
      this.#slots.length * 4 +
      this.#kept.length * KEPT_VALUE_BYTES +
      this.tableBytes
    );
  }

  /** The code of the value at `at` (its bytes end at `end`); −1 where it does not fit. */
  codeOf(raw: Uint8Array, type: number, at: number, end: number): number {
    let hash = type;
    for (let k = at; k < end; k++) hash = (hash * 31 + raw[k]!) | 0;
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 12;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - at;
    let slot = hash & mask;
    for (let code = slots[slot]!; code !== 0; code = slots[slot]!) {
      if (this.#types[code] === type) {
        const start = this.#starts[code]!;
        if (this.#starts[code + 1]! - start === length) {
          const pool = this.#pool;
          let k = 0;
          while (k < length && pool[start + k] === raw[at + k]) k += 1;
          if (k === length) return code;
        }
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(raw, type, at, end, slot);
  }

  value(code: number): BsonValue | undefined {
    if (code === MISSING) return undefined;
    const kept = this.#kept[code];
    if (kept !== undefined) return kept;
    const type = this.#types[code]!;
    const start = this.#starts[code]!;
    switch (type) {
      case 0x02:
        return this.#keep(code, utf8Slice.call(this.#pool, start + 4, this.#starts[code + 1]! - 1));
      case 0x01:
      case 0x08:
      case 0x0a:
      case 0x10:
        return this.#keep(code, decodeValue(this.#pool, type, start));
      default:
        // Out of bytes of its own: a value of many parts may keep hold of what it was read from.
        return decodeValue(Uint8Array.prototype.slice.call(this.#pool, start, this.#starts[code + 1]!), type, 0);
    }
  }

  type(code: number): number {
    return this.#types[code]!;
  }

  /** How a string (type 0x02) compares with UTF-8 bytes. */
  compareText(code: number, bytes: Uint8Array): number {
    const pool = this.#pool;
    const start = this.#starts[code]! + 4;
    const length = this.#starts[code + 1]! - 1 - start;
    const common = Math.min(length, bytes.length);
    for (let k = 0; k < common; k++) {
      const difference = pool[start + k]! - bytes[k]!;
      if (difference !== 0) return difference;
    }
    return length - bytes.length;
  }

  #keep(code: number, value: BsonValue): BsonValue {
    if (code < KEPT_VALUES_MAX) this.#kept[code] = value;
    return value;
  }

  #add(raw: Uint8Array, type: number, at: number, end: number, slot: number): number {
    const code = this.size;
    const length = end - at;
    const start = this.#starts[code]!;
    if (length > VALUE_BYTES_MAX || code >= VALUES_MAX || start + length > POOL_BYTES_MAX) return -1;
    if (start + length > this.#pool.length) {
      const pool = Buffer.alloc(Math.max(this.#pool.length * 1.5, start + length) + 1024);
      pool.set(this.#pool.subarray(0, start));
      this.#pool = pool;
    }
    if (code + 2 > this.#starts.length) {
      const room = this.#starts.length + (this.#starts.length >> 1);
      const starts = new Uint32Array(room);
      const types = new Uint8Array(room);
      starts.set(this.#starts);
      types.set(this.#types);
      this.#starts = starts;
      this.#types = types;
    }
    for (let k = 0; k < length; k++) this.#pool[start + k] = raw[at + k]!;
    this.#types[code] = type;
    if (type === 0x0e) this.hasSymbols = true;
    this.#starts[code + 1] = start + length;
    this.#slots[slot] = code;
    this.size = code + 1;
    if (this.size * 2 > this.#slots.length) this.#widen();
    return code;
  }

  #widen(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const pool = this.#pool;
    for (let code = 1; code < this.size; code++) {
      let hash = this.#types[code]!;
      for (let k = this.#starts[code]!; k < this.#starts[code + 1]!; k++) hash = (hash * 31 + pool[k]!) | 0;
      hash ^= hash >>> 15;
      hash = Math.imul(hash, 0x2c1b3c6d);
      hash ^= hash >>> 12;
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code;
    }
    this.#slots = slots;
  }
}
