/**
 * Chooses how a query is answered: by `_id`, by the index whose bounds hold the fewest keys, by several indexes for
 * `$or`, by an index that is already in the wanted order, or by reading everything.
 */

import { type Metadata, metadataOf, setMetadata } from '../aggregation/index.ts';
import { decode } from '../bson/codec.ts';
import { type CollationKeys, collationKeysOf } from '../bson/collation-keys.ts';
import { compileCollation, isDocument, isNumber } from '../bson/compare.ts';
import { encodeKey } from '../bson/keys.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import { type FilterNode, filterFromNode } from '../query/filter-node.ts';
import { compileProjection } from '../query/projection.ts';
import { type CompiledSort, compileSort } from '../query/sort.ts';
import { collationKeysOfIndex } from '../storage/index-keys.ts';
import type { CollectionReader, IndexInfo } from '../storage/storage.ts';
import { type Candidate, candidatesFor, cheapest, TRIAL_KEYS } from './candidates.ts';
import { evaluateVariables, expressionCompiler } from './expressions.ts';
import { type Conjuncts, conjunctsOf } from './field-bounds.ts';
import { keyDocumentOf } from './index-key-values.ts';
import { isNeutral, isPoint } from './intervals.ts';
import type { Plan, Query } from './plan.ts';
import type { Row, Stage } from './rows.ts';
import { CollectionScan } from './stages/collection-scan.ts';
import { CountScan } from './stages/count.ts';
import { CoveredProjection, coveredFields } from './stages/covered-projection.ts';
import { End } from './stages/end.ts';
import { Fetch } from './stages/fetch.ts';
import { IdHack } from './stages/id-hack.ts';
import { IndexScan } from './stages/index-scan.ts';
import { Or } from './stages/or.ts';
import { Projection, type RowKeys } from './stages/projection.ts';
import { ReturnKey, ShowRecordId } from './stages/row-shape.ts';
import { Limit, Skip } from './stages/skip-limit.ts';
import { Sort } from './stages/sort.ts';
import { TextMatch } from './stages/text-match.ts';
import { isTextRequired, type TextAccess, textAccess, textNodeOf } from './text-access.ts';

type Fields = ReadonlySet<string> | 'all';

/** What all parts of planning one query share. */
interface Planning {
  readonly query: Query;
  readonly collection: CollectionReader;
  readonly filter: CompiledFilter;
  /** What the query compares strings by, as indexes keep it. */
  readonly keys: CollationKeys | null;
  readonly conjuncts: Conjuncts;
  readonly order: ReturnType<typeof compileSort> | null;
}

/** A way to the matching documents, not yet sorted unless `sorted`. */
interface Access {
  readonly stage: Stage;
  readonly sorted: boolean;
  readonly indexName: string | undefined;
  readonly rejected: readonly Stage[];
  /** Set where the index answers the whole filter, so that only the projection needs the documents. */
  readonly keysOnly?: IndexScan;
}

export function planQuery(asked: Query, collection: CollectionReader | null): Plan {
  const own = collection?.info.options['collation'];
  // A collection's own collation holds where the command names none.
  const query = asked.collation === undefined && isDocument(own) ? { ...asked, collation: own } : asked;
  const collation = compileCollation(query.collation);
  const compileExpression = expressionCompiler(collation, new Date());
  const options = {
    collation,
    compileExpression,
    ...(query.variables === undefined ? {} : { variables: evaluateVariables(query.variables, new Date()) }),
  };
  let filter = compileFilter(query.filter, options);
  const textNode = textNodeOf(filter.tree);
  const naturalSort = query.sort['$natural'];
  const order =
    Object.keys(query.sort).length === 0 || naturalSort !== undefined
      ? null
      : compileSort(query.sort, { collation, metaOf });
  const shape = (stage: Stage, index?: IndexInfo): Stage => {
    const { projection: spec } = query;
    if (spec === undefined || Object.keys(spec).length === 0) return stage;
    const projection = compileProjection(spec, { ...options, filter });
    const name = isSimple(spec) ? 'PROJECTION_SIMPLE' : 'PROJECTION_DEFAULT';
    return new Projection(stage, projection, spec, name, projection.usesMeta ? rowKeys(spec, order, index) : {});
  };
  const keys = collation === null || collection === null ? null : collationKeysOf(collation);
  const conjuncts = conjunctsOf(filter.tree, keys);
  if (collection === null || conjuncts.never) {
    return { root: shape(new End()), query, limit: query.limit, rejected: [], indexName: undefined };
  }
  let access: Access;
  if (textNode === null) {
    access = accessFor({ query, collection, filter, keys, conjuncts, order });
  } else {
    const found = textAccess(textNode, collection, { keys, own: conjuncts.predicates });
    filter = compileFilter(query.filter, { ...options, matchesText: (document) => found.text.matches(document) });
    if (query.hint !== undefined) {
      throw new MongoError('BadValue', 'error processing query: text and hint not allowed in same query');
    }
    if (isTextRequired(filter.tree)) access = textStages(found, filter, textNode.query.search);
    else access = textInOr(found, { query, collection, filter, keys, conjuncts, order }, textNode.query.search);
  }
  const covered = order === null || access.sorted ? coveredBy(access, query) : null;
  let stage: Stage = covered === null ? access.stage : covered.scan;
  if (order !== null && !access.sorted) {
    stage = new Sort(stage, order, query.sort, query.limit > 0 ? query.limit + query.skip : 0);
  }
  if (query.skip > 0) stage = new Skip(stage, query.skip);
  if (query.limit > 0) stage = new Limit(stage, query.limit);
  const index = collection.info.indexes.find(({ name }) => name === access.indexName);
  if (query.returnKey === true) stage = new ReturnKey(stage, index);
  else if (covered === null) stage = shape(stage, index);
  else stage = new CoveredProjection(stage, covered.scan.index, covered.fields, query.projection as Document);
  if (query.showRecordId === true) stage = new ShowRecordId(stage);
  return { root: stage, query, limit: query.limit, rejected: access.rejected, indexName: access.indexName };
}

