/**
 * Walks the top level of a command without decoding it, so that the documents inside pass through as bytes.
 * Except for `documentEnd`, the bytes must have been checked by `validateDocument`.
 */
import { elementEnd, nameEndOf, readName } from '../bson/elements.ts';
import type { RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

/** Of one stored document, as in MongoDB; commands may be 16 KiB larger. */
export const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

export const TYPE_DOCUMENT = 3;
export const TYPE_ARRAY = 4;

/** An element's place: its type byte at `start`, its value from `valueStart` to `end`. */
export interface Element {
  readonly type: number;
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

export function int32At(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

/** The elements of the document at `offset`, in order. */
export function* elementsOf(raw: Uint8Array, offset = 0): IterableIterator<Element> {
  const limit = offset + int32At(raw, offset) - 1;
  let at = offset + 4;
  while (at < limit) {
    const type = raw[at] as number;
    const nameEnd = nameEndOf(raw, at + 1);
    const end = elementEnd(raw, type, nameEnd + 1);
    yield { type, name: readName(raw, at + 1, nameEnd), start: at, valueStart: nameEnd + 1, end };
    at = end;
  }
}

/** Where the document that starts at `offset` ends. Takes bytes that nobody has checked. */
export function documentEnd(raw: Uint8Array, offset = 0): number {
  const length = raw.length - offset < 5 ? 0 : int32At(raw, offset);
  if (length < 5 || offset + length > raw.length) throw new MongoError('InvalidBSON', 'a document has a wrong length');
  return offset + length;
}

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The documents of an array value, as bytes that share the array's buffer. */
export function documentsOfArray(raw: Uint8Array, offset: number, field: string): RawDocument[] {
  const documents: RawDocument[] = [];
  for (const element of elementsOf(raw, offset)) {
    if (element.type !== TYPE_DOCUMENT) {
      throw new MongoError(
        'TypeMismatch',
        `BSON field '${field}.${element.name}' is the wrong type, expected type 'object'`,
      );
    }
    documents.push(raw.subarray(element.valueStart, element.end));
  }
  return documents;
}
