/**
 * Updates and deletes of many documents outside of transactions: found in a snapshot, written in jobs that
 * end when their time is over, so that others get their turn in between. Each document is seen again when it is written: one that no longer matches stays as
 * it is. So it is in MongoDB, where such a write is not atomic as a whole either.
 */
import type { RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import { LockedByTransaction } from '../sessions/write-locks.ts';
import type { CollectionWriter, RecordId } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';
import { assertWritable } from './write-document.ts';
import type { TargetQuery } from './write-targets.ts';

const DOCUMENTS_PER_JOB = 250;
/** A job ends behind the document with which this is over; its commit comes on top. */
const JOB_MS = 25;
/** Behind a document of this size, the next one's change is worked out before its job. */
const HEAVY_BYTES = 256 * 1024;

export interface ManyOutcome {
  /** Documents that still matched. */
  readonly matched: number;
  readonly changed: number;
  /** What stopped it; the documents before it are written. */
  readonly error: MongoError | undefined;
}

/** Not where a resend must find the same answer. A transaction holds its parts together by itself. */
export function mayRunInParts(context: CommandContext): boolean {
  return context.common.autocommit === false || context.common.txnNumber === undefined;
}

/** What is done with each document. */
export interface DocumentWrite {
  /** What becomes of it: its bytes afterwards, or undefined where it does not match any more. Writes nothing. */
  change(raw: RawDocument): RawDocument | undefined;
  /** False where there was nothing to write. */
  write(collection: CollectionWriter, recordId: RecordId, raw: RawDocument, changed: RawDocument): boolean;
}

/** Undefined where there is one document at most. */
export async function findMany(
  context: CommandContext,
  namespace: string,
  query: TargetQuery,
): Promise<{ recordIds: RecordId[]; uuid: Uint8Array } | undefined> {
  using view = context.openView();
  const collection = view.collection(namespace);
  if (collection === null || collection.info.type === 'view' || collection.count() <= 1) return undefined;
  const plan = planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, collection);
  const recordIds: RecordId[] = [];
  for (const row of plan.root.rows({ collection, due: () => context.operation.due() })) {
    if (row === BREATHE) await context.operation.breathe();
    else recordIds.push(row.recordId);
  }
  return { recordIds, uuid: collection.info.uuid };
}

export async function writeMany(
  context: CommandContext,
  namespace: string,
  found: { recordIds: readonly RecordId[]; uuid: Uint8Array },
  each: DocumentWrite,
): Promise<ManyOutcome> {
  let matched = 0;
  let changed = 0;
  let isHeavy = false;
  for (let at = 0; at < found.recordIds.length; ) {
    context.operation.check();
    // Inside a transaction nothing else lets others have their turn.
    if (context.operation.due()) await context.operation.breathe();
    const part = found.recordIds.slice(at, at + (isHeavy ? 1 : DOCUMENTS_PER_JOB));
    let prepared: Prepared | undefined;
    try {
      if (isHeavy) prepared = await prepare(context, namespace, part[0]!, each);
    } catch (error) {
      if (error instanceof MongoError) return { matched, changed, error };
      throw error;
    }
    const outcome = await context.write((transaction): JobOutcome => {
      const collection = transaction.collection(namespace);
      if (collection === null || Buffer.compare(collection.info.uuid, found.uuid) !== 0)
        return { seen: part.length, bytesMax: 0, matched: 0, changed: 0, error: undefined };
      assertWritable(collection, namespace);
      return writePart(collection, part, each, prepared);
    });
    isHeavy = outcome.bytesMax >= HEAVY_BYTES;
    at += outcome.seen;
    matched += outcome.matched;
    changed += outcome.changed;
    if (outcome.error !== undefined) return { matched, changed, error: outcome.error };
  }
  return { matched, changed, error: undefined };
}

/** `bytesMax`: the longest of the documents, as they were or became. */
type JobOutcome = ManyOutcome & { readonly seen: number; readonly bytesMax: number };

function writePart(
  collection: CollectionWriter,
  part: readonly RecordId[],
  each: DocumentWrite,
  prepared: Prepared | undefined,
): JobOutcome {
  // Counted here: a job that met a lock runs again from its start.
  const done = { seen: 0, bytesMax: 0, matched: 0, changed: 0 };
  const endMs = performance.now() + JOB_MS;
  for (const recordId of part) {
    if (done.seen > 0 && performance.now() > endMs) break;
    done.seen += 1;
    const raw = collection.get(recordId);
    if (raw === undefined) continue;
    const own = Uint8Array.prototype.slice.call(raw);
    try {
      const isPrepared = prepared !== undefined && Buffer.compare(prepared.before, own) === 0;
      const changed = isPrepared ? prepared.after : each.change(own);
      done.bytesMax = Math.max(done.bytesMax, own.length, changed?.length ?? 0);
      if (changed === undefined) continue;
      done.matched += 1;
      if (each.write(collection, recordId, own, changed === prepared?.before ? own : changed)) done.changed += 1;
    } catch (error) {
      if (error instanceof MongoError) return { ...done, error };
      // What is done so far is kept: many documents are seldom all free at one moment.
      if (error instanceof LockedByTransaction && done.changed > 0)
        return { ...done, seen: done.seen - 1, matched: done.matched - 1, error: undefined };
      throw error;
    }
  }
  return { ...done, error: undefined };
}

/** What a document was, and what becomes of it. */
interface Prepared {
  readonly before: RawDocument;
  readonly after: RawDocument | undefined;
}

/**
 * Works out one document's change before the job that writes it: where each takes long, others get their turn in between.
 * Undefined where it is gone.
 */
async function prepare(
  context: CommandContext,
  namespace: string,
  recordId: RecordId,
  each: DocumentWrite,
): Promise<Prepared | undefined> {
  let prepared: Prepared | undefined;
  {
    using view = context.openView();
    const raw = view.collection(namespace)?.get(recordId);
    if (raw !== undefined) {
      const before = Uint8Array.prototype.slice.call(raw);
      prepared = { before, after: each.change(before) };
    }
  }
  await context.operation.breathe();
  return prepared;
}
