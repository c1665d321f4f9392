/**
 * Applies an uploaded operation: its documents, its stamps, the stock ledger, the conflict log, what it settles and the
 * record that it happened go into MongoDB in one transaction, or none of them does. Any gateway may do it, at any time,
 * again.
 */
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Permissions } from '../../domain/index.ts';
import {
  clampHlc,
  contentHash,
  DRIFT_MS_MAX,
  HLC_ORIGIN,
  type Hlc,
  HybridClock,
  LIMITS,
  type LostField,
  newestBelow,
  OPERATION_CHARACTERS_MAX,
  type Operation,
  type OperationResult,
  operationHash,
  operationKey,
  operationSchema,
  parseHlc,
} from '../../sync/index.ts';
import { type Decision, decideOperation, type Standing, tooLargeInWords } from '../decide-operation.ts';
import { carryOut, conflictsOf, readStanding } from './carry-out.ts';
import {
  type ConflictRecord,
  type OperationRecord,
  type SyncCollections,
  syncCollections,
  type Uploader,
} from './collections.ts';
import {
  asReceived,
  inboxIdOf,
  insertIntoInbox,
  markSettled,
  placeOfSettlement,
  recordAttempt,
} from './inbox-writes.ts';
import { isTransient, isUnavailable, type Rejection, rejectionFrom } from './write-faults.ts';

const ATTEMPTS_MAX = 5;
const RETRY_AFTER_MS = 1_000;

export interface ApplyContext {
  readonly client: MongoClient;
  readonly db: Db;
  readonly permissions: Permissions;
  readonly wallClockMs: () => number;
}

/**
 * The result that the device is told; null for something that has no number to answer to. Throws only where the database
 * does not answer: then the operation stays in the device's outbox.
 */
export async function applyOperation(
  context: ApplyContext,
  uploader: Uploader,
  value: unknown,
): Promise<OperationResult | null> {
  const parsed = operationSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return await park(context, uploader, value, malformed(value, issue?.path.join('.') ?? '', issue?.message));
  }
  const operation = parsed.data;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      return await inTransaction(context.client, (session) => applyOnce(context, uploader, operation, session));
    } catch (error) {
      if (isTransient(error)) continue;
      if (isUnavailable(error)) throw error;
      return await refuse(context, uploader, operation, rejectionFrom(error));
    }
  }
  return { outcome: 'retry', sequence: operation.sequence, afterMs: RETRY_AFTER_MS };
}

/** Commits what `work` did unless it ended the transaction by itself. */
export async function inTransaction<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = client.startSession();
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
  try {
    const done = await work(session);
    if (session.inTransaction()) await session.commitTransaction();
    return done;
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  } finally {
    await session.endSession();
  }
}

async function applyOnce(
  context: ApplyContext,
  uploader: Uploader,
  operation: Operation,
  session: ClientSession,
): Promise<OperationResult> {
  const { db, permissions } = context;
  const collections = syncCollections(db);
  const known = await knownResult(context, uploader, operation, session);
  if (known !== null) return known;
  const { settles } = operation;
  const key = operationKey(uploader.deviceId, uploader.epoch, operation.sequence);
  const device = await collections.devices.findOne(
    { _id: uploader.deviceId },
    { session, projection: { last_hlc: 1 } },
  );
  const lastHlc = device?.last_hlc ?? HLC_ORIGIN;
  const wallClockMs = context.wallClockMs();
  const standing = await readStanding(db, operation, session);
  const seenHlc = newestBelow(operation.hlc, stampsOf(standing.values()));
  const floor = lastHlc > seenHlc ? lastHlc : seenHlc;
  const clamped = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX, floor);
  const isToWin = settles?.how === 'restore' || settles?.how === 'change';
  const hlc = isToWin ? stampAbove(standing.values(), clamped.hlc, wallClockMs) : clamped.hlc;
  const settled = settles === undefined ? null : await placeOfSettlement(collections, uploader, settles, session);
  const decision: Decision =
    settled?.place === 'refused'
      ? { outcome: 'rejected', reason: settled.reason, message: settled.message, collection: null, id: null }
      : decideOperation(operation, {
          permissions,
          principal: uploader.principal,
          ...(uploader.colleagues === undefined ? {} : { colleagues: uploader.colleagues }),
          deviceId: uploader.deviceId,
          hlc,
          standing: (one) => standing.get(one),
          goneSince: (one) => standing.goneSince(one),
          namedOrder: (one) => standing.namedOrder(one),
        });
  if (decision.outcome === 'rejected') {
    return await recordRejection(
      collections,
      { uploader, operation, rejection: decision, standing, wallClockMs },
      session,
    );
  }
  const { wasClamped } = clamped;
  const lostFields = decision.conflicts.length;
  // First in its transaction: who follows the changes knows by it that the rest was a gateway's work.
  const record = recordOf(uploader, operation, hlc, wallClockMs);
  await collections.operations.insertOne(
    { ...record, was_clamped: wasClamped, outcome: 'applied', lost_fields: lostFields },
    { session },
  );
  await carryOut(db, operation, decision, { key, hlc, deviceId: uploader.deviceId, wallClockMs }, session);
  if (settles !== undefined) {
    const by = { by: operation.userId, on: uploader.deviceId, wallClockMs };
    await markSettled(collections, settles, by, session);
  }
  // Kept only where the next stamp might be put back behind it: otherwise operations side by side would meet here.
  if (hlc > lastHlc && (wasClamped || parseHlc(hlc).epochMs > wallClockMs)) {
    await collections.devices.updateOne(
      { _id: uploader.deviceId },
      { $set: { last_hlc: hlc } },
      { session, upsert: true },
    );
  }
  await session.commitTransaction();
  const lost = lostFieldsOf(conflictsOf(operation, decision, { key, hlc, deviceId: uploader.deviceId, wallClockMs }));
  const time = timeOf(session);
  return { outcome: 'applied', sequence: operation.sequence, time, lostFields, ...lost, wasClamped };
}

