/** `FilterNode` to closures. A closure allocates nothing per document, for it runs once for every document of a scan. */
import { isNaNValue, remainder, truncatedToInt64, wholeNumberOf } from '../bson/arithmetic.ts';
import {
  type BsonTypeName,
  bsonTypeName,
  bytesOf,
  type Collation,
  compareStrings,
  compareValues,
  groupKey,
  isDocument,
  isNumber,
  type MaybeValue,
  typeOrder,
  typeOrders,
} from '../bson/compare.ts';
import {
  Binary,
  BSONSymbol,
  type BsonValue,
  Decimal128,
  type Document,
  type Double,
  MaxKey,
  MinKey,
} from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { work } from '../stroke.ts';
import type { CompileExpression } from './filter.ts';
import { type ComparisonOperator, ELEMENT_ITSELF, type FilterNode, type RegexSource } from './filter-node.ts';
import { parseJsonSchema } from './json-schema.ts';
import { isTruthy } from './parse-filter.ts';
import {
  elementOrWhole,
  fieldReader,
  type LeafTest,
  MATCH_WITHOUT_POSITION,
  NO_MATCH,
  pathMatcher,
  wholeOnly,
} from './paths.ts';
import { regexTest } from './regex.ts';

export interface MatchContext {
  readonly collation: Collation | null;
  readonly variables: Document | undefined;
  readonly compileExpression: CompileExpression | undefined;
  readonly matchesText: ((document: Document) => boolean) | undefined;
  readonly random: () => number;
}

export type DocumentTest = (document: Document) => boolean;
type ValueTest = (value: MaybeValue) => boolean;

export function compileMatcher(node: FilterNode, context: MatchContext): DocumentTest {
  switch (node.kind) {
    case 'and':
      return allOf(node.children.map((child) => compileMatcher(child, context)));
    case 'or':
      return anyOf(node.children.map((child) => compileMatcher(child, context)));
    case 'nor': {
      const any = anyOf(node.children.map((child) => compileMatcher(child, context)));
      return (document) => !any(document);
    }
    case 'not': {
      const child = compileMatcher(node.child, context);
      return (document) => !child(document);
    }
    case 'alwaysTrue':
      return () => true;
    case 'alwaysFalse':
      return () => false;
    case 'sampleRate':
      return () => context.random() < node.rate;
    case 'expr': {
      if (context.compileExpression === undefined)
        throw new MongoError('BadValue', '$expr is not allowed in this context');
      const { evaluate } = context.compileExpression(node.expression, context.variables);
      return (document) => isTruthy(evaluate(document));
    }
    case 'jsonSchema': {
      const schema = parseJsonSchema(node.schema);
      return (document) => schema.matches(document);
    }
    case 'text': {
      const { matchesText } = context;
      // The planner answers $text from the text index; what comes through here has been found by it.
      return matchesText ?? (() => true);
    }
    default: {
      const fast = fastTest(node, context);
      if (fast !== null) return fast;
      const { leaf, single } = leafOf(node, context);
      if (!node.path.includes('.')) return topLevelTest(node.path, leaf);
      const match = pathMatcher(node.path, leaf, single);
      return (document) => match(document) !== NO_MATCH;
    }
  }
}

/** As `compileMatcher`, but answers where in an array the match was found, for the positional `$` operators. */
export function compileLocator(node: FilterNode, context: MatchContext): (document: Document) => number {
  switch (node.kind) {
    case 'and': {
      const children = node.children.map((child) => compileLocator(child, context));
      return (document) => {
        let position = MATCH_WITHOUT_POSITION;
        for (const child of children) {
          const found = child(document);
          if (found === NO_MATCH) return NO_MATCH;
          if (found !== MATCH_WITHOUT_POSITION) position = found; // the last one counts
        }
        return position;
      };
    }
    case 'or': {
      const children = node.children.map((child) => compileLocator(child, context));
      return (document) => {
        for (const child of children) {
          const found = child(document);
          if (found !== NO_MATCH) return found;
        }
        return NO_MATCH;
      };
    }
    case 'compare':
    case 'in':
    case 'exists':
    case 'type':
    case 'regex':
    case 'mod':
    case 'size':
    case 'bits':
    case 'elemMatch': {
      const { leaf, single } = leafOf(node, context);
      return pathMatcher(node.path, leaf, single);
    }
    default: {
      const test = compileMatcher(node, context);
      return (document) => (test(document) ? MATCH_WITHOUT_POSITION : NO_MATCH);
    }
  }
}

