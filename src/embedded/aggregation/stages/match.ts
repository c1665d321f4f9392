import { BREATHE } from '../../breathe.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { type CompiledFilter, compileFilter } from '../../query/filter.ts';
import { isDocument } from '../documents.ts';
import { compileExpression } from '../expressions/compile.ts';
import type { Scope } from '../expressions/scope.ts';
import { PACE, type StageDefinition, union } from './stage.ts';

export const match: StageDefinition = {
  summary: 'Lets through the documents that match a filter.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15959, 'the match filter must be an expression in an object');
    }
    const filter = compileFilterIn(argument, context.scope);
    const { matches } = filter;
    const { due } = context;
    return {
      needs: (after) => union(after, filter.fields),
      keeps: () => true,
      *run(input) {
        let seen = 0;
        for (const document of input) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          if ((++seen & PACE) === 0 && due()) yield BREATHE;
          if (matches(document)) yield document;
        }
      },
    };
  },
};

/** A filter whose `$expr` sees the variables of the scope. */
export function compileFilterIn(filter: Document, scope: Scope): CompiledFilter {
  return compileFilter(filter, {
    collation: scope.shared.collation,
    random: scope.shared.random,
    compileExpression: (expression) => compileExpression(expression, scope),
  });
}

/** The conditions that must all hold, each as a filter of its own. */
export function conjunctsOf(filter: Document): Document[] {
  return Object.keys(filter).flatMap((key): Document[] => {
    const value = filter[key] as BsonValue;
    if (key === '$comment') return [];
    if (key === '$and' && Array.isArray(value) && value.every(isDocument)) return value.flatMap(conjunctsOf);
    return [{ [key]: value }];
  });
}

export function conjunction(filters: readonly Document[]): Document {
  if (filters.length === 1) return filters[0]!;
  const keys = filters.flatMap((filter) => Object.keys(filter));
  const plain = keys.every((key) => !key.startsWith('$')) && new Set(keys).size === keys.length;
  // Written as one object where no key repeats: that is how explain and the planner read it most easily.
  return plain ? Object.assign({}, ...filters) : { $and: [...filters] };
}

export function usesText(filter: Document): boolean {
  return conjunctsOf(filter).some((part) => mentions(part, '$text'));
}

/** Whether a key of that name occurs anywhere inside. */
export function mentions(value: BsonValue | undefined, key: string): boolean {
  if (Array.isArray(value)) return value.some((item) => mentions(item, key));
  return isDocument(value) && Object.keys(value).some((name) => name === key || mentions(value[name], key));
}
