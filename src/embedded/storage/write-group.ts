/**
 * What the jobs of one LMDB transaction share: the catalog and counts as they become, and the changes that are held back
 * until the end (or until someone scans), so that a batch touches each block once.
 */

import { blockKey } from './block-entries.ts';
import {
  type Catalog,
  type CollectionCounts,
  type CollectionEntry,
  type Extractors,
  readCounts,
  removeCollection,
  type StoredState,
  writeCollection,
  writeCounts,
} from './catalog.ts';
import type { CommitFeed } from './commit-feed.ts';
import type { Environment } from './environment.ts';
import type { IndexBlocks } from './index-blocks.ts';
import type { IndexWriter, IndexWriters } from './index-writer.ts';
import { RecordWriter, removeRecords } from './records.ts';
import type { Namespace } from './storage.ts';

export class WriteGroup {
  readonly environment: Environment;
  readonly extractors: Extractors;
  readonly state: StoredState;
  /** Told of every record that is written, or written back. */
  feed: CommitFeed | undefined;
  catalog: Catalog;
  readonly #committed: Catalog;
  readonly #counts = new Map<number, CollectionCounts>();
  readonly #records = new Map<number, RecordWriter>();
  readonly #writers: IndexWriters;
  /** Those that this group has used. */
  readonly #indexes = new Map<number, IndexWriter>();
  readonly #indexesRemoved = new Set<number>();

  constructor(
    environment: Environment,
    catalog: Catalog,
    extractors: Extractors,
    writers: IndexWriters,
    state: StoredState,
  ) {
    this.environment = environment;
    this.catalog = catalog;
    this.#committed = catalog;
    this.extractors = extractors;
    this.#writers = writers;
    this.state = state;
  }

  counts(number: number): CollectionCounts {
    let counts = this.#counts.get(number);
    if (counts === undefined) {
      counts = readCounts(this.environment, number, undefined);
      this.#counts.set(number, counts);
    }
    return counts;
  }

  records(number: number): RecordWriter {
    let writer = this.#records.get(number);
    if (writer === undefined) {
      writer = new RecordWriter(this.environment, number);
      this.#records.set(number, writer);
    }
    return writer;
  }

  index(number: number, unique: boolean): IndexWriter {
    let writer = this.#indexes.get(number);
    if (writer === undefined) {
      writer = this.#writers.of(number, unique);
      this.#indexes.set(number, writer);
    }
    return writer;
  }

  /** An index with all changes of this group in it. */
  indexBlocks(number: number, unique: boolean): IndexBlocks {
    return this.index(number, unique).blocks(this.#writers.nextCommit);
  }

  nextNumber(): number {
    this.state.numberLast += 1;
    return this.state.numberLast;
  }

  /** Replaces one collection's entry; null removes it. */
  setEntry(namespace: Namespace, entry: CollectionEntry | null): void {
    const catalog = new Map(this.catalog);
    if (entry === null) catalog.delete(namespace);
    else catalog.set(namespace, entry);
    this.catalog = catalog;
  }

  /** Writes all that was held back, and removes what belongs to no collection any more. Yields where that takes a while. */
  *finish(): Generator<void, void> {
    const collections = new Set<number>();
    const indexes = new Set<number>();
    for (const entry of this.catalog.values()) {
      collections.add(entry.number);
      for (const number of entry.indexNumbers) indexes.add(number);
    }
    for (const [number, writer] of this.#records) {
      if (collections.has(number)) writer.flush();
      else removeRecords(this.environment, number);
      yield;
    }
    for (const number of this.#indexes.keys()) {
      if (!indexes.has(number)) this.#removeIndex(number);
    }
    for (const [number, counts] of this.#counts) {
      if (collections.has(number)) writeCounts(this.environment, number, counts);
    }
    if (this.catalog !== this.#committed) this.#writeCatalog(collections, indexes);
    yield* this.#writers.finish(this.#indexes, this.#indexesRemoved);
  }

  #writeCatalog(collections: ReadonlySet<number>, indexes: ReadonlySet<number>): void {
    for (const [namespace, entry] of this.catalog) {
      if (this.#committed.get(namespace) !== entry) writeCollection(this.environment, entry);
    }
    for (const entry of this.#committed.values()) {
      for (const number of entry.indexNumbers) if (!indexes.has(number)) this.#removeIndex(number);
      if (collections.has(entry.number)) continue;
      removeRecords(this.environment, entry.number);
      removeCollection(this.environment, entry.number);
    }
  }

  #removeIndex(number: number): void {
    this.environment
      .table('indexes')
      .removePrefix(blockKey(number, new Uint8Array(0)), blockKey(number + 1, new Uint8Array(0)));
    this.extractors.forget(number);
    this.#indexesRemoved.add(number);
  }
}
