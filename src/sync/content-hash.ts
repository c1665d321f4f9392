/**
 * Whether two replicas hold the same: a hash per document, and a checksum per set of documents that takes one in or
 * out without reading the others. Nothing about versions has to be stored, so a document that was written directly in
 * MongoDB can be compared like any other.
 */

/** 16 hexadecimal digits. */
export type ContentHash = string;

/** Buckets that a set of documents is compared by. */
export const BUCKETS = 256;

/**
 * JSON with its keys in order, so that equal documents give equal text. Fields that are undefined are left out; NaN,
 * infinities and anything that JSON does not have must not come here (see documents that can be synced).
 */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const map = value as Record<string, unknown>;
  const parts: string[] = [];
  for (const key of Object.keys(map).sort()) {
    if (map[key] !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalText(map[key])}`);
  }
  return `{${parts.join(',')}}`;
}

export function contentHash(value: unknown): ContentHash {
  const text = canonicalText(value);
  return hex(hash32(text, 0x2545f491)) + hex(hash32(text, 0x9e3779b9));
}

/** Which of the {@link BUCKETS} a document's id belongs to. */
export const bucketOf = (id: string): number => hash32(id, 0) % BUCKETS;

/** The documents of one subscription as numbers that change with each of them; order does not matter. */
export class SetChecksum {
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #counts: Int32Array;

  constructor() {
    this.#low = new Int32Array(BUCKETS);
    this.#high = new Int32Array(BUCKETS);
    this.#counts = new Int32Array(BUCKETS);
  }

  add(id: string, hash: ContentHash): void {
    this.#mix(id, hash, 1);
  }

  remove(id: string, hash: ContentHash): void {
    this.#mix(id, hash, -1);
  }

  /** One text per bucket: `count:hash`; an empty bucket is ''. */
  buckets(): string[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => {
      const count = this.#counts[bucket] as number;
      if (count === 0) return '';
      return `${count.toString(16)}:${hex(this.#high[bucket] as number)}${hex(this.#low[bucket] as number)}`;
    });
  }

  get documents(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  // Sums, not exclusive ors: a document that is counted twice must show.
  #mix(id: string, hash: ContentHash, sign: 1 | -1): void {
    const bucket = bucketOf(id);
    const salted = hash32(id + hash, 0x5bd1e995);
    this.#low[bucket] = (this.#low[bucket] as number) + sign * (Number.parseInt(hash.slice(0, 8), 16) ^ salted);
    this.#high[bucket] = (this.#high[bucket] as number) + sign * (Number.parseInt(hash.slice(8), 16) ^ salted);
    this.#counts[bucket] = (this.#counts[bucket] as number) + sign;
  }
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** MurmurHash3 (x86, 32 bits) over UTF-16 units. Runs alike in Node, browsers and React Native. Source: A. Appleby, public domain. */
function hash32(text: string, seed: number): number {
  let hash = seed | 0;
  const pairs = text.length & ~1;
  for (let at = 0; at < pairs; at += 2) {
    hash = mixed(hash, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  if (pairs < text.length) hash = mixed(hash, text.charCodeAt(pairs));
  hash ^= text.length * 2;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(hash: number, word: number): number {
  let block = Math.imul(word, 0xcc9e2d51);
  block = (block << 15) | (block >>> 17);
  return hash ^ Math.imul(block, 0x1b873593);
}
