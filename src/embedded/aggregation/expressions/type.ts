import {
  type BsonNumber,
  decimalValue,
  double,
  INT64_MAX,
  INT64_MIN,
  isNaNValue,
  narrowed,
  toDouble,
  truncatedToInt64,
} from '../../bson/arithmetic.ts';
import { type BsonTypeName, bsonTypeName, bytesOf, isNumber, typesOfAlias } from '../../bson/compare.ts';
import { integerFromDecimal, readDecimal } from '../../bson/decimal.ts';
import { Binary, BSONSymbol, type BsonValue, Decimal128, ObjectId } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { AggregationError } from '../errors.ts';
import { dateFrom } from './arithmetic.ts';
import { milliseconds } from './date.ts';
import { dateToIsoString } from './date-format.ts';
import { parseDate } from './date-parse.ts';
import { numberText } from './number-text.ts';
import { custom, type Operator, pureNode, unary, type Value } from './operator.ts';
import type { Node, Scope } from './scope.ts';
import { isTrue } from './truth.ts';

export const typeOperators: Readonly<Record<string, Operator>> = {
  $convert: custom('A value as another type, with answers for null and for what cannot be converted.', compileConvert),
  $isNumber: unary('Whether the value is a number of any type.', (value) => isNumber(value)),
  $toBool: shorthand('The value as a boolean.', 'bool'),
  $toDate: shorthand('The value as a date.', 'date'),
  $toDecimal: shorthand('The value as a decimal.', 'decimal'),
  $toDouble: shorthand('The value as a double.', 'double'),
  $toInt: shorthand('The value as an int32.', 'int'),
  $toLong: shorthand('The value as an int64.', 'long'),
  $toObjectId: shorthand('The value as an ObjectId.', 'objectId'),
  $toString: shorthand('The value as a string.', 'string'),
  $toUUID: unary('The string as a UUID.', (value) =>
    isNullish(value) ? null : convert(value, 'binData', { subtype: 4, format: 'uuid' }),
  ),
  $type: unary("The name of the value's type; 'missing' where there is none.", (value) => typeName(value)),
};

function shorthand(summary: string, target: BsonTypeName): Operator {
  return unary(summary, (value) => (isNullish(value) ? null : convert(value, target)));
}

interface BinaryOptions {
  readonly subtype?: number;
  readonly format?: string | undefined;
}

function compileConvert(argument: BsonValue, scope: Scope): Node {
  if (!isDocument(argument)) {
    throw new MongoError(
      'FailedToParse',
      `$convert expects an object of named arguments but found: ${typeName(argument)}`,
    );
  }
  for (const key of Object.keys(argument)) {
    if (!['input', 'to', 'onError', 'onNull', 'format', 'byteOrder'].includes(key)) {
      throw new MongoError('FailedToParse', `$convert found an unknown argument: ${key}`);
    }
  }
  if (argument.input === undefined) throw new MongoError('FailedToParse', "Missing 'input' parameter to $convert");
  if (argument.to === undefined) throw new MongoError('FailedToParse', "Missing 'to' parameter to $convert");
  const to: BsonValue = argument.to;
  const long = isDocument(to) && 'type' in to;
  const input = scope.compile(argument.input);
  const target = scope.compile(long ? to.type! : to);
  const subtype = long && to.subtype !== undefined ? scope.compile(to.subtype) : undefined;
  const optional = (key: string) => (argument[key] === undefined ? undefined : scope.compile(argument[key]!));
  const onError = optional('onError');
  const onNull = optional('onNull');
  const format = optional('format');
  const operands = [input, target, onError, onNull, format, subtype].filter((node) => node !== undefined);
  return pureNode(operands, (root) => {
    const wanted = target.evaluate(root);
    const value = input.evaluate(root);
    // The type is checked before the value: a wrong one is an error even where the value is null.
    const type = isNullish(wanted) ? null : targetType(wanted);
    if (isNullish(value)) return onNull === undefined ? null : onNull.evaluate(root);
    if (type === null) return null;
    try {
      const kind = subtype?.evaluate(root);
      const form = format?.evaluate(root);
      return convert(value, type, {
        subtype: isNumber(kind) ? toDouble(kind) : 0,
        format: typeof form === 'string' ? form : undefined,
      });
    } catch (error) {
      if (onError === undefined || !(error instanceof AggregationError)) throw error;
      return onError.evaluate(root);
    }
  });
}

