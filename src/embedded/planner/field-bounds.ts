/** Which values of one field a filter can only be met by: from predicates to intervals. */
import { type CollationKeys, isIrregular } from '../bson/collation-keys.ts';
import { isDocument } from '../bson/compare.ts';
import type { BsonValue } from '../bson/values.ts';
import { BSONRegExp } from '../bson/values.ts';
import { ELEMENT_ITSELF, type FilterNode } from '../query/filter-node.ts';
import { regexPrefix } from '../query/regex.ts';
import { work } from '../stroke.ts';
import {
  allStrings,
  complement,
  everything,
  type Interval,
  type Intervals,
  intervalOf,
  point,
  typeGroup,
  union,
} from './intervals.ts';

/** What encoding a value costs, in the steps that a stroke is counted by. */
const STEPS_PER_VALUE = 16;

/** A predicate on one path, as the planner sees it. */
export interface Predicate {
  readonly path: string;
  readonly intervals: Intervals;
  /** Every key inside the intervals meets the predicate, so that it needs no second look. (Not for arrays.) */
  readonly exact: boolean;
  /** It cannot be met by a document that lacks the field. */
  readonly impliesExists: boolean;
  /** It asks for the field's existence and nothing else. */
  readonly existenceOnly: boolean;
  /** Predicates from inside one `$elemMatch` are met by the same element. */
  readonly element: object | null;
}

/** The predicates that every match must meet (the conjuncts of the filter). `whole` is false where some were left out. */
export interface Conjuncts {
  readonly predicates: readonly Predicate[];
  readonly ors: readonly (readonly FilterNode[])[];
  readonly text: Extract<FilterNode, { kind: 'text' }> | null;
  /** Nothing of the filter is missing in `predicates`. */
  readonly whole: boolean;
  readonly never: boolean;
}

/** `keys`: what the indexes write their strings by, for which the predicates are meant. */
export function conjunctsOf(node: FilterNode, keys: CollationKeys | null = null): Conjuncts {
  const predicates: Predicate[] = [];
  const ors: (readonly FilterNode[])[] = [];
  let text: Conjuncts['text'] = null;
  let whole = true;
  let never = false;
  const visit = (child: FilterNode): void => {
    work(STEPS_PER_VALUE);
    switch (child.kind) {
      case 'and':
        for (const inner of child.children) visit(inner);
        return;
      case 'alwaysTrue':
        return;
      case 'alwaysFalse':
        never = true;
        return;
      case 'or': {
        if (child.children.length === 1) {
          visit(child.children[0] as FilterNode);
          return;
        }
        ors.push(child.children);
        whole = false;
        return;
      }
      case 'text':
        text = child;
        return;
      case 'elemMatch':
        whole = false;
        predicates.push(...predicatesInElement(child, keys));
        return;
      default: {
        const predicate = predicateOf(child, '', null, keys);
        if (predicate === null) whole = false;
        else predicates.push(predicate);
      }
    }
  };
  visit(node);
  return { predicates, ors, text, whole, never };
}

function predicatesInElement(
  node: Extract<FilterNode, { kind: 'elemMatch' }>,
  keys: CollationKeys | null,
): Predicate[] {
  const found: Predicate[] = [];
  const prefix = node.of === 'object' ? `${node.path}.` : node.path;
  const element = {};
  const visit = (child: FilterNode): void => {
    if (child.kind === 'and') for (const inner of child.children) visit(inner);
    else if (child.kind !== 'elemMatch') {
      const predicate = predicateOf(child, prefix, element, keys);
      if (predicate !== null) found.push({ ...predicate, exact: false });
    }
  };
  visit(node.child);
  return found;
}

function predicateOf(
  node: FilterNode,
  prefix: string,
  element: object | null,
  keys: CollationKeys | null,
): Predicate | null {
  const bounds = boundsOf(node, keys);
  if (bounds === null || !('path' in bounds.node)) return null;
  const own = bounds.node.path;
  const path = own === ELEMENT_ITSELF ? prefix : `${prefix}${own}`;
  return {
    path,
    intervals: bounds.intervals,
    exact: bounds.exact,
    impliesExists: bounds.impliesExists,
    existenceOnly: node.kind === 'exists',
    element,
  };
}

interface NodeBounds {
  readonly node: FilterNode & { readonly path?: string };
  readonly intervals: Intervals;
  readonly exact: boolean;
  readonly impliesExists: boolean;
}

