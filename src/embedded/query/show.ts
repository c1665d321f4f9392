/** A value as MongoDB prints it in error messages (its relaxed shell form). */
import { bytesOf, isDocument, type MaybeValue } from '../bson/compare.ts';
import { fieldNames } from '../bson/field-order.ts';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  BsonUndefined,
  Code,
  Decimal128,
  Double,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from '../bson/values.ts';

const CHARACTERS_MAX = 1000;

export function show(value: MaybeValue): string {
  const text = shown(value, 0);
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}...` : text;
}

function shown(value: MaybeValue, depth: number): string {
  if (depth > 10) return '...';
  if (value === undefined) return 'EOO';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return shownNumber(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[ ${value.map((element) => shown(element, depth + 1)).join(', ')} ]`;
  }
  if (value instanceof Double) return shownNumber(value.value, true);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (value instanceof Binary)
    return `BinData(${value.sub_type}, ${Buffer.from(bytesOf(value)).toString('hex').toUpperCase()})`;
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  if (value instanceof MinKey) return 'MinKey';
  if (value instanceof MaxKey) return 'MaxKey';
  if (value instanceof BsonUndefined) return 'undefined';
  if (value instanceof Code) return String(value.code);
  if (value instanceof BSONSymbol) return value.value;
  if (!isDocument(value)) return 'DBRef';
  const fields = fieldNames(value).map((name) => `${name}: ${shown(value[name], depth + 1)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function shownNumber(value: number, isDouble = false): string {
  if (Number.isNaN(value)) return 'nan.0';
  if (!Number.isFinite(value)) return value > 0 ? 'inf.0' : '-inf.0';
  return isDouble && Number.isInteger(value) ? value.toFixed(1) : String(value);
}
