/**
 * Checks a pipeline that somebody else wrote, and puts what the principal may see below it. Pure: JSON in, stages out.
 *
 * The scope (documents, then fields) stands before the caller's first stage, in the main pipeline and in every source inside it,
 * so nothing that the caller says can reach what lies outside: it works on what is left. Stages in front that give the same
 * before and after the fields are hidden are moved below that, where indexes can answer them.
 */
import type { Document } from 'mongodb';
import type { CollectionName, Permissions, Principal } from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';
import type { CheckedStage, CheckPipeline, StageContext } from './checked-stage.ts';
import { refuseName } from './expressions.ts';
import { noUses, type Uses } from './fields.ts';
import { PIPELINE_DEPTH_MAX, SOURCES_MAX, STAGES_MAX } from './limits.ts';
import { isPlainObject, type PlainValue, plainCopy } from './plain-value.ts';
import { checkFilter } from './query-filter.ts';
import { inWords, refuse } from './refusal.ts';
import { readableCollections, type Scope, scopeOf } from './scope.ts';
import { allowedStages } from './stages.ts';

export interface CheckedPipeline {
  readonly collection: CollectionName;
  readonly pipeline: readonly Document[];
  /** All that it reads. */
  readonly collections: readonly CollectionName[];
}

/** More than any number of documents: a filter behind it is never moved before it by a server. */
const FENCE: Document = { $limit: 1_000_000_000_000 };

export function checkPipeline(
  permissions: Permissions,
  principal: Principal,
  asked: { readonly collection: unknown; readonly pipeline: unknown },
): CheckedPipeline {
  const read = new Set<CollectionName>();
  const [stages, sources] = [counter(STAGES_MAX, 'stages'), counter(SOURCES_MAX, 'other collections')];
  const source = (name: unknown, place: string) => {
    const scope = typeof name === 'string' ? seenOf(permissions, principal, name) : undefined;
    if (scope === undefined) refuseCollection(name, place, readableCollections(permissions, principal));
    if (place !== 'collection') sources(1, place);
    read.add(scope.collection);
    return scope;
  };
  const context: StageContext = { variables: new Set(), depth: 0, isInFacet: false, source, countStages: stages };
  const scope = source(asked.collection, 'collection');
  if (!Array.isArray(asked.pipeline))
    refuse({ place: 'pipeline', expected: 'a list of stages', came: inWords(asked.pipeline) });
  const pipeline = checkStages(plainCopy(asked.pipeline, 'pipeline'), 'pipeline', scope, context);
  return { collection: scope.collection, pipeline, collections: [...read] };
}

/** Without a scope (in `$facet`) the documents come from stages that have theirs. */
const checkStages: CheckPipeline = (value, place, scope, context) => {
  if (!Array.isArray(value)) refuse({ place, expected: 'a list of stages', came: inWords(value) });
  if (context.depth > PIPELINE_DEPTH_MAX)
    refuse({ place, expected: `at most ${PIPELINE_DEPTH_MAX} pipelines inside each other`, came: 'one more' });
  context.countStages(value.length, place);
  const stages = value.map((stage, index) => checkStage(stage, `${place}[${index}]`, context));
  return scope === null ? fenced(stages) : scoped(scope, stages, context);
};

function checkStage(value: PlainValue, place: string, context: StageContext): CheckedStage {
  const names = isPlainObject(value) ? Object.keys(value) : [];
  const [name] = names;
  if (!isPlainObject(value) || name === undefined || names.length > 1)
    refuse({ place, expected: 'a stage such as { "$match": {} }', came: inWords(value) });
  if (!Object.hasOwn(allowedStages, name)) refuseName(name, place, Object.keys(allowedStages));
  const uses = noUses();
  const check = allowedStages[name] as NonNullable<(typeof allowedStages)[string]>;
  const argument = check(value[name] as PlainValue, `${place}.${name}`, uses, context, checkStages);
  return { name, stage: { [name]: argument }, uses };
}

/** Filter, the caller's stages that may go below the mask, mask, the rest. */
function scoped(scope: Scope, stages: readonly CheckedStage[], context: StageContext): Document[] {
  const below: Document[] = [];
  const rest = [...stages];
  const filters: Document[] = [scope.filter];
  for (let next = rest[0]; next !== undefined; next = rest[0]) {
    if (next.name === '$match') {
      const { seen, other } = divided(next, scope, context);
      if (below.length === 0) filters.push(...seen);
      else if (seen.length > 0) below.push({ $match: together(seen) });
      if (other !== undefined) {
        rest[0] = other;
        break;
      }
    } else if (['$limit', '$skip'].includes(next.name) || (next.name === '$sort' && isSeen(next.uses, scope)))
      below.push(next.stage);
    else break;
    rest.shift();
  }
  return [{ $match: together(filters) }, ...below, ...scope.mask, ...fenced(rest)];
}

/** The conditions of a filter that mean the same before fields are hidden, and can't end in an error; and the others. */
function divided(match: CheckedStage, scope: Scope, { variables }: StageContext) {
  const conditions = Object.entries(match.stage['$match'] as Document).flatMap(([name, value]) =>
    name === '$and' ? (value as Document[]) : [{ [name]: value } as Document],
  );
  const seen: Document[] = [];
  const others: Document[] = [];
  const uses = noUses();
  for (const condition of conditions) {
    const own = noUses();
    checkFilter(condition as PlainValue, '', { variables, uses: own });
    if (isSeen(own, scope)) seen.push(condition);
    else {
      others.push(condition);
      uses.mayFail ||= own.mayFail;
    }
  }
  const other: CheckedStage | undefined =
    others.length === 0 ? undefined : { name: '$match', stage: { $match: together(others) }, uses };
  return { seen, other };
}

const isSeen = ({ fields, whole, mayFail }: Uses, scope: Scope): boolean =>
  !whole && !mayFail && [...fields].every((field) => scope.shows(field));

const together = (filters: readonly Document[]): Document =>
  filters.length === 1 ? (filters[0] as Document) : { $and: filters };

/**
 * A server may move a filter forward and evaluate it beside the scope's: an expression that fails for some values would then tell
 * of documents out of scope by failing. It stays behind the fence.
 */
function fenced(stages: readonly CheckedStage[]): Document[] {
  return stages.flatMap(({ name, stage, uses }) => (name === '$match' && uses.mayFail ? [FENCE, stage] : [stage]));
}

function seenOf(permissions: Permissions, principal: Principal, name: string): Scope | undefined {
  const known = readableCollections(permissions, principal).find((collection) => collection === name);
  return known === undefined ? undefined : scopeOf(permissions, principal, known);
}

function refuseCollection(name: unknown, place: string, readable: readonly string[]): never {
  const message = `${place}: expected one of ${readable.join(', ')}, but found ${inWords(name)}.`;
  throw new DatabaseError('COLLECTION_NOT_YOURS', message, { data: { place, readable } });
}

function counter(most: number, what: string): (more: number, place: string) => void {
  let count = 0;
  return (more, place) => {
    count += more;
    if (count > most) refuse({ place, expected: `at most ${most} ${what} in all`, came: `${count}` });
  };
}
