import { fieldNames } from '../../bson/field-order.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { copyDocument, isDocument, isInheritedName, readField, writeField } from '../documents.ts';
import { parsePath } from '../expressions/field-path.ts';
import { isNumber } from '../expressions/numbers.ts';
import type { Evaluate } from '../expressions/scope.ts';
import { FieldReads, type Scope } from '../expressions/scope.ts';
import { isTrue } from '../expressions/truth.ts';

/** A tree of field names: what is named at this level, and what lies below. */
interface Tree {
  /** Kept or removed whole. */
  readonly named: Set<string>;
  readonly computed: Map<string, Evaluate>;
  readonly children: Map<string, Tree>;
  /** Computed fields and children, in the order of the specification: the order in which new fields appear. */
  readonly order: string[];
  /** Whether anything at or below this level is computed. */
  computes: boolean;
}

export interface Reshaping {
  apply(root: Document): Document;
  readonly kind: 'inclusion' | 'exclusion' | 'addition';
  /** Top-level fields that the expressions and the kept paths read. */
  readonly reads: FieldReads;
  /** Top-level fields that it sets, changes or removes. */
  readonly changes: ReadonlySet<string>;
  /** Inclusion: the top-level fields that come through, whole or in part. */
  readonly kept: ReadonlySet<string>;
  /** Inclusion: the top-level fields that come through unchanged. */
  readonly whole: ReadonlySet<string>;
}

function emptyTree(): Tree {
  return { named: new Set(), computed: new Map(), children: new Map(), order: [], computes: false };
}

/** Compiles the argument of `$project`. */
export function compileProject(spec: Document, scope: Scope): Reshaping {
  const entries = flatten(spec, '', scope);
  if (entries.length === 0) throw new MongoError(51272, 'projection specification must have at least one field');
  const kind = kindOf(entries);
  const reads = new FieldReads();
  const inner = scope.readingInto(reads);
  const tree = emptyTree();
  let keepId = true;
  for (const { path, value, flag } of entries) {
    if (flag === undefined) {
      if (kind === 'exclusion') {
        throw new MongoError(31252, 'Cannot use expression other than $meta in exclusion projection');
      }
      place(tree, parsePath(path), inner.compile(value).evaluate);
    } else if (path === '_id' && flag === false && kind === 'inclusion') keepId = false;
    else if (path === '_id' && flag === true && kind === 'exclusion') continue;
    else if (flag !== (kind === 'inclusion')) {
      throw kind === 'inclusion'
        ? new MongoError(31254, `Cannot do exclusion on field ${path} in inclusion projection`)
        : new MongoError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
    } else place(tree, parsePath(path), undefined);
  }
  if (kind === 'inclusion') {
    if (keepId && !tree.computed.has('_id') && !tree.children.has('_id')) tree.named.add('_id');
    for (const name of [...tree.named, ...tree.children.keys()]) reads.add(name);
  }
  return {
    kind,
    reads,
    changes: changesOf(tree),
    kept: new Set([...tree.named, ...tree.children.keys(), ...tree.computed.keys()]),
    whole: tree.named,
    apply: kind === 'inclusion' ? inclusion(tree) : (root) => exclude(root, tree),
  };
}

/** Compiles the argument of `$addFields` and `$set`. */
export function compileAddFields(spec: Document, scope: Scope): Reshaping {
  const reads = new FieldReads();
  const inner = scope.readingInto(reads);
  const tree = emptyTree();
  const add = (value: BsonValue, names: string[]): void => {
    // An object that is no expression names fields below this one, so that its siblings in the document stay.
    if (isDocument(value)) {
      const keys = Object.keys(value);
      if (keys.length > 0 && !keys[0]!.startsWith('$')) {
        for (const key of keys) add(value[key]!, [...names, ...parsePath(key)]);
        return;
      }
    }
    place(tree, names, inner.compile(value).evaluate);
  };
  const keys = Object.keys(spec);
  if (keys.length === 0) throw new MongoError(40177, 'specification must have at least one field');
  for (const key of keys) add(spec[key]!, parsePath(key));
  for (const name of tree.children.keys()) reads.add(name);
  const flat = tree.children.size === 0 && tree.order.every((name) => !isInheritedName(name));
  const changes = changesOf(tree);
  const names = [...tree.computed.keys()];
  const evaluates = [...tree.computed.values()];
  const apply = flat
    ? (root: Document) => {
        const document = copyDocument(root);
        for (let index = 0; index < names.length; index++) {
          const value = evaluates[index]!(root);
          if (value === undefined) delete document[names[index]!];
          else document[names[index]!] = value;
        }
        return document;
      }
    : (root: Document) => compute(root, copyDocument(root), tree);
  return { kind: 'addition', reads, changes, kept: new Set(), whole: new Set(), apply };
}

/** Compiles the argument of `$unset`. */
export function compileUnset(paths: readonly string[]): Reshaping {
  const tree = emptyTree();
  for (const path of paths) place(tree, parsePath(path), undefined);
  return {
    kind: 'exclusion',
    reads: new FieldReads(),
    changes: changesOf(tree),
    kept: new Set(),
    whole: new Set(),
    apply: (root) => exclude(root, tree),
  };
}

