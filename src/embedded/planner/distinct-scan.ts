/**
 * `distinct` by seeking: one look into the index per different value, instead of one per document. Possible where the field
 * comes first in an index that holds every document once, and nothing else is asked.
 */
import { readField } from '../bson/codec.ts';
import type { Collation } from '../bson/collation.ts';
import { collationKeysOf } from '../bson/collation-keys.ts';
import { encodeKey } from '../bson/keys.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { collationKeysOfIndex } from '../storage/index-keys.ts';
import type { CollectionReader, IndexInfo, KeyRange } from '../storage/storage.ts';
import { successor } from './intervals.ts';

/** `collation`: what the command compares strings by. */
export function indexForDistinct(
  collection: CollectionReader,
  path: string,
  filter: Document,
  collation: Collation | null,
): IndexInfo | undefined {
  const keys = collation === null ? null : collationKeysOf(collation);
  if (Object.keys(filter).length > 0 || path.split('.').some((part) => /^\d+$/.test(part))) return undefined;
  return collection.info.indexes.find(
    ({ key, multikey, options }) =>
      Object.keys(key)[0] === path &&
      typeof key[path] === 'number' &&
      !multikey &&
      options['sparse'] !== true &&
      options['hidden'] !== true &&
      options['partialFilterExpression'] === undefined &&
      collationKeysOfIndex(options) === keys,
  );
}

/** Each different value once, in the order of the index. A missing field is undefined. */
export function* distinctValues(
  collection: CollectionReader,
  index: IndexInfo,
  path: string,
): IterableIterator<BsonValue | undefined> {
  const direction = index.key[path] === -1 ? -1 : 1;
  const keys = collationKeysOfIndex(index.options);
  let from: Uint8Array | undefined;
  for (;;) {
    const range: KeyRange =
      from === undefined
        ? { fromInclusive: true, toInclusive: true }
        : { from, fromInclusive: true, toInclusive: true };
    const entry = collection.scanIndex(index.name, [range])[Symbol.iterator]().next();
    if (entry.done === true) return;
    const raw = collection.get(entry.value.recordId) as RawDocument;
    const value = readField(raw, path);
    yield value;
    from = successor(encodeKey([value], [direction], keys));
    // Null and missing share their place in the index, so that the documents behind the first one tell whether both occur.
    if (value === undefined || value === null) yield* otherNothing(collection, index, value, direction, path);
  }
}

function* otherNothing(
  collection: CollectionReader,
  index: IndexInfo,
  seen: null | undefined,
  direction: 1 | -1,
  path: string,
): IterableIterator<BsonValue | undefined> {
  const from = encodeKey([null], [direction]);
  for (const { recordId } of collection.scanIndex(index.name, [
    { from, fromInclusive: true, to: successor(from), toInclusive: false },
  ])) {
    const value = readField(collection.get(recordId) as RawDocument, path);
    if (value !== seen) {
      yield value;
      return;
    }
  }
}
