import { toDouble } from '../../bson/arithmetic.ts';
import { compareStrings, isInt32, isNumber } from '../../bson/compare.ts';
import { BSONRegExp, BSONSymbol, type BsonValue, Code, type Document, Timestamp } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { allMatches } from '../../query/bounded-regex.ts';
import { compileRegex } from '../../query/regex.ts';
import { work } from '../../stroke.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { indexArgument } from './array.ts';

import { dateToIsoString } from './date-format.ts';
import { assertCharacters, assertItems } from './limits.ts';
import { numberText } from './number-text.ts';
import { toInt32 } from './numbers.ts';
import {
  between,
  binary,
  checkCount,
  compileOperands,
  custom,
  type Operator,
  pureNode,
  unary,
  type Value,
} from './operator.ts';
import type { Evaluate } from './scope.ts';

export const stringOperators: Readonly<Record<string, Operator>> = {
  $concat: custom('The operands joined; null where any is null or missing.', (argument, scope) => {
    const operands = compileOperands(argument, scope);
    const evaluates = operands.map((operand) => operand.evaluate);
    return pureNode(operands, (root) => {
      let joined = '';
      for (const evaluate of evaluates) {
        const value = evaluate(root);
        if (typeof value === 'string') {
          assertCharacters(joined.length + value.length, '$concat');
          joined += value;
        } else if (isNullish(value)) return null;
        else throw new MongoError(16702, `$concat only supports strings, not ${typeName(value)}`);
      }
      return joined;
    });
  }),
  $indexOfBytes: between('Where a string first occurs, in bytes of UTF-8; −1 where it does not.', 2, 4, (values) =>
    indexOf(values, '$indexOfBytes', 40091, (text) => Buffer.from(text)),
  ),
  $indexOfCP: between('Where a string first occurs, in code points; −1 where it does not.', 2, 4, (values) =>
    indexOf(values, '$indexOfCP', 40093, (text) => [...text]),
  ),
  $ltrim: trim('Without leading white space, or leading characters of a set.', true, false),
  $regexFind: regex('The first match of a regular expression, or null.', (text, pattern) => findFirst(text, pattern)),
  $regexFindAll: regex('All matches of a regular expression.', (text, pattern) => findAll(text, pattern)),
  $regexMatch: regex('Whether a regular expression matches.', (text, pattern) => pattern.test(text)),
  $replaceAll: replace('Every occurrence of a string replaced.', (input, find, replacement) => {
    const parts = partsOf(input, find, '$replaceAll');
    assertCharacters(input.length + (parts.length - 1) * (replacement.length - find.length), '$replaceAll');
    return parts.join(replacement);
  }),
  $replaceOne: replace('The first occurrence of a string replaced.', (input, find, replacement) => {
    const at = input.indexOf(find);
    work(stepsOf(input));
    assertCharacters(input.length + replacement.length, '$replaceOne');
    return at < 0 ? input : input.slice(0, at) + replacement + input.slice(at + find.length);
  }),
  $rtrim: trim('Without trailing white space, or trailing characters of a set.', false, true),
  $split: binary('The parts between separators.', (text, separator) => {
    if (isNullish(text) || isNullish(separator)) return null;
    if (typeof text !== 'string') {
      throw new MongoError(
        40085,
        `$split requires an expression that evaluates to a string as a first argument, found: ${typeName(text)}`,
      );
    }
    if (typeof separator !== 'string') {
      throw new MongoError(
        40086,
        `$split requires an expression that evaluates to a string as a second argument, found: ${typeName(separator)}`,
      );
    }
    if (separator === '') throw new MongoError(40087, '$split requires a non-empty separator');
    return partsOf(text, separator, '$split');
  }),
  $strLenBytes: unary('The length in bytes of UTF-8.', (text) => {
    if (typeof text !== 'string') {
      throw new MongoError(34473, `$strLenBytes requires a string argument, found: ${typeName(text)}`);
    }
    work(stepsOf(text));
    return Buffer.byteLength(text);
  }),
  $strLenCP: unary('The length in code points.', (text) => {
    if (typeof text !== 'string') {
      throw new MongoError(34471, `$strLenCP requires a string argument, found: ${typeName(text)}`);
    }
    work(stepsOf(text));
    return isBasic(text) ? text.length : [...text].length;
  }),
  $strcasecmp: binary(
    '−1, 0 or 1: how two strings compare when case (of ASCII) is ignored.',
    (left, right) => Math.sign(compareStrings(asciiUpper(coerceToString(left)), asciiUpper(coerceToString(right)))) + 0,
  ),
  $substr: substring('A part of a string, by bytes of UTF-8. The old name of $substrBytes.', substringOfBytes),
  $substrBytes: substring('A part of a string, by bytes of UTF-8.', substringOfBytes),
  $substrCP: substring('A part of a string, by code points.', substringOfCodePoints),
  $toLower: unary('Letters of ASCII made small.', (value) =>
    coerceToString(value).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ),
  $toUpper: unary('Letters of ASCII made capital.', (value) => asciiUpper(coerceToString(value))),
  $trim: trim('Without white space, or characters of a set, at both ends.', true, true),
};

