import {
  absolute,
  add,
  type BsonNumber,
  ceiling,
  decimalValue,
  divide,
  double,
  floor,
  INT64_MAX,
  INT64_MIN,
  isNaNValue,
  isZeroValue,
  multiply,
  narrowed,
  numberTypeOf,
  remainder,
  round,
  Sum,
  subtract,
  toDecimal,
  toDouble,
  truncatedToInt64,
  wholeNumberOf,
} from '../../bson/arithmetic.ts';
import { compareNumbers, isInt32 } from '../../bson/compare.ts';
import { decimalFromInteger, multiplyDecimals, writeDecimal } from '../../bson/decimal.ts';
import { Decimal128 } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isNullish } from '../documents.ts';
import { isIntegral, isNumber, toInt32 } from './numbers.ts';
import {
  between,
  binary,
  compileOperands,
  custom,
  type Operator,
  pureNode,
  unary,
  type Value,
  variadic,
} from './operator.ts';

export const arithmeticOperators: Readonly<Record<string, Operator>> = {
  $abs: overNumber('The absolute value.', (value) => {
    const result = absolute(value);
    if (result === null) throw new MongoError(28680, "can't take $abs of long long min");
    return result;
  }),
  $add: custom('The sum of numbers, or of one date and numbers of milliseconds.', (argument, scope) => {
    const operands = compileOperands(argument, scope);
    const evaluates = operands.map((operand) => operand.evaluate);
    if (evaluates.length === 2) {
      const [first, second] = evaluates as [(typeof evaluates)[0], (typeof evaluates)[0]];
      return pureNode(operands, (root) => {
        const left = first(root);
        const right = second(root);
        if (typeof left === 'number' && typeof right === 'number') return add(left, right);
        return sum([left, right]);
      });
    }
    return pureNode(operands, (root) => sum(evaluates.map((evaluate) => evaluate(root))));
  }),
  $bitAnd: bitwise('Bits that are set in all operands.', -1, (left, right) => left & right),
  $bitNot: unary('The bits inverted.', (value) => {
    if (isNullish(value)) return null;
    if (!isIntegral(value)) {
      throw new MongoError('TypeMismatch', `$bitNot only supports int and long, not: ${typeName(value)}.`);
    }
    return typeof value === 'bigint' ? ~value : ~value;
  }),
  $bitOr: bitwise('Bits that are set in any operand.', 0, (left, right) => left | right),
  $bitXor: bitwise('Bits that are set in an odd number of operands.', 0, (left, right) => left ^ right),
  $ceil: overNumber('The smallest whole number not below.', ceiling),
  $divide: binary('The quotient; a double, or a decimal where an operand is one.', (left, right) => {
    if (isNumber(left) && isNumber(right)) {
      if (isZeroValue(right)) throw new MongoError('BadValue', "can't $divide by zero");
      return divide(left, right);
    }
    if (isNullish(left) || isNullish(right)) return null;
    throw new MongoError(
      'TypeMismatch',
      `$divide only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  }),
  $exp: overNumber('e to a power.', (value) => likeDouble(value, Math.exp)),
  $floor: overNumber('The largest whole number not above.', floor),
  $ln: overNumber('The natural logarithm.', (value) => {
    if (compareNumbers(value, 0) <= 0 && !isNaNValue(value)) {
      throw new MongoError(28766, `$ln's argument must be a positive number, but is ${describeValue(value)}`);
    }
    return likeDouble(value, Math.log);
  }),
  $log: binary('The logarithm to a base.', (value, base) => {
    if (isNullish(value) || isNullish(base)) return null;
    if (!isNumber(value)) throw new MongoError(28756, `$log's argument must be numeric, not ${typeName(value)}`);
    if (!isNumber(base)) throw new MongoError(28757, `$log's base must be numeric, not ${typeName(base)}`);
    if (compareNumbers(value, 0) <= 0 && !isNaNValue(value)) {
      throw new MongoError(28758, `$log's argument must be a positive number, but is ${describeValue(value)}`);
    }
    if ((compareNumbers(base, 0) <= 0 && !isNaNValue(base)) || compareNumbers(base, 1) === 0) {
      throw new MongoError(
        28759,
        `$log's base must be a positive number not equal to 1, but is ${describeValue(base)}`,
      );
    }
    const result = logarithm(toDouble(value), toDouble(base));
    return value instanceof Decimal128 || base instanceof Decimal128 ? decimalValue(result) : double(result);
  }),
  $log10: overNumber('The logarithm to base 10.', (value) => {
    if (compareNumbers(value, 0) <= 0 && !isNaNValue(value)) {
      throw new MongoError(28761, `$log10's argument must be a positive number, but is ${describeValue(value)}`);
    }
    return likeDouble(value, Math.log10);
  }),
  $mod: binary('The remainder, with the sign of the dividend.', (left, right) => {
    if (isNumber(left) && isNumber(right)) {
      if (isZeroValue(right)) throw new MongoError(16610, "can't $mod by zero");
      return remainder(left, right);
    }
    if (isNullish(left) || isNullish(right)) return null;
    throw new MongoError(16611, `$mod only supports numeric types, not ${typeName(left)} and ${typeName(right)}`);
  }),
  $multiply: custom('The product.', (argument, scope) => {
    const operands = compileOperands(argument, scope);
    const evaluates = operands.map((operand) => operand.evaluate);
    if (evaluates.length === 2) {
      const [first, second] = evaluates as [(typeof evaluates)[0], (typeof evaluates)[0]];
      return pureNode(operands, (root) => {
        const left = first(root);
        const right = second(root);
        if (typeof left === 'number' && typeof right === 'number') return multiply(left, right);
        return product([left, right]);
      });
    }
    return pureNode(operands, (root) => product(evaluates.map((evaluate) => evaluate(root))));
  }),
  $pow: binary('The first operand to the power of the second.', power),
  $round: between('The number rounded, halves to even, to a number of places.', 1, 2, ([value, places], _scope, name) =>
    toPlaces(value, places, name, 'halfEven'),
  ),
  $sigmoid: overNumber('1 / (1 + e^−x).', (value) => likeDouble(value, (x) => 1 / (1 + Math.exp(-x)))),
  $sqrt: overNumber('The square root.', (value) => {
    if (compareNumbers(value, 0) < 0 && !isNaNValue(value)) {
      throw new MongoError(28714, "$sqrt's argument must be greater than or equal to 0");
    }
    return likeDouble(value, Math.sqrt);
  }),
  $subtract: binary('The difference of numbers or dates, or a date less milliseconds.', (left, right) => {
    if (isNumber(left) && isNumber(right)) return subtract(left, right);
    if (isNullish(left) || isNullish(right)) return null;
    if (left instanceof Date) {
      if (right instanceof Date) return BigInt(left.getTime() - right.getTime());
      if (isNumber(right)) return dateFrom(BigInt(left.getTime()) - millisecondsOf(right));
    }
    throw new MongoError('TypeMismatch', `can't $subtract ${typeName(right)} from ${typeName(left)}`);
  }),
  $trunc: between('The number cut to a number of places.', 1, 2, ([value, places], _scope, name) =>
    toPlaces(value, places, name, 'towardZero'),
  ),
};

