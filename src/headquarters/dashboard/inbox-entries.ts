import type { Principal } from '../../domain/index.ts';
import type { ConflictRecord, InboxRecord } from '../../gateway/index.ts';
import type { InboxEntry } from '../api.ts';

/** What was refused, as the list shows it. */
export function inboxEntryOf(record: InboxRecord): InboxEntry {
  const { action } = record.operation as { action?: string };
  return {
    id: record._id,
    kind: 'refused',
    state: record.state,
    action: action ?? 'unknown',
    reason: record.reason,
    message: record.message,
    collection: record.collection,
    documentId: record.document_id,
    storeIds: record.store_ids ?? [],
    deviceId: record.device_id,
    userId: record.user_id,
    at: record.received_at.toISOString(),
    settledBy: record.settled_by ?? null,
  };
}

/** A value that lost to a newer write. */
export function lostEntryOf(record: ConflictRecord): InboxEntry {
  return {
    id: record._id,
    kind: 'lost',
    state: record.state,
    action: record.action,
    reason: record.reason,
    message: '',
    collection: record.collection,
    documentId: record.document_id,
    storeIds: [],
    deviceId: record.device_id,
    userId: record.user_id,
    at: record.recorded_at.toISOString(),
    settledBy: record.settled_by ?? null,
  };
}

/** Headquarters sees all of it; a store's manager what is about that store alone. */
export const mayLook = ({ stores }: Principal, { storeIds }: InboxEntry): boolean =>
  stores === 'all' || (storeIds.length > 0 && storeIds.every((id) => stores.includes(id)));
