/** What an update changed, from the document before and after it. */

import { encode } from '../bson/codec.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';

export interface UpdateDescription {
  readonly updatedFields: Document;
  readonly removedFields: string[];
  readonly truncatedArrays: Document[];
}

export function describeUpdate(before: Document, after: Document): UpdateDescription {
  const description: UpdateDescription = { updatedFields: {}, removedFields: [], truncatedArrays: [] };
  compareDocuments(before, after, '', description);
  return description;
}

function compareDocuments(before: Document, after: Document, prefix: string, into: UpdateDescription): void {
  for (const field of Object.keys(before)) {
    if (!Object.hasOwn(after, field)) into.removedFields.push(prefix + field);
  }
  for (const [field, value] of Object.entries(after)) {
    const path = prefix + field;
    if (!Object.hasOwn(before, field)) into.updatedFields[path] = value;
    else compareField(before[field] as BsonValue, value as BsonValue, path, into);
  }
}

function compareField(before: BsonValue, after: BsonValue, path: string, into: UpdateDescription): void {
  if (same(before, after)) return;
  if (isDocument(before) && isDocument(after) && sharesField(before, after)) {
    compareDocuments(before, after, `${path}.`, into);
  } else if (Array.isArray(before) && Array.isArray(after) && sharesElement(before, after)) {
    compareArrays(before, after, path, into);
  } else {
    into.updatedFields[path] = after;
  }
}

function compareArrays(
  before: readonly BsonValue[],
  after: readonly BsonValue[],
  path: string,
  into: UpdateDescription,
): void {
  for (const [index, value] of after.entries()) {
    if (index >= before.length) into.updatedFields[`${path}.${index}`] = value;
    else compareField(before[index] as BsonValue, value, `${path}.${index}`, into);
  }
  if (after.length < before.length) into.truncatedArrays.push({ field: path, newSize: after.length });
}

/** A document or array of which nothing stayed is described by its new value. */
function sharesField(before: Document, after: Document): boolean {
  return Object.keys(after).some((field) => Object.hasOwn(before, field));
}

function sharesElement(before: readonly BsonValue[], after: readonly BsonValue[]): boolean {
  return after.some((value, index) => index < before.length && same(before[index] as BsonValue, value));
}

/** Equal in bytes: a change of type is a change. */
function same(before: BsonValue, after: BsonValue): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
  return Buffer.compare(encode({ v: before }), encode({ v: after })) === 0;
}
