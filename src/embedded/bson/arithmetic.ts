/**
 * Numbers as MongoDB computes with them. The result's type is the widest of int32, int64, double, decimal128 among the
 * operands; int32 that overflows becomes int64; what happens when int64 overflows, the caller says
 * (an update refuses, an expression goes on as a double). Shared by update operators and aggregation.
 */
import { compareNumbers, isInt32, isNumber, type MaybeValue } from './compare.ts';
import {
  addDecimals,
  type Decimal,
  decimalFromDouble,
  decimalFromInteger,
  divideDecimals,
  doubleFromDecimal,
  integerFromDecimal,
  isZero,
  multiplyDecimals,
  negateDecimal,
  readDecimal,
  remainderOfDecimals,
  roundDecimal,
  writeDecimal,
} from './decimal.ts';
import { Decimal128, type Document, Double } from './values.ts';

/** A number of any of BSON's four types, in our representation. */
export type BsonNumber = number | bigint | Double | Decimal128;

export type NumberType = 'int' | 'long' | 'double' | 'decimal';

/** What an int64 overflow becomes: null (the caller refuses) or the nearest double. */
export type Int64Overflow = 'null' | 'double';

export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

export function numberTypeOf(value: BsonNumber): NumberType {
  if (typeof value === 'number') return isInt32(value) ? 'int' : 'double';
  if (typeof value === 'bigint') return 'long';
  return value instanceof Double ? 'double' : 'decimal';
}

/** A JavaScript number that is meant as a BSON double, in the form that keeps it one. */
export function double(value: number): number | Double {
  return isInt32(value) || Object.is(value, -0) ? new Double(value) : value;
}

/** A whole JavaScript number as int32 where it fits, else as int64. */
export function integer(value: number): number | bigint {
  return isInt32(value) ? value : Object.is(value, -0) ? 0 : BigInt(value);
}

/** An int32 where it fits, else int64. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return isInt32(number) ? number : value;
}

/** The nearest double. */
export function toDouble(value: BsonNumber): number {
  if (typeof value === 'number') return value;
  if (value instanceof Double) return value.value;
  if (typeof value === 'bigint') return Number(value);
  return doubleFromDecimal(readDecimal(value));
}

/** Ints exactly, doubles with 15 significant digits, as MongoDB converts. */
export function toDecimal(value: BsonNumber): Decimal {
  if (value instanceof Decimal128) return readDecimal(value);
  if (typeof value === 'bigint') return decimalFromInteger(value);
  const number = typeof value === 'number' ? value : value.value;
  return typeof value === 'number' && isInt32(value) ? decimalFromInteger(value) : decimalFromDouble(number);
}

export function decimalValue(value: BsonNumber): Decimal128 {
  return value instanceof Decimal128 ? value : writeDecimal(toDecimal(value));
}

/** The whole number that the value is, or null: for a fraction, NaN, an infinity, or outside int64. */
export function wholeNumberOf(value: MaybeValue): bigint | null {
  if (!isNumber(value)) return null;
  if (typeof value === 'bigint') return value;
  if (value instanceof Decimal128) {
    const whole = integerFromDecimal(readDecimal(value));
    return whole === null || whole < INT64_MIN || whole > INT64_MAX || compareNumbers(whole, value) !== 0
      ? null
      : whole;
  }
  const number = typeof value === 'number' ? value : value.value;
  if (!Number.isInteger(number)) return null;
  const whole = BigInt(number);
  return whole < INT64_MIN || whole > INT64_MAX ? null : whole;
}

/** Truncates toward zero; NaN is 0; what lies outside int64 becomes its nearest end (MongoDB's safeNumberLong). */
export function truncatedToInt64(value: BsonNumber): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Decimal128) {
    const decimal = readDecimal(value);
    if (decimal.kind === 'nan') return 0n;
    const whole = integerFromDecimal(decimal) ?? ((decimal as { negative: boolean }).negative ? INT64_MIN : INT64_MAX);
    return whole < INT64_MIN ? INT64_MIN : whole > INT64_MAX ? INT64_MAX : whole;
  }
  const number = Math.trunc(toDouble(value));
  if (Number.isNaN(number)) return 0n;
  if (number >= 2 ** 63) return INT64_MAX;
  if (number <= -(2 ** 63)) return INT64_MIN;
  return BigInt(number);
}

export function isNaNValue(value: BsonNumber): boolean {
  if (value instanceof Decimal128) return readDecimal(value).kind === 'nan';
  return typeof value !== 'bigint' && Number.isNaN(toDouble(value));
}

export function isZeroValue(value: BsonNumber): boolean {
  return value instanceof Decimal128 ? isZero(readDecimal(value)) : Number(toDouble(value)) === 0;
}

export function add(a: BsonNumber, b: BsonNumber): BsonNumber;
export function add(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow): BsonNumber | null;
export function add(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow = 'double'): BsonNumber | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return isInt32(a) && isInt32(b) ? integer(sum) : double(sum);
  }
  return widest(
    a,
    b,
    overflow,
    (x, y) => x + y,
    (x, y) => x + y,
    addDecimals,
  );
}

