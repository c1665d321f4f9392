/**
 * Keeps columns of collections in memory, bounded, and as new as the newest commit. A query gets them only where they show
 * exactly what its own snapshot shows; then they stay for it as they are.
 */
import type { Breathe } from '../planner/rows.ts';
import type { CommitListener, WrittenRecords } from '../storage/commit-feed.ts';
import { collectionKey } from '../storage/commit-feed.ts';
import type { CollectionReader, Namespace, Snapshot, Storage } from '../storage/storage.ts';
import { CollectionColumns, type PinnedColumns } from './collection-columns.ts';
import { ColumnBuild } from './column-build.ts';

/** A commit of more records than this throws the columns of its collection away. */
const WRITTEN_RECORDS_MAX = 20_000;
/** A field that did not fit is not tried again for so long. */
const UNFIT_MS = 60_000;

interface Entry {
  readonly columns: CollectionColumns;
  /** The newest commit that changed the collection, as far as it matters: snapshots from then on show what the columns show. */
  changedAt: number;
  build: ColumnBuild | undefined;
  /** When a field turned out not to fit (milliseconds). */
  readonly unfit: Map<string, number>;
}

export interface ColumnStatistics {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly columns: number;
  readonly collections: number;
  readonly hits: number;
  readonly builds: number;
  readonly evictions: number;
  readonly givenUp: number;
}

export class ColumnCache implements CommitListener {
  readonly #storage: Storage;
  readonly #bytesMax: () => number;
  readonly #entries = new Map<string, Entry>();
  #bound: number;
  #clock = 0;
  #hits = 0;
  #builds = 0;
  #evictions = 0;
  #givenUp = 0;

  /** `bytesMax` 0 turns it off. */
  constructor(storage: Storage, bytesMax: () => number) {
    this.#storage = storage;
    this.#bytesMax = bytesMax;
    this.#bound = bytesMax();
    storage.onRecordsCommitted(this);
  }

