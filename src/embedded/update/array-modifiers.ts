/** Operators on arrays: $push, $addToSet, $pop, $pull, $pullAll. */
import { toDouble, wholeNumberOf } from '../bson/arithmetic.ts';
import {
  bsonTypeName,
  compareValues,
  equalValues,
  groupKey,
  isDocument,
  isNumber,
  type MaybeValue,
} from '../bson/compare.ts';
import { BSONRegExp, type BsonValue, type Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { show } from '../query/show.ts';
import { compileSort } from '../query/sort.ts';
import { work } from '../stroke.ts';
import { idOf } from './field-modifiers.ts';
import { identical } from './identical.ts';
import type { ModifierOptions, ModifierParser } from './modifier.ts';

/** In the steps that a stroke is counted by: an array may have a million elements. */
const STEPS_PER_COMPARISON = 2;

export const push: ModifierParser = (argument, _path, options) => {
  const { values, position, slice, order } = parsePush(argument, options);
  return {
    creates: true,
    apply(current, at, context) {
      if (current !== undefined && !Array.isArray(current)) {
        throw new MongoError(
          'BadValue',
          `The field '${at}' must be an array but is of type ${bsonTypeName(current)} in document ${idOf(context)}`,
        );
      }
      const array = current ?? [];
      const start =
        position === null
          ? array.length
          : position >= 0
            ? Math.min(position, array.length)
            : Math.max(0, array.length + position);
      let result = [...array.slice(0, start), ...values, ...array.slice(start)];
      if (order !== null) {
        result.sort((a, b) => {
          work(STEPS_PER_COMPARISON);
          return order(a, b);
        });
      }
      if (slice !== null) result = slice >= 0 ? result.slice(0, slice) : result.slice(slice);
      return identical(current, result) ? current : result;
    },
  };
};

interface Push {
  readonly values: readonly BsonValue[];
  readonly position: number | null;
  readonly slice: number | null;
  readonly order: ((a: BsonValue, b: BsonValue) => number) | null;
}

function parsePush(argument: BsonValue, options: ModifierOptions): Push {
  if (!isDocument(argument) || argument.$each === undefined) {
    return { values: [argument], position: null, slice: null, order: null };
  }
  for (const name of Object.keys(argument)) {
    if (!['$each', '$slice', '$sort', '$position'].includes(name)) {
      throw new MongoError('BadValue', `Unrecognized clause in $push: ${name}`);
    }
  }
  const { $each, $slice, $sort, $position } = argument;
  if (!Array.isArray($each)) {
    throw new MongoError(
      'BadValue',
      `The argument to $each in $push must be an array but it was of type: ${bsonTypeName($each)}`,
    );
  }
  return {
    values: $each,
    position: wholeClause(
      $position,
      '$position',
      (type) => `The value for $position must be an integer value, not of type: ${type}`,
    ),
    slice: wholeClause(
      $slice,
      '$slice',
      (type) => `The value for $slice must be an integer value but was given type: ${type}`,
    ),
    order: $sort === undefined ? null : parsePushSort($sort, options),
  };
}

function wholeClause(value: MaybeValue, _name: string, message: (type: string) => string): number | null {
  if (value === undefined) return null;
  const whole = wholeNumberOf(value);
  if (whole === null) throw new MongoError('BadValue', message(bsonTypeName(value)));
  return Math.max(-0x80000000, Math.min(0x7fffffff, Number(whole)));
}

function parsePushSort($sort: BsonValue, { collation }: ModifierOptions): (a: BsonValue, b: BsonValue) => number {
  if (isNumber($sort)) {
    const direction = toDouble($sort);
    if (direction !== 1 && direction !== -1) {
      throw new MongoError('BadValue', 'The $sort element value must be either 1 or -1');
    }
    return (a, b) => compareValues(a, b, collation) * direction;
  }
  if (!isDocument($sort)) {
    throw new MongoError(
      'BadValue',
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  }
  const paths = Object.keys($sort);
  if (paths.length === 0) {
    throw new MongoError('BadValue', 'The $sort pattern is empty when it should be a set of fields.');
  }
  for (const path of paths) {
    const direction = $sort[path];
    if (!isNumber(direction) || Math.abs(toDouble(direction)) !== 1) {
      throw new MongoError('BadValue', 'The $sort element value must be either 1 or -1');
    }
    if (path === '' || path.split('.').includes('')) {
      throw new MongoError('BadValue', `The $sort field is a dotted field but has an empty part: ${path}`);
    }
  }
  const sort = compileSort($sort, { collation });
  const documentOf = (value: BsonValue): Document => (isDocument(value) ? value : {});
  return (a, b) => sort.compare(documentOf(a), documentOf(b));
}

export const addToSet: ModifierParser = (argument, path, { collation }) => {
  const values = parseAddToSet(argument, path);
  return {
    creates: true,
    apply(current, at) {
      if (current !== undefined && !Array.isArray(current)) {
        throw new MongoError(
          'BadValue',
          `Cannot apply $addToSet to non-array field. Field named '${at}' has non-array type ${bsonTypeName(current)}`,
        );
      }
      const present = new Set((current ?? []).map((value) => groupKey(value, collation)));
      const added: BsonValue[] = [];
      for (const value of values) {
        const key = groupKey(value, collation);
        if (present.has(key)) continue;
        present.add(key);
        added.push(value);
      }
      if (current === undefined) return added;
      return added.length === 0 ? current : [...current, ...added];
    },
  };
};

function parseAddToSet(argument: BsonValue, path: string): readonly BsonValue[] {
  if (!isDocument(argument) || Object.keys(argument)[0] !== '$each') return [argument];
  const { $each } = argument;
  if (!Array.isArray($each)) {
    throw new MongoError(
      'TypeMismatch',
      `The argument to $each in $addToSet must be an array but it was of type ${bsonTypeName($each)}`,
    );
  }
  if (Object.keys(argument).length > 1) {
    throw new MongoError('BadValue', `Found unexpected fields after $each in $addToSet: {${path}: ${show(argument)}}`);
  }
  return $each;
}

export const pop: ModifierParser = (argument, path) => {
  if (!isNumber(argument)) {
    throw new MongoError('FailedToParse', `Expected a number in: ${path}: ${show(argument)}`);
  }
  const direction = toDouble(argument);
  if (direction !== 1 && direction !== -1) {
    throw new MongoError('FailedToParse', `$pop expects 1 or -1, found: ${show(argument)}`);
  }
  return {
    creates: false,
    apply(current, at) {
      if (current === undefined) return undefined;
      if (!Array.isArray(current)) {
        throw new MongoError(
          'TypeMismatch',
          `Path '${at}' contains an element of non-array type '${bsonTypeName(current)}'`,
        );
      }
      if (current.length === 0) return current;
      return direction === 1 ? current.slice(0, -1) : current.slice(1);
    },
  };
};

export const pull: ModifierParser = (argument, _path, options) => {
  const matches = pullTest(argument, options);
  return { creates: false, apply: (current) => withoutElements('$pull', current, matches) };
};

export const pullAll: ModifierParser = (argument, _path, { collation }) => {
  if (!Array.isArray(argument)) {
    throw new MongoError('BadValue', `$pullAll requires an array argument but was given a ${bsonTypeName(argument)}`);
  }
  const keys = new Set(argument.map((value) => groupKey(value, collation)));
  return {
    creates: false,
    apply: (current) => withoutElements('$pullAll', current, (element) => keys.has(groupKey(element, collation))),
  };
};

/** A document is a filter for the elements that are documents, operators are a condition on any element, all else must be equal. */
function pullTest(argument: BsonValue, { collation }: ModifierOptions): (element: BsonValue) => boolean {
  if (argument instanceof BSONRegExp || (isDocument(argument) && Object.keys(argument)[0]?.startsWith('$') === true)) {
    const isFilter = isDocument(argument) && ['$and', '$or', '$nor', '$expr'].includes(Object.keys(argument)[0]!);
    if (!isFilter) {
      const filter = compileFilter({ element: argument }, { collation });
      return (element) => filter.matches({ element });
    }
  }
  if (isDocument(argument)) {
    const filter = compileFilter(argument, { collation });
    return (element) => isDocument(element) && filter.matches(element);
  }
  return (element) => equalValues(element, argument, collation);
}

function withoutElements(operator: string, current: MaybeValue, matches: (element: BsonValue) => boolean): MaybeValue {
  if (current === undefined) return undefined;
  if (!Array.isArray(current)) throw new MongoError('BadValue', `Cannot apply ${operator} to a non-array value`);
  const kept = current.filter((element) => !matches(element));
  return kept.length === current.length ? current : kept;
}
