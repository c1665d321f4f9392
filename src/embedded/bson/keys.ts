/**
 * Values as bytes whose memcmp order is MongoDB's order (`compareForSort`), so that sorted bytes are an index.
 *
 * A key is the concatenation of its fields. Each field starts with a byte for its type (1 to 0xfe), ends itself, and is
 * complemented where the field is descending; so no encoding is a prefix of another one, and keys concatenate.
 * Text ends with 0x00; inside it 0x00 becomes 0x01 0x01 and 0x01 becomes 0x01 0x02. Under a collation text is its sort key.
 */
import { decodeValue, doubleAt, int32At, int64At } from './codec.ts';
import type { CollationKeys, KeyBytes } from './collation-keys.ts';
import { bytesOf, compareBytes } from './compare.ts';
import { compareDoubleWithDecimal, doubleFromDecimal, readDecimal } from './decimal.ts';
import { copyBytes, elementEnd, nameEndOf } from './elements.ts';
import { fieldNames } from './field-order.ts';
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
  Timestamp,
} from './values.ts';

export type Direction = 1 | -1;

/** The first byte of a field, by the type of its value; every key of the type lies between it and the next byte. */
export const keyTypes = {
  minKey: 0x0a,
  undefined: 0x14,
  null: 0x1e,
  number: 0x28,
  string: 0x3c,
  object: 0x46,
  array: 0x50,
  binary: 0x5a,
  objectId: 0x64,
  bool: 0x6e,
  date: 0x78,
  timestamp: 0x82,
  regex: 0x8c,
  dbPointer: 0x96,
  code: 0xa0,
  codeWithScope: 0xaa,
  maxKey: 0xf0,
} as const;

const END = 0x00;
const ESCAPE = 0x01;
/** A number that a double holds exactly, and one that lies beyond the double before it (away from zero). */
const EXACT = 0x01;
const BEYOND = 0x02;

const scratch = new ArrayBuffer(8);
const scratchView = new DataView(scratch);
const scratchBytes = new Uint8Array(scratch);
const textEncoder = new TextEncoder();

/**
 * Collects encoded fields in a growing buffer. Reused for many keys: `length = 0` starts again.
 */
export class KeyWriter implements KeyBytes {
  bytes: Buffer;
  length = 0;
  /** What strings are written by; null: by their code points. */
  collation: CollationKeys | null = null;
  /** A string was met since this was last set to false that the collation has no key of its own for. */
  isIrregular = false;

  constructor(initialBytes = 256) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** A copy of what was written since `start`. */
  take(start = 0): Uint8Array {
    return copyBytes(this.bytes, start, this.length);
  }

  /** One field. A missing value is null. */
  value(value: BsonValue | undefined, direction: Direction = 1): void {
    const start = this.length;
    this.#value(value);
    if (direction === -1) this.complement(start);
  }

  /** One field, straight from the bytes of a BSON element. */
  element(raw: Uint8Array, type: number, at: number, direction: Direction = 1): void {
    const start = this.length;
    this.#element(raw, type, at);
    if (direction === -1) this.complement(start);
  }

