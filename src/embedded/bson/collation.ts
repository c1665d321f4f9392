/** Collations: comparison of strings by the rules of a language, through ICU as Node carries it (`Intl.Collator`). */
import { MongoError } from '../errors.ts';
import { jsonOf } from './json.ts';
import { Decimal128, type Document, Double } from './values.ts';

/** Order and equality of strings under one collation. */
export interface Collation {
  /** The spec with every default filled in, as `listCollections` and `listIndexes` answer it. */
  readonly spec: Document;
  compare(a: string, b: string): number;
  /** The comparisons that `compare` is made of: where one finds strings equal, the next one decides. */
  readonly levels: readonly ((a: string, b: string) => number)[];
  /** Equal exactly for strings that compare equal; only within this object's lifetime, and without order. */
  keyOf(text: string): string;
}

const NUMERIC_DEFAULTS = { strength: 3 };

/**
 * Null for "simple": plain comparison by code point. Throws BadValue or FailedToParse for a spec that MongoDB refuses,
 * and BadValue naming the option for one that ICU through JavaScript cannot do (strength 4, backwards, maxVariable "space").
 */
export function compileCollation(spec: Document | null | undefined): Collation | null {
  if (spec === null || spec === undefined || Object.keys(spec).length === 0) return null;
  const options = parse(spec);
  if (options.locale === 'simple') {
    if (Object.keys(spec).length > 1) {
      throw new MongoError('BadValue', `If locale=simple, other fields must be absent in: ${jsonOf(spec)}`);
    }
    return null;
  }
  const levels = levelsOf(options);
  const compare = inOrder(decidingLevels(options, levels));
  return {
    spec: { ...options, version: '57.1' },
    compare,
    levels,
    keyOf: classifier(compare),
  };
}

interface CollationOptions {
  readonly locale: string;
  readonly caseLevel: boolean;
  readonly caseFirst: 'off' | 'upper' | 'lower';
  readonly strength: 1 | 2 | 3 | 5;
  readonly numericOrdering: boolean;
  readonly alternate: 'non-ignorable' | 'shifted';
  readonly maxVariable: 'punct' | 'space';
  readonly normalization: boolean;
  readonly backwards: boolean;
}

function parse(spec: Document): CollationOptions {
  for (const name of Object.keys(spec)) {
    if (!knownFields.has(name)) {
      throw new MongoError('IDLUnknownField', `BSON field 'collation.${name}' is an unknown field.`);
    }
  }
  const locale = spec.locale;
  if (locale === undefined) {
    throw new MongoError('IDLFailedToParse', "BSON field 'collation.locale' is missing but a required field");
  }
  if (typeof locale !== 'string') {
    throw new MongoError('TypeMismatch', "BSON field 'collation.locale' is the wrong type, expected type 'string'");
  }
  if (locale !== 'simple' && !isKnownLocale(locale)) {
    throw new MongoError('BadValue', `Field 'locale' is invalid in: ${jsonOf(spec)}`);
  }
  const strength = wholeNumber(spec, 'strength') ?? NUMERIC_DEFAULTS.strength;
  if (strength < 1 || strength > 5) {
    throw new MongoError('BadValue', `Field 'strength' must be an integer 1 through 5. Got: ${strength}`);
  }
  if (strength === 4) throw unsupported('strength 4');
  const backwards = flag(spec, 'backwards') ?? false;
  if (backwards) throw unsupported('backwards: true');
  const maxVariable = oneOf(spec, 'maxVariable', ['punct', 'space']) ?? 'punct';
  const alternate = oneOf(spec, 'alternate', ['non-ignorable', 'shifted']) ?? 'non-ignorable';
  if (alternate === 'shifted' && maxVariable === 'space') throw unsupported('maxVariable "space"');
  return {
    locale,
    caseLevel: flag(spec, 'caseLevel') ?? false,
    caseFirst: oneOf(spec, 'caseFirst', ['off', 'upper', 'lower']) ?? 'off',
    strength: strength as 1 | 2 | 3 | 5,
    numericOrdering: flag(spec, 'numericOrdering') ?? false,
    alternate,
    maxVariable,
    normalization: flag(spec, 'normalization') ?? false,
    backwards,
  };
}

const knownFields = new Set([
  'locale',
  'caseLevel',
  'caseFirst',
  'strength',
  'numericOrdering',
  'alternate',
  'maxVariable',
  'normalization',
  'backwards',
  'version',
]);

function isKnownLocale(locale: string): boolean {
  if (!/^[A-Za-z]{2,3}([_-][A-Za-z0-9]+)*(@collation=[a-z]+)?$/.test(locale)) return false;
  try {
    return Intl.Collator.supportedLocalesOf(bcp47(locale)).length > 0;
  } catch {
    return false;
  }
}