/** An operator over one number: null for null or missing, refused for anything else. */
export function overNumber(summary: string, apply: (value: BsonNumber) => Value): Operator {
  return unary(summary, (value, _scope, name) => {
    if (isNumber(value)) return apply(value);
    if (isNullish(value)) return null;
    throw new MongoError(28765, `${name} only supports numeric types, not ${typeName(value)}`);
  });
}

/** Functions that have no exact result: through doubles, and given back as a decimal where one came. */
export function likeDouble(value: BsonNumber, apply: (value: number) => number): BsonNumber {
  const result = apply(toDouble(value));
  return value instanceof Decimal128 ? decimalValue(double(result)) : double(result);
}

function logarithm(value: number, base: number): number {
  if (base === 10) return Math.log10(value);
  if (base === 2) return Math.log2(value);
  return Math.log(value) / Math.log(base);
}

function product(values: readonly Value[]): Value {
  let result: BsonNumber = 1;
  let nullish = false;
  for (const value of values) {
    if (isNumber(value)) result = multiply(result, value);
    else if (isNullish(value)) nullish = true;
    else throw new MongoError('TypeMismatch', `$multiply only supports numeric types, not ${typeName(value)}`);
  }
  return nullish ? null : result;
}

export function sum(values: readonly Value[]): Value {
  let date: Date | undefined;
  let nullish = false;
  const total = new Sum();
  for (const value of values) {
    if (isNumber(value)) total.add(value);
    else if (isNullish(value)) nullish = true;
    else if (value instanceof Date) {
      if (date !== undefined) throw new MongoError(16612, 'only one date allowed in an $add expression');
      date = value;
    } else {
      throw new MongoError('TypeMismatch', `$add only supports numeric or date types, not ${typeName(value)}`);
    }
  }
  if (nullish) return null;
  if (date === undefined) return total.value;
  return dateFrom(BigInt(date.getTime()) + millisecondsOf(total.value));
}

function millisecondsOf(value: BsonNumber): bigint {
  if (numberTypeOf(value) === 'double') {
    // Rounded to the nearest millisecond, as MongoDB adds doubles to dates.
    const number = toDouble(value);
    if (!Number.isFinite(number)) throw new MongoError('Overflow', 'date overflow in $add');
    return BigInt(Math.round(number));
  }
  return truncatedToInt64(round(value, 0, 'halfEven') ?? value);
}

