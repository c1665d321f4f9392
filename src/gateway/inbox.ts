/**
 * The reconciliation inbox at headquarters: what was refused, and what lost to a newer write, until a person has settled
 * it. Settling is one transaction with the changes that it brings; the device hears of it.
 */
import type { Db, Filter as MongoFilter } from 'mongodb';
import { hlcText, type Principal } from '../domain/index.ts';
import {
  changesAgainst,
  clampHlc,
  type Document,
  type DocumentChange,
  type DocumentKey,
  type DocumentOfChange,
  DRIFT_MS_MAX,
  type Operation,
  operationHash,
  operationSchema,
  SETTLED_STATES,
  type SettledState,
  type SettlementWay,
} from '../sync/index.ts';
import { decideOperation } from './decide-operation.ts';
import { type ApplyContext, inTransaction, stampAbove } from './mongo/apply-operation.ts';
import { carryOut, readStanding, type StandingDocuments } from './mongo/carry-out.ts';
import { type ConflictRecord, type InboxRecord, syncCollections } from './mongo/collections.ts';
import { alreadySettledInWords, markSettled, recordAttempt } from './mongo/inbox-writes.ts';
import { isTransient, isUnavailable, rejectionFrom } from './mongo/write-faults.ts';

export interface InboxQuery {
  readonly state?: InboxRecord['state'] | 'any';
  readonly storeId?: string;
  readonly deviceId?: string;
  readonly limit?: number;
}

export interface InboxDetails {
  readonly record: InboxRecord;
  /** What was meant, field by field, against what is there now; empty for what was no operation. */
  readonly changes: readonly DocumentOfChange[];
}

export interface SettleRequest {
  readonly how: SettlementWay;
  /** For `change`: what is to be done instead. */
  readonly changes?: readonly DocumentChange[];
}

export type InboxOutcome =
  | { readonly outcome: 'settled'; readonly state: SettledState; readonly changedDocuments: number }
  | { readonly outcome: 'unknown_entry' }
  /** Somebody else was first. */
  | { readonly outcome: 'already_settled'; readonly message: string }
  /** It stays in the inbox, with the reason of this try. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly message: string };

const LISTED_MAX = 100;
const ATTEMPTS_MAX = 5;

/** The newest first; the open ones unless told otherwise. */
export function listInbox(
  db: Db,
  { state = 'open', storeId, deviceId, limit }: InboxQuery = {},
): Promise<InboxRecord[]> {
  const filter: MongoFilter<InboxRecord> = {
    ...(state === 'any' ? {} : { state }),
    ...(storeId === undefined ? {} : { store_ids: storeId }),
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
  };
  return syncCollections(db)
    .inbox.find(filter)
    .sort({ received_at: -1 })
    .limit(limit ?? LISTED_MAX)
    .toArray();
}

/** What lost to a newer write, the newest first. */
export function listConflicts(db: Db, { state = 'open', deviceId, limit }: InboxQuery = {}): Promise<ConflictRecord[]> {
  const filter: MongoFilter<ConflictRecord> = {
    ...(state === 'any' ? {} : { state: state as ConflictRecord['state'] }),
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
  };
  return syncCollections(db)
    .conflicts.find(filter)
    .sort({ recorded_at: -1 })
    .limit(limit ?? LISTED_MAX)
    .toArray();
}

export async function showInboxEntry(db: Db, id: string): Promise<InboxDetails | null> {
  const record = await syncCollections(db).inbox.findOne({ _id: id });
  if (record === null) return null;
  const operation = operationSchema.safeParse(record.operation);
  if (!operation.success) return { record, changes: [] };
  const changes = await changesAgainst(operation.data.changes, async (collection, documentId) => {
    const found = await db.collection<{ _id: string }>(collection).findOne({ _id: documentId });
    return found as Document | null;
  });
  return { record, changes };
}

export const findConflict = (db: Db, id: string): Promise<ConflictRecord | null> =>
  syncCollections(db).conflicts.findOne({ _id: id });

