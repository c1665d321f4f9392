/** `arrayFilters`: what `$[name]` in an update's paths means. */
import type { Collation } from '../bson/compare.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import type { FilterNode } from '../query/filter-node.ts';
import { topLevelField } from '../query/paths.ts';
import { show } from '../query/show.ts';

export class ArrayFilters {
  readonly #byIdentifier = new Map<string, CompiledFilter>();
  readonly #used = new Set<string>();

  constructor(filters: readonly BsonValue[], collation: Collation | null) {
    for (const filter of filters) {
      if (!isDocument(filter)) throw new MongoError('TypeMismatch', 'arrayFilters must be an array of objects');
      const compiled = compileFilter(filter, { collation });
      const identifier = identifierIn(compiled.tree);
      if (this.#byIdentifier.has(identifier)) {
        throw new MongoError(
          'FailedToParse',
          `Found multiple array filters with the same top-level field name ${identifier}`,
        );
      }
      this.#byIdentifier.set(identifier, compiled);
    }
  }

  /** Called for each `$[identifier]` of the update. */
  use(identifier: string, path: string): void {
    if (!this.#byIdentifier.has(identifier)) {
      throw new MongoError('BadValue', `No array filter found for identifier '${identifier}' in path '${path}'`);
    }
    this.#used.add(identifier);
  }

  assertAllUsed(update: Document): void {
    for (const identifier of this.#byIdentifier.keys()) {
      if (!this.#used.has(identifier)) {
        throw new MongoError(
          'FailedToParse',
          `The array filter for identifier '${identifier}' was not used in the update ${show(update)}`,
        );
      }
    }
  }

  matches(identifier: string, element: BsonValue): boolean {
    return this.#byIdentifier.get(identifier)!.matches({ [identifier]: element });
  }
}

function identifierIn(tree: FilterNode): string {
  const names = new Set<string>();
  collectNames(tree, names);
  const [first, second] = names;
  if (first === undefined) {
    throw new MongoError('FailedToParse', 'Cannot use an expression without a top-level field name in arrayFilters');
  }
  if (second !== undefined) {
    throw new MongoError(
      'FailedToParse',
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${first}' and '${second}'`,
    );
  }
  if (!/^[a-z][A-Za-z0-9]*$/.test(first)) {
    throw new MongoError(
      'BadValue',
      `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${first}'`,
    );
  }
  return first;
}

function collectNames(node: FilterNode, into: Set<string>): void {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor':
      for (const child of node.children) collectNames(child, into);
      break;
    case 'not':
      collectNames(node.child, into);
      break;
    default:
      if ('path' in node) into.add(topLevelField(node.path));
  }
}
