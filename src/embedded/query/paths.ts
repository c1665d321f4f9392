/** Reading dotted paths as queries do: through documents, through the elements of arrays, and by position in an array. */
import { isDocument, type MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { work } from '../stroke.ts';

/** Names that every plain object answers to without having such a field. */
const inheritedNames = new Set(Object.getOwnPropertyNames(Object.prototype));

export function readField(document: Document, name: string): MaybeValue {
  return inheritedNames.has(name) && !Object.hasOwn(document, name) ? undefined : document[name];
}

export { putField as writeField } from '../bson/field-order.ts';

/** A reader of one top-level field; picks the plain access where the name allows it. */
export function fieldReader(name: string): (document: Document) => MaybeValue {
  return inheritedNames.has(name) ? (document) => readField(document, name) : (document) => document[name];
}

/** The position that a path component means in an array, or −1. */
export function arrayIndexOf(component: string): number {
  return /^(0|[1-9]\d{0,9})$/.test(component) ? Number(component) : -1;
}

export const NO_MATCH = -2;
export const MATCH_WITHOUT_POSITION = -1;

/**
 * What a predicate says of the value at the end of a path: `NO_MATCH`, or the position of the array element that
 * matched, or `MATCH_WITHOUT_POSITION`. Gets `undefined` for a missing field.
 */
export type LeafTest = (value: MaybeValue) => number;

/** A predicate on single values, tried on each element of an array and then on the array itself. */
export function elementOrWhole(test: (value: MaybeValue) => boolean): LeafTest {
  return (value) => {
    if (Array.isArray(value)) {
      work(value.length);
      for (let i = 0; i < value.length; i++) if (test(value[i])) return i;
    }
    return test(value) ? MATCH_WITHOUT_POSITION : NO_MATCH;
  };
}

/** A predicate on the value itself, arrays not taken apart. */
export function wholeOnly(test: (value: MaybeValue) => boolean): LeafTest {
  return (value) => (test(value) ? MATCH_WITHOUT_POSITION : NO_MATCH);
}

/**
 * Finds the first value at the path for which the test holds. The answer is the position in the outermost array that
 * was passed without being named by a number, as the positional `$` operators need it.
 */
export function pathMatcher(path: string, leaf: LeafTest, single: LeafTest = leaf): (document: Document) => number {
  const components = path.split('.');
  if (components.length === 1) {
    const read = fieldReader(path);
    return (document) => leaf(read(document));
  }
  const readers = components.map(fieldReader);
  const indexes = components.map(arrayIndexOf);
  const last = components.length - 1;

  function inDocument(document: Document, at: number): number {
    const value = readers[at]!(document);
    if (at === last) return leaf(value);
    if (Array.isArray(value)) return inArray(value, at + 1);
    if (isDocument(value)) return inDocument(value, at + 1);
    return single(undefined);
  }

  function inArray(array: readonly BsonValue[], at: number): number {
    const index = indexes[at]!;
    work(array.length);
    for (let i = 0; i < array.length; i++) {
      const element = array[i];
      if (isDocument(element) && inDocument(element, at) !== NO_MATCH) return i;
      if (i !== index) continue;
      // Reached by its number: not taken apart again when the path ends here.
      if (at === last) {
        if (single(element) !== NO_MATCH) return MATCH_WITHOUT_POSITION;
      } else {
        const found = isDocument(element)
          ? inDocument(element, at + 1)
          : Array.isArray(element)
            ? inArray(element, at + 1)
            : NO_MATCH;
        if (found !== NO_MATCH) return found;
      }
    }
    return NO_MATCH;
  }

  return (document) => inDocument(document, 0);
}

/** Hands over every value that a query on the path would look at, arrays' elements not taken apart at the end. */
export function valuesAt(document: Document, path: string): MaybeValue[] {
  const found: MaybeValue[] = [];
  pathMatcher(path, (value) => {
    found.push(value);
    return NO_MATCH;
  })(document);
  return found;
}

export function topLevelField(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}
