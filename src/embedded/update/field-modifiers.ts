/** Operators on single values: $set, $unset, $inc, $mul, $min, $max, $currentDate, $bit. */
import { add, type BsonNumber, multiply, numberTypeOf } from '../bson/arithmetic.ts';
import { bsonTypeName, compareValues, isDocument, isNumber } from '../bson/compare.ts';
import type { BsonValue } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { show } from '../query/show.ts';
import { identical } from './identical.ts';
import type { ModifierContext, ModifierParser } from './modifier.ts';

export const set: ModifierParser = (argument) => ({
  creates: true,
  apply: (current) => (identical(current, argument) ? current : argument),
});

export const setOnInsert: ModifierParser = (argument) => ({
  creates: true,
  isIdle: ({ isInsert }) => !isInsert,
  apply: (current) => (identical(current, argument) ? current : argument),
});

export const unset: ModifierParser = () => ({ creates: false, apply: () => undefined });

export const inc: ModifierParser = (argument, path) =>
  arithmetic(
    '$inc',
    'increment',
    argument,
    path,
    (a, b) => add(a, b, 'null'),
    (by) => by,
  );

export const mul: ModifierParser = (argument, path) =>
  // A missing field counts as zero, of the argument's type.
  arithmetic(
    '$mul',
    'multiply',
    argument,
    path,
    (a, b) => multiply(a, b, 'null'),
    (by) => multiply(by, 0),
  );

function arithmetic(
  operator: string,
  verb: string,
  argument: BsonValue,
  path: string,
  compute: (a: BsonNumber, b: BsonNumber) => BsonNumber | null,
  initial: (argument: BsonNumber) => BsonNumber,
): ReturnType<ModifierParser> {
  if (!isNumber(argument)) {
    throw new MongoError('TypeMismatch', `Cannot ${verb} with non-numeric argument: {${path}: ${show(argument)}}`);
  }
  return {
    creates: true,
    apply(current, at, context) {
      if (current === undefined) return initial(argument);
      if (!isNumber(current)) {
        throw new MongoError(
          'TypeMismatch',
          `Cannot apply ${operator} to a value of non-numeric type. ${idOf(context)} has the field '${lastOf(at)}' of non-numeric type ${bsonTypeName(current)}`,
        );
      }
      const result = compute(current, argument);
      if (result === null) {
        throw new MongoError(
          'BadValue',
          `Failed to apply ${operator} operations to current value (${numberTypeNames[numberTypeOf(current)]}${show(current)}) for document ${idOf(context)}`,
        );
      }
      return identical(current, result) ? current : result;
    },
  };
}

const numberTypeNames = {
  int: '(NumberInt)',
  long: '(NumberLong)',
  double: '(NumberDouble)',
  decimal: '(NumberDecimal)',
} as const;

export const min: ModifierParser = (argument, _path, { collation }) => ({
  creates: true,
  apply: (current) => (current === undefined || compareValues(argument, current, collation) < 0 ? argument : current),
});

export const max: ModifierParser = (argument, _path, { collation }) => ({
  creates: true,
  apply: (current) => (current === undefined || compareValues(argument, current, collation) > 0 ? argument : current),
});

export const currentDate: ModifierParser = (argument, _path, { now, nextTimestamp }) => {
  let wantsTimestamp = false;
  if (isDocument(argument)) {
    for (const name of Object.keys(argument)) {
      if (name !== '$type') throw new MongoError('BadValue', `Unrecognized $currentDate option: ${name}`);
    }
    const { $type } = argument;
    if ($type !== 'date' && $type !== 'timestamp') {
      throw new MongoError(
        'BadValue',
        "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
      );
    }
    wantsTimestamp = $type === 'timestamp';
  } else if (typeof argument !== 'boolean') {
    throw new MongoError(
      'BadValue',
      `${bsonTypeName(argument)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  return { creates: true, apply: () => (wantsTimestamp ? nextTimestamp() : now()) };
};

const bitOperations: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

export const bit: ModifierParser = (argument) => {
  const format = '{$bit: {field: {and/or/xor: #}}';
  if (!isDocument(argument)) {
    throw new MongoError(
      'BadValue',
      `The $bit modifier is not compatible with a ${bsonTypeName(argument)}. You must pass in an embedded document: ${format}`,
    );
  }
  const operations = Object.keys(argument).map((name) => {
    const compute = Object.hasOwn(bitOperations, name) ? bitOperations[name] : undefined;
    if (compute === undefined) {
      throw new MongoError(
        'BadValue',
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator: {${name}: ${show(argument[name])}}`,
      );
    }
    const operand = argument[name];
    const type = bsonTypeName(operand);
    if (type !== 'int' && type !== 'long') {
      throw new MongoError(
        'BadValue',
        `The $bit modifier field must be an Integer(32/64 bit); a '${type}' is not supported here: {${name}: ${show(operand)}}`,
      );
    }
    return { compute, operand: operand as number | bigint };
  });
  if (operations.length === 0) {
    throw new MongoError('BadValue', `You must pass in at least one bitwise operation. The format is: ${format}`);
  }
  return {
    creates: true,
    apply(current, at, context) {
      const type = bsonTypeName(current);
      if (current !== undefined && type !== 'int' && type !== 'long') {
        throw new MongoError(
          'BadValue',
          `Cannot apply $bit to a value of non-integral type.${idOf(context)} has the field ${lastOf(at)} of non-integer type ${type}`,
        );
      }
      let value: number | bigint = (current as number | bigint | undefined) ?? 0;
      for (const { compute, operand } of operations) {
        const result = compute(BigInt(value), BigInt(operand));
        value = typeof value === 'bigint' || typeof operand === 'bigint' ? BigInt.asIntN(64, result) : Number(result);
      }
      return value;
    },
  };
};

export function idOf({ original }: ModifierContext): string {
  return original._id === undefined ? '{no _id}' : `{_id: ${show(original._id)}}`;
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
