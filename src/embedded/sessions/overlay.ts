/**
 * What a multi-document transaction sees: a snapshot, with its own uncommitted writes on top. Nothing of it reaches the
 * storage before the commit, which replays the writes in order as one atomic unit and checks each against the snapshot.
 */
import { readField } from '../bson/codec.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { duplicateKey } from '../storage/duplicate-key.ts';
import { type IndexServices, idIndexOptions, idKey, KeyExtractor } from '../storage/index-keys.ts';
import type {
  CollectionInfo,
  CollectionReader,
  CollectionWriter,
  ImageReason,
  IndexEntry,
  IndexInfo,
  KeyRange,
  Namespace,
  RecordId,
  Snapshot,
  WriteTransaction,
} from '../storage/storage.ts';
import { OwnIndex } from './own-index.ts';
import type { ReadView } from './views.ts';
import { documentLock, keyLock } from './write-locks.ts';

/** Documents inserted by the transaction get record ids above all real ones, until the commit gives them theirs. */
const FIRST_PROVISIONAL_ID = 2 ** 47;

/** More than this is repeated in slices, in a commit of its own. */
const WRITES_AT_ONCE_MAX = 256;
const BYTES_AT_ONCE_MAX = 1024 * 1024;

/** What a transaction asks of those around it while it writes. */
export interface Surroundings {
  /** Holds a document or a unique key until the transaction ends; throws WriteConflict when another transaction has it. */
  lock(namespace: Namespace, lock: string): void;
  /** What is committed now, where that is more than the transaction's snapshot shows; else null. To be closed. */
  newer(): Snapshot | null;
}

type Replay = (transaction: WriteTransaction, ids: Map<RecordId, RecordId>) => void;

export class TransactionOverlay implements WriteTransaction, ReadView {
  readonly #snapshot: Snapshot;
  readonly #services: IndexServices;
  readonly #surroundings: Surroundings;
  readonly #collections = new Map<Namespace, OverlayCollection>();
  readonly #replays: Replay[] = [];
  /** Of the documents in them. */
  #bytes = 0;
  readonly #metadata = new Map<string, Document | null>();
  #nextId = FIRST_PROVISIONAL_ID;

  constructor(snapshot: Snapshot, services: IndexServices, surroundings: Surroundings) {
    this.#snapshot = snapshot;
    this.#services = services;
    this.#surroundings = surroundings;
  }

  get isEmpty(): boolean {
    return this.#replays.length === 0;
  }

  /** Whether repeating its writes takes so long that others should have their turn meanwhile. */
  get isLong(): boolean {
    return this.#replays.length > WRITES_AT_ONCE_MAX || this.#bytes > BYTES_AT_ONCE_MAX;
  }

  /** Repeats the writes on the storage, and yields after each. Throws WriteConflict where the storage has moved on. */
  *replay(transaction: WriteTransaction): Generator<void, void> {
    const ids = new Map<RecordId, RecordId>();
    for (const replay of this.#replays) {
      replay(transaction, ids);
      yield;
    }
  }

  collection(namespace: Namespace): CollectionWriter | null {
    const known = this.#collections.get(namespace);
    if (known !== undefined) return known;
    const base = this.#snapshot.collection(namespace);
    return base === null ? null : this.#open(base.info, base);
  }