/** What `{$meta: 'sortKey'}` and `{$meta: 'indexKey'}` of a projection mean. */
function rowKeys(spec: Document, order: Planning['order'], index: IndexInfo | undefined): RowKeys {
  const asks = (name: string) => Object.values(spec).some((value) => isDocument(value) && value['$meta'] === name);
  if (asks('sortKey') && order === null) {
    throw new MongoError(40218, 'query requires sort key metadata, but it is not available');
  }
  return {
    sortKeyOf: asks('sortKey') && order !== null ? (raw, row) => sortKeyOf(order, raw, row) : undefined,
    indexKeyOf: asks('indexKey') && index !== undefined ? keyDocumentOf(index) : undefined,
  };
}

function sortKeyOf(order: CompiledSort, raw: RawDocument, { textScore }: Row): BsonValue[] {
  const document = decode(raw);
  if (textScore !== undefined) setMetadata(document, { textScore });
  return [...order.keyOf(document)];
}

/** The scan whose keys alone hold what the projection shows; null where documents have to be read. */
function coveredBy({ keysOnly }: Access, query: Query): { scan: IndexScan; fields: readonly string[] } | null {
  if (keysOnly === undefined || query.projection === undefined || query.returnKey || query.showRecordId) return null;
  const fields = coveredFields(keysOnly.index, query.projection);
  return fields === null ? null : { scan: keysOnly, fields };
}

function metaOf(document: Document, meta: string): BsonValue | undefined {
  return metadataOf(document)?.[meta as keyof Metadata];
}

function textStages({ index, text, bounds }: TextAccess, filter: CompiledFilter, search: string): Access {
  const fetch = new Fetch(new IndexScan(index, bounds, false, true), {
    filter: null,
    filterDocument: {},
    fields: null,
  });
  const stage = new TextMatch(fetch, { text, filter, indexName: index.name, search });
  return { stage, sorted: false, indexName: index.name, rejected: [] };
}

/** `$text` in a branch of an `$or`: as in MongoDB, each other branch needs an index; here all documents are read for it. */
function textInOr({ index, text }: TextAccess, planning: Planning, search: string): Access {
  const { conjuncts, collection, query, keys } = planning;
  const others = conjuncts.ors.flat().filter((branch) => textNodeOf(branch) === null);
  const isIndexed = (branch: FilterNode) => {
    const conditions = { keys, own: conjunctsOf(branch, keys).predicates };
    const candidates = candidatesFor(collection.info.indexes, conditions, { ...query, sort: {} }, false);
    return candidates.some(({ bounds }) => bounds.bounded > 0);
  };
  if (!others.every(isIndexed)) {
    throw new MongoError(
      'NoQueryExecutionPlans',
      'error processing query: planner returned error: Failed to produce a solution for TEXT under OR - other non-TEXT clauses under OR have to be indexed as well.',
    );
  }
  const everything = new CollectionScan({ filter: null, filterDocument: {}, reverse: false, fields: null });
  const stage = new TextMatch(everything, { text, filter: planning.filter, indexName: index.name, search });
  return { stage, sorted: false, indexName: undefined, rejected: [] };
}

function isSimple(projection: Document): boolean {
  return Object.entries(projection).every(
    ([path, value]) => !path.includes('.') && (typeof value === 'number' || typeof value === 'boolean'),
  );
}

