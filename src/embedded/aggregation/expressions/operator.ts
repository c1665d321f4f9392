import type { BsonValue, Document } from '../../bson/values.ts';
import type { MongoErrorName } from '../../errors.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument } from '../documents.ts';

import type { Evaluate, Node, Scope } from './scope.ts';

/** An expression operator: how its argument is checked and becomes a function. Its name is its key in the table. */
export interface Operator {
  readonly summary: string;
  compile(argument: BsonValue, scope: Scope, name: string): Node;
}

export type Value = BsonValue | undefined;
type ErrorKind = MongoErrorName | number;

const nothing: Document = {};

export function constantNode(value: Value): Node {
  return { evaluate: () => value, constant: true };
}

/** Joins operands to a function of them, and evaluates it at once where all of them are constant. */
export function pureNode(operands: readonly Node[], evaluate: Evaluate): Node {
  if (!operands.every((operand) => operand.constant)) return { evaluate, constant: false };
  try {
    return constantNode(evaluate(nothing));
  } catch (error) {
    const prefix = 'Failed to optimize pipeline :: caused by :: ';
    if (error instanceof MongoError && !error.message.startsWith(prefix)) error.message = prefix + error.message;
    throw error;
  }
}

/** Operators that take a list of operands accept a single operand without its brackets. */
export function compileOperands(argument: BsonValue, scope: Scope): Node[] {
  return Array.isArray(argument) ? argument.map((item) => scope.compile(item)) : [scope.compile(argument)];
}

export function checkCount(name: string, found: number, min: number, max: number): void {
  if (found >= min && found <= max) return;
  throw min === max
    ? new MongoError(16020, `Expression ${name} takes exactly ${min} arguments. ${found} were passed in.`)
    : new MongoError(
        28667,
        `Expression ${name} takes at least ${min} arguments, and at most ${max}, but ${found} were passed in.`,
      );
}

/** An operator of exactly one operand. */
export function unary(summary: string, apply: (value: Value, scope: Scope, name: string) => Value): Operator {
  return {
    summary,
    compile(argument, scope, name) {
      const operands = compileOperands(argument, scope);
      checkCount(name, operands.length, 1, 1);
      const { evaluate } = operands[0]!;
      return pureNode(operands, (root) => apply(evaluate(root), scope, name));
    },
  };
}

/** An operator of exactly two operands. */
export function binary(
  summary: string,
  apply: (left: Value, right: Value, scope: Scope, name: string) => Value,
): Operator {
  return {
    summary,
    compile(argument, scope, name) {
      const operands = compileOperands(argument, scope);
      checkCount(name, operands.length, 2, 2);
      const left = operands[0]!.evaluate;
      const right = operands[1]!.evaluate;
      return pureNode(operands, (root) => apply(left(root), right(root), scope, name));
    },
  };
}

/** An operator of `min` to `max` operands; those left out arrive as missing, and `count` tells how many were written. */
export function between(
  summary: string,
  min: number,
  max: number,
  apply: (values: Value[], scope: Scope, name: string) => Value,
): Operator {
  return {
    summary,
    compile(argument, scope, name) {
      const operands = compileOperands(argument, scope);
      checkCount(name, operands.length, min, max);
      const evaluates = operands.map((operand) => operand.evaluate);
      return pureNode(operands, (root) => apply(evaluateAll(evaluates, root), scope, name));
    },
  };
}

/** An operator of any number of operands. */
export function variadic(summary: string, apply: (values: Value[], scope: Scope, name: string) => Value): Operator {
  return between(summary, 0, Number.POSITIVE_INFINITY, apply);
}

export function evaluateAll(evaluates: readonly Evaluate[], root: Document): Value[] {
  const values = new Array<Value>(evaluates.length);
  for (let index = 0; index < evaluates.length; index++) values[index] = evaluates[index]!(root);
  return values;
}

/** An operator whose operands are compiled in a way of its own. */
export function custom(summary: string, compile: Operator['compile']): Operator {
  return { summary, compile };
}

/** The parameters of an operator that takes an object, with the codes that MongoDB refuses a wrong one with. */
export interface Parameters {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  readonly codes: {
    readonly notObject: ErrorKind;
    readonly unknown: ErrorKind;
    readonly missing: ErrorKind | Readonly<Record<string, ErrorKind>>;
  };
}

export function checkParameters(argument: BsonValue, name: string, parameters: Parameters): Document {
  const { codes, required, optional = [] } = parameters;
  if (!isDocument(argument)) {
    throw new MongoError(
      codes.notObject,
      `${name} only supports an object as an argument, found ${typeName(argument)}`,
    );
  }
  for (const key of Object.keys(argument)) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw new MongoError(codes.unknown, `${name} found an unknown argument: ${key}`);
    }
  }
  for (const key of required) {
    if (argument[key] === undefined) {
      const code = typeof codes.missing === 'object' ? (codes.missing[key] ?? 'FailedToParse') : codes.missing;
      throw new MongoError(code, `Missing '${key}' parameter to ${name}`);
    }
  }
  return argument;
}

/** An operator that takes an object of named operands. `apply` gets their values by name; those left out are missing. */
export function named<Name extends string>(
  summary: string,
  parameters: Parameters & { readonly required: readonly Name[]; readonly optional?: readonly Name[] },
  apply: (values: Readonly<Partial<Record<Name, Value>>>, scope: Scope, name: string) => Value,
): Operator {
  return {
    summary,
    compile(argument, scope, name) {
      const given = checkParameters(argument, name, parameters);
      const keys = Object.keys(given) as Name[];
      const operands = keys.map((key) => scope.compile(given[key]!));
      const evaluates = operands.map((operand) => operand.evaluate);
      return pureNode(operands, (root) => {
        const values: Partial<Record<Name, Value>> = {};
        for (let index = 0; index < keys.length; index++) values[keys[index]!] = evaluates[index]!(root);
        return apply(values, scope, name);
      });
    },
  };
}

/** An operator that the server knows and refuses: named in the error, so that nobody searches for a typing error. */
export function refused(summary: string, reason: string): Operator {
  return {
    summary,
    compile(_argument, _scope, name) {
      throw new MongoError('CommandNotSupported', `${name} is not supported: ${reason}`);
    },
  };
}

export function expectDocument(value: BsonValue, code: ErrorKind, message: (found: string) => string): Document {
  if (!isDocument(value)) throw new MongoError(code, message(describeValue(value)));
  return value;
}
