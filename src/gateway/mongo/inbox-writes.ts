/** What gateways write into the reconciliation inbox: what was refused, and what has become of it. */
import type { ClientSession, Db } from 'mongodb';
import {
  type DocumentKey,
  type Operation,
  operationKey,
  type RejectionReason,
  SETTLED_STATES,
  type SettledState,
  type Settlement,
} from '../../sync/index.ts';
import type { Standing } from '../decide-operation.ts';
import { authorOf } from '../speaker.ts';
import {
  type InboxRecord,
  type SettlementAttempt,
  type SyncCollections,
  syncCollections,
  type Uploader,
} from './collections.ts';
import type { Rejection } from './write-faults.ts';

const RECEIVED_CHARACTERS_MAX = 1_000_000;

export interface InboxEntry {
  readonly inboxId: string;
  readonly uploader: Uploader;
  readonly operation: Operation | { readonly received: string };
  readonly rejection: Rejection;
  readonly standing?: ReadonlyMap<DocumentKey, Standing>;
  readonly wallClockMs: number;
}

export async function insertIntoInbox(
  { inbox }: SyncCollections,
  { inboxId, uploader, operation, rejection, standing = new Map(), wallClockMs }: InboxEntry,
  session?: ClientSession,
): Promise<void> {
  const { deviceId, epoch } = uploader;
  const principal = ('userId' in operation ? authorOf(operation, uploader) : undefined) ?? uploader.principal;
  const { reason, message, collection, id } = rejection;
  const record: Omit<InboxRecord, '_id'> = {
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
    received_at: new Date(wallClockMs),
  };
  const inSession = session === undefined ? {} : { session };
  await inbox.updateOne({ _id: inboxId }, { $setOnInsert: record }, { upsert: true, ...inSession });
}

/** As it came, for what is no operation. */
export const asReceived = (value: unknown): { received: string } => ({
  received: (JSON.stringify(value) ?? 'undefined').slice(0, RECEIVED_CHARACTERS_MAX),
});

/** Those of a device's refused operations that are not open any more. */
export async function readSettled(
  db: Db,
  deviceId: string,
  inboxIds: readonly string[],
): Promise<{ inboxId: string; state: SettledState }[]> {
  const { inbox, conflicts } = syncCollections(db);
  const filter = { _id: { $in: [...inboxIds] }, device_id: deviceId, state: { $ne: 'open' as const } };
  const projection = { projection: { state: 1 } };
  const found = await Promise.all([
    inbox.find(filter, projection).toArray(),
    conflicts.find(filter, projection).toArray(),
  ]);
  return found.flat().map(({ _id: inboxId, state }) => ({ inboxId, state: state as SettledState }));
}

/** Where an uploaded settlement finds what it settles, or why it may not go ahead. */
export type SettlementPlace =
  | { readonly place: 'inbox' | 'conflicts' | 'nowhere' }
  | { readonly place: 'refused'; readonly reason: RejectionReason; readonly message: string };

export async function placeOfSettlement(
  { inbox, conflicts }: SyncCollections,
  { deviceId }: Uploader,
  { inboxId }: Settlement,
  session: ClientSession,
): Promise<SettlementPlace> {
  // By its name too: headquarters may have lost its entry, and the device must not be stuck with its own.
  const isOwn = inboxId.startsWith(`${deviceId}:`);
  const entry = await inbox.findOne({ _id: inboxId }, { session });
  const record = entry ?? (await conflicts.findOne({ _id: inboxId }, { session }));
  if (!isOwn || (record !== null && record.device_id !== deviceId)) {
    const message = `What is kept under ${inboxId} is not this device’s: only its own device or headquarters settle it.`;
    return { place: 'refused', reason: 'settlement_not_allowed', message };
  }
  if (record === null) return { place: 'nowhere' };
  if (record.state === 'open') return { place: entry === null ? 'conflicts' : 'inbox' };
  return { place: 'refused', reason: 'already_settled', message: alreadySettledInWords(record, deviceId) };
}

/** `askedOn` is the device that asks. Where it settled this itself, it was put back to a time when it had not. */
export function alreadySettledInWords(
  {
    state,
    settled_by,
    settled_at,
    settled_on,
  }: Pick<InboxRecord, 'state' | 'settled_by' | 'settled_at' | 'settled_on'>,
  askedOn?: string,
): string {
  const by = settled_by ?? 'somebody';
  const when = settled_at === undefined ? '' : ` at ${settled_at.toISOString()}`;
  if (settled_on !== undefined && settled_on === askedOn) {
    return `It was ${state} already by ${by} on this device${when}, before its store was put back to an older state: nothing is left to do.`;
  }
  const where = settled_on === undefined ? 'at headquarters' : `on ${settled_on}`;
  return `It was ${state} already by ${by} ${where}${when}.`;
}

/** In the transaction of the settlement: whoever is second finds it settled, or meets this write. */
export async function markSettled(
  { inbox, conflicts }: SyncCollections,
  { inboxId, how }: Settlement,
  { by, on, wallClockMs }: { readonly by: string; readonly on?: string; readonly wallClockMs: number },
  session: ClientSession,
): Promise<void> {
  const settled = { state: SETTLED_STATES[how], settled_at: new Date(wallClockMs), settled_by: by };
  const update = { $set: on === undefined ? settled : { ...settled, settled_on: on } };
  const open = { _id: inboxId, state: 'open' as const };
  const { matchedCount } = await inbox.updateOne(open, update, { session });
  if (matchedCount === 0) await conflicts.updateOne(open, update, { session });
}

export async function recordAttempt(
  { inbox }: SyncCollections,
  inboxId: string,
  attempt: SettlementAttempt,
  session?: ClientSession,
): Promise<void> {
  const { reason, message } = attempt;
  await inbox.updateOne(
    { _id: inboxId, state: 'open' },
    { $push: { attempts: attempt }, $set: { reason, message } },
    session === undefined ? {} : { session },
  );
}

/** Names an entry for something that has no number, or whose number is another's, by its contents. */
export const inboxIdOf = ({ deviceId, epoch }: Uploader, sequence: number, hash: string): string =>
  `${operationKey(deviceId, epoch, sequence)}:${hash}`;
