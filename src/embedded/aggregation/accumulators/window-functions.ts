import {
  add,
  type BsonNumber,
  decimalValue,
  divide,
  double,
  isZeroValue,
  multiply,
  subtract,
  toDouble,
  wholeNumberOf,
} from '../../bson/arithmetic.ts';
import { type BsonValue, Decimal128, type Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';

import { parseUnit, type TimeUnit } from '../expressions/date.ts';
import { isNumber, toInt32 } from '../expressions/numbers.ts';
import type { Evaluate, Scope } from '../expressions/scope.ts';

/** One partition, in order, as window functions see it. */
export interface Partition {
  readonly documents: readonly Document[];
  /** What each document sorts by: the value of the first sort field. */
  sortValue(index: number): BsonValue;
  /** Whether two neighbours sort as equals. */
  sameOrder(left: number, right: number): boolean;
  /** The window of a document, as first and last position; empty where first > last. */
  bounds(index: number): readonly [number, number];
}

/** A function of `$setWindowFields` that is no accumulator. */
export interface WindowFunction {
  readonly summary: string;
  /** Whether it needs `sortBy`, and whether it takes, needs or refuses a `window`. */
  readonly sort: 'one' | 'required' | 'optional';
  readonly window: 'required' | 'refused' | 'optional';
  /** The values of all documents of a partition, in order; computed as they are pulled where each costs something. */
  compile(argument: BsonValue, scope: Scope, name: string): (partition: Partition) => Iterable<BsonValue | undefined>;
}

export const windowFunctions: Readonly<Record<string, WindowFunction>> = {
  $covariancePop: covariance('The covariance of a whole population.', 0),
  $covarianceSamp: covariance('The covariance, estimated from a sample.', 1),
  $denseRank: ranking('The rank, without gaps after equals.', (partition) => {
    let rank = 0;
    return partition.documents.map((_, index) => {
      if (index === 0 || !partition.sameOrder(index - 1, index)) rank += 1;
      return rank;
    });
  }),
  $derivative: {
    summary: 'The average rate of change over the window.',
    sort: 'one',
    window: 'required',
    compile(argument, scope, name) {
      const { input, perUnit } = rateArguments(argument, scope, name);
      return (partition) => {
        const values = partition.documents.map(input);
        return each(values.length, (index) => {
          const [first, last] = partition.bounds(index);
          if (first >= last) return null;
          const rise = numberOf(values[last], name);
          const start = numberOf(values[first], name);
          if (rise === null || start === null) return null;
          const run = subtract(
            position(partition.sortValue(last), perUnit, name),
            position(partition.sortValue(first), perUnit, name),
          );
          if (isZeroValue(run)) return null;
          const slope = divide(subtract(rise, start), run);
          return perUnit === undefined ? slope : multiply(slope, perUnit);
        });
      };
    },
  },
  $documentNumber: ranking('The position in the partition, from 1.', (partition) =>
    partition.documents.map((_, index) => index + 1),
  ),
  $expMovingAvg: {
    summary: 'The exponential moving average.',
    sort: 'required',
    window: 'refused',
    compile(argument, scope) {
      if (
        !isDocument(argument) ||
        argument.input === undefined ||
        (argument.N === undefined) === (argument.alpha === undefined)
      ) {
        throw new MongoError(
          'FailedToParse',
          `$expMovingAvg sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field`,
        );
      }
      const input = scope.compile(argument.input).evaluate;
      const alpha = smoothing(argument);
      return (partition) => {
        let average: BsonNumber | null = null;
        return partition.documents.map((document): BsonValue => {
          const value = input(document);
          if (!isNumber(value)) return average;
          average =
            average === null ? value : add(multiply(value, alpha), multiply(average, double(1 - toDouble(alpha))));
          return average;
        });
      };
    },
  },
  $integral: {
    summary: 'The area under the curve over the window, by trapezoids.',
    sort: 'one',
    window: 'optional',
    compile(argument, scope, name) {
      const { input, perUnit } = rateArguments(argument, scope, name);
      return (partition) => {
        const values = partition.documents.map(input);
        return each(values.length, (index) => {
          const [first, last] = partition.bounds(index);
          if (first > last) return null;
          let area: BsonNumber = 0;
          for (let at = first; at < last; at++) {
            const [left, right] = [values[at], values[at + 1]];
            if (!isNumber(left) || !isNumber(right)) continue;
            const width = subtract(
              position(partition.sortValue(at + 1), perUnit, name),
              position(partition.sortValue(at), perUnit, name),
            );
            area = add(area, divide(multiply(add(left, right), width), 2));
          }
          return perUnit === undefined ? area : divide(area, perUnit);
        });
      };
    },
  },
  $linearFill: {
    summary: 'Null and missing values filled on the line between their neighbours.',
    sort: 'one',
    window: 'refused',
    compile(argument, scope, name) {
      const { evaluate } = scope.compile(argument);
      return (partition) => {
        const values = partition.documents.map(evaluate);
        const filled = values.slice();
        let known = -1;
        for (const [index, value] of values.entries()) {
          if (isNullish(value)) {
            filled[index] = null;
            continue;
          }
          if (!isNumber(value))
            throw new MongoError(
              'TypeMismatch',
              `Value to be filled must be numeric or nullish, but found ${typeName(value)}`,
            );
          const start = values[known];
          if (known >= 0 && index - known > 1 && isNumber(start)) {
            const at = (place: number) => position(partition.sortValue(place), 1, name);
            const slope = divide(subtract(value, start), subtract(at(index), at(known)));
            for (let gap = known + 1; gap < index; gap++) {
              filled[gap] = add(start, multiply(slope, subtract(at(gap), at(known))));
            }
          }
          known = index;
        }
        return filled;
      };
    },
  },
  $locf: {
    summary: 'Null and missing values filled with the last known one.',
    sort: 'optional',
    window: 'refused',
    compile(argument, scope) {
      const { evaluate } = scope.compile(argument);
      return (partition) => {
        let known: BsonValue = null;
        return partition.documents.map((document) => {
          const value = evaluate(document);
          if (!isNullish(value)) known = value!;
          return known;
        });
      };
    },
  },
  $minMaxScaler: {
    summary: 'The value scaled to a range by the least and the greatest of the window.',
    sort: 'optional',
    window: 'optional',
    compile(argument, scope, name) {
      if (!isDocument(argument) || argument.input === undefined)
        throw new MongoError('FailedToParse', `${name} requires an 'input'`);
      const input = scope.compile(argument.input).evaluate;
      const low = scope.compile(argument.min ?? 0).evaluate({});
      const high = scope.compile(argument.max ?? 1).evaluate({});
      if (!isNumber(low) || !isNumber(high))
        throw new MongoError('TypeMismatch', `${name}'s 'min' and 'max' must be numbers`);
      return (partition) => {
        const values = partition.documents.map(input);
        return values.map((value, index) => {
          if (!isNumber(value)) return null;
          const [first, last] = partition.bounds(index);
          const inside = values
            .slice(first, last + 1)
            .filter(isNumber)
            .map(toDouble);
          const [least, greatest] = [Math.min(...inside), Math.max(...inside)];
          if (least === greatest) return low;
          return double(
            ((toDouble(value) - least) / (greatest - least)) * (toDouble(high) - toDouble(low)) + toDouble(low),
          );
        });
      };
    },
  },
  $rank: ranking('The rank, with gaps after equals.', (partition) => {
    let rank = 1;
    return partition.documents.map((_, index) => {
      if (index > 0 && !partition.sameOrder(index - 1, index)) rank = index + 1;
      return rank;
    });
  }),
  $shift: {
    summary: 'The value of a document some places before or after.',
    sort: 'required',
    window: 'refused',
    compile(argument, scope) {
      if (!isDocument(argument)) throw new MongoError('FailedToParse', `Argument to $shift must be an object`);
      for (const key of Object.keys(argument)) {
        if (key !== 'output' && key !== 'by' && key !== 'default')
          throw new MongoError('FailedToParse', `Unknown argument in $shift: ${key}`);
      }
      if (argument.output === undefined || argument.by === undefined) {
        throw new MongoError(
          'FailedToParse',
          `$shift requires ${argument.output === undefined ? 'an output expression' : "'by' as an integer value"}.`,
        );
      }
      const output = scope.compile(argument.output).evaluate;
      const by = toInt32(argument.by);
      if (by === undefined)
        throw new MongoError(
          'FailedToParse',
          `'$shift:by' field must be an integer, but found ${describeValue(argument.by)}`,
        );
      const otherwise = scope.compile(argument.default ?? null);
      if (!otherwise.constant)
        throw new MongoError('FailedToParse', `'$shift:default' expression must yield a constant value.`);
      return ({ documents }) =>
        each(documents.length, (index) => {
          const other = documents[index + by];
          return other === undefined ? otherwise.evaluate({}) : (output(other) ?? null);
        });
    },
  },
};

function* each(count: number, valueAt: (index: number) => BsonValue | undefined): Iterable<BsonValue | undefined> {
  for (let index = 0; index < count; index++) yield valueAt(index);
}

function ranking(summary: string, rank: (partition: Partition) => number[]): WindowFunction {
  return {
    summary,
    sort: 'one',
    window: 'refused',
    compile(argument, _scope, name) {
      if (!isDocument(argument) || Object.keys(argument).length > 0) {
        throw new MongoError(5371603, `${name} must be specified with '{}' as the value`);
      }
      return rank;
    },
  };
}

function numberOf(value: BsonValue | undefined, name: string): BsonNumber | null {
  if (isNullish(value)) return null;
  if (!isNumber(value))
    throw new MongoError(5624900, `${name} expects its input to be numeric, but found ${typeName(value)}`);
  return value;
}

const unitMilliseconds: Partial<Record<TimeUnit, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};

