import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { compileOperands, custom, type Operator, pureNode } from './operator.ts';
import type { Node, Scope } from './scope.ts';
import { isTrue } from './truth.ts';

export const conditionalOperators: Readonly<Record<string, Operator>> = {
  $cond: custom('One of two values, by a condition; the other is not evaluated.', (argument, scope) => {
    const [condition, yes, no] = conditionParts(argument, scope);
    // A constant condition leaves a branch that no document can reach; its fields are then not needed, but reading them is harmless.
    return pureNode([condition, yes, no], (root) =>
      isTrue(condition.evaluate(root)) ? yes.evaluate(root) : no.evaluate(root),
    );
  }),
  $ifNull: custom('The first operand that is neither null nor missing, else the last.', (argument, scope, name) => {
    const operands = compileOperands(argument, scope);
    if (operands.length < 2) {
      throw new MongoError(1257300, `${name} needs at least two arguments, had: ${operands.length}`);
    }
    const candidates = operands.slice(0, -1).map((operand) => operand.evaluate);
    const last = operands.at(-1)!.evaluate;
    return pureNode(operands, (root) => {
      for (const evaluate of candidates) {
        const value = evaluate(root);
        if (!isNullish(value)) return value;
      }
      return last(root);
    });
  }),
  $switch: custom('The value of the first branch whose case is true.', compileSwitch),
};

function conditionParts(argument: BsonValue, scope: Scope): readonly [Node, Node, Node] {
  if (!isDocument(argument)) {
    const operands = compileOperands(argument, scope);
    if (operands.length !== 3) {
      throw new MongoError(16020, `Expression $cond takes exactly 3 arguments. ${operands.length} were passed in.`);
    }
    return [operands[0]!, operands[1]!, operands[2]!];
  }
  for (const key of Object.keys(argument)) {
    if (key !== 'if' && key !== 'then' && key !== 'else') {
      throw new MongoError(17083, `Unrecognized parameter to $cond: ${key}`);
    }
  }
  const part = (key: string, code: number) => {
    const value = argument[key];
    if (value === undefined) throw new MongoError(code, `Missing '${key}' parameter to $cond`);
    return scope.compile(value);
  };
  return [part('if', 17080), part('then', 17081), part('else', 17082)];
}

function compileSwitch(argument: BsonValue, scope: Scope): Node {
  if (!isDocument(argument)) {
    throw new MongoError(40060, `$switch requires an object as an argument, found: ${typeName(argument)}`);
  }
  for (const key of Object.keys(argument)) {
    if (key !== 'branches' && key !== 'default') {
      throw new MongoError(40067, `$switch found an unknown argument: ${key}`);
    }
  }
  const { branches: given = [], default: otherwise } = argument;
  if (!Array.isArray(given)) {
    throw new MongoError(40061, `$switch expected an array for 'branches', found: ${typeName(given)}`);
  }
  const branches = given.map((branch) => compileBranch(branch, scope));
  const fallback = otherwise === undefined ? undefined : scope.compile(otherwise);
  if (branches.length === 0) throw new MongoError(40068, '$switch requires at least one branch.');
  const operands = branches.flatMap(({ when, value }) => [when, value]);
  if (fallback !== undefined) operands.push(fallback);
  return pureNode(operands, (root) => {
    for (const { when, value } of branches) if (isTrue(when.evaluate(root))) return value.evaluate(root);
    if (fallback === undefined) {
      throw new MongoError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    }
    return fallback.evaluate(root);
  });
}

function compileBranch(branch: BsonValue, scope: Scope): { when: Node; value: Node } {
  if (!isDocument(branch)) {
    throw new MongoError(40062, `$switch expected each branch to be an object, found: ${typeName(branch)}`);
  }
  for (const key of Object.keys(branch)) {
    if (key !== 'case' && key !== 'then') {
      throw new MongoError(40063, `$switch found an unknown argument to a branch: ${describeValue(key)}`);
    }
  }
  const { case: when, then } = branch;
  if (when === undefined) throw new MongoError(40064, "$switch requires each branch have a 'case' expression");
  if (then === undefined) throw new MongoError(40065, "$switch requires each branch have a 'then' expression.");
  return { when: scope.compile(when), value: scope.compile(then) };
}
