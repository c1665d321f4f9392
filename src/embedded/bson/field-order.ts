/**
 * The order of a document's fields where JavaScript does not keep it: names that are whole numbers come first in every
 * object. A document in which that would change the order carries its names under a symbol, which copies by spread take
 * along; documents without such names cost nothing.
 */
import type { BsonValue, Document } from './values.ts';

const FIELD_ORDER = Symbol('field order');

type Ordered = { [FIELD_ORDER]?: string[] };

/** Beyond this many fields, plain names that were set after a number was may move behind later numbers. */
const SYNCED_NAMES_MAX = 256;

const COMPARED_NAMES_MAX = 16;

/** Whether JavaScript takes the name for an array index and puts it first. */
export function isIndexName(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 && /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) < 4294967295;
}

/** The names in the order of the document; use it wherever the order is part of the meaning. */
export function fieldNames(document: Document): string[] {
  const order = (document as Ordered)[FIELD_ORDER];
  if (order === undefined) return Object.keys(document);
  const known = new Set(order);
  const names = Object.keys(document);
  const added = names.filter((name) => !known.has(name));
  const present = [...known].filter((name) => Object.hasOwn(document, name));
  // Whoever rebuilds a document spreads it behind its `_id`, which comes first in every stored document.
  if (added[0] === '_id') return ['_id', ...present, ...added.slice(1)];
  return [...present, ...added];
}

/** Sets a field, whatever its name; a new one comes last. */
export function putField(document: Document, name: string, value: BsonValue | undefined): void {
  const first = name.charCodeAt(0);
  if (first >= 0x30 && first <= 0x39 && isIndexName(name) && !Object.hasOwn(document, name)) append(document, name);
  // A plain assignment to `__proto__` would change the prototype instead of making a field.
  if (name === '__proto__') {
    Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
  } else document[name] = value;
}

function append(document: Document, name: string): void {
  const order = (document as Ordered)[FIELD_ORDER];
  if (order === undefined) {
    const own = Object.keys(document);
    if (own.length > COMPARED_NAMES_MAX || !isInOrder(own, name)) (document as Ordered)[FIELD_ORDER] = [...own, name];
  } else if (order.length > SYNCED_NAMES_MAX) order.push(name);
  // A list of its own: the old one may be another document's as well.
  else (document as Ordered)[FIELD_ORDER] = [...fieldNames(document), name];
}

/** Whether JavaScript puts the new name last as well. */
function isInOrder(own: readonly string[], name: string): boolean {
  const last = own.at(-1);
  return last === undefined || (isIndexName(last) && Number(last) < Number(name));
}

/** Tells a document the order in which its fields were read, where its own is another one. */
export function keepOrder(document: Document, names: string[]): void {
  const own = Object.keys(document);
  for (let k = 0; k < names.length; k++) {
    if (own[k] === names[k]) continue;
    (document as Ordered)[FIELD_ORDER] = names;
    return;
  }
}

/** For copies that are made field by field. */
export function copyOrder(from: Document, to: Document): void {
  const order = (from as Ordered)[FIELD_ORDER];
  if (order !== undefined) (to as Ordered)[FIELD_ORDER] = order;
}
