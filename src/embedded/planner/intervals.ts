/**
 * Sets of values of one field, as sorted disjoint intervals over encoded index keys. Encodings of single values are
 * prefix-free, so every key that starts with the encoding `k` lies in [k, successor of k): with half-open byte ranges
 * the same arithmetic serves single fields and compound keys.
 */
import { type CollationKeys, IRREGULAR } from '../bson/collation-keys.ts';
import { isDocument } from '../bson/compare.ts';
import { compareBytes, encodeKey, keyTypes } from '../bson/keys.ts';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BsonUndefined,
  type BsonValue,
  Code,
  Decimal128,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../bson/values.ts';
import { work } from '../stroke.ts';
import type { IntervalText } from './interval-text.ts';
import { describeInterval } from './interval-text.ts';

/** One end of an interval: the value, and whether it belongs to it. */
export interface BoundValue {
  readonly value: BsonValue;
  readonly inclusive: boolean;
}

export interface Bound extends BoundValue {
  /** The value as an ascending index holds it. */
  readonly key: Uint8Array;
}

/** All keys between two encodings: from ≤ key < to. */
export interface Interval {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly low: Bound;
  readonly high: Bound;
}

export type Intervals = readonly Interval[];

/** What an interval of a set costs, in the steps that a stroke is counted by: a filter may hold a million of them. */
const STEPS_PER_INTERVAL = 4;

const IRREGULAR_STRING = Uint8Array.of(keyTypes.string, IRREGULAR);
const minKey = new MinKey();
const maxKey = new MaxKey();

/** `keys`: what the index writes its strings by. */
function encodeOne(value: BsonValue, keys: CollationKeys | null): Uint8Array {
  return encodeKey([value], [1], keys);
}

/** The first byte string after all that start with `prefix`. */
export function successor(prefix: Uint8Array): Uint8Array {
  for (let at = prefix.length - 1; at >= 0; at--) {
    if (prefix[at] !== 0xff) {
      const next = Uint8Array.prototype.slice.call(prefix, 0, at + 1);
      next[at] = (prefix[at] as number) + 1;
      return next;
    }
  }
  // Nothing comes after a string of 0xff: longer than any key that we encode.
  return new Uint8Array(64).fill(0xff);
}

export function intervalOf(low: BoundValue, high: BoundValue, keys: CollationKeys | null = null): Interval {
  const lowKey = encodeOne(low.value, keys);
  const highKey = encodeOne(high.value, keys);
  return {
    from: low.inclusive ? lowKey : successor(lowKey),
    to: high.inclusive ? successor(highKey) : highKey,
    low: { value: low.value, inclusive: low.inclusive, key: lowKey },
    high: { value: high.value, inclusive: high.inclusive, key: highKey },
  };
}

export function point(value: BsonValue, keys: CollationKeys | null = null): Interval {
  const key = encodeOne(value, keys);
  const bound = { value, inclusive: true, key };
  return { from: key, to: successor(key), low: bound, high: bound };
}

export function isPoint({ low, high }: Interval): boolean {
  return low.inclusive && high.inclusive && (low === high || compareBytes(low.key, high.key) === 0);
}

export const everything: Interval = intervalOf({ value: minKey, inclusive: true }, { value: maxKey, inclusive: true });

export function isEverything(intervals: Intervals): boolean {
  const only = intervals[0];
  return (
    intervals.length === 1 &&
    only !== undefined &&
    only.low.value instanceof MinKey &&
    only.high.value instanceof MaxKey &&
    only.low.inclusive &&
    only.high.inclusive
  );
}

function isEmpty(interval: Interval): boolean {
  return compareBytes(interval.from, interval.to) >= 0;
}

/** Sorted, with those that touch or overlap joined. */
export function union(intervals: Intervals): Interval[] {
  work(intervals.length * STEPS_PER_INTERVAL);
  return joined(
    intervals.filter((interval) => !isEmpty(interval)).sort((one, other) => compareBytes(one.from, other.from)),
  );
}

function joined(sorted: Intervals): Interval[] {
  const joined: Interval[] = [];
  let last: Interval | undefined;
  for (const interval of sorted) {
    const gap = last === undefined ? 1 : compareBytes(interval.from, last.to);
    if (last === undefined || gap > 0 || (gap === 0 && !touches(last, interval))) joined.push(interval);
    else if (compareBytes(interval.to, last.to) > 0) {
      joined[joined.length - 1] = { from: last.from, low: last.low, to: interval.to, high: interval.high };
    }
    last = joined[joined.length - 1];
  }
  return joined;
}

/** Points stay points: neighbouring ints must not become a range that no longer satisfies a sort. */
function touches(a: Interval, b: Interval): boolean {
  return !isPoint(a) && !isPoint(b);
}