export function subtract(a: BsonNumber, b: BsonNumber): BsonNumber;
export function subtract(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow): BsonNumber | null;
export function subtract(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow = 'double'): BsonNumber | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    return isInt32(a) && isInt32(b) ? integer(difference) : double(difference);
  }
  return widest(
    a,
    b,
    overflow,
    (x, y) => x - y,
    (x, y) => x - y,
    (x, y) => addDecimals(x, negateDecimal(y)),
  );
}

export function multiply(a: BsonNumber, b: BsonNumber): BsonNumber;
export function multiply(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow): BsonNumber | null;
export function multiply(a: BsonNumber, b: BsonNumber, overflow: Int64Overflow = 'double'): BsonNumber | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Two int32 can multiply to 2^62, beyond what a double holds exactly.
    if (isInt32(a) && isInt32(b)) return Number.isSafeInteger(product) ? integer(product) : BigInt(a) * BigInt(b);
    return double(product);
  }
  return widest(
    a,
    b,
    overflow,
    (x, y) => x * y,
    (x, y) => x * y,
    multiplyDecimals,
  );
}

/** Always a double, or a decimal when either operand is one. The caller refuses a divisor of zero. */
export function divide(a: BsonNumber, b: BsonNumber): BsonNumber {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return writeDecimal(divideDecimals(toDecimal(a), toDecimal(b)));
  }
  return double(toDouble(a) / toDouble(b));
}

/** Remainder with the sign of the dividend. The caller refuses a divisor of zero. */
export function remainder(a: BsonNumber, b: BsonNumber): BsonNumber {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return writeDecimal(remainderOfDecimals(toDecimal(a), toDecimal(b)));
  }
  const types = [numberTypeOf(a), numberTypeOf(b)];
  if (types.includes('double')) return double(toDouble(a) % toDouble(b));
  const result = BigInt(a as number | bigint) % BigInt(b as number | bigint);
  return types.includes('long') ? result : Number(result);
}

export function negate(value: BsonNumber): BsonNumber {
  if (value instanceof Decimal128) return writeDecimal(negateDecimal(readDecimal(value)));
  return multiply(value, -1);
}

/** Null when the int64 −2^63 has no positive counterpart. */
export function absolute(value: BsonNumber): BsonNumber | null {
  if (value instanceof Decimal128) {
    const decimal = readDecimal(value);
    return decimal.kind !== 'nan' && decimal.negative ? writeDecimal(negateDecimal(decimal)) : value;
  }
  if (typeof value === 'bigint') return value === INT64_MIN ? null : value < 0n ? -value : value;
  if (typeof value === 'number' && isInt32(value)) return integer(Math.abs(value));
  return double(Math.abs(toDouble(value)));
}

/** `places` from −20 to 100, as `$round` and `$trunc`; ints and longs keep their type, widened if they must. */
export function round(value: BsonNumber, places: number, rounding: 'halfEven' | 'towardZero'): BsonNumber | null {
  const type = numberTypeOf(value);
  if (value instanceof Decimal128) return writeDecimal(roundDecimal(readDecimal(value), places, rounding));
  if (type === 'double') {
    const number = toDouble(value);
    if (!Number.isFinite(number)) return value;
    if (places === 0) return double(rounding === 'towardZero' ? Math.trunc(number) : halfEven(number));
    // Through the decimal of 34 digits nearest to the exact double, as MongoDB does it.
    return double(doubleFromDecimal(roundDecimal(exactDecimal(number), places, rounding)));
  }
  if (places >= 0) return value;
  const rounded = integerFromDecimal(roundDecimal(decimalFromInteger(value as number | bigint), places, rounding))!;
  if (type === 'int') return narrowed(rounded);
  return rounded < INT64_MIN || rounded > INT64_MAX ? null : rounded;
}

export function floor(value: BsonNumber): BsonNumber {
  if (value instanceof Decimal128) return writeDecimal(roundDecimal(readDecimal(value), 0, 'floor'));
  return numberTypeOf(value) === 'double' ? double(Math.floor(toDouble(value))) : value;
}

export function ceiling(value: BsonNumber): BsonNumber {
  if (value instanceof Decimal128) return writeDecimal(roundDecimal(readDecimal(value), 0, 'ceiling'));
  return numberTypeOf(value) === 'double' ? double(Math.ceil(toDouble(value))) : value;
}

/**
 * A running sum as `$sum` and `$avg` keep it: exact in whole numbers, compensated in doubles (so that the order of
 * documents barely matters), decimal as soon as one decimal came. The result has the widest type that was added.
 */
export class Sum {
  #whole = 0n;
  /** Whole numbers wait here until they could leave the range in which doubles are exact: bigint costs. */
  #small = 0;
  #double = 0;
  #compensation = 0;
  #decimal: Decimal | null = null;
  #type: NumberType = 'int';

