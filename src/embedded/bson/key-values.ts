/**
 * Values back out of index keys, where a key tells them exactly: strings, ObjectIds, booleans and dates. Numbers lose their
 * type in a key, and null stands for missing as well: who wants those has to look at the document.
 */
import { type Direction, keyTypes } from './keys.ts';
import { type BsonValue, ObjectId } from './values.ts';

const STRING_END = 0x00;
const ESCAPE = 0x01;
const NUMBER_BYTES = 8;
const BEYOND = 0x02;
const ZERO_BITS = 0x80;

const decoder = new TextDecoder();

/** Reads a key's fields one after the other. */
export class KeyReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(key: Uint8Array) {
    this.#bytes = key;
  }

  /** The next field; undefined where the key does not tell it, or not how to go on behind it (`isLost`). */
  next(direction: Direction): BsonValue | undefined {
    const mask = direction === 1 ? 0x00 : 0xff;
    const bytes = this.#bytes;
    switch (bytes[this.#at++]! ^ mask) {
      case keyTypes.string:
        return this.#text(mask);
      case keyTypes.objectId: {
        const id = new Uint8Array(12);
        for (let k = 0; k < 12; k++) id[k] = bytes[this.#at++]! ^ mask;
        return new ObjectId(id);
      }
      case keyTypes.bool:
        return (bytes[this.#at++]! ^ mask) === 1;
      case keyTypes.date: {
        const high = this.#uint32(mask) ^ 0x80000000;
        return new Date(high * 4294967296 + this.#uint32(mask));
      }
      case keyTypes.null:
      case keyTypes.undefined:
      case keyTypes.minKey:
      case keyTypes.maxKey:
        return undefined;
      case keyTypes.number:
        this.#skipNumber(mask);
        return undefined;
      default:
        this.isLost = true;
        return undefined;
    }
  }

  /** A field was met that this reader cannot pass over. */
  isLost = false;

  #text(mask: number): string {
    const start = this.#at;
    const bytes = this.#bytes;
    const text = new Uint8Array(bytes.length - start);
    let length = 0;
    for (;;) {
      const byte = bytes[this.#at++]! ^ mask;
      if (byte === STRING_END) break;
      text[length++] = byte === ESCAPE ? (bytes[this.#at++]! ^ mask) - 1 : byte;
    }
    return decoder.decode(text.subarray(0, length));
  }

  #uint32(mask: number): number {
    let value = 0;
    for (let k = 0; k < 4; k++) value = value * 256 + (this.#bytes[this.#at++]! ^ mask);
    return value;
  }

  #skipNumber(mask: number): void {
    // Below zero what follows the eight bytes is complemented once more.
    const isNegative = ((this.#bytes[this.#at]! ^ mask) & ZERO_BITS) === 0;
    this.#at += NUMBER_BYTES;
    const exactMask = isNegative ? mask ^ 0xff : mask;
    const marker = this.#bytes[this.#at++]! ^ exactMask;
    if (marker !== BEYOND) return;
    this.#at += 2;
    while ((this.#bytes[this.#at++]! ^ exactMask) !== STRING_END);
  }
}
