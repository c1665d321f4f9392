/** What a partial index may ask of its documents: comparisons, `$exists: true`, `$type`, `$in`, `$and` and `$or`. */
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import type { FilterNode } from '../query/filter-node.ts';

/** Throws CannotCreateIndex where an expression could not be told from a query's. */
export function checkPartialFilter(expression: Document): void {
  const compileExpression = () => ({ evaluate: () => null, fields: 'all' as const });
  checkNode(compileFilter(expression, { compileExpression }).tree);
}

function checkNode(node: FilterNode): void {
  switch (node.kind) {
    case 'and':
    case 'or':
      node.children.forEach(checkNode);
      return;
    case 'in':
      if (node.regexes.length > 0) throw unsupported('a regular expression');
      return;
    case 'compare':
    case 'exists':
    case 'type':
    case 'alwaysTrue':
      return;
    default:
      throw unsupported(`$${node.kind}`);
  }
}

function unsupported(what: string): MongoError {
  return new MongoError('CannotCreateIndex', `Expression not supported in partial index: ${what}`);
}
