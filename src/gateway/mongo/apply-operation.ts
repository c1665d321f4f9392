/**
 * Applies an uploaded operation: its documents, its stamps, the stock ledger, the conflict log and the record that it
 * happened go into MongoDB in one transaction, or none of them does. Any gateway may do it, at any time, again.
 */
import { type ClientSession, type Db, type MongoClient, MongoServerError } from 'mongodb';
import { foldMovements, type LedgerMovement, updateStockAlerts } from '../../database/index.ts';
import { fieldAt, isoTimeFromSeconds, type Permissions } from '../../domain/index.ts';
import {
  clampHlc,
  type Document,
  HLC_ORIGIN,
  keysOf,
  NO_STAMPS,
  type Operation,
  type OperationResult,
  operationHash,
  operationKey,
  operationSchema,
  parseHlc,
  type RejectionReason,
  type Stamps,
} from '../../sync/index.ts';
import { type Decision, decideOperation, type Standing } from '../decide-operation.ts';
import {
  type OperationRecord,
  type StampsRecord,
  type SyncCollections,
  syncCollections,
  type Uploader,
} from './collections.ts';

/** How far a device's clock may run ahead of the gateway's before its stamps count as of now. */
export const DRIFT_MS_MAX = 60_000;
const ATTEMPTS_MAX = 5;
const RETRY_AFTER_MS = 1_000;

export interface ApplyContext {
  readonly client: MongoClient;
  readonly db: Db;
  readonly permissions: Permissions;
  readonly wallClockMs: () => number;
}

interface Rejection {
  readonly reason: RejectionReason;
  readonly message: string;
  readonly collection: string | null;
  readonly id: string | null;
}

/**
 * The result that the device is told. Never throws for what an operation contains; a database that does not answer gives
 * `retry`, and the operation stays in the device's outbox.
 */
export async function applyOperation(
  context: ApplyContext,
  uploader: Uploader,
  value: unknown,
): Promise<OperationResult> {
  const parsed = operationSchema.safeParse(value);
  const sequence = sequenceOf(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    const rejection: Rejection = {
      reason: 'operation_malformed',
      message: `The operation has a fault at '${place}': ${issue?.message ?? 'unknown'}.`,
      collection: null,
      id: null,
    };
    return await park(context, uploader, { sequence, value, rejection, suffix: '' });
  }
  const operation = parsed.data;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const session = context.client.startSession();
    try {
      return await applyOnce(context, uploader, operation, session);
    } catch (error) {
      if (isTransient(error)) continue;
      if (isPoison(error))
        return await park(context, uploader, { sequence, value, rejection: rejectionFrom(error), suffix: '' });
      throw error;
    } finally {
      await session.endSession();
    }
  }
  return { outcome: 'retry', sequence, afterMs: RETRY_AFTER_MS };
}

