import { blockKey } from './block-entries.ts';
import type { Table } from './environment.ts';

/**
 * The keys of an index's blocks, in memory: finding a block takes a search in an array rather than a cursor of LMDB. Only
 * the writer has one, for it alone knows of every change; what a transaction that failed has done to it is thrown away.
 */
export class IndexDirectory {
  /** Block keys (index number and separator), ascending. */
  readonly keys: Buffer[];

  constructor(table: Table, index: number) {
    const none = new Uint8Array(0);
    this.keys = table.keys(
      { start: blockKey(index, none), end: blockKey(index + 1, none), limit: 2 ** 31 - 1 },
      undefined,
    );
  }

  /** The place of the block in which an entry lies or would lie: 0 where all separators are above it; -1: no blocks. */
  placeOf(bytes: Uint8Array, start: number, end: number): number {
    const { keys } = this;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAbove(keys[middle]!, bytes, start, end)) high = middle;
      else low = middle + 1;
    }
    return low === 0 ? (keys.length === 0 ? -1 : 0) : low - 1;
  }

  /** Whether the entry lies below the separator of the block at `place`. */
  isBelow(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    return isAbove(this.keys[place]!, bytes, start, end);
  }
}

/** Whether the separator in `key` is above the bytes. */
function isAbove(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const keyBytes = key.length;
  let at = start;
  for (let k = 4; k < keyBytes; k++, at++) {
    if (at === end) return true;
    const difference = key[k]! - bytes[at]!;
    if (difference !== 0) return difference > 0;
  }
  return false;
}
