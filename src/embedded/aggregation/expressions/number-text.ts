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
  // As C prints it with "%.16g": 16 significant digits, no trailing zeros, an exponent outside 1e−4 … 1e16.
  const [mantissa, power] = number.toExponential(15).split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return trimmed(number.toPrecision(16));
  return `${trimmed(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function trimmed(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
