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

/** `let` of a command holds expressions that see no document. */
export function evaluateVariables(variables: Document, now: Date): Readonly<Record<string, BsonValue>> {
  const values: Record<string, BsonValue> = {};
  for (const [name, expression] of Object.entries(variables)) {
    const value = compileExpression(expression as BsonValue, { now }).evaluate({});
    if (value !== undefined) values[name] = value;
  }
  return values;
}
