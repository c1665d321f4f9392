/** The projections of `find` and `findAndModify`: which fields of a document go to the client, and in what shape. */
import { double, toDouble, truncatedToInt64 } from '../bson/arithmetic.ts';
import { bsonTypeName, type Collation, isDocument, isNumber, type MaybeValue } from '../bson/compare.ts';
import { fieldNames } from '../bson/field-order.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { type CompiledFilter, type CompileExpression, compileFilter } from './filter.ts';
import { readField, writeField } from './paths.ts';

/** What `{$meta: …}` can ask of a document besides its fields. */
export interface ProjectionMeta {
  readonly textScore?: number;
  readonly recordId?: number;
  readonly sortKey?: BsonValue;
  readonly indexKey?: BsonValue;
}

export interface ProjectionOptions {
  /** The query's filter: the positional `$` needs to know which element it matched. */
  readonly filter?: CompiledFilter;
  readonly compileExpression?: CompileExpression;
  readonly variables?: Document;
  readonly collation?: Collation | null;
}

export interface CompiledProjection {
  /** A new document; the given one is not changed, but the two share what was not touched. */
  apply(document: Document, meta?: ProjectionMeta): Document;
  /** The top-level fields that are needed to project; 'all' for an exclusion. */
  readonly fields: ReadonlySet<string> | 'all';
  readonly isInclusion: boolean;
  readonly usesMeta: boolean;
}

/** One entry of the specification, nested documents written as dotted paths. */
type Entry = { readonly path: string } & (
  | { readonly kind: 'include' | 'exclude' | 'positional' }
  | { readonly kind: 'slice'; readonly skip: number | null; readonly limit: number }
  | { readonly kind: 'elemMatch'; readonly filter: CompiledFilter }
  | { readonly kind: 'meta'; readonly meta: string }
  | { readonly kind: 'expression'; readonly expression: BsonValue }
);

/** The fields that are named below some document: a leaf is kept or removed, a computed one is set. */
interface Tree {
  readonly leaves: Set<string>;
  readonly branches: Map<string, Tree>;
  readonly computed: Map<string, Evaluate>;
  /** Whether something here or below is computed. */
  computes: boolean;
}

type Evaluate = (document: Document, meta: ProjectionMeta) => MaybeValue;

type Step = (projected: Document, original: Document, meta: ProjectionMeta) => Document;

/** No stored document is nested deeper. */
const COMPONENTS_MAX = 200;

const NO_META: ProjectionMeta = {};

/** Throws MongoDB's Location errors (31249 path collision, 31253 and 31254 mixed kinds …). */
export function compileProjection(spec: Document, options: ProjectionOptions = {}): CompiledProjection {
  const entries = parseEntries(spec, options);
  const isInclusion = kindOf(entries);
  const tree = emptyTree();
  /** Every path, to find those that collide. */
  const claimed = emptyTree();
  const needed = new Set<string>();
  let needsAll = !isInclusion;
  let keepsId = true;
  let usesMeta = false;
  const steps: Step[] = [];

  for (const entry of entries) {
    const { path } = entry;
    const components = path.split('.');
    needed.add(components[0]!);
    place(claimed, components);
    switch (entry.kind) {
      case 'include':
        if (isInclusion) place(tree, components);
        else if (path !== '_id')
          throw new MongoError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
        break;
      case 'exclude':
        if (!isInclusion) place(tree, components);
        else if (path === '_id') keepsId = false;
        else throw new MongoError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
        break;
      case 'positional': {
        const { filter } = options;
        if (filter === undefined)
          throw new MongoError(51050, 'Projections with a positional operator require a matcher');
        place(tree, components);
        if (filter.fields === 'all') needsAll = true;
        else for (const field of filter.fields) needed.add(field);
        steps.push((projected, original) => {
          const position = filter.matchedPosition(original);
          return firstArrayCutTo(projected, components, 0, position) as Document;
        });
        break;
      }
      case 'slice':
        if (isInclusion) place(tree, components);
        steps.push((projected) => changedAt(projected, components, 0, (value) => sliced(value, entry)) as Document);
        break;
      case 'elemMatch': {
        // The field is taken out of its place, and what matched is put behind the others.
        steps.push((projected, original) => {
          const { [path]: _, ...rest } = projected;
          const found = matchingElement(readField(original, path), entry.filter);
          if (found !== undefined) writeField(rest, path, [found]);
          return rest;
        });
        break;
      }
      case 'meta':
        usesMeta = true;
        place(tree, components, (_, meta) => metaValue(meta, entry.meta));
        break;
      case 'expression': {
        if (!isInclusion) throw new MongoError(31252, 'Cannot use expression other than $meta in exclusion projection');
        if (options.compileExpression === undefined) {
          throw new MongoError(31325, `Expressions are not allowed in this projection (at ${path}).`);
        }
        const { evaluate, fields } = compiledExpression(entry.expression, options.compileExpression, options.variables);
        if (fields === 'all') needsAll = true;
        else for (const field of fields) needed.add(field);
        // Of one parameter: the second one of a compiled expression is something else.
        place(tree, components, (document) => evaluate(document));
        break;
      }
    }
  }
  if (isInclusion) {
    if (keepsId && !tree.computed.has('_id') && !tree.branches.has('_id')) {
      tree.leaves.add('_id');
      needed.add('_id');
    }
  }
  const shape = isInclusion ? included : excluded;
  return {
    isInclusion,
    usesMeta,
    fields: needsAll ? 'all' : needed,
    apply(document, meta = NO_META) {
      let projected = shape(document, tree);
      if (tree.computes) projected = withComputed(projected, tree, document, meta);
      for (const step of steps) projected = step(projected, document, meta);
      return projected;
    },
  };
}

