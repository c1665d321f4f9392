/**
 * The keys under which an index holds a document, and by which a sort orders it. From the manual ("Multikey Indexes",
 * "Sort on arrays": an array stands with its least element ascending and its greatest descending) and the observable
 * rules for empty arrays: a field that is one is undefined, which sorts below null; below one there is nothing: null.
 * Paths with numbers as names are left out: their rules are another matter.
 */
import type { Document } from 'mongodb';
import { MISSING, order, placeOf } from './order.ts';

/** Every value at the path, an array taken apart once; MISSING where there is nothing. */
export function keysAt(document: Document, path: string): unknown[] {
  return below(document, path.split('.'), true);
}

function below(value: unknown, names: readonly string[], mayTakeApart: boolean): unknown[] {
  const [name, ...rest] = names;
  if (name === undefined) {
    if (!Array.isArray(value)) return [value];
    return value.length === 0 ? [undefined] : value;
  }
  if (placeOf(value) === 'object') return below(fieldOf(value as Document, name), rest, true);
  if (Array.isArray(value) && mayTakeApart) {
    const found = value.flatMap((element) => below(element, names, false));
    return found.length === 0 ? [MISSING] : found;
  }
  return [MISSING];
}

function fieldOf(document: Document, name: string): unknown {
  return Object.hasOwn(document, name) ? document[name] : MISSING;
}

/** What a sort on the path orders the document by. A missing field counts as null. */
export function sortKey(document: Document, path: string, direction: 1 | -1): unknown {
  const values = keysAt(document, path).map((value) => (value === MISSING ? null : value));
  return values.reduce((best, value) => (order(value, best) * direction < 0 ? value : best));
}

export function sortKeys(document: Document, sort: Readonly<Record<string, 1 | -1>>): unknown[] {
  return Object.entries(sort).map(([path, direction]) => sortKey(document, path, direction));
}

export function orderOfKeys(
  a: readonly unknown[],
  b: readonly unknown[],
  sort: Readonly<Record<string, 1 | -1>>,
): number {
  for (const [at, direction] of Object.values(sort).entries()) {
    const difference = order(a[at], b[at]) * direction;
    if (difference !== 0) return difference;
  }
  return 0;
}
