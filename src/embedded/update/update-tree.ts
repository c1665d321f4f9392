/**
 * All paths of one update as a tree, and its application to a document. The tree is walked in MongoDB's order of field
 * names, which is also the order in which new fields are appended.
 */
import { isDocument, type MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { arrayIndexOf, readField, writeField } from '../query/paths.ts';
import { show } from '../query/show.ts';
import type { Modifier, ModifierContext } from './modifier.ts';
import {
  comparePathComponents,
  dollarPrefixedField,
  EVERY_ELEMENT,
  identifierOf,
  isDynamic,
  POSITIONAL,
} from './update-path.ts';

export type UpdateNode = UpdateBranch | UpdateLeaf;

export interface UpdateBranch {
  readonly kind: 'branch';
  readonly children: Map<string, UpdateNode>;
}

export interface UpdateLeaf {
  readonly kind: 'leaf';
  readonly modifier: Modifier;
}

export interface UpdateRun extends ModifierContext {
  /** Where in its array the query matched, for `$`. */
  readonly position: () => number | null;
  /** Whether an array's element is one that `$[identifier]` means. */
  readonly elementMatches: (identifier: string, element: BsonValue) => boolean;
}

/** MongoDB's bound on arrays that grow by a position far beyond their end. */
const PADDING_MAX = 1_500_000;

export function emptyBranch(): UpdateBranch {
  return { kind: 'branch', children: new Map() };
}

/** Throws ConflictingUpdateOperators when the path, a part of it or something below it is updated already. */
export function addToTree(root: UpdateBranch, components: readonly string[], modifier: Modifier): void {
  let branch = root;
  for (const [index, component] of components.entries()) {
    const next = branch.children.get(component);
    const isLast = index === components.length - 1;
    if (next !== undefined && (isLast || next.kind === 'leaf')) {
      const at = components.slice(0, index + 1).join('.');
      throw new MongoError(
        'ConflictingUpdateOperators',
        `Updating the path '${components.join('.')}' would create a conflict at '${at}'`,
      );
    }
    if (isLast) branch.children.set(component, { kind: 'leaf', modifier });
    else if (next === undefined) {
      const made = emptyBranch();
      branch.children.set(component, made);
      branch = made;
    } else branch = next as UpdateBranch;
  }
}

/** The document itself when nothing changed, else a new one that shares every untouched part. */
export function applyTree(root: UpdateBranch, document: Document, run: UpdateRun): Document {
  if (!run.isInsert) {
    for (const [name, child] of root.children) {
      if (name.startsWith('$') && isActive(child, run)) throw dollarPrefixedField(name);
    }
  }
  return applyToDocument(root, document, '', run);
}

function applyNode(node: UpdateNode, value: MaybeValue, path: string, run: UpdateRun): MaybeValue {
  if (node.kind === 'leaf') {
    return node.modifier.isIdle?.(run) === true ? value : node.modifier.apply(value, path, run);
  }
  if (isDocument(value)) return applyToDocument(node, value, path, run);
  if (Array.isArray(value)) return applyToArray(node, value, path, run);
  if (value === undefined) {
    for (const component of node.children.keys()) {
      if (identifierOf(component) !== null && isActive(node, run)) {
        throw bad(`The path '${path}' must exist in the document in order to apply array updates.`);
      }
    }
    const made = applyToDocument(node, {}, path, run);
    return Object.keys(made).length === 0 ? undefined : made;
  }
  for (const [component, child] of node.children) {
    if (!isActive(child, run)) continue;
    if (identifierOf(component) !== null) {
      throw bad(`Cannot apply array updates to non-array element ${lastOf(path)}: ${show(value)}`);
    }
    if (creates(child, run)) throw notViable(component, path, value);
  }
  return value;
}

function applyToDocument(node: UpdateBranch, document: Document, path: string, run: UpdateRun): Document {
  let result = document;
  for (const [name, child] of fieldsOf(node, path, document, run)) {
    const before = readField(document, name);
    const after = applyNode(child, before, join(path, name), run);
    if (Object.is(after, before)) continue;
    if (result === document) result = { ...document };
    if (after === undefined) delete result[name];
    else writeField(result, name, after);
  }
  return result;
}

/** The children in order, `$` put in its place by number. */
function fieldsOf(
  node: UpdateBranch,
  path: string,
  document: Document,
  run: UpdateRun,
): Iterable<[string, UpdateNode]> {
  const names = [...node.children.keys()];
  if (!names.some(isDynamic)) {
    if (names.length < 2) return node.children;
    return [...node.children].sort(([a], [b]) => comparePathComponents(a, b));
  }
  const resolved = new Map<string, UpdateNode>();
  for (const [component, child] of node.children) {
    if (identifierOf(component) !== null) {
      if (!isActive(child, run)) continue;
      throw bad(`Cannot apply array updates to non-array element ${lastOf(path)}: ${show(document)}`);
    }
    const name = component === POSITIONAL ? String(positionOf(run)) : component;
    addMerged(resolved, name, child, join(path, name));
  }
  return [...resolved].sort(([a], [b]) => comparePathComponents(a, b));
}

function applyToArray(node: UpdateBranch, array: readonly BsonValue[], path: string, run: UpdateRun): MaybeValue {
  const byIndex = new Map<number, UpdateNode>();
  for (const [component, child] of node.children) {
    const identifier = identifierOf(component);
    if (identifier !== null) {
      for (const [index, element] of array.entries()) {
        if (component === EVERY_ELEMENT || run.elementMatches(identifier, element)) {
          addMerged(byIndex, index, child, join(path, String(index)));
        }
      }
      continue;
    }
    const index = component === POSITIONAL ? positionOf(run) : arrayIndexOf(component);
    if (index >= 0) addMerged(byIndex, index, child, join(path, String(index)));
    else if (creates(child, run)) throw notViable(component, path, array as BsonValue[]);
  }
  let result: BsonValue[] | null = null;
  for (const [index, child] of [...byIndex].sort(([a], [b]) => a - b)) {
    const before = (result ?? array)[index];
    const after = applyNode(child, before, join(path, String(index)), run);
    if (Object.is(after, before)) continue;
    result ??= [...array];
    if (index - result.length > PADDING_MAX) {
      throw bad(
        `Cannot add element at index ${index} to an array of ${result.length} elements: it would grow too much`,
      );
    }
    while (result.length < index) result.push(null);
    // An array keeps its positions: what is removed leaves null behind.
    result[index] = after === undefined ? null : after;
  }
  return result ?? (array as BsonValue[]);
}

function addMerged<K>(into: Map<K, UpdateNode>, key: K, node: UpdateNode, path: string): void {
  const present = into.get(key);
  into.set(key, present === undefined ? node : merged(present, node, path));
}

/** Two ways to the same place (`a.$` and `a.0`) are one, unless both want to change it. */
function merged(a: UpdateNode, b: UpdateNode, path: string): UpdateNode {
  if (a.kind === 'leaf' || b.kind === 'leaf') {
    throw new MongoError('ConflictingUpdateOperators', `Update created a conflict at '${path}'`);
  }
  const children = new Map(a.children);
  for (const [component, child] of b.children) addMerged(children, component, child, join(path, component));
  return { kind: 'branch', children };
}

/** Whether anything below will do something for this document. */
function isActive(node: UpdateNode, run: UpdateRun): boolean {
  if (node.kind === 'leaf') return node.modifier.isIdle?.(run) !== true;
  for (const child of node.children.values()) if (isActive(child, run)) return true;
  return false;
}

function creates(node: UpdateNode, run: UpdateRun): boolean {
  if (node.kind === 'leaf') return node.modifier.creates && node.modifier.isIdle?.(run) !== true;
  for (const child of node.children.values()) if (creates(child, run)) return true;
  return false;
}

function positionOf(run: UpdateRun): number {
  const position = run.position();
  if (position === null) throw bad('The positional operator did not find the match needed from the query.');
  return position;
}

function notViable(component: string, path: string, value: BsonValue): MongoError {
  return new MongoError(
    'PathNotViable',
    `Cannot create field '${component}' in element {${lastOf(path)}: ${show(value)}}`,
  );
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function bad(message: string): MongoError {
  return new MongoError('BadValue', message);
}
