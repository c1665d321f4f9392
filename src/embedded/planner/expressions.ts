/** Lends aggregation's expressions to filters and projections. */

import { compileExpression } from '../aggregation/index.ts';
import type { Collation } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import type { CompileExpression } from '../query/filter.ts';

/** For one command: `variables` is its `let`. */
export function expressionCompiler(collation: Collation | null, now: Date): CompileExpression {
  return (expression: BsonValue, variables?: Document) =>
    compileExpression(expression, {
      collation,
      now,
      variables: variables as Readonly<Record<string, BsonValue>> | undefined,
    });
}
