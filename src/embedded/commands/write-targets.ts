/** The documents that a write is about, found by the planner inside the transaction that changes them. */

import { decode } from '../bson/codec.ts';
import { compileCollation, isDocument } from '../bson/compare.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import { evaluateVariables, expressionCompiler } from '../planner/expressions.ts';
import type { Query } from '../planner/plan.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE } from '../planner/rows.ts';
import { compileFilter } from '../query/filter.ts';
import type { CollectionReader, RecordId } from '../storage/storage.ts';
import type { Found } from './scout.ts';

export interface Target {
  readonly recordId: RecordId;
  readonly raw: RawDocument;
}

export type TargetQuery = Pick<Query, 'filter'> &
  Partial<Query> & {
    /** What a search before the write has found. */
    readonly found?: Found | undefined;
    /** Nothing found must be the truth at the moment of the write: a document will be inserted then. */
    readonly upsert?: boolean | undefined;
  };

/** A filter that cannot be read is refused even where there is no collection to look in. */
export function assertReadable(query: TargetQuery): void {
  planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, null);
}

/** Collected before anything is written: a document that a write moves within an index is not met twice. */
export function targetsOf(collection: CollectionReader, query: TargetQuery): Target[] {
  const found = stillThere(collection, query);
  if (found !== undefined) return found;
  const plan = planQuery({ sort: {}, projection: undefined, skip: 0, limit: 0, ...query }, collection);
  const targets: Target[] = [];
  for (const row of plan.root.rows({ collection, due: () => false })) {
    if (row === BREATHE) continue;
    targets.push({ recordId: row.recordId, raw: Uint8Array.prototype.slice.call(row.raw) });
    if (plan.limit > 0 && targets.length >= plan.limit) break;
  }
  return targets;
}

/** What was found before, if all of it still matches; undefined where the search must be done again. */
function stillThere(collection: CollectionReader, query: TargetQuery): Target[] | undefined {
  const { found } = query;
  if (found === undefined || Buffer.compare(found.uuid, collection.info.uuid) !== 0) return undefined;
  if (found.recordIds.length === 0) return query.upsert === true ? undefined : [];
  const matches = matcherOf(query, collection);
  const targets: Target[] = [];
  for (const recordId of found.recordIds) {
    const raw = collection.get(recordId);
    if (raw === undefined) return undefined;
    const own: RawDocument = Uint8Array.prototype.slice.call(raw);
    if (!matches(decode(own))) return undefined;
    targets.push({ recordId, raw: own });
  }
  return targets;
}

function matcherOf(query: TargetQuery, collection: CollectionReader): (document: Document) => boolean {
  const own = collection.info.options['collation'];
  const collation = compileCollation(query.collation ?? (isDocument(own) ? own : undefined));
  const filter = compileFilter(query.filter, {
    collation,
    compileExpression: expressionCompiler(collation, new Date()),
    ...(query.variables === undefined ? {} : { variables: evaluateVariables(query.variables, new Date()) }),
  });
  return (document) => filter.matches(document);
}
