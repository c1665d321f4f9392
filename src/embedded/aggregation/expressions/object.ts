import { fieldNames } from '../../bson/field-order.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { copyDocument, isDocument, isNullish, readField, writeField } from '../documents.ts';

import { custom, type Operator, pureNode, unary, variadic } from './operator.ts';
import type { Node, Scope } from './scope.ts';

export const objectOperators: Readonly<Record<string, Operator>> = {
  $getField: custom('A field by its name, dots and dollar signs included.', (argument, scope) => {
    const long = isDocument(argument) && ('field' in argument || 'input' in argument);
    if (long) {
      for (const key of Object.keys(argument)) {
        if (key !== 'field' && key !== 'input') {
          throw new MongoError(3041701, `$getField found an unknown argument: ${key}`);
        }
      }
      if (argument.field === undefined) throw new MongoError(3041702, "$getField requires 'field' to be specified");
      if (argument.input === undefined) throw new MongoError(3041703, "$getField requires 'input' to be specified");
    }
    const field = scope.compile(long ? (argument.field as BsonValue) : argument);
    const input = scope.compile(long ? (argument.input as BsonValue) : '$$CURRENT');
    if (field.constant) {
      const name = field.evaluate({});
      if (typeof name !== 'string') throw fieldNotString('$getField', name);
      // Known by name: the rest of the document needn't be read.
      return pureNode([input], (root) => getField(input.evaluate(root), name));
    }
    return pureNode([field, input], (root) => {
      const name = field.evaluate(root);
      if (typeof name !== 'string') throw fieldNotString('$getField', name);
      return getField(input.evaluate(root), name);
    });
  }),
  $mergeObjects: variadic('One document of the fields of all; later ones win.', (values) => {
    const merged: Document = {};
    for (const value of values) mergeInto(merged, value);
    return merged;
  }),
  $objectToArray: unary('An array of { k, v } from the fields of a document.', (value) => {
    if (isNullish(value)) return null;
    if (!isDocument(value)) {
      throw new MongoError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
    }
    return fieldNames(value).map((name): Document => ({ k: name, v: value[name] }));
  }),
  $setField: custom('A document with one field added, replaced or (by $$REMOVE) removed.', (argument, scope, name) =>
    compileSetField(argument, scope, name, ['field', 'input', 'value']),
  ),
  $unsetField: custom('A document without one field.', (argument, scope, name) => {
    return compileSetField(argument, scope, name, ['field', 'input']);
  }),
};

function getField(input: BsonValue | undefined, name: string): BsonValue | undefined {
  if (isDocument(input)) return readField(input, name);
  return isNullish(input) && input !== undefined ? null : undefined;
}

function fieldNotString(name: string, value: BsonValue | undefined): MongoError {
  return new MongoError(3041704, `${name} requires 'field' to evaluate to type String, but got ${typeName(value)}`);
}

export function mergeInto(merged: Document, value: BsonValue | undefined): void {
  if (isNullish(value)) return;
  if (!isDocument(value)) {
    throw new MongoError(
      40400,
      `$mergeObjects requires object inputs, but input ${describeValue(value)} is of type ${typeName(value)}`,
    );
  }
  for (const name of fieldNames(value)) writeField(merged, name, value[name]);
}

function compileSetField(argument: BsonValue, scope: Scope, name: string, keys: readonly string[]): Node {
  if (!isDocument(argument)) {
    throw new MongoError(4161100, `${name} only supports an object as its argument`);
  }
  for (const key of Object.keys(argument)) {
    if (!keys.includes(key)) throw new MongoError(4161101, `${name} found an unknown argument: ${key}`);
  }
  for (const [index, key] of keys.entries()) {
    if (argument[key] === undefined) {
      throw new MongoError(4161102 + index, `${name} requires '${key}' to be specified`);
    }
  }
  const field = scope.compile(argument.field!);
  const target = field.constant ? field.evaluate({}) : undefined;
  if (typeof argument.field === 'string' && argument.field.startsWith('$')) {
    throw new MongoError(
      4161108,
      `A field path reference which is not allowed in this context. Did you mean {$literal: '${argument.field}'}?`,
    );
  }
  if (!field.constant) throw new MongoError(4161106, `${name} requires 'field' to evaluate to a constant`);
  if (typeof target !== 'string') {
    throw new MongoError(4161107, `${name} requires 'field' to evaluate to type String, but got ${typeName(target)}`);
  }
  const input = scope.compile(argument.input!);
  const value = scope.compile(argument.value ?? '$$REMOVE');
  return pureNode([input, value], (root) => {
    const document = input.evaluate(root);
    if (isNullish(document)) return null;
    if (!isDocument(document)) {
      throw new MongoError(4161105, `${name} requires 'input' to evaluate to type Object`);
    }
    const changed = copyDocument(document);
    const set = value.evaluate(root);
    if (set === undefined) delete changed[target];
    else writeField(changed, target, set);
    return changed;
  });
}
