/**
 * The long part of a write is often to find its documents. It is done before, in slices, in a view of its own, so that
 * others are answered meanwhile; the atomic part then looks at what was found once more. What is no longer there, or no
 * longer matches, makes it search itself.
 */
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import type { RecordId } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';
import type { TargetQuery } from './write-targets.ts';

/** Smaller collections are searched at a stroke. */
const DOCUMENTS_MIN = 500;

export interface Found {
  readonly uuid: Uint8Array;
  readonly recordIds: readonly RecordId[];
}

/** Undefined where it is not worth the while: few documents, or one that its `_id` names. */
export async function scout(
  context: CommandContext,
  namespace: string,
  query: TargetQuery,
): Promise<Found | undefined> {
  if (Object.hasOwn(query.filter, '_id')) return undefined;
  using view = context.openView();
  const collection = view.collection(namespace);
  if (collection === null || collection.info.type === 'view' || collection.count() < DOCUMENTS_MIN) return undefined;
  const { operation } = context;
  const recordIds: RecordId[] = [];
  try {
    const plan = planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, collection);
    for (const row of plan.root.rows({ collection, due: () => operation.due() })) {
      if (row === BREATHE) await operation.breathe();
      else recordIds.push(row.recordId);
      if (plan.limit > 0 && recordIds.length >= plan.limit) break;
    }
  } catch (error) {
    operation.check();
    // A fault of the query is reported by the statement itself, with its place in the command.
    if (error instanceof MongoError) return undefined;
    throw error;
  }
  return { uuid: collection.info.uuid, recordIds };
}

/** From so many documents on, a search without an index is not left to the atomic part. */
const LONG_SCAN_DOCUMENTS = 5000;

/** Tells of a filter, at a glance, whether finding its documents may mean to read the whole of a large collection. */
export function longScans(context: CommandContext, namespace: string): (filter: Document) => boolean {
  using view = context.openView();
  const collection = view.collection(namespace);
  if (collection === null || collection.info.type === 'view' || collection.count() < LONG_SCAN_DOCUMENTS)
    return () => false;
  const leading = new Set(collection.info.indexes.map(({ key }) => Object.keys(key)[0]));
  return (filter) => !Object.keys(filter).some((name) => leading.has(name));
}