  collections(database?: string): CollectionInfo[] {
    const infos = new Map(this.#snapshot.collections(database).map((info) => [info.namespace, info]));
    for (const { info } of this.#collections.values()) {
      if (database === undefined || info.database === database) infos.set(info.namespace, info);
    }
    return [...infos.values()];
  }

  createCollection(
    namespace: Namespace,
    options: Document,
    type: 'collection' | 'view' = 'collection',
  ): CollectionWriter {
    if (type === 'view') throw notInTransaction('create of a view');
    if (this.collection(namespace) !== null)
      throw new MongoError('NamespaceExists', `Collection ${namespace} already exists.`);
    const dot = namespace.indexOf('.');
    const info: CollectionInfo = {
      namespace,
      database: namespace.slice(0, dot),
      name: namespace.slice(dot + 1),
      uuid: new Uint8Array(16),
      type,
      options,
      indexes: [
        { name: '_id_', key: { _id: 1 }, options: idIndexOptions(options), multikey: false, multikeyPaths: [] },
      ],
    };
    this.#replays.push((transaction) => {
      if (transaction.collection(namespace) !== null) throw writeConflict();
      transaction.createCollection(namespace, options);
    });
    return this.#open(info, null);
  }

  createIndexes(namespace: Namespace, indexes: readonly Pick<IndexInfo, 'name' | 'key' | 'options'>[]): void {
    const collection = this.#collections.get(namespace);
    if (collection === undefined || !collection.isNew)
      throw notInTransaction('createIndexes on an existing collection');
    collection.addIndexes(indexes);
    this.#replays.push((transaction) => transaction.createIndexes(namespace, indexes));
  }

  setCollectionOptions(): void {
    throw notInTransaction('collMod');
  }

  dropCollection(): boolean {
    throw notInTransaction('drop');
  }

  renameCollection(): void {
    throw notInTransaction('renameCollection');
  }

  dropIndex(): void {
    throw notInTransaction('dropIndexes');
  }

  setIndexOptions(): void {
    throw notInTransaction('collMod');
  }

  setMetadata(key: string, value: Document | null): void {
    this.#metadata.set(key, value);
    this.#replays.push((transaction) => transaction.setMetadata(key, value));
  }

  getMetadata(key: string): Document | undefined {
    return this.#metadata.get(key) ?? undefined;
  }

  /** Views of a transaction last as long as the transaction. */
  release(): void {}

  [Symbol.dispose](): void {}

  close(): void {
    this.#snapshot.close();
  }

  #open(info: CollectionInfo, base: CollectionReader | null): OverlayCollection {
    const collection = new OverlayCollection(info, base, {
      services: this.#services,
      surroundings: this.#surroundings,
      nextId: () => this.#nextId++,
      record: (replay, bytes) => {
        this.#replays.push(replay);
        this.#bytes += bytes;
      },
    });
    this.#collections.set(info.namespace, collection);
    return collection;
  }
}

interface Host {
  readonly services: IndexServices;
  readonly surroundings: Surroundings;
  nextId(): RecordId;
  /** `bytes`: of the document that it writes. */
  record(replay: Replay, bytes: number): void;
}

class OverlayCollection implements CollectionWriter {
  info: CollectionInfo;
  readonly #base: CollectionReader | null;
  readonly #host: Host;
  /** The transaction's own documents; null where it deleted one. Provisional ids come last and in order. */
  readonly #own = new Map<RecordId, RawDocument | null>();
  readonly #ownIds = new Map<string, RecordId | null>();
  readonly #extractors = new Map<string, KeyExtractor>();
  /** Of the indexes that somebody has asked for. */
  readonly #ownIndexes = new Map<string, OwnIndex>();
  #countChange = 0;
  #bytesChange = 0;

  constructor(info: CollectionInfo, base: CollectionReader | null, host: Host) {
    this.info = info;
    this.#base = base;
    this.#host = host;
  }

  get isNew(): boolean {
    return this.#base === null;
  }

  addIndexes(indexes: readonly Pick<IndexInfo, 'name' | 'key' | 'options'>[]): void {
    const added = indexes.map((index) => ({ ...index, multikey: true, multikeyPaths: [] }));
    this.info = { ...this.info, indexes: [...this.info.indexes, ...added] };
  }

