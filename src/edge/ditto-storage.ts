/**
 * The device's store on Ditto: documents in their collections, and beside them what replication has to remember. Knows
 * the SDK only by the few methods that it uses, so that Ditto for Node, React Native and the web all fit.
 */
import {
  type ContentHash,
  contentHash,
  type Document,
  documentKey,
  fieldChangesOf,
  HLC_ORIGIN,
  type Hlc,
  type Holding,
  keysOf,
  leavesOf,
  type Operation,
  type Position,
  withChanges,
} from '../sync/index.ts';
import type { DeviceStorage } from './device-link.ts';
import { statements } from './dql.ts';
import type { OutboxEntry } from './outbox.ts';
import {
  type LostChange,
  NO_SHADOW,
  type RejectedOperation,
  type ReplicaMemory,
  type Shadow,
  type StoreBatch,
} from './replica.ts';

/** What this needs of `ditto.store`, and of a transaction. */
export interface DittoExecutor {
  execute(
    query: string,
    parameters?: Record<string, unknown>,
  ): Promise<{ readonly items: readonly { readonly value: unknown }[] }>;
}

export interface DittoStoreLike extends DittoExecutor {
  transaction<T>(
    work: (transaction: DittoExecutor) => Promise<T>,
    options?: { readonly isReadOnly?: boolean },
  ): Promise<T>;
}

interface SyncState {
  readonly _id: 'sync';
  readonly epoch: string;
  readonly position: Position | null;
  readonly holdings_json: string;
  readonly sequence: number;
  /** Made or seen. */
  readonly newest_hlc: Hlc;
}

/** Documents per statement: large enough to be fast, small enough to leave others a turn. */
const DOCUMENTS_PER_STATEMENT = 500;

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
        if (change.kind === 'create') after.set(key, { collection, document: change.document });
        else if (found !== undefined)
          after.set(key, { collection, document: withChanges(found, fieldChangesOf(change)) });
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

async function rows<Row>(
  executor: DittoExecutor,
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<Row[]> {
  const { items } = await executor.execute(query, parameters);
  return items.map(({ value }) => value as Row);
}

async function clear(transaction: DittoExecutor, collection: string, exceptIds: readonly string[]): Promise<void> {
  if (exceptIds.length === 0) await transaction.execute(statements.evictAll(collection));
  else await transaction.execute(statements.evictAllBut(collection), { ids: exceptIds });
}

/** An insertion merges into a document that is there: fields that are gone have to be taken away by name. */
async function replace(transaction: DittoExecutor, collection: string, named: readonly Document[]): Promise<void> {
  const documents = latestById(named);
  for (let at = 0; at < documents.length; at += DOCUMENTS_PER_STATEMENT) {
    const portion = documents.slice(at, at + DOCUMENTS_PER_STATEMENT);
    const ids = portion.map((document) => String(document['_id']));
    const before = new Map(
      (await rows<Document>(transaction, statements.readByIds(collection), { ids })).map((one) => [
        String(one['_id']),
        one,
      ]),
    );
    await put(transaction, collection, portion);
    for (const document of portion) {
      const old = before.get(String(document['_id']));
      if (old === undefined) continue;
      const gone = vanishedPaths(old, document);
      if (gone.length > 0) await transaction.execute(statements.unset(collection, gone), { id: document['_id'] });
    }
  }
}

function latestById(documents: readonly Document[]): Document[] {
  return [...new Map(documents.map((document) => [document['_id'], document])).values()];
}

/** The uppermost paths of `before` that `after` does not have. */
function vanishedPaths(before: Document, after: Document): string[] {
  const now = leavesOf(after);
  const kept = new Set<string>();
  for (const path of Object.keys(now)) {
    const names = path.split('.');
    for (let length = 1; length <= names.length; length++) kept.add(names.slice(0, length).join('.'));
  }
  const gone = new Set<string>();
  for (const path of Object.keys(leavesOf(before))) {
    if (kept.has(path)) continue;
    const names = path.split('.');
    const depth = names.findIndex((_, index) => !kept.has(names.slice(0, index + 1).join('.')));
    gone.add(names.slice(0, depth + 1).join('.'));
  }
  return [...gone];
}

/** Ditto refuses a statement that names a document twice; what was named last stands. */
async function put(executor: DittoExecutor, collection: string, named: readonly object[]): Promise<void> {
  const documents = latestById(named as readonly Document[]);
  for (let at = 0; at < documents.length; at += DOCUMENTS_PER_STATEMENT) {
    await executor.execute(statements.put(collection), {
      documents: documents.slice(at, at + DOCUMENTS_PER_STATEMENT),
    });
  }
}

async function remove(executor: DittoExecutor, collection: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await executor.execute(statements.evictByIds(collection), { ids: [...ids] });
}

function groupedBy<Item extends { readonly collection: string }, Value>(
  items: readonly Item[],
  pick: (item: Item) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    const values = groups.get(item.collection);
    if (values === undefined) groups.set(item.collection, [pick(item)]);
    else values.push(pick(item));
  }
  return groups;
}

function syncOf(sync: StoreBatch['sync'], before: SyncState): Partial<SyncState> {
  if (sync === null) return {};
  const { position, holdings, newestHlc } = sync;
  return { position, holdings_json: JSON.stringify(holdings), newest_hlc: laterOf(newestHlc, before.newest_hlc) };
}

const laterOf = (one: Hlc, other: Hlc): Hlc => (one > other ? one : other);

const lifeOf = (life: StoreBatch['newLife']) =>
  life === null ? {} : { epoch: life.epoch, sequence: life.lastSequence };

const outboxId = (sequence: number): string => String(sequence).padStart(12, '0');

export interface OutboxRow {
  readonly _id: string;
  readonly sequence: number;
  readonly epoch: string;
  readonly action: string;
  readonly hlc: Hlc;
  readonly operation_json: string;
  readonly is_settlement: boolean;
  readonly applied_time: string | null;
}

function outboxRow({ operation, appliedTime }: OutboxEntry, epoch: string): OutboxRow {
  return {
    _id: outboxId(operation.sequence),
    sequence: operation.sequence,
    epoch,
    action: operation.action,
    hlc: operation.hlc,
    operation_json: JSON.stringify(operation),
    is_settlement: operation.settles !== undefined,
    applied_time: appliedTime,
  };
}

export interface RejectedRow {
  readonly _id: string;
  readonly action: string;
  readonly hlc: Hlc;
  readonly operation_json: string;
  readonly reason: string;
  readonly message: string;
  readonly inbox_id: string;
}

function rejectedRow({ operation, reason, message, inboxId }: RejectedOperation): RejectedRow {
  return {
    _id: inboxId,
    action: operation.action,
    hlc: operation.hlc,
    operation_json: JSON.stringify(operation),
    reason,
    message,
    inbox_id: inboxId,
  };
}

export interface LostRow {
  readonly _id: string;
  readonly hlc: Hlc;
  readonly lost_json: string;
}

const lostRow = (lost: LostChange): LostRow => ({
  _id: lost.conflictId,
  hlc: lost.operation.hlc,
  lost_json: JSON.stringify(lost),
});

export const lostChangeOf = ({ lost_json }: LostRow): LostChange => JSON.parse(lost_json) as LostChange;

export const rejectedOperationOf = ({ operation_json, reason, message, inbox_id }: RejectedRow): RejectedOperation => ({
  operation: JSON.parse(operation_json) as Operation,
  reason,
  message,
  inboxId: inbox_id,
});
