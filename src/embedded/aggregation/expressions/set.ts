import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { work } from '../../stroke.ts';
import { typeName } from '../describe.ts';
import { isNullish } from '../documents.ts';
import { between, binary, type Operator, unary, type Value, variadic } from './operator.ts';
import type { Scope } from './scope.ts';
import { isTrue } from './truth.ts';

/** Arrays taken as sets: order and repetition don't count. */
export const setOperators: Readonly<Record<string, Operator>> = {
  $allElementsTrue: unary('Whether every element is true.', (items, _scope, name) =>
    arrayOf(items, 17040, (type) => `${name}'s argument must be an array, but is ${type}`).every(isTrue),
  ),
  $anyElementTrue: unary('Whether any element is true.', (items, _scope, name) =>
    arrayOf(items, 17041, (type) => `${name}'s argument must be an array, but is ${type}`).some(isTrue),
  ),
  $setDifference: binary('The elements of the first array that the second lacks.', (left, right, scope) => {
    if (isNullish(left) || isNullish(right)) return null;
    const operand = (value: Value, code: number, which: string) =>
      arrayOf(
        value,
        code,
        (type) => `both operands of $setDifference must be arrays. ${which} argument is of type: ${type}`,
      );
    const items = operand(left, 17048, 'First');
    const seen = keysOf(operand(right, 17049, 'Second'), scope);
    return uniqueBy(items, scope, seen);
  }),
  $setEquals: between('Whether all arrays hold the same elements.', 0, Number.POSITIVE_INFINITY, (lists, scope) => {
    if (lists.length < 2) {
      throw new MongoError(17045, `$setEquals needs at least two arguments had: ${lists.length}`);
    }
    const sets = lists.map((list) =>
      keysOf(
        arrayOf(list, 17044, (type) => `All operands of $setEquals must be arrays. One argument is of type: ${type}`),
        scope,
      ),
    );
    const [first, ...rest] = sets as [Set<string | number>, ...Set<string | number>[]];
    return rest.every((set) => set.size === first.size && [...set].every((key) => first.has(key)));
  }),
  $setIntersection: variadic('The elements that all arrays hold.', (lists, scope) => {
    if (lists.some(isNullish)) return null;
    const arrays = lists.map((list) =>
      arrayOf(
        list,
        17047,
        (type) => `All operands of $setIntersection must be arrays. One argument is of type: ${type}`,
      ),
    );
    const [first = [], ...rest] = arrays;
    const sets = rest.map((list) => keysOf(list, scope));
    const common = first.filter((item) => {
      work(STEPS_PER_KEY);
      const key = scope.keyOf(item);
      return sets.every((set) => set.has(key));
    });
    return sorted(uniqueBy(common, scope), scope);
  }),
  $setIsSubset: binary('Whether the second array holds every element of the first.', (left, right, scope) => {
    const operand = (value: Value, code: number, which: string) =>
      arrayOf(
        value,
        code,
        (type) => `both operands of $setIsSubset must be arrays. ${which} argument is of type: ${type}`,
      );
    const items = operand(left, 17046, 'First');
    const set = keysOf(operand(right, 17042, 'Second'), scope);
    return items.every((item) => {
      work(STEPS_PER_KEY);
      return set.has(scope.keyOf(item));
    });
  }),
  $setUnion: variadic('The elements that any array holds.', (lists, scope) => {
    if (lists.some(isNullish)) return null;
    const arrays = lists.map((list) =>
      arrayOf(list, 17043, (type) => `All operands of $setUnion must be arrays. One argument is of type: ${type}`),
    );
    const seen = new Set<string | number>();
    return sorted(
      arrays.flatMap((items) => uniqueBy(items, scope, seen)),
      scope,
    );
  }),
};

function arrayOf(value: Value, code: number, message: (type: string) => string): BsonValue[] {
  if (!Array.isArray(value)) throw new MongoError(code, message(typeName(value)));
  return value;
}

/** A key is a text, and goes into a set. */
const STEPS_PER_KEY = 8;

function sorted(items: BsonValue[], scope: Scope): BsonValue[] {
  return items.sort((left, right) => {
    work();
    return scope.compare(left, right);
  });
}

function keysOf(items: readonly BsonValue[], scope: Scope): Set<string | number> {
  const keys = new Set<string | number>();
  for (const item of items) {
    work(STEPS_PER_KEY);
    keys.add(scope.keyOf(item));
  }
  return keys;
}

function uniqueBy(items: readonly BsonValue[], scope: Scope, seen = new Set<string | number>()): BsonValue[] {
  const unique: BsonValue[] = [];
  for (const item of items) {
    work(STEPS_PER_KEY);
    const key = scope.keyOf(item);
    if (seen.has(key)) continue;
    seen.add(key);
    unique.push(item);
  }
  return unique;
}
