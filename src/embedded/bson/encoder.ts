/** Documents of `values.ts` to BSON bytes. A field whose value is `undefined` (missing) is not written. */
import type { Long } from 'bson';
import { MongoError } from '../errors.ts';
import { work } from '../stroke.ts';
import { copyBytes } from './elements.ts';
import { fieldNames } from './field-order.ts';
import {
  type Binary,
  type BSONRegExp,
  type BSONSymbol,
  BsonUndefined,
  type BsonValue,
  type Code,
  type DBRef,
  type Decimal128,
  type Document,
  type Double,
  type ObjectId,
  type RawDocument,
  type Timestamp,
} from './values.ts';

interface WritingPrototype {
  utf8Write(text: string, at: number): number;
}
const { utf8Write } = Buffer.prototype as unknown as WritingPrototype;

const DEPTH_MAX = 200;
const STEPS_PER_ELEMENT = 8;
/** From here on it is worth to count a text's bytes before room is made for them. */
const LONG_TEXT = 64 * 1024;
const INITIAL_BYTES = 64 * 1024;
/** Nothing larger can be sent or stored. A value that holds itself twice, and that twice again, would be without end. */
const BYTES_MAX = 48_000_000;
/** A document in a reply: MongoDB's bound, with its own room for what is around it. */
const RESULT_BYTES_MAX = 16 * 1024 * 1024 + 16 * 1024;
/** A larger buffer than this is let go after use. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

let buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
let at = 0;
let busy = false;
let bytesMax = BYTES_MAX;
let countsWork = false;

/** What a pipeline has made: at most what a reply can hold, and counted as part of the stroke that made it. */
export function encodeResult(document: Document): RawDocument {
  bytesMax = RESULT_BYTES_MAX;
  countsWork = true;
  try {
    return encode(document);
  } finally {
    bytesMax = BYTES_MAX;
    countsWork = false;
  }
}

/** The bytes of a document, in memory of their own. Same types as `bson`'s `serialize` with `ignoreUndefined`. */
export function encode(document: Document): RawDocument {
  if (busy) throw new Error('encode was entered again by a getter of the document it encodes.');
  busy = true;
  try {
    at = 0;
    writeDocument(document, 0);
    return copyBytes(buffer, 0, at);
  } finally {
    busy = false;
    if (buffer.length > KEPT_BYTES_MAX) buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }
}

function reserve(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  if (at + bytes > BYTES_MAX) throw tooLarge();
  const larger = Buffer.allocUnsafeSlow(Math.max(Math.min(buffer.length * 2, BYTES_MAX), at + bytes));
  buffer.copy(larger, 0, 0, at);
  buffer = larger;
}

function tooLarge(): MongoError {
  return new MongoError(
    'BSONObjectTooLarge',
    `BSONObj size is invalid: it is beyond ${bytesMax} bytes. Size must be between 0 and 16793600(16MB)`,
  );
}

function writeDocument(document: Document, depth: number): void {
  if (depth > DEPTH_MAX) throw new MongoError('Overflow', `The document is nested deeper than ${DEPTH_MAX} levels.`);
  const start = at;
  if (countsWork) work(STEPS_PER_ELEMENT);
  reserve(5);
  at += 4;
  for (const name of fieldNames(document)) {
    const value = document[name];
    if (value !== undefined) writeElement(name, value, depth);
  }
  endDocument(start);
}

function writeArray(array: readonly BsonValue[], depth: number): void {
  if (depth > DEPTH_MAX) throw new MongoError('Overflow', `The document is nested deeper than ${DEPTH_MAX} levels.`);
  const start = at;
  if (countsWork) work(array.length * STEPS_PER_ELEMENT);
  reserve(5);
  at += 4;
  for (let index = 0; index < array.length; index++) writeElement(String(index), array[index] ?? null, depth);
  endDocument(start);
}

function endDocument(start: number): void {
  reserve(1);
  buffer[at++] = 0;
  buffer.writeInt32LE(at - start, start);
}

/** Type byte and name; the type is written last by those who only know it then. */
function writeHead(type: number, name: string): void {
  if (at > bytesMax) throw tooLarge();
  reserve(name.length * 3 + 32);
  buffer[at++] = type;
  writeCString(name);
}

function writeCString(text: string): void {
  reserve(text.length * 3 + 32);
  const start = at;
  const length = text.length;
  let k = 0;
  for (; k < length; k++) {
    const code = text.charCodeAt(k);
    if (code === 0)
      throw new MongoError(
        'InvalidBSON',
        `${JSON.stringify(text)} contains a NUL; a field name or regular expression can't.`,
      );
    if (code > 0x7f) break;
    buffer[start + k] = code;
  }
  at = start + k;
  if (k < length) {
    const rest = k === 0 ? text : text.slice(k);
    if (rest.includes('\0'))
      throw new MongoError(
        'InvalidBSON',
        `${JSON.stringify(text)} contains a NUL; a field name or regular expression can't.`,
      );
    at += utf8Write.call(buffer, rest, at);
  }
  buffer[at++] = 0;
}

