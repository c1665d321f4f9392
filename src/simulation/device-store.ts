/** A device's durable store in memory: what a crash leaves. Batches are stored whole or not at all. */
import type { OutboxEntry, RejectedOperation, ReplicaMemory, Shadow, StoreBatch } from '../edge/index.ts';
import { NO_SHADOW } from '../edge/index.ts';
import {
  type ContentHash,
  changedBy,
  contentHash,
  type Document,
  documentKey,
  HLC_ORIGIN,
  type Hlc,
  type Operation,
} from '../sync/index.ts';

export class DeviceStore {
  readonly documents = new Map<string, Document>();
  readonly outbox = new Map<number, OutboxEntry>();
  readonly shadows = new Map<string, Shadow>();
  rejected: readonly RejectedOperation[] = [];
  /** Names the store's life; another begins where it was put back to an older state. */
  epoch: string;
  sequence = 0;
  newestHlc: Hlc = HLC_ORIGIN;
  #sync: Pick<NonNullable<StoreBatch['sync']>, 'position' | 'holdings'> = { position: null, holdings: {} };

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  get position() {
    return this.#sync.position;
  }

  get holdings() {
    return this.#sync.holdings;
  }

  memory(): ReplicaMemory {
    return {
      epoch: this.epoch,
      position: this.position,
      holdings: this.holdings,
      outbox: [...this.outbox.values()].sort((one, other) => one.operation.sequence - other.operation.sequence),
      shadows: new Map(this.shadows),
      lastSequence: this.sequence,
      rejectedIds: this.rejected.map(({ inboxId }) => inboxId),
    };
  }

  store(batch: StoreBatch): void {
    for (const { collection, exceptIds } of batch.clear) {
      const kept = new Set(exceptIds.map((id) => `${collection}/${id}`));
      for (const key of [...this.documents.keys()]) {
        if (key.startsWith(`${collection}/`) && !kept.has(key)) this.documents.delete(key);
      }
    }
    for (const { collection, document } of batch.upserts) {
      this.documents.set(documentKey({ collection, id: String(document['_id']) }), document);
    }
    for (const removal of batch.removals) this.documents.delete(documentKey(removal));
    for (const entry of batch.outbox.put) this.outbox.set(entry.operation.sequence, entry);
    for (const sequence of batch.outbox.remove) this.outbox.delete(sequence);
    for (const { key, shadow } of batch.shadows.put) this.shadows.set(key, shadow);
    for (const key of batch.shadows.remove) this.shadows.delete(key);
    const gone = new Set([...batch.settled, ...batch.rejected.map(({ inboxId }) => inboxId)]);
    this.rejected = [...this.rejected.filter(({ inboxId }) => !gone.has(inboxId)), ...batch.rejected];
    if (batch.newLife !== null) {
      this.epoch = batch.newLife.epoch;
      this.sequence = batch.newLife.lastSequence;
    }
    if (batch.sync === null) return;
    this.#sync = batch.sync;
    if (batch.sync.newestHlc > this.newestHlc) this.newestHlc = batch.sync.newestHlc;
  }

  /** One retail action, as the device's own transaction does it. */
  perform(operation: Operation): ReadonlyMap<string, Shadow> {
    const shadows = new Map<string, Shadow>();
    for (const change of operation.changes) {
      const key = documentKey(change);
      const found = this.documents.get(key);
      if (!this.shadows.has(key) && !shadows.has(key)) {
        shadows.set(key, found === undefined ? NO_SHADOW : { document: found, isGone: false });
      }
      const document = changedBy(found ?? null, change);
      if (document !== null) this.documents.set(key, document);
    }
    this.outbox.set(operation.sequence, { operation, appliedTime: null });
    for (const [key, shadow] of shadows) this.shadows.set(key, shadow);
    this.sequence = operation.sequence;
    // What is replayed has its old stamp.
    if (operation.hlc > this.newestHlc) this.newestHlc = operation.hlc;
    return shadows;
  }

  hashes(collection: string): Map<string, ContentHash> {
    const hashes = new Map<string, ContentHash>();
    for (const [key, document] of this.documents) {
      if (key.startsWith(`${collection}/`)) hashes.set(key.slice(collection.length + 1), contentHash(document));
    }
    return hashes;
  }

  /** As a backup of the device would have it. */
  copy(): DeviceStore {
    const copy = new DeviceStore(this.epoch);
    for (const [key, document] of this.documents) copy.documents.set(key, document);
    for (const [sequence, entry] of this.outbox) copy.outbox.set(sequence, entry);
    for (const [key, shadow] of this.shadows) copy.shadows.set(key, shadow);
    copy.rejected = this.rejected;
    copy.sequence = this.sequence;
    copy.newestHlc = this.newestHlc;
    copy.#sync = this.#sync;
    return copy;
  }
}