/** A filter on single values (`$elemMatch` by value, `$pull` by condition): its paths are ELEMENT_ITSELF. */
export function compileValueMatcher(node: FilterNode, context: MatchContext): ValueTest {
  switch (node.kind) {
    case 'and': {
      const tests = node.children.map((child) => compileValueMatcher(child, context));
      return (value) => tests.every((test) => test(value));
    }
    case 'or': {
      const tests = node.children.map((child) => compileValueMatcher(child, context));
      return (value) => tests.some((test) => test(value));
    }
    case 'nor': {
      const tests = node.children.map((child) => compileValueMatcher(child, context));
      return (value) => !tests.some((test) => test(value));
    }
    case 'not': {
      const test = compileValueMatcher(node.child, context);
      return (value) => !test(value);
    }
    case 'alwaysTrue':
      return () => true;
    case 'alwaysFalse':
      return () => false;
    default: {
      if (!('path' in node)) throw new MongoError('BadValue', `$${node.kind} cannot be applied to a single value`);
      if (node.path === ELEMENT_ITSELF) {
        const { single } = leafOf(node, context);
        return (value) => single(value) !== NO_MATCH;
      }
      const test = compileMatcher(node, context);
      return (value) => isDocument(value) && test(value);
    }
  }
}

type PathNode = Extract<FilterNode, { readonly path: string }>;

/** `leaf` judges the value at the end of the path, `single` an element that was reached by its position. */
function leafOf(node: PathNode, context: MatchContext): { leaf: LeafTest; single: LeafTest } {
  switch (node.kind) {
    case 'compare':
      return traversing(comparisonTest(node.operator, node.value, context.collation));
    case 'in':
      return traversing(membershipTest(node.values, node.regexes, context.collation));
    case 'exists':
      return traversing((value) => value !== undefined);
    case 'type': {
      const { types } = node;
      return traversing((value) => types.has(bsonTypeName(value) as BsonTypeName));
    }
    case 'regex':
      return traversing(regexTest(node.pattern, node.options));
    case 'mod':
      return traversing(modTest(node.divisor, node.remainder));
    case 'bits':
      return traversing(bitTest(node.operator, node.positions));
    case 'size': {
      const { size } = node;
      return whole((value) => Array.isArray(value) && value.length === size);
    }
    case 'elemMatch': {
      const leaf = elementTest(node, context);
      return { leaf, single: leaf };
    }
  }
}

function traversing(test: ValueTest): { leaf: LeafTest; single: LeafTest } {
  return { leaf: elementOrWhole(test), single: wholeOnly(test) };
}

function whole(test: ValueTest): { leaf: LeafTest; single: LeafTest } {
  const leaf = wholeOnly(test);
  return { leaf, single: leaf };
}

function elementTest(node: FilterNode & { kind: 'elemMatch' }, context: MatchContext): LeafTest {
  let test: ValueTest;
  if (node.of === 'value') {
    test = compileValueMatcher(node.child, context);
  } else {
    const inner = compileMatcher(node.child, context);
    // An array counts as the document {0: …, 1: …}.
    test = (element) =>
      isDocument(element)
        ? inner(element)
        : Array.isArray(element)
          ? inner({ ...element } as unknown as Document)
          : false;
  }
  return (value) => {
    if (!Array.isArray(value)) return NO_MATCH;
    work(value.length);
    for (let i = 0; i < value.length; i++) if (test(value[i])) return i;
    return NO_MATCH;
  };
}

