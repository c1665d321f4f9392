/**
 * Tells one listener of committed writes, record by record, so that what is kept in memory beside the database stays
 * exactly as new as it. Commits are numbered; a reader of a snapshot knows which commit it shows.
 */
import type { RawDocument } from '../bson/values.ts';
import type { Catalog } from './catalog.ts';
import type { RecordId } from './storage.ts';

/** What one commit did to the records of one collection: what each is now, undefined where it was removed. */
export type WrittenRecords = ReadonlyMap<RecordId, RawDocument | undefined>;

export interface CommitListener {
  /** Whether the writes to this collection (its uuid in hex) are wanted. Asked before each write. */
  wants(collection: string): boolean;
  /**
   * Called right after the commit, in the same turn, before any snapshot can show it. `lost` are the collections that
   * this commit ended, or some of whose writes were not wanted when they were made. Must not throw.
   */
  committed(commit: number, written: ReadonlyMap<string, WrittenRecords>, lost: readonly string[]): void;
}

const keys = new WeakMap<Uint8Array, string>();

/** A collection's uuid in hex. The same object is asked for again and again. */
export function collectionKey(uuid: Uint8Array): string {
  let key = keys.get(uuid);
  if (key === undefined) {
    key = Buffer.from(uuid).toString('hex');
    keys.set(uuid, key);
  }
  return key;
}

export class CommitFeed {
  /** The number of the newest commit. */
  commit = 0;
  #listener: CommitListener | undefined;
  #written = new Map<string, Map<RecordId, RawDocument | undefined>>();
  /** Collections with writes that nobody wanted: who begins to want them before the commit is seen has missed those. */
  #unwanted = new Set<string>();

  listen(listener: CommitListener): void {
    this.#listener = listener;
  }

  /** Notes a write of the transaction under way; taking it back is noted in the same way. */
  note(uuid: Uint8Array, recordId: RecordId, raw: RawDocument | undefined): void {
    if (this.#listener === undefined) return;
    const key = collectionKey(uuid);
    if (!this.#listener.wants(key)) {
      this.#unwanted.add(key);
      return;
    }
    let records = this.#written.get(key);
    if (records === undefined) this.#written.set(key, (records = new Map()));
    records.set(recordId, raw);
  }

  /** The transaction under way was given up. */
  forget(): void {
    this.#written.clear();
    this.#unwanted.clear();
  }

  publish(before: Catalog, after: Catalog): void {
    this.commit += 1;
    if (this.#listener === undefined) return;
    const written = this.#written;
    const lost = before === after ? [] : endedBetween(before, after);
    for (const key of this.#unwanted) if (this.#listener.wants(key)) lost.push(key);
    this.#unwanted.clear();
    if (written.size === 0 && lost.length === 0) return;
    this.#written = new Map();
    this.#listener.committed(this.commit, written, lost);
  }
}

function endedBetween(before: Catalog, after: Catalog): string[] {
  const left = new Set<string>();
  for (const { info } of after.values()) left.add(collectionKey(info.uuid));
  const ended: string[] = [];
  for (const { info } of before.values()) {
    const key = collectionKey(info.uuid);
    if (!left.has(key)) ended.push(key);
  }
  return ended;
}