async function applyOnce(
  context: ApplyContext,
  uploader: Uploader,
  operation: Operation,
  session: ClientSession,
): Promise<OperationResult> {
  const collections = syncCollections(context.db);
  const key = operationKey(uploader.deviceId, uploader.epoch, operation.sequence);
  const hash = operationHash(operation);
  session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
  try {
    const known = await collections.operations.findOne({ _id: key }, { session });
    if (known !== null) {
      await session.abortTransaction();
      if (known.hash === hash) return repeated(known, operation.sequence, session);
      const message = `Operation ${operation.sequence} of this device has come before, with other contents.`;
      const rejection: Rejection = { reason: 'payload_differs', message, collection: null, id: null };
      return await park(context, uploader, {
        sequence: operation.sequence,
        value: operation,
        rejection,
        suffix: `:${hash}`,
      });
    }
    const device = await collections.devices.findOne(
      { _id: uploader.deviceId },
      { session, projection: { last_hlc: 1 } },
    );
    const lastHlc = device?.last_hlc ?? HLC_ORIGIN;
    const wallClockMs = context.wallClockMs();
    const { hlc, wasClamped } = clampHlc(operation.hlc, wallClockMs, DRIFT_MS_MAX, lastHlc);
    const standing = await readStanding(context.db, collections, operation, session);
    const decision = decideOperation(operation, {
      permissions: context.permissions,
      principal: uploader.principal,
      hlc,
      standing: (document) => standing.get(document),
    });
    const record = {
      _id: key,
      hash,
      device_id: uploader.deviceId,
      epoch: uploader.epoch,
      sequence: operation.sequence,
      user_id: operation.userId,
      action: operation.action,
      hlc,
      was_clamped: wasClamped,
      decided_at: new Date(wallClockMs),
    };
    if (decision.outcome === 'rejected') {
      const { reason, message } = decision;
      // First in its transaction: who follows the changes knows by it that the rest was a gateway's work.
      await collections.operations.insertOne(
        { ...record, outcome: 'rejected', lost_fields: 0, reason, message },
        { session },
      );
      await insertIntoInbox(context, uploader, operation, decision, standing, key, session);
    } else {
      const lostFields = decision.conflicts.length;
      await collections.operations.insertOne({ ...record, outcome: 'applied', lost_fields: lostFields }, { session });
      await write(context.db, collections, decision, session);
      await logConflicts(collections, uploader, operation, decision, { key, hlc, wallClockMs }, session);
      await updateStock(context.db, decision, session, wallClockMs);
      // Kept only where the next stamp might be put back behind it: otherwise operations side by side would meet here.
      if (hlc > lastHlc && (wasClamped || parseHlc(hlc).epochMs > wallClockMs)) {
        await collections.devices.updateOne(
          { _id: uploader.deviceId },
          { $set: { last_hlc: hlc } },
          { session, upsert: true },
        );
      }
    }
    await session.commitTransaction();
    if (decision.outcome === 'rejected') {
      return {
        outcome: 'rejected',
        sequence: operation.sequence,
        reason: decision.reason,
        message: decision.message,
        inboxId: key,
      };
    }
    return {
      outcome: 'applied',
      sequence: operation.sequence,
      time: timeOf(session),
      lostFields: decision.conflicts.length,
      wasClamped,
    };
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  }
}

function repeated(known: OperationRecord, sequence: number, session: ClientSession): OperationResult {
  if (known.outcome === 'applied') {
    return {
      outcome: 'applied',
      sequence,
      time: timeOf(session),
      lostFields: known.lost_fields,
      wasClamped: known.was_clamped,
    };
  }
  const { reason = 'handler_failed', message = '', _id: inboxId } = known;
  return { outcome: 'rejected', sequence, reason, message, inboxId };
}

async function readStanding(
  db: Db,
  collections: SyncCollections,
  operation: Operation,
  session: ClientSession,
): Promise<Map<string, Standing>> {
  const keys = keysOf(operation);
  const stamps = new Map<string, Stamps>();
  for (const record of await collections.stamps.find({ _id: { $in: keys } }, { session }).toArray()) {
    stamps.set(record._id, { base: record.base, fields: Object.fromEntries(record.fields) });
  }
  const standing = new Map<string, Standing>();
  for (const collection of new Set(operation.changes.map((change) => change.collection))) {
    const changes = operation.changes.filter((change) => change.collection === collection);
    const found = db
      .collection<{ _id: string }>(collection)
      .find({ _id: { $in: changes.map(({ id }) => id) } }, { session });
    for (const document of await found.toArray()) {
      const key = `${collection}/${document._id}`;
      standing.set(key, { document: document as Document, stamps: stamps.get(key) ?? NO_STAMPS });
    }
  }
  return standing;
}

async function write(
  db: Db,
  collections: SyncCollections,
  { writes }: Extract<Decision, { outcome: 'applied' }>,
  session: ClientSession,
): Promise<void> {
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
  uploader: Uploader,
  operation: Operation,
  { conflicts }: Extract<Decision, { outcome: 'applied' }>,
  { key, hlc, wallClockMs }: { key: string; hlc: string; wallClockMs: number },
  session: ClientSession,
): Promise<void> {
  if (conflicts.length === 0) return;
  const records = conflicts.map(({ collection, id, path, value, standing, standingHlc, reason }, index) => ({
    _id: `${key}:${index}`,
    collection,
    document_id: id,
    path,
    value: value ?? null,
    standing: standing ?? null,
    standing_hlc: standingHlc,
    hlc,
    reason,
    device_id: uploader.deviceId,
    user_id: operation.userId,
    action: operation.action,
    recorded_at: new Date(wallClockMs),
  }));
  await collections.conflicts.insertMany(records, { session });
}

