/** Whether an index holds every document that a filter can match. */
import { compileCollation, isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { type Conjuncts, conjunctsOf, type Predicate } from './field-bounds.ts';
import { covers, isEverything } from './intervals.ts';

export function isUsable(index: IndexInfo, predicates: readonly Predicate[], collation: Document | undefined): boolean {
  if (index.options['hidden'] === true || isText(index)) return false;
  if (!isSimple(index.options['collation']) || !isSimple(collation)) return false;
  if (index.options['sparse'] === true && !impliesAnyField(index, predicates)) return false;
  const partial = index.options['partialFilterExpression'];
  return !isDocument(partial) || implies(predicates, conjunctsFor(partial));
}

export function isText(index: IndexInfo): boolean {
  return Object.values(index.key).includes('text');
}

/** Index keys hold strings as they are, so neither a query nor an index with a collation of its own can use them. */
function isSimple(spec: BsonValue | undefined): boolean {
  return !isDocument(spec) || compileCollation(spec) === null;
}

/** A sparse index has each document that has at least one of its fields. */
function impliesAnyField(index: IndexInfo, predicates: readonly Predicate[]): boolean {
  return predicates.some((predicate) => predicate.impliesExists && Object.hasOwn(index.key, predicate.path));
}

const partialConjuncts = new WeakMap<object, Conjuncts>();

function conjunctsFor(partial: Document): Conjuncts {
  let conjuncts = partialConjuncts.get(partial);
  if (conjuncts === undefined) {
    conjuncts = conjunctsOf(compileFilter(partial).tree);
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
    // One at a time: an array may meet two predicates with two different elements.
    return own.some((given) => covers(wanted.intervals, given.intervals));
  });
}
