/** Paths of update operators: `a.b`, `a.0.b`, `a.$`, `a.$[]`, `a.$[low].b`. */
import { MongoError } from '../errors.ts';

export const POSITIONAL = '$';
export const EVERY_ELEMENT = '$[]';

/** No stored document is nested deeper. */
const COMPONENTS_MAX = 200;

/** Throws EmptyFieldName, Overflow and BadValue for paths that MongoDB refuses. */
export function parseUpdatePath(path: string): string[] {
  if (path === '') throw new MongoError('EmptyFieldName', 'An empty update path is not valid.');
  const components = path.split('.');
  if (components.length > COMPONENTS_MAX) throw new MongoError('Overflow', 'FieldPath is too long');
  let positionals = 0;
  for (const [index, component] of components.entries()) {
    if (component === '') {
      throw new MongoError(
        'EmptyFieldName',
        `The update path '${path}' contains an empty field name, which is not allowed.`,
      );
    }
    if (component === POSITIONAL) {
      positionals += 1;
      if (index === 0) throw bad(`Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
    } else if (identifierOf(component) !== null) {
      if (index === 0) {
        throw bad(
          `Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '${path}'`,
        );
      }
    }
  }
  if (positionals > 1) throw bad(`Too many positional (i.e. '$') elements found in path '${path}'`);
  return components;
}

/** A field at the top of a document may begin with `$` in an insert (an upsert too) and in a pipeline's result, nowhere else. */
export function dollarPrefixedField(name: string): MongoError {
  return new MongoError(
    'DollarPrefixedFieldName',
    `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
  );
}

/** The name inside `$[name]`, '' for `$[]`, null for anything else. */
export function identifierOf(component: string): string | null {
  return component.startsWith('$[') && component.endsWith(']') ? component.slice(2, -1) : null;
}

export function isDynamic(component: string): boolean {
  return component === POSITIONAL || identifierOf(component) !== null;
}

/** MongoDB's order of updates, and so of new fields: by code point, but numbers by their value. */
export function comparePathComponents(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Number(a) - Number(b) || a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function bad(message: string): MongoError {
  return new MongoError('BadValue', message);
}
