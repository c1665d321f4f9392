import { bsonTypeName, bytesOf } from '../bson/compare.ts';
import {
  Binary,
  BSONRegExp,
  BsonUndefined,
  type BsonValue,
  Code,
  Decimal128,
  Double,
  ObjectId,
  Timestamp,
} from '../bson/values.ts';
import { isDocument } from './documents.ts';

const CHARACTERS_MAX = 2000;

/** The name of a value's type as MongoDB's messages give it. */
export function typeName(value: BsonValue | undefined): string {
  return bsonTypeName(value);
}

/** A value in MongoDB's own notation for error messages: `{ a: 1, b: "text" }`; cut where it would be long. */
export function describeValue(value: BsonValue | undefined): string {
  const text = describe(value, 0);
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}...` : text;
}

function describe(value: BsonValue | undefined, depth: number): string {
  if (depth > 20) return '...';
  if (value === undefined) return 'MISSING';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[ ${value.map((item) => describe(item, depth + 1)).join(', ')} ]`;
  if (isDocument(value)) {
    const fields = Object.entries(value).map(([name, item]) => `${name}: ${describe(item, depth + 1)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Date(invalid)' : value.toISOString();
  if (value instanceof Double) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value);
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Timestamp) return `Timestamp(${value.high >>> 0}, ${value.low >>> 0})`;
  if (value instanceof Binary) {
    return `BinData(${value.sub_type}, ${Buffer.from(bytesOf(value)).toString('hex').toUpperCase()})`;
  }
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (value instanceof Code) return String(value.code);
  if (value instanceof BsonUndefined) return 'undefined';
  return bsonTypeName(value);
}
