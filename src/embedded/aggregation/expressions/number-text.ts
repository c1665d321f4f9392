import { type BsonNumber, toDouble } from '../../bson/arithmetic.ts';
import { Decimal128 } from '../../bson/values.ts';

/** A number as MongoDB's `$toString` writes it. */
export function numberText(value: BsonNumber): string {
  if (value instanceof Decimal128) return value.toString();
  if (typeof value === 'bigint') return String(value);
  const number = toDouble(value);
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(number, -0)) return '-0';
  // JavaScript and MongoDB both write the shortest digits that read back as the same double; exponents differ in form.
  return String(number).replace(/e([+-])(\d)$/, 'e$10$2');
}
