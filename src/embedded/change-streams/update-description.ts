/** What an update changed, from the document before and after it. */

import { encode } from '../bson/codec.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';

export interface UpdateDescription {
  readonly updatedFields: Document;
  readonly removedFields: string[];
  readonly truncatedArrays: Document[];
  /** The parts of paths with dots or numbers in the names of their fields. */
  readonly disambiguatedPaths: Document;
}

export function describeUpdate(before: Document, after: Document): UpdateDescription {
  const description: UpdateDescription = {
    updatedFields: {},
    removedFields: [],
    truncatedArrays: [],
    disambiguatedPaths: {},
  };
  compareDocuments(before, after, [], description);
  return description;
}

/** Names of fields, and places in arrays as numbers. */
type Parts = readonly (string | number)[];

const IS_PLACE = /^(0|[1-9]\d*)$/;

/** Returns the path as text; notes its parts where the text alone could be read in several ways. */
function pathOf(parts: Parts, into: UpdateDescription): string {
  const path = parts.join('.');
  if (parts.some((part) => typeof part === 'string' && (part.includes('.') || IS_PLACE.test(part)))) {
    into.disambiguatedPaths[path] = [...parts];
  }
  return path;
}

/**
 * Fields are walked in their order: where the names part, the old field is gone, and what is left of the new document was
 * added at its end. So a field that only moved is told as one that was set anew, as MongoDB tells it.
 */
function compareDocuments(before: Document, after: Document, parts: Parts, into: UpdateDescription): void {
  const names = Object.keys(after);
  const gone: string[] = [];
  let kept = 0;
  for (const field of Object.keys(before)) {
    if (names[kept] !== field) {
      gone.push(field);
      continue;
    }
    kept += 1;
    compareField(before[field] as BsonValue, after[field] as BsonValue, [...parts, field], into);
  }
  for (const field of gone) {
    if (!Object.hasOwn(after, field)) into.removedFields.push(pathOf([...parts, field], into));
  }
  for (const field of names.slice(kept)) {
    into.updatedFields[pathOf([...parts, field], into)] = after[field] as BsonValue;
  }
}

function compareField(before: BsonValue, after: BsonValue, parts: Parts, into: UpdateDescription): void {
  if (same(before, after)) return;
  if (isDocument(before) && isDocument(after) && sharesField(before, after)) {
    compareDocuments(before, after, parts, into);
  } else if (Array.isArray(before) && Array.isArray(after) && sharesElement(before, after)) {
    compareArrays(before, after, parts, into);
  } else {
    into.updatedFields[pathOf(parts, into)] = after;
  }
}

function compareArrays(
  before: readonly BsonValue[],
  after: readonly BsonValue[],
  parts: Parts,
  into: UpdateDescription,
): void {
  for (const [index, value] of after.entries()) {
    const here = [...parts, index];
    if (index >= before.length) into.updatedFields[pathOf(here, into)] = value;
    else compareField(before[index] as BsonValue, value, here, into);
  }
  if (after.length < before.length) {
    into.truncatedArrays.push({ field: pathOf(parts, into), newSize: after.length });
  }
}

/** A document or array of which nothing stayed is described by its new value. */
function sharesField(before: Document, after: Document): boolean {
  return Object.keys(after).some((field) => Object.hasOwn(before, field));
}

function sharesElement(before: readonly BsonValue[], after: readonly BsonValue[]): boolean {
  return after.some((value, index) => {
    const old = before[index];
    if (old === undefined) return false;
    return same(old, value) || (isDocument(old) && isDocument(value) && sharesField(old, value));
  });
}

/** Equal in bytes: a change of type is a change. */
function same(before: BsonValue, after: BsonValue): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
  return Buffer.compare(encode({ v: before }), encode({ v: after })) === 0;
}