/** Looking at each character of a text, in steps. */
const stepsOf = (text: string): number => text.length >> 4;

function asciiUpper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** True where code units, code points and bytes are the same. */
function isAscii(text: string, length = text.length): boolean {
  for (let index = 0; index < length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}

/** True where code units are code points: no surrogates. */
function isBasic(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xe000) return false;
  }
  return true;
}

/** What the older string operators take besides strings. */
export function coerceToString(value: Value): string {
  if (typeof value === 'string') return value;
  if (isNullish(value)) return '';
  if (isNumber(value)) return numberText(value);
  if (value instanceof Date) return dateToIsoString(value);
  if (value instanceof BSONSymbol) return value.value;
  if (value instanceof Code) return String(value.code);
  if (value instanceof Timestamp) return describeValue(value);
  throw new MongoError(16007, `can't convert from BSON type ${typeName(value)} to String`);
}

function indexOf(
  [text, wanted, start, end]: Value[],
  name: string,
  code: number,
  unitsOf: (text: string) => ArrayLike<string | number>,
): Value {
  if (isNullish(text)) return null;
  if (typeof text !== 'string') {
    throw new MongoError(code, `${name} requires a string as the first argument, found: ${typeName(text)}`);
  }
  if (typeof wanted !== 'string') {
    throw new MongoError(code + 1, `${name} requires a string as the second argument, found: ${typeName(wanted)}`);
  }
  work(stepsOf(text) * Math.max(1, stepsOf(wanted)));
  const units = unitsOf(text);
  const sought = unitsOf(wanted);
  const from = indexArgument(start, 0, 'starting', name);
  const to = Math.min(indexArgument(end, units.length, 'ending', name), units.length);
  for (let at = from; at + sought.length <= to; at++) {
    let matched = 0;
    while (matched < sought.length && units[at + matched] === sought[matched]) matched += 1;
    if (matched === sought.length) return at;
  }
  return -1;
}

type Substring = (value: Value, start: Value, length: Value, name: string) => Value;

function substring(summary: string, apply: Substring): Operator {
  return custom(summary, (argument, scope, name) => {
    const operands = compileOperands(argument, scope);
    checkCount(name, operands.length, 3, 3);
    const [value, start, length] = operands.map((operand) => operand.evaluate) as [Evaluate, Evaluate, Evaluate];
    const from = operands[1]!.constant ? start({}) : undefined;
    const count = operands[2]!.constant ? length({}) : undefined;
    if (typeof from === 'number' && typeof count === 'number' && from >= 0 && count >= 0 && isInt32(from + count)) {
      const to = from + count;
      return pureNode(operands, (root) => {
        const text = value(root);
        // Where the start of a string is ASCII, bytes, code points and code units are the same.
        if (typeof text === 'string' && isAscii(text, Math.min(to, text.length))) return text.slice(from, to);
        return apply(text, from, count, name);
      });
    }
    return pureNode(operands, (root) => apply(value(root), start(root), length(root), name));
  });
}

function substringOfBytes(value: Value, start: Value, length: Value, name: string): Value {
  const text = coerceToString(value);
  if (!isNumber(start)) {
    throw new MongoError(16034, `${name}: starting index must be a numeric type (is BSON type ${typeName(start)})`);
  }
  if (!isNumber(length)) {
    throw new MongoError(16035, `${name}: length must be a numeric type (is BSON type ${typeName(length)})`);
  }
  const from = Math.trunc(toDouble(start));
  const count = Math.trunc(toDouble(length));
  if (from < 0) throw new MongoError(50752, `${name}: starting index must be non-negative (got: ${from})`);
  const most = count < 0 ? Number.POSITIVE_INFINITY : count;
  if (isAscii(text)) return text.slice(from, Math.min(from + most, text.length));
  const bytes = Buffer.from(text);
  if (from >= bytes.length) return '';
  const to = Math.min(from + most, bytes.length);
  const continues = (at: number) => at < bytes.length && (bytes[at]! & 0xc0) === 0x80;
  if (continues(from)) {
    throw new MongoError(28656, `${name}:  Invalid range, starting index is a UTF-8 continuation byte.`);
  }
  if (continues(to)) {
    throw new MongoError(28657, `${name}:  Invalid range, ending index is in the middle of a UTF-8 character.`);
  }
  return bytes.toString('utf8', from, to);
}