function targetType(value: Value): BsonTypeName {
  if (typeof value !== 'string' && !isNumber(value)) {
    throw new MongoError(
      'FailedToParse',
      `$convert's 'to' argument must be a string or number, but is ${typeName(value)}`,
    );
  }
  const types = typesOfAlias(value);
  if (types.length !== 1) throw new MongoError('BadValue', `Unknown type name: ${describeValue(value)}`);
  return types[0]!;
}

function failed(message: string): AggregationError {
  return new AggregationError('ConversionFailure', `${message} in $convert with no onError value`);
}

function unsupported(value: Value, target: BsonTypeName): AggregationError {
  return failed(`Unsupported conversion from ${typeName(value)} to ${target}`);
}

/** Converts a value that is neither null nor missing. Throws ConversionFailure (241). */
export function convert(value: Value, target: BsonTypeName, options: BinaryOptions = {}): Value {
  const source = value instanceof BSONSymbol ? value.value : value;
  switch (target) {
    case 'bool':
      return isTrue(source);
    case 'int':
    case 'long':
      return toWhole(source, target);
    case 'double':
      return toFloating(source, target, (number) => double(toDouble(number)));
    case 'decimal':
      return toFloating(source, target, decimalValue);
    case 'string':
      return toText(source, options.format);
    case 'date':
      return toDate(source);
    case 'objectId': {
      if (source instanceof ObjectId) return source;
      if (typeof source !== 'string') throw unsupported(source, target);
      if (!/^[0-9a-fA-F]{24}$/.test(source)) {
        throw failed(
          `Failed to parse objectId '${source}': Invalid string length for parsing to OID, expected 24 but found ${source.length}`,
        );
      }
      return new ObjectId(source);
    }
    case 'binData':
      return toBinary(source, options);
    default:
      if (bsonTypeName(source) === target) return source;
      throw unsupported(source, target);
  }
}

const INT_MAX = 2n ** 31n - 1n;
const INT_MIN = -(2n ** 31n);

function toWhole(value: Value, target: 'int' | 'long'): BsonValue {
  const [low, high] = target === 'int' ? [INT_MIN, INT_MAX] : [INT64_MIN, INT64_MAX];
  const inRange = (whole: bigint): BsonValue => {
    if (whole < low || whole > high) {
      throw failed(`Conversion would overflow target type: ${describeValue(value)}`);
    }
    return target === 'int' ? narrowed(whole) : whole;
  };
  if (typeof value === 'boolean') return inRange(value ? 1n : 0n);
  if (isNumber(value)) {
    if (isNaNValue(value)) throw failed('Attempt to convert NaN value to integer type');
    if (value instanceof Decimal128) {
      const whole = integerFromDecimal(readDecimal(value));
      if (whole === null) throw failed('Attempt to convert infinity value to integer type');
      return inRange(whole);
    }
    const number = typeof value === 'bigint' ? value : Math.trunc(toDouble(value));
    if (number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY) {
      throw failed('Attempt to convert infinity value to integer type');
    }
    return inRange(BigInt(number));
  }
  if (value instanceof Date && target === 'long') return BigInt(value.getTime());
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value)) {
      throw failed(
        `Failed to parse number '${value}' in $convert with no onError value: Did not consume whole string.`,
      );
    }
    const whole = BigInt(value.replace(/^\+/, ''));
    if (whole < low || whole > high) throw failed(`Failed to parse number '${value}': Overflow`);
    return inRange(whole);
  }
  throw unsupported(value, target);
}

