import { AggregationError } from '../errors.ts';
import { monthNames } from './date-format.ts';
import { DAY, type TimeZone, timeZoneOf, utcFromParts, utcZone } from './time-zone.ts';

function failure(text: string, reason: string): AggregationError {
  return new AggregationError('ConversionFailure', `Error parsing date string '${text}'; ${reason}`);
}

const isoForm =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:(?:[T ]+|T)(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?|[A-Za-z]+\/[A-Za-z_/]+)?$/;
const compactForm = /^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const ordinalForm = /^(\d{4})-?(\d{3})$/;
const isoWeekForm = /^(\d{4})-?W(\d{2})(?:-?([1-7]))?$/;
const slashForm = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;
const monthFirstForm =
  /^([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(Z|UTC|GMT|[+-]\d{4})?$/;
const dayFirstForm =
  /^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]([A-Za-z]{3,9})\.?[\s-](\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(Z|UTC|GMT|[+-]\d{4})?$/;

/**
 * Reads a date in the forms that programs write: ISO 8601 in its variants, `mm/dd/yyyy`, `Jul 4, 2024`, `4 July 2024`,
 * RFC 2822, `@seconds`. A zone in the text may not meet a zone from the caller.
 */
export function parseDate(text: string, zone: TimeZone | undefined): number {
  const trimmed = text.trim();
  let found = isoForm.exec(trimmed);
  if (found !== null) {
    const [, year, month, day = '1', hour, minute, second, fraction, offset] = found;
    return moment(text, [year!, month!, day, hour, minute, second], fraction, offset, zone);
  }
  if ((found = compactForm.exec(trimmed)) !== null) {
    const [, year, month, day, hour, minute, second, offset] = found;
    return moment(text, [year!, month!, day!, hour, minute, second], undefined, offset, zone);
  }
  if ((found = isoWeekForm.exec(trimmed)) !== null) {
    return localFromIsoWeek(Number(found[1]), Number(found[2]), Number(found[3] ?? 1)) - (zone?.offsetAt(0) ?? 0);
  }
  if ((found = ordinalForm.exec(trimmed)) !== null) {
    return (zone ?? utcZone).utcOf(utcFromParts(Number(found[1]), 1, Number(found[2]), 0, 0, 0, 0));
  }
  if ((found = slashForm.exec(trimmed)) !== null) {
    const [, month, day, year, hour, minute, second] = found;
    return moment(text, [year!, month!, day!, hour, minute, second], undefined, undefined, zone);
  }
  if ((found = monthFirstForm.exec(trimmed)) !== null) {
    const [, name, day, year, hour, minute, second, offset] = found;
    return moment(text, [year!, String(monthOf(name!, text)), day!, hour, minute, second], undefined, offset, zone);
  }
  if ((found = dayFirstForm.exec(trimmed)) !== null) {
    const [, day, name, year, hour, minute, second, offset] = found;
    return moment(text, [year!, String(monthOf(name!, text)), day!, hour, minute, second], undefined, offset, zone);
  }
  if (/^@-?\d{1,15}$/.test(trimmed)) return Number(trimmed.slice(1)) * 1000;
  const looksPartial = /^\d{1,2}:\d{2}/.test(trimmed) || trimmed === '';
  throw looksPartial
    ? failure(text, `an incomplete date/time string has been found, with elements missing: "${text}"`)
    : failure(text, `0: Unexpected character '${trimmed[0]}'`);
}

function monthOf(name: string, text: string): number {
  const lower = name.toLowerCase();
  const index = monthNames.findIndex(
    (month) => month.toLowerCase() === lower || month.slice(0, 3).toLowerCase() === lower,
  );
  if (index < 0) throw failure(text, `The timezone could not be found in the database`);
  return index + 1;
}

function moment(
  text: string,
  [year, month, day, hour = '0', minute = '0', second = '0']: (string | undefined)[],
  fraction: string | undefined,
  offset: string | undefined,
  zone: TimeZone | undefined,
): number {
  const numbers = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [y, m, d, h, min, s] = numbers;
  if (m < 1 || m > 12 || d < 1 || d > 31 || h > 24 || min > 59 || s > 60) throw failure(text, 'Unexpected data found.');
  if (d > new Date(utcFromParts(y, m + 1, 0, 0, 0, 0, 0)).getUTCDate())
    throw failure(text, 'The parsed date was invalid');
  const millisecond = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9);
  const local = utcFromParts(y, m, d, h, min, s, millisecond);
  if (offset === undefined) return (zone ?? utcZone).utcOf(local);
  if (zone !== undefined) {
    throw failure(
      text,
      'you cannot pass in a date/time string with GMT/time zone information and a timezone argument at the same time',
    );
  }
  return timeZoneOf(/^(z|utc|gmt)$/i.test(offset) ? 'UTC' : offset).utcOf(local);
}

export function localFromIsoWeek(year: number, week: number, dayOfWeek: number): number {
  // The fourth of January is always in week 1.
  const fourth = utcFromParts(year, 1, 4, 0, 0, 0, 0);
  const monday = fourth - ((new Date(fourth).getUTCDay() || 7) - 1) * DAY;
  return monday + ((week - 1) * 7 + dayOfWeek - 1) * DAY;
}

interface Fields {
  [letter: string]: number | undefined;
}

const readers: Readonly<Record<string, RegExp>> = {
  G: /^\d{4}/,
  H: /^\d{1,2}/,
  L: /^\d{1,3}/,
  M: /^\d{1,2}/,
  S: /^\d{1,2}/,
  V: /^\d{1,2}/,
  Y: /^\d{4}/,
  d: /^\d{1,2}/,
  j: /^\d{1,3}/,
  m: /^\d{1,2}/,
  u: /^[1-7]/,
};

/** Reads a date by a format of `$dateFromString`. */
export function parseDateByFormat(text: string, format: string, zone: TimeZone | undefined): number {
  const fields: Fields = {};
  let own: TimeZone | undefined;
  let rest = text;
  const take = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(rest);
    if (found === null) throw failure(text, `${text.length - rest.length}: ${what}`);
    rest = rest.slice(found[0].length);
    return found[0];
  };
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      if (rest[0] !== format[at])
        throw failure(text, `${text.length - rest.length}: The format separator does not match`);
      rest = rest.slice(1);
      continue;
    }
    const letter = format[++at];
    if (letter === undefined) throw new AggregationError('ConversionFailure', "Unmatched '%' at end of format string");
    const reader = Object.hasOwn(readers, letter) ? readers[letter] : undefined;
    if (reader !== undefined) {
      const digits = take(reader, `A '%${letter}' could not be found`);
      fields[letter] = letter === 'L' ? Number(digits.padEnd(3, '0')) : Number(digits);
    } else if (letter === 'b' || letter === 'B')
      fields.m = monthOf(take(/^[A-Za-z]+/, 'A textual month could not be found'), text);
    else if (letter === 'z') {
      const offset = take(
        /^(?:Z|[+-]\d{2}:?(?:\d{2})?|[A-Za-z]+(?:\/[A-Za-z_/]+)?)/,
        'A timezone offset could not be found',
      );
      own = offset === 'Z' ? utcZone : timeZoneOf(offset);
    } else if (letter === 'Z') {
      const minutes = Number(take(/^[+-]?\d+/, 'A timezone offset in minutes could not be found'));
      own = { offsetAt: () => minutes * 60_000, utcOf: (local) => local - minutes * 60_000, isUtc: false };
    } else if (letter === '%') take(/^%/, 'The format separator does not match');
    else throw new AggregationError('ConversionFailure', `Invalid format character '%${letter}' in format string`);
  }
  if (rest !== '') throw failure(text, `${text.length - rest.length}: Trailing data`);
  if (own !== undefined && zone !== undefined) {
    throw failure(
      text,
      'you cannot pass in a date/time string with GMT/time zone information and a timezone argument at the same time',
    );
  }
  const { Y, m, d, j, G, V, u, H = 0, M = 0, S = 0, L = 0 } = fields;
  if ((m !== undefined && (m < 1 || m > 12)) || (d !== undefined && (d < 1 || d > 31)) || H > 24 || M > 59 || S > 60) {
    throw failure(text, 'The parsed date was invalid');
  }
  const time = utcFromParts(1970, 1, 1, H, M, S, L);
  let day: number;
  if (G !== undefined && V !== undefined) day = localFromIsoWeek(G, V, u ?? 1);
  else if (Y !== undefined && j !== undefined) day = utcFromParts(Y, 1, j, 0, 0, 0, 0);
  else if (Y !== undefined && m !== undefined && d !== undefined) day = utcFromParts(Y, m, d, 0, 0, 0, 0);
  else throw failure(text, `an incomplete date/time string has been found, with elements missing: "${text}"`);
  return (own ?? zone ?? utcZone).utcOf(day + time);
}