function parseEntries(spec: Document, options: ProjectionOptions): Entry[] {
  const entries = flatten(spec, '', options);
  const positional = entries.filter(({ kind }) => kind === 'positional').length;
  if (positional > 1) {
    throw new MongoError(31276, 'Cannot specify more than one positional projection per query.');
  }
  if (positional === 1 && entries.some(({ kind }) => kind === 'elemMatch')) {
    throw new MongoError(31256, 'Cannot specify positional operator and $elemMatch.');
  }
  return entries;
}

function flatten(spec: Document, prefix: string, options: ProjectionOptions): Entry[] {
  return Object.keys(spec).flatMap((name): Entry[] => {
    const value = spec[name] as BsonValue;
    const path = prefix + name;
    const positional = path.endsWith('.$');
    assertPath(positional ? path.slice(0, -2) : path);
    const isFlag = typeof value === 'boolean' || isNumber(value);
    if (positional) {
      if (isDocument(value)) {
        throw new MongoError(31271, 'positional projection cannot be used with an expression or sub object');
      }
      if (!isFlag) throw new MongoError(31308, 'positional projection cannot be used with a literal');
      if (!isOn(value)) throw new MongoError(31395, 'positional projection cannot be used with exclusion');
      return [{ path: path.slice(0, -2), kind: 'positional' }];
    }
    if (isFlag) return [{ path, kind: isOn(value) ? 'include' : 'exclude' }];
    if (!isDocument(value)) return [{ path, kind: 'expression', expression: value }];
    const names = Object.keys(value);
    const operator = names[0];
    if (operator === undefined) {
      throw new MongoError(51270, `An empty sub-projection is not a valid value. Found empty object at path ${path}`);
    }
    if (!operator.startsWith('$')) return flatten(value, `${path}.`, options);
    return [parseOperator(path, operator, value, options)];
  });
}

function parseOperator(path: string, operator: string, value: Document, options: ProjectionOptions): Entry {
  const argument = value[operator] as BsonValue;
  switch (operator) {
    case '$slice': {
      const slice = parseSlice(argument);
      return slice === null ? { path, kind: 'expression', expression: value } : { path, kind: 'slice', ...slice };
    }
    case '$elemMatch': {
      if (!isDocument(argument)) {
        throw new MongoError(31274, `elemMatch: Invalid argument, object required, but got ${bsonTypeName(argument)}`);
      }
      if (path.includes('.')) throw new MongoError(31275, 'Cannot use $elemMatch projection on a nested field.');
      const { collation = null, variables } = options;
      const filter = compileFilter(
        { [path]: { $elemMatch: argument } },
        variables === undefined ? { collation } : { collation, variables },
      );
      return { path, kind: 'elemMatch', filter };
    }
    case '$meta':
      if (typeof argument !== 'string' || !knownMeta.has(argument)) {
        throw new MongoError(17308, `Unsupported argument to $meta: ${String(argument)}`);
      }
      return { path, kind: 'meta', meta: argument };
    default:
      return { path, kind: 'expression', expression: value };
  }
}

const knownMeta = new Set([
  'textScore',
  'recordId',
  'sortKey',
  'indexKey',
  'randVal',
  'searchScore',
  'vectorSearchScore',
]);

