/**
 * The device's store on Ditto: documents in their collections, and beside them what replication has to remember.
 */
import {
  type ContentHash,
  changedBy,
  contentHash,
  type Document,
  documentKey,
  HLC_ORIGIN,
  type Hlc,
  type Holding,
  keysOf,
  type Operation,
  type Position,
} from '../sync/index.ts';
import type { DeviceStorage } from './device-link.ts';
import { type DittoExecutor, type DittoStoreLike, rows } from './ditto-executor.ts';
import {
  lostRow,
  type OutboxRow,
  outboxId,
  outboxRow,
  type RejectedRow,
  rejectedOperationOf,
  rejectedRow,
} from './ditto-rows.ts';
import { clear, groupedBy, put, remove, replace } from './ditto-writes.ts';
import { statements } from './dql.ts';
import { NO_SHADOW, type RejectedOperation, type ReplicaMemory, type Shadow, type StoreBatch } from './replica.ts';

interface SyncState {
  readonly _id: 'sync';
  readonly epoch: string;
  readonly position: Position | null;
  readonly holdings_json: string;
  readonly sequence: number;
  /** Made or seen. */
  readonly newest_hlc: Hlc;
}

export class DittoStorage implements DeviceStorage {
  readonly #store: DittoStoreLike;
  #state: SyncState;

  private constructor(store: DittoStoreLike, state: SyncState) {
    this.#store = store;
    this.#state = state;
  }

  /** `newEpoch` names the store's life where it is new: 16 hexadecimal digits, at random. */
  static async open(store: DittoStoreLike, newEpoch: string): Promise<DittoStorage> {
    for (const statement of statements.indexes) await store.execute(statement);
    const [found] = await rows<SyncState>(store, statements.readSyncState);
    const state = found ?? (await recoveredState(store, newEpoch));
    if (found === undefined) await put(store, 'zava_sync', [state]);
    return new DittoStorage(store, state);
  }

  get epoch(): string {
    return this.#state.epoch;
  }

  /** The number of the next operation. */
  get nextSequence(): number {
    return this.#state.sequence + 1;
  }

  /** The newest stamp that this store's device has made or seen. */
  get newestHlc(): Hlc {
    return this.#state.newest_hlc;
  }