  /** Bytes that are an encoding already. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  complement(start: number): void {
    const { bytes } = this;
    for (let at = start; at < this.length; at++) bytes[at] = ~bytes[at]!;
  }

  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  #element(raw: Uint8Array, type: number, at: number): void {
    switch (type) {
      case 0x01:
        this.#double(doubleAt(raw, at));
        return;
      case 0x02:
      case 0x0e:
        if (this.collation !== null) {
          this.#value(decodeValue(raw, type, at));
          return;
        }
        this.#byte(keyTypes.string);
        this.#text(raw, at + 4, at + 3 + int32At(raw, at));
        return;
      case 0x03:
        this.#byte(keyTypes.object);
        this.#fields(raw, at);
        return;
      case 0x04:
        this.#byte(keyTypes.array);
        this.#elements(raw, at);
        return;
      case 0x07:
        this.reserve(13);
        this.bytes[this.length++] = keyTypes.objectId;
        for (let k = 0; k < 12; k++) this.bytes[this.length++] = raw[at + k]!;
        return;
      case 0x08:
        this.reserve(2);
        this.bytes[this.length++] = keyTypes.bool;
        this.bytes[this.length++] = raw[at]!;
        return;
      case 0x09:
        this.#date(int32At(raw, at + 4), int32At(raw, at));
        return;
      case 0x0a:
        this.#byte(keyTypes.null);
        return;
      case 0x10:
        this.#double(int32At(raw, at));
        return;
      case 0x12:
        this.#int64(int64At(raw, at));
        return;
      default:
        this.#value(decodeValue(raw, type, at));
    }
  }

  #value(value: BsonValue | undefined): void {
    switch (typeof value) {
      case 'string':
        this.#collatedString(value);
        return;
      case 'number':
        this.#double(value);
        return;
      case 'bigint':
        this.#int64(value);
        return;
      case 'boolean':
        this.#byte(keyTypes.bool);
        this.#byte(value ? 1 : 0);
        return;
      case 'undefined':
        this.#byte(keyTypes.null);
        return;
    }
    if (value === null) this.#byte(keyTypes.null);
    else if (Array.isArray(value)) {
      this.#byte(keyTypes.array);
      for (const element of value) this.#value(element);
      this.#byte(END);
    } else if (value instanceof Date) {
      const time = value.getTime();
      this.#date(Math.floor(time / 4294967296), time | 0);
    } else this.#object(value);
  }

  #object(value: Exclude<BsonValue, string | number | bigint | boolean | null | Date | BsonValue[]>): void {
    if (value instanceof Double) this.#double(value.value);
    else if (value instanceof Decimal128) this.#decimal(value);
    else if (value instanceof ObjectId) {
      this.#byte(keyTypes.objectId);
      this.raw(value.id);
    } else if (value instanceof BSONSymbol) {
      this.#collatedString(value.value);
    } else if (value instanceof Binary) this.#binary(value);
    else if (value instanceof Timestamp) {
      this.#byte(keyTypes.timestamp);
      this.#uint32(value.high);
      this.#uint32(value.low);
    } else if (value instanceof BSONRegExp) {
      this.#byte(keyTypes.regex);
      this.#string(value.pattern);
      this.#string(value.options);
    } else if (value instanceof DBRef) {
      this.#byte(keyTypes.dbPointer);
      this.#string(value.collection);
      this.raw(value.oid.id);
    } else if (value instanceof Code) {
      this.#byte(value.scope ? keyTypes.codeWithScope : keyTypes.code);
      this.#string(value.code);
      if (value.scope) this.#document(value.scope as Document);
    } else if (value instanceof MinKey) this.#byte(keyTypes.minKey);
    else if (value instanceof MaxKey) this.#byte(keyTypes.maxKey);
    else if (value instanceof BsonUndefined) this.#byte(keyTypes.undefined);
    else {
      this.#byte(keyTypes.object);
      this.#document(value as Document);
    }
  }

  /** Field by field: type, name, value, as MongoDB compares documents. */
  #document(document: Document): void {
    for (const name of fieldNames(document)) {
      const value = document[name];
      if (value === undefined) continue;
      const start = this.length;
      this.#value(value);
      this.#insertName(start, textEncoder.encode(name));
    }
    this.#byte(END);
  }

  #fields(raw: Uint8Array, documentAt: number): void {
    let at = documentAt + 4;
    for (let type = raw[at]!; type !== 0; type = raw[at]!) {
      const nameEnd = nameEndOf(raw, at + 1);
      const start = this.length;
      this.#element(raw, type, nameEnd + 1);
      this.#insertName(start, raw.subarray(at + 1, nameEnd));
      at = elementEnd(raw, type, nameEnd + 1);
    }
    this.#byte(END);
  }

  #elements(raw: Uint8Array, arrayAt: number): void {
    let at = arrayAt + 4;
    for (let type = raw[at]!; type !== 0; type = raw[at]!) {
      const valueAt = nameEndOf(raw, at + 1) + 1;
      this.#element(raw, type, valueAt);
      at = elementEnd(raw, type, valueAt);
    }
    this.#byte(END);
  }

  /** Puts a name between the type byte at `start` and the value behind it. */
  #insertName(start: number, name: Uint8Array): void {
    const added = name.length + 1;
    this.reserve(added);
    this.bytes.copyWithin(start + 1 + added, start + 1, this.length);
    this.bytes.set(name, start + 1);
    this.bytes[start + added] = END;
    this.length += added;
  }

  #byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** For sort keys of strings. */
  byte(value: number): void {
    this.#byte(value);
  }

  text(text: string): void {
    this.#string(text);
  }

  #collatedString(text: string): void {
    this.#byte(keyTypes.string);
    if (this.collation === null) this.#string(text);
    else if (!this.collation.write(text, this)) this.isIrregular = true;
  }

  #uint32(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeUInt32BE(value >>> 0, this.length);
  }

  #text(raw: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 2 + 1);
    const { bytes } = this;
    let length = this.length;
    for (let at = start; at < end; at++) {
      const byte = raw[at]!;
      if (byte <= ESCAPE) bytes[length++] = ESCAPE;
      bytes[length++] = byte <= ESCAPE ? byte + 1 : byte;
    }
    bytes[length++] = END;
    this.length = length;
  }

  #string(text: string): void {
    this.reserve(text.length * 2 + 1);
    const { bytes } = this;
    const start = this.length;
    let length = start;
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k);
      if (code > 0x7f) {
        const encoded = textEncoder.encode(text);
        this.#text(encoded, 0, encoded.length);
        return;
      }
      if (code <= ESCAPE) bytes[length++] = ESCAPE;
      bytes[length++] = code <= ESCAPE ? code + 1 : code;
    }
    bytes[length++] = END;
    this.length = length;
  }

  #binary(value: Binary): void {
    this.#byte(keyTypes.binary);
    this.#uint32(value.position);
    this.#byte(value.sub_type);
    this.raw(bytesOf(value));
  }

  #date(high: number, low: number): void {
    this.reserve(9);
    this.bytes[this.length++] = keyTypes.date;
    this.length = this.bytes.writeUInt32BE((high ^ 0x80000000) >>> 0, this.length);
    this.length = this.bytes.writeUInt32BE(low >>> 0, this.length);
  }

  #double(value: number): void {
    this.#doubleBits(value);
    this.bytes[this.length++] = value < 0 ? ~EXACT : EXACT;
  }

  /** Type byte and a double in eight bytes whose order is that of numbers, NaN first. */
  #doubleBits(value: number): void {
    this.reserve(10);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = keyTypes.number;
    if (Number.isNaN(value)) {
      bytes.fill(0, at, at + 8);
    } else {
      scratchView.setFloat64(0, value === 0 ? 0 : value);
      if (value < 0) for (let k = 0; k < 8; k++) bytes[at + k] = ~scratchBytes[k]!;
      else {
        bytes[at] = scratchBytes[0]! ^ 0x80;
        for (let k = 1; k < 8; k++) bytes[at + k] = scratchBytes[k]!;
      }
    }
    this.length = at + 8;
  }

  #int64(value: bigint): void {
    const double = Number(value);
    if (BigInt(double) === value) this.#double(double);
    else this.#beyond(value < 0n, double, value < 0n ? BigInt(double) < value : BigInt(double) > value, value, 0);
  }

  #decimal(value: Decimal128): void {
    const decimal = readDecimal(value);
    const double = doubleFromDecimal(decimal);
    const order = compareDoubleWithDecimal(double, decimal);
    if (order === 0) {
      this.#double(double);
      return;
    }
    if (decimal.kind !== 'finite') throw new RangeError('Every decimal that is not finite equals a double.');
    const { negative, coefficient, exponent } = decimal;
    this.#beyond(negative, double, negative ? order < 0 : order > 0, coefficient, exponent);
  }

  /**
   * A number that no double equals: the nearest double towards zero, then the exact number in decimal digits, which
   * decide among the few numbers between two doubles. `tooFar`: `double` lies beyond the number, so one step back.
   */
  #beyond(negative: boolean, double: number, tooFar: boolean, coefficient: bigint, exponent: number): void {
    const before = tooFar ? doubleTowardsZero(double) : double;
    // Between 0 and the smallest double lie decimals whose double is zero: below zero they need zero's negative bits.
    if (negative && before === 0) {
      this.reserve(10);
      this.bytes[this.length++] = keyTypes.number;
      this.bytes[this.length++] = 0x7f;
      this.bytes.fill(0xff, this.length, this.length + 7);
      this.length += 7;
    } else this.#doubleBits(before);
    const start = this.length;
    this.#byte(BEYOND);
    const digits = (coefficient < 0n ? -coefficient : coefficient).toString();
    const magnitude = exponent + digits.length + 0x4000;
    this.#byte(magnitude >> 8);
    this.#byte(magnitude & 0xff);
    const significant = digits.replace(/0+$/, '');
    for (let k = 0; k < significant.length; k += 2) {
      this.#byte(1 + Number(significant[k]!) * 10 + Number(significant[k + 1] ?? 0));
    }
    this.#byte(END);
    if (negative) this.complement(start);
  }
}

