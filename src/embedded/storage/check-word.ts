/**
 * The check word of a stored value: 32 bits over its key and its bytes. Every step is a bijection of the state, so a
 * change within one aligned word, a flipped bit above all, never goes unseen; other changes do once in 4 billion.
 * Written in JavaScript because a call of zlib's crc32 costs twice as much for the few kilobytes of a block.
 */
export const CHECK_BYTES = 4;

const PRIME_A = 0x2c1b3c6d;
const PRIME_B = 0x297a2d39;

let wordsBuffer: ArrayBufferLike = new ArrayBuffer(0);
let words: Int32Array = new Int32Array(wordsBuffer);

/** Of the first `length` of `bytes`; these may lie anywhere, but are read faster where they start at a multiple of four. */
export function checkWord(key: Uint8Array, bytes: Uint8Array, length: number): number {
  let a = length | 0;
  let b = PRIME_A;
  for (let k = 0; k < key.length; k++) a = Math.imul(a ^ key[k]!, PRIME_A) ^ (a >>> 15);
  let done = 0;
  if ((bytes.byteOffset & 3) === 0) {
    if (bytes.buffer !== wordsBuffer) {
      wordsBuffer = bytes.buffer;
      words = new Int32Array(wordsBuffer, 0, wordsBuffer.byteLength >>> 2);
    }
    const from = bytes.byteOffset >>> 2;
    const end = from + ((length >>> 4) << 2);
    const source = words;
    for (let k = from; k < end; k += 4) {
      a = (Math.imul(a ^ source[k]!, PRIME_A) + source[k + 1]!) | 0;
      b = (Math.imul(b ^ source[k + 2]!, PRIME_B) + source[k + 3]!) | 0;
    }
    done = (end - from) << 2;
  } else {
    for (const end = length & ~15; done < end; done += 16) {
      a = (Math.imul(a ^ wordAt(bytes, done), PRIME_A) + wordAt(bytes, done + 4)) | 0;
      b = (Math.imul(b ^ wordAt(bytes, done + 8), PRIME_B) + wordAt(bytes, done + 12)) | 0;
    }
  }
  for (; done < length; done++) a = (Math.imul(a, PRIME_A) + bytes[done]!) | 0;
  a = Math.imul(a ^ (a >>> 16), PRIME_B);
  b = Math.imul(b ^ (b >>> 16), PRIME_A);
  return a ^ (a >>> 15) ^ b ^ (b >>> 13);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