function writeString(text: string): void {
  reserve((text.length > LONG_TEXT ? Buffer.byteLength(text) : text.length * 3) + 8);
  const bytes = utf8Write.call(buffer, text, at + 4);
  buffer.writeInt32LE(bytes + 1, at);
  at += 4 + bytes;
  buffer[at++] = 0;
}

function writeElement(name: string, value: BsonValue, depth: number): void {
  switch (typeof value) {
    case 'string':
      writeHead(0x02, name);
      writeString(value);
      return;
    case 'number':
      if ((value | 0) === value && !Object.is(value, -0)) {
        writeHead(0x10, name);
        at = buffer.writeInt32LE(value, at);
      } else writeDouble(name, value);
      return;
    case 'bigint':
      writeHead(0x12, name);
      at = buffer.writeBigInt64LE(BigInt.asIntN(64, value), at);
      return;
    case 'boolean':
      writeHead(0x08, name);
      buffer[at++] = value ? 1 : 0;
      return;
    case 'object':
      break;
    default:
      throw new MongoError('BadValue', `The field '${name}' holds a ${typeof value}, which BSON has no type for.`);
  }
  if (value === null) writeHead(0x0a, name);
  else if (Array.isArray(value)) {
    writeHead(0x04, name);
    writeArray(value, depth + 1);
  } else if (value instanceof Date) {
    writeHead(0x09, name);
    const time = value.getTime();
    at = buffer.writeBigInt64LE(Number.isNaN(time) ? 0n : BigInt(time), at);
  } else {
    const type = (value as { _bsontype?: unknown })._bsontype;
    // A stored document may have a field `_bsontype` of its own; that makes it no class of `bson`.
    if (typeof type === 'string' && !Object.hasOwn(value, '_bsontype')) writeTyped(name, type, value, depth);
    else if (value instanceof BsonUndefined) writeHead(0x06, name);
    else {
      writeHead(0x03, name);
      writeDocument(value as Document, depth + 1);
    }
  }
}

function writeDouble(name: string, value: number): void {
  writeHead(0x01, name);
  at = buffer.writeDoubleLE(value, at);
}

/** The classes of `bson`, told apart by `_bsontype` because two copies of the package may meet. */
function writeTyped(name: string, type: string, value: object, depth: number): void {
  switch (type) {
    case 'ObjectId': {
      writeHead(0x07, name);
      buffer.set((value as ObjectId).id, at);
      at += 12;
      return;
    }
    case 'Double':
      writeDouble(name, (value as Double).value);
      return;
    case 'Int32':
      writeHead(0x10, name);
      at = buffer.writeInt32LE((value as { value: number }).value, at);
      return;
    case 'Long':
      writeHead(0x12, name);
      writeHalves(value as Long);
      return;
    case 'Timestamp':
      writeHead(0x11, name);
      writeHalves(value as Timestamp);
      return;
    case 'Decimal128':
      writeHead(0x13, name);
      buffer.set((value as Decimal128).bytes, at);
      at += 16;
      return;
    case 'Binary':
      writeBinary(name, value as Binary);
      return;
    case 'BSONRegExp':
      writeHead(0x0b, name);
      writeCString((value as BSONRegExp).pattern);
      writeCString((value as BSONRegExp).options);
      return;
    case 'BSONSymbol':
      writeHead(0x0e, name);
      writeString((value as BSONSymbol).value);
      return;
    case 'Code':
      writeCode(name, value as Code, depth);
      return;
    case 'DBRef': {
      const { collection, oid, db, fields } = value as DBRef;
      writeHead(0x03, name);
      const reference: Document = { $ref: collection, $id: oid };
      if (db != null) reference['$db'] = db;
      writeDocument(Object.assign(reference, fields), depth + 1);
      return;
    }
    case 'MinKey':
      writeHead(0xff, name);
      return;
    case 'MaxKey':
      writeHead(0x7f, name);
      return;
    default:
      throw new MongoError('BadValue', `The field '${name}' holds an unknown BSON class ${type}.`);
  }
}

function writeHalves(value: Long | Timestamp): void {
  at = buffer.writeInt32LE(value.low | 0, at);
  at = buffer.writeInt32LE(value.high | 0, at);
}

function writeBinary(name: string, value: Binary): void {
  const length = value.position;
  writeHead(0x05, name);
  reserve(length + 16);
  const old = value.sub_type === 2;
  at = buffer.writeInt32LE(old ? length + 4 : length, at);
  buffer[at++] = value.sub_type;
  if (old) at = buffer.writeInt32LE(length, at);
  buffer.set(value.buffer.subarray(0, length), at);
  at += length;
}

function writeCode(name: string, value: Code, depth: number): void {
  if (!value.scope) {
    writeHead(0x0d, name);
    writeString(value.code);
    return;
  }
  writeHead(0x0f, name);
  const start = at;
  at += 4;
  writeString(value.code);
  writeDocument(value.scope as Document, depth + 1);
  buffer.writeInt32LE(at - start, start);
}