  add(value: BsonNumber): void {
    if (typeof value === 'number') {
      if (isInt32(value)) {
        this.#small += value;
        if (this.#small > 2 ** 52 || this.#small < -(2 ** 52)) this.#settle();
      } else {
        this.#addDouble(value);
      }
      return;
    }
    if (typeof value === 'bigint') {
      this.#whole += value;
      if (this.#type === 'int') this.#type = 'long';
    } else if (value instanceof Double) {
      this.#addDouble(value.value);
    } else {
      const decimal = readDecimal(value);
      this.#decimal = this.#decimal === null ? decimal : addDecimals(this.#decimal, decimal);
    }
  }

  get value(): BsonNumber {
    this.#settle();
    if (this.#decimal !== null) return writeDecimal(this.#totalDecimal());
    if (this.#type === 'double') return double(this.#totalDouble());
    if (this.#whole < INT64_MIN || this.#whole > INT64_MAX) return double(Number(this.#whole));
    return this.#type === 'int' ? narrowed(this.#whole) : this.#whole;
  }

  /** The sum divided by `count`: a double, or a decimal when one was added. */
  average(count: number): BsonNumber {
    this.#settle();
    if (this.#decimal !== null) return writeDecimal(divideDecimals(this.#totalDecimal(), decimalFromInteger(count)));
    return double(this.#totalDouble() / count);
  }

  /** The whole state as a value, from which `restore` makes the same sum again. */
  save(): Document {
    this.#settle();
    return {
      whole: this.#whole.toString(),
      double: double(this.#double),
      compensation: double(this.#compensation),
      type: this.#type,
      ...(this.#decimal === null ? {} : { decimal: writeDecimal(this.#decimal) }),
    };
  }

  restore(saved: Document): void {
    this.#whole = BigInt(saved['whole'] as string);
    this.#double = toDouble(saved['double'] as BsonNumber);
    this.#compensation = toDouble(saved['compensation'] as BsonNumber);
    this.#type = saved['type'] as NumberType;
    const { decimal } = saved;
    if (decimal !== undefined) this.#decimal = readDecimal(decimal as Decimal128);
  }

  #addDouble(value: number): void {
    if (this.#type !== 'double') this.#type = 'double';
    // Neumaier's variant of Kahan's summation: also right when the addend is the larger one.
    const sum = this.#double + value;
    if (Number.isFinite(sum)) {
      this.#compensation +=
        Math.abs(this.#double) >= Math.abs(value) ? this.#double - sum + value : value - sum + this.#double;
    }
    this.#double = sum;
  }

  #settle(): void {
    if (this.#small === 0) return;
    this.#whole += BigInt(this.#small);
    this.#small = 0;
  }

  #totalDouble(): number {
    const whole = Number(this.#whole);
    // A long beyond 2^53 is not a double: what is missing counts where the sum has room for it.
    const missing = Number.isSafeInteger(whole) || !Number.isFinite(whole) ? 0 : Number(this.#whole - BigInt(whole));
    return compensatedTotal(this.#double, this.#compensation, whole, missing);
  }

  #totalDecimal(): Decimal {
    let total = this.#decimal!;
    if (this.#whole !== 0n) total = addDecimals(total, decimalFromInteger(this.#whole));
    if (this.#type === 'double') total = addDecimals(total, decimalFromDouble(this.#double + this.#compensation));
    return total;
  }
}

/** What a compensated sum of doubles and a sum of whole numbers come to; `missing` is what `whole` lacks as a double. */
export function compensatedTotal(double: number, compensation: number, whole: number, missing = 0): number {
  if (!Number.isFinite(double)) return double;
  const sum = double + whole;
  const rest = Math.abs(double) >= Math.abs(whole) ? double - sum + whole : whole - sum + double;
  return sum + (compensation + rest + missing);
}

function widest(
  a: BsonNumber,
  b: BsonNumber,
  overflow: Int64Overflow,
  integers: (a: bigint, b: bigint) => bigint,
  doubles: (a: number, b: number) => number,
  decimals: (a: Decimal, b: Decimal) => Decimal,
): BsonNumber | null {
  if (a instanceof Decimal128 || b instanceof Decimal128) return writeDecimal(decimals(toDecimal(a), toDecimal(b)));
  const left = numberTypeOf(a);
  const right = numberTypeOf(b);
  if (left === 'double' || right === 'double') return double(doubles(toDouble(a), toDouble(b)));
  const result = integers(BigInt(a as number | bigint), BigInt(b as number | bigint));
  if (result < INT64_MIN || result > INT64_MAX) {
    // Computed anew in doubles, as MongoDB does: the exact result could round to a neighbour.
    return overflow === 'null' ? null : double(doubles(toDouble(a), toDouble(b)));
  }
  return left === 'long' || right === 'long' ? result : narrowed(result);
}

function halfEven(value: number): number {
  const low = Math.floor(value);
  const fraction = value - low;
  if (fraction !== 0.5) return Math.round(value) + (Object.is(value, -0) ? -0 : 0);
  return low % 2 === 0 ? low : low + 1;
}

function exactDecimal(value: number): Decimal {
  const [mantissa, exponent] = Math.abs(value).toExponential(33).split('e') as [string, string];
  return {
    kind: 'finite',
    negative: value < 0,
    coefficient: BigInt(mantissa.replace('.', '')),
    exponent: Number(exponent) - 33,
  };
}
