/** One index's entries of the documents that a transaction has written, kept current with each write. */
import type { RawDocument } from '../bson/values.ts';
import type { IndexEntry, KeyRange, RecordId } from '../storage/storage.ts';

export class OwnIndex {
  readonly #extract: (raw: RawDocument) => readonly Uint8Array[];
  readonly #keys = new Map<RecordId, readonly Uint8Array[]>();
  readonly #owners = new Map<string, Set<RecordId>>();

  constructor(extract: (raw: RawDocument) => readonly Uint8Array[], own: ReadonlyMap<RecordId, RawDocument | null>) {
    this.#extract = extract;
    for (const [recordId, raw] of own) this.set(recordId, raw);
  }

  /** Null where the transaction deleted the document. */
  set(recordId: RecordId, raw: RawDocument | null): void {
    for (const key of this.#keys.get(recordId) ?? []) this.#owners.get(nameOf(key))?.delete(recordId);
    const keys = raw === null ? [] : this.#extract(raw);
    this.#keys.set(recordId, keys);
    for (const key of keys) {
      const name = nameOf(key);
      const owners = this.#owners.get(name);
      if (owners === undefined) this.#owners.set(name, new Set([recordId]));
      else owners.add(recordId);
    }
  }

  ownersOf(key: Uint8Array): Iterable<RecordId> {
    return this.#owners.get(nameOf(key)) ?? [];
  }

  /** In no order. The ranges ascend and don't overlap, as those of a scan do. */
  entriesIn(ranges: readonly KeyRange[]): IndexEntry[] {
    const entries: IndexEntry[] = [];
    for (const [recordId, keys] of this.#keys) {
      for (const key of keys) {
        const range = rangeBelow(ranges, key);
        if (range !== undefined && contains(range, key)) entries.push({ key, recordId });
      }
    }
    return entries;
  }
}

const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

/** The last range that begins at or below the key. */
function rangeBelow(ranges: readonly KeyRange[], key: Uint8Array): KeyRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { from } = ranges[middle] as KeyRange;
    if (from === undefined || Buffer.compare(from, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return ranges[low - 1];
}

function contains(range: KeyRange, key: Uint8Array): boolean {
  if (range.from !== undefined) {
    const order = Buffer.compare(key, range.from);
    if (order < 0 || (!range.fromInclusive && startsWith(key, range.from))) return false;
  }
  if (range.to === undefined) return true;
  return Buffer.compare(key, range.to) < 0 || (range.toInclusive && startsWith(key, range.to));
}

function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
}