/** Of two sorted sets. */
export function intersection(a: Intervals, b: Intervals): Interval[] {
  work((a.length + b.length) * STEPS_PER_INTERVAL);
  const found: Interval[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const left = a[i]!;
    const right = b[k]!;
    const later = compareBytes(left.from, right.from) >= 0 ? left : right;
    const ends = compareBytes(left.to, right.to);
    const earlier = ends <= 0 ? left : right;
    if (compareBytes(later.from, earlier.to) < 0) {
      found.push({ from: later.from, low: later.low, to: earlier.to, high: earlier.high });
    }
    if (ends <= 0) i += 1;
    if (ends >= 0) k += 1;
  }
  return joined(found);
}

/** All values outside of the intervals. */
export function complement(intervals: Intervals): Interval[] {
  const result: Interval[] = [];
  let from = everything.from;
  let low: Bound = everything.low;
  for (const interval of union(intervals)) {
    if (compareBytes(from, interval.from) < 0) {
      result.push({
        from,
        low,
        to: interval.from,
        high: { ...interval.low, inclusive: !interval.low.inclusive },
      });
    }
    from = interval.to;
    low = { ...interval.high, inclusive: !interval.high.inclusive };
  }
  if (compareBytes(from, everything.to) < 0) result.push({ from, low, to: everything.to, high: everything.high });
  return result;
}

/** Whether all of `inner` lies inside `outer`; both are sorted. */
export function covers(outer: Intervals, inner: Intervals): boolean {
  work((outer.length + inner.length) * STEPS_PER_INTERVAL);
  let at = 0;
  return inner.every((small) => {
    while (at < outer.length && compareBytes(outer[at]!.to, small.to) < 0) at += 1;
    return at < outer.length && compareBytes(outer[at]!.from, small.from) <= 0;
  });
}

const EMPTY_BINARY = new Binary(new Uint8Array(0));
const LOWEST_OBJECT_ID = new ObjectId('000000000000000000000000');

/** The ends of a value's type group: a comparison never leaves it. Null where an index range makes no sense. */
export function typeGroup(value: BsonValue): { low: BoundValue; high: BoundValue } | null {
  const including = (bound: BsonValue): BoundValue => ({ value: bound, inclusive: true });
  const excluding = (bound: BsonValue): BoundValue => ({ value: bound, inclusive: false });
  if (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Double ||
    value instanceof Decimal128
  ) {
    // NaN sorts below all numbers and is equal only to itself.
    return { low: including(Number.NEGATIVE_INFINITY), high: including(Number.POSITIVE_INFINITY) };
  }
  if (typeof value === 'string' || value instanceof BSONSymbol) return { low: including(''), high: excluding({}) };
  if (typeof value === 'boolean') return { low: including(false), high: including(true) };
  if (value instanceof Date) return { low: including(new Date(-8.64e15)), high: including(new Date(8.64e15)) };
  if (value instanceof ObjectId)
    return { low: including(LOWEST_OBJECT_ID), high: including(new ObjectId('ffffffffffffffffffffffff')) };
  if (value instanceof Timestamp) {
    return {
      low: including(new Timestamp({ t: 0, i: 0 })),
      high: including(new Timestamp({ t: 0xffffffff, i: 0xffffffff })),
    };
  }
  if (value instanceof Binary) return { low: including(EMPTY_BINARY), high: excluding(LOWEST_OBJECT_ID) };
  if (
    value === null ||
    Array.isArray(value) ||
    value instanceof MinKey ||
    value instanceof MaxKey ||
    value instanceof BSONRegExp ||
    value instanceof Code ||
    value instanceof BsonUndefined ||
    (value as { _bsontype?: string })._bsontype !== undefined
  ) {
    return null;
  }
  return { low: including({}), high: excluding([]) };
}

export const allStrings: Interval = intervalOf({ value: '', inclusive: true }, { value: {}, inclusive: false });

/** Whether the interval's bytes are the same under every collation: its ends say nothing of strings but where they begin and end. */
export function isNeutral({ low, high }: Interval): boolean {
  return (
    (!mayHoldText(low.value) || (isEmptyValue(low.value) && low.inclusive)) &&
    (!mayHoldText(high.value) || (isEmptyValue(high.value) && !high.inclusive))
  );
}

/** Whether a string may stand in the value. */
export function mayHoldText(value: BsonValue): boolean {
  return (
    typeof value === 'string' ||
    value instanceof BSONSymbol ||
    value instanceof Code ||
    Array.isArray(value) ||
    isDocument(value)
  );
}

function isEmptyValue(value: BsonValue): boolean {
  if (typeof value === 'string') return value === '';
  return Array.isArray(value) ? value.length === 0 : isDocument(value) && Object.keys(value).length === 0;
}

/** Where an index with a collation keeps the strings that it has no keys of their own for. */
export const irregularStrings: Interval = {
  from: IRREGULAR_STRING,
  to: successor(IRREGULAR_STRING),
  low: { value: '', inclusive: true, key: IRREGULAR_STRING },
  high: { value: {}, inclusive: false, key: successor(IRREGULAR_STRING) },
};

/** As explain shows them: `["[1, 5)", …]`. */
export function describeIntervals(intervals: Intervals, reverse: boolean): IntervalText[] {
  const texts = intervals.map((interval) => describeInterval(interval, reverse));
  return reverse ? texts.reverse() : texts;
}
