/** The document that an upsert starts from: what the query says must be equal. */
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { FilterNode } from '../query/filter-node.ts';
import { readField, writeField } from '../query/paths.ts';

/** Throws NotSingleValueField when the query fixes one path twice. */
export function equalitiesOf(tree: FilterNode): Map<string, BsonValue> {
  const found = new Map<string, BsonValue>();
  collect(tree, found);
  return found;
}

/** Dotted paths become nested documents. */
export function documentFromEqualities(equalities: ReadonlyMap<string, BsonValue>): Document {
  const document: Document = {};
  for (const [path, value] of equalities) {
    const components = path.split('.');
    let here = document;
    for (const component of components.slice(0, -1)) {
      const inner = readField(here, component);
      if (inner === undefined) {
        const made: Document = {};
        writeField(here, component, made);
        here = made;
      } else if (isDocument(inner)) here = inner;
      else throw notSingle(path);
    }
    writeField(here, components.at(-1)!, value);
  }
  return document;
}

function collect(node: FilterNode, found: Map<string, BsonValue>): void {
  switch (node.kind) {
    case 'and':
      for (const child of node.children) collect(child, found);
      break;
    case 'or':
      if (node.children.length === 1) collect(node.children[0]!, found);
      break;
    case 'compare':
      if (node.operator === 'eq') addEquality(node.path, node.value, found);
      break;
    case 'in':
      if (node.values.length === 1 && node.regexes.length === 0) addEquality(node.path, node.values[0]!, found);
      break;
  }
}

function addEquality(path: string, value: BsonValue, found: Map<string, BsonValue>): void {
  for (const other of found.keys()) {
    if (other === path)
      throw new MongoError('NotSingleValueField', `cannot infer query fields to set, path '${path}' is matched twice`);
    if (other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) throw notSingle(path, other);
  }
  found.set(path, value);
}

function notSingle(path: string, other = path): MongoError {
  return new MongoError(
    'NotSingleValueField',
    `cannot infer query fields to set, both paths '${path}' and '${other}' are matched`,
  );
}
