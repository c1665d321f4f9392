/** The index scans that could answer a query, and which of them is cheapest. */
import { decode, decodeFields } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import { collationKeysOfIndex } from '../storage/index-keys.ts';
import type { CollectionReader, IndexEntry, IndexInfo } from '../storage/storage.ts';
import { wildcardOf } from '../storage/wildcard-keys.ts';
import { work } from '../stroke.ts';
import { type Conditions, holdsAll, isText, isUsable, predicatesFor } from './eligibility.ts';
import type { Predicate } from './field-bounds.ts';
import { boundsOfIndex, type IndexBounds } from './index-bounds.ts';
import { isEverything, isPoint } from './intervals.ts';
import type { Query } from './plan.ts';
import type { RowFilter } from './rows.ts';
import { wildcardUses } from './wildcard.ts';

export interface Candidate {
  readonly index: IndexInfo;
  readonly bounds: IndexBounds;
  readonly reverse: boolean;
  /** The scan yields the query's order. */
  readonly sorted: boolean;
  /** The ranges bound every field that has bounds, so that nothing outside the bounds is met. */
  readonly rangesHoldAllAnswers: boolean;
}

export function candidatesFor(
  indexes: readonly IndexInfo[],
  conditions: Conditions,
  query: Query,
  hinted: boolean,
): Candidate[] {
  const found: Candidate[] = [];
  // As in MongoDB, a hint makes a sparse index answer with what it has.
  const isHinted = (index: IndexInfo, predicates: readonly Predicate[]) =>
    hinted && !isText(index) && holdsAll(index, predicates);
  const needsBounds = !hinted && Object.keys(query.sort).length === 0;
  for (const index of indexes) {
    work(conditions.own.length);
    // Most indexes of a collection are about other fields: seen at a glance, before anything is computed.
    if (needsBounds && !isLedBy(index, conditions.own)) continue;
    const predicates = predicatesFor(index, conditions);
    const usable = isUsable(index, predicates, conditions);
    if (wildcardOf(index.key) !== undefined) {
      if (!usable && !isHinted(index, predicates)) continue;
      for (const use of wildcardUses(index, predicates)) {
        const bounds = boundsOfIndex(use.index, use.predicates);
        found.push({ index: use.index, bounds, reverse: false, sorted: false, rangesHoldAllAnswers: false });
      }
      continue;
    }
    if (!usable && !isHinted(index, predicates)) continue;
    const bounds = boundsOfIndex(index, predicates);
    const isInOrder = collationKeysOfIndex(index.options) === conditions.keys;
    const direction = isInOrder ? sortDirection(index, bounds, query.sort) : null;
    if (bounds.bounded === 0 && direction === null && !hinted) continue;
    found.push({
      index,
      bounds,
      reverse: direction === -1,
      sorted: direction !== null,
      rangesHoldAllAnswers: bounds.fields.every(({ intervals }, at) => at < bounds.bounded || isEverything(intervals)),
    });
  }
  return found;
}

/** Whether the index begins with a field that the filter asks for; a wildcard index may always. */
function isLedBy(index: IndexInfo, predicates: readonly Predicate[]): boolean {
  if (wildcardOf(index.key) !== undefined) return true;
  for (const first in index.key) return predicates.some(({ path }) => path === first);
  return false;
}

/** Forward (1) or backward (-1) when the scan comes in the order of the sort; null when it does not, or none is asked. */
function sortDirection(index: IndexInfo, bounds: IndexBounds, sort: Document): 1 | -1 | null {
  const wanted = Object.entries(sort);
  if (wanted.length === 0) return null;
  let direction: 1 | -1 | null = null;
  let at = 0;
  for (const field of bounds.fields) {
    if (at >= wanted.length) break;
    const [path, value] = wanted[at] as [string, Document[string]];
    if (path !== field.path) {
      // A field that is one point is the same in all entries: it may be passed over.
      if (isOnePoint(field.intervals)) continue;
      return null;
    }
    // As MongoDB has it, hashes have no order.
    if (index.key[path] === 'hashed') return null;
    // Arrays sort by their least or greatest element, and an index has all of them.
    if (index.multikey && (index.multikeyPaths.length === 0 || index.multikeyPaths.includes(path))) return null;
    const asked = typeof value === 'object' ? 0 : Number(value);
    if (asked === 0) return null;
    const step = (asked > 0 ? 1 : -1) * field.direction > 0 ? 1 : -1;
    if (!isOnePoint(field.intervals)) {
      direction ??= step;
      if (direction !== step) return null;
    }
    at += 1;
  }
  // The rest of the sort may only name fields that are points.
  for (; at < wanted.length; at++) {
    const path = wanted[at]?.[0];
    const field = bounds.fields.find((one) => one.path === path);
    if (field === undefined || !isOnePoint(field.intervals)) return null;
  }
  return direction ?? 1;
}