function accessFor(planning: Planning): Access {
  const { query, collection, conjuncts } = planning;
  if (isGiven(query.min) || isGiven(query.max)) return betweenKeys(planning);
  const natural = naturalDirection(query);
  if (natural !== null) return scanAll(planning, natural === -1);
  const byId = idLookup(planning);
  if (byId !== null) return byId;
  const indexes = hintedIndexes(query, collection.info.indexes);
  const hinted = query.hint !== undefined;
  const candidates = candidatesFor(indexes, { keys: planning.keys, own: conjuncts.predicates }, query, hinted);
  const bounded = candidates.filter((candidate) => candidate.bounds.bounded > 0);
  if (bounded.length === 0 && conjuncts.ors.length > 0) {
    const either = orAccess(planning, indexes);
    if (either !== null) return either;
  }
  const useful =
    bounded.length > 0
      ? bounded.concat(candidates.filter((one) => one.sorted && one.bounds.bounded === 0 && query.limit > 0))
      : candidates;
  const chosen = cheapest(useful, collection, query, planning.filter);
  if (chosen !== null) {
    const others = useful.filter((candidate) => candidate !== chosen);
    return { ...fetchFrom(planning, chosen), rejected: others.map((other) => fetchFrom(planning, other).stage) };
  }
  if (hinted) {
    throw new MongoError(
      'NoQueryExecutionPlans',
      'error processing query: planner returned error: No query solutions: the hinted index cannot answer the query',
    );
  }
  return scanAll(planning, false);
}

function isGiven(limit: Document | undefined): limit is Document {
  return limit !== undefined && Object.keys(limit).length > 0;
}

