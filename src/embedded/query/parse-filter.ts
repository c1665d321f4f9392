/** A filter document to its `FilterNode` tree, with MongoDB's errors for what is malformed or unknown. */
import { isNaNValue, toDouble, truncatedToInt64, wholeNumberOf } from '../bson/arithmetic.ts';
import { type BsonTypeName, bytesOf, isDocument, isNumber, type MaybeValue, typesOfAlias } from '../bson/compare.ts';
import { Binary, BSONRegExp, BsonUndefined, type BsonValue, Decimal128, type Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { work } from '../stroke.ts';
import { type ComparisonOperator, ELEMENT_ITSELF, type FilterNode, type RegexSource } from './filter-node.ts';
import { parseJsonSchema } from './json-schema.ts';
import { compileRegex } from './regex.ts';
import { show } from './show.ts';
import { parseTextOperator } from './text.ts';

/** Deeper nesting is refused, as MongoDB does. */
const DEPTH_MAX = 100;
/** What a branch of a filter costs, in the steps that a stroke is counted by. */
const STEPS_PER_DOCUMENT = 16;

export function parseFilter(filter: Document): FilterNode {
  return parseDocument(filter, 0);
}

function parseDocument(filter: Document, depth: number): FilterNode {
  work(STEPS_PER_DOCUMENT);
  if (depth > DEPTH_MAX)
    throw bad('exceeded depth limit of 100 when converting js object to BSON. Do you have a cycle?');
  const children: FilterNode[] = [];
  for (const name of Object.keys(filter)) {
    const value = filter[name] as BsonValue;
    const node = name.startsWith('$') ? parseTopLevel(name, value, depth) : parseField(name, value, depth);
    if (node !== null) children.push(node);
  }
  return conjunction(children);
}

function conjunction(children: FilterNode[]): FilterNode {
  return children.length === 1 ? children[0]! : { kind: 'and', children };
}

function parseTopLevel(name: string, value: BsonValue, depth: number): FilterNode | null {
  switch (name) {
    case '$and':
    case '$or':
    case '$nor': {
      if (!Array.isArray(value)) throw bad(`${name} argument must be an array`);
      if (value.length === 0) throw bad(`${name} argument must be a non-empty array`);
      const children = value.map((entry) => {
        if (!isDocument(entry)) throw bad(`${name} argument's entries must be objects`);
        return parseDocument(entry, depth + 1);
      });
      return { kind: name === '$and' ? 'and' : name === '$or' ? 'or' : 'nor', children };
    }
    case '$expr':
      return { kind: 'expr', expression: value };
    case '$jsonSchema':
      if (!isDocument(value)) throw new MongoError('TypeMismatch', '$jsonSchema must be an object');
      parseJsonSchema(value); // for its errors
      return { kind: 'jsonSchema', schema: value };
    case '$text':
      return { kind: 'text', query: parseTextOperator(value) };
    case '$comment':
      return null;
    case '$alwaysTrue':
    case '$alwaysFalse':
      if (!isNumber(value) || wholeNumberOf(value) !== 1n) {
        throw new MongoError('FailedToParse', `${name} must be an integer value of 1`);
      }
      return { kind: name === '$alwaysTrue' ? 'alwaysTrue' : 'alwaysFalse' };
    case '$sampleRate': {
      if (!isNumber(value)) throw bad('argument to $sampleRate must be a numeric type');
      const rate = toDouble(value);
      if (!(rate >= 0 && rate <= 1)) throw bad('numeric argument to $sampleRate must be in [0, 1]');
      return { kind: 'sampleRate', rate };
    }
    case '$where':
      throw bad(
        '$where is not supported: this server runs no JavaScript (no globalScriptEngine in $where parsing). Use $expr.',
      );
    default:
      throw bad(
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function parseField(path: string, value: BsonValue, depth: number): FilterNode {
  if (value instanceof BSONRegExp) return regexNode(path, value);
  if (isOperatorDocument(value)) return conjunction(parseOperators(path, value, depth));
  return equality(path, value);
}

/** `{$gt: 1}`, but not `{}` nor a DBRef. */
function isOperatorDocument(value: MaybeValue): value is Document {
  if (!isDocument(value)) return false;
  const first = firstName(value);
  return first?.startsWith('$') === true && !isDBRef(value);
}

function firstName(document: Document): string | undefined {
  for (const name in document) return name;
  return undefined;
}

function isDBRef(document: Document): boolean {
  const first = firstName(document);
  return first === '$ref' || first === '$id' || first === '$db';
}

function equality(path: string, value: BsonValue): FilterNode {
  return comparison(path, 'eq', value);
}

function comparison(path: string, operator: ComparisonOperator, value: BsonValue): FilterNode {
  if (value instanceof BsonUndefined) throw bad('cannot compare to undefined');
  if (operator !== 'eq' && value instanceof BSONRegExp) {
    throw bad(`Can't have RegEx as arg to predicate over field '${shownPath(path)}'.`);
  }
  return { kind: 'compare', path, operator, value };
}

function shownPath(path: string): string {
  return path === ELEMENT_ITSELF ? '' : path;
}

/** The operators of one field, `path` being ELEMENT_ITSELF inside a value $elemMatch. */
function parseOperators(path: string, operators: Document, depth: number): FilterNode[] {
  if (depth > DEPTH_MAX)
    throw bad('exceeded depth limit of 100 when converting js object to BSON. Do you have a cycle?');
  const nodes: FilterNode[] = [];
  for (const name of Object.keys(operators)) {
    const node = parseOperator(path, name, operators[name] as BsonValue, operators, depth);
    if (node !== null) nodes.push(node);
  }
  return nodes;
}

function parseOperator(
  path: string,
  name: string,
  value: BsonValue,
  siblings: Document,
  depth: number,
): FilterNode | null {
  switch (name) {
    case '$eq':
      return equality(path, value);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return comparison(path, name.slice(1) as ComparisonOperator, value);
    case '$ne':
      if (value instanceof BSONRegExp) throw bad("Can't have regex as arg to $ne.");
      return { kind: 'not', child: equality(path, value) };
    case '$in':
      return membership(path, name, value);
    case '$nin':
      return { kind: 'not', child: membership(path, name, value) };
    case '$exists': {
      const exists: FilterNode = { kind: 'exists', path };
      return isTruthy(value) ? exists : { kind: 'not', child: exists };
    }
    case '$type':
      return { kind: 'type', path, types: parseTypes(value) };
    case '$regex':
      return parseRegex(path, value, siblings.$options);
    case '$options':
      if (siblings.$regex === undefined) throw bad('$options needs a $regex');
      return null;
    case '$mod':
      return parseMod(path, value);
    case '$size':
      return { kind: 'size', path, size: parseSize(value) };
    case '$all':
      return parseAll(path, value, depth);
    case '$elemMatch':
      return parseElemMatch(path, value, depth);
    case '$not':
      return parseNot(path, value, depth);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return { kind: 'bits', path, operator: name, positions: parseBits(name, value) };
    case '$comment':
      return null;
    case '$where':
      throw bad('$where cannot be applied to a field, and is not supported: this server runs no JavaScript');
    case '$geoWithin':
    case '$geoIntersects':
    case '$near':
    case '$nearSphere':
    case '$within':
    case '$geoNear':
    case '$maxDistance':
    case '$minDistance':
      throw new MongoError('NotImplemented', `${name}: geospatial queries are not supported by this server`);
    case '$expr':
    case '$jsonSchema':
    case '$text':
      throw bad(`${name} can only be applied to the top-level document`);
    default:
      throw bad(`unknown operator: ${name}`);
  }
}

function membership(path: string, name: string, value: BsonValue): FilterNode {
  if (!Array.isArray(value)) throw bad(`${name} needs an array`);
  const values: BsonValue[] = [];
  const regexes: RegexSource[] = [];
  for (const entry of value) {
    work(2);
    if (entry instanceof BSONRegExp) {
      compileRegex(entry.pattern, entry.options); // for its errors
      regexes.push({ pattern: entry.pattern, options: entry.options });
      continue;
    }
    if (isOperatorDocument(entry)) throw bad(`cannot nest $ under ${name}`);
    if (entry instanceof BsonUndefined) throw bad('cannot compare to undefined');
    values.push(entry);
  }
  return { kind: 'in', path, values, regexes };
}

function parseTypes(value: BsonValue): ReadonlySet<BsonTypeName> {
  const aliases = Array.isArray(value) ? value : [value];
  if (aliases.length === 0) throw new MongoError('FailedToParse', '$type must match at least one type');
  return new Set(aliases.flatMap((alias) => typesOfAlias(alias)));
}

function parseRegex(path: string, value: BsonValue, options: MaybeValue): FilterNode {
  if (options !== undefined && typeof options !== 'string') throw bad('$options has to be a string');
  if (value instanceof BSONRegExp) {
    if (options === undefined) return regexNode(path, value);
    if (value.options !== '') throw new MongoError(51075, 'options set in both $regex and $options');
    return regexNode(path, { pattern: value.pattern, options });
  }
  if (typeof value !== 'string') throw bad('$regex has to be a string');
  return regexNode(path, { pattern: value, options: options ?? '' });
}

function regexNode(path: string, { pattern, options }: RegexSource): FilterNode {
  compileRegex(pattern, options); // for its errors
  return { kind: 'regex', path, pattern, options };
}

function parseMod(path: string, value: BsonValue): FilterNode {
  if (!Array.isArray(value)) throw bad('malformed mod, needs to be an array');
  if (value.length < 2) throw bad('malformed mod, not enough elements');
  if (value.length > 2) throw bad('malformed mod, too many elements');
  const [divisor, remainder] = value;
  if (!isNumber(divisor)) throw bad('malformed mod, divisor not a number');
  if (!isNumber(remainder)) throw bad('malformed mod, remainder not a number');
  for (const [label, number] of [
    ['divisor', divisor],
    ['remainder', remainder],
  ] as const) {
    if (isNaNValue(number) || Math.abs(toDouble(number)) >= 2 ** 63) {
      throw bad(`malformed mod, ${label} value is invalid :: caused by :: Out of bounds coercing to integral value`);
    }
  }
  const whole = truncatedToInt64(divisor);
  if (whole === 0n) throw bad('divisor cannot be 0');
  return { kind: 'mod', path, divisor: whole, remainder: truncatedToInt64(remainder) };
}

function parseSize(value: BsonValue): number {
  if (!isNumber(value)) throw bad(`Failed to parse $size. Expected a number in: $size: ${show(value)}`);
  const size = wholeNumberOf(value);
  if (size === null) throw bad(`Failed to parse $size. Expected an integer: $size: ${show(value)}`);
  if (size < 0n) throw bad(`Failed to parse $size. Expected a non-negative number in: $size: ${show(value)}`);
  return Number(size);
}

function parseAll(path: string, value: BsonValue, depth: number): FilterNode {
  if (!Array.isArray(value)) throw bad('$all needs an array');
  if (value.length === 0) return { kind: 'alwaysFalse' };
  const first = value[0];
  if (isDocument(first) && firstName(first) === '$elemMatch') {
    return conjunction(
      value.map((entry) => {
        if (!isDocument(entry) || firstName(entry) !== '$elemMatch') {
          throw bad('$all/$elemMatch has to be consistent');
        }
        return parseElemMatch(path, entry.$elemMatch as BsonValue, depth + 1);
      }),
    );
  }
  return conjunction(
    value.map((entry) => {
      if (entry instanceof BSONRegExp) return regexNode(path, entry);
      if (isOperatorDocument(entry)) throw bad('no $ expressions in $all');
      return equality(path, entry);
    }),
  );
}

function parseElemMatch(path: string, value: BsonValue, depth: number): FilterNode {
  if (!isDocument(value)) throw bad('$elemMatch needs an Object');
  const first = firstName(value);
  const isValueMatch =
    isOperatorDocument(value) && first !== '$and' && first !== '$or' && first !== '$nor' && first !== '$where';
  if (isValueMatch) {
    return {
      kind: 'elemMatch',
      path,
      of: 'value',
      child: conjunction(parseOperators(ELEMENT_ITSELF, value, depth + 1)),
    };
  }
  for (const name of ['$where', '$expr', '$text', '$jsonSchema']) {
    if (Object.hasOwn(value, name)) throw bad(`$elemMatch cannot contain ${name} expression`);
  }
  return { kind: 'elemMatch', path, of: 'object', child: parseDocument(value, depth + 1) };
}

function parseNot(path: string, value: BsonValue, depth: number): FilterNode {
  if (value instanceof BSONRegExp) return { kind: 'not', child: regexNode(path, value) };
  if (!isDocument(value)) throw bad('$not needs a regex or a document');
  if (firstName(value) === undefined) throw bad('$not cannot be empty');
  return { kind: 'not', child: conjunction(parseOperators(path, value, depth + 1)) };
}

function parseBits(name: string, value: BsonValue): number[] {
  if (Array.isArray(value)) {
    return value.map((position) => {
      const whole = wholeNumberOf(position);
      if (whole === null) throw bad(`bit positions must be an integer but got: ${show(position)}`);
      if (whole < 0n) throw bad(`bit positions must be >= 0 but got: ${show(position)}`);
      return Number(whole);
    });
  }
  if (isNumber(value)) {
    const whole = wholeNumberOf(value);
    if (whole === null) throw new MongoError('FailedToParse', `Expected an integer: ${name}: ${show(value)}`);
    if (whole < 0n) {
      throw new MongoError('FailedToParse', `Expected a non-negative number in: ${name}: ${show(value)}`);
    }
    return positionsIn(whole);
  }
  if (value instanceof Binary) {
    const positions: number[] = [];
    for (const [index, byte] of bytesOf(value).entries()) {
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) positions.push(index * 8 + bit);
    }
    return positions;
  }
  throw bad(`${name} takes an Array, a number, or a BinData but received: ${show(value)}`);
}

function positionsIn(mask: bigint): number[] {
  const positions: number[] = [];
  for (let bit = 0; mask >> BigInt(bit) > 0n; bit++) if ((mask >> BigInt(bit)) & 1n) positions.push(bit);
  return positions;
}

/** As MongoDB reads flags such as `$exists`: false, 0, null and undefined are false. */
export function isTruthy(value: MaybeValue): boolean {
  if (value === undefined || value === null || value === false || value instanceof BsonUndefined) return false;
  if (value instanceof Decimal128) return toDouble(value) !== 0;
  if (isNumber(value)) return toDouble(value) !== 0;
  return true;
}

function bad(message: string): MongoError {
  return new MongoError('BadValue', message);
}