function allOf(tests: DocumentTest[]): DocumentTest {
  const [first, second, third] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (document) => first(document) && second(document);
  if (tests.length === 3) return (document) => first(document) && second(document) && third(document);
  return (document) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(document)) return false;
    return true;
  };
}

function anyOf(tests: DocumentTest[]): DocumentTest {
  return (document) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(document)) return true;
    return false;
  };
}

function topLevelTest(path: string, leaf: LeafTest): DocumentTest {
  const read = fieldReader(path);
  return (document) => leaf(read(document)) !== NO_MATCH;
}

/** The commonest predicates on a top-level field, without a call for each value. */
function fastTest(node: PathNode, context: MatchContext): DocumentTest | null {
  if (node.path.includes('.') || node.kind !== 'compare' || node.path in Object.prototype) return null;
  const { path, value, operator } = node;
  const { leaf } = leafOf(node, context);
  if (typeof value === 'string' && operator === 'eq' && context.collation === null) {
    return (document) => {
      const found = document[path];
      if (typeof found === 'string') return found === value;
      return typeof found === 'object' && leaf(found) !== NO_MATCH;
    };
  }
  if (typeof value === 'number' && !Number.isNaN(value)) {
    const test = numberTests[operator](value);
    return (document) => {
      const found = document[path];
      if (typeof found === 'number') return test(found);
      return leaf(found) !== NO_MATCH;
    };
  }
  if (value instanceof Date) {
    const test = numberTests[operator](value.getTime());
    return (document) => {
      const found = document[path];
      if (found instanceof Date) return test(found.getTime());
      return leaf(found) !== NO_MATCH;
    };
  }
  return null;
}

/** A NaN in the document fails all of these, as it must. */
const numberTests: Readonly<Record<ComparisonOperator, (value: number) => (found: number) => boolean>> = {
  eq: (value) => (found) => found === value,
  lt: (value) => (found) => found < value,
  lte: (value) => (found) => found <= value,
  gt: (value) => (found) => found > value,
  gte: (value) => (found) => found >= value,
};

function comparisonTest(operator: ComparisonOperator, value: BsonValue, collation: Collation | null): ValueTest {
  if (value instanceof MinKey || value instanceof MaxKey) {
    // The ends of the order compare with every type.
    const holds = holdsBy[operator];
    return (found) => holds(compareValues(found === undefined ? null : found, value));
  }
  if (value === null) {
    // Missing counts as null; BSON's undefined does not (since MongoDB 8.0).
    return operator === 'gt' || operator === 'lt' ? () => false : (found) => found === null || found === undefined;
  }
  if (isNumber(value)) {
    if (isNaNValue(value)) {
      return operator === 'gt' || operator === 'lt' ? () => false : (found) => isNumber(found) && isNaNValue(found);
    }
    const holds = holdsBy[operator];
    if (typeof value === 'number') {
      const test = numberTests[operator](value);
      return (found) =>
        typeof found === 'number'
          ? test(found)
          : isNumber(found) && !isNaNValue(found) && holds(compareValues(found, value));
    }
    return (found) => isNumber(found) && !isNaNValue(found) && holds(compareValues(found, value));
  }
  const holds = holdsBy[operator];
  if (typeof value === 'string') {
    const compare = collation === null ? compareStrings : collation.compare;
    return (found) =>
      typeof found === 'string'
        ? holds(compare(found, value))
        : typeOrder(found) === typeOrders.string && holds(compareValues(found, value, collation));
  }
  const order = typeOrder(value);
  return (found) => typeOrder(found) === order && holds(compareValues(found, value, collation));
}

const holdsBy: Readonly<Record<ComparisonOperator, (difference: number) => boolean>> = {
  eq: (difference) => difference === 0,
  lt: (difference) => difference < 0,
  lte: (difference) => difference <= 0,
  gt: (difference) => difference > 0,
  gte: (difference) => difference >= 0,
};

