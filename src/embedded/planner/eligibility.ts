/** Whether an index holds every document that a filter can match. */
import type { CollationKeys } from '../bson/collation-keys.ts';
import { isDocument } from '../bson/compare.ts';
import type { Document } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import { collationKeysOfIndex } from '../storage/index-keys.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { type Conjuncts, conjunctsOf, type Predicate } from './field-bounds.ts';
import { covers, type Interval, isEverything, isNeutral } from './intervals.ts';

/** What a filter asks of single fields, in the terms of one index or another. */
export interface Conditions {
  /** What the query compares strings by. */
  readonly keys: CollationKeys | null;
  /** With strings as an index with the query's own collation holds them. */
  readonly own: readonly Predicate[];
}

/**
 * The predicates that an index can answer. One that holds strings by another collation than the query's answers those in
 * which no string takes part.
 */
export function predicatesFor(index: IndexInfo, { keys, own }: Conditions): readonly Predicate[] {
  return collationKeysOfIndex(index.options) === keys ? own : own.filter(({ intervals }) => intervals.every(isNeutral));
}

export function isUsable(index: IndexInfo, predicates: readonly Predicate[], conditions: Conditions): boolean {
  if (index.options['hidden'] === true || isText(index)) return false;
  if (index.options['sparse'] === true && !impliesAnyField(index, conditions.own)) return false;
  return holdsAll(index, predicates);
}

/** Whether a partial index has whatever meets the predicates. A hint does not make up for it. */
export function holdsAll(index: IndexInfo, predicates: readonly Predicate[]): boolean {
  const partial = index.options['partialFilterExpression'];
  return !isDocument(partial) || implies(predicates, conjunctsFor(partial, collationKeysOfIndex(index.options)));
}

export function hasCollation(index: IndexInfo): boolean {
  return index.options['collation'] !== undefined;
}

export function isText(index: IndexInfo): boolean {
  return Object.values(index.key).includes('text');
}

/** A sparse index has each document that has at least one of its fields. */
function impliesAnyField(index: IndexInfo, predicates: readonly Predicate[]): boolean {
  return predicates.some((predicate) => predicate.impliesExists && Object.hasOwn(index.key, predicate.path));
}

const partialConjuncts = new WeakMap<object, Conjuncts>();

function conjunctsFor(partial: Document, keys: CollationKeys | null): Conjuncts {
  let conjuncts = partialConjuncts.get(partial);
  if (conjuncts === undefined) {
    conjuncts = conjunctsOf(compileFilter(partial).tree, keys);
    partialConjuncts.set(partial, conjuncts);
  }
  return conjuncts;
}

/** Whether whatever meets the predicates also meets the partial filter. When in doubt, no. */
function implies(predicates: readonly Predicate[], partial: Conjuncts): boolean {
  if (!partial.whole || partial.text !== null || partial.never) return false;
  return partial.predicates.every((wanted) => {
    const own = predicates.filter(({ path }) => path === wanted.path);
    if (own.length === 0) return false;
    if (isEverything(wanted.intervals)) {
      // `{ $exists: true }` asks no more than that; a type or a modulus would ask for a look at the value.
      return wanted.impliesExists && wanted.existenceOnly && own.some(({ impliesExists }) => impliesExists);
    }
    // What the intervals say less exactly than the filter does would have to be looked at in the document.
    if (!wanted.exact && !wanted.intervals.every(isNull)) return false;
    // One at a time: an array may meet two predicates with two different elements.
    return own.some((given) => covers(wanted.intervals, given.intervals));
  });
}

/** Null and missing share a key, and a filter for null means both. */
function isNull({ low, high }: Interval): boolean {
  return low.value === null && high.value === null;
}