function rateArguments(
  argument: BsonValue,
  scope: Scope,
  name: string,
): { input: Evaluate; perUnit: number | undefined } {
  if (!isDocument(argument) || argument.input === undefined) {
    throw new MongoError('FailedToParse', `${name} requires an 'input' expression`);
  }
  for (const key of Object.keys(argument)) {
    if (key !== 'input' && key !== 'unit')
      throw new MongoError('FailedToParse', `${name} got unexpected argument: ${key}`);
  }
  const { unit } = argument;
  if (unit === undefined) return { input: scope.compile(argument.input).evaluate, perUnit: undefined };
  if (typeof unit !== 'string')
    throw new MongoError(5439013, `${name} requires 'unit' to be a string, but got ${typeName(unit)}`);
  const perUnit = unitMilliseconds[parseUnit(unit)];
  if (perUnit === undefined) throw new MongoError(5490704, "unit must be 'week' or smaller");
  return { input: scope.compile(argument.input).evaluate, perUnit };
}

/** Where a document stands on the axis: a number, or the milliseconds of a date. */
function position(value: BsonValue, perUnit: number | undefined, name: string): BsonNumber {
  if (value instanceof Date) {
    if (perUnit === undefined)
      throw new MongoError(5624901, `${name} with no 'unit' expects the sortBy field to be numeric`);
    return double(value.getTime());
  }
  if (!isNumber(value))
    throw new MongoError(
      5429413,
      `${name} expects the sortBy field to be numeric or a date, but found ${typeName(value)}`,
    );
  return value;
}