/** `principal` is who settles it: what it may not do itself stays refused. */
export async function settleInboxEntry(
  context: ApplyContext,
  principal: Principal,
  id: string,
  request: SettleRequest,
): Promise<InboxOutcome> {
  return await repeatedly(context, id, principal, request, async (session) => {
    const { db, permissions } = context;
    const collections = syncCollections(db);
    const record = await collections.inbox.findOne({ _id: id }, { session });
    if (record === null) return { outcome: 'unknown_entry' };
    if (record.state !== 'open') return { outcome: 'already_settled', message: alreadySettledInWords(record) };
    const wallClockMs = context.wallClockMs();
    const { how } = request;
    const state = SETTLED_STATES[how];
    const settled = { by: principal.userId, wallClockMs };
    if (how === 'discard') {
      if (!maySettle(principal, record.store_ids)) throw new NotApplied('settlement_not_allowed', notTheirs(principal));
      await markSettled(collections, { inboxId: id, how }, settled, session);
      return { outcome: 'settled', state, changedDocuments: 0 };
    }
    const operation = operationToSettle(record, request, wallClockMs);
    const standing = await readStanding(db, operation, session);
    const hlc =
      how === 'replay'
        ? clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX).hlc
        : stampAbove(standing.values(), hlcText(wallClockMs, 0, 'headquarters'), wallClockMs);
    const decision = decideOperation(operation, { permissions, principal, hlc, ...factsOf(standing) });
    if (decision.outcome === 'rejected') throw new NotApplied(decision.reason, decision.message);
    const key = `headquarters:${id}`;
    // First in its transaction: who follows the changes knows by it that the rest was a gateway's work.
    await collections.operations.insertOne(
      {
        _id: key,
        hash: operationHash(operation),
        device_id: 'headquarters',
        epoch: '',
        sequence: 0,
        user_id: principal.userId,
        action: operation.action,
        hlc,
        was_clamped: false,
        outcome: 'applied',
        lost_fields: decision.conflicts.length,
        decided_at: new Date(wallClockMs),
      },
      { session },
    );
    await carryOut(db, operation, decision, { key, hlc, deviceId: record.device_id, wallClockMs }, session);
    await markSettled(collections, { inboxId: id, how }, settled, session);
    const changedDocuments = decision.writes.filter(({ appliedPaths }) => appliedPaths.length > 0).length;
    return { outcome: 'settled', state, changedDocuments };
  });
}

/** Gives what lost to a newer write its place after all (`restore`), or lets it be (`discard`). */
export async function settleConflict(
  context: ApplyContext,
  principal: Principal,
  id: string,
  how: 'restore' | 'discard',
): Promise<InboxOutcome> {
  const { db, permissions } = context;
  const { conflicts, operations } = syncCollections(db);
  return await repeatedly(context, id, principal, { how }, async (session) => {
    const record = await conflicts.findOne({ _id: id }, { session });
    if (record === null) return { outcome: 'unknown_entry' };
    if (record.state !== 'open') {
      const by = record.settled_by ?? 'somebody';
      return { outcome: 'already_settled', message: `It was ${record.state} already by ${by}.` };
    }
    const wallClockMs = context.wallClockMs();
    const operation = restoring(record, principal, wallClockMs);
    const standing = await readStanding(db, operation, session);
    const hlc = stampAbove(standing.values(), operation.hlc, wallClockMs);
    const decision = decideOperation(operation, { permissions, principal, hlc, ...factsOf(standing) });
    // Who may not write a field may not throw somebody's value of it away either.
    if (decision.outcome === 'rejected') throw new NotApplied(decision.reason, decision.message);
    if (how === 'restore') {
      const key = `headquarters:${id}`;
      const at = { decided_at: new Date(wallClockMs), user_id: principal.userId, action: operation.action };
      const record = { _id: key, hash: operationHash(operation), device_id: 'headquarters', epoch: '', sequence: 0 };
      await operations.insertOne(
        { ...record, ...at, hlc, was_clamped: false, outcome: 'applied', lost_fields: 0 },
        { session },
      );
      await carryOut(db, operation, decision, { key, hlc, deviceId: 'headquarters', wallClockMs }, session);
    }
    const state = how === 'restore' ? ('restored' as const) : ('discarded' as const);
    const settled = { state, settled_at: new Date(wallClockMs), settled_by: principal.userId };
    await conflicts.updateOne({ _id: id, state: 'open' }, { $set: settled }, { session });
    return { outcome: 'settled', state, changedDocuments: how === 'restore' ? 1 : 0 };
  });
}