/** An operator that does not exist has a code of its own where it stands for a field. */
function compiledExpression(expression: BsonValue, compile: CompileExpression, variables: Document | undefined) {
  try {
    return compile(expression, variables);
  } catch (error) {
    const operator = isDocument(expression) ? Object.keys(expression)[0] : undefined;
    if (error instanceof MongoError && error.message === `Unrecognized expression '${operator}'`) {
      throw new MongoError(31325, `Unknown expression ${operator}`);
    }
    throw error;
  }
}

/** Null for the expression `{$slice: [array, …]}`, which is another thing. */
function parseSlice(argument: BsonValue): { skip: number | null; limit: number } | null {
  if (isNumber(argument)) return { skip: null, limit: clampedInt(argument) };
  if (!Array.isArray(argument)) {
    throw new MongoError(28724, `First argument to $slice must be an array, but is of type: ${bsonTypeName(argument)}`);
  }
  const [skip, limit] = argument;
  if (!isNumber(skip)) return null;
  if (argument.length !== 2) throw new MongoError(31272, '$slice array argument should be of form [skip, limit]');
  if (!isNumber(limit)) {
    throw new MongoError(31258, `$slice expects the limit argument to be a number, got ${bsonTypeName(limit)}`);
  }
  if (toDouble(limit) <= 0) throw new MongoError(31259, `$slice limit must be positive, got ${toDouble(limit)}`);
  return { skip: clampedInt(skip), limit: clampedInt(limit) };
}

function clampedInt(value: Parameters<typeof truncatedToInt64>[0]): number {
  return Math.max(-0x80000000, Math.min(0x7fffffff, Number(truncatedToInt64(value))));
}

function assertPath(path: string): void {
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new MongoError(40353, "FieldPath must not end with a '.'.");
  const components = path.split('.');
  if (components.length > COMPONENTS_MAX) throw new MongoError('Overflow', 'FieldPath is too long');
  for (const component of components) {
    if (component === '') throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
    if (component === '$' && path !== '$') {
      throw new MongoError(
        31394,
        "As of 4.4, it's illegal to specify positional operator in the middle of a path.Positional projection may only be used at the end, for example: a.b.$. If the query previously used a form like a.b.$.d, remove the parts following the '$' and the results will be equivalent.",
      );
    }
    if (component.startsWith('$')) {
      throw new MongoError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    }
  }
}

/** True for an inclusion: the first plain 1 or 0 decides, `_id` only when nothing else does. */
function kindOf(entries: readonly Entry[]): boolean {
  for (const { path, kind } of entries) {
    if (path === '_id') continue;
    if (kind === 'include' || kind === 'positional') return true;
    if (kind === 'exclude') return false;
  }
  const id = entries.find(({ path }) => path === '_id');
  if (entries.some(({ kind }) => kind === 'expression' || kind === 'elemMatch')) return true;
  // $slice and $meta alone leave all other fields as they are.
  return id?.kind === 'include';
}

function isOn(value: BsonValue): boolean {
  return typeof value === 'boolean' ? value : isNumber(value) && toDouble(value) !== 0;
}

function emptyTree(): Tree {
  return { leaves: new Set(), branches: new Map(), computed: new Map(), computes: false };
}

function place(root: Tree, components: readonly string[], evaluate?: Evaluate): void {
  let tree = root;
  for (const [index, name] of components.entries()) {
    const taken = tree.leaves.has(name) || tree.computed.has(name);
    if (evaluate !== undefined) tree.computes = true;
    if (index === components.length - 1) {
      if (taken || tree.branches.has(name)) throw new MongoError(31250, `Path collision at ${components.join('.')}`);
      if (evaluate === undefined) tree.leaves.add(name);
      else tree.computed.set(name, evaluate);
      return;
    }
    if (taken) {
      const rest = components.slice(index + 1).join('.');
      throw new MongoError(31249, `Path collision at ${components.join('.')} remaining portion ${rest}`);
    }
    let branch = tree.branches.get(name);
    if (branch === undefined) {
      branch = emptyTree();
      tree.branches.set(name, branch);
    }
    tree = branch;
  }
}

function included(document: Document, tree: Tree): Document {
  const kept: Document = {};
  for (const name of fieldNames(document)) {
    if (tree.leaves.has(name)) writeField(kept, name, document[name] as BsonValue);
    else {
      const branch = tree.branches.get(name);
      if (branch === undefined) continue;
      const value = includedBelow(document[name] as BsonValue, branch);
      if (value !== undefined) writeField(kept, name, value);
    }
  }
  return kept;
}