async function updateStock(
  db: Db,
  { writes }: Extract<Decision, { outcome: 'applied' }>,
  session: ClientSession,
  wallClockMs: number,
): Promise<void> {
  const movements = writes.flatMap(({ collection, before, after }) =>
    collection === 'stock_movements' && before === null ? [after as unknown as LedgerMovement] : [],
  );
  if (movements.length === 0) return;
  const changes = await foldMovements(db, session, movements);
  await updateStockAlerts(db, session, changes, isoTimeFromSeconds(Math.floor(wallClockMs / 1000)));
}

async function insertIntoInbox(
  { db, wallClockMs }: ApplyContext,
  { deviceId, epoch, principal }: Uploader,
  operation: Operation | Record<string, unknown>,
  { reason, message, collection, id }: Rejection,
  standing: ReadonlyMap<string, Standing>,
  inboxId: string,
  session?: ClientSession,
): Promise<void> {
  await syncCollections(db).inbox.updateOne(
    { _id: inboxId },
    {
      $setOnInsert: {
        state: 'open',
        reason,
        message,
        collection,
        document_id: id,
        store_ids: principal.stores === 'all' ? null : principal.stores,
        device_id: deviceId,
        epoch,
        user_id: principal.userId,
        role: principal.role,
        operation,
        before: Object.fromEntries([...standing].map(([key, { document }]) => [key.replaceAll('.', '_'), document])),
        received_at: new Date(wallClockMs()),
      },
    },
    { upsert: true, ...(session === undefined ? {} : { session }) },
  );
}

/** What cannot even be tried is kept as it came, and recorded so that it is answered alike when it comes again. */
async function park(
  context: ApplyContext,
  uploader: Uploader,
  { sequence, value, rejection, suffix }: { sequence: number; value: unknown; rejection: Rejection; suffix: string },
): Promise<OperationResult> {
  const key = operationKey(uploader.deviceId, uploader.epoch, sequence);
  const inboxId = `${key}${suffix}`;
  await insertIntoInbox(
    context,
    uploader,
    { received: JSON.stringify(value).slice(0, 1_000_000) },
    rejection,
    new Map(),
    inboxId,
  );
  return { outcome: 'rejected', sequence, reason: rejection.reason, message: rejection.message, inboxId };
}

function sequenceOf(value: unknown): number {
  const sequence = typeof value === 'object' && value !== null ? (value as { sequence?: unknown }).sequence : undefined;
  return typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 1;
}

/** The time of the session's newest operation, as positions have it. */
function timeOf({ operationTime }: ClientSession): string {
  return (operationTime?.toBigInt() ?? 0n).toString(16).padStart(16, '0');
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return (
    error.hasErrorLabel('TransientTransactionError') ||
    error.hasErrorLabel('UnknownTransactionCommitResult') ||
    // Two gateways recorded the same operation at once: the next attempt finds it.
    (error.code === 11000 && String(error['keyPattern'] ?? error.message).includes('sync_operations'))
  );
}

/** What MongoDB refuses of this operation will be refused next time as well. */
function isPoison(error: unknown): boolean {
  return (
    (error instanceof MongoServerError && !error.hasErrorLabel('RetryableError')) ||
    hasCode(error, 'INVENTORY_ITEM_UNKNOWN')
  );
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === code;
}

function rejectionFrom(error: unknown): Rejection {
  const { message } = error as Error;
  const isInvalid = error instanceof MongoServerError && (error.code === 121 || error.code === 11000);
  const isUnknownItem = hasCode(error, 'INVENTORY_ITEM_UNKNOWN');
  return {
    reason: isInvalid || isUnknownItem ? 'document_invalid' : 'handler_failed',
    message,
    collection: null,
    id: null,
  };
}