/** The double next to `value` on the side of zero; for an infinity the largest double. */
function doubleTowardsZero(value: number): number {
  scratchView.setFloat64(0, value);
  scratchView.setBigInt64(0, scratchView.getBigInt64(0) - 1n);
  return scratchView.getFloat64(0);
}

const shared = new KeyWriter(1024);

/** The key of several fields; missing directions are ascending. */
export function encodeKey(
  values: readonly (BsonValue | undefined)[],
  directions: readonly Direction[] = [],
  collation: CollationKeys | null = null,
): Uint8Array {
  shared.length = 0;
  shared.collation = collation;
  for (let index = 0; index < values.length; index++) shared.value(values[index], directions[index] ?? 1);
  return shared.take();
}

/** The leading fields of a key: every key of the index that starts with these values starts with these bytes. */
export const encodePrefix = encodeKey;

/** The smallest bytes above every key that starts with `prefix`; null when there are none (all bytes 0xff). */
export function prefixEnd(prefix: Uint8Array): Uint8Array | null {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) return null;
  const end = copyBytes(prefix, 0, length);
  end[length - 1] = end[length - 1]! + 1;
  return end;
}

/**
 * Bounds around all keys of a type, as the next field after `prefix`: from inclusive, to exclusive. In a descending
 * field the bytes are complemented, so the bounds are those of the complement.
 */
export function typeBounds(
  type: keyof typeof keyTypes,
  direction: Direction = 1,
  prefix: Uint8Array = new Uint8Array(0),
): { from: Uint8Array; to: Uint8Array } {
  const byte = direction === 1 ? keyTypes[type] : ~keyTypes[type] & 0xff;
  const from = new Uint8Array(prefix.length + 1);
  from.set(prefix);
  from[prefix.length] = byte;
  return { from, to: prefixEnd(from)! };
}

export { compareBytes };
