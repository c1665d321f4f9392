import type { Timestamp } from 'bson';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import type { CommitListener } from './commit-feed.ts';

/** A document's place in its collection: 1, 2, 3 … in the order of insertion; never reused. A safe integer. */
export type RecordId = number;

/** 'database.collection' */
export type Namespace = string;

export interface CollectionInfo {
  readonly namespace: Namespace;
  readonly database: string;
  readonly name: string;
  /** 16 bytes; a new one for each creation, kept by a rename. */
  readonly uuid: Uint8Array;
  readonly type: 'collection' | 'view';
  /** What `create` and `collMod` were given: validator, capped, viewOn, pipeline, collation, changeStreamPreAndPostImages … */
  readonly options: Document;
  readonly indexes: readonly IndexInfo[];
}

export interface IndexInfo {
  readonly name: string;
  /** field path → 1, -1, 'text', 'hashed', '2dsphere' …, in order. `_id_` is always first and always there. */
  readonly key: Readonly<Record<string, 1 | -1 | string>>;
  /** Everything else of the index spec: unique, sparse, partialFilterExpression, weights, expireAfterSeconds, collation, hidden … */
  readonly options: Document;
  /** True once any document has put more than one key (an array) into it; per path in `multikeyPaths`. */
  readonly multikey: boolean;
  readonly multikeyPaths: readonly string[];
}

/**
 * Bounds of an index scan over encoded keys, as bytes that sort by memcmp (see bson/keys.ts).
 * A key in the index is the concatenation of its fields' encodings, each complemented where the field is descending.
 */
export interface KeyRange {
  readonly from?: Uint8Array;
  /** When exclusive, every key that starts with `from` is outside. */
  readonly fromInclusive: boolean;
  /** Compared as a prefix when inclusive: every key that starts with `to` is inside. */
  readonly to?: Uint8Array;
  readonly toInclusive: boolean;
}

export interface IndexEntry {
  readonly key: Uint8Array;
  readonly recordId: RecordId;
}

export interface Reader {
  /** Null where there is none. The info is immutable; ask again after a catalog change. */
  collection(namespace: Namespace): CollectionReader | null;
  collections(database?: string): CollectionInfo[];
}

export interface CollectionReader {
  readonly info: CollectionInfo;
  /** The number of the commit that it shows; undefined where it shows what is not committed (writes, transactions). */
  readonly commit?: number | undefined;
  /** Exact, O(1). */
  count(): number;
  /** Sum of the documents' bytes, O(1). */
  dataBytes(): number;
  /** What an index takes up in the data file, to a page. Counts its blocks: about 1 ms for 10,000. */
  indexBytes(indexName: string): number;
  get(recordId: RecordId): RawDocument | undefined;
  findById(id: BsonValue): RecordId | undefined;
  /**
   * In insertion order, or the other way round. Within a write, the scan sees the write's own changes. Each `raw` stays
   * valid, but may share a block of memory with its neighbours: copy what is kept for long.
   */
  scan(options?: { after?: RecordId; reverse?: boolean }): IterableIterator<{ recordId: RecordId; raw: RawDocument }>;
  /**
   * Index entries inside the ranges (ascending, disjoint), in index order or reversed. A document that is moved within
   * the index during the scan may be met again: collect the record ids first when changing by them.
   */
  scanIndex(
    indexName: string,
    ranges: readonly KeyRange[],
    options?: { reverse?: boolean },
  ): IterableIterator<IndexEntry>;
}

/** A consistent view. Close it: it holds back the reuse of pages. */
export interface Snapshot extends Reader, Disposable {
  close(): void;
}

export type ImageReason = 'update' | 'replace';

export interface CollectionWriter extends CollectionReader {
  /** `raw` must have `_id` first. Throws DuplicateKey (11000, with keyPattern and keyValue) before anything is written. */
  insert(raw: RawDocument): RecordId;
  /** Keeps the record id and `_id`. Writes nothing when the bytes are equal; returns whether it wrote. */
  update(recordId: RecordId, raw: RawDocument, reason: ImageReason): boolean;
  remove(recordId: RecordId): void;
}

