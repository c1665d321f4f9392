import { decimalValue, double, isNaNValue, toDouble } from '../../bson/arithmetic.ts';
import { compareNumbers } from '../../bson/compare.ts';
import { Decimal128 } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isNullish } from '../documents.ts';
import { likeDouble, overNumber } from './arithmetic.ts';
import { isNumber } from './numbers.ts';
import { binary, type Operator } from './operator.ts';

const DEGREES_PER_RADIAN = 180 / Math.PI;

export const trigonometryOperators: Readonly<Record<string, Operator>> = {
  $acos: within('The inverse cosine, in radians.', -1, 1, Math.acos),
  $acosh: within('The inverse hyperbolic cosine, in radians.', 1, Number.POSITIVE_INFINITY, Math.acosh),
  $asin: within('The inverse sine, in radians.', -1, 1, Math.asin),
  $asinh: anywhere('The inverse hyperbolic sine, in radians.', Math.asinh),
  $atan: anywhere('The inverse tangent, in radians.', Math.atan),
  $atan2: binary('The inverse tangent of y / x, in radians.', (y, x) => {
    if (isNullish(y) || isNullish(x)) return null;
    for (const value of [y, x]) {
      if (!isNumber(value)) throw new MongoError(51044, `$atan2 only supports numeric types, not ${typeName(value)}`);
    }
    const result = double(Math.atan2(toDouble(y as number), toDouble(x as number)));
    return y instanceof Decimal128 || x instanceof Decimal128 ? decimalValue(result) : result;
  }),
  $atanh: within('The inverse hyperbolic tangent, in radians.', -1, 1, Math.atanh),
  $cos: finite('The cosine of radians.', Math.cos),
  $cosh: anywhere('The hyperbolic cosine of radians.', Math.cosh),
  $degreesToRadians: anywhere('Degrees as radians.', (value) => value * (Math.PI / 180)),
  $radiansToDegrees: anywhere('Radians as degrees.', (value) => value * DEGREES_PER_RADIAN),
  $sin: finite('The sine of radians.', Math.sin),
  $sinh: anywhere('The hyperbolic sine of radians.', Math.sinh),
  $tan: finite('The tangent of radians.', Math.tan),
  $tanh: anywhere('The hyperbolic tangent of radians.', Math.tanh),
};

function anywhere(summary: string, apply: (value: number) => number): Operator {
  return overNumber(summary, (value) => likeDouble(value, apply));
}

function within(summary: string, low: number, high: number, apply: (value: number) => number): Operator {
  return overNumber(summary, (value) => {
    if (!isNaNValue(value) && (compareNumbers(value, low) < 0 || compareNumbers(value, high) > 0)) {
      const bounds = high === Number.POSITIVE_INFINITY ? `[${low},inf]` : `[${low},${high}]`;
      throw new MongoError(
        50989,
        `cannot apply a trigonometric function to ${describeValue(value)}, value must be in ${bounds}`,
      );
    }
    return likeDouble(value, apply);
  });
}

function finite(summary: string, apply: (value: number) => number): Operator {
  return overNumber(summary, (value) => {
    const number = toDouble(value);
    if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY) {
      throw new MongoError(
        50989,
        `cannot apply a trigonometric function to ${describeValue(value)}, value must be in (-inf,inf)`,
      );
    }
    return likeDouble(value, apply);
  });
}
