import type { BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { work } from '../../stroke.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { toInt32 } from './numbers.ts';
import { constantNode, custom, type Operator } from './operator.ts';
import { checkVariableName } from './scope.ts';
import { isTrue } from './truth.ts';

/** Operators that define variables for an inner expression. */
export const variableOperators: Readonly<Record<string, Operator>> = {
  $filter: custom('The elements for which a condition is true, at most `limit` of them.', (argument, scope) => {
    if (!isDocument(argument)) throw new MongoError(28646, '$filter only supports an object as its argument');
    checkKeys(argument, ['input', 'as', 'cond', 'limit'], 28647, '$filter');
    const input = scope.compile(required(argument.input, 28648, 'input', '$filter')).evaluate;
    const condition = required(argument.cond, 28650, 'cond', '$filter');
    const limit = argument.limit === undefined ? undefined : scope.compile(argument.limit).evaluate;
    const { scope: inner, slots } = scope.define([elementName(argument.as, '$filter')]);
    const slot = slots[0]!;
    const keep = inner.compile(condition).evaluate;
    const { frame } = scope;
    return {
      constant: false,
      evaluate(root) {
        const items = input(root);
        if (isNullish(items)) return null;
        if (!Array.isArray(items)) {
          throw new MongoError(28651, `input to $filter must be an array not ${typeName(items)}`);
        }
        const most = limit === undefined ? items.length : limitOf(limit(root), items.length);
        const kept: BsonValue[] = [];
        for (let index = 0; index < items.length && kept.length < most; index++) {
          work();
          const item = items[index]!;
          frame[slot] = item;
          if (isTrue(keep(root))) kept.push(item);
        }
        return kept;
      },
    };
  }),
  $let: custom('Binds variables and evaluates an expression with them.', (argument, scope) => {
    if (!isDocument(argument)) throw new MongoError(16874, '$let only supports an object as its argument');
    checkKeys(argument, ['vars', 'in'], 16875, '$let');
    const vars = required(argument.vars, 16876, 'vars', '$let');
    const body = required(argument.in, 16877, 'in', '$let');
    if (!isDocument(vars)) {
      throw new MongoError('TypeMismatch', `invalid parameter: expected an object (vars)`);
    }
    const names = Object.keys(vars);
    names.forEach(checkVariableName);
    const evaluates = names.map((name) => scope.compile(vars[name]!).evaluate);
    const { scope: inner, slots } = scope.define(names);
    const { evaluate } = inner.compile(body);
    const { frame } = scope;
    return {
      constant: false,
      evaluate(root) {
        for (let index = 0; index < slots.length; index++) frame[slots[index]!] = evaluates[index]!(root);
        return evaluate(root);
      },
    };
  }),
  $map: custom('Applies an expression to each element; a missing result becomes null.', (argument, scope) => {
    if (!isDocument(argument)) throw new MongoError(16878, '$map only supports an object as its argument');
    checkKeys(argument, ['input', 'as', 'in'], 16879, '$map');
    const input = scope.compile(required(argument.input, 16880, 'input', '$map')).evaluate;
    const body = required(argument.in, 16882, 'in', '$map');
    const { scope: inner, slots } = scope.define([elementName(argument.as, '$map')]);
    const slot = slots[0]!;
    const { evaluate } = inner.compile(body);
    const { frame } = scope;
    return {
      constant: false,
      evaluate(root) {
        const items = input(root);
        if (isNullish(items)) return null;
        if (!Array.isArray(items)) {
          throw new MongoError(16883, `input to $map must be an array not ${typeName(items)}`);
        }
        const mapped = new Array<BsonValue>(items.length);
        for (let index = 0; index < items.length; index++) {
          work();
          frame[slot] = items[index];
          mapped[index] = evaluate(root) ?? null;
        }
        return mapped;
      },
    };
  }),
  $reduce: custom('Folds the elements into one value.', (argument, scope) => {
    if (!isDocument(argument)) {
      throw new MongoError(40075, `$reduce requires an object as an argument, found: ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (key !== 'input' && key !== 'initialValue' && key !== 'in') {
        throw new MongoError(40076, `$reduce found an unknown argument: ${key}`);
      }
    }
    const part = (name: string, code: number) => {
      const value = argument[name];
      if (value === undefined) throw new MongoError(code, `$reduce requires '${name}' to be specified`);
      return value;
    };
    const input = scope.compile(part('input', 40077)).evaluate;
    const initial = scope.compile(part('initialValue', 40078)).evaluate;
    const { scope: inner, slots } = scope.define(['this', 'value']);
    const thisSlot = slots[0]!;
    const valueSlot = slots[1]!;
    const { evaluate } = inner.compile(part('in', 40079));
    const { frame } = scope;
    return {
      constant: false,
      evaluate(root) {
        const items = input(root);
        if (isNullish(items)) return null;
        if (!Array.isArray(items)) {
          throw new MongoError(40080, `$reduce requires that 'input' be an array, found: ${describeValue(items)}`);
        }
        let value = initial(root);
        for (let index = 0; index < items.length; index++) {
          work();
          frame[thisSlot] = items[index];
          frame[valueSlot] = value;
          value = evaluate(root);
        }
        return value;
      },
    };
  }),
};

function checkKeys(argument: object, known: readonly string[], code: number, name: string): void {
  for (const key of Object.keys(argument)) {
    if (!known.includes(key)) throw new MongoError(code, `Unrecognized parameter to ${name}: ${key}`);
  }
}

function required(value: BsonValue | undefined, code: number, key: string, name: string): BsonValue {
  if (value === undefined) throw new MongoError(code, `Missing '${key}' parameter to ${name}`);
  return value;
}

function elementName(as: BsonValue | undefined, name: string): string {
  if (as === undefined) return 'this';
  if (typeof as !== 'string') {
    throw new MongoError('TypeMismatch', `${name} requires 'as' to be a string, found: ${typeName(as)}`);
  }
  checkVariableName(as);
  return as;
}

function limitOf(value: BsonValue | undefined, all: number): number {
  if (isNullish(value)) return all;
  const limit = toInt32(value);
  if (limit === undefined) {
    throw new MongoError(
      327391,
      `$filter: limit must be represented as a 32-bit integral value: ${describeValue(value)}`,
    );
  }
  if (limit < 1) throw new MongoError(327392, `$filter: limit must be greater than 0: ${limit}`);
  return limit;
}

export const literalOperators: Readonly<Record<string, Operator>> = {
  $const: custom('The argument itself, not evaluated.', (argument) => constantNode(argument)),
  $literal: custom('The argument itself, not evaluated.', (argument) => constantNode(argument)),
};
