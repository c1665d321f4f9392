/** Why a document failed validation, in the form of MongoDB's `errInfo.details`. */
import { bsonTypeName, type MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { type FilterNode, filterFromNode } from './filter-node.ts';
import { parseJsonSchema } from './json-schema.ts';
import { compileMatcher, type MatchContext } from './match.ts';
import { valuesAt } from './paths.ts';

export function explainMismatch(node: FilterNode, document: Document, context: MatchContext): Document {
  const clauses = (children: readonly FilterNode[], satisfied: boolean) =>
    children.flatMap((child, index) =>
      compileMatcher(child, context)(document) === satisfied
        ? [{ index, details: explainMismatch(satisfied ? { kind: 'not', child } : child, document, context) }]
        : [],
    );
  switch (node.kind) {
    case 'and':
    case 'or':
      return { operatorName: `$${node.kind}`, clausesNotSatisfied: clauses(node.children, false) };
    case 'nor':
      return { operatorName: '$nor', clausesSatisfied: clauses(node.children, true) };
    case 'not':
      return { operatorName: '$not', specifiedAs: filterFromNode(node), reason: 'child expression matched' };
    case 'jsonSchema': {
      const { title, description } = node.schema;
      return {
        operatorName: '$jsonSchema',
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        schemaRulesNotSatisfied: parseJsonSchema(node.schema).explain(document),
      };
    }
    case 'expr':
      return {
        operatorName: '$expr',
        specifiedAs: { $expr: node.expression },
        reason: 'expression did not match',
        expressionResult: context.compileExpression?.(node.expression, context.variables).evaluate(document) ?? false,
      };
    case 'alwaysFalse':
    case 'alwaysTrue':
    case 'sampleRate':
    case 'text':
      return {
        operatorName: `$${node.kind}`,
        specifiedAs: filterFromNode(node),
        reason: 'expression always evaluates to false',
      };
    default: {
      const values = valuesAt(document, node.path).filter((value) => value !== undefined) as BsonValue[];
      const details: Document = {
        operatorName: operatorName(node),
        specifiedAs: specification(node),
        reason: values.length === 0 ? 'field was missing' : reasons[node.kind],
      };
      if (values.length === 0) return details;
      const considered: MaybeValue[] = values;
      if (considered.length === 1) {
        details.consideredValue = values[0]!;
        if (node.kind === 'type') details.consideredType = bsonTypeName(values[0]);
      } else {
        details.consideredValues = values;
        if (node.kind === 'type') details.consideredTypes = [...new Set(values.map((value) => bsonTypeName(value)))];
      }
      return details;
    }
  }
}

const reasons = {
  compare: 'comparison failed',
  in: 'no matching value found in array',
  exists: 'path does not exist',
  type: 'type did not match',
  regex: 'regular expression did not match',
  mod: '$mod did not evaluate to expected remainder',
  size: 'array length was not equal to given size',
  bits: 'bitwise operator failed to match',
  elemMatch: 'array did not satisfy the child predicate',
} as const;

function operatorName(node: FilterNode): string {
  if (node.kind === 'compare') return `$${node.operator}`;
  return node.kind === 'bits' ? node.operator : `$${node.kind}`;
}

function specification(node: FilterNode): Document {
  if (node.kind === 'compare' && node.operator === 'eq') return { [node.path]: node.value };
  if (node.kind === 'type' && node.types.size === 1) return { [node.path]: { $type: [...node.types][0]! } };
  return filterFromNode(node);
}
