/** Writes outside of transactions, which must not touch what an open transaction has written. */
import { readField } from '../bson/codec.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { type IndexServices, KeyExtractor } from '../storage/index-keys.ts';
import type {
  CollectionInfo,
  CollectionWriter,
  ImageReason,
  IndexEntry,
  IndexInfo,
  KeyRange,
  Namespace,
  RecordId,
  WriteTransaction,
} from '../storage/storage.ts';
import { documentLock, keyLock, LockedByTransaction, type WriteLocks } from './write-locks.ts';

/** The same transaction, in which a write to something locked throws LockedByTransaction. */
export class GuardedTransaction implements WriteTransaction {
  readonly #inner: WriteTransaction;
  readonly #locks: WriteLocks;
  readonly #services: IndexServices;

  constructor(inner: WriteTransaction, locks: WriteLocks, services: IndexServices) {
    this.#inner = inner;
    this.#locks = locks;
    this.#services = services;
  }

  collection(namespace: Namespace): CollectionWriter | null {
    const collection = this.#inner.collection(namespace);
    return collection === null ? null : this.#guard(collection);
  }

  collections(database?: string): CollectionInfo[] {
    return this.#inner.collections(database);
  }

  createCollection(namespace: Namespace, options: Document, type?: 'collection' | 'view'): CollectionWriter {
    return this.#guard(this.#inner.createCollection(namespace, options, type));
  }

  setCollectionOptions(namespace: Namespace, options: Document): void {
    this.#refuseWhileWritten(namespace);
    this.#inner.setCollectionOptions(namespace, options);
  }

  dropCollection(namespace: Namespace): boolean {
    this.#refuseWhileWritten(namespace);
    return this.#inner.dropCollection(namespace);
  }

  renameCollection(from: Namespace, to: Namespace): void {
    this.#refuseWhileWritten(from);
    this.#refuseWhileWritten(to);
    this.#inner.renameCollection(from, to);
  }

  createIndexes(
    namespace: Namespace,
    indexes: readonly { name: string; key: IndexInfo['key']; options: Document }[],
  ): void {
    this.#refuseWhileWritten(namespace);
    this.#inner.createIndexes(namespace, indexes);
  }

  dropIndex(namespace: Namespace, name: string): void {
    this.#refuseWhileWritten(namespace);
    this.#inner.dropIndex(namespace, name);
  }

  setIndexOptions(namespace: Namespace, name: string, options: Document): void {
    this.#refuseWhileWritten(namespace);
    this.#inner.setIndexOptions(namespace, name, options);
  }

  setMetadata(key: string, value: Document | null): void {
    this.#inner.setMetadata(key, value);
  }

  getMetadata(key: string): Document | undefined {
    return this.#inner.getMetadata(key);
  }

  #guard(collection: CollectionWriter): CollectionWriter {
    return new GuardedCollection(collection, this.#locks, this.#services);
  }

  #refuseWhileWritten(namespace: Namespace): void {
    const holder = this.#locks.holderIn(namespace);
    if (holder !== undefined) throw new LockedByTransaction(holder);
  }
}

const extractors = new WeakMap<IndexInfo, KeyExtractor>();

class GuardedCollection implements CollectionWriter {
  readonly #inner: CollectionWriter;
  readonly #locks: WriteLocks;
  readonly #services: IndexServices;

  constructor(inner: CollectionWriter, locks: WriteLocks, services: IndexServices) {
    this.#inner = inner;
    this.#locks = locks;
    this.#services = services;
  }

  get info(): CollectionInfo {
    return this.#inner.info;
  }

  count(): number {
    return this.#inner.count();
  }

  dataBytes(): number {
    return this.#inner.dataBytes();
  }

  indexBytes(indexName: string): number {
    return this.#inner.indexBytes(indexName);
  }

  get(recordId: RecordId): RawDocument | undefined {
    return this.#inner.get(recordId);
  }

  findById(id: BsonValue): RecordId | undefined {
    return this.#inner.findById(id);
  }

  scan(options?: { after?: RecordId; reverse?: boolean }): IterableIterator<{ recordId: RecordId; raw: RawDocument }> {
    return this.#inner.scan(options);
  }

  scanIndex(
    indexName: string,
    ranges: readonly KeyRange[],
    options?: { reverse?: boolean },
  ): IterableIterator<IndexEntry> {
    return this.#inner.scanIndex(indexName, ranges, options);
  }

  insert(raw: RawDocument): RecordId {
    this.#refuseLocked(raw, true);
    return this.#inner.insert(raw);
  }

  update(recordId: RecordId, raw: RawDocument, reason: ImageReason): boolean {
    this.#refuseLocked(raw, true);
    return this.#inner.update(recordId, raw, reason);
  }

  remove(recordId: RecordId): void {
    const raw = this.#inner.get(recordId);
    if (raw !== undefined) this.#refuseLocked(raw, false);
    this.#inner.remove(recordId);
  }

  #refuseLocked(raw: RawDocument, takesKeys: boolean): void {
    const { namespace, indexes } = this.#inner.info;
    this.#refuse(namespace, documentLock(readField(raw, '_id') as BsonValue, indexes));
    if (!takesKeys) return;
    for (const index of indexes) {
      if (index.options['unique'] !== true) continue;
      for (const key of extractorOf(index, this.#services).extract(raw).keys) {
        this.#refuse(namespace, keyLock(index.name, key));
      }
    }
  }

  #refuse(namespace: Namespace, lock: string): void {
    const holder = this.#locks.holderOf(namespace, lock);
    if (holder !== undefined) throw new LockedByTransaction(holder);
  }
}

function extractorOf(index: IndexInfo, services: IndexServices): KeyExtractor {
  let extractor = extractors.get(index);
  if (extractor === undefined) {
    extractor = new KeyExtractor(index, services);
    extractors.set(index, extractor);
  }
  return extractor;
}