interface Entry {
  readonly path: string;
  readonly value: BsonValue;
  /** True to keep, false to remove, undefined for an expression. */
  readonly flag: boolean | undefined;
}

function flatten(spec: Document, prefix: string, scope: Scope): Entry[] {
  return Object.keys(spec).flatMap((name): Entry[] => {
    const value = spec[name]!;
    const path = prefix + name;
    if (name.startsWith('$')) parsePath(name);
    if (typeof value === 'boolean') return [{ path, value, flag: value }];
    if (isNumber(value)) return [{ path, value, flag: isTrue(value) }];
    if (isDocument(value)) {
      const keys = Object.keys(value);
      if (keys.length === 0) {
        throw new MongoError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
      }
      if (!keys[0]!.startsWith('$')) return flatten(value, `${path}.`, scope);
    }
    return [{ path, value, flag: undefined }];
  });
}

function kindOf(entries: readonly Entry[]): 'inclusion' | 'exclusion' {
  const deciding = entries.find(({ path, flag }) => path !== '_id' && flag !== undefined);
  if (deciding !== undefined) return deciding.flag ? 'inclusion' : 'exclusion';
  if (entries.some(({ flag }) => flag === undefined)) return 'inclusion';
  return entries.every(({ flag }) => flag === false) ? 'exclusion' : 'inclusion';
}

function place(tree: Tree, names: readonly string[], evaluate: Evaluate | undefined): void {
  let here = tree;
  for (const [index, name] of names.entries()) {
    if (evaluate !== undefined) here.computes = true;
    const taken = here.named.has(name) || here.computed.has(name);
    if (index === names.length - 1) {
      if (taken || here.children.has(name)) throw new MongoError(31250, `Path collision at ${names.join('.')}`);
      if (evaluate === undefined) here.named.add(name);
      else {
        here.computed.set(name, evaluate);
        here.order.push(name);
      }
      return;
    }
    if (taken) {
      const rest = names.slice(index + 1).join('.');
      throw new MongoError(31249, `Path collision at ${names.join('.')} remaining portion ${rest}`);
    }
    let child = here.children.get(name);
    if (child === undefined) {
      child = emptyTree();
      here.children.set(name, child);
      here.order.push(name);
    }
    here = child;
  }
}

function changesOf(tree: Tree): ReadonlySet<string> {
  return new Set([...tree.named, ...tree.computed.keys(), ...tree.children.keys()]);
}

function inclusion(tree: Tree): (root: Document) => Document {
  return (root) => {
    const document = includeFields(root, tree);
    return tree.computes ? compute(root, document, tree) : document;
  };
}

function includeFields(source: Document, tree: Tree): Document {
  const document: Document = {};
  for (const name of fieldNames(source)) {
    if (tree.named.has(name)) writeField(document, name, source[name]);
    else {
      const child = tree.children.get(name);
      if (child === undefined) continue;
      const value = includeBelow(source[name]!, child);
      if (value !== undefined) writeField(document, name, value);
    }
  }
  return document;
}

function includeBelow(value: BsonValue, tree: Tree): BsonValue | undefined {
  if (isDocument(value)) return includeFields(value, tree);
  if (!Array.isArray(value)) return tree.computes ? value : undefined;
  const items: BsonValue[] = [];
  for (const item of value) {
    const kept = includeBelow(item, tree);
    if (kept !== undefined) items.push(kept);
  }
  return items;
}

function exclude(source: Document, tree: Tree): Document {
  const document: Document = {};
  for (const name of fieldNames(source)) {
    if (tree.named.has(name)) continue;
    const child = tree.children.get(name);
    const value = source[name]!;
    writeField(document, name, child === undefined ? value : excludeBelow(value, child));
  }
  return document;
}

function excludeBelow(value: BsonValue, tree: Tree): BsonValue {
  if (isDocument(value)) return exclude(value, tree);
  return Array.isArray(value) ? value.map((item) => excludeBelow(item, tree)) : value;
}

/** Sets the computed fields in `document`, which is this function's own; documents below it are copied before. */
function compute(root: Document, document: Document, tree: Tree): Document {
  for (const name of tree.order) {
    const evaluate = tree.computed.get(name);
    if (evaluate !== undefined) {
      const value = evaluate(root);
      if (value === undefined) delete document[name];
      else writeField(document, name, value);
      continue;
    }
    const child = tree.children.get(name)!;
    if (child.computes) writeField(document, name, computeBelow(root, readField(document, name), child));
  }
  return document;
}

function computeBelow(root: Document, value: BsonValue | undefined, tree: Tree): BsonValue {
  if (Array.isArray(value)) return value.map((item) => computeBelow(root, item, tree));
  // A scalar gives way to the document that the specification describes.
  return compute(root, isDocument(value) ? copyDocument(value) : {}, tree);
}

export function withPrefix<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MongoError) error.message = `Invalid ${name} :: caused by :: ${error.message}`;
    throw error;
  }
}
