/** Writes what was decided of an operation, in the caller's transaction: documents, stamps, conflict log, stock ledger. */
import type { ClientSession, Db } from 'mongodb';
import { foldMovements, type LedgerMovement, reviewStockAlerts, updateStockAlerts } from '../../database/index.ts';
import { fieldAt, isoTimeFromSeconds } from '../../domain/index.ts';
import {
  type Document,
  type DocumentKey,
  type Hlc,
  keysOf,
  NO_STAMPS,
  type Operation,
  type Stamps,
} from '../../sync/index.ts';
import type { Decision, Standing } from '../decide-operation.ts';
import { namedOrderIds } from '../named-orders.ts';
import { type ConflictRecord, type StampsRecord, type SyncCollections, syncCollections } from './collections.ts';

export type Applied = Extract<Decision, { outcome: 'applied' }>;

/** The documents that an operation is about, as they stand, or when they were deleted. */
export async function readStanding(db: Db, operation: Operation, session?: ClientSession): Promise<StandingDocuments> {
  const inSession = session === undefined ? {} : { session };
  const stamps = new Map<string, Stamps>();
  const records = syncCollections(db).stamps.find({ _id: { $in: keysOf(operation) } }, inSession);
  for (const record of await records.toArray()) {
    stamps.set(record._id, { base: record.base, fields: Object.fromEntries(record.fields) });
  }
  const standing = new StandingDocuments(stamps);
  for (const collection of new Set(operation.changes.map((change) => change.collection))) {
    const changes = operation.changes.filter((change) => change.collection === collection);
    const found = db
      .collection<{ _id: string }>(collection)
      .find({ _id: { $in: changes.map(({ id }) => id) } }, inSession);
    for (const document of await found.toArray()) {
      const key = `${collection}/${document._id}`;
      standing.set(key, { document: document as Document, stamps: stamps.get(key) ?? NO_STAMPS });
    }
  }
  const orders = namedOrderIds(operation);
  if (orders.length > 0) {
    const found = db.collection<{ _id: string }>('orders').find({ _id: { $in: orders } }, inSession);
    for (const order of await found.toArray()) standing.nameOrder(`orders/${order._id}`, order as Document);
  }
  return standing;
}

/** Documents by key; of those that are gone, what their stamps tell. */
export class StandingDocuments extends Map<DocumentKey, Standing> {
  readonly #stamps: ReadonlyMap<DocumentKey, Stamps>;
  readonly #orders = new Map<DocumentKey, Document>();

  constructor(stamps: ReadonlyMap<DocumentKey, Stamps>) {
    super();
    this.#stamps = stamps;
  }

  nameOrder(key: DocumentKey, order: Document): void {
    this.#orders.set(key, order);
  }

  /** An order that the operation names and does not change. */
  namedOrder(key: DocumentKey): Document | undefined {
    return this.#orders.get(key);
  }

  /** The newest stamp of a document that is not there any more. */
  goneSince(key: DocumentKey): Hlc | undefined {
    return this.has(key) ? undefined : this.#stamps.get(key)?.base;
  }
}

export interface OperationFacts {
  readonly key: string;
  readonly hlc: Hlc;
  readonly deviceId: string;
  readonly wallClockMs: number;
}

export async function carryOut(
  db: Db,
  operation: Operation,
  decision: Applied,
  facts: OperationFacts,
  session: ClientSession,
): Promise<void> {
  const collections = syncCollections(db);
  await write(db, collections, decision, session);
  await logConflicts(collections, operation, decision, facts, session);
  await updateStock(db, decision, session, facts.wallClockMs);
}

async function write(db: Db, collections: SyncCollections, { writes }: Applied, session: ClientSession): Promise<void> {
  for (const { collection, id, before, after, stamps, appliedPaths } of writes) {
    if (appliedPaths.length === 0) continue;
    const target = db.collection<{ _id: string }>(collection);
    if (before === null) await target.insertOne(after as { _id: string }, { session });
    else await target.updateOne({ _id: id }, updateOf(after, appliedPaths), { session });
    const record: Omit<StampsRecord, '_id'> = { base: stamps.base, fields: Object.entries(stamps.fields) };
    await collections.stamps.updateOne({ _id: `${collection}/${id}` }, { $set: record }, { session, upsert: true });
  }
}

/** Only what changed, so that a change stream tells it field by field. */
function updateOf(after: Document, paths: readonly string[]) {
  const set: Record<string, unknown> = {};
  const unset: Record<string, true> = {};
  for (const path of paths) {
    const value = fieldAt(after, path);
    if (value === undefined) unset[uppermostGone(after, path)] = true;
    else set[path] = value;
  }
  return {
    ...(Object.keys(set).length === 0 ? {} : { $set: set }),
    ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }),
  };
}

/** The shortest part of a path of which nothing is left. */
function uppermostGone(after: Document, path: string): string {
  const names = path.split('.');
  const prefixes = names.map((_, index) => names.slice(0, index + 1).join('.'));
  return prefixes.find((prefix) => fieldAt(after, prefix) === undefined) ?? path;
}

async function logConflicts(
  collections: SyncCollections,
  operation: Operation,
  decision: Applied,
  facts: OperationFacts,
  session: ClientSession,
): Promise<void> {
  const records = conflictsOf(operation, decision, facts);
  if (records.length > 0) await collections.conflicts.insertMany(records, { session });
}

/** The entries of the conflict log that an operation makes. */
export function conflictsOf(
  { userId, action }: Operation,
  { conflicts }: Applied,
  { key, hlc, deviceId, wallClockMs }: OperationFacts,
): ConflictRecord[] {
  return conflicts.map(({ collection, id, path, value, standing, standingHlc, reason }, index) => ({
    _id: `${key}:${index}`,
    state: 'open',
    collection,
    document_id: id,
    path,
    value: value ?? null,
    took_away: value === undefined,
    standing: standing ?? null,
    standing_hlc: standingHlc,
    hlc,
    reason,
    device_id: deviceId,
    user_id: userId,
    action,
    recorded_at: new Date(wallClockMs),
  }));
}

async function updateStock(db: Db, { writes }: Applied, session: ClientSession, wallClockMs: number): Promise<void> {
  const at = isoTimeFromSeconds(Math.floor(wallClockMs / 1000));
  const movements = writes.flatMap(({ collection, before, after }) =>
    collection === 'stock_movements' && before === null ? [after as unknown as LedgerMovement] : [],
  );
  if (movements.length > 0) await updateStockAlerts(db, session, await foldMovements(db, session, movements), at);
  await reviewStockAlerts(db, session, itemsOfReopened(writes), at);
}

/** Items of alerts that were resolved, and are not any more: somebody took one on without knowing. The ledger knows better. */
const itemsOfReopened = (writes: Applied['writes']): string[] =>
  writes.flatMap(({ collection, before, after }) => {
    if (collection !== 'alerts' || before?.['state'] !== 'resolved' || after['state'] === 'resolved') return [];
    const { inventory_id: id } = (after['subjects'] ?? {}) as { inventory_id?: unknown };
    return typeof id === 'string' ? [id] : [];
  });
