/** Reading collections, out of a snapshot or within a write. */
import { prefixEnd } from '../bson/keys.ts';
import type { BsonValue, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionCounts, CollectionEntry } from './catalog.ts';
import type { IndexBlocks } from './index-blocks.ts';
import { idKey } from './index-keys.ts';
import type { StoredRecord } from './records.ts';
import type { CollectionInfo, CollectionReader, IndexEntry, KeyRange, RecordId } from './storage.ts';

/** Where a collection's data come from. */
export interface CollectionSource {
  readonly entry: CollectionEntry;
  readonly counts: CollectionCounts;
  /** Of a snapshot: the number of the commit that it shows. */
  readonly commit?: number;
  readonly records: {
    get(recordId: RecordId): RawDocument | undefined;
    scan(options?: { after?: RecordId; reverse?: boolean }): IterableIterator<StoredRecord>;
  };
  blocks(indexNumber: number): IndexBlocks;
}

export class StoredCollection implements CollectionReader {
  readonly #source: CollectionSource;

  constructor(source: CollectionSource) {
    this.#source = source;
  }

  get info(): CollectionInfo {
    return this.#source.entry.info;
  }

  get commit(): number | undefined {
    return this.#source.commit;
  }

  count(): number {
    return this.#source.counts.count;
  }

  dataBytes(): number {
    return this.#source.counts.dataBytes;
  }

  indexBytes(indexName: string): number {
    return this.#blocks(indexName).fileBytes();
  }

  get(recordId: RecordId): RawDocument | undefined {
    return this.#source.records.get(recordId);
  }

  findById(id: BsonValue): RecordId | undefined {
    const { entry } = this.#source;
    const number = entry.indexNumbers[0];
    return number === undefined ? undefined : this.#source.blocks(number).find(idKey(id, entry.info.indexes));
  }

  scan(options?: { after?: RecordId; reverse?: boolean }): IterableIterator<StoredRecord> {
    return this.#source.records.scan(options);
  }

  *scanIndex(
    indexName: string,
    ranges: readonly KeyRange[],
    options: { reverse?: boolean } = {},
  ): IterableIterator<IndexEntry> {
    const blocks = this.#blocks(indexName);
    for (const range of options.reverse ? [...ranges].reverse() : ranges) {
      const bounds = boundsOf(range);
      if (bounds === null) continue;
      const cursors = options.reverse
        ? blocks.descending(bounds.from, bounds.to)
        : blocks.ascending(bounds.from, bounds.to);
      for (const cursor of cursors) {
        yield { recordId: cursor.recordId(), key: cursor.key() };
      }
    }
  }

  #blocks(indexName: string): IndexBlocks {
    const { info, indexNumbers } = this.#source.entry;
    const place = info.indexes.findIndex((index) => index.name === indexName);
    if (place < 0) throw new MongoError('IndexNotFound', `index not found with name [${indexName}]`);
    return this.#source.blocks(indexNumbers[place]!);
  }
}

/** A range as bytes: from inclusive, to exclusive (null: no end); null where nothing can be inside. */
function boundsOf(range: KeyRange): { from: Uint8Array; to: Uint8Array | null } | null {
  let from: Uint8Array | null = range.from ?? new Uint8Array(0);
  if (range.from !== undefined && !range.fromInclusive) from = prefixEnd(range.from);
  if (from === null) return null;
  if (range.to === undefined) return { from, to: null };
  return { from, to: range.toInclusive ? prefixEnd(range.to) : range.to };
}