  async load(): Promise<ReplicaMemory> {
    const [state] = await rows<SyncState>(this.#store, statements.readSyncState);
    if (state !== undefined) this.#state = state;
    const outbox = await rows<OutboxRow>(this.#store, statements.readOutbox);
    const shadows = await rows<{ _id: string; shadow_json: string }>(this.#store, statements.readShadows);
    const rejected = await rows<{ _id: string }>(this.#store, statements.readRejected);
    const lost = await rows<{ _id: string }>(this.#store, statements.readLost);
    return {
      epoch: this.#state.epoch,
      lastSequence: this.#state.sequence,
      position: this.#state.position,
      holdings: JSON.parse(this.#state.holdings_json) as Record<string, Holding>,
      outbox: outbox.map(({ operation_json, applied_time }) => ({
        operation: JSON.parse(operation_json) as Operation,
        appliedTime: applied_time,
      })),
      shadows: new Map(shadows.map(({ _id, shadow_json }) => [_id, JSON.parse(shadow_json) as Shadow])),
      rejectedIds: [...rejected, ...lost].map(({ _id }) => _id),
    };
  }

  async store(batch: StoreBatch): Promise<void> {
    const state: SyncState = { ...this.#state, ...syncOf(batch.sync, this.#state), ...lifeOf(batch.newLife) };
    await this.#store.transaction(async (transaction) => {
      for (const { collection, exceptIds } of batch.clear) await clear(transaction, collection, exceptIds);
      for (const [collection, documents] of groupedBy(batch.upserts, ({ document }) => document)) {
        await replace(transaction, collection, documents);
      }
      for (const [collection, ids] of groupedBy(batch.removals, ({ id }) => id)) {
        await transaction.execute(statements.evictByIds(collection), { ids });
      }
      await put(
        transaction,
        'zava_outbox',
        batch.outbox.put.map((entry) => outboxRow(entry, state.epoch)),
      );
      await remove(transaction, 'zava_outbox', batch.outbox.remove.map(outboxId));
      await put(
        transaction,
        'zava_shadows',
        batch.shadows.put.map(({ key, shadow }) => ({ _id: key, shadow_json: JSON.stringify(shadow) })),
      );
      await remove(transaction, 'zava_shadows', batch.shadows.remove);
      await put(transaction, 'zava_rejected', batch.rejected.map(rejectedRow));
      await put(transaction, 'zava_lost', batch.lost.map(lostRow));
      await remove(transaction, 'zava_rejected', batch.settled);
      await remove(transaction, 'zava_lost', batch.settled);
      if (batch.sync !== null || batch.newLife !== null) await put(transaction, 'zava_sync', [state]);
    });
    this.#state = state;
  }

  async perform(operation: Operation): Promise<ReadonlyMap<string, Shadow>> {
    const shadows = new Map<string, Shadow>();
    const { sequence, hlc } = operation;
    // What is done once more keeps its old stamp.
    const newest_hlc = laterOf(hlc, this.#state.newest_hlc);
    const state: SyncState = { ...this.#state, sequence, newest_hlc };
    await this.#store.transaction(async (transaction) => {
      const found = await rows<{ _id: string }>(transaction, statements.readByIds('zava_shadows'), {
        ids: keysOf(operation),
      });
      const known = new Set(found.map(({ _id }) => _id));
      const after = new Map<string, { collection: string; document: Document }>();
      for (const change of operation.changes) {
        const { collection, id } = change;
        const key = documentKey(change);
        const found =
          after.get(key)?.document ??
          (await rows<Document>(transaction, statements.readByIds(collection), { ids: [id] }))[0];
        if (!known.has(key) && !shadows.has(key)) {
          shadows.set(key, found === undefined ? NO_SHADOW : { document: found, isGone: false });
        }
        const document = changedBy(found ?? null, change);
        if (document !== null) after.set(key, { collection, document });
      }
      for (const [collection, documents] of groupedBy([...after.values()], ({ document }) => document)) {
        await replace(transaction, collection, documents);
      }
      await put(transaction, 'zava_outbox', [outboxRow({ operation, appliedTime: null }, state.epoch)]);
      const rowsOfShadows = [...shadows].map(([key, shadow]) => ({ _id: key, shadow_json: JSON.stringify(shadow) }));
      await put(transaction, 'zava_shadows', rowsOfShadows);
      await put(transaction, 'zava_sync', [state]);
    });
    this.#state = state;
    return shadows;
  }

  async hashes(collection: string): Promise<ReadonlyMap<string, ContentHash>> {
    const documents = await rows<Document>(this.#store, statements.readAll(collection));
    return new Map(documents.map((document) => [String(document['_id']), contentHash(document)]));
  }

  async rejected(): Promise<RejectedOperation[]> {
    return (await rows<RejectedRow>(this.#store, statements.readRejected)).map(rejectedOperationOf);
  }
}

/**
 * The state of a store that has none: a new one, or one that lost it. Unsettled operations keep their names, so that those
 * that MongoDB has already do not count twice; what is downloaded is compared.
 */
async function recoveredState(store: DittoExecutor, newEpoch: string): Promise<SyncState> {
  const outbox = await rows<OutboxRow>(store, statements.readOutbox);
  const rejected = await rows<RejectedRow>(store, statements.readRejected);
  const operations = [...outbox, ...rejected].map(({ operation_json }) => JSON.parse(operation_json) as Operation);
  return {
    _id: 'sync',
    epoch: outbox.at(-1)?.epoch ?? newEpoch,
    position: null,
    holdings_json: '{}',
    sequence: Math.max(0, ...operations.map(({ sequence }) => sequence)),
    newest_hlc: operations.reduce((newest, { hlc }) => (hlc > newest ? hlc : newest), HLC_ORIGIN),
  };
}

function syncOf(sync: StoreBatch['sync'], before: SyncState): Partial<SyncState> {
  if (sync === null) return {};
  const { position, holdings, newestHlc } = sync;
  return { position, holdings_json: JSON.stringify(holdings), newest_hlc: laterOf(newestHlc, before.newest_hlc) };
}

const laterOf = (one: Hlc, other: Hlc): Hlc => (one > other ? one : other);

const lifeOf = (life: StoreBatch['newLife']) =>
  life === null ? {} : { epoch: life.epoch, sequence: life.lastSequence };
