import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
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
    const common = first.filter((item) => sets.every((set) => set.has(scope.keyOf(item))));
    return uniqueBy(common, scope).sort(scope.compare);
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
    return items.every((item) => set.has(scope.keyOf(item)));
  }),
  $setUnion: variadic('The elements that any array holds.', (lists, scope) => {
    if (lists.some(isNullish)) return null;
    const all = lists.flatMap((list) =>
      arrayOf(list, 17043, (type) => `All operands of $setUnion must be arrays. One argument is of type: ${type}`),
    );
    return uniqueBy(all, scope).sort(scope.compare);
  }),
};

function arrayOf(value: Value, code: number, message: (type: string) => string): BsonValue[] {
  if (!Array.isArray(value)) throw new MongoError(code, message(typeName(value)));
  return value;
}

function keysOf(items: readonly BsonValue[], scope: Scope): Set<string | number> {
  return new Set(items.map(scope.keyOf));
}

function uniqueBy(items: readonly BsonValue[], scope: Scope, seen = new Set<string | number>()): BsonValue[] {
  const unique: BsonValue[] = [];
  for (const item of items) {
    const key = scope.keyOf(item);
    if (seen.has(key)) continue;
    seen.add(key);
    unique.push(item);
  }
  return unique;
}
