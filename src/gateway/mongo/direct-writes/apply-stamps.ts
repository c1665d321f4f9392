/** Brings the stamps of directly written documents up to date, and puts back what an older edit of a device wrote over. */
import type { AnyBulkWriteOperation, ClientSession, Db } from 'mongodb';
import {
  type Document,
  documentKey,
  type FieldChanges,
  type Hlc,
  NO_STAMPS,
  type Stamps,
  withChanges,
} from '../../../sync/index.ts';
import { type ConflictRecord, type OperationRecord, type StampsRecord, syncCollections } from '../collections.ts';
import { type Awaited, resolveAwaited, stampChanges, stampNewIncarnation } from './decide-stamps.ts';
import type { WriteKind } from './events.ts';

/** A write of one document: a direct one with its stamp, or a gateway's with its operation. */
export interface StampedWrite {
  readonly collection: string;
  readonly id: string;
  readonly kind: WriteKind;
  readonly changes: FieldChanges;
  readonly hlc: Hlc;
  /** The gateway's operation; null for a direct write. */
  readonly operation: OperationRecord | null;
}

/** A stamps record with what is awaited of its document. */
export interface AwaitingRecord extends StampsRecord {
  readonly awaited?: readonly (readonly [path: string, value: unknown, isGone: boolean, hlc: Hlc])[];
}

interface Working {
  stamps: Stamps;
  awaited: Awaited;
  current: Document | undefined;
  readonly isKnown: boolean;
  isDirty: boolean;
}

export interface StampsOutcome {
  /** Documents of which something is awaited from now on, and those of which nothing is any more. */
  readonly awaiting: readonly string[];
  readonly settled: readonly string[];
}

export async function applyStamps(
  db: Db,
  session: ClientSession,
  writes: readonly StampedWrite[],
  atMs: number,
): Promise<StampsOutcome> {
  if (writes.length === 0) return { awaiting: [], settled: [] };
  const working = await readWorking(db, session, writes);
  const conflicts: ConflictRecord[] = [];
  for (const write of writes) {
    const one = working.get(documentKey(write)) as Working;
    if (write.operation !== null) conflicts.push(...(await putBack(db, session, write, write.operation, one, atMs)));
    else stamp(write, one);
  }
  if (conflicts.length > 0) await syncCollections(db).conflicts.insertMany(conflicts, { session });
  return await store(db, session, working);
}

/** Bulk work on documents that no device has touched reads their (missing) stamps and nothing else. */
async function readWorking(
  db: Db,
  session: ClientSession,
  writes: readonly StampedWrite[],
): Promise<Map<string, Working>> {
  const records = new Map<string, AwaitingRecord>();
  const keys = [...new Set(writes.map(documentKey))];
  const found = db.collection<AwaitingRecord>('sync_stamps').find({ _id: { $in: keys } }, { session });
  for await (const record of found) records.set(record._id, record);
  const current = await readCurrent(
    db,
    session,
    writes.filter((write) => records.has(documentKey(write))),
  );
  const working = new Map<string, Working>();
  for (const key of keys) {
    const record = records.get(key);
    working.set(key, {
      stamps: record === undefined ? NO_STAMPS : { base: record.base, fields: Object.fromEntries(record.fields) },
      awaited: awaitedOf(record),
      current: current.get(key),
      isKnown: record !== undefined,
      isDirty: false,
    });
  }
  return working;
}

async function readCurrent(
  db: Db,
  session: ClientSession,
  writes: readonly StampedWrite[],
): Promise<Map<string, Document>> {
  const current = new Map<string, Document>();
  for (const collection of new Set(writes.map((write) => write.collection))) {
    const ids = writes.filter((write) => write.collection === collection).map(({ id }) => id);
    const found = db.collection<{ _id: string }>(collection).find({ _id: { $in: ids } }, { session });
    for await (const document of found) current.set(`${collection}/${document._id}`, document as Document);
  }
  return current;
}

function stamp({ kind, changes, hlc }: StampedWrite, one: Working): void {
  switch (kind) {
    case 'insert':
      // Nobody has stamped a document of this id before: there is nothing to win against.
      if (!one.isKnown && !one.isDirty) return;
      one.stamps = stampNewIncarnation(one.stamps, hlc);
      one.awaited = {};
      break;
    case 'delete':
      // What remains of it, so that a device which makes it once more is told that it is gone.
      one.stamps = { base: hlc, fields: {} };
      one.awaited = {};
      break;
    default: {
      if (Object.keys(changes).length === 0) return;
      const stamped = stampChanges(one.stamps, one.awaited, changes, hlc, one.current);
      one.stamps = stamped.stamps;
      one.awaited = stamped.awaited;
    }
  }
  one.isDirty = true;
}

async function putBack(
  db: Db,
  session: ClientSession,
  { collection, id, changes, hlc }: StampedWrite,
  operation: OperationRecord,
  one: Working,
  atMs: number,
): Promise<ConflictRecord[]> {
  const { lost, awaited } = resolveAwaited(one.awaited, changes, hlc, one.current);
  one.awaited = awaited;
  one.isDirty = true;
  if (lost.length === 0) return [];
  const set = Object.fromEntries(lost.flatMap(({ path, by }) => (by.isGone ? [] : [[path, by.value]])));
  const unset = Object.fromEntries(lost.flatMap(({ path, by }) => (by.isGone ? [[path, true as const]] : [])));
  await db.collection<{ _id: string }>(collection).updateOne(
    { _id: id },
    {
      ...(Object.keys(set).length === 0 ? {} : { $set: set }),
      ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }),
    },
    { session },
  );
  one.current = withChanges(one.current ?? {}, {
    ...set,
    ...Object.fromEntries(Object.keys(unset).map((path) => [path, undefined])),
  });
  return lost.map(
    ({ path, value, by }, index): ConflictRecord => ({
      _id: `${operation._id}:direct:${collection}/${id}:${index}`,
      state: 'open',
      collection,
      document_id: id,
      path,
      value: value ?? null,
      took_away: value === undefined,
      standing: by.isGone ? null : by.value,
      standing_hlc: by.hlc,
      hlc,
      reason: 'newer_write',
      device_id: operation.device_id,
      user_id: operation.user_id,
      action: operation.action,
      recorded_at: new Date(atMs),
    }),
  );
}

async function store(db: Db, session: ClientSession, working: ReadonlyMap<string, Working>): Promise<StampsOutcome> {
  const awaiting: string[] = [];
  const settled: string[] = [];
  const updates: AnyBulkWriteOperation<AwaitingRecord>[] = [];
  for (const [key, { stamps, awaited, isDirty }] of working) {
    if (!isDirty) continue;
    const waits = Object.entries(awaited).map(([path, { value, isGone, hlc }]) => [path, value, isGone, hlc] as const);
    (waits.length > 0 ? awaiting : settled).push(key);
    const set = { base: stamps.base, fields: Object.entries(stamps.fields) };
    const update =
      waits.length > 0 ? { $set: { ...set, awaited: waits } } : { $set: set, $unset: { awaited: true as const } };
    updates.push({ updateOne: { filter: { _id: key }, update, upsert: true } });
  }
  if (updates.length > 0)
    await db.collection<AwaitingRecord>('sync_stamps').bulkWrite(updates, { session, ordered: false });
  return { awaiting, settled };
}

function awaitedOf(record: AwaitingRecord | undefined): Awaited {
  const entries = (record?.awaited ?? []).map(([path, value, isGone, hlc]) => [path, { value, isGone, hlc }] as const);
  return Object.fromEntries(entries);
}
