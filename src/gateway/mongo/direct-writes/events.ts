/**
 * What the leader of direct writes reads of a change stream, and whose work it is: a transaction that begins with the
 * record of an operation is a gateway's, one that begins with the lease is the leader's own. All else is a direct write.
 */
import type { ChangeStreamDocument, Timestamp } from 'mongodb';
import { type CollectionName, isMap, syncedCollectionNames } from '../../../domain/index.ts';
import { type Document, differences, type FieldChanges, leavesOf } from '../../../sync/index.ts';
import type { OperationRecord } from '../collections.ts';
import { timeText } from '../timestamps.ts';
import { LEASES } from './lease.ts';

export const OPERATIONS = 'sync_operations';
export const watchedCollections: readonly string[] = [...syncedCollectionNames, OPERATIONS, LEASES];

export type WriteKind = 'insert' | 'update' | 'replace' | 'delete';

export interface StreamPosition {
  /** Cluster time, as positions of devices have it. */
  readonly time: string;
  readonly resumeToken: string | null;
}

export interface WriteEvent {
  readonly collection: string;
  readonly id: string;
  readonly kind: WriteKind;
  /** Images, where the collection keeps them. */
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  /** The paths of an update with their new values, as the server tells them. */
  readonly updated: FieldChanges | undefined;
  readonly position: StreamPosition;
  readonly wallClockMs: number;
  /** Names the transaction that it was part of; null outside of one. */
  readonly transaction: string | null;
}

/** Null for what is not a write of a document with an id of ours. */
export function writeEventOf(raw: ChangeStreamDocument): WriteEvent | null {
  const event = raw as unknown as RawEvent;
  const id = event.documentKey?._id;
  const collection = event.ns?.coll;
  if (!isWriteKind(event.operationType) || typeof id !== 'string' || collection === undefined) return null;
  return {
    collection,
    id,
    kind: event.operationType,
    before: event.fullDocumentBeforeChange ?? undefined,
    after: event.splitEvent === undefined ? (event.fullDocument ?? undefined) : undefined,
    updated: event.updateDescription === undefined ? undefined : updatedPaths(event.updateDescription),
    position: { time: timeText(event.clusterTime), resumeToken: event._id._data },
    wallClockMs: event.wallTime?.getTime() ?? event.clusterTime.getHighBits() * 1_000,
    transaction: event.lsid === undefined ? null : `${hexOf(event.lsid.id)}:${event.txnNumber}`,
  };
}

interface RawEvent {
  readonly _id: { readonly _data: string };
  readonly operationType: string;
  readonly clusterTime: Timestamp;
  readonly wallTime?: Date;
  readonly ns?: { readonly coll?: string };
  readonly documentKey?: { readonly _id: unknown };
  readonly fullDocument?: Document | null;
  readonly fullDocumentBeforeChange?: Document | null;
  readonly updateDescription?: UpdateDescription;
  readonly splitEvent?: { readonly fragment: number; readonly of: number };
  readonly lsid?: { readonly id: { readonly buffer: Uint8Array } };
  readonly txnNumber?: unknown;
}

interface UpdateDescription {
  readonly updatedFields?: Document | null;
  readonly removedFields?: readonly string[] | null;
  readonly truncatedArrays?: readonly { readonly field: string }[] | null;
}

const KINDS: readonly string[] = ['insert', 'update', 'replace', 'delete'] satisfies WriteKind[];
const isWriteKind = (text: string): text is WriteKind => KINDS.includes(text);
const hexOf = ({ buffer }: { readonly buffer: Uint8Array }) => Buffer.from(buffer).toString('hex');

function updatedPaths({ updatedFields, removedFields }: UpdateDescription): FieldChanges {
  const removed = Object.fromEntries((removedFields ?? []).map((path) => [path, undefined]));
  return { ...removed, ...updatedFields };
}

/** What a direct update or replacement changed: each path with its value, undefined where it went away. */
export function changesOf({ before, after, updated }: WriteEvent): FieldChanges {
  if (before !== undefined && after !== undefined) return differences(before, after);
  if (updated === undefined) return after === undefined ? {} : leavesOf(after);
  const changes: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(updated)) {
    const { path: whole, value: found } = wholeValueAt(after, path, value);
    if (isMap(found) && Object.keys(found).length > 0) Object.assign(changes, leavesOf(found, whole));
    else changes[whole] = found;
  }
  return changes;
}

/** An array is one value: a change within it is a change of the whole. */
function wholeValueAt(after: Document | undefined, path: string, value: unknown) {
  let found: unknown = after;
  const names = path.split('.');
  for (const [index, name] of names.entries()) {
    if (Array.isArray(found)) return { path: names.slice(0, index).join('.'), value: found };
    if (!isMap(found)) break;
    found = found[name];
  }
  return { path, value };
}

/** Whose transaction an event is part of. */
export interface OpenTransaction {
  readonly name: string;
  readonly isOurs: boolean;
  /** The operation that a gateway carried out in it. */
  readonly operation: OperationRecord | null;
}

/** The transaction that `event` belongs to, given that of the event before it. */
export function transactionOf(event: WriteEvent, previous: OpenTransaction | null): OpenTransaction | null {
  if (event.transaction === null) return null;
  if (previous?.name === event.transaction) return previous;
  const isOperation = event.collection === OPERATIONS && event.kind === 'insert';
  return {
    name: event.transaction,
    isOurs: isOperation || event.collection === LEASES,
    operation: isOperation ? ((event.after ?? null) as OperationRecord | null) : null,
  };
}

export const isSynced = (collection: string): collection is CollectionName =>
  (syncedCollectionNames as readonly string[]).includes(collection);
