/**
 * Random streams: one for each part of the data set, derived from the seed and the part's name, so that a change in one
 * part leaves the draws of all others where they were. Only whole-number operations and exact double arithmetic are used
 * here and by the callers: a logarithm or a sine may differ in its last bit between engines.
 */

import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';

const TWO_TO_MINUS_32 = 1 / 4294967296;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');

export class RandomStream {
  readonly #generator: JumpableRandomGenerator;
  readonly #uuid = Buffer.alloc(36, '-', 'latin1');

  constructor(seed: number, part: string) {
    const name = `${seed}/${part}`;
    this.#generator = xoroshiro128plusFromState([hash(name, 1), hash(name, 2), hash(name, 3), hash(name, 4) | 1]);
  }

  /** Evenly from 0 to below 1, in steps of 2⁻³². */
  unit(): number {
    return (this.#generator.next() >>> 0) * TWO_TO_MINUS_32;
  }

  /** A whole number, evenly from 0 to below `bound` (at most 2³²). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** A whole number, evenly from `least` to `greatest`, both included. */
  between(least: number, greatest: number): number {
    return least + this.below(greatest - least + 1);
  }

  chance(percent: number): boolean {
    return this.unit() * 100 < percent;
  }

  /** A UUID of version 4 whose random bits come from this stream. */
  uuid(): string {
    const uuid = this.#uuid;
    const hex = HEX_DIGITS;
    // Written digit by digit into one buffer: this makes a flat string, five times faster than joining pieces.
    let bits = this.#generator.next();
    for (let at = 0; at < 8; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    bits = this.#generator.next();
    for (let at = 9; at < 13; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    uuid[14] = 52; // '4', the version
    for (let at = 15; at < 18; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    bits = this.#generator.next();
    uuid[19] = hex[8 | (bits & 3)]!; // the variant of RFC 9562
    bits >>>= 4;
    for (let at = 20; at < 23; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    for (let at = 24; at < 28; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    bits = this.#generator.next();
    for (let at = 28; at < 36; at++, bits >>>= 4) uuid[at] = hex[bits & 15]!;
    return uuid.toString('latin1');
  }
}

/** 32 bits from a text: FNV-1a, then the finalizer of MurmurHash3. Also the hash of the lexical embeddings. */
export function hash(text: string, salt: number): number {
  let bits = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits ^= bits >>> 16;
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}
