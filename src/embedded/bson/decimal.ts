/**
 * Decimal128 as numbers that can be computed with: sign, coefficient and exponent, out of and back into its 16 bytes.
 * Rounding is half-even to 34 digits, as IEEE 754-2008 and MongoDB do it.
 */
import { Decimal128 } from 'bson';

/** `coefficient × 10^exponent`; the sign is kept apart because decimals know −0. */
export type Decimal =
  | { readonly kind: 'finite'; readonly negative: boolean; readonly coefficient: bigint; readonly exponent: number }
  | { readonly kind: 'infinity'; readonly negative: boolean }
  | { readonly kind: 'nan' };

const DIGITS_MAX = 34;
const COEFFICIENT_MAX = 10n ** 34n - 1n;
const EXPONENT_MIN = -6176;
const EXPONENT_MAX = 6111;
const EXPONENT_BIAS = 6176;
const NAN: Decimal = { kind: 'nan' };

/** Source: IEEE 754-2008 binary integer decimal encoding, little-endian in BSON. */
export function readDecimal(value: Decimal128): Decimal {
  const bytes = value.bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const low = view.getBigUint64(0, true);
  const high = view.getBigUint64(8, true);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return NAN;
  if (combination === 0x1e) return { kind: 'infinity', negative };
  if (combination >= 0x18) {
    // This form always means a coefficient beyond 34 digits, which the standard reads as zero.
    return { kind: 'finite', negative, coefficient: 0n, exponent: Number((high >> 47n) & 0x3fffn) - EXPONENT_BIAS };
  }
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - EXPONENT_BIAS;
  return { kind: 'finite', negative, coefficient: coefficient > COEFFICIENT_MAX ? 0n : coefficient, exponent };
}

