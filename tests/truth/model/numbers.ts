/**
 * The types and values of MongoDB's arithmetic, in whole numbers and JavaScript's doubles: an int that no longer fits
 * becomes a long, a long that no longer fits a double in aggregation and a fault in an update. Decimals of few digits are
 * exact and are compared as fractions.
 */
import { Decimal128, Double, Int32, Long } from 'mongodb';
import { type Exact, exactNumber } from './order.ts';

export type Number4 = Int32 | Long | Double | Decimal128;

const INT_MAX = 2n ** 31n - 1n;
const LONG_MAX = 2n ** 63n - 1n;

export const fitsInt = (value: bigint): boolean => value <= INT_MAX && value >= -INT_MAX - 1n;
export const fitsLong = (value: bigint): boolean => value <= LONG_MAX && value >= -LONG_MAX - 1n;

export const isWhole = (value: Number4): value is Int32 | Long => value instanceof Int32 || Long.isLong(value);
export const wholeOf = (value: Int32 | Long): bigint => BigInt(value.toString());
export const doubleOf = (value: Number4): number => (value instanceof Double ? value.value : Number(value.toString()));

/** `int`, `long`, `double` or `decimal`. */
export function typeOf(value: unknown): string {
  if (value instanceof Int32) return 'int';
  if (Long.isLong(value)) return 'long';
  if (value instanceof Double) return 'double';
  if (value instanceof Decimal128) return 'decimal';
  return typeof value;
}

export type Result = { readonly type: string; readonly exact: Exact };

export const resultOf = (value: unknown): Result => ({ type: typeOf(value), exact: reduced(exactNumber(value)) });
export const same = (a: Result, b: Result): boolean => a.type === b.type && show(a.exact) === show(b.exact);
export const show = (exact: Exact): string => (typeof exact === 'string' ? exact : `${exact.top}/${exact.bottom}`);

function reduced(exact: Exact): Exact {
  if (typeof exact === 'string') return exact;
  let [a, b] = [exact.top < 0n ? -exact.top : exact.top, exact.bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { top: 0n, bottom: 1n } : { top: exact.top / a, bottom: exact.bottom / a };
}

const OPERATIONS = {
  $add: { whole: (a: bigint, b: bigint) => a + b, double: (a: number, b: number) => a + b },
  $subtract: { whole: (a: bigint, b: bigint) => a - b, double: (a: number, b: number) => a - b },
  $multiply: { whole: (a: bigint, b: bigint) => a * b, double: (a: number, b: number) => a * b },
} as const;

export type Operation2 = keyof typeof OPERATIONS;

/** Of two ints, longs or doubles. `$add` rounds once, at the end; the others compute with doubles. */
export function computed(name: Operation2, a: Number4, b: Number4): Result {
  const { whole, double } = OPERATIONS[name];
  if (isWhole(a) && isWhole(b)) {
    const value = whole(wholeOf(a), wholeOf(b));
    const isInt = a instanceof Int32 && b instanceof Int32 && fitsInt(value);
    if (fitsLong(value)) return resultOf(isInt ? new Int32(Number(value)) : Long.fromBigInt(value));
    return resultOf(new Double(name === '$add' ? Number(value) : double(doubleOf(a), doubleOf(b))));
  }
  return resultOf(new Double(name === '$add' ? nearestSum(a, b) : double(doubleOf(a), doubleOf(b))));
}

/** The double nearest to the exact sum. */
function nearestSum(a: Number4, b: Number4): number {
  const plain = doubleOf(a) + doubleOf(b);
  const left = exactNumber(a);
  const right = exactNumber(b);
  if (typeof left === 'string' || typeof right === 'string' || !Number.isFinite(plain)) return plain;
  const top = left.top * right.bottom + right.top * left.bottom;
  const bottom = Number(left.bottom * right.bottom);
  const nearest = Number(top) / bottom;
  return Number.isFinite(bottom) && Number.isFinite(nearest) ? nearest : plain;
}

/** With a decimal of few digits among them: the exact value, as a decimal. */
export function computedExactly(name: Operation2, a: Number4, b: Number4): Result {
  const left = exactNumber(a);
  const right = exactNumber(b);
  if (typeof left === 'string' || typeof right === 'string') throw new RangeError('Finite numbers only.');
  const { whole } = OPERATIONS[name];
  const exact =
    name === '$multiply'
      ? { top: left.top * right.top, bottom: left.bottom * right.bottom }
      : { top: whole(left.top * right.bottom, right.top * left.bottom), bottom: left.bottom * right.bottom };
  return { type: 'decimal', exact: reduced(exact) };
}
