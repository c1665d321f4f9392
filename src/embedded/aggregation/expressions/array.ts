import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { compileSort } from '../../query/sort.ts';
import { work } from '../../stroke.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish, writeField } from '../documents.ts';
import { AggregationError } from '../errors.ts';

import { assertItems, ITEMS_MAX } from './limits.ts';
import { isNumber, toInt32 } from './numbers.ts';
import { between, binary, custom, type Operator, pureNode, unary, type Value, variadic } from './operator.ts';
import type { Scope } from './scope.ts';

export const arrayOperators: Readonly<Record<string, Operator>> = {
  $arrayElemAt: binary(
    'The element at a position; negative positions count from the end.',
    (items, position, _s, name) => {
      if (isNullish(items) || isNullish(position)) return null;
      if (!Array.isArray(items)) {
        throw new MongoError(28689, `${name}'s first argument must be an array, but is ${typeName(items)}`);
      }
      if (!isNumber(position)) {
        throw new MongoError(28690, `${name}'s second argument must be a numeric value, but is ${typeName(position)}`);
      }
      const index = toInt32(position);
      if (index === undefined) {
        throw new MongoError(
          28691,
          `${name}'s second argument must be representable as a 32-bit integer: ${describeValue(position)}`,
        );
      }
      return items[index < 0 ? items.length + index : index];
    },
  ),
  $arrayToObject: unary('A document from an array of pairs.', arrayToObject),
  $concatArrays: variadic('All elements of all arrays, in order.', (lists) => {
    const joined: BsonValue[] = [];
    let nullish = false;
    for (const list of lists) {
      if (isNullish(list)) nullish = true;
      else if (!Array.isArray(list)) {
        throw new MongoError(28664, `$concatArrays only supports arrays, not ${typeName(list)}`);
      } else if (!nullish) {
        assertItems(joined.length + list.length, '$concatArrays');
        work(list.length);
        for (const item of list) joined.push(item);
      }
      if (nullish) return null;
    }
    return joined;
  }),
  $first: unary('The first element of an array.', (items, _scope, name) => endOf(items, name, 0)),
  $in: binary('Whether an array holds a value.', (wanted, items, scope) => {
    if (!Array.isArray(items)) {
      throw new MongoError(40081, `$in requires an array as a second argument, found: ${typeName(items)}`);
    }
    work(items.length);
    return items.some((item) => scope.equal(item, wanted));
  }),
  $indexOfArray: between(
    'The position of the first equal element, or −1.',
    2,
    4,
    ([items, wanted, start, end], scope) => {
      if (isNullish(items)) return null;
      if (!Array.isArray(items)) {
        throw new MongoError(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(items)}`);
      }
      const from = indexArgument(start, 0, 'starting', '$indexOfArray');
      const to = Math.min(indexArgument(end, items.length, 'ending', '$indexOfArray'), items.length);
      work(Math.max(0, to - from));
      for (let index = from; index < to; index++) if (scope.equal(items[index], wanted)) return index;
      return -1;
    },
  ),
  $isArray: unary('Whether the operand is an array.', (value) => Array.isArray(value)),
  $last: unary('The last element of an array.', (items, _scope, name) => endOf(items, name, -1)),
  $range: between('Whole numbers from a start to before an end.', 2, 3, ([start, end, step]) =>
    range(start, end, step),
  ),
  $reverseArray: unary('The elements in reverse order.', (items) => {
    if (isNullish(items)) return null;
    if (!Array.isArray(items)) {
      throw new MongoError(
        34435,
        `The argument to $reverseArray must be an array, but was of type: ${typeName(items)}`,
      );
    }
    work(items.length);
    return items.toReversed();
  }),
  $size: unary('The number of elements.', (items) => {
    if (!Array.isArray(items)) {
      throw new MongoError(17124, `The argument to $size must be an array, but was of type: ${typeName(items)}`);
    }
    return items.length;
  }),
  $slice: between('A part of an array.', 2, 3, slice),
  $sortArray: custom('The elements in an order.', (argument, scope) => {
    if (!isDocument(argument)) {
      throw new MongoError(2942500, `$sortArray requires an object as an argument, found: ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (key !== 'input' && key !== 'sortBy') {
        throw new MongoError(2942501, `$sortArray found an unknown argument: ${key}`);
      }
    }
    if (argument.input === undefined) throw new MongoError(2942502, "$sortArray requires 'input' to be specified");
    if (argument.sortBy === undefined) throw new MongoError(2942503, "$sortArray requires 'sortBy' to be specified");
    const input = scope.compile(argument.input);
    const order = arrayOrder(argument.sortBy, scope);
    return pureNode([input], (root) => {
      const items = input.evaluate(root);
      if (isNullish(items)) return null;
      if (!Array.isArray(items)) {
        throw new MongoError(
          2942504,
          `The input argument to $sortArray must be an array, but was of type: ${typeName(items)}`,
        );
      }
      return items.toSorted((left, right) => {
        work();
        return order(left, right);
      });
    });
  }),
  $zip: custom('Joins the first elements of several arrays, then the second ones, and so on.', (argument, scope) => {
    if (!isDocument(argument)) {
      throw new MongoError(34460, `$zip only supports an object as an argument, found ${typeName(argument)}`);
    }
    const { inputs, defaults, useLongestLength = false } = argument;
    for (const key of Object.keys(argument)) {
      if (key !== 'inputs' && key !== 'defaults' && key !== 'useLongestLength') {
        throw new MongoError(34464, `$zip found an unknown argument: ${key}`);
      }
    }
    if (typeof useLongestLength !== 'boolean') {
      throw new MongoError(34463, `useLongestLength must be a bool, found ${typeName(useLongestLength)}`);
    }
    if (inputs !== undefined && !Array.isArray(inputs)) {
      throw new MongoError(34461, `inputs must be an array of expressions, found ${typeName(inputs)}`);
    }
    if (defaults !== undefined && !Array.isArray(defaults)) {
      throw new MongoError(34462, `defaults must be an array of expressions, found ${typeName(defaults)}`);
    }
    if (inputs === undefined || inputs.length === 0) {
      throw new MongoError(34465, '$zip requires at least one input array');
    }
    if (defaults !== undefined) {
      if (!useLongestLength) throw new MongoError(34466, 'cannot specify defaults unless useLongestLength is true');
      if (defaults.length !== inputs.length) {
        throw new MongoError(34467, 'defaults and inputs must have the same length');
      }
    }
    const lists = inputs.map((item) => scope.compile(item));
    const fillers = (defaults ?? []).map((item) => scope.compile(item));
    return pureNode([...lists, ...fillers], (root) => {
      const arrays: BsonValue[][] = [];
      for (const { evaluate } of lists) {
        const list = evaluate(root);
        if (isNullish(list)) return null;
        if (!Array.isArray(list)) {
          throw new MongoError(34468, `$zip found a non-array expression in input: ${describeValue(list)}`);
        }
        arrays.push(list);
      }
      const fill = fillers.map(({ evaluate }) => evaluate(root) ?? null);
      const lengths = arrays.map((list) => list.length);
      const length = useLongestLength ? Math.max(...lengths) : Math.min(...lengths);
      assertItems(length * arrays.length, '$zip');
      return Array.from({ length }, (_, row) => {
        work(arrays.length);
        return arrays.map((list, column) => list[row] ?? fill[column] ?? null);
      });
    });
  }),
};

