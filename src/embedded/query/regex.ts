/** MongoDB's regular expressions (PCRE) as JavaScript's. What JavaScript cannot express is refused by name. */
import type { MaybeValue } from '../bson/compare.ts';
import { BSONRegExp, BSONSymbol } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { BoundedRegExp } from './bounded-regex.ts';
import { backtrackingRisk, linearRegex, regexCost } from './regex-cost.ts';

const PATTERN_CHARACTERS_MAX = 32_764; // MongoDB's own limit

/**
 * Throws Location51091 for a pattern that is not valid or could take exponential time, Location51108 for an unknown flag.
 */
export function compileRegex(pattern: string, options: string): RegExp {
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new MongoError(
      51091,
      'Regular expression is invalid: pattern string is longer than the limit set by the application',
    );
  }
  if (pattern.includes('\0'))
    throw new MongoError('BadValue', 'Regular expression cannot contain an embedded null byte');
  const flags = new Set<string>();
  let extended = false;
  for (const flag of options) {
    if (flag === 'x') extended = true;
    else if (flag === 'i' || flag === 'm' || flag === 's') flags.add(flag);
    else if (flag !== 'u') throw new MongoError(51108, `invalid flag in regex options: ${flag}`);
  }
  const translated = translate(pattern, extended, flags);
  const letters = [...flags].join('');
  let regex: RegExp;
  try {
    regex = new RegExp(translated, `${letters}u`);
  } catch {
    // Unicode mode refuses needless escapes that PCRE allows (`\-`, `\_`).
    try {
      regex = new RegExp(translated, letters);
    } catch (cause) {
      throw new MongoError(51091, `Regular expression is invalid: ${(cause as Error).message}`, { cause });
    }
  }
  const { degree, isTooLarge } = regexCost(translated);
  if (isTooLarge) throw new MongoError(51091, 'Regular expression is invalid: regular expression is too large');
  const isMultiline = flags.has('m');
  const risk = backtrackingRisk(translated);
  if (risk === 'none' && degree < 2 && !isMultiline) return regex;
  const linear = linearRegex(translated, flags);
  if (risk === 'exponential' && linear === null) {
    throw unsupported(`a repeated group that itself repeats or chooses, together with what needs backtracking,`);
  }
  // The linear engine is the slower one on short texts, but for exponential forms no text is short.
  return new BoundedRegExp(
    regex,
    risk === 'exponential' ? Number.POSITIVE_INFINITY : degree + (isMultiline ? 1 : 0),
    linear,
  );
}

/** True for a string that the expression finds, and for a stored regular expression that is the same one. */
export function regexTest(pattern: string, options: string): (value: MaybeValue) => boolean {
  const regex = compileRegex(pattern, options);
  const sorted = [...options].sort().join('');
  return (value) => {
    if (typeof value === 'string') return regex.test(value);
    if (typeof value !== 'object' || value === null) return false;
    if (value instanceof BSONSymbol) return regex.test(value.value);
    return value instanceof BSONRegExp && value.pattern === pattern && [...value.options].sort().join('') === sorted;
  };
}

/**
 * The literal start that every match must have (`^abc` → 'abc'), for an index range; `exact` when nothing but the
 * prefix is asked, so that no further test is needed. Null when there is none.
 */
export function regexPrefix(pattern: string, options: string): { prefix: string; exact: boolean } | null {
  if (/[imx]/.test(options)) return null;
  const anchor = pattern.startsWith('^') ? 1 : pattern.startsWith('\\A') ? 2 : 0;
  if (anchor === 0 || pattern.includes('|')) return null;
  let prefix = '';
  let at = anchor;
  for (; at < pattern.length; at++) {
    let character = pattern[at]!;
    if (character === '\\') {
      const next = pattern[at + 1];
      if (next === undefined || /[A-Za-z0-9]/.test(next)) break;
      character = next;
      at += 1;
    } else if ('.[]()*+?{}|^$'.includes(character)) {
      // A quantifier belongs to the character before it, which is then no longer certain.
      if ('*?{'.includes(character)) prefix = prefix.slice(0, -1);
      if (prefix === '') return null;
      return { prefix, exact: false };
    }
    prefix += character;
  }
  return prefix === '' ? null : { prefix, exact: at >= pattern.length };
}