function smoothing({ N: period, alpha }: Document): BsonNumber {
  if (period !== undefined) {
    const whole = wholeNumberOf(period);
    if (whole === null || whole <= 0n)
      throw new MongoError(
        'FailedToParse',
        `'N' field must be an integer greater than zero, but found ${describeValue(period)}`,
      );
    return double(2 / (Number(whole) + 1));
  }
  if (!isNumber(alpha) || toDouble(alpha) <= 0 || toDouble(alpha) >= 1) {
    throw new MongoError('FailedToParse', `'alpha' must be between 0 and 1 (exclusive), found ${describeValue(alpha)}`);
  }
  return alpha;
}

function covariance(summary: string, less: 0 | 1): WindowFunction {
  return {
    summary,
    sort: 'optional',
    window: 'optional',
    compile(argument, scope, name) {
      if (!Array.isArray(argument) || argument.length !== 2) {
        throw new MongoError(5424013, `${name} expects an array of two expressions`);
      }
      const [x, y] = argument.map((part) => scope.compile(part).evaluate) as [Evaluate, Evaluate];
      return (partition) => {
        const pairs = partition.documents.map((document) => [x(document), y(document)] as const);
        return each(pairs.length, (index) => {
          const [first, last] = partition.bounds(index);
          let count = 0;
          let meanX = 0;
          let meanY = 0;
          let products = 0;
          let decimal = false;
          for (let at = first; at <= last; at++) {
            const [left, right] = pairs[at]!;
            if (!isNumber(left) || !isNumber(right)) continue;
            decimal ||= left instanceof Decimal128 || right instanceof Decimal128;
            count += 1;
            const distance = toDouble(left) - meanX;
            meanX += distance / count;
            meanY += (toDouble(right) - meanY) / count;
            products += distance * (toDouble(right) - meanY);
          }
          if (count - less <= 0) return null;
          const result = double(products / (count - less));
          return decimal ? decimalValue(result) : result;
        });
      };
    },
  };
}
