/** A filter as functions: does a document match, and if so at which array position. */
import type { Collation, MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { explainMismatch } from './explain-mismatch.ts';
import type { FilterNode } from './filter-node.ts';
import { compileLocator, compileMatcher, type MatchContext } from './match.ts';
import { parseFilter } from './parse-filter.ts';
import { NO_MATCH, topLevelField } from './paths.ts';

export type { FilterNode } from './filter-node.ts';

/** An aggregation expression, ready to run. `fields` are the top-level fields that it reads. */
export interface CompiledExpression {
  evaluate(document: Document): MaybeValue;
  readonly fields: ReadonlySet<string> | 'all';
}

/** How aggregation lends its expressions to filters and projections, which must not import it. */
export type CompileExpression = (expression: BsonValue, variables?: Document) => CompiledExpression;

export interface FilterOptions {
  readonly collation?: Collation | null;
  /** The command's `let`: what `$$name` means inside `$expr`. */
  readonly variables?: Document;
  /** Needed for `$expr`, which is refused without it. */
  readonly compileExpression?: CompileExpression;
  /** Judges `$text` on a document; without it `$text` holds for every document, the text index having chosen them. */
  readonly matchesText?: (document: Document) => boolean;
  /** For `$sampleRate`: from 0 inclusive to 1 exclusive. */
  readonly random?: () => number;
}

export interface CompiledFilter {
  matches(document: Document): boolean;
  /** The top-level fields that `matches` reads: a document with only these gives the same answer. */
  readonly fields: ReadonlySet<string> | 'all';
  readonly tree: FilterNode;
  /**
   * For a document that matches: the position of the element that matched in the array that the filter went through,
   * as the positional `$` means it; null when the filter went through none, or the document does not match.
   */
  matchedPosition(document: Document): number | null;
  /** For a document that does not match: what DocumentValidationFailure says of it (`errInfo.details`). */
  explainMismatch(document: Document): Document;
}

/** Throws MongoDB's errors for a malformed filter: BadValue for unknown operators, FailedToParse, TypeMismatch … */
export function compileFilter(filter: Document, options: FilterOptions = {}): CompiledFilter {
  const tree = parseFilter(filter);
  const context: MatchContext = {
    collation: options.collation ?? null,
    variables: options.variables,
    compileExpression: options.compileExpression,
    matchesText: options.matchesText,
    random: options.random ?? Math.random,
  };
  const matches = compileMatcher(tree, context);
  let locate: ((document: Document) => number) | undefined;
  return {
    matches,
    fields: fieldsOf(tree, context),
    tree,
    matchedPosition(document) {
      locate ??= compileLocator(tree, context);
      const position = locate(document);
      return position > NO_MATCH && position >= 0 ? position : null;
    },
    explainMismatch: (document) => explainMismatch(tree, document, context),
  };
}

function fieldsOf(node: FilterNode, context: MatchContext): ReadonlySet<string> | 'all' {
  const fields = new Set<string>();
  const visit = (part: FilterNode): boolean => {
    switch (part.kind) {
      case 'and':
      case 'or':
      case 'nor':
        return part.children.every(visit);
      case 'not':
        return visit(part.child);
      case 'jsonSchema':
        return false;
      case 'text':
        return context.matchesText === undefined;
      case 'expr': {
        const read = context.compileExpression?.(part.expression, context.variables).fields ?? 'all';
        if (read === 'all') return false;
        for (const field of read) fields.add(field);
        return true;
      }
      case 'alwaysTrue':
      case 'alwaysFalse':
      case 'sampleRate':
        return true;
      default:
        fields.add(topLevelField(part.path));
        return true;
    }
  };
  return visit(node) ? fields : 'all';
}
