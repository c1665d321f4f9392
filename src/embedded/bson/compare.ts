/**
 * MongoDB's total order over values of every BSON type, equality, and keys for grouping.
 * Source: MongoDB manual, "Comparison/Sort Order". Numbers of all four types are one type, compared exactly by value.
 */
import { MongoError } from '../errors.ts';
import type { Collation } from './collation.ts';
import {
  compareDecimals,
  compareDoubleWithDecimal,
  decimalFromInteger,
  doubleFromDecimal,
  integerFromDecimal,
  isWholeDecimal,
  normalDecimal,
  readDecimal,
} from './decimal.ts';
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

export { type Collation, compileCollation } from './collation.ts';

/** A value, or `undefined` for a missing field. */
export type MaybeValue = BsonValue | undefined;

/** The groups of types that compare with each other, in MongoDB's order. */
export const typeOrders = {
  minKey: -1,
  /** A missing field, and BSON's undefined. */
  missing: 0,
  null: 5,
  number: 10,
  string: 15,
  object: 20,
  array: 25,
  binary: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbPointer: 55,
  code: 60,
  codeWithScope: 65,
  maxKey: 127,
} as const;

/** The place of the value's type in MongoDB's order (one of `typeOrders`); values compare by it first. */
export function typeOrder(value: MaybeValue): number {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 10;
    case 'string':
      return 15;
    case 'boolean':
      return 40;
    case 'undefined':
      return 0;
  }
  if (value === null) return 5;
  // By prototype, not by `_bsontype`: a stored document may have a field of that name.
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return 20;
  if (prototype === Array.prototype) return 25;
  return orderByPrototype.get(prototype) ?? orderByInstance(value);
}

const orderByPrototype = new Map<unknown, number>([
  [Date.prototype, 45],
  [ObjectId.prototype, 35],
  [Double.prototype, 10],
  [Decimal128.prototype, 10],
  [Binary.prototype, 30],
  [Timestamp.prototype, 47],
  [BSONRegExp.prototype, 50],
  [BSONSymbol.prototype, 15],
  [DBRef.prototype, 55],
  [MinKey.prototype, -1],
  [MaxKey.prototype, 127],
  [BsonUndefined.prototype, 0],
]);

function orderByInstance(value: object): number {
  if (value instanceof Code) return value.scope == null ? 60 : 65;
  if (value instanceof Binary) return 30; // UUID, a subclass
  if (Array.isArray(value)) return 25;
  if (value instanceof Date) return 45;
  return 20;
}