function endOf(items: Value, name: string, position: 0 | -1): Value {
  if (isNullish(items)) return null;
  if (!Array.isArray(items)) {
    throw new MongoError(28689, `${name}'s argument must be an array, but is ${typeName(items)}`);
  }
  return items.at(position);
}

export function indexArgument(value: Value, whenAbsent: number, which: string, name: string): number {
  if (value === undefined) return whenAbsent;
  const index = toInt32(value);
  if (index === undefined) {
    throw new MongoError(
      40096,
      `${name} requires an integral ${which} index, found a value of type: ${typeName(value)}, with value: ${describeValue(value)}`,
    );
  }
  if (index < 0) throw new MongoError(40097, `${name} requires a nonnegative ${which} index, found: ${index}`);
  return index;
}

function arrayToObject(items: Value): Value {
  if (isNullish(items)) return null;
  if (!Array.isArray(items)) {
    throw new MongoError(40386, `$arrayToObject requires an array input, found: ${typeName(items)}`);
  }
  const document: Document = {};
  let pairs: boolean | undefined;
  for (const item of items) {
    if (Array.isArray(item)) {
      if (pairs === false) throw inconsistent('Object was detected, now found: array');
      pairs = true;
      if (item.length !== 2) {
        throw new MongoError(
          40397,
          `$arrayToObject requires an array of size 2 arrays,found array of size: ${item.length}`,
        );
      }
      const [key, value] = item;
      if (typeof key !== 'string') {
        throw new MongoError(
          40395,
          `$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: ${typeName(key)}`,
        );
      }
      writeField(document, checkKey(key), value);
    } else if (isDocument(item)) {
      if (pairs === true) throw inconsistent(`Array was detected, now found: ${typeName(item)}`);
      pairs = false;
      const count = Object.keys(item).length;
      if (count !== 2) {
        throw new MongoError(
          40392,
          `$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:${count}`,
        );
      }
      const { k: key, v: value } = item;
      if (key === undefined || value === undefined) {
        throw new MongoError(
          40393,
          `$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys from: ${describeValue(item)}`,
        );
      }
      if (typeof key !== 'string') {
        throw new MongoError(
          40394,
          `$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: ${typeName(key)}`,
        );
      }
      writeField(document, checkKey(key), value);
    } else {
      throw pairs === undefined
        ? new MongoError(40398, `Unrecognised input type format for $arrayToObject: ${typeName(item)}`)
        : inconsistent(`${pairs ? 'Array' : 'Object'} was detected, now found: ${typeName(item)}`);
    }
  }
  return document;
}

