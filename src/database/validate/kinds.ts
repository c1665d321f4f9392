import { isMoney, UUID_PATTERN } from '../../domain/index.ts';
import { isMap } from './describe-value.ts';

/*
 * What a field may hold. `accepts` runs for every field of every document, so it is one plain predicate; only a value
 * that it refuses is asked what is wrong with it.
 */

/** What is wrong with a value: the last part of the check that fails, and what was expected instead. */
export interface Fault {
  readonly check: string;
  readonly expected: string;
  /** Where below the field, for maps: `.aisle`. */
  readonly path?: string;
  readonly found?: unknown;
}

export interface Kind {
  /** Short, for the field tables in the documentation: `money`, `time`. */
  readonly name: string;
  readonly accepts: (value: unknown) => boolean;
  /** Called only with a value that `accepts` refuses. */
  readonly faultOf: (value: unknown) => Fault;
  readonly optional: boolean;
}

const TYPES = 'types';

/** A kind whose right type is `hasType`, and whose right form is `accepts`. */
function kind(
  name: string,
  hasType: (value: unknown) => boolean,
  accepts: (value: unknown) => boolean,
  check: string,
  expected: string,
): Kind {
  return {
    name,
    accepts,
    optional: false,
    faultOf: (value) =>
      value === undefined
        ? { check: 'required', expected }
        : { check: hasType(value) ? check : TYPES, expected: hasType(value) ? expected : `${name}: ${expected}` },
  };
}

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';

/** A text that may be empty. */
export const text = kind('string', isText, isText, TYPES, 'a text');
export const word = kind(
  'string',
  isText,
  (value) => typeof value === 'string' && value.length > 0,
  'texts',
  'a text that is not empty',
);
/** The id of another document. Whether it names one is the business of a rule. */
export const reference = word;
export const bool = kind(
  'bool',
  (value) => typeof value === 'boolean',
  (value) => typeof value === 'boolean',
  TYPES,
  'true or false',
);
export const number = kind('number', isNumber, Number.isFinite, 'numbers', 'a finite number');
export const money = kind(
  'money',
  isNumber,
  (value) => isMoney(value) && value >= 0,
  'money',
  'an amount with two decimals, not negative',
);
/** Money above zero. */
export const price = kind(
  'money',
  isNumber,
  (value) => isMoney(value) && value > 0,
  'money',
  'an amount with two decimals, above zero',
);

