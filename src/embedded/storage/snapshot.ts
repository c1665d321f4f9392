import type { Transaction } from 'lmdb';
import { type Catalog, type CollectionCounts, type CollectionEntry, readCounts } from './catalog.ts';
import type { Environment } from './environment.ts';
import { IndexBlocks } from './index-blocks.ts';
import { type CollectionSource, StoredCollection } from './readers.ts';
import { RecordReader } from './records.ts';
import type { CollectionInfo, CollectionReader, Namespace, Snapshot } from './storage.ts';
import type { Tails } from './tail-rows.ts';

/** What of the committed state is kept in memory; it never changes. */
export interface Committed {
  readonly catalog: Catalog;
  readonly tails: Tails;
  /** The number of the commit. */
  readonly commit: number;
}

/** A view of what was committed when it was made, pinned by an LMDB read transaction. */
export class LmdbSnapshot implements Snapshot {
  readonly #environment: Environment;
  readonly #committed: Committed;
  readonly #view: Transaction;
  readonly #collections = new Map<Namespace, StoredCollection>();
  readonly #onClose: (snapshot: LmdbSnapshot) => void;
  #isOpen = true;

  constructor(
    environment: Environment,
    view: Transaction,
    committed: Committed,
    onClose: (snapshot: LmdbSnapshot) => void,
  ) {
    this.#environment = environment;
    this.#committed = committed;
    this.#view = view;
    this.#onClose = onClose;
  }

  collection(namespace: Namespace): CollectionReader | null {
    const entry = this.#committed.catalog.get(namespace);
    if (entry === undefined) return null;
    let collection = this.#collections.get(namespace);
    if (collection === undefined) {
      collection = new StoredCollection(
        new SnapshotSource(this.#environment, entry, this.#view, this.#committed, () => this.#isOpen),
      );
      this.#collections.set(namespace, collection);
    }
    return collection;
  }

  collections(database?: string): CollectionInfo[] {
    return infosOf(this.#committed.catalog, database);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#view.done();
    this.#onClose(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

export function infosOf(catalog: Catalog, database?: string): CollectionInfo[] {
  const infos: CollectionInfo[] = [];
  for (const { info } of catalog.values()) if (database === undefined || info.database === database) infos.push(info);
  return infos;
}

class SnapshotSource implements CollectionSource {
  readonly entry: CollectionEntry;
  readonly commit: number;
  readonly #environment: Environment;
  readonly #tails: Tails;
  readonly #view: Transaction;
  readonly #isOpen: () => boolean;
  readonly #records: RecordReader;
  #counts: CollectionCounts | undefined;

  constructor(
    environment: Environment,
    entry: CollectionEntry,
    view: Transaction,
    { commit, tails }: Committed,
    isOpen: () => boolean,
  ) {
    this.entry = entry;
    this.commit = commit;
    this.#tails = tails;
    this.#environment = environment;
    this.#view = view;
    this.#isOpen = isOpen;
    this.#records = new RecordReader(environment, entry.number, view, () => this.#refuseClosed());
  }

  get counts(): CollectionCounts {
    this.#refuseClosed();
    this.#counts ??= readCounts(this.#environment, this.entry.number, this.#view);
    return this.#counts;
  }

  get records(): RecordReader {
    this.#refuseClosed();
    return this.#records;
  }

  blocks(indexNumber: number): IndexBlocks {
    this.#refuseClosed();
    return new IndexBlocks(this.#environment, indexNumber, this.#view, this.#tails.get(indexNumber), () =>
      this.#refuseClosed(),
    );
  }

  /** LMDB itself would crash the process on a transaction that has ended. */
  #refuseClosed(): void {
    if (!this.#isOpen()) throw new Error('The snapshot was closed: nothing can be read from it any more.');
  }
}
