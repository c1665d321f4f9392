/**
 * Snapshots of many devices, chunk by chunk. First the ids of a collection's scope, by whatever index suits its filter, then
 * the documents by id: a filter together with an order of `_id` would make MongoDB look at all of the collection for every
 * chunk. The ids are what this holds, so only so many devices are served at once; the others wait for their turn.
 */
import type { Db } from 'mongodb';
import type { CollectionScope, Document } from '../../sync/index.ts';
import { readDocuments } from './scope-reads.ts';

export interface Chunk {
  /** Those that a device can hold. */
  readonly documents: readonly Document[];
  readonly lastId: string | null;
  readonly isLast: boolean;
}

export interface SnapshotReadsOptions {
  readonly devicesMax?: number;
  /** A device that asks for nothing for so long makes room for another; its ids are read again when it asks. */
  readonly idleMs?: number;
}

interface IdList {
  readonly collection: string;
  readonly fingerprint: string;
  readonly ids: readonly string[];
  /** How many of them were read. */
  count: number;
  lastId: string | null;
}

interface Turn {
  list: IdList | null;
  askedMs: number;
  isReading: boolean;
}

const DEVICES_MAX = 64;
const IDLE_MS = 5_000;
const NOTHING: Chunk = { documents: [], lastId: null, isLast: false };

export class SnapshotReads {
  readonly #db: Db;
  readonly #devicesMax: number;
  readonly #idleMs: number;
  readonly #turns = new Map<object, Turn>();
  readonly #waiting = new Map<object, (turn: Turn | null) => void>();

  constructor(db: Db, { devicesMax = DEVICES_MAX, idleMs = IDLE_MS }: SnapshotReadsOptions = {}) {
    this.#db = db;
    this.#devicesMax = devicesMax;
    this.#idleMs = idleMs;
  }

  get devices(): { readonly served: number; readonly waiting: number } {
    return { served: this.#turns.size, waiting: this.#waiting.size };
  }

  /** In the order of `_id`, strictly after `afterId`. `device` is whoever asks; it has to call {@link leave} in the end. */
  async readChunk(device: object, scope: CollectionScope, afterId: string | null, limit: number): Promise<Chunk> {
    const turn = this.#turns.get(device) ?? (await this.#turnOf(device));
    if (turn === null) return NOTHING;
    turn.isReading = true;
    try {
      const list = await this.#listOf(turn, scope, afterId);
      const ids = list.ids.slice(list.count, list.count + limit);
      const documents = await readDocuments(this.#db, scope, ids);
      list.count += ids.length;
      list.lastId = ids.at(-1) ?? list.lastId;
      return { documents, lastId: ids.at(-1) ?? null, isLast: list.count >= list.ids.length };
    } finally {
      turn.isReading = false;
      turn.askedMs = Date.now();
    }
  }

  /** The device has what it wanted, or is gone. */
  leave(device: object): void {
    this.#turns.delete(device);
    const waiting = this.#waiting.get(device);
    this.#waiting.delete(device);
    waiting?.(null);
    this.makeRoom();
  }

  /** To be called now and then. */
  makeRoom(): void {
    if (this.#waiting.size === 0) return;
    for (const [device, { askedMs, isReading }] of this.#turns) {
      if (!isReading && Date.now() - askedMs > this.#idleMs) this.#turns.delete(device);
    }
    for (const [device, resolve] of this.#waiting) {
      if (this.#turns.size >= this.#devicesMax) return;
      this.#waiting.delete(device);
      resolve(this.#begin(device));
    }
  }

  async #turnOf(device: object): Promise<Turn | null> {
    if (this.#turns.size < this.#devicesMax) return this.#begin(device);
    return await new Promise((resolve) => {
      this.#waiting.set(device, resolve);
      this.makeRoom();
    });
  }

  #begin(device: object): Turn {
    const turn: Turn = { list: null, askedMs: Date.now(), isReading: false };
    this.#turns.set(device, turn);
    return turn;
  }

  async #listOf(turn: Turn, scope: CollectionScope, afterId: string | null): Promise<IdList> {
    const { collection, fingerprint } = scope;
    const known = turn.list;
    const isThis = known?.collection === collection && known.fingerprint === fingerprint && known.lastId === afterId;
    if (known !== null && isThis) return known;
    const list = { collection, fingerprint, ids: await this.#idsOf(scope, afterId), count: 0, lastId: afterId };
    turn.list = list;
    return list;
  }

  /** Sorted here: every gateway sorts alike, so a device goes on at any of them. */
  async #idsOf(scope: CollectionScope, afterId: string | null): Promise<string[]> {
    const ids: string[] = [];
    const cursor = this.#db
      .collection<{ _id: string }>(scope.collection)
      .find(scope.filter as object, { projection: { _id: 1 }, batchSize: 10_000, readConcern: { level: 'majority' } });
    for await (const { _id } of cursor) {
      // An id that is no text is not for devices.
      if (typeof _id === 'string' && (afterId === null || _id > afterId)) ids.push(_id);
    }
    return ids.sort();
  }
}