function isOnePoint(intervals: readonly Parameters<typeof isPoint>[0][]): boolean {
  return intervals.length === 1 && isPoint(intervals[0] as Parameters<typeof isPoint>[0]);
}

/** Keys looked at for each candidate before the choice falls by rule. */
export const TRIAL_KEYS = 1000;
/** What looking at a key costs, in the steps that a stroke is counted by. */
const STEPS_PER_KEY = 16;

/**
 * All candidates walk their keys in step; the first one at its end has the fewest. If none ends soon, an index that
 * spares the sort wins, then the one with more points, then the one with more bounded fields.
 */
export function cheapest(
  candidates: readonly Candidate[],
  collection: CollectionReader,
  query: Query,
  filter: RowFilter,
  trialKeys = TRIAL_KEYS,
): Candidate | null {
  const first = candidates[0];
  if (first === undefined || candidates.length === 1) return first ?? null;
  const unique = candidates.find(
    (one) => one.index.options['unique'] === true && one.bounds.points === one.bounds.fields.length,
  );
  if (unique !== undefined) return unique;
  const bounded = candidates.filter((one) => one.bounds.bounded > 0);
  if (bounded.length > 0) {
    const shortest = firstToEnd(bounded, collection, query, trialKeys);
    if (shortest !== null) return shortest;
  }
  const bySort = sortedTrial(candidates, collection, query, filter);
  if (bySort !== null) return bySort;
  const byRule = [...candidates].sort((a, b) => score(b, query) - score(a, query));
  return byRule[0] ?? null;
}

function firstToEnd(
  candidates: readonly Candidate[],
  collection: CollectionReader,
  query: Query,
  trialKeys: number,
): Candidate | null {
  const scans: Iterator<IndexEntry>[] = candidates.map((one) =>
    collection.scanIndex(one.index.name, one.bounds.ranges),
  );
  try {
    for (let keys = 0; keys < trialKeys; keys++) {
      work(candidates.length * STEPS_PER_KEY);
      const ended: Candidate[] = [];
      for (const [at, scan] of scans.entries()) if (scan.next().done === true) ended.push(candidates[at] as Candidate);
      // Equally short: the one whose order is wanted, else the one whose bounds leave the filter the least to do.
      const [best] = ended.sort((a, b) => Number(b.sorted) - Number(a.sorted) || score(b, query) - score(a, query));
      if (best !== undefined) return best;
    }
    return null;
  } finally {
    for (const scan of scans) scan.return?.();
  }
}

/** How much more a document of a sorted scan may cost than a key of a bounded one, before the sorted scan loses. */
const KEYS_PER_DOCUMENT = 4;

/**
 * With a limit, an index in the wanted order may be done long before one with bounds that needs a sort: its first documents
 * tell how rare matches are. Null where that is not the question, or the sorted scan would read too much.
 */
function sortedTrial(
  candidates: readonly Candidate[],
  collection: CollectionReader,
  query: Query,
  filter: RowFilter,
): Candidate | null {
  if (query.limit === 0 || Object.keys(query.sort).length === 0) return null;
  const sorted = candidates.find((one) => one.sorted && one.bounds.bounded > 0) ?? candidates.find((one) => one.sorted);
  if (sorted === undefined || sorted.bounds.bounded > 0) return sorted ?? null;
  const wanted = query.limit + query.skip;
  let read = 0;
  let matched = 0;
  for (const { recordId } of collection.scanIndex(sorted.index.name, sorted.bounds.ranges, {
    reverse: sorted.reverse,
  })) {
    if (read === TRIAL_KEYS || matched === wanted) break;
    read += 1;
    const raw = collection.get(recordId);
    if (raw !== undefined && filter.matches(decodeFor(raw, filter))) matched += 1;
  }
  if (matched === wanted) return sorted;
  if (matched === 0) return null;
  // The bounded scan has more than TRIAL_KEYS keys; how many more, a walk of the sorted scan's expected length tells.
  const expectedReads = (wanted * read) / matched;
  const bounded = candidates.find((one) => one.bounds.bounded > 0);
  if (bounded === undefined) return sorted;
  const keysMax = expectedReads * KEYS_PER_DOCUMENT;
  let keys = 0;
  for (const _entry of collection.scanIndex(bounded.index.name, bounded.bounds.ranges))
    if (++keys > keysMax) return sorted;
  return null;
}

function decodeFor(raw: RawDocument, filter: RowFilter): Document {
  return filter.fields === 'all' ? decode(raw) : decodeFields(raw, filter.fields);
}

function score(candidate: Candidate, query: Query): number {
  const { bounds, sorted } = candidate;
  // Without bounds the sorted scan reads everything: it had its chance in the trial.
  const spared = sorted && bounds.bounded > 0 && Object.keys(query.sort).length > 0 ? 15 : 0;
  return spared + bounds.points * 20 + bounds.bounded * 10 - Object.keys(candidate.index.key).length;
}