/** A whole number from `min` to `max`. */
export const int = (min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Kind =>
  kind(
    'int',
    isNumber,
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    'numbers',
    min === Number.MIN_SAFE_INTEGER
      ? 'a whole number'
      : max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
  );

export const multiplier = kind(
  'number',
  isNumber,
  (value) => Number.isFinite(value) && (value as number) > 0,
  'numbers',
  'a number above zero',
);

/** A text of one form; what has another form fails `check`. */
export const formed = (pattern: RegExp, check: string, expected: string): Kind =>
  kind('string', isText, (value) => typeof value === 'string' && pattern.test(value), check, expected);

export const oneOf = (values: readonly string[], check: string): Kind => {
  const allowed = new Set<unknown>(values);
  return kind('string', isText, (value) => allowed.has(value), check, `one of ${values.join(', ')}`);
};

export const uuid = (check: string): Kind => formed(UUID_PATTERN, check, 'a UUID in lower case');

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const DIGIT_ZERO = 48;

const digit = (value: string, index: number) => {
  const number = value.charCodeAt(index) - DIGIT_ZERO;
  return number >= 0 && number <= 9 ? number : Number.NaN;
};
const twoDigits = (value: string, index: number) => digit(value, index) * 10 + digit(value, index + 1);

/** The domain's `isIsoTime` without a pattern or a `Date`: this runs two million times. A test holds the two together. */
export function isIsoTimeText(value: unknown): value is string {
  if (typeof value !== 'string' || value.length !== 20) return false;
  if (value[4] !== '-' || value[7] !== '-' || value[10] !== 'T' || value[13] !== ':' || value[16] !== ':') return false;
  if (value[19] !== 'Z') return false;
  const year = twoDigits(value, 0) * 100 + twoDigits(value, 2);
  const month = twoDigits(value, 5);
  const day = twoDigits(value, 8);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (!(twoDigits(value, 11) <= 23 && twoDigits(value, 14) <= 59 && twoDigits(value, 17) <= 59)) return false;
  if (month === 2 && day === 29) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (DAYS_OF_MONTH[month - 1] as number);
}

export interface TimeRange {
  /** Both inclusive, as ISO times, which compare as text. */
  readonly earliest: string;
  readonly latest: string;
}

/** A time; outside the range it fails `rangeCheck`. */
export const time = (range: TimeRange, rangeCheck = 'time_range'): Kind => {
  const { earliest, latest } = range;
  const expected = 'a UTC time such as 2024-12-30T14:05:09Z';
  return {
    name: 'time',
    optional: false,
    accepts: (value) => isIsoTimeText(value) && value >= earliest && value <= latest,
    faultOf: (value) => {
      if (value === undefined) return { check: 'required', expected };
      if (typeof value !== 'string') return { check: TYPES, expected: `time: ${expected}` };
      if (!isIsoTimeText(value)) return { check: 'times', expected };
      return { check: rangeCheck, expected: `a time from ${earliest} to ${latest}` };
    },
  };
};

export const optional = (inner: Kind): Kind => ({
  ...inner,
  optional: true,
  accepts: (value) => value === undefined || inner.accepts(value),
});

/** A map with these parts, and with no others when `exact`. Whatever is wrong inside fails `check`. */
export function map(parts: Readonly<Record<string, Kind>>, check: string, { exact = false } = {}): Kind {
  const entries = Object.entries(parts);
  const accepts = (value: unknown) =>
    isMap(value) &&
    entries.every(([name, part]) => part.accepts(value[name])) &&
    (!exact || Object.keys(value).length === entries.length);
  return {
    name: 'map',
    optional: false,
    accepts,
    faultOf: (value) => {
      const expected = `a map with ${entries.map(([name]) => name).join(', ')}`;
      if (value === undefined) return { check: 'required', expected };
      if (!isMap(value)) return { check: TYPES, expected: `map: ${expected}` };
      for (const [name, part] of entries) {
        if (part.accepts(value[name])) continue;
        const fault = part.faultOf(value[name]);
        return { check, expected: fault.expected, path: `.${name}${fault.path ?? ''}`, found: value[name] };
      }
      return { check, expected, found: value };
    },
  };
}

/** A map whose every value is of one kind. */
export function record(part: Kind | undefined, check: string, { empty = true } = {}): Kind {
  const accepts = (value: unknown) => {
    if (!isMap(value)) return false;
    const values = Object.values(value);
    return (empty || values.length > 0) && (part === undefined || values.every((each) => part.accepts(each)));
  };
  return {
    name: 'map',
    optional: false,
    accepts,
    faultOf: (value) => {
      if (value === undefined) return { check: 'required', expected: 'a map' };
      if (!isMap(value)) return { check: TYPES, expected: 'map: an object whose keys merge one by one' };
      for (const [name, each] of Object.entries(value)) {
        if (part === undefined || part.accepts(each)) continue;
        const fault = part.faultOf(each);
        return { check, expected: fault.expected, path: `.${name}${fault.path ?? ''}`, found: each };
      }
      return { check, expected: 'a map that is not empty' };
    },
  };
}

/** `length` finite numbers, not all of them zero. */
export function vector(length: number, check: string): Kind {
  const accepts = (value: unknown) => {
    if (!Array.isArray(value) || value.length !== length) return false;
    let anyNonZero = false;
    for (let index = 0; index < length; index++) {
      const component: unknown = value[index];
      if (typeof component !== 'number' || !Number.isFinite(component)) return false;
      anyNonZero ||= component !== 0;
    }
    return anyNonZero;
  };
  return {
    name: `${length} numbers`,
    optional: false,
    accepts,
    faultOf: (value) => {
      const expected = `${length} finite numbers, not all zero`;
      if (value === undefined) return { check: 'required', expected };
      if (!Array.isArray(value)) return { check: TYPES, expected };
      if (value.length !== length) return { check, expected, found: value };
      const index = value.findIndex((component) => typeof component !== 'number' || !Number.isFinite(component));
      return index < 0
        ? { check, expected, found: 'zeros only' }
        : { check, expected, path: `.${index}`, found: value[index] };
    },
  };
}