/** Of an array the documents are kept, each projected; of a plain value nothing. */
function includedBelow(value: BsonValue, tree: Tree): MaybeValue {
  if (isDocument(value)) return included(value, tree);
  if (!Array.isArray(value)) return tree.computes ? value : undefined;
  const kept: BsonValue[] = [];
  for (const element of value) {
    const inner = includedBelow(element, tree);
    if (inner !== undefined) kept.push(inner);
  }
  return kept;
}

function excluded(document: Document, tree: Tree): Document {
  const kept: Document = {};
  for (const name of fieldNames(document)) {
    if (tree.leaves.has(name)) continue;
    const branch = tree.branches.get(name);
    const value = document[name] as BsonValue;
    writeField(kept, name, branch === undefined ? value : excludedBelow(value, branch));
  }
  return kept;
}

function excludedBelow(value: BsonValue, tree: Tree): BsonValue {
  if (isDocument(value)) return excluded(value, tree);
  return Array.isArray(value) ? value.map((element) => excludedBelow(element, tree)) : value;
}

/** Sets the computed fields; what stands in the way of a deeper one gives way to a document. */
function withComputed(target: Document, tree: Tree, original: Document, meta: ProjectionMeta): Document {
  const result: Document = { ...target };
  for (const [name, branch] of tree.branches) {
    if (!branch.computes) continue;
    const below = (value: MaybeValue): BsonValue => {
      if (Array.isArray(value)) return value.map(below);
      return withComputed(isDocument(value) ? value : {}, branch, original, meta);
    };
    writeField(result, name, below(readField(result, name)));
  }
  for (const [name, evaluate] of tree.computed) {
    const value = evaluate(original, meta);
    if (value === undefined) delete result[name];
    else writeField(result, name, value);
  }
  return result;
}

function metaValue(meta: ProjectionMeta, name: string): MaybeValue {
  if (name === 'textScore') {
    if (meta.textScore === undefined) {
      throw new MongoError(40218, 'query requires text score metadata, but it is not available');
    }
    return double(meta.textScore);
  }
  if (name === 'recordId') return meta.recordId === undefined ? undefined : BigInt(meta.recordId);
  if (name === 'sortKey') return meta.sortKey;
  if (name === 'indexKey') return meta.indexKey;
  return undefined;
}

function matchingElement(value: MaybeValue, filter: CompiledFilter): MaybeValue {
  if (!Array.isArray(value)) return undefined;
  const [path] = [...(filter.fields as ReadonlySet<string>)];
  const position = filter.matchedPosition({ [path!]: value });
  return position === null ? undefined : value[position];
}

function sliced(value: MaybeValue, { skip, limit }: { skip: number | null; limit: number }): MaybeValue {
  if (!Array.isArray(value)) return value;
  if (skip === null) return limit >= 0 ? value.slice(0, limit) : value.slice(limit);
  const start = skip >= 0 ? skip : Math.max(0, value.length + skip);
  return value.slice(start, start + limit);
}

/** Changes the value at a path, in every document of the arrays on the way. */
function changedAt(
  value: MaybeValue,
  components: readonly string[],
  at: number,
  change: (value: MaybeValue) => MaybeValue,
): MaybeValue {
  if (at === components.length) return change(value);
  if (Array.isArray(value)) {
    return value.map(
      (element) => (isDocument(element) ? changedAt(element, components, at, change) : element) as BsonValue,
    );
  }
  if (!isDocument(value)) return value;
  const name = components[at]!;
  const inner = readField(value, name);
  if (inner === undefined) return value;
  const result = { ...value };
  writeField(result, name, changedAt(inner, components, at + 1, change) as BsonValue);
  return result;
}

/** Leaves of the first array on the path only the element at the position. */
function firstArrayCutTo(
  value: MaybeValue,
  components: readonly string[],
  at: number,
  position: number | null,
): MaybeValue {
  if (Array.isArray(value)) {
    if (position === null) {
      throw new MongoError(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    if (position >= value.length) {
      throw new MongoError(
        51247,
        "Executor error during find command :: caused by :: positional operator '.$' element mismatch",
      );
    }
    return [value[position]!];
  }
  if (!isDocument(value) || at === components.length) return value;
  const inner = readField(value, components[at]!);
  if (inner === undefined) return value;
  const result = { ...value };
  writeField(result, components[at]!, firstArrayCutTo(inner, components, at + 1, position) as BsonValue);
  return result;
}
