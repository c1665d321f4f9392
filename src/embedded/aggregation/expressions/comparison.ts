import { binary, type Operator } from './operator.ts';

/** Comparisons over MongoDB's total order: any two values compare, whatever their types. */
export const comparisonOperators: Readonly<Record<string, Operator>> = {
  $cmp: binary(
    '−1, 0 or 1: how the first operand compares with the second.',
    (left, right, scope) => Math.sign(scope.compare(left, right)) + 0,
  ),
  $eq: binary('Whether the operands are equal.', (left, right, scope) => scope.equal(left, right)),
  $gt: binary('Whether the first operand is greater.', (left, right, scope) => scope.compare(left, right) > 0),
  $gte: binary(
    'Whether the first operand is greater or equal.',
    (left, right, scope) => scope.compare(left, right) >= 0,
  ),
  $lt: binary('Whether the first operand is less.', (left, right, scope) => scope.compare(left, right) < 0),
  $lte: binary('Whether the first operand is less or equal.', (left, right, scope) => scope.compare(left, right) <= 0),
  $ne: binary('Whether the operands differ.', (left, right, scope) => !scope.equal(left, right)),
};