function membershipTest(
  values: readonly BsonValue[],
  regexes: readonly RegexSource[],
  collation: Collation | null,
): ValueTest {
  const strings = new Set<string>();
  const numbers = new Set<number>();
  const others = new Set<string | number>();
  let hasNull = false;
  for (const value of values) {
    if (value === null) hasNull = true;
    else if (typeof value === 'string') strings.add(value);
    else if (value instanceof BSONSymbol) strings.add(value.value);
    else {
      const key = groupKey(value, collation);
      if (typeof key === 'number') numbers.add(key);
      else others.add(key);
    }
  }
  const hasString = collation === null ? (text: string) => strings.has(text) : searchIn([...strings], collation);
  const tests = regexes.map(({ pattern, options }) => regexTest(pattern, options));
  const isPlain = others.size === 0 && tests.length === 0;
  return (found) => {
    if (found === null || found === undefined) return hasNull;
    if (typeof found === 'string') {
      if (hasString(found)) return true;
    } else if (typeof found === 'number') {
      return numbers.has(found); // SameValueZero, as the keys need it
    } else if (found instanceof BSONSymbol) {
      if (hasString(found.value)) return true;
    } else if (!(isPlain && (Array.isArray(found) || isDocument(found)))) {
      const key = groupKey(found, collation);
      if (typeof key === 'number' ? numbers.has(key) : others.has(key)) return true;
    }
    for (const test of tests) if (test(found)) return true;
    return false;
  };
}

/** Whether a string equals one of the given ones under the collation. */
function searchIn(strings: string[], collation: Collation): (text: string) => boolean {
  strings.sort(collation.compare);
  return (text) => {
    let low = 0;
    let high = strings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const difference = collation.compare(strings[middle]!, text);
      if (difference === 0) return true;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  };
}

function modTest(divisor: bigint, wanted: bigint): ValueTest {
  const smallDivisor = Number(divisor);
  const smallWanted = Number(wanted);
  const small = Number.isSafeInteger(smallDivisor) && Number.isSafeInteger(smallWanted);
  return (found) => {
    if (typeof found === 'number' && small && Math.abs(found) <= Number.MAX_SAFE_INTEGER) {
      // NaN fails the comparison above. −0 equals 0 here, as it should.
      return Math.trunc(found) % smallDivisor === smallWanted;
    }
    if (!isNumber(found) || isNaNValue(found)) return false;
    const number = typeof found === 'bigint' ? found : outOfInt64(found) ? null : truncatedToInt64(found);
    return number !== null && remainder(number, divisor) === wanted;
  };
}

function outOfInt64(value: number | Double | Decimal128): boolean {
  return Math.abs(value instanceof Decimal128 ? Number(value.toString()) : Number(value)) >= 2 ** 63;
}

function bitTest(
  operator: '$bitsAllSet' | '$bitsAllClear' | '$bitsAnySet' | '$bitsAnyClear',
  positions: readonly number[],
): ValueTest {
  const wantsSet = operator === '$bitsAllSet' || operator === '$bitsAnySet';
  const needsAll = operator === '$bitsAllSet' || operator === '$bitsAllClear';
  return (found) => {
    const isSet = bitReader(found);
    if (isSet === null) return false;
    work(positions.length);
    for (const position of positions) {
      if ((isSet(position) === wantsSet) !== needsAll) return !needsAll;
    }
    return needsAll;
  };
}

function bitReader(value: MaybeValue): ((position: number) => boolean) | null {
  if (value instanceof Binary) {
    const bytes = bytesOf(value);
    return (position) => ((bytes[position >> 3] ?? 0) & (1 << (position & 7))) !== 0;
  }
  const whole = wholeNumberOf(value);
  if (whole === null) return null;
  // Two's complement goes on for ever: the sign bit answers for the positions beyond 63.
  return (position) => ((whole >> BigInt(Math.min(position, 63))) & 1n) === 1n;
}
