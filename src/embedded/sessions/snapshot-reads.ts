/**
 * Reads of one past moment (`readConcern: snapshot` outside of transactions): the first read pins a snapshot and learns
 * its cluster time; later reads name that time. A snapshot is kept for a minute after its last use, 16 at most.
 */
import type { Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { Snapshot, Storage } from '../storage/storage.ts';
import type { ReadView } from './views.ts';

const KEEP_MS = 60_000;
const SNAPSHOTS_MAX = 16;
const SWEEP_MS = 5000;

interface Kept {
  readonly snapshot: Snapshot;
  users: number;
  lastUsedMs: number;
}

export class SnapshotReads {
  readonly #storage: Storage;
  readonly #kept = new Map<string, Kept>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** The view at a cluster time, or at the present one, which is then kept under its time. */
  open(atClusterTime: Timestamp | undefined): { view: ReadView; at: Timestamp } {
    const latest = this.#storage.changeLog.latest();
    const at = atClusterTime ?? latest;
    let kept = this.#kept.get(keyOf(at));
    if (kept === undefined) {
      if (latest.greaterThan(at)) {
        throw new MongoError(239, `Read timestamp ${at.t}:${at.i} is older than the oldest available timestamp.`);
      }
      kept = { snapshot: this.#storage.snapshot(), users: 0, lastUsedMs: Date.now() };
      this.#kept.set(keyOf(at), kept);
    }
    return { view: this.#use(kept), at };
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const { snapshot } of this.#kept.values()) snapshot.close();
    this.#kept.clear();
  }

  #use(kept: Kept): ReadView {
    kept.users += 1;
    kept.lastUsedMs = Date.now();
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      kept.users -= 1;
    };
    const { snapshot } = kept;
    return {
      collection: (namespace) => snapshot.collection(namespace),
      collections: (database) => snapshot.collections(database),
      release,
      [Symbol.dispose]: release,
    };
  }

  #sweep(): void {
    const oldest = Date.now() - KEEP_MS;
    for (const [key, kept] of this.#kept) {
      const surplus = this.#kept.size > SNAPSHOTS_MAX;
      if (kept.users === 0 && (surplus || kept.lastUsedMs < oldest)) {
        kept.snapshot.close();
        this.#kept.delete(key);
      }
    }
  }
}

function keyOf(time: Timestamp): string {
  return `${time.t}:${time.i}`;
}
