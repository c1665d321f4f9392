/** The form in which a document is stored: `_id` first and present, not too large, no forbidden `_id`. */
import { ObjectId } from 'bson';
import { hasIdFirst } from '../bson/codec.ts';
import { elementEnd, nameEndOf } from '../bson/elements.ts';
import type { RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { DOCUMENT_BYTES_MAX, elementsOf, TYPE_ARRAY, TYPE_DOCUMENT } from '../wire/elements.ts';

/** Length of the document (4), type (1), `_id` and its NUL (4). */
const ID_VALUE_AT = 9;
const TYPE_UNDEFINED = 6;
const TYPE_REGEX = 11;
const TYPE_TIMESTAMP = 17;

/** Returns `raw` itself where nothing has to change. */
export function storedForm(raw: RawDocument): RawDocument {
  assertSize(raw.length);
  const stored = hasIdFirst(raw) ? raw : withIdFirst(raw);
  const type = stored[4] as number;
  assertIdType(type);
  if (type === TYPE_DOCUMENT) assertIdFields(stored);
  return stored;
}

export function assertSize(bytes: number): void {
  if (bytes > DOCUMENT_BYTES_MAX) {
    throw new MongoError(
      'BSONObjectTooLarge',
      `object to insert too large. size in bytes: ${bytes}, max size: ${DOCUMENT_BYTES_MAX}`,
    );
  }
}

function assertIdType(type: number): void {
  const name =
    type === TYPE_ARRAY ? 'array' : type === TYPE_REGEX ? 'regex' : type === TYPE_UNDEFINED ? 'undefined' : null;
  if (name !== null) throw new MongoError('InvalidIdField', `The '_id' value cannot be of type ${name}`);
}

/** An `_id` that is a document must not look like an operator. */
function assertIdFields(raw: RawDocument): void {
  for (const { name } of elementsOf(raw, ID_VALUE_AT)) {
    if (name.startsWith('$')) {
      throw new MongoError(
        'DollarPrefixedFieldName',
        `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`,
      );
    }
  }
}

function withIdFirst(raw: RawDocument): RawDocument {
  for (const element of elementsOf(raw)) {
    if (element.name !== '_id') continue;
    return joined([
      raw.subarray(element.start, element.end),
      raw.subarray(4, element.start),
      raw.subarray(element.end, raw.length - 1),
    ]);
  }
  return joined([Buffer.from('\x07_id\0', 'latin1'), new ObjectId().id, raw.subarray(4, raw.length - 1)]);
}

function joined(parts: readonly Uint8Array[]): RawDocument {
  const bytes = Buffer.concat([Buffer.alloc(4), ...parts, Buffer.alloc(1)]);
  bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

/** MongoDB replaces empty timestamps on the top level of an inserted document by the current time. */
export function hasEmptyTimestamp(raw: RawDocument): boolean {
  // Runs for every inserted document: a plain loop, because a generator and names would double the cost of an insert's check.
  let at = 4;
  for (let type = raw[at] as number; type !== 0; type = raw[at] as number) {
    const valueAt = nameEndOf(raw, at + 1) + 1;
    at = elementEnd(raw, type, valueAt);
    if (type === TYPE_TIMESTAMP && raw.subarray(valueAt, at).every((byte) => byte === 0)) return true;
  }
  return false;
}