function toFloating(value: Value, target: 'double' | 'decimal', make: (number: BsonNumber) => BsonValue): BsonValue {
  if (typeof value === 'boolean') return make(value ? 1 : 0);
  if (isNumber(value)) {
    if (target === 'double' && value instanceof Decimal128) {
      const number = toDouble(value);
      if (!Number.isFinite(number) && readDecimal(value).kind === 'finite') {
        throw failed(`Conversion would overflow target type: ${value.toString()}`);
      }
    }
    return make(value);
  }
  if (value instanceof Date) return make(BigInt(value.getTime()));
  if (typeof value === 'string') {
    const text = value.trim();
    if (text !== value || !/^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf(inity)?|nan)$/i.test(text)) {
      throw failed(`Failed to parse number '${value}'`);
    }
    if (target === 'decimal') {
      try {
        return Decimal128.fromStringWithRounding(text);
      } catch {
        throw failed(`Failed to parse number '${value}'`);
      }
    }
    const number = Number(text.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity').replace(/^[+-]?nan$/i, 'NaN'));
    if (!Number.isFinite(number) && /\d/.test(text)) throw failed(`Failed to parse number '${value}': Out of range`);
    return double(number);
  }
  throw unsupported(value, target);
}

function toText(value: Value, format: string | undefined): BsonValue {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isNumber(value)) return numberText(value);
  if (value instanceof Date) return dateToIsoString(value);
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Binary) {
    const bytes = Buffer.from(bytesOf(value));
    switch (format) {
      case 'auto':
      case undefined:
        if (value.sub_type === Binary.SUBTYPE_UUID) return uuidText(bytes);
        if (format === undefined)
          throw failed("Unsupported conversion from binData to string: 'format' must be specified");
        return bytes.toString('base64');
      case 'base64':
      case 'base64url':
      case 'hex':
        return bytes.toString(format);
      case 'utf8':
        return bytes.toString('utf8');
      case 'uuid':
        if (value.sub_type !== Binary.SUBTYPE_UUID)
          throw failed('Only BinData with subtype UUID can be converted to a UUID string');
        return uuidText(bytes);
      default:
        throw new MongoError('BadValue', `Invalid 'format' argument for $convert: ${format}`);
    }
  }
  throw unsupported(value, 'string');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function toDate(value: Value): BsonValue {
  if (value instanceof Date) return value;
  if (typeof value === 'string') return new Date(parseDate(value, undefined));
  if (isNumber(value) && !(typeof value === 'number' && (value | 0) === value)) {
    if (isNaNValue(value)) throw failed('Attempt to convert NaN value to integer type');
    try {
      return dateFrom(truncatedToInt64(value));
    } catch {
      throw failed(`Conversion would overflow target type: ${describeValue(value)}`);
    }
  }
  // An int32 reaches only to the 25th of January 1970: MongoDB takes it for a mistake.
  if (isNumber(value) || typeof value === 'boolean') throw unsupported(value, 'date');
  try {
    return new Date(milliseconds(value));
  } catch {
    throw unsupported(value, 'date');
  }
}

function toBinary(value: Value, { subtype = 0, format }: BinaryOptions): BsonValue {
  if (value instanceof Binary) {
    if (value.sub_type === subtype) return value;
    throw failed(`Conversions between different binary subtypes are not supported`);
  }
  if (typeof value !== 'string') throw unsupported(value, 'binData');
  switch (format) {
    case 'uuid':
    case 'auto':
      if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) {
        return new Binary(Buffer.from(value.replaceAll('-', ''), 'hex'), 4);
      }
      throw failed(`Failed to parse BinData '${value}': Input is not a valid UUID string`);
    case 'hex':
      if (!/^([0-9a-f]{2})*$/i.test(value))
        throw failed(`Failed to parse BinData '${value}': Input is not a valid hex string`);
      return new Binary(Buffer.from(value, 'hex'), subtype);
    case 'base64':
    case 'base64url':
      if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
        throw failed(`Failed to parse BinData '${value}': Input is not a valid ${format} string`);
      return new Binary(Buffer.from(value, format), subtype);
    case 'utf8':
      return new Binary(Buffer.from(value, 'utf8'), subtype);
    default:
      throw failed("Unsupported conversion from string to binData: 'format' must be specified");
  }
}