/** `min` (inclusive) and `max` (exclusive) of find: the keys of the hinted index between them. */
function betweenKeys(planning: Planning): Access {
  const { query, collection } = planning;
  const min = isGiven(query.min) ? query.min : undefined;
  const max = isGiven(query.max) ? query.max : undefined;
  if (query.hint === undefined) {
    throw new MongoError(51173, 'When using min()/max() a hint of which index to use must be provided');
  }
  const index = hintedIndexes(query, collection.info.indexes)[0] as IndexInfo;
  const paths = Object.keys(index.key);
  if (min !== undefined && max !== undefined && Object.keys(min).join() !== Object.keys(max).join()) {
    throw new MongoError(51176, 'min and max must have the same field names');
  }
  if (paths.join() !== Object.keys(min ?? max ?? {}).join() || Object.values(index.key).includes('text')) {
    throw new MongoError(51174, 'The index chosen with the hint is not compatible with min/max');
  }
  const directions = Object.values(index.key).map((direction) => (direction === -1 ? -1 : 1));
  const keyOf = (limit: Document) =>
    encodeKey(
      paths.map((path) => limit[path] as BsonValue),
      directions,
      collationKeysOfIndex(index.options),
    );
  const from = min === undefined ? undefined : keyOf(min);
  const to = max === undefined ? undefined : keyOf(max);
  if (from !== undefined && to !== undefined && Buffer.compare(from, to) >= 0) {
    throw new MongoError(51175, 'The value provided for min() must be less than the one for max()');
  }
  const [candidate] = candidatesFor([index], { keys: planning.keys, own: [] }, query, true);
  if (candidate === undefined) throw new MongoError('BadValue', 'error processing query: the index cannot be used');
  const range = {
    fromInclusive: true,
    toInclusive: false,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  return fetchFrom(planning, { ...candidate, bounds: { ...candidate.bounds, ranges: [range] } });
}

function scanAll(planning: Planning, reverse: boolean): Access {
  const filter = planning.conjuncts.whole && planning.conjuncts.predicates.length === 0 ? null : planning.filter;
  const stage = new CollectionScan({
    filter,
    filterDocument: filter === null ? {} : shownFilter(planning),
    reverse,
    fields: fieldsToDecode(planning, filter, false),
  });
  return { stage, sorted: false, indexName: undefined, rejected: [] };
}

function fetchFrom(planning: Planning, candidate: Candidate): Access {
  const { conjuncts } = planning;
  const answered =
    conjuncts.whole &&
    !candidate.index.multikey &&
    conjuncts.predicates.every((one) => candidate.bounds.answered.has(one)) &&
    candidate.bounds.bounded > 0 &&
    candidate.rangesHoldAllAnswers;
  const nothingToTest = conjuncts.whole && conjuncts.predicates.length === 0;
  const filter = answered || nothingToTest ? null : planning.filter;
  const { index, bounds, reverse } = candidate;
  if (filter === null && planning.query.countOnly === true) {
    return { stage: new CountScan(index, bounds, reverse), sorted: true, indexName: index.name, rejected: [] };
  }
  const scan = new IndexScan(index, bounds, reverse);
  const stage = new Fetch(scan, {
    filter,
    filterDocument: filter === null ? {} : shownFilter(planning),
    fields: fieldsToDecode(planning, filter, candidate.sorted),
  });
  const access = { stage, sorted: candidate.sorted, indexName: candidate.index.name, rejected: [] };
  return filter === null ? { ...access, keysOnly: scan } : access;
}

const shownFilters = new WeakMap<FilterNode, Document>();

/** The filter as `explain` shows it: made once for all candidates, because it may be long. */
function shownFilter({ filter: { tree } }: Planning): Document {
  let shown = shownFilters.get(tree);
  if (shown === undefined) {
    shown = filterFromNode(tree);
    shownFilters.set(tree, shown);
  }
  return shown;
}

function fieldsToDecode(planning: Planning, filter: CompiledFilter | null, sorted: boolean): Fields | null {
  const order = sorted ? null : planning.order;
  if (filter === null && order === null) return null;
  const filterFields = filter?.fields ?? new Set<string>();
  const orderFields = order?.fields ?? new Set<string>();
  if (filterFields === 'all') return 'all';
  return new Set([...filterFields, ...orderFields]);
}

/** `{ _id: value }` alone: one lookup. */
function idLookup(planning: Planning): Access | null {
  const { conjuncts, query, collection } = planning;
  // Of a time series many documents may have one `_id`.
  if (collection.info.options['timeseries'] !== undefined) return null;
  const only = conjuncts.predicates[0];
  if (conjuncts.predicates.length !== 1 || only === undefined || !conjuncts.whole || conjuncts.text !== null)
    return null;
  if (only.path !== '_id' || only.intervals.length !== 1 || query.hint !== undefined) return null;
  const interval = only.intervals[0];
  if (interval === undefined || !isPoint(interval)) return null;
  const idIndex = collection.info.indexes[0];
  // The index of `_id`s compares strings as the collection does, which need not be as the query does.
  if (idIndex === undefined) return null;
  if (collationKeysOfIndex(idIndex.options) !== planning.keys && !isNeutral(interval)) return null;
  const stage = new IdHack(interval.low.value);
  return { stage, sorted: true, indexName: '_id_', rejected: [] };
}

const BRANCH_TRIAL_KEYS_MIN = 10;

/** One scan for each branch of an `$or`, where every branch has an index. */
function orAccess(planning: Planning, indexes: readonly IndexInfo[]): Access | null {
  const { conjuncts, query, collection, filter } = planning;
  const unsorted: Query = { ...query, sort: {}, limit: 0 };
  for (const branches of conjuncts.ors) {
    // All branches together: an $or may have thousands of them.
    const trialKeys = Math.max(BRANCH_TRIAL_KEYS_MIN, Math.ceil((4 * TRIAL_KEYS) / branches.length));
    const scans: Stage[] = [];
    const names = new Set<string>();
    for (const branch of branches) {
      const inner = conjunctsOf(branch, planning.keys);
      if (inner.never) continue;
      const candidates = candidatesFor(
        indexes,
        { keys: planning.keys, own: [...inner.predicates, ...conjuncts.predicates] },
        unsorted,
        query.hint !== undefined,
      );
      const chosen = cheapest(
        candidates.filter((one) => one.bounds.bounded > 0),
        collection,
        unsorted,
        filter,
        trialKeys,
      );
      if (chosen === null) break;
      scans.push(new IndexScan(chosen.index, chosen.bounds, chosen.reverse));
      names.add(chosen.index.name);
    }
    if (scans.length !== branches.length) continue;
    const stage = new Fetch(new Or(scans), {
      filter,
      filterDocument: shownFilter(planning),
      fields: fieldsToDecode(planning, filter, false),
    });
    return { stage, sorted: false, indexName: [...names].join(', '), rejected: [] };
  }
  return null;
}

function naturalDirection(query: Query): 1 | -1 | null {
  const hint = isDocument(query.hint) ? query.hint['$natural'] : undefined;
  const natural = query.sort['$natural'] ?? hint;
  if (natural === undefined) return null;
  return Number(natural) < 0 ? -1 : 1;
}

function hintedIndexes(query: Query, indexes: readonly IndexInfo[]): readonly IndexInfo[] {
  const { hint } = query;
  if (hint === undefined) return indexes;
  const wanted = typeof hint === 'string' ? hint : keyText(hint);
  const found = indexes.filter(
    ({ name, key, options }) => (name === wanted || keyText(key as Document) === wanted) && options['hidden'] !== true,
  );
  if (found.length === 0) {
    throw new MongoError(
      'BadValue',
      'error processing query: planner returned error: hint provided does not correspond to an existing index',
    );
  }
  return found;
}

function keyText(key: Document): string {
  return JSON.stringify(
    Object.entries(key).map(([path, direction]) => [
      path,
      typeof direction === 'string' ? direction : isNumber(direction) ? Number(direction) : null,
    ]),
  );
}