const DATE_MILLISECONDS_MAX = 8_640_000_000_000_000n;

export function dateFrom(milliseconds: bigint): Date {
  if (milliseconds > DATE_MILLISECONDS_MAX || milliseconds < -DATE_MILLISECONDS_MAX) {
    throw new MongoError('Overflow', 'date overflow');
  }
  return new Date(Number(milliseconds));
}

function bitwise(summary: string, start: number, join: (left: bigint, right: bigint) => bigint): Operator {
  return variadic(summary, (values, _scope, name) => {
    let long = false;
    let bits = BigInt(start);
    let nullish = false;
    for (const value of values) {
      if (isNullish(value)) nullish = true;
      else if (!isIntegral(value)) {
        throw new MongoError('TypeMismatch', `${name} only supports int and long operands.`);
      } else {
        long ||= typeof value === 'bigint';
        bits = join(bits, BigInt(value));
      }
    }
    if (nullish) return null;
    return long ? BigInt.asIntN(64, bits) : Number(BigInt.asIntN(32, bits));
  });
}

function power(base: Value, exponent: Value): Value {
  if (isNullish(base) || isNullish(exponent)) return null;
  if (!isNumber(base)) throw new MongoError(28762, `$pow's base must be numeric, not ${typeName(base)}`);
  if (!isNumber(exponent)) throw new MongoError(28763, `$pow's exponent must be numeric, not ${typeName(exponent)}`);
  if (isZeroValue(base) && compareNumbers(exponent, 0) < 0 && !isNaNValue(exponent)) {
    throw new MongoError(28764, '$pow cannot take a base of 0 and a negative exponent');
  }
  const whole = isIntegral(base) && isIntegral(exponent);
  if (whole && exponent >= 0) {
    const exact = wholePower(BigInt(base), BigInt(exponent));
    if (exact !== undefined) {
      return typeof base === 'bigint' || typeof exponent === 'bigint' ? exact : narrowed(exact);
    }
  }
  if (base instanceof Decimal128 || exponent instanceof Decimal128) {
    const times = wholeNumberOf(exponent);
    if (times !== null && times >= 0n && times <= 10_000n) {
      // Repeated squaring keeps all 34 digits; only fractional powers go through doubles.
      let result = decimalFromInteger(1);
      let square = toDecimal(base);
      for (let left = times; left > 0n; left >>= 1n) {
        if (left & 1n) result = multiplyDecimals(result, square);
        square = multiplyDecimals(square, square);
      }
      return writeDecimal(result);
    }
    return decimalValue(double(toDouble(base) ** toDouble(exponent)));
  }
  return double(toDouble(base) ** toDouble(exponent));
}

/** Undefined where the result leaves int64. */
function wholePower(base: bigint, exponent: bigint): bigint | undefined {
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  if (exponent > 63n) return undefined;
  const result = base ** exponent;
  return result < INT64_MIN || result > INT64_MAX ? undefined : result;
}

function toPlaces(value: Value, places: Value, name: string, rounding: 'halfEven' | 'towardZero'): Value {
  if (isNullish(value)) return null;
  if (!isNumber(value)) throw new MongoError(51081, `${name} only supports numeric types, not ${typeName(value)}`);
  if (places === undefined) return round(value, 0, rounding);
  if (places === null) return null;
  const count = toInt32(places);
  if (count === undefined) {
    throw new MongoError(51082, `precision argument to  ${name} must be a integral value`);
  }
  if (count < -20 || count > 100) {
    throw new MongoError(51083, `cannot apply ${name} with precision value ${count} value must be in [-20, 100]`);
  }
  if (typeof value === 'number' && !isInt32(value) && rounding === 'halfEven' && count > 0 && count < 5) {
    const quick = roundQuickly(value, count);
    if (quick !== undefined) return quick;
  }
  const result = round(value, count, rounding);
  if (result === null)
    throw new MongoError(
      51080,
      `invalid conversion from Decimal128 result in ${name} resulting from arguments: [${describeValue(value)}, ${describeValue(places)}]`,
    );
  return result;
}

const scales = [1, 10, 100, 1000, 10_000];

/** Money is rounded to cents row by row: skip the exact path where doubles decide safely, that is, far from a half. */
function roundQuickly(value: number, places: number): BsonNumber | undefined {
  const scale = scales[places]!;
  const scaled = value * scale;
  if (!(Math.abs(scaled) < 2 ** 40)) return undefined;
  const fraction = scaled - Math.floor(scaled);
  if (fraction > 0.499 && fraction < 0.501) return undefined;
  return double(Math.round(scaled) / scale);
}
