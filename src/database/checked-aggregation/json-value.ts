/** From BSON to JSON that a reader understands: times as ISO texts, numbers that JSON cannot hold exactly as texts. */
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';

export function jsonValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(jsonValue);
  if (value instanceof Long) return Number.isSafeInteger(value.toNumber()) ? value.toNumber() : value.toString();
  if (value instanceof Double || value instanceof Int32) return jsonValue(value.valueOf());
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Binary) return value.toString('base64');
  if (Object.hasOwn(value, '_bsontype') || '_bsontype' in value) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonValue(part)]));
}