  count(): number {
    return (this.#base?.count() ?? 0) + this.#countChange;
  }

  dataBytes(): number {
    return (this.#base?.dataBytes() ?? 0) + this.#bytesChange;
  }

  indexBytes(indexName: string): number {
    return this.#base?.indexBytes(indexName) ?? 0;
  }

  get(recordId: RecordId): RawDocument | undefined {
    const own = this.#own.get(recordId);
    return own === undefined ? this.#base?.get(recordId) : (own ?? undefined);
  }

  findById(id: BsonValue): RecordId | undefined {
    const own = this.#ownIds.get(documentLock(id, this.info.indexes));
    return own === undefined ? this.#base?.findById(id) : (own ?? undefined);
  }

  *scan(
    options: { after?: RecordId; reverse?: boolean } = {},
  ): IterableIterator<{ recordId: RecordId; raw: RawDocument }> {
    if (options.reverse === true) yield* this.#inserted(options.after).reverse();
    for (const { recordId, raw } of this.#base?.scan(options) ?? []) {
      const own = this.#own.get(recordId);
      if (own === undefined) yield { recordId, raw };
      else if (own !== null) yield { recordId, raw: own };
    }
    if (options.reverse !== true) yield* this.#inserted(options.after);
  }

  *scanIndex(
    name: string,
    ranges: readonly KeyRange[],
    options: { reverse?: boolean } = {},
  ): IterableIterator<IndexEntry> {
    const sign = options.reverse === true ? -1 : 1;
    const order = (a: IndexEntry, b: IndexEntry) => sign * (Buffer.compare(a.key, b.key) || a.recordId - b.recordId);
    const own = this.#ownIndex(name).entriesIn(ranges).sort(order);
    let next = 0;
    for (const entry of this.#base?.scanIndex(name, ranges, options) ?? []) {
      if (this.#own.has(entry.recordId)) continue;
      for (let mine = own[next]; mine !== undefined && order(mine, entry) < 0; mine = own[next]) {
        yield mine;
        next += 1;
      }
      yield entry;
    }
    for (; next < own.length; next++) yield own[next] as IndexEntry;
  }

  insert(raw: RawDocument): RecordId {
    const { namespace } = this.info;
    const id = readField(raw, '_id') as BsonValue;
    this.#lock(id, raw);
    this.#assertUnique(raw, undefined);
    this.#refuseOvertaken(undefined, raw);
    const recordId = this.#host.nextId();
    const kept = Uint8Array.prototype.slice.call(raw) as RawDocument;
    this.#set(recordId, kept, id);
    this.#countChange += 1;
    this.#bytesChange += raw.length;
    this.#host.record((transaction, ids) => {
      const collection = writerOf(transaction, namespace);
      try {
        ids.set(recordId, collection.insert(kept));
      } catch (error) {
        // It was free when the transaction looked: somebody else was faster.
        if (error instanceof MongoError && error.codeName === 'DuplicateKey') throw writeConflict();
        throw error;
      }
    }, kept.length);
    return recordId;
  }

  update(recordId: RecordId, raw: RawDocument, reason: ImageReason): boolean {
    const before = this.#present(recordId);
    if (Buffer.compare(before, raw) === 0) return false;
    const { namespace } = this.info;
    const id = readField(raw, '_id') as BsonValue;
    this.#lock(id, raw);
    this.#assertUnique(raw, recordId);
    this.#refuseOvertaken(recordId, raw);
    const expected = Uint8Array.prototype.slice.call(before) as RawDocument;
    const kept = Uint8Array.prototype.slice.call(raw) as RawDocument;
    this.#set(recordId, kept, id);
    this.#bytesChange += raw.length - expected.length;
    this.#host.record((transaction, ids) => {
      const collection = writerOf(transaction, namespace);
      collection.update(unchanged(collection, ids.get(recordId) ?? recordId, expected), kept, reason);
    }, kept.length);
    return true;
  }

  remove(recordId: RecordId): void {
    const before = this.#present(recordId);
    const { namespace } = this.info;
    const id = readField(before, '_id') as BsonValue;
    this.#lock(id, undefined);
    this.#refuseOvertaken(recordId, undefined);
    const expected = Uint8Array.prototype.slice.call(before) as RawDocument;
    this.#set(recordId, null, id);
    this.#countChange -= 1;
    this.#bytesChange -= expected.length;
    this.#host.record((transaction, ids) => {
      const collection = writerOf(transaction, namespace);
      collection.remove(unchanged(collection, ids.get(recordId) ?? recordId, expected));
    }, expected.length);
  }

  #present(recordId: RecordId): RawDocument {
    const raw = this.get(recordId);
    if (raw === undefined) throw new MongoError('NoSuchKey', `There is no record ${recordId}.`);
    return raw;
  }

  #set(recordId: RecordId, raw: RawDocument | null, id: BsonValue): void {
    this.#own.set(recordId, raw);
    for (const index of this.#ownIndexes.values()) index.set(recordId, raw);
    this.#ownIds.set(documentLock(id, this.info.indexes), raw === null ? null : recordId);
    if (raw !== null) this.#noteArrays(raw);
  }

  /** What the transaction writes may be the first array in an index: plans made after it have to know. */
  #noteArrays(raw: RawDocument): void {
    let isNews = false;
    const indexes = this.info.indexes.map((index): IndexInfo => {
      // One that was made in the transaction counts as full of arrays.
      if (index.name === '_id_' || (index.multikey && index.multikeyPaths.length === 0)) return index;
      const { multikeyPaths: found } = this.#extractorOf(index.name).extract(raw);
      if (found.every((path) => index.multikeyPaths.includes(path))) return index;
      isNews = true;
      return { ...index, multikey: true, multikeyPaths: [...new Set([...index.multikeyPaths, ...found])] };
    });
    if (isNews) this.info = { ...this.info, indexes };
  }

  #inserted(after = 0): { recordId: RecordId; raw: RawDocument }[] {
    const found: { recordId: RecordId; raw: RawDocument }[] = [];
    for (const [recordId, raw] of this.#own) {
      if (raw !== null && recordId >= FIRST_PROVISIONAL_ID && recordId > after) found.push({ recordId, raw });
    }
    return found;
  }

  #ownIndex(name: string): OwnIndex {
    let index = this.#ownIndexes.get(name);
    if (index === undefined) {
      index = new OwnIndex(this.#extractor(name), this.#own);
      this.#ownIndexes.set(name, index);
    }
    return index;
  }

  #extractor(name: string): (raw: RawDocument) => readonly Uint8Array[] {
    if (name === '_id_') return (raw) => [idKey(readField(raw, '_id') as BsonValue, this.info.indexes)];
    const extractor = this.#extractorOf(name);
    return (raw) => extractor.extract(raw).keys;
  }

  #extractorOf(name: string): KeyExtractor {
    let extractor = this.#extractors.get(name);
    if (extractor === undefined) {
      const index = this.info.indexes.find((one) => one.name === name);
      if (index === undefined) throw new MongoError('IndexNotFound', `index not found with name [${name}]`);
      extractor = new KeyExtractor(index, this.#host.services);
      this.#extractors.set(name, extractor);
    }
    return extractor;
  }

  /** `raw` is the document as it will be, for its unique keys. */
  #lock(id: BsonValue, raw: RawDocument | undefined): void {
    const { namespace, options } = this.info;
    for (const kind of ['capped', 'timeseries']) {
      if (options[kind] !== undefined) throw notInTransaction(`a write to the ${kind} collection '${namespace}'`);
    }
    const { surroundings } = this.#host;
    surroundings.lock(namespace, documentLock(id, this.info.indexes));
    if (raw === undefined) return;
    for (const index of this.info.indexes) {
      if (index.options['unique'] !== true) continue;
      for (const key of this.#extractor(index.name)(raw)) surroundings.lock(namespace, keyLock(index.name, key));
    }
  }

  /** Throws WriteConflict where others have committed, since the snapshot, what this write would overwrite. */
  #refuseOvertaken(recordId: RecordId | undefined, raw: RawDocument | undefined): void {
    if (this.#base === null) return;
    using newer = this.#host.surroundings.newer();
    if (newer === null) return;
    const committed = newer.collection(this.info.namespace);
    if (committed === null || Buffer.compare(committed.info.uuid, this.info.uuid) !== 0) throw writeConflict();
    if (recordId !== undefined && recordId < FIRST_PROVISIONAL_ID && !this.#own.has(recordId)) {
      const seen = this.#base.get(recordId);
      const present = committed.get(recordId);
      if (seen === undefined || present === undefined || Buffer.compare(seen, present) !== 0) throw writeConflict();
    }
    if (raw === undefined) return;
    for (const index of committed.info.indexes) {
      if (index.name !== '_id_' && index.options['unique'] !== true) continue;
      if (!this.info.indexes.some(({ name }) => name === index.name)) continue;
      for (const key of this.#extractor(index.name)(raw)) {
        const range = { from: key, fromInclusive: true, to: key, toInclusive: true };
        for (const entry of committed.scanIndex(index.name, [range])) {
          if (entry.recordId !== recordId && !this.#own.has(entry.recordId)) throw writeConflict();
        }
      }
    }
  }

  #assertUnique(raw: RawDocument, self: RecordId | undefined): void {
    for (const index of this.info.indexes) {
      if (index.name !== '_id_' && index.options['unique'] !== true) continue;
      for (const key of this.#extractor(index.name)(raw)) {
        for (const recordId of this.#ownIndex(index.name).ownersOf(key)) {
          if (recordId !== self) throw duplicateKey(this.info.namespace, index, raw);
        }
        const range = { from: key, fromInclusive: true, to: key, toInclusive: true };
        for (const { recordId } of this.#base?.scanIndex(index.name, [range]) ?? []) {
          if (recordId === self || this.#own.has(recordId)) continue;
          throw duplicateKey(this.info.namespace, index, raw);
        }
      }
    }
  }
}

function writerOf(transaction: WriteTransaction, namespace: Namespace): CollectionWriter {
  const collection = transaction.collection(namespace);
  if (collection === null) throw writeConflict();
  return collection;
}

/** The record id, if the document is still as the transaction saw it. */
function unchanged(collection: CollectionWriter, recordId: RecordId, expected: RawDocument): RecordId {
  const raw = collection.get(recordId);
  if (raw === undefined || Buffer.compare(raw, expected) !== 0) throw writeConflict();
  return recordId;
}

export function writeConflict(): MongoError {
  return new MongoError(
    'WriteConflict',
    'Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.',
    { labels: ['TransientTransactionError'] },
  );
}

function notInTransaction(what: string): MongoError {
  return new MongoError('OperationNotSupportedInTransaction', `Cannot run ${what} in a multi-document transaction.`);
}
