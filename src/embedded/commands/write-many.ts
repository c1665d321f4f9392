/**
 * Updates and deletes of many documents outside of transactions: found in a snapshot, written in jobs that
 * end when their time is over, so that others get their turn in between. Each document is seen again when it is written: one that no longer matches stays as
 * it is. So it is in MongoDB, where such a write is not atomic as a whole either.
 */
import { decode } from '../bson/codec.ts';
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import type { CollectionWriter, RecordId } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';
import { assertWritable } from './write-document.ts';
import type { TargetQuery } from './write-targets.ts';

const DOCUMENTS_PER_JOB = 250;
/** A job ends behind the document with which this is over; its commit comes on top. */
const JOB_MS = 25;

export interface ManyOutcome {
  /** Documents that still matched. */
  readonly matched: number;
  readonly changed: number;
  /** What stopped it; the documents before it are written. */
  readonly error: MongoError | undefined;
}

/** Not inside a transaction, and not where a resend must find the same answer. */
export function mayRunInParts(context: CommandContext): boolean {
  return context.common.autocommit === undefined && context.common.txnNumber === undefined;
}

/** What to do with one document: whether it still matched, and whether it was changed. */
export type WriteOne = (
  collection: CollectionWriter,
  recordId: RecordId,
  document: Document,
  raw: Uint8Array,
) => 'gone' | 'kept' | 'changed';

/** Undefined where nothing matches, or there is one document at most. */
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
  return recordIds.length === 0 ? undefined : { recordIds, uuid: collection.info.uuid };
}

export async function writeMany(
  context: CommandContext,
  namespace: string,
  found: { recordIds: readonly RecordId[]; uuid: Uint8Array },
  writeOne: WriteOne,
): Promise<ManyOutcome> {
  let matched = 0;
  let changed = 0;
  for (let at = 0; at < found.recordIds.length; ) {
    context.operation.check();
    const part = found.recordIds.slice(at, at + DOCUMENTS_PER_JOB);
    const outcome = await context.write((transaction): ManyOutcome & { readonly seen: number } => {
      const collection = transaction.collection(namespace);
      if (collection === null || Buffer.compare(collection.info.uuid, found.uuid) !== 0)
        return { seen: part.length, matched: 0, changed: 0, error: undefined };
      assertWritable(collection, namespace);
      // Counted inside: a job that met a lock runs again from its start.
      const done = { seen: 0, matched: 0, changed: 0 };
      const endMs = performance.now() + JOB_MS;
      for (const recordId of part) {
        if (done.seen > 0 && performance.now() > endMs) break;
        done.seen += 1;
        const raw = collection.get(recordId);
        if (raw === undefined) continue;
        const own = Uint8Array.prototype.slice.call(raw);
        try {
          const outcome = writeOne(collection, recordId, decode(own), own);
          if (outcome !== 'gone') done.matched += 1;
          if (outcome === 'changed') done.changed += 1;
        } catch (error) {
          if (error instanceof MongoError) return { ...done, error };
          throw error;
        }
      }
      return { ...done, error: undefined };
    });
    at += outcome.seen;
    matched += outcome.matched;
    changed += outcome.changed;
    if (outcome.error !== undefined) return { matched, changed, error: outcome.error };
  }
  return { matched, changed, error: undefined };
}
