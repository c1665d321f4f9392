/**
 * What open transactions have written: documents and unique keys, each held by one transaction until it ends. A second
 * transaction that wants one is refused at once (112); a write outside of transactions waits for the holder's end.
 */

import type { BsonValue } from '../bson/values.ts';
import { idKey } from '../storage/index-keys.ts';
import type { IndexInfo, Namespace } from '../storage/storage.ts';

/** Something that holds locks, and whose end can be waited for. */
export interface LockHolder {
  onEnd(listener: () => void): () => void;
}

/** Thrown out of a write that met a lock; whoever started the write waits and begins it anew. Never sent to a client. */
export class LockedByTransaction extends Error {
  readonly holder: LockHolder;

  constructor(holder: LockHolder) {
    super('The document is being written by an open transaction.');
    this.holder = holder;
  }
}

/** `indexes` are the collection's: ids that its collation holds for equal share a lock. */
export function documentLock(id: BsonValue, indexes: readonly IndexInfo[]): string {
  return keyLock('_id_', idKey(id, indexes));
}

export function keyLock(indexName: string, key: Uint8Array): string {
  return `${indexName}\0${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
}

export class WriteLocks {
  readonly #holders = new Map<Namespace, Map<string, LockHolder>>();

  get isEmpty(): boolean {
    return this.#holders.size === 0;
  }

  /** False where somebody else has it. */
  take(holder: LockHolder, namespace: Namespace, lock: string): boolean {
    let locks = this.#holders.get(namespace);
    if (locks === undefined) {
      locks = new Map();
      this.#holders.set(namespace, locks);
    }
    const present = locks.get(lock);
    if (present !== undefined) return present === holder;
    locks.set(lock, holder);
    return true;
  }

  holderOf(namespace: Namespace, lock: string): LockHolder | undefined {
    return this.#holders.get(namespace)?.get(lock);
  }

  /** Any transaction that has written to the collection. */
  holderIn(namespace: Namespace): LockHolder | undefined {
    return this.#holders.get(namespace)?.values().next().value;
  }

  release(holder: LockHolder): void {
    for (const [namespace, locks] of this.#holders) {
      for (const [lock, present] of locks) if (present === holder) locks.delete(lock);
      if (locks.size === 0) this.#holders.delete(namespace);
    }
  }
}