/** One atomic unit: all of its effects, change log entry included, stay, or none. Synchronous, single writer. */
export interface WriteTransaction extends Reader {
  collection(namespace: Namespace): CollectionWriter | null;
  createCollection(namespace: Namespace, options: Document, type?: 'collection' | 'view'): CollectionWriter;
  setCollectionOptions(namespace: Namespace, options: Document): void;
  dropCollection(namespace: Namespace): boolean;
  /** Takes the place of a collection that has the name `to`. */
  renameCollection(from: Namespace, to: Namespace): void;
  createIndexes(
    namespace: Namespace,
    indexes: readonly { name: string; key: IndexInfo['key']; options: Document }[],
  ): void;
  dropIndex(namespace: Namespace, name: string): void;
  /** For options that leave the keys as they are (`hidden`, `expireAfterSeconds`, `prepareUnique`). */
  setIndexOptions(namespace: Namespace, name: string, options: Document): void;
  /** Small durable values of the server itself (retryable write records, sessions, parameters), by key. */
  setMetadata(key: string, value: Document | null): void;
  getMetadata(key: string): Document | undefined;
}

/** One committed change, as change streams see it. */
export interface LoggedChange {
  readonly clusterTime: Timestamp;
  /** Position of this change among those that share the cluster time: the ones of a multi-document transaction. */
  readonly index: number;
  readonly wallTime: Date;
  readonly operation:
    | 'insert'
    | 'update'
    | 'replace'
    | 'delete'
    | 'create'
    | 'drop'
    | 'rename'
    | 'dropDatabase'
    | 'createIndexes'
    | 'dropIndexes'
    | 'modify';
  readonly namespace: Namespace;
  readonly uuid: Uint8Array;
  /** After the change (insert, update, replace). */
  readonly after?: RawDocument;
  /** Before the change (update, replace, delete). Always logged; whether a stream may show it is the collection's option. */
  readonly before?: RawDocument;
  /** Operation details of catalog changes (rename's `to`, index specs, options). */
  readonly description?: Document;
  /** Set for the changes of a multi-document transaction. */
  readonly session?: { readonly lsid: Document; readonly txnNumber: bigint };
}

/**
 * The committed changes of the server in one total order (cluster time, then index).
 * Kept until both `retentionHours` have passed or it exceeds `bytesMax`; reading from before that throws
 * ChangeStreamHistoryLost (286).
 */
export interface ChangeLog {
  /** Changes strictly after the position, at most `limit`; never waits. */
  readAfter(position: { clusterTime: Timestamp; index: number }, limit: number): LoggedChange[];
  /** The cluster time of the newest committed change (or of the start, on an empty log). */
  latest(): Timestamp;
  oldest(): Timestamp;
  /** Calls back after each durable commit that added changes; returns the unsubscriber. */
  onCommit(listener: () => void): () => void;
}

export interface Storage {
  readonly changeLog: ChangeLog;
  /** A fresh view of what is committed. */
  snapshot(): Snapshot;
  /**
   * Queues `work`; jobs that wait together share one LMDB commit and one fsync. Resolves with its result once it is
   * durable. If `work` throws, none of its own effects stay, and other jobs are not disturbed.
   */
  write<T>(work: (transaction: WriteTransaction) => T, options?: { session?: LoggedChange['session'] }): Promise<T>;
  /**
   * The same for work of many writes: it stands alone in its commit, and whenever it yields others may read, what was before.
   * Other writes wait for its end. If it throws, nothing of it stays.
   */
  writeInSlices(
    work: (transaction: WriteTransaction) => Generator<void, void>,
    options?: { session?: LoggedChange['session'] },
  ): Promise<void>;
  /** Builds indexes on a filled collection in bulk (scan, sort, load), reporting progress; other writes wait. */
  buildIndexes(
    namespace: Namespace,
    indexes: readonly { name: string; key: IndexInfo['key']; options: Document }[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<void>;
  /** Tells of every committed write of a record (see `CommitListener`). One listener. */
  onRecordsCommitted(listener: CommitListener): void;
  /** The committed metadata whose keys start with `prefix` (see `WriteTransaction.setMetadata`). */
  metadata(prefix: string): ReadonlyMap<string, Document>;
  /** Advances and returns the logical clock, as `operationTime` / `$clusterTime` for replies. */
  clusterTime(): Timestamp;
  statistics(): { fileBytes: number; usedBytes: number; changeLogBytes: number };
  close(): Promise<void>;
}
