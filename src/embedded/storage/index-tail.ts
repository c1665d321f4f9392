/**
 * The newest changes of one index, which wait beside its blocks until many can be written at once: a commit then costs a
 * few bytes per index rather than a page or two. A tail never changes; a snapshot keeps the one it started with.
 */
import { compareBytes } from '../bson/keys.ts';
import type { SortedChanges } from './block-splice.ts';

/** A key and its record id, as in a block. */
export interface TailEntry {
  readonly bytes: Buffer;
  /** Or removed: then the blocks may still hold it. */
  readonly isAdded: boolean;
}

export class IndexTail {
  static readonly empty = new IndexTail([], 0);
  /** Ascending, each entry once. */
  readonly entries: readonly TailEntry[];
  /** The first commit that has changes in it; those of earlier ones are in the blocks. */
  readonly firstCommit: number;

  private constructor(entries: readonly TailEntry[], firstCommit: number) {
    this.entries = entries;
    this.firstCommit = firstCommit;
  }

  with(changes: readonly TailEntry[], commit: number): IndexTail {
    if (changes.length === 0) return this;
    const entries = this.entries.slice();
    for (const change of changes) {
      const place = placeIn(entries, change.bytes);
      const isThere = place < entries.length && compareBytes(entries[place]!.bytes, change.bytes) === 0;
      entries.splice(place, isThere ? 1 : 0, change);
    }
    return new IndexTail(entries, this.entries.length === 0 ? commit : this.firstCommit);
  }

  /** The place of the first entry at or above the bytes. */
  placeOf(bytes: Uint8Array): number {
    return placeIn(this.entries, bytes);
  }
}

function placeIn(entries: readonly TailEntry[], bytes: Uint8Array): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(entries[middle]!.bytes, bytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function tailEntriesOf({ bytes, offsets, added, order }: SortedChanges): TailEntry[] {
  const entries: TailEntry[] = [];
  for (const place of order) {
    const from = offsets[place]!;
    const length = offsets[place + 1]! - from;
    const own = Buffer.allocUnsafe(length);
    for (let k = 0; k < length; k++) own[k] = bytes[from + k]!;
    entries.push({ bytes: own, isAdded: added[place] === 1 });
  }
  return entries;
}
