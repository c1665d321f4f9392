import { Sum } from '../../bson/arithmetic.ts';
import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { countOf, insertOrdered, parseN } from '../accumulators/group-accumulators.ts';
import { Deviation, parsePercentile, percentiles, rankable, sharesOf } from '../accumulators/statistics.ts';
import { typeName } from '../describe.ts';
import { isNullish } from '../documents.ts';

import { isNumber } from './numbers.ts';
import { custom, type Operator, pureNode, type Value, variadic } from './operator.ts';
import type { Scope } from './scope.ts';

/**
 * Accumulators as expressions: over their operands, or over the elements of the one array that they are given.
 * `$first`, `$last` and `$mergeObjects` stand with arrays and objects.
 */
export const accumulatorOperators: Readonly<Record<string, Operator>> = {
  $avg: overItems('The mean of the numbers.', (items) => {
    const numbers = items.filter(isNumber);
    if (numbers.length === 0) return null;
    const sum = new Sum();
    for (const number of numbers) sum.add(number);
    return sum.average(numbers.length);
  }),
  $firstN: nOfArray('The first n elements.', (items, n) => items.slice(0, n)),
  $lastN: nOfArray('The last n elements.', (items, n) => items.slice(-n)),
  $max: overItems('The greatest value.', (items, scope) => extreme(items, scope, 1)),
  $maxN: nOfArray('The n greatest elements.', (items, n, scope) =>
    extremes(items, n, (left, right) => scope.compare(right, left)),
  ),
  $median: percentile('The middle one of the numbers.'),
  $min: overItems('The least value.', (items, scope) => extreme(items, scope, -1)),
  $minN: nOfArray('The n least elements.', (items, n, scope) => extremes(items, n, scope.compare)),
  $percentile: percentile('The numbers at given ranks.'),
  $stdDevPop: overItems('The standard deviation of the whole population.', (items) => spread(items, 'population')),
  $stdDevSamp: overItems('The standard deviation, estimated from a sample.', (items) => spread(items, 'sample')),
  $sum: overItems('The sum of the numbers.', (items) => {
    const sum = new Sum();
    for (const item of items) if (isNumber(item)) sum.add(item);
    return sum.value;
  }),
};

function overItems(summary: string, apply: (items: readonly Value[], scope: Scope) => Value): Operator {
  return variadic(summary, (values, scope) => {
    const [only] = values;
    return apply(values.length === 1 && Array.isArray(only) ? only : values, scope);
  });
}

function extreme(items: readonly Value[], scope: Scope, sign: 1 | -1): Value {
  let best: Value;
  for (const item of items) {
    if (isNullish(item)) continue;
    if (best === undefined || sign * scope.compare(item, best) > 0) best = item;
  }
  return best ?? null;
}

function extremes(
  items: readonly BsonValue[],
  n: number,
  order: (left: BsonValue, right: BsonValue) => number,
): BsonValue[] {
  const kept: BsonValue[] = [];
  for (const item of items) if (!isNullish(item)) insertOrdered(kept, item, n, order);
  return kept;
}

function spread(items: readonly Value[], kind: 'population' | 'sample'): Value {
  const deviation = new Deviation();
  for (const item of items) if (isNumber(item)) deviation.add(item);
  return deviation.result(kind);
}

function nOfArray(
  summary: string,
  apply: (items: readonly BsonValue[], n: number, scope: Scope) => BsonValue[],
): Operator {
  return custom(summary, (argument, scope, name) => {
    const spec = parseN(argument, name, ['input', 'n']);
    const input = scope.compile(spec.input!);
    const n = scope.compile(spec.n!);
    return pureNode([input, n], (root) => {
      const count = countOf(n.evaluate(root));
      const items = input.evaluate(root);
      if (!Array.isArray(items)) {
        throw new MongoError(5788200, `Input must be an array, but found ${typeName(items)}`);
      }
      return apply(items, count, scope);
    });
  });
}

function percentile(summary: string): Operator {
  return custom(summary, (argument, scope, name) => {
    const { input, p } = parsePercentile(argument, name);
    const shares = p === undefined ? [0.5] : sharesOf(scope.compile(p).evaluate({}));
    const operand = scope.compile(input);
    return pureNode([operand], (root) => {
      const value = operand.evaluate(root);
      const numbers = (Array.isArray(value) ? value : [value]).map(rankable).filter((item) => item !== undefined);
      const found = percentiles(numbers, shares);
      return p === undefined ? found[0] : found;
    });
  });
}