/** What the device was told of this number, or that it has come with other contents. */
async function knownResult(
  context: ApplyContext,
  uploader: Uploader,
  operation: Operation,
  session: ClientSession,
): Promise<OperationResult | null> {
  const { sequence } = operation;
  const key = operationKey(uploader.deviceId, uploader.epoch, sequence);
  const known = await syncCollections(context.db).operations.findOne({ _id: key }, { session });
  if (known === null) return null;
  await session.abortTransaction();
  const hash = operationHash(operation);
  if (known.hash === hash) return await repeated(context.db, known, sequence, session);
  const message = `Number ${sequence} of this device stood for something else before: the device was probably put back to an older state.`;
  const rejection: Rejection = { reason: 'payload_differs', message, collection: null, id: null };
  const inboxId = inboxIdOf(uploader, sequence, hash);
  const wallClockMs = context.wallClockMs();
  await insertIntoInbox(syncCollections(context.db), { inboxId, uploader, operation, rejection, wallClockMs });
  return { outcome: 'rejected', sequence, reason: 'payload_differs', message, inboxId };
}

async function repeated(
  db: Db,
  known: OperationRecord,
  sequence: number,
  session: ClientSession,
): Promise<OperationResult> {
  const time = timeOf(session);
  if (known.outcome === 'applied') {
    const { lost_fields: lostFields, was_clamped: wasClamped } = known;
    // Settled ones are not told again.
    const conflicts = syncCollections(db).conflicts.find({
      _id: { $gte: `${known._id}:`, $lt: `${known._id};` },
      state: 'open',
    });
    const lost = lostFields === 0 ? {} : lostFieldsOf(await conflicts.toArray());
    return { outcome: 'applied', sequence, time, lostFields, ...lost, wasClamped };
  }
  const { reason = 'handler_failed', message = '', inbox_id: inboxId = known._id } = known;
  return { outcome: 'rejected', sequence, reason, message, inboxId };
}

interface Refusal {
  readonly uploader: Uploader;
  readonly operation: Operation;
  readonly rejection: Rejection;
  readonly standing?: ReadonlyMap<string, Standing>;
  readonly wallClockMs: number;
}

/** Records that it was refused, and keeps it; what was to settle something else stays with that. */
async function recordRejection(
  collections: SyncCollections,
  refusal: Refusal,
  session: ClientSession,
): Promise<OperationResult> {
  const { uploader, operation, rejection, wallClockMs } = refusal;
  const { settles, sequence, changes } = operation;
  const { reason, message } = rejection;
  const isOfSettlement = reason === 'already_settled' || reason === 'settlement_not_allowed';
  const settled = settles === undefined ? null : await placeOfSettlement(collections, uploader, settles, session);
  const staysOpen = settles !== undefined && !isOfSettlement && settled?.place === 'inbox';
  const key = operationKey(uploader.deviceId, uploader.epoch, sequence);
  const inboxId = staysOpen ? settles.inboxId : key;
  const record = recordOf(uploader, operation, operation.hlc, wallClockMs);
  await collections.operations.insertOne(
    { ...record, was_clamped: false, outcome: 'rejected', lost_fields: 0, reason, message, inbox_id: inboxId },
    { session },
  );
  if (staysOpen) {
    const { how } = settles;
    const attempt = { at: new Date(wallClockMs), by: uploader.principal.userId, how, reason, message };
    await recordAttempt(collections, inboxId, how === 'change' ? { ...attempt, changes } : attempt, session);
  } else if (changes.length > 0) await insertIntoInbox(collections, { ...refusal, inboxId }, session);
  return { outcome: 'rejected', sequence, reason, message, inboxId };
}

