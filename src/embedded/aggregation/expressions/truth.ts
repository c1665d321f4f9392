import { isZero, readDecimal } from '../../bson/decimal.ts';
import { type BsonValue, Decimal128, Double } from '../../bson/values.ts';
import { isNullish } from '../documents.ts';

/** MongoDB's truth: everything but false, null, missing, undefined and zero. */
export function isTrue(value: BsonValue | undefined): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  if (isNullish(value)) return false;
  if (value instanceof Double) return value.value !== 0;
  if (value instanceof Decimal128) return !isZero(readDecimal(value));
  return true;
}