function checkKey(key: string): string {
  if (key.includes('\0')) throw new MongoError(4940400, 'Key field cannot contain an embedded null byte');
  return key;
}

function inconsistent(detail: string): MongoError {
  return new MongoError(
    40396,
    `$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. ${detail}`,
  );
}

function range(start: Value, end: Value, step: Value): BsonValue {
  const whole = (value: Value, typeCode: number, valueCode: number, what: string): number => {
    if (!isNumber(value)) {
      throw new MongoError(
        typeCode,
        `$range requires a numeric ${what} value, found value of type: ${typeName(value)}`,
      );
    }
    const number = toInt32(value);
    if (number === undefined) {
      throw new MongoError(
        valueCode,
        `$range requires a ${what} value that can be represented as a 32-bit integer, found value: ${describeValue(value)}`,
      );
    }
    return number;
  };
  const from = whole(start, 34443, 34444, 'starting');
  const to = whole(end, 34445, 34446, 'ending');
  const by = step === undefined ? 1 : whole(step, 34447, 34448, 'step');
  if (by === 0) throw new MongoError(34449, '$range requires a non-zero step value');
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (count > ITEMS_MAX) {
    throw new AggregationError('ExceededMemoryLimit', '$range would use too much memory and cannot spill');
  }
  work(count);
  const numbers: number[] = [];
  for (let number = from; by > 0 ? number < to : number > to; number += by) numbers.push(number);
  return numbers;
}

function slice([items, first, second]: Value[]): Value {
  if (isNullish(items) || isNullish(first)) return null;
  if (!Array.isArray(items)) {
    throw new MongoError(28724, `First argument to $slice must be an array, but is of type: ${typeName(items)}`);
  }
  if (!isNumber(first)) {
    throw new MongoError(
      28725,
      `Second argument to $slice must be a numeric value, but is of type: ${typeName(first)}`,
    );
  }
  const position = toInt32(first);
  if (position === undefined) {
    throw new MongoError(
      28726,
      `Second argument to $slice can't be represented as a 32-bit integer: ${describeValue(first)}`,
    );
  }
  if (second === undefined) return position >= 0 ? items.slice(0, position) : items.slice(position);
  if (second === null) return null;
  if (!isNumber(second)) {
    throw new MongoError(28727, `Third argument to $slice must be numeric, but is of type: ${typeName(second)}`);
  }
  const count = toInt32(second);
  if (count === undefined) {
    throw new MongoError(
      28728,
      `Third argument to $slice can't be represented as a 32-bit integer: ${describeValue(second)}`,
    );
  }
  if (count <= 0) throw new MongoError(28729, `Third argument to $slice must be positive: ${count}`);
  const from = position < 0 ? Math.max(0, items.length + position) : position;
  return items.slice(from, from + count);
}

/** The order of `$sortArray`: by whole elements, or by fields of documents. */
function arrayOrder(sortBy: BsonValue, scope: Scope): (left: BsonValue, right: BsonValue) => number {
  if (isNumber(sortBy)) {
    const direction = toInt32(sortBy);
    if (direction !== 1 && direction !== -1) {
      throw new MongoError(2942507, 'The $sort element value must be either 1 or -1');
    }
    return (left, right) => direction * scope.compare(left, right);
  }
  if (!isDocument(sortBy))
    throw new MongoError(
      2942505,
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  const { compare } = compileSort(sortBy, { collation: scope.shared.collation });
  const fieldsOf = (value: BsonValue): Document => (isDocument(value) ? value : {});
  return (left, right) => compare(fieldsOf(left), fieldsOf(right));
}