/** MongoDB writes ICU ids (`en_US`, `de@collation=phonebook`); JavaScript wants `en-US`, `de-u-co-phonebk`. */
function bcp47(locale: string): string {
  const [base, variant] = locale.split('@collation=') as [string, string?];
  const tag = base.replaceAll('_', '-');
  if (variant === undefined) return tag;
  return `${tag}-u-co-${variant === 'phonebook' ? 'phonebk' : variant === 'traditional' ? 'trad' : variant}`;
}

/** Each one includes those before it, so that the last one alone decides where levels nest. */
function levelsOf(options: CollationOptions): ((a: string, b: string) => number)[] {
  const collator = (sensitivity: 'base' | 'accent' | 'case' | 'variant') =>
    new Intl.Collator(bcp47(options.locale), {
      sensitivity,
      numeric: options.numericOrdering,
      caseFirst: options.caseFirst === 'off' ? 'false' : options.caseFirst,
      ignorePunctuation: options.alternate === 'shifted',
    }).compare;
  const { strength, caseLevel } = options;
  const levels = [collator('base')];
  if (strength >= 2) levels.push(collator('accent'));
  if (caseLevel) levels.push(collator('case'));
  if (strength >= 3) levels.push(collator('variant'));
  return levels;
}

/** Without those that a later one includes: accents include letters, and variants all but a level of case before them. */
function decidingLevels(
  { strength, caseLevel }: CollationOptions,
  levels: readonly ((a: string, b: string) => number)[],
): readonly ((a: string, b: string) => number)[] {
  const deciding = caseLevel && strength >= 2 ? levels.slice(1) : levels.slice(-1);
  return strength === 5 ? [...deciding, compareIdentity] : deciding;
}

/** The first one that finds a difference decides. */
function inOrder(levels: readonly ((a: string, b: string) => number)[]): (a: string, b: string) => number {
  const [only, second] = levels;
  if (levels.length === 1) return only!;
  if (levels.length === 2) return (a, b) => only!(a, b) || second!(a, b);
  return (a, b) => {
    for (const level of levels) {
      const order = level(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareIdentity(a: string, b: string): number {
  return compareCodePoints(a.normalize('NFD'), b.normalize('NFD'));
}

function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A chunk of the sorted representatives is split when it has grown to this. */
const CHUNK_MAX = 512;

/**
 * ICU's sort keys are out of reach from JavaScript, so classes of equal strings are found by binary search among the
 * strings seen so far, kept sorted in chunks so that half a million of them stay cheap to add to.
 */
function classifier(compare: (a: string, b: string) => number): (text: string) => string {
  const known = new Map<string, string>();
  const chunks: string[][] = [];
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const chunkAt = Math.max(0, positionIn(chunks, (chunk) => compare(chunk[0]!, text) <= 0) - 1);
    const chunk = chunks[chunkAt];
    if (chunk === undefined) {
      chunks.push([text]);
    } else {
      const at = positionIn(chunk, (representative) => compare(representative, text) < 0);
      const candidate = chunk[at];
      if (candidate !== undefined && compare(candidate, text) === 0) {
        known.set(text, candidate);
        return candidate;
      }
      chunk.splice(at, 0, text);
      if (chunk.length >= CHUNK_MAX) chunks.splice(chunkAt + 1, 0, chunk.splice(CHUNK_MAX / 2));
    }
    known.set(text, text);
    return text;
  };
}

/** How many items at the start of the sorted list the test holds for. */
function positionIn<T>(sorted: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function flag(spec: Document, name: string): boolean | undefined {
  const value = spec[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new MongoError('TypeMismatch', `BSON field 'collation.${name}' is the wrong type, expected type 'bool'`);
}

function wholeNumber(spec: Document, name: string): number | undefined {
  const value = spec[name];
  if (value === undefined) return undefined;
  const number =
    typeof value === 'number' || typeof value === 'bigint'
      ? Number(value)
      : value instanceof Double
        ? value.value
        : value instanceof Decimal128
          ? Number(value.toString())
          : Number.NaN;
  if (Number.isInteger(number)) return number;
  throw new MongoError('TypeMismatch', `BSON field 'collation.${name}' is the wrong type, expected type 'int'`);
}

function oneOf<T extends string>(spec: Document, name: string, choices: readonly T[]): T | undefined {
  const value = spec[name];
  if (value === undefined) return undefined;
  if (choices.includes(value as T)) return value as T;
  throw new MongoError(
    'BadValue',
    `Enumeration value '${String(value)}' for field 'collation.${name}' is not a valid value.`,
  );
}

function unsupported(what: string): MongoError {
  return new MongoError('BadValue', `Collation option ${what} is not supported by this server; leave it out.`);
}