/** Differences in spelling: leading inline flags, `\A`, `\z`, `\Z`, `\h`, POSIX classes, `\Q…\E`, `(?P<name>`, extended mode. */
function translate(source: string, extendedOption: boolean, flags: Set<string>): string {
  let pattern = source;
  let extended = extendedOption;
  for (let inline = /^\(\*UTF8?\)|^\(\*UCP\)|^\(\?([imsx]+)\)/.exec(pattern); inline !== null; ) {
    for (const flag of inline[1] ?? '') {
      if (flag === 'x') extended = true;
      else flags.add(flag);
    }
    pattern = pattern.slice(inline[0].length);
    inline = /^\(\*UTF8?\)|^\(\*UCP\)|^\(\?([imsx]+)\)/.exec(pattern);
  }
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') {
      const next = pattern[i + 1];
      i += 1;
      if (next === undefined) throw new MongoError(51091, 'Regular expression is invalid: \\ at end of pattern');
      if (next === 'Q') {
        const end = pattern.indexOf('\\E', i + 1);
        const literal = pattern.slice(i + 1, end < 0 ? undefined : end);
        out += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
        i = end < 0 ? pattern.length : end + 1;
      } else if (next === 'E') {
        // an end without a beginning means nothing
      } else if (inClass) {
        out += next === 'h' ? ' \\t' : `\\${next}`;
      } else {
        out += escapeOutsideClass(next);
      }
      continue;
    }
    if (inClass) {
      const posix = character === '[' ? /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(i)) : null;
      if (posix !== null) {
        const members = posixClasses[posix[2]!];
        if (members === undefined || posix[1] === '^') throw unsupported(posix[0]);
        out += members;
        i += posix[0].length - 1;
      } else if (character === '[') {
        out += '\\[';
      } else {
        if (character === ']') inClass = false;
        out += character;
      }
      continue;
    }
    if (character === '[') {
      inClass = true;
      out += character;
      if (pattern[i + 1] === '^') {
        out += '^';
        i += 1;
      }
      // A bracket that closes at once is a member of the class.
      if (pattern[i + 1] === ']') {
        out += '\\]';
        i += 1;
      }
    } else if (extended && /\s/.test(character)) {
      // extended mode: white space between tokens means nothing
    } else if (extended && character === '#') {
      const end = pattern.indexOf('\n', i);
      i = end < 0 ? pattern.length : end;
    } else if (character === '(' && pattern[i + 1] === '?') {
      const group = /^\(\?(P<|P=|P>|#|>|R|\d|&|\||\(|[imsx-]+[:)])/.exec(pattern.slice(i));
      if (group === null) out += character;
      else if (group[1] === 'P<') {
        out += '(?<';
        i += 3;
      } else if (group[1] === '#') {
        const end = pattern.indexOf(')', i);
        if (end < 0) throw new MongoError(51091, 'Regular expression is invalid: missing ) after (?# comment');
        i = end;
      } else throw unsupported(group[0]);
    } else if (
      (character === '+' || character === '?' || character === '*' || character === '}') &&
      pattern[i + 1] === '+'
    ) {
      throw unsupported(`${character}+ (a possessive quantifier)`);
    } else {
      out += character;
    }
  }
  return out;
}

function escapeOutsideClass(next: string): string {
  switch (next) {
    case 'A':
      return '(?<![\\s\\S])';
    case 'z':
      return '(?![\\s\\S])';
    case 'Z':
      return '(?=\\n?(?![\\s\\S]))';
    case 'h':
      return '[ \\t]';
    case 'H':
      return '[^ \\t]';
    case 'R':
      return '(?:\\r\\n|[\\n\\v\\f\\r])';
    case 'e':
      return '\\x1b';
    case 'a':
      return '\\x07';
    case 'G':
    case 'K':
    case 'X':
    case 'C':
    case 'g':
      throw unsupported(`\\${next}`);
    default:
      return `\\${next}`;
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
};

function unsupported(what: string): MongoError {
  return new MongoError(51091, `Regular expression is invalid: ${what} is not supported by this server`);
}
