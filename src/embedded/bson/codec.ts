/**
 * BSON bytes to the value forms of `values.ts` and back. Source: bsonspec.org, version 1.1.
 *
 * Readers trust their input: run `validateDocument` once over bytes that come from outside.
 * Field names that look like whole numbers are JavaScript array indexes, which an object lists first: `fieldNames` of
 * field-order.ts tells the order that the bytes have.
 */
import { MongoError } from '../errors.ts';
import { copyBytes, elementEnd, nameEndOf, readName } from './elements.ts';
import { isIndexName, keepOrder } from './field-order.ts';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BsonUndefined,
  type BsonValue,
  Code,
  DBRef,
  Decimal128,
  type Document,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  type RawDocument,
  Timestamp,
} from './values.ts';

export { encode, encodeResult } from './encoder.ts';
export { validateDocument } from './validate.ts';

const INT32_MIN = -0x80000000;
const INT32_MAX = 0x7fffffff;

const scratch = new ArrayBuffer(8);
const scratchBytes = new Uint8Array(scratch);
const scratchDouble = new Float64Array(scratch);
const scratchInt64 = new BigInt64Array(scratch);

interface SlicingPrototype {
  utf8Slice(start: number, end: number): string;
}
const { utf8Slice } = Buffer.prototype as unknown as SlicingPrototype;

/** A whole document. */
export function decode(raw: RawDocument): Document {
  return decodeObject(raw, 0);
}

/** Only the given top-level fields; all others are skipped by their length. Build a `fieldDecoder` once for many documents. */
export function decodeFields(raw: RawDocument, fields: ReadonlySet<string>): Document {
  let decoder = decodersByFields.get(fields);
  if (decoder === undefined) {
    decoder = fieldDecoder(fields);
    decodersByFields.set(fields, decoder);
  }
  return decoder(raw);
}

const decodersByFields = new WeakMap<ReadonlySet<string>, (raw: RawDocument) => Document>();

/** A reader of the given top-level fields. It stops as soon as it has seen all of them. */
export function fieldDecoder(fields: ReadonlySet<string>): (raw: RawDocument) => Document {
  const finder = new FieldTable([...fields]);
  const wanted = finder.names.length;
  const mayBeReordered = finder.names.some(isIndexName);
  return (raw) => {
    const document: Document = {};
    const names: string[] | null = mayBeReordered ? [] : null;
    let missing = wanted;
    let at = 4;
    while (missing > 0) {
      const type = raw[at]!;
      if (type === 0) break;
      const field = finder.find(raw, at + 1);
      const valueAt = finder.valueAt;
      if (field >= 0) {
        const name = finder.names[field]!;
        setField(document, name, decodeValue(raw, type, valueAt));
        names?.push(name);
        missing -= 1;
      }
      at = elementEnd(raw, type, valueAt);
    }
    if (names !== null) keepOrder(document, names);
    return document;
  };
}

/**
 * Finds field names in raw bytes among a fixed set: one hash over the name while its end is sought, one comparison
 * when the hash is known.
 */
