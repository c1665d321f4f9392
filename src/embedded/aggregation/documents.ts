import { isDocument } from '../bson/compare.ts';
import { copyOrder, putField as writeField } from '../bson/field-order.ts';
import { BsonUndefined, type BsonValue, type Document } from '../bson/values.ts';

export { isDocument };

export function isNullish(value: BsonValue | undefined): boolean {
  // BSON's deprecated undefined counts as null wherever an expression asks for "null or missing".
  return value === null || value === undefined || value instanceof BsonUndefined;
}

/** Names that a plain object answers to without having such a field; reads of those must ask `hasOwn` first. */
const inheritedNames = new Set(Object.getOwnPropertyNames(Object.prototype));

export function isInheritedName(name: string): boolean {
  return inheritedNames.has(name);
}

export function readField(document: Document, name: string): BsonValue | undefined {
  return inheritedNames.has(name) && !Object.hasOwn(document, name) ? undefined : document[name];
}

export { writeField };

/** A shallow copy. Field by field: V8 makes an object that fields can be added to, several times faster than a spread. */
export function copyDocument(document: Document): Document {
  const copy: Document = {};
  for (const name in document) {
    if (name === '__proto__') writeField(copy, name, document[name]);
    else copy[name] = document[name];
  }
  copyOrder(document, copy);
  return copy;
}

/** The value at a dotted path as expressions see it: arrays on the way yield the array of what their documents hold. */
export function readPath(value: BsonValue | undefined, names: readonly string[], from = 0): BsonValue | undefined {
  let here = value;
  for (let index = from; index < names.length; index++) {
    if (Array.isArray(here)) {
      const found: BsonValue[] = [];
      for (const item of here) {
        if (!isDocument(item)) continue;
        const inner = readPath(item, names, index);
        if (inner !== undefined) found.push(inner);
      }
      return found;
    }
    if (!isDocument(here)) return undefined;
    here = readField(here, names[index]!);
  }
  return here;
}

/** What travels beside a document through a pipeline and is read by `$meta`. */
export interface Metadata {
  readonly textScore?: number;
  readonly vectorSearchScore?: number;
  readonly searchScore?: number;
  readonly indexKey?: Document;
  readonly recordId?: number;
  readonly sortKey?: BsonValue;
}

const metadataByDocument = new WeakMap<Document, Metadata>();

export function setMetadata(document: Document, metadata: Metadata): void {
  metadataByDocument.set(document, { ...metadataByDocument.get(document), ...metadata });
}

export function metadataOf(document: Document): Metadata | undefined {
  return metadataByDocument.get(document);
}

/** Lets a reshaped document keep what was known about its origin. */
export function copyMetadata(from: Document, to: Document): Document {
  const metadata = metadataByDocument.get(from);
  if (metadata !== undefined) metadataByDocument.set(to, metadata);
  return to;
}