function substringOfCodePoints(value: Value, start: Value, length: Value, name: string): Value {
  const text = coerceToString(value);
  if (!isNumber(start)) {
    throw new MongoError(34450, `${name}: starting index must be a numeric type (is BSON type ${typeName(start)})`);
  }
  const from = toInt32(start);
  if (from === undefined) {
    throw new MongoError(
      34451,
      `${name}: starting index cannot be represented as a 32-bit integral value: ${describeValue(start)}`,
    );
  }
  if (!isNumber(length)) {
    throw new MongoError(34452, `${name}: length must be a numeric type (is BSON type ${typeName(length)})`);
  }
  const count = toInt32(length);
  if (count === undefined) {
    throw new MongoError(
      34453,
      `${name}: length cannot be represented as a 32-bit integral value: ${describeValue(length)}`,
    );
  }
  if (count < 0) throw new MongoError(34454, `${name}: length must be a nonnegative integer.`);
  if (from < 0) throw new MongoError(34455, `${name}: the starting index must be nonnegative integer.`);
  if (isBasic(text)) return text.slice(from, from + count);
  return [...text].slice(from, from + count).join('');
}

/** The characters that MongoDB trims unless told otherwise. Source: MongoDB manual, "$trim". */
const whiteSpace = new Set(
  '\0\u0020\t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
);

