export { allMatches } from './bounded-regex.ts';
export {
  type CompiledExpression,
  type CompiledFilter,
  type CompileExpression,
  compileFilter,
  type FilterOptions,
} from './filter.ts';
export {
  type ComparisonOperator,
  ELEMENT_ITSELF,
  type FilterNode,
  filterFromNode,
  type RegexSource,
} from './filter-node.ts';
export { parseJsonSchema, type Schema } from './json-schema.ts';
export { isTruthy } from './parse-filter.ts';
export { arrayIndexOf, readField, topLevelField, writeField } from './paths.ts';
export {
  type CompiledProjection,
  compileProjection,
  type ProjectionMeta,
  type ProjectionOptions,
} from './projection.ts';
export { compileRegex, regexPrefix } from './regex.ts';
export { show } from './show.ts';
export {
  type CompiledSort,
  compileSort,
  type SortKey,
  type SortOptions,
  type SortPart,
  sortDocuments,
  TopK,
} from './sort.ts';
export {
  type CompiledTextQuery,
  compileTextQuery,
  parseTextOperator,
  parseTextSearch,
  type TextIndex,
  type TextQuery,
  type TextSearch,
  termsOf,
  textIndexOf,
  textKeys,
} from './text.ts';
