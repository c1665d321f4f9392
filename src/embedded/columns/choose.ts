/** Columns, an index, or a scan: which of them answers a pipeline's start. */
import type { Document } from '../bson/values.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE, type Stage } from '../planner/rows.ts';
import type { CollectionReader } from '../storage/storage.ts';
import type { ColumnCache } from './column-cache.ts';
import type { ColumnPlan } from './column-plan.ts';

/** An index with fewer of a collection's keys than one in so many is better than columns that are there … */
const WARM_SHARE = 700;
/** … and than columns that must be built first. */
const COLD_SHARE = 20;

export interface Asked {
  readonly filter: Document | undefined;
  readonly hint: string | Document | undefined;
  readonly variables: Document | undefined;
}

export function choosesColumns(
  plan: ColumnPlan,
  asked: Asked,
  collection: CollectionReader,
  cache: ColumnCache,
  documentsMin: number,
): boolean {
  if (!cache.isOn || asked.hint !== undefined || collection.info.type === 'view') return false;
  const count = collection.count();
  if (plan.columns.size === 0) return true;
  if (count < documentsMin || !cache.couldHold(collection, plan.columns)) return false;
  if (asked.filter === undefined) return true;
  const share = cache.has(collection, plan.columns) ? WARM_SHARE : COLD_SHARE;
  return !indexIsShort(asked, collection, Math.floor(count / share));
}

/** Whether the planner's index answers the filter with at most so many keys. */
function indexIsShort({ filter, variables }: Asked, collection: CollectionReader, keysMax: number): boolean {
  const query = { filter: filter ?? {}, sort: {}, projection: undefined, skip: 0, limit: 0, variables };
  const plan = planQuery(query, collection);
  if (plan.indexName === undefined) return false;
  let stage: Stage = plan.root;
  while (stage.name !== 'IXSCAN' && stage.inputs.length === 1) stage = stage.inputs[0] as Stage;
  if (stage.name === 'IDHACK' || stage.name === 'EOF') return true;
  let keys = 0;
  for (const row of stage.rows({ collection, due: () => false })) {
    if (row !== BREATHE && ++keys > keysMax) return false;
  }
  return true;
}
