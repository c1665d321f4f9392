/** Which stages of a pipeline columns can answer. By the form of the pipeline alone: what its values are shows while it runs. */
import type { Fields, Pipeline, Scope } from '../aggregation/index.ts';
import { compileFilterIn, usesText } from '../aggregation/stages/match.ts';
import { isDocument } from '../bson/compare.ts';
import { type BsonValue, type Document, Double } from '../bson/values.ts';

export type Step =
  | { readonly kind: 'match'; readonly filter: Document }
  | { readonly kind: 'set'; readonly fields: readonly (readonly [string, BsonValue])[] }
  | {
      readonly kind: 'project';
      readonly kept: ReadonlySet<string>;
      readonly computed: readonly (readonly [string, BsonValue])[];
    }
  | { readonly kind: 'unset'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'group'; readonly argument: Document };

export interface ColumnPlan {
  readonly filter: Document | undefined;
  /** Ends with a group. */
  readonly steps: readonly Step[];
  /** Stages that finish the last one in the ordinary way: the sort of `$sortByCount`. */
  readonly finish: readonly Document[];
  /** The `_id` of the last group is not part of the result (`$count`). */
  readonly withoutId: boolean;
  /** How many of the pipeline's remaining stages it answers. */
  readonly stages: number;
  /** The columns that it needs; none at all where only the number of documents matters. */
  readonly columns: ReadonlySet<string>;
}

/** Names that a plain object cannot have as fields of its own. */
const UNFIT_NAMES: ReadonlySet<string> = new Set(['__proto__']);

export function planColumns(pipeline: Pipeline, scope: Scope): ColumnPlan | null {
  const { pushdown, remaining } = pipeline;
  if (pipeline.startsItself || pipeline.usesMetadata || scope.shared.collation !== null) return null;
  if (pushdown.sort !== undefined || pushdown.skip !== undefined || pushdown.limit !== undefined) return null;
  if (pushdown.filter !== undefined && usesText(pushdown.filter)) return null;
  const steps: Step[] = [];
  let answered: Pick<ColumnPlan, 'steps' | 'finish' | 'withoutId' | 'stages'> | null = null;
  for (let k = 0; k < remaining.length; k++) {
    const stage = remaining[k]!;
    const argument = stage.spec[stage.name] as BsonValue;
    const grouped = groupOf(stage.name, argument);
    if (grouped === null) {
      const step = passingStep(stage.name, argument);
      if (step === null) break;
      steps.push(step);
      continue;
    }
    steps.push({ kind: 'group', argument: grouped.argument });
    const { finish = [], withoutId = false } = grouped;
    answered = { steps: [...steps], finish, withoutId, stages: k + 1 };
    if (finish.length > 0 || withoutId) break;
  }
  if (answered === null) return null;
  const columns = union(pushdown.fields, filterFields(pushdown.filter, scope));
  if (columns === 'all') return null;
  for (const name of columns) if (UNFIT_NAMES.has(name)) return null;
  return { ...answered, filter: pushdown.filter, columns };
}

function filterFields(filter: Document | undefined, scope: Scope): Fields {
  return filter === undefined ? new Set() : compileFilterIn(filter, scope).fields;
}

function union(fields: Fields, more: Fields): Fields {
  return fields === 'all' || more === 'all' ? 'all' : new Set([...fields, ...more]);
}

function groupOf(
  name: string,
  argument: BsonValue,
): { argument: Document; finish?: readonly Document[]; withoutId?: boolean } | null {
  switch (name) {
    case '$group':
      return { argument: argument as Document };
    case '$count':
      return { argument: { _id: null, [argument as string]: { $sum: 1 } }, withoutId: true };
    case '$sortByCount':
      return { argument: { _id: argument, count: { $sum: 1 } }, finish: [{ $sort: { count: -1 } }] };
    default:
      return null;
  }
}

/** A stage that makes one row of each, or leaves some out; null where columns cannot follow it. */
function passingStep(name: string, argument: BsonValue): Step | null {
  switch (name) {
    case '$match':
      return usesText(argument as Document) ? null : { kind: 'match', filter: argument as Document };
    case '$set':
    case '$addFields': {
      const fields = Object.entries(argument as Document) as [string, BsonValue][];
      return fields.every(([field, value]) => isPlainName(field) && !isNested(value)) ? { kind: 'set', fields } : null;
    }
    case '$unset': {
      const names = (Array.isArray(argument) ? argument : [argument]) as string[];
      return names.every(isPlainName) ? { kind: 'unset', names: new Set(names) } : null;
    }
    case '$project':
      return projectStep(argument as Document);
    default:
      return null;
  }
}

function projectStep(spec: Document): Step | null {
  const kept = new Set<string>();
  const removed = new Set<string>();
  const computed: [string, BsonValue][] = [];
  for (const [field, value] of Object.entries(spec) as [string, BsonValue][]) {
    if (!isPlainName(field) || isNested(value)) return null;
    const flag = flagOf(value);
    if (flag === undefined) computed.push([field, value]);
    else if (flag) kept.add(field);
    else removed.add(field);
  }
  if (kept.size === 0 && computed.length === 0) return { kind: 'unset', names: removed };
  if (!removed.has('_id') && !computed.some(([field]) => field === '_id')) kept.add('_id');
  return { kind: 'project', kept, computed };
}

function flagOf(value: BsonValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) !== 0;
  if (value instanceof Double) return value.value !== 0;
  return undefined;
}

function isPlainName(name: string): boolean {
  return !name.includes('.') && !UNFIT_NAMES.has(name);
}

/** An object that is no expression, which names fields below. */
function isNested(value: BsonValue): boolean {
  return isDocument(value) && !Object.keys(value as Document)[0]?.startsWith('$');
}