const factsOf = (standing: StandingDocuments) => ({
  standing: (key: DocumentKey) => standing.get(key),
  goneSince: (key: DocumentKey) => standing.goneSince(key),
  namedOrder: (key: DocumentKey) => standing.namedOrder(key),
});

/** Undoes the transaction, and is told to the person. */
class NotApplied extends Error {
  readonly reason: Extract<ReturnType<typeof decideOperation>, { outcome: 'rejected' }>['reason'];

  constructor(reason: NotApplied['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

async function repeatedly(
  context: ApplyContext,
  id: string,
  { userId }: Principal,
  { how, changes }: SettleRequest,
  work: Parameters<typeof inTransaction<InboxOutcome>>[1],
): Promise<InboxOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(context.client, work);
    } catch (error) {
      if (isTransient(error) && attempt < ATTEMPTS_MAX) continue;
      if (isUnavailable(error) || isTransient(error)) throw error;
      const { reason, message } = error instanceof NotApplied ? error : rejectionFrom(error);
      const tried = { at: new Date(context.wallClockMs()), by: userId, how, reason, message };
      const record = changes === undefined ? tried : { ...tried, changes };
      await recordAttempt(syncCollections(context.db), id, record);
      return { outcome: 'refused', reason, message };
    }
  }
}

function operationToSettle(record: InboxRecord, { how, changes }: SettleRequest, wallClockMs: number): Operation {
  const parsed = operationSchema.safeParse(record.operation);
  if (how !== 'change') {
    if (parsed.success) return parsed.data;
    const message = 'It is no operation that could be carried out: change it into one, or discard it.';
    throw new NotApplied('operation_malformed', message);
  }
  const { action, userId } = parsed.success ? parsed.data : { action: 'settle', userId: record.user_id };
  const hlc = hlcText(wallClockMs, 0, 'headquarters');
  const changed = operationSchema.safeParse({ sequence: 1, hlc, action, userId, changes });
  if (changed.success) return changed.data;
  const [issue] = changed.error.issues;
  throw new NotApplied(
    'operation_malformed',
    `The changes have a fault at '${issue?.path.join('.')}': ${issue?.message}.`,
  );
}

function restoring(record: ConflictRecord, { userId }: Principal, wallClockMs: number): Operation {
  const { collection, document_id: id, path, value, took_away } = record;
  const change = took_away ? { fields: {}, unset: [path] } : { fields: { [path]: value }, unset: [] };
  return operationSchema.parse({
    sequence: 1,
    hlc: hlcText(wallClockMs, 0, 'headquarters'),
    action: record.action,
    userId,
    changes: [{ kind: 'set', collection, id, ...change }],
  });
}

function maySettle({ role, stores }: Principal, storeIds: readonly string[] | null): boolean {
  if (role === 'headquarters' && stores === 'all') return true;
  if (role !== 'headquarters' && role !== 'store_manager') return false;
  return (
    stores === 'all' || (storeIds !== null && storeIds.length > 0 && storeIds.every((one) => stores.includes(one)))
  );
}

const notTheirs = ({ role }: Principal): string =>
  `A ${role.replaceAll('_', ' ')} may not discard it: headquarters does, or the manager of its stores.`;