/** Rounds to 34 digits; what is too large becomes an infinity, what is too small a zero. */
export function writeDecimal(value: Decimal): Decimal128 {
  // A Buffer, as `bson` makes them, so that equal decimals are also deeply equal.
  const bytes = Buffer.alloc(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  if (value.kind === 'nan') {
    view.setBigUint64(8, 0x7c00000000000000n, true);
  } else {
    const rounded = value.kind === 'finite' ? roundToFit(value) : value;
    const sign = rounded.kind !== 'nan' && rounded.negative ? 1n << 63n : 0n;
    if (rounded.kind === 'finite') {
      view.setBigUint64(0, rounded.coefficient & 0xffffffffffffffffn, true);
      const biased = BigInt(rounded.exponent + EXPONENT_BIAS);
      view.setBigUint64(8, sign | (biased << 49n) | (rounded.coefficient >> 64n), true);
    } else {
      view.setBigUint64(8, sign | 0x7800000000000000n, true);
    }
  }
  return new Decimal128(bytes);
}

export function decimalFromInteger(value: bigint | number): Decimal {
  const whole = BigInt(value);
  return { kind: 'finite', negative: whole < 0n, coefficient: whole < 0n ? -whole : whole, exponent: 0 };
}

/** A double becomes a decimal of exactly 15 significant digits, as in MongoDB's arithmetic and `$toDecimal`. */
export function decimalFromDouble(value: number): Decimal {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return { kind: 'infinity', negative: value < 0 };
  if (value === 0) return { kind: 'finite', negative: Object.is(value, -0), coefficient: 0n, exponent: 0 };
  const [mantissa, exponent] = Math.abs(value).toExponential(14).split('e') as [string, string];
  return {
    kind: 'finite',
    negative: value < 0,
    coefficient: BigInt(mantissa.replace('.', '')),
    exponent: Number(exponent) - 14,
  };
}

/** The nearest double. */
export function doubleFromDecimal(value: Decimal): number {
  if (value.kind === 'nan') return Number.NaN;
  if (value.kind === 'infinity') return value.negative ? -Infinity : Infinity;
  const magnitude = Number(`${value.coefficient}e${value.exponent}`);
  return value.negative ? -magnitude : magnitude;
}

/** Truncates toward zero. Null for NaN and the infinities. */
export function integerFromDecimal(value: Decimal): bigint | null {
  if (value.kind !== 'finite') return null;
  // More than 34 + 40 digits cannot be any integer that BSON has; the cap keeps a hostile exponent from costing memory.
  const scaled =
    value.exponent >= 0
      ? value.coefficient * 10n ** BigInt(Math.min(value.exponent, 40))
      : value.exponent < -DIGITS_MAX
        ? 0n
        : value.coefficient / 10n ** BigInt(-value.exponent);
  return value.negative ? -scaled : scaled;
}

export function isWholeDecimal(value: Decimal): boolean {
  if (value.kind !== 'finite') return false;
  const normal = normalDecimal(value);
  return normal.kind === 'finite' && (normal.exponent >= 0 || normal.coefficient === 0n);
}

/** The same value without trailing zeros; zero has exponent 0 and no sign, so equal values have equal forms. */
export function normalDecimal(value: Decimal): Decimal {
  if (value.kind !== 'finite') return value;
  if (value.coefficient === 0n) return { kind: 'finite', negative: false, coefficient: 0n, exponent: 0 };
  let { coefficient, exponent } = value;
  while (coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return { kind: 'finite', negative: value.negative, coefficient, exponent };
}

export function negateDecimal(value: Decimal): Decimal {
  return value.kind === 'nan' ? value : { ...value, negative: !value.negative };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  if (a.kind === 'infinity') return b.kind === 'infinity' && a.negative !== b.negative ? NAN : a;
  if (b.kind === 'infinity') return b;
  if (b.coefficient === 0n && a.coefficient === 0n) {
    return {
      kind: 'finite',
      negative: a.negative && b.negative,
      coefficient: 0n,
      exponent: Math.min(a.exponent, b.exponent),
    };
  }
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const distance = high.exponent - low.exponent;
  if (distance > 3 * DIGITS_MAX) {
    // So far apart that the smaller can only nudge the rounding, which half-even ignores.
    if (high.coefficient !== 0n) return roundToFit(padded(high));
    return low;
  }
  const sum = signed(high) * 10n ** BigInt(distance) + signed(low);
  return roundToFit({ kind: 'finite', negative: sum < 0n, coefficient: magnitude(sum), exponent: low.exponent });
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return isZero(a) || isZero(b) ? NAN : { kind: 'infinity', negative };
  }
  return roundToFit({
    kind: 'finite',
    negative,
    coefficient: a.coefficient * b.coefficient,
    exponent: a.exponent + b.exponent,
  });
}

/** Division by zero gives an infinity or NaN, as IEEE says; whoever must refuse it, does so before. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity') return b.kind === 'infinity' ? NAN : { kind: 'infinity', negative };
  if (b.kind === 'infinity') return { kind: 'finite', negative, coefficient: 0n, exponent: EXPONENT_MIN };
  if (b.coefficient === 0n) return a.coefficient === 0n ? NAN : { kind: 'infinity', negative };
  const preferred = a.exponent - b.exponent;
  if (a.coefficient === 0n) return roundToFit({ kind: 'finite', negative, coefficient: 0n, exponent: preferred });
  // Enough digits that one sticky digit decides every rounding.
  const shift = DIGITS_MAX + 3 + Math.max(0, digitsOf(b.coefficient) - digitsOf(a.coefficient));
  const scaled = a.coefficient * 10n ** BigInt(shift);
  let coefficient = scaled / b.coefficient;
  let exponent = preferred - shift;
  if (scaled % b.coefficient !== 0n) {
    coefficient = coefficient * 10n + 1n;
    exponent -= 1;
  } else {
    while (exponent < preferred && coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent += 1;
    }
  }
  return roundToFit({ kind: 'finite', negative, coefficient, exponent });
}

/** The remainder with the sign of the dividend (truncated division), as `$mod`. */
export function remainderOfDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind !== 'finite' || b.kind === 'nan' || isZero(b)) return NAN;
  if (b.kind === 'infinity') return a;
  // 10^6111 fits easily: a hostile exponent costs some microseconds, not memory.
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - exponent);
  const right = b.coefficient * 10n ** BigInt(b.exponent - exponent);
  return roundToFit({ kind: 'finite', negative: a.negative, coefficient: left % right, exponent });
}

export type DecimalRounding = 'halfEven' | 'towardZero' | 'floor' | 'ceiling';

/** Rounds to `places` digits after the point (negative: before it). */
export function roundDecimal(value: Decimal, places: number, rounding: DecimalRounding): Decimal {
  if (value.kind !== 'finite' || value.exponent >= -places) return value;
  const drop = -places - value.exponent;
  if (drop > DIGITS_MAX + 1) {
    const up =
      value.coefficient !== 0n &&
      ((rounding === 'floor' && value.negative) || (rounding === 'ceiling' && !value.negative));
    return { kind: 'finite', negative: value.negative, coefficient: up ? 1n : 0n, exponent: -places };
  }
  return {
    kind: 'finite',
    negative: value.negative,
    coefficient: dropDigits(value.coefficient, drop, rounding, value.negative),
    exponent: -places,
  };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. NaN equals NaN and is below everything. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.kind === 'nan' || b.kind === 'nan') return a.kind === b.kind ? 0 : a.kind === 'nan' ? -1 : 1;
  const signA = signOf(a);
  const signB = signOf(b);
  if (signA !== signB || signA === 0) return signA - signB;
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return a.kind === b.kind ? 0 : a.kind === 'infinity' ? signA : -signA;
  }
  // Orders of magnitude first: equal ones are at most 34 digits apart, so the powers below stay small.
  const order = digitsOf(a.coefficient) + a.exponent - (digitsOf(b.coefficient) + b.exponent);
  if (order !== 0) return order > 0 ? signA : -signA;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - exponent);
  const right = b.coefficient * 10n ** BigInt(b.exponent - exponent);
  return left === right ? 0 : left > right ? signA : -signA;
}