/** True for what BSON calls a document: not an array, date, or any of the classes. */
export function isDocument(value: unknown): value is Document {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isNumber(value: MaybeValue): value is number | bigint | Double | Decimal128 {
  return (
    typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Decimal128
  );
}

/**
 * Negative, zero or positive, in MongoDB's total order. A missing value (`undefined`) is below null, as aggregation
 * sees it; `compareForSort` makes the two equal. Strings compare by code point (the order of UTF-8 bytes), or by `collation`.
 */
export function compareValues(a: MaybeValue, b: MaybeValue, collation?: Collation | null): number {
  if (typeof a === 'number' && typeof b === 'number') return compareDoubles(a, b);
  if (typeof a === 'string' && typeof b === 'string') return collation ? collation.compare(a, b) : compareStrings(a, b);
  const order = typeOrder(a);
  const difference = order - typeOrder(b);
  return difference !== 0 ? difference : compareWithinType(order, a, b, collation);
}

/** As `compareValues`, but a missing value equals null: the order of `sort`, indexes and `$sort`. */
export function compareForSort(a: MaybeValue, b: MaybeValue, collation?: Collation | null): number {
  return compareValues(a === undefined ? null : a, b === undefined ? null : b, collation);
}

/** Equal in MongoDB's order: 1, 1.0, 1n and Decimal 1 are equal; documents need the same fields in the same order. */
export function equalValues(a: MaybeValue, b: MaybeValue, collation?: Collation | null): boolean {
  if (a === b) return true;
  return compareValues(a, b, collation) === 0;
}

function compareWithinType(order: number, a: MaybeValue, b: MaybeValue, collation?: Collation | null): number {
  switch (order) {
    case typeOrders.number:
      return compareNumbers(a as number, b as number);
    case typeOrders.string: {
      const left = stringOf(a as string | BSONSymbol);
      const right = stringOf(b as string | BSONSymbol);
      return collation ? collation.compare(left, right) : compareStrings(left, right);
    }
    case typeOrders.object:
      return compareDocuments(a as Document, b as Document, collation);
    case typeOrders.array:
      return compareArrays(a as BsonValue[], b as BsonValue[], collation);
    case typeOrders.binary:
      return compareBinaries(a as Binary, b as Binary);
    case typeOrders.objectId:
      return compareBytes((a as ObjectId).id, (b as ObjectId).id);
    case typeOrders.bool:
      return Number(a) - Number(b);
    case typeOrders.date:
      return (a as Date).getTime() - (b as Date).getTime();
    case typeOrders.timestamp:
      return compareTimestamps(a as Timestamp, b as Timestamp);
    case typeOrders.regex: {
      const left = a as BSONRegExp;
      const right = b as BSONRegExp;
      return compareStrings(left.pattern, right.pattern) || compareStrings(left.options, right.options);
    }
    case typeOrders.dbPointer: {
      const left = a as DBRef;
      const right = b as DBRef;
      return compareStrings(left.collection, right.collection) || compareBytes(left.oid.id, right.oid.id);
    }
    case typeOrders.code:
      return compareStrings(codeOf(a), codeOf(b));
    case typeOrders.codeWithScope:
      return (
        compareStrings(codeOf(a), codeOf(b)) ||
        compareDocuments((a as Code).scope as Document, (b as Code).scope as Document, collation)
      );
    default:
      return 0; // minKey, maxKey, null, missing: one value each
  }
}

/** Numbers of any of the four types, exactly; NaN is the lowest and equals itself; −0 equals 0. */
export function compareNumbers(
  a: number | bigint | Double | Decimal128,
  b: number | bigint | Double | Decimal128,
): number {
  const left = a instanceof Double ? a.value : a;
  const right = b instanceof Double ? b.value : b;
  if (left instanceof Decimal128) {
    if (right instanceof Decimal128) return compareDecimals(readDecimal(left), readDecimal(right));
    if (typeof right === 'bigint') return compareDecimals(readDecimal(left), decimalFromInteger(right));
    return -compareDoubleWithDecimal(right, readDecimal(left));
  }
  if (right instanceof Decimal128) {
    if (typeof left === 'bigint') return compareDecimals(decimalFromInteger(left), readDecimal(right));
    return compareDoubleWithDecimal(left, readDecimal(right));
  }
  // JavaScript compares a bigint with a number exactly.
  return left < right ? -1 : left > right ? 1 : compareWithNaN(left, right);
}

function compareDoubles(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : compareWithNaN(a, b);
}

function compareWithNaN(a: number | bigint, b: number | bigint): number {
  const leftIsNaN = typeof a === 'number' && Number.isNaN(a);
  const rightIsNaN = typeof b === 'number' && Number.isNaN(b);
  return Number(rightIsNaN) - Number(leftIsNaN);
}

/** By code point, which is the order of UTF-8 bytes; JavaScript's own `<` orders by UTF-16 unit and puts 😀 below U+FF5E. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let left = a.charCodeAt(i);
    let right = b.charCodeAt(i);
    if (left !== right) {
      // A surrogate stands for a code point above every unit of the basic plane.
      if (left >= 0xd800 && left < 0xe000) left += 0x10000;
      if (right >= 0xd800 && right < 0xe000) right += 0x10000;
      return left - right;
    }
  }
  return a.length - b.length;
}

/** Field by field in stored order: type, then name, then value; then the one with fewer fields first. */
function compareDocuments(a: Document, b: Document, collation?: Collation | null): number {
  const leftNames = fieldNames(a);
  const rightNames = fieldNames(b);
  const length = Math.min(leftNames.length, rightNames.length);
  for (let i = 0; i < length; i++) {
    const leftName = leftNames[i]!;
    const rightName = rightNames[i]!;
    const left = a[leftName];
    const right = b[rightName];
    const order = typeOrder(left);
    const difference =
      order - typeOrder(right) ||
      compareStrings(leftName, rightName) ||
      compareWithinType(order, left, right, collation);
    if (difference !== 0) return difference;
  }
  return leftNames.length - rightNames.length;
}

function compareArrays(a: readonly BsonValue[], b: readonly BsonValue[], collation?: Collation | null): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compareValues(a[i], b[i], collation);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareBinaries(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || compareBytes(bytesOf(a), bytesOf(b));
}

function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return (a.high >>> 0) - (b.high >>> 0) || (a.low >>> 0) - (b.low >>> 0);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The bytes in use; `Binary` may hold a longer buffer. */
export function bytesOf(binary: Binary): Uint8Array {
  return binary.buffer.subarray(0, binary.position);
}

function stringOf(value: string | BSONSymbol): string {
  return typeof value === 'string' ? value : value.value;
}

function codeOf(value: unknown): string {
  return String((value as Code).code);
}

/**
 * A key for `Map` and `Set`: two values have the same key exactly when `equalValues` says so. A number is its own key
 * where a double can hold it (compare keys with SameValueZero, as `Map` does); everything else is a tagged string.
 */
export function groupKey(value: MaybeValue, collation?: Collation | null): string | number {
  if (typeof value === 'string') return `s${collation ? collation.keyOf(value) : value}`;
  if (typeof value === 'number') return value === 0 ? 0 : value;
  return keyOf(value, collation, false);
}

function keyOf(value: MaybeValue, collation: Collation | null | undefined, nested: boolean): string | number {
  const order = typeOrder(value);
  switch (order) {
    case typeOrders.missing:
      return 'u';
    case typeOrders.null:
      return 'z';
    case typeOrders.minKey:
      return '<';
    case typeOrders.maxKey:
      return '>';
    case typeOrders.number:
      return numberKey(value as number);
    case typeOrders.string: {
      const text = stringOf(value as string);
      const key = collation ? collation.keyOf(text) : text;
      return nested ? `s${key.length}:${key}` : `s${key}`;
    }
    case typeOrders.object:
      return documentKey(value as Document, collation);
    case typeOrders.array: {
      let key = 'a[';
      for (const element of value as BsonValue[]) key += `${keyOf(element, collation, true)},`;
      return `${key}]`;
    }
    case typeOrders.binary: {
      const binary = value as Binary;
      return `b${binary.sub_type}:${Buffer.from(bytesOf(binary)).toString('base64')}`;
    }
    case typeOrders.objectId:
      return `o${(value as ObjectId).toHexString()}`;
    case typeOrders.bool:
      return value ? 't' : 'f';
    case typeOrders.date:
      return `d${(value as Date).getTime()}`;
    case typeOrders.timestamp:
      return `T${(value as Timestamp).high >>> 0}.${(value as Timestamp).low >>> 0}`;
    case typeOrders.regex: {
      const { pattern, options } = value as BSONRegExp;
      return `r${pattern.length}:${pattern}${options.length}:${options}`;
    }
    case typeOrders.dbPointer: {
      const { collection, oid } = value as DBRef;
      return `p${collection.length}:${collection}${oid.toHexString()}`;
    }
    case typeOrders.code:
      return `c${codeOf(value).length}:${codeOf(value)}`;
    default:
      return `C${codeOf(value).length}:${codeOf(value)}${documentKey((value as Code).scope as Document, collation)}`;
  }
}

function documentKey(document: Document, collation: Collation | null | undefined): string {
  let key = 'o{';
  for (const name of fieldNames(document)) {
    key += `${name.length}:${name}=${keyOf(document[name], collation, true)},`;
  }
  return `${key}}`;
}

function numberKey(value: number | bigint | Double | Decimal128): string | number {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (value instanceof Double) return value.value === 0 ? 0 : value.value;
  if (typeof value === 'bigint') {
    const nearest = Number(value);
    return BigInt(nearest) === value ? nearest : `i${value}`;
  }
  const decimal = readDecimal(value);
  const nearest = doubleFromDecimal(decimal);
  if (compareDoubleWithDecimal(nearest, decimal) === 0) return nearest === 0 ? 0 : nearest;
  const normal = normalDecimal(decimal);
  if (normal.kind !== 'finite') return String(nearest);
  if (normal.exponent < 20 && isWholeDecimal(normal)) return `i${integerFromDecimal(normal)}`;
  return `e${normal.negative ? '-' : ''}${normal.coefficient}e${normal.exponent}`;
}

/** MongoDB's names of the BSON types, as `$type` answers and accepts them, with their numbers. */
export const bsonTypeNumbers = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

export type BsonTypeName = keyof typeof bsonTypeNumbers;

const namesByNumber = new Map<number, BsonTypeName>(
  Object.entries(bsonTypeNumbers).map(([name, number]) => [number, name as BsonTypeName]),
);

/** The name of the value's type; 'missing' for `undefined`, as `{$type: '$field'}` answers. */
export function bsonTypeName(value: MaybeValue): BsonTypeName | 'missing' {
  switch (typeof value) {
    case 'number':
      return isInt32(value) ? 'int' : 'double';
    case 'bigint':
      return 'long';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'missing';
  }
  switch (typeOrder(value)) {
    case typeOrders.minKey:
      return 'minKey';
    case typeOrders.missing:
      return 'undefined';
    case typeOrders.null:
      return 'null';
    case typeOrders.number:
      return value instanceof Double ? 'double' : 'decimal';
    case typeOrders.string:
      return 'symbol';
    case typeOrders.array:
      return 'array';
    case typeOrders.binary:
      return 'binData';
    case typeOrders.objectId:
      return 'objectId';
    case typeOrders.date:
      return 'date';
    case typeOrders.timestamp:
      return 'timestamp';
    case typeOrders.regex:
      return 'regex';
    case typeOrders.dbPointer:
      return 'dbPointer';
    case typeOrders.code:
      return 'javascript';
    case typeOrders.codeWithScope:
      return 'javascriptWithScope';
    case typeOrders.maxKey:
      return 'maxKey';
    default:
      return 'object';
  }
}

/** The number of the value's BSON type; 0 for a missing value. */
export function bsonTypeNumber(value: MaybeValue): number {
  const name = bsonTypeName(value);
  return name === 'missing' ? 0 : bsonTypeNumbers[name];
}

/** A whole number that BSON keeps as int32 in our representation. */
export function isInt32(value: number): boolean {
  return (value | 0) === value && !Object.is(value, -0);
}

/** The types that an argument of `$type` (a name, a number, or 'number') stands for. Throws BadValue. */
export function typesOfAlias(alias: MaybeValue): readonly BsonTypeName[] {
  if (typeof alias === 'string') {
    if (alias === 'number') return ['int', 'long', 'double', 'decimal'];
    if (Object.hasOwn(bsonTypeNumbers, alias)) return [alias as BsonTypeName];
    throw new MongoError('BadValue', `Unknown type name alias: ${alias}`);
  }
  if (!isNumber(alias)) throw new MongoError('TypeMismatch', 'type must be represented as a number or a string');
  const number = alias instanceof Decimal128 ? doubleFromDecimal(readDecimal(alias)) : Number(alias);
  const name = namesByNumber.get(number);
  if (name === undefined) throw new MongoError('BadValue', `Invalid numerical type code: ${number}`);
  return [name];
}
