/** From the predicates of a filter to the ranges of one index that hold all of its matches. */
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import type { IndexInfo, KeyRange } from '../storage/storage.ts';
import { work } from '../stroke.ts';
import { hasCollation } from './eligibility.ts';
import type { Predicate } from './field-bounds.ts';
import {
  describeIntervals,
  everything,
  type Interval,
  type Intervals,
  intersection,
  irregularStrings,
  isEverything,
  isNeutral,
  isPoint,
  mayHoldText,
  successor,
  union,
} from './intervals.ts';

/** More ranges than this are not worth seeking one by one: the field is left open. */
const RANGES_MAX = 50_000;

export interface IndexBounds {
  /** For each field of the index, what it is bounded to. */
  readonly fields: readonly { readonly path: string; readonly direction: 1 | -1; readonly intervals: Intervals }[];
  readonly ranges: readonly KeyRange[];
  /** How many leading fields are single points. */
  readonly points: number;
  /** How many leading fields are bounded at all. */
  readonly bounded: number;
  /** The predicates that the ranges answer completely. */
  readonly answered: ReadonlySet<Predicate>;
}

export function boundsOfIndex(index: IndexInfo, predicates: readonly Predicate[]): IndexBounds {
  const multikey = new Set(
    index.multikey && index.multikeyPaths.length === 0 ? Object.keys(index.key) : index.multikeyPaths,
  );
  const fields: { path: string; direction: 1 | -1; intervals: Intervals }[] = [];
  const answered = new Set<Predicate>();
  const used: Predicate[] = [];
  for (const [path, kind] of Object.entries(index.key)) {
    work(predicates.length);
    const direction = kind === -1 ? -1 : 1;
    let own = predicates.filter((predicate) => predicate.path === path);
    // A hash tells equal values only.
    if (kind === 'hashed') own = own.filter(({ intervals }) => intervals.every(isPoint));
    if (hasCollation(index) && multikey.has(path)) own = own.map(withIrregular);
    const intervals = multikey.has(path) ? boundsOfArrayField(path, own, used, multikey) : boundsOfField(own, answered);
    fields.push({ path, direction, intervals });
  }
  return { fields, answered, ...rangesOf(fields) };
}

/**
 * Strings that an index's collation has no keys for mark their field as one with arrays (KeyExtractor): they may meet any
 * predicate on strings.
 */
function withIrregular(predicate: Predicate): Predicate {
  if (predicate.intervals.every(isNeutral)) return predicate;
  const ends = predicate.intervals.flatMap(({ low, high }) => [low.value, high.value]);
  const isNested = ends.some((value) => mayHoldText(value) && typeof value !== 'string' && !isNeutralEnd(value));
  return {
    ...predicate,
    intervals: isNested ? [everything] : union([...predicate.intervals, irregularStrings]),
    exact: false,
  };
}

/** The end of all strings. */
function isNeutralEnd(value: BsonValue): boolean {
  return isDocument(value) && Object.keys(value).length === 0;
}

function boundsOfField(predicates: readonly Predicate[], answered: Set<Predicate>): Intervals {
  let intervals: Intervals | null = null;
  for (const predicate of predicates) {
    intervals = intervals === null ? predicate.intervals : intersection(intervals, predicate.intervals);
    if (predicate.exact) answered.add(predicate);
  }
  return intervals ?? [everything];
}

/**
 * Two predicates on an array may be met by two different elements, and so by two different keys: only one of them may
 * bound the scan, unless both stand in the same `$elemMatch`. The same holds for two fields under one array.
 */
function boundsOfArrayField(
  path: string,
  predicates: readonly Predicate[],
  used: Predicate[],
  multikey: ReadonlySet<string>,
): Intervals {
  const root = rootOf(path);
  const neighbours = used.filter((predicate) => rootOf(predicate.path) === root && multikey.has(predicate.path));
  const allowed = predicates.filter((predicate) =>
    neighbours.every((other) => other.element !== null && other.element === predicate.element),
  );
  const best = allowed.reduce<Predicate | null>(
    (chosen, predicate) => (chosen === null || narrowness(predicate) < narrowness(chosen) ? predicate : chosen),
    null,
  );
  if (best === null) return [everything];
  let intervals = best.intervals;
  used.push(best);
  if (best.element !== null) {
    for (const predicate of allowed) {
      if (predicate === best || predicate.element !== best.element) continue;
      intervals = intersection(intervals, predicate.intervals);
      used.push(predicate);
    }
  }
  return intervals;
}

function rootOf(path: string): string {
  return path.split('.')[0] as string;
}

/** Points first, then ranges, then "anything". */
function narrowness(predicate: Predicate): number {
  if (isEverything(predicate.intervals)) return 1_000_000;
  return predicate.intervals.every(isPoint) ? predicate.intervals.length : 10_000 + predicate.intervals.length;
}

function rangesOf(fields: IndexBounds['fields']): Pick<IndexBounds, 'ranges' | 'points' | 'bounded'> {
  let prefixes: Uint8Array[] = [new Uint8Array(0)];
  let points = 0;
  let bounded = 0;
  for (const { intervals, direction } of fields) {
    work(prefixes.length + intervals.length);
    if (isEverything(intervals)) break;
    if (intervals.every(isPoint) && prefixes.length * intervals.length <= RANGES_MAX) {
      bounded += 1;
      if (intervals.length === 1 && points === bounded - 1) points += 1;
      const ordered = direction === 1 ? intervals : [...intervals].reverse();
      prefixes = prefixes.flatMap((prefix) =>
        ordered.map((interval) => joined(prefix, oriented(interval, direction).from)),
      );
      continue;
    }
    if (prefixes.length * intervals.length > RANGES_MAX) break;
    bounded += 1;
    const ordered = direction === 1 ? intervals : [...intervals].reverse();
    const ranges = prefixes.flatMap((prefix) =>
      ordered.map((interval) => {
        const { from, to } = oriented(interval, direction);
        return { from: joined(prefix, from), fromInclusive: true, to: joined(prefix, to), toInclusive: false };
      }),
    );
    return { ranges, points, bounded };
  }
  const ranges = prefixes.map((prefix) =>
    prefix.length === 0
      ? { fromInclusive: true, toInclusive: true }
      : { from: prefix, fromInclusive: true, to: successor(prefix), toInclusive: false },
  );
  return { ranges, points, bounded };
}

/** The interval's bytes as they lie in an index that holds the field in this direction. */
function oriented(interval: Interval, direction: 1 | -1): { from: Uint8Array; to: Uint8Array } {
  if (direction === 1) return interval;
  const { low, high } = interval;
  const highKey = complemented(high.key);
  const lowKey = complemented(low.key);
  return {
    from: high.inclusive ? highKey : successor(highKey),
    to: low.inclusive ? successor(lowKey) : lowKey,
  };
}

function complemented(key: Uint8Array): Uint8Array {
  return key.map((byte) => ~byte);
}

function joined(prefix: Uint8Array, rest: Uint8Array): Uint8Array {
  if (prefix.length === 0) return rest;
  const bytes = new Uint8Array(prefix.length + rest.length);
  bytes.set(prefix);
  bytes.set(rest, prefix.length);
  return bytes;
}

/** explain's `indexBounds`, in the order in which the scan meets the keys. */
export function describeBounds(bounds: IndexBounds, reverse: boolean): Document {
  const described: Document = {};
  for (const { path, direction, intervals } of bounds.fields) {
    described[path] = describeIntervals(intervals, (direction === -1) !== reverse);
  }
  return described;
}
