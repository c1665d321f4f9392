import { fieldNames } from '../../bson/field-order.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue } from '../describe.ts';
import { isDocument, isInheritedName, readPath, writeField } from '../documents.ts';
import { checkFieldName, parsePath } from './field-path.ts';
import { constantNode } from './operator.ts';
import { expressionOperators } from './operators.ts';
import type { Evaluate, ExpressionContext, Node } from './scope.ts';
import { FieldReads, Scope } from './scope.ts';

export interface CompiledExpression {
  /** The value, or undefined where it is missing. `variables` gives new values to names that the context declared. */
  evaluate(document: Document, variables?: Readonly<Record<string, BsonValue>>): BsonValue | undefined;
  /** The top-level fields that it reads. */
  readonly fields: ReadonlySet<string> | 'all';
  /** Set where the value depends on no document; the value itself may be missing. */
  readonly constant?: { readonly value: BsonValue | undefined };
}

/**
 * Compiles an aggregation expression to a function. Errors in its form are thrown here, with MongoDB's codes;
 * errors in its data are thrown by `evaluate`.
 */
export function compileExpression(expression: BsonValue, context: ExpressionContext | Scope = {}): CompiledExpression {
  const outer = context instanceof Scope ? context : Scope.create(context, compileNode);
  const reads = new FieldReads();
  const scope = outer.readingInto(reads);
  const { evaluate, constant } = compileNode(expression, scope);
  outer.reads.merge(reads);
  const compiled = {
    fields: reads.toFields(),
    evaluate(document: Document, variables?: Readonly<Record<string, BsonValue>>) {
      if (variables !== undefined) assignVariables(scope, variables);
      return evaluate(document);
    },
  };
  return constant ? { ...compiled, constant: { value: evaluate({}) } } : compiled;
}

function assignVariables(scope: Scope, variables: Readonly<Record<string, BsonValue>>): void {
  for (const name of Object.keys(variables)) {
    const slot = scope.slotOf(name);
    if (slot === undefined) throw new MongoError(17276, `Use of undefined variable: ${name}`);
    scope.frame[slot] = variables[name];
  }
}

/** Compiles one operand; for operators and stages. */
export function compileNode(expression: BsonValue, scope: Scope): Node {
  if (typeof expression === 'string') {
    return expression.charCodeAt(0) === 36 /* $ */ ? compilePath(expression, scope) : constantNode(expression);
  }
  if (Array.isArray(expression)) return compileArray(expression, scope);
  if (isDocument(expression)) return compileObject(expression, scope);
  return constantNode(expression);
}

function compileArray(items: readonly BsonValue[], scope: Scope): Node {
  const nodes = items.map((item) => compileNode(item, scope));
  const evaluates = nodes.map((node) => node.evaluate);
  const evaluate = (root: Document): BsonValue => {
    const values = new Array<BsonValue>(evaluates.length);
    for (let index = 0; index < evaluates.length; index++) values[index] = evaluates[index]!(root) ?? null;
    return values;
  };
  return nodes.every((node) => node.constant) ? constantNode(evaluate({})) : { evaluate, constant: false };
}

function compileObject(expression: Document, scope: Scope): Node {
  const names = fieldNames(expression);
  if (names[0]?.startsWith('$')) {
    const name = names[0];
    if (names.length !== 1) {
      throw new MongoError(
        15983,
        `An object representing an expression must have exactly one field: ${describeValue(expression)}`,
      );
    }
    const operator = expressionOperators.get(name);
    if (operator === undefined) throw new MongoError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
    return operator.compile(expression[name]!, scope, name);
  }
  names.forEach(checkFieldName);
  const nodes = names.map((name) => compileNode(expression[name]!, scope));
  const evaluates = nodes.map((node) => node.evaluate);
  const evaluate = (root: Document): BsonValue => {
    const document: Document = {};
    for (let index = 0; index < names.length; index++) {
      const value = evaluates[index]!(root);
      if (value !== undefined) writeField(document, names[index]!, value);
    }
    return document;
  };
  return nodes.every((node) => node.constant) ? constantNode(evaluate({})) : { evaluate, constant: false };
}

function compilePath(path: string, scope: Scope): Node {
  if (path.startsWith('$$')) return compileVariable(path.slice(2), scope);
  if (path === '$') throw new MongoError(16872, "'$' by itself is not a valid FieldPath");
  const names = parsePath(path.slice(1));
  if (scope.currentSlot >= 0) return readFromSlot(scope, scope.currentSlot, names);
  return readFromRoot(scope, names);
}

function readFromRoot(scope: Scope, names: readonly string[]): Node {
  scope.reads.add(names[0]!);
  return { evaluate: rootReader(names), constant: false };
}

function rootReader(names: readonly string[]): Evaluate {
  const first = names[0]!;
  if (names.some(isInheritedName)) return (root) => readPath(root, names);
  if (names.length === 1) return (root) => root[first];
  if (names.length === 2) {
    const second = names[1]!;
    return (root) => {
      const outer = root[first];
      if (isDocument(outer)) return outer[second];
      return Array.isArray(outer) ? readPath(outer, names, 1) : undefined;
    };
  }
  return (root) => readPath(root[first], names, 1);
}

function readFromSlot(scope: Scope, slot: number, names: readonly string[]): Node {
  const { frame } = scope;
  if (names.length === 0) return { evaluate: () => frame[slot], constant: false };
  if (names.length === 1 && !isInheritedName(names[0]!)) {
    const name = names[0]!;
    return {
      evaluate() {
        const value = frame[slot];
        if (isDocument(value)) return value[name];
        return Array.isArray(value) ? readPath(value, names) : undefined;
      },
      constant: false,
    };
  }
  return { evaluate: () => readPath(frame[slot], names), constant: false };
}

function compileVariable(path: string, scope: Scope): Node {
  if (path === '') throw new MongoError(16870, 'empty variable names are not allowed');
  const dot = path.indexOf('.');
  const name = dot < 0 ? path : path.slice(0, dot);
  const names = dot < 0 ? [] : parsePath(path.slice(dot + 1));
  const slot = scope.slotOf(name);
  if (slot !== undefined) return readFromSlot(scope, slot, names);
  switch (name) {
    case 'ROOT':
    case 'CURRENT':
      if (names.length > 0) return readFromRoot(scope, names);
      scope.reads.all = true;
      return { evaluate: (root) => root, constant: false };
    case 'REMOVE':
      return constantNode(undefined);
    case 'NOW':
      return constantNode(readPath(scope.shared.now, names));
    case 'CLUSTER_TIME': {
      const { clusterTime } = scope.shared;
      if (clusterTime === undefined) {
        throw new MongoError(51144, "Builtin variable '$$CLUSTER_TIME' is not available");
      }
      return constantNode(readPath(clusterTime, names));
    }
    case 'USER_ROLES':
      return constantNode([]);
    default:
      throw new MongoError(17276, `Use of undefined variable: ${name}`);
  }
}
