/** Sorting many byte strings that lie one after the other in one buffer. */

/** Bytes of entry `k` lie from `offsets[k]` to `offsets[k + 1]`. */
export interface KeyArena {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly count: number;
}

const SMALL = 24;

/**
 * The places of the keys in ascending order; equal keys keep their order. Packs some bytes of each key together with its
 * place into one 64-bit number and lets the runtime's native number sort do the work; ties go on with the bytes behind.
 */
export function sortKeys(arena: KeyArena): Uint32Array {
  const order = new Uint32Array(arena.count);
  for (let k = 0; k < order.length; k++) order[k] = k;
  sortPart(arena, order, 0, order.length, 0);
  return order;
}

function sortPart(arena: KeyArena, order: Uint32Array, from: number, to: number, depth: number): void {
  if (to - from < 2) return;
  if (to - from <= SMALL) {
    insertionSort(arena, order, from, to, depth);
    return;
  }
  const shared = sharedBytes(arena, order, from, to, depth);
  if (shared < 0) return;
  const start = depth + shared;
  const { bytes, offsets } = arena;
  const count = to - from;
  const placeBits = 32 - Math.clz32(count - 1);
  const placeMask = placeBits === 32 ? 0xffffffff : (1 << placeBits) - 1;
  const packed = new BigUint64Array(count);
  const words = new Uint32Array(packed.buffer);
  const copy = order.slice(from, to);
  for (let k = 0; k < count; k++) {
    const entry = copy[k]!;
    const at = offsets[entry]! + start;
    const end = offsets[entry + 1]!;
    words[k * 2 + 1] =
      ((at < end ? bytes[at]! : 0) << 24) |
      ((at + 1 < end ? bytes[at + 1]! : 0) << 16) |
      ((at + 2 < end ? bytes[at + 2]! : 0) << 8) |
      (at + 3 < end ? bytes[at + 3]! : 0);
    const low =
      ((at + 4 < end ? bytes[at + 4]! : 0) << 24) |
      ((at + 5 < end ? bytes[at + 5]! : 0) << 16) |
      ((at + 6 < end ? bytes[at + 6]! : 0) << 8) |
      (at + 7 < end ? bytes[at + 7]! : 0);
    words[k * 2] = (low & ~placeMask) | k;
  }
  packed.sort();
  for (let k = 0; k < count; k++) order[from + k] = copy[words[k * 2]! & placeMask]!;
  // Runs whose packed bytes are equal go on behind the whole bytes that were packed. A short key counts as padded with
  // zeros up to there, so such a run is compared from its start.
  const lowMask = ~placeMask;
  let runStart = 0;
  for (let k = 1; k <= count; k++) {
    if (
      k < count &&
      words[k * 2 + 1] === words[runStart * 2 + 1] &&
      (words[k * 2]! & lowMask) === (words[runStart * 2]! & lowMask)
    ) {
      continue;
    }
    if (k - runStart > 1) sortPart(arena, order, from + runStart, from + k, start);
    runStart = k;
  }
}

/** How many bytes from `depth` on all keys of the part share; -1 when they are equal to their ends. */
function sharedBytes(arena: KeyArena, order: Uint32Array, from: number, to: number, depth: number): number {
  const { bytes, offsets } = arena;
  const first = offsets[order[from]!]! + depth;
  const firstLength = offsets[order[from]! + 1]! - first;
  let shared = firstLength;
  let isEqual = true;
  for (let k = from + 1; k < to; k++) {
    const entry = order[k]!;
    const at = offsets[entry]! + depth;
    const length = offsets[entry + 1]! - at;
    if (length !== firstLength) isEqual = false;
    if (length < shared) shared = length;
    let same = 0;
    while (same < shared && bytes[first + same] === bytes[at + same]) same += 1;
    if (same < shared) {
      shared = same;
      isEqual = false;
    }
    if (shared === 0 && !isEqual) return 0;
  }
  return isEqual ? -1 : shared;
}

function insertionSort(arena: KeyArena, order: Uint32Array, from: number, to: number, depth: number): void {
  for (let k = from + 1; k < to; k++) {
    const entry = order[k]!;
    let at = k;
    while (at > from && compareKeys(arena, order[at - 1]!, entry, depth) > 0) {
      order[at] = order[at - 1]!;
      at -= 1;
    }
    order[at] = entry;
  }
}

/** Memcmp of two keys, the first `depth` bytes of which are known to be equal. */
export function compareKeys(arena: KeyArena, a: number, b: number, depth = 0): number {
  const { bytes, offsets } = arena;
  let left = offsets[a]! + depth;
  let right = offsets[b]! + depth;
  const leftEnd = offsets[a + 1]!;
  const rightEnd = offsets[b + 1]!;
  while (left < leftEnd && right < rightEnd) {
    const difference = bytes[left]! - bytes[right]!;
    if (difference !== 0) return difference;
    left += 1;
    right += 1;
  }
  return leftEnd - left - (rightEnd - right);
}
