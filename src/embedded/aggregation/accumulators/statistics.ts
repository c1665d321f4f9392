import { type BsonNumber, double, isNaNValue, toDouble } from '../../bson/arithmetic.ts';
import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument } from '../documents.ts';
import { isNumber } from '../expressions/numbers.ts';

/** Mean and spread of numbers in one pass. Source: Welford, 1962. */
export class Deviation {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: BsonNumber): void {
    const number = toDouble(value);
    this.count += 1;
    const distance = number - this.mean;
    this.mean += distance / this.count;
    this.squares += distance * (number - this.mean);
  }

  save(): BsonValue {
    return [this.count, double(this.mean), double(this.squares)];
  }

  restore(saved: BsonValue): void {
    const [count, mean, squares] = (saved as BsonNumber[]).map(toDouble) as [number, number, number];
    this.count = count;
    this.mean = mean;
    this.squares = squares;
  }

  /** Null where the numbers are too few to have one. */
  result(kind: 'population' | 'sample'): BsonValue {
    const divisor = kind === 'population' ? this.count : this.count - 1;
    return divisor <= 0 ? null : double(Math.sqrt(this.squares / divisor));
  }
}

/** The numbers whose rank is asked for: the smallest value that at least a share `p` of the values doesn't exceed. */
export function percentiles(values: readonly number[], shares: readonly number[]): BsonValue[] {
  if (values.length === 0) return shares.map(() => null);
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const index = Math.max(0, Math.ceil(share * sorted.length) - 1);
    return double(sorted[Math.min(index, sorted.length - 1)]!);
  });
}

/** NaN has no rank and is left out, like everything that isn't a number. */
export function rankable(value: BsonValue | undefined): number | undefined {
  return isNumber(value) && !isNaNValue(value) ? toDouble(value) : undefined;
}

export interface PercentileSpec {
  readonly input: BsonValue;
  /** Undefined for `$median`, which answers with one value instead of an array. */
  readonly p: BsonValue | undefined;
}

export function parsePercentile(argument: BsonValue, name: string): PercentileSpec {
  if (!isDocument(argument)) {
    throw new MongoError(
      name === '$median' ? 7436100 : 7429703,
      `specification must be an object; found ${typeName(argument)}`,
    );
  }
  const known = name === '$median' ? ['input', 'method'] : ['input', 'p', 'method'];
  for (const key of Object.keys(argument)) {
    if (!known.includes(key))
      throw new MongoError('IDLUnknownField', `BSON field '${name}.${key}' is an unknown field.`);
  }
  for (const key of known) {
    if (argument[key] === undefined) {
      throw new MongoError('IDLFailedToParse', `BSON field '${name}.${key}' is missing but a required field`);
    }
  }
  if (argument.method !== 'approximate') {
    throw new MongoError('BadValue', "Currently only 'approximate' can be used as percentile 'method'.");
  }
  return { input: argument.input!, p: name === '$median' ? undefined : argument.p! };
}

export function sharesOf(value: BsonValue | undefined): number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new MongoError(7750300, 'The $percentile "p" field must be a non-empty array of constant values');
  }
  return value.map((item) => {
    if (!isNumber(item)) {
      throw new MongoError(
        7750302,
        `The $percentile "p" field must be an array of numbers, but found: ${describeValue(item)}`,
      );
    }
    const share = toDouble(item);
    if (!(share >= 0 && share <= 1)) {
      throw new MongoError(
        7750303,
        `The $percentile "p" field must be an array of numbers from [0.0, 1.0] but found: ${share}`,
      );
    }
    return share;
  });
}