function boundsOf(node: FilterNode, keys: CollationKeys | null): NodeBounds | null {
  switch (node.kind) {
    case 'compare': {
      if (keys !== null && isIrregular(node.value, keys)) return irregularBounds(node, [node.value]);
      const interval = comparisonInterval(node.operator, node.value, keys);
      if (interval === null) return null;
      return {
        node,
        // A range may hold nothing: below the least number, say.
        intervals: union([interval]),
        // null stands for a missing field and for undefined in the index as well, and documents may hold arrays inside.
        exact: isScalar(node.value),
        impliesExists: node.value !== null,
      };
    }
    case 'in': {
      const intervals: Interval[] = [];
      if (keys !== null && node.values.some((value) => isIrregular(value, keys))) {
        return irregularBounds(node, node.values);
      }
      for (const value of node.values) {
        if (Array.isArray(value)) return null;
        work(STEPS_PER_VALUE);
        intervals.push(point(value, keys));
      }
      for (const regex of node.regexes) intervals.push(...regexIntervals(regex.pattern, regex.options, keys).intervals);
      return {
        node,
        intervals: union(intervals),
        exact: node.regexes.length === 0 && node.values.every(isScalar),
        impliesExists: !node.values.includes(null),
      };
    }
    case 'regex': {
      const { intervals, exact } = regexIntervals(node.pattern, node.options, keys);
      return { node, intervals, exact, impliesExists: true };
    }
    case 'exists':
      return { node, intervals: [everything], exact: false, impliesExists: true };
    case 'type':
    case 'mod':
    case 'bits':
      return { node, intervals: [everything], exact: false, impliesExists: true };
    case 'not': {
      // $ne and $nin: everything else, seen again after the fetch, because of arrays and missing fields.
      if (node.child.kind !== 'compare' && node.child.kind !== 'in') return null;
      const inner = boundsOf(node.child, keys);
      if (inner === null || !inner.exact) {
        const excludesNull = node.child.kind === 'compare' && node.child.operator === 'eq' && node.child.value === null;
        if (!excludesNull || inner === null) return null;
        return { node: node.child, intervals: complement(inner.intervals), exact: false, impliesExists: true };
      }
      return { node: node.child, intervals: complement(inner.intervals), exact: false, impliesExists: false };
    }
    default:
      return null;
  }
}

/** The letters of a string have no place in the index: all strings may be meant, or whatever else holds strings. */
function irregularBounds(node: NodeBounds['node'], values: readonly BsonValue[]): NodeBounds {
  const isStrings = values.every((value) => typeof value === 'string');
  return {
    node,
    intervals: [isStrings ? allStrings : everything],
    exact: false,
    impliesExists: !values.includes(null),
  };
}

/** Documents compare field by field and null stands for missing too: their keys say less than the values. */
function isScalar(value: BsonValue): boolean {
  return value !== null && !Array.isArray(value) && !isDocument(value);
}

function comparisonInterval(
  operator: 'eq' | 'lt' | 'lte' | 'gt' | 'gte',
  value: BsonValue,
  keys: CollationKeys | null,
): Interval | null {
  if (Array.isArray(value)) return null;
  if (operator === 'eq') return point(value, keys);
  if (value === null) return operator === 'lte' || operator === 'gte' ? point(null) : null;
  if (typeof value === 'number' && Number.isNaN(value)) return null;
  const group = typeGroup(value);
  if (group === null) return null;
  if (operator === 'lt' || operator === 'lte') {
    return intervalOf(group.low, { value, inclusive: operator === 'lte' }, keys);
  }
  return intervalOf({ value, inclusive: operator === 'gte' }, group.high, keys);
}

function regexIntervals(
  pattern: string,
  options: string,
  keys: CollationKeys | null,
): { intervals: Interval[]; exact: boolean } {
  const itself = point(new BSONRegExp(pattern, options));
  const prefix = regexPrefix(pattern, options);
  // A regular expression sees letters, where a collation's keys hold their places in an order.
  if (prefix === null || prefix.prefix === '' || keys !== null)
    return { intervals: union([allStrings, itself]), exact: false };
  const next = nextString(prefix.prefix);
  const strings = intervalOf(
    { value: prefix.prefix, inclusive: true },
    next === null ? { value: {}, inclusive: false } : { value: next, inclusive: false },
  );
  return { intervals: union([strings, itself]), exact: prefix.exact };
}

/** The first string after all that start with `prefix`, in code point order; null where there is none. */
function nextString(prefix: string): string | null {
  const points = [...prefix];
  const last = points.pop();
  if (last === undefined) return null;
  let code = (last.codePointAt(0) as number) + 1;
  if (code >= 0xd800 && code <= 0xdfff) code = 0xe000;
  if (code > 0x10ffff) return nextString(points.join(''));
  return points.join('') + String.fromCodePoint(code);
}
