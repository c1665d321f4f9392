/** The parsed form of a filter: what the planner reads to find index bounds, and what the matcher is compiled from. */
import type { BsonTypeName } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import type { TextQuery } from './text-query.ts';

/**
 * The path of predicates inside `{path: {$elemMatch: {$gt: …}}}`: they look at the array's element itself.
 * NUL cannot be part of a BSON field name, so no field has this path.
 */
export const ELEMENT_ITSELF = '\0';

export type ComparisonOperator = 'eq' | 'lt' | 'lte' | 'gt' | 'gte';

/**
 * One node of a filter. `$ne` is `not(eq)`, `$nin` is `not(in)`, `$all` is `and(eq …)` or `and(elemMatch …)`, and
 * `{a: {$gt: 1, $lt: 5}}` is `and(gt, lt)`. A predicate on a path matches when *any* value on the path does: each element of an array,
 * and the array itself. So two predicates on the same path may be met by two different elements.
 */
export type FilterNode =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly children: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly child: FilterNode }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly operator: ComparisonOperator;
      /** Only values of the same type group match, except that null equals a missing field. Never undefined. */
      readonly value: BsonValue;
    }
  | {
      readonly kind: 'in';
      readonly path: string;
      readonly values: readonly BsonValue[];
      readonly regexes: readonly RegexSource[];
    }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'type'; readonly path: string; readonly types: ReadonlySet<BsonTypeName> }
  | ({ readonly kind: 'regex'; readonly path: string } & RegexSource)
  | { readonly kind: 'mod'; readonly path: string; readonly divisor: bigint; readonly remainder: bigint }
  | { readonly kind: 'size'; readonly path: string; readonly size: number }
  | {
      readonly kind: 'bits';
      readonly path: string;
      readonly operator: '$bitsAllSet' | '$bitsAllClear' | '$bitsAnySet' | '$bitsAnyClear';
      readonly positions: readonly number[];
    }
  | {
      /** Some one element of the array meets the whole child: as a document ('object') or as a value ('value', paths ELEMENT_ITSELF). */
      readonly kind: 'elemMatch';
      readonly path: string;
      readonly of: 'object' | 'value';
      readonly child: FilterNode;
    }
  | { readonly kind: 'text'; readonly query: TextQuery }
  | { readonly kind: 'expr'; readonly expression: BsonValue }
  | { readonly kind: 'jsonSchema'; readonly schema: Document }
  | { readonly kind: 'sampleRate'; readonly rate: number }
  | { readonly kind: 'alwaysTrue' }
  | { readonly kind: 'alwaysFalse' };

export interface RegexSource {
  readonly pattern: string;
  readonly options: string;
}

/** The form in which a filter can be shown in `explain` (`parsedQuery`) and in validation errors. */
export function filterFromNode(node: FilterNode): Document {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor':
      return node.kind === 'and' && node.children.length === 0
        ? {}
        : { [`$${node.kind}`]: node.children.map(filterFromNode) };
    case 'not': {
      const [path, condition] = pathAndCondition(node.child);
      if (path === null) return { $nor: [condition as Document] };
      return { [path]: { $not: condition } };
    }
    case 'text':
      return { $text: { $search: node.query.search } };
    case 'expr':
      return { $expr: node.expression };
    case 'jsonSchema':
      return { $jsonSchema: node.schema };
    case 'sampleRate':
      return { $sampleRate: node.rate };
    case 'alwaysTrue':
      return { $alwaysTrue: 1 };
    case 'alwaysFalse':
      return { $alwaysFalse: 1 };
    default: {
      const [path, condition] = pathAndCondition(node);
      return { [path!]: condition };
    }
  }
}

function pathAndCondition(node: FilterNode): [path: string | null, condition: BsonValue] {
  switch (node.kind) {
    case 'compare':
      return [node.path, { [`$${node.operator}`]: node.value }];
    case 'in':
      return [
        node.path,
        {
          $in: [
            ...node.values,
            ...node.regexes.map(({ pattern, options }) => ({ $regex: pattern, $options: options })),
          ],
        },
      ];
    case 'exists':
      return [node.path, { $exists: true }];
    case 'type':
      return [node.path, { $type: [...node.types] }];
    case 'regex':
      return [
        node.path,
        node.options === '' ? { $regex: node.pattern } : { $regex: node.pattern, $options: node.options },
      ];
    case 'mod':
      return [node.path, { $mod: [node.divisor, node.remainder] }];
    case 'size':
      return [node.path, { $size: node.size }];
    case 'bits':
      return [node.path, { [node.operator]: [...node.positions] }];
    case 'elemMatch': {
      const inner = filterFromNode(node.child);
      const own = inner[ELEMENT_ITSELF];
      return [node.path, { $elemMatch: own === undefined ? inner : own }];
    }
    case 'and':
      // The operators of one field: {a: {$not: {$gt: 1, $lt: 5}}}
      if (node.children.length > 0) {
        const parts = node.children.map(pathAndCondition);
        const path = parts[0]![0];
        if (path !== null && parts.every(([other]) => other === path)) {
          return [path, Object.assign({}, ...parts.map(([, condition]) => condition)) as Document];
        }
      }
      return [null, filterFromNode(node)];
    default:
      return [null, filterFromNode(node)];
  }
}