function trim(summary: string, left: boolean, right: boolean): Operator {
  return custom(summary, (argument, scope, name) => {
    if (!isDocument(argument)) {
      throw new MongoError(50696, `${name} only supports an object as an argument, found ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (key !== 'input' && key !== 'chars') {
        throw new MongoError(50694, `${name} found an unknown argument: ${key}`);
      }
    }
    if (argument.input === undefined) throw new MongoError(50695, `${name} requires an 'input' field`);
    const input = scope.compile(argument.input);
    const chars = argument.chars === undefined ? undefined : scope.compile(argument.chars);
    return pureNode(chars === undefined ? [input] : [input, chars], (root) => {
      const text = input.evaluate(root);
      if (isNullish(text)) return null;
      if (typeof text !== 'string') {
        throw new MongoError(
          50699,
          `${name} requires its input to be a string, got ${describeValue(text)} (of type ${typeName(text)}) instead.`,
        );
      }
      if (chars === undefined) return trimmed(text, whiteSpace, left, right);
      const set = chars.evaluate(root);
      if (isNullish(set)) return null;
      if (typeof set !== 'string') {
        throw new MongoError(
          50700,
          `${name} requires 'chars' to be a string, got ${describeValue(set)} (of type ${typeName(set)}) instead.`,
        );
      }
      return trimmed(text, new Set(set), left, right);
    });
  });
}

function trimmed(text: string, set: ReadonlySet<string>, left: boolean, right: boolean): string {
  work(stepsOf(text));
  const points = isBasic(text) ? text : [...text];
  let from = 0;
  let to = points.length;
  if (left) while (from < to && set.has(points[from]!)) from += 1;
  if (right) while (to > from && set.has(points[to - 1]!)) to -= 1;
  return typeof points === 'string' ? points.slice(from, to) : points.slice(from, to).join('');
}

/** What JavaScript's own `split` gives, in steps that can be stopped: a long text may have millions of parts. */
function partsOf(text: string, separator: string, name: string): string[] {
  work(stepsOf(text));
  const parts: string[] = [];
  let from = 0;
  for (let at = findIn(text, separator, 0); at >= 0; at = findIn(text, separator, from)) {
    parts.push(text.slice(from, at));
    from = at + separator.length;
    work();
    if ((parts.length & 0xffff) === 0) assertItems(parts.length, name);
  }
  parts.push(text.slice(from));
  return parts;
}

/** An empty text is found between any two characters, and not at the ends. */
function findIn(text: string, wanted: string, from: number): number {
  if (wanted !== '') return text.indexOf(wanted, from);
  return from + 1 < text.length ? from + 1 : -1;
}

function replace(summary: string, apply: (input: string, find: string, replacement: string) => string): Operator {
  const keys = ['input', 'find', 'replacement'] as const;
  const missing = { input: 51749, find: 51748, replacement: 51747 };
  const wrong = { input: 51746, find: 51745, replacement: 51744 };
  return custom(summary, (argument, scope, name) => {
    if (!isDocument(argument)) {
      throw new MongoError(51751, `${name} requires an object as an argument, found: ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (!keys.includes(key as 'input')) throw new MongoError(51750, `${name} found an unknown argument: ${key}`);
    }
    const operands = keys.map((key) => {
      const value = argument[key];
      if (value === undefined) throw new MongoError(missing[key], `${name} requires '${key}' to be specified`);
      return scope.compile(value);
    });
    return pureNode(operands, (root) => {
      const values = operands.map(({ evaluate }) => evaluate(root));
      for (const [index, key] of keys.entries()) {
        const value = values[index];
        if (!isNullish(value) && typeof value !== 'string') {
          throw new MongoError(
            wrong[key],
            `${name} requires that '${key}' be a string, found: ${describeValue(value)}`,
          );
        }
      }
      if (values.some(isNullish)) return null;
      const [input, find, replacement] = values as [string, string, string];
      return apply(input, find, replacement);
    });
  });
}

function regex(summary: string, apply: (text: string, pattern: RegExp) => Value): Operator {
  return custom(summary, (argument, scope, name) => {
    if (!isDocument(argument)) {
      throw new MongoError(51103, `${name} expects an object of named arguments but found: ${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (key !== 'input' && key !== 'regex' && key !== 'options') {
        throw new MongoError(31024, `${name} found an unknown argument: ${key}`);
      }
    }
    if (argument.input === undefined) throw new MongoError(31022, `${name} requires 'input' parameter`);
    if (argument.regex === undefined) throw new MongoError(31023, `${name} requires 'regex' parameter`);
    const input = scope.compile(argument.input);
    const pattern = scope.compile(argument.regex);
    const options = argument.options === undefined ? undefined : scope.compile(argument.options);
    let known: { pattern: Value; options: Value; compiled: RegExp | null } | undefined;
    const compiledFor = (source: Value, flags: Value): RegExp | null => {
      // The pattern is nearly always the same for all documents.
      if (known === undefined || known.pattern !== source || known.options !== flags) {
        known = { pattern: source, options: flags, compiled: compilePattern(source, flags, name) };
      }
      return known.compiled;
    };
    if (pattern.constant && (options === undefined || options.constant)) {
      compiledFor(pattern.evaluate({}), options?.evaluate({}));
    }
    return pureNode([input, pattern, ...(options === undefined ? [] : [options])], (root) => {
      const text = input.evaluate(root);
      const compiled = compiledFor(pattern.evaluate(root), options?.evaluate(root));
      if (!isNullish(text) && typeof text !== 'string') {
        throw new MongoError(51104, `${name} needs 'input' to be of type string`);
      }
      if (isNullish(text) || compiled === null) {
        return name === '$regexMatch' ? false : name === '$regexFindAll' ? [] : null;
      }
      return apply(text as string, compiled);
    });
  });
}

function compilePattern(source: Value, options: Value, name: string): RegExp | null {
  if (isNullish(source)) return null;
  if (!isNullish(options) && typeof options !== 'string') {
    throw new MongoError(51106, `${name} needs 'options' to be of type string`);
  }
  const flags = isNullish(options) ? '' : (options as string);
  let pattern: string;
  let ownFlags = '';
  if (source instanceof BSONRegExp) {
    pattern = source.pattern;
    ownFlags = source.options;
    if (ownFlags !== '' && flags !== '') {
      throw new MongoError(51107, `${name} found regex option(s) specified in both 'regex' and 'option' fields`);
    }
  } else if (typeof source === 'string') pattern = source;
  else throw new MongoError(51105, `${name} needs 'regex' to be of type string or regex`);
  if (pattern.includes('\0')) {
    throw new MongoError(51109, `${name}: regular expression cannot contain an embedded null byte`);
  }
  try {
    return compileRegex(pattern, ownFlags || flags);
  } catch (error) {
    if (error instanceof MongoError && error.code === 51091) {
      throw new MongoError(51111, `Invalid Regex in ${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function matchDocument(found: RegExpExecArray | RegExpMatchArray, idx: number): Document {
  return {
    match: found[0],
    idx,
    captures: found.slice(1).map((capture): BsonValue => capture ?? null),
  };
}

const codePointsOf = (text: string): number => (isBasic(text) ? text.length : [...text].length);

function findFirst(text: string, pattern: RegExp): Value {
  const found = pattern.exec(text);
  return found === null ? null : matchDocument(found, codePointsOf(text.slice(0, found.index)));
}

function findAll(text: string, pattern: RegExp): Value {
  const found: Document[] = [];
  // The position counts code points: those up to the match before are known.
  let [idx, units] = [0, 0];
  for (const match of allMatches(pattern, text)) {
    work();
    idx += codePointsOf(text.slice(units, match.index));
    units = match.index;
    found.push(matchDocument(match, idx));
  }
  return found;
}
