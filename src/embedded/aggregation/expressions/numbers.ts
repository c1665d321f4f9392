import { wholeNumberOf } from '../../bson/arithmetic.ts';
import { isInt32, isNumber, type MaybeValue } from '../../bson/compare.ts';
import { Double } from '../../bson/values.ts';

export { isNumber };

/** True for an int32 or an int64. */
export function isIntegral(value: MaybeValue): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && isInt32(value));
}

/** True for a double, whichever form it has. */
export function isDouble(value: MaybeValue): value is number | Double {
  return value instanceof Double || (typeof value === 'number' && !isInt32(value));
}

/** The whole number within int32 that a number of any type stands for exactly; undefined where there is none. */
export function toInt32(value: MaybeValue): number | undefined {
  if (typeof value === 'number') return isInt32(value) ? value : undefined;
  const whole = wholeNumberOf(value);
  if (whole === null || whole < -(2n ** 31n) || whole >= 2n ** 31n) return undefined;
  return Number(whole);
}