/** Exact: a double is compared by the very value its bits mean, so 0.1 is above the decimal 0.1. */
export function compareDoubleWithDecimal(double: number, decimal: Decimal): number {
  if (Number.isNaN(double) || decimal.kind === 'nan') {
    return Number.isNaN(double) ? (decimal.kind === 'nan' ? 0 : -1) : 1;
  }
  const nearest = doubleFromDecimal(decimal);
  // Rounding to the nearest double keeps order, so only a tie needs the exact value.
  if (double !== nearest) return double < nearest ? -1 : 1;
  if (decimal.kind === 'infinity') return 0;
  if (!Number.isFinite(double)) return double > 0 ? 1 : -1;
  if (double === 0) return decimal.coefficient === 0n ? 0 : decimal.negative ? 1 : -1;
  const { mantissa, exponent } = exactDouble(double);
  let left = mantissa;
  let right = signed(decimal);
  if (exponent >= 0) left <<= BigInt(exponent);
  else right <<= BigInt(-exponent);
  if (decimal.exponent >= 0) right *= 10n ** BigInt(decimal.exponent);
  else left *= 10n ** BigInt(-decimal.exponent);
  return left === right ? 0 : left < right ? -1 : 1;
}

export function isZero(value: Decimal): boolean {
  return value.kind === 'finite' && value.coefficient === 0n;
}

/** double = mantissa × 2^exponent, exactly. */
function exactDouble(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent: (biased === 0 ? 1 : biased) - 1075 };
}

function roundToFit(value: Decimal & { kind: 'finite' }): Decimal {
  let { coefficient, exponent } = value;
  const digits = digitsOf(coefficient);
  const drop = Math.max(digits - DIGITS_MAX, EXPONENT_MIN - exponent);
  if (drop > 0) {
    coefficient = drop > digits + 1 ? 0n : dropDigits(coefficient, drop, 'halfEven', value.negative);
    exponent += drop;
    if (coefficient > COEFFICIENT_MAX) {
      coefficient /= 10n;
      exponent += 1;
    }
  }
  if (exponent > EXPONENT_MAX) {
    if (coefficient === 0n) return { kind: 'finite', negative: value.negative, coefficient, exponent: EXPONENT_MAX };
    const pad = exponent - EXPONENT_MAX;
    if (pad + digitsOf(coefficient) > DIGITS_MAX) return { kind: 'infinity', negative: value.negative };
    coefficient *= 10n ** BigInt(pad);
    exponent = EXPONENT_MAX;
  }
  return { kind: 'finite', negative: value.negative, coefficient, exponent };
}

function padded(value: Decimal & { kind: 'finite' }): Decimal & { kind: 'finite' } {
  const pad = DIGITS_MAX - digitsOf(value.coefficient);
  return { ...value, coefficient: value.coefficient * 10n ** BigInt(pad), exponent: value.exponent - pad };
}

function dropDigits(coefficient: bigint, digits: number, rounding: DecimalRounding, negative: boolean): bigint {
  const divisor = 10n ** BigInt(digits);
  const quotient = coefficient / divisor;
  const rest = coefficient % divisor;
  if (rest === 0n) return quotient;
  switch (rounding) {
    case 'towardZero':
      return quotient;
    case 'floor':
      return negative ? quotient + 1n : quotient;
    case 'ceiling':
      return negative ? quotient : quotient + 1n;
    case 'halfEven': {
      const twice = rest * 2n;
      return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
    }
  }
}

function signed(value: Decimal & { kind: 'finite' }): bigint {
  return value.negative ? -value.coefficient : value.coefficient;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function signOf(value: Decimal): -1 | 0 | 1 {
  if (value.kind === 'nan' || isZero(value)) return 0;
  return value.negative ? -1 : 1;
}

function digitsOf(coefficient: bigint): number {
  return coefficient === 0n ? 1 : coefficient.toString().length;
}