/** For what failed while it was carried out: in a transaction of its own, so that it is answered alike when it comes again. */
async function refuse(
  context: ApplyContext,
  uploader: Uploader,
  operation: Operation,
  rejection: Rejection,
): Promise<OperationResult> {
  const wallClockMs = context.wallClockMs();
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      return await inTransaction(context.client, async (session) => {
        const known = await knownResult(context, uploader, operation, session);
        if (known !== null) return known;
        const standing = await readStanding(context.db, operation, session);
        const refusal = { uploader, operation, rejection, standing, wallClockMs };
        return await recordRejection(syncCollections(context.db), refusal, session);
      });
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
  return { outcome: 'retry', sequence: operation.sequence, afterMs: RETRY_AFTER_MS };
}

const recordOf = ({ deviceId, epoch, principal }: Uploader, operation: Operation, hlc: Hlc, wallClockMs: number) => ({
  _id: operationKey(deviceId, epoch, operation.sequence),
  hash: operationHash(operation),
  device_id: deviceId,
  epoch,
  sequence: operation.sequence,
  user_id: operation.userId,
  ...(operation.userId === principal.userId ? {} : { sent_by: principal.userId }),
  action: operation.action,
  hlc,
  decided_at: new Date(wallClockMs),
});

/** What the device is told of its lost fields: not those that are too large for that. */
function lostFieldsOf(conflicts: readonly ConflictRecord[]): { lost?: LostField[] } {
  const lost = conflicts
    .map(({ _id, collection, document_id, path, value, took_away, standing }): LostField => {
      const values = { value: value as LostField['value'], standing: standing as LostField['standing'] };
      return { conflictId: _id, collection, id: document_id, path, tookAway: took_away, ...values };
    })
    .filter((field) => JSON.stringify(field).length <= LIMITS.lostFieldCharactersMax)
    .slice(0, LIMITS.lostFieldsToldMax);
  return lost.length === 0 ? {} : { lost };
}

/** A stamp that wins over everything that stands, whosever clock made it. */
export function stampAbove(standing: Iterable<Standing>, own: Hlc, wallClockMs: number): Hlc {
  const { deviceId } = parseHlc(own);
  const clock = new HybridClock(deviceId, own);
  let isBelow = false;
  for (const stamp of stampsOf(standing)) {
    if (stamp >= own) isBelow = true;
    clock.observe(stamp);
  }
  return isBelow ? clock.tick(wallClockMs) : own;
}

function* stampsOf(standing: Iterable<Standing>): Generator<Hlc> {
  for (const { stamps } of standing) {
    yield stamps.base;
    yield* Object.values(stamps.fields);
  }
}

/** What cannot even be tried is kept as it came. The same thing is kept once and answered alike. */
async function park(
  context: ApplyContext,
  uploader: Uploader,
  value: unknown,
  rejection: Rejection,
): Promise<OperationResult | null> {
  const sequence = sequenceOf(value);
  const received = asReceived(value);
  const inboxId = inboxIdOf(uploader, sequence ?? 0, contentHash(received));
  const wallClockMs = context.wallClockMs();
  await insertIntoInbox(syncCollections(context.db), {
    inboxId,
    uploader,
    operation: received,
    rejection,
    wallClockMs,
  });
  if (sequence === null) return null;
  const { reason, message } = rejection;
  return { outcome: 'rejected', sequence, reason, message, inboxId };
}

function malformed(value: unknown, place: string, fault = 'unknown'): Rejection {
  const nowhere = { collection: null, id: null };
  const characters = (value as { characters?: unknown } | null | undefined)?.characters;
  if (typeof characters === 'number' && characters > OPERATION_CHARACTERS_MAX) {
    return { reason: 'operation_too_large', message: tooLargeInWords(characters), ...nowhere };
  }
  const message = `What the device sent is no operation: it has a fault at '${place}' (${fault}).`;
  return { reason: 'operation_malformed', message, ...nowhere };
}

function sequenceOf(value: unknown): number | null {
  const sequence = typeof value === 'object' && value !== null ? (value as { sequence?: unknown }).sequence : undefined;
  return typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence > 0 ? sequence : null;
}

/** The time of the session's newest operation, as positions have it. */
function timeOf({ operationTime }: ClientSession): string {
  return (operationTime?.toBigInt() ?? 0n).toString(16).padStart(16, '0');
}