  get isOn(): boolean {
    if (this.#bytesMax() !== this.#bound) this.#applyBound();
    return this.#bound > 0;
  }

  /** Whether all these columns are there, so that a query need not build them. */
  has(collection: CollectionReader, fields: Iterable<string>): boolean {
    const entry = this.#entries.get(collectionKey(collection.info.uuid));
    if (entry === undefined) return false;
    for (const field of fields) if (!entry.columns.columns.has(field)) return false;
    return true;
  }

  /** Whether it could give these columns to a reader, as far as that can be told before. */
  couldHold(collection: CollectionReader, fields: Iterable<string>): boolean {
    if (!this.isOn || collection.commit === undefined) return false;
    const entry = this.#entries.get(collectionKey(collection.info.uuid));
    if (entry === undefined) return true;
    if (entry.changedAt > collection.commit) return false;
    for (const field of fields) if (this.#isUnfit(entry, field)) return false;
    return true;
  }

  /**
   * The columns as the collection's snapshot shows them, built if need be, with BREATHE in between; null where that is not
   * possible.
   */
  *pin(
    collection: CollectionReader,
    fields: ReadonlySet<string>,
    due: () => boolean,
  ): Generator<Breathe, PinnedColumns | null> {
    const key = collectionKey(collection.info.uuid);
    const { commit } = collection;
    for (;;) {
      if (!this.couldHold(collection, fields) || commit === undefined) return null;
      const entry = this.#entries.get(key) ?? this.#begin(key, collection.info.namespace);
      if (entry === null || entry.changedAt > commit) return null;
      const missing = [...fields].filter((field) => !entry.columns.columns.has(field));
      if (missing.length === 0) {
        this.#hits += 1;
        return this.#use(entry, fields);
      }
      const present = [...fields].filter((field) => entry.columns.columns.has(field));
      const held = present.length === 0 ? null : this.#use(entry, present);
      const build = entry.build ?? this.#startBuild(entry, collection.info.namespace, key, missing);
      if (build === null) return null;
      const showsTheSame = build.changedAt === entry.changedAt;
      yield* build.drive(due);
      if (build.isFinished && entry.build === build) this.#finish(entry, build);
      // What the build read is what this query's snapshot shows, whatever has been written since.
      if (showsTheSame && build.pinned !== null && missing.every((field) => build.pinned?.columns.has(field))) {
        return joined(build.pinned, held);
      }
    }
  }

  wants(collection: string): boolean {
    return this.#entries.has(collection);
  }

  committed(commit: number, written: ReadonlyMap<string, WrittenRecords>, lost: readonly string[]): void {
    for (const key of lost) {
      const entry = this.#entries.get(key);
      entry?.build?.abandon();
      this.#entries.delete(key);
    }
    for (const [key, records] of written) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      entry.changedAt = commit;
      entry.build?.note(records);
      if (entry.columns.columns.size === 0) continue;
      if (records.size > WRITTEN_RECORDS_MAX) {
        this.#forget(key, entry);
        continue;
      }
      for (const field of entry.columns.apply(records)) this.#giveUp(entry, field);
    }
    if (this.#bytes() > this.#bytesMax()) this.#shrink(new Set());
  }

  statistics(): ColumnStatistics {
    let columns = 0;
    let collections = 0;
    for (const entry of this.#entries.values()) {
      columns += entry.columns.columns.size;
      if (entry.columns.columns.size > 0) collections += 1;
    }
    return {
      bytes: this.#bytes(),
      bytesMax: this.#bytesMax(),
      columns,
      collections,
      hits: this.#hits,
      builds: this.#builds,
      evictions: this.#evictions,
      givenUp: this.#givenUp,
    };
  }

  /** A query that had begun on columns went the ordinary way after all. */
  noteGivenUp(): void {
    this.#givenUp += 1;
  }

  #applyBound(): void {
    this.#bound = this.#bytesMax();
    if (this.#bound > 0) this.#shrink(new Set());
    else {
      for (const entry of this.#entries.values()) entry.build?.abandon();
      this.#entries.clear();
    }
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.build?.abandon();
    this.#entries.clear();
  }

  /** Starts to follow a collection: what is committed now is what is known of it. */
  #begin(key: string, namespace: Namespace): Entry | null {
    using snapshot = this.#storage.snapshot();
    const collection = snapshot.collection(namespace);
    if (collection?.commit === undefined || collectionKey(collection.info.uuid) !== key) return null;
    const entry = {
      columns: new CollectionColumns(),
      changedAt: collection.commit,
      build: undefined,
      unfit: new Map(),
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #startBuild(entry: Entry, namespace: Namespace, key: string, fields: readonly string[]): ColumnBuild | null {
    const snapshot: Snapshot = this.#storage.snapshot();
    const collection = snapshot.collection(namespace);
    if (collection === null || collectionKey(collection.info.uuid) !== key) {
      snapshot.close();
      return null;
    }
    this.#builds += 1;
    entry.build = new ColumnBuild(snapshot, collection, {
      fields,
      changedAt: entry.changedAt,
      bytesMax: this.#bytesMax(),
    });
    entry.build.onAbandon = () => {
      entry.build = undefined;
    };
    return entry.build;
  }

  #finish(entry: Entry, build: ColumnBuild): void {
    entry.build = undefined;
    for (const field of build.unfit) entry.unfit.set(field, Date.now());
    const fresh = build.takeColumns();
    if (fresh === null) return;
    entry.columns.adopt(fresh);
    this.#clock += 1;
    for (const field of fresh.columns.keys()) this.#touch(entry, field);
    for (const field of build.unfitSince) this.#giveUp(entry, field);
    if (this.#bytes() > this.#bytesMax()) this.#shrink(new Set(fresh.columns.keys()));
  }

  #use(entry: Entry, fields: Iterable<string>): PinnedColumns {
    this.#clock += 1;
    for (const field of fields) this.#touch(entry, field);
    return entry.columns.pin(fields);
  }

  #touch(entry: Entry, field: string): void {
    const column = entry.columns.columns.get(field);
    if (column !== undefined) column.lastUsed = this.#clock;
  }

  #giveUp(entry: Entry, field: string): void {
    entry.columns.dropColumn(field);
    entry.unfit.set(field, Date.now());
  }

  #isUnfit(entry: Entry, field: string): boolean {
    const at = entry.unfit.get(field);
    if (at === undefined) return false;
    if (Date.now() - at < UNFIT_MS) return true;
    entry.unfit.delete(field);
    return false;
  }

  #forget(key: string, entry: Entry): void {
    // The entry stays: a build may be under way, and what changed when is still known.
    const { build, changedAt, unfit } = entry;
    const empty: Entry = { columns: new CollectionColumns(), changedAt, build, unfit };
    if (build !== undefined) {
      build.onAbandon = () => {
        empty.build = undefined;
      };
    }
    this.#entries.set(key, empty);
  }

  #bytes(): number {
    let bytes = 0;
    for (const { columns } of this.#entries.values()) bytes += columns.bytes;
    return bytes;
  }

  /** Drops the columns that were not used for longest until the rest fits. */
  #shrink(keep: ReadonlySet<string>): void {
    const all = [...this.#entries.values()].flatMap((entry) =>
      [...entry.columns.columns].map(([field, column]) => ({ entry, field, column })),
    );
    all.sort((a, b) => Number(keep.has(a.field)) - Number(keep.has(b.field)) || a.column.lastUsed - b.column.lastUsed);
    let bytes = this.#bytes();
    for (const { entry, field, column } of all) {
      if (bytes <= this.#bytesMax()) return;
      bytes -= column.bytes;
      entry.columns.dropColumn(field);
      this.#evictions += 1;
    }
  }
}

function joined(built: PinnedColumns, held: PinnedColumns | null): PinnedColumns {
  return held === null ? built : { ...built, columns: new Map([...held.columns, ...built.columns]) };
}
