/** The documents that a write is about, found by the planner inside the transaction that changes them. */
import type { RawDocument } from '../bson/values.ts';
import type { Query } from '../planner/plan.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import type { CollectionReader, RecordId } from '../storage/storage.ts';

export interface Target {
  readonly recordId: RecordId;
  readonly raw: RawDocument;
}

export type TargetQuery = Pick<Query, 'filter'> & Partial<Query>;

/** A filter that cannot be read is refused even where there is no collection to look in. */
export function assertReadable(query: TargetQuery): void {
  planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, null);
}

/** Collected before anything is written: a document that a write moves within an index is not met twice. */
export function targetsOf(collection: CollectionReader, query: TargetQuery): Target[] {
  const plan = planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, collection);
  const targets: Target[] = [];
  for (const row of plan.root.rows({ collection, due: () => false })) {
    if (row === BREATHE) continue;
    targets.push({ recordId: row.recordId, raw: Uint8Array.prototype.slice.call(row.raw) });
    if (plan.limit > 0 && targets.length >= plan.limit) break;
  }
  return targets;
}