export class FieldTable {
  readonly names: readonly string[];
  /** Where the value starts after the name that `find` last read. */
  valueAt = 0;
  readonly #bytes: readonly Uint8Array[];
  readonly #slots: Int16Array;
  readonly #mask: number;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#bytes = names.map((name) => Buffer.from(name, 'utf8'));
    let size = 64;
    while (size < names.length * 4) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int16Array(size).fill(-1);
    this.#bytes.forEach((bytes, index) => {
      let hash = 0;
      for (const byte of bytes) hash = (hash * 31 + byte) | 0;
      let slot = hash & this.#mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index;
    });
  }

  /** The index of the name at `at` (NUL-terminated), or -1. */
  find(raw: Uint8Array, at: number): number {
    let hash = 0;
    let end = at;
    for (let byte = raw[end]!; byte !== 0; byte = raw[++end]!) hash = (hash * 31 + byte) | 0;
    this.valueAt = end + 1;
    let slot = hash & this.#mask;
    for (;;) {
      const index = this.#slots[slot]!;
      if (index < 0) return -1;
      const bytes = this.#bytes[index]!;
      const length = bytes.length;
      if (length === end - at) {
        let k = 0;
        while (k < length && bytes[k] === raw[at + k]) k += 1;
        if (k === length) return index;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}

/**
 * The value at a dotted path through embedded documents, or `undefined` where there is none. A part that is a whole
 * number also indexes an array; arrays are not searched otherwise.
 */
export function readField(raw: RawDocument, path: string): BsonValue | undefined {
  const found = locateField(raw, path);
  return found === undefined ? undefined : decodeValue(raw, found.type, found.valueAt);
}

/** Type and place of the value at a dotted path (see `readField`). */
export function locateField(raw: RawDocument, path: string): { type: number; valueAt: number } | undefined {
  let at = 4;
  let start = 0;
  for (;;) {
    const dot = path.indexOf('.', start);
    const part = dot < 0 ? path.slice(start) : path.slice(start, dot);
    let type = 0;
    let valueAt = 0;
    for (;;) {
      type = raw[at]!;
      if (type === 0) return undefined;
      const nameEnd = nameEndOf(raw, at + 1);
      valueAt = nameEnd + 1;
      if (readName(raw, at + 1, nameEnd) === part) break;
      at = elementEnd(raw, type, valueAt);
    }
    if (dot < 0) return { type, valueAt };
    if (type !== 0x03 && type !== 0x04) return undefined;
    at = valueAt + 4;
    start = dot + 1;
  }
}

/** Whether the first field is `_id`, as storage demands. */
export function hasIdFirst(raw: RawDocument): boolean {
  return raw.length > 8 && raw[4] !== 0 && raw[5] === 0x5f && raw[6] === 0x69 && raw[7] === 0x64 && raw[8] === 0;
}

function decodeObject(raw: Uint8Array, start: number): Document {
  const document: Document = {};
  let isReordered = false;
  let at = start + 4;
  for (;;) {
    const type = raw[at]!;
    if (type === 0) {
      if (isReordered) keepOrder(document, namesOf(raw, start));
      return document;
    }
    const nameAt = at + 1;
    const first = raw[nameAt]!;
    if (first >= 0x30 && first <= 0x39) isReordered = true;
    const nameEnd = nameEndOf(raw, nameAt);
    const name = readName(raw, nameAt, nameEnd);
    const valueAt = nameEnd + 1;
    setField(document, name, decodeValue(raw, type, valueAt));
    at = elementEnd(raw, type, valueAt);
  }
}

function namesOf(raw: Uint8Array, start: number): string[] {
  const names: string[] = [];
  let at = start + 4;
  for (let type = raw[at]!; type !== 0; type = raw[at]!) {
    const nameEnd = nameEndOf(raw, at + 1);
    names.push(readName(raw, at + 1, nameEnd));
    at = elementEnd(raw, type, nameEnd + 1);
  }
  return names;
}

function decodeArray(raw: Uint8Array, start: number): BsonValue[] {
  const array: BsonValue[] = [];
  let at = start + 4;
  for (;;) {
    const type = raw[at]!;
    if (type === 0) return array;
    const valueAt = nameEndOf(raw, at + 1) + 1;
    // Vectors are thousands of them.
    if (type === 0x01) {
      array.push(decodeDouble(raw, valueAt));
      at = valueAt + 8;
      continue;
    }
    array.push(decodeValue(raw, type, valueAt));
    at = elementEnd(raw, type, valueAt);
  }
}

/** Sets a field, whatever its name. */
export function setField(document: Document, name: string, value: BsonValue | undefined): void {
  // A plain assignment to `__proto__` would change the prototype instead of making a field.
  if (name === '__proto__') {
    Object.defineProperty(document, name, { value, enumerable: true, configurable: true, writable: true });
  } else document[name] = value;
}

/** The value of an element whose type and place are known. */
export function decodeValue(raw: Uint8Array, type: number, at: number): BsonValue {
  switch (type) {
    case 0x01:
      return decodeDouble(raw, at);
    case 0x02:
      return readString(raw, at + 4, at + 3 + int32At(raw, at));
    case 0x03:
      return decodeObject(raw, at);
    case 0x04:
      return decodeArray(raw, at);
    case 0x05:
      return decodeBinary(raw, at);
    case 0x06:
      return BsonUndefined.value;
    case 0x07:
      return new ObjectId(raw.subarray(at, at + 12));
    case 0x08:
      return raw[at] === 1;
    case 0x09:
      return new Date(int32At(raw, at + 4) * 4294967296 + (int32At(raw, at) >>> 0));
    case 0x0a:
      return null;
    case 0x0b:
      return decodeRegex(raw, at);
    case 0x0c: {
      const nameBytes = int32At(raw, at);
      const id = new ObjectId(raw.subarray(at + 4 + nameBytes, at + 16 + nameBytes));
      return new DBRef(readString(raw, at + 4, at + 3 + nameBytes), id);
    }
    case 0x0d:
      return new Code(readString(raw, at + 4, at + 3 + int32At(raw, at)));
    case 0x0e:
      return new BSONSymbol(readString(raw, at + 4, at + 3 + int32At(raw, at)));
    case 0x0f: {
      const codeBytes = int32At(raw, at + 4);
      return new Code(readString(raw, at + 8, at + 7 + codeBytes), decodeObject(raw, at + 8 + codeBytes));
    }
    case 0x10:
      return int32At(raw, at);
    case 0x11:
      return new Timestamp({ t: int32At(raw, at + 4) >>> 0, i: int32At(raw, at) >>> 0 });
    case 0x12:
      return int64At(raw, at);
    case 0x13:
      return new Decimal128(copyBytes(raw, at, at + 16));
    case 0xff:
      return new MinKey();
    case 0x7f:
      return new MaxKey();
    default:
      throw new MongoError('InvalidBSON', `Unknown BSON type 0x${type.toString(16)} at byte ${at}.`);
  }
}

export function int32At(raw: Uint8Array, at: number): number {
  return raw[at]! | (raw[at + 1]! << 8) | (raw[at + 2]! << 16) | (raw[at + 3]! << 24);
}

export function int64At(raw: Uint8Array, at: number): bigint {
  for (let k = 0; k < 8; k++) scratchBytes[k] = raw[at + k]!;
  return scratchInt64[0]!;
}

export function doubleAt(raw: Uint8Array, at: number): number {
  scratchBytes[0] = raw[at]!;
  scratchBytes[1] = raw[at + 1]!;
  scratchBytes[2] = raw[at + 2]!;
  scratchBytes[3] = raw[at + 3]!;
  scratchBytes[4] = raw[at + 4]!;
  scratchBytes[5] = raw[at + 5]!;
  scratchBytes[6] = raw[at + 6]!;
  scratchBytes[7] = raw[at + 7]!;
  return scratchDouble[0]!;
}

function decodeDouble(raw: Uint8Array, at: number): number | Double {
  const value = doubleAt(raw, at);
  // Such a number would be written back as an int32 (or -0 as 0): keep its type in the value.
  if (value === Math.trunc(value) && value >= INT32_MIN && value <= INT32_MAX) return new Double(value);
  return value;
}

function readString(raw: Uint8Array, start: number, end: number): string {
  if (start === end) return '';
  return utf8Slice.call(raw, start, end);
}

function decodeBinary(raw: Uint8Array, at: number): Binary {
  const length = int32At(raw, at);
  const subtype = raw[at + 4]!;
  const start = subtype === Binary.SUBTYPE_BYTE_ARRAY ? at + 9 : at + 5;
  return new Binary(copyBytes(raw, start, at + 5 + length), subtype);
}

function decodeRegex(raw: Uint8Array, at: number): BSONRegExp {
  const patternEnd = nameEndOf(raw, at);
  const optionsEnd = nameEndOf(raw, patternEnd + 1);
  return new BSONRegExp(readString(raw, at, patternEnd), readString(raw, patternEnd + 1, optionsEnd));
}
