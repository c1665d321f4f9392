import { MongoError } from '../../errors.ts';
import { DAY, HOUR, MINUTE, type TimeZone } from './time-zone.ts';

/** Monday is 1. Source: ISO 8601. */
export function isoDayOfWeek(local: Date): number {
  return local.getUTCDay() || 7;
}

export function dayOfYear(local: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(local.getUTCFullYear(), 0, 1);
  return Math.floor((local.getTime() - start.getTime()) / DAY) + 1;
}

/** The year to which the ISO week belongs, and the number of the week. */
export function isoWeek(local: Date): { year: number; week: number } {
  // The week belongs to the year of its Thursday.
  const thursday = new Date(local.getTime() + (4 - isoDayOfWeek(local)) * DAY);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

/** Weeks begin on Sundays; the days before the first Sunday are in week 0. */
export function weekOfYear(local: Date): number {
  return Math.floor((dayOfYear(local) - 1 + 7 - local.getUTCDay()) / 7);
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

const twoDigits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

function padded(value: number, width: number): string {
  if (width === 2) return twoDigits[value]!;
  return String(value).padStart(width, '0');
}

export function dateToIsoString(date: Date): string {
  const year = date.getUTCFullYear();
  if (year >= 0 && year <= 9999) return date.toISOString();
  return date.toISOString().replace(/^\+0*/, '');
}

type Writer = (local: Date, offset: number) => string;

const writers: Readonly<Record<string, Writer>> = {
  '%': () => '%',
  B: (local) => monthNames[local.getUTCMonth()]!,
  G: (local) => padded(isoWeek(local).year, 4),
  H: (local) => padded(local.getUTCHours(), 2),
  L: (local) => padded(local.getUTCMilliseconds(), 3),
  M: (local) => padded(local.getUTCMinutes(), 2),
  S: (local) => padded(local.getUTCSeconds(), 2),
  U: (local) => padded(weekOfYear(local), 2),
  V: (local) => padded(isoWeek(local).week, 2),
  Y: (local) => {
    const year = local.getUTCFullYear();
    if (year < 0 || year > 9999) {
      throw new MongoError(18537, `$dateToString is only defined on year 0-9999, tried to use year ${year}`);
    }
    return padded(year, 4);
  },
  Z: (_local, offset) => String(Math.trunc(offset / MINUTE)),
  b: (local) => monthNames[local.getUTCMonth()]!.slice(0, 3),
  d: (local) => padded(local.getUTCDate(), 2),
  j: (local) => padded(dayOfYear(local), 3),
  m: (local) => padded(local.getUTCMonth() + 1, 2),
  u: (local) => String(isoDayOfWeek(local)),
  w: (local) => String(local.getUTCDay() + 1),
  z: (_local, offset) => {
    const size = Math.abs(offset);
    return `${offset < 0 ? '-' : '+'}${padded(Math.floor(size / HOUR), 2)}${padded(Math.floor((size % HOUR) / MINUTE), 2)}`;
  },
};

/** Compiles a format of `$dateToString`. */
export function compileDateFormat(format: string): (utc: number, zone: TimeZone) => string {
  const parts: (string | Writer)[] = [];
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      parts.push(format[at]!);
      continue;
    }
    at += 1;
    if (at >= format.length) throw new MongoError(18535, "Unmatched '%' at end of format string");
    const letter = format[at]!;
    const writer = Object.hasOwn(writers, letter) ? writers[letter] : undefined;
    if (writer === undefined) {
      throw new MongoError(18536, `Invalid format character '%${letter}' in format string`);
    }
    parts.push(writer);
  }
  return (utc, zone) => {
    const offset = zone.offsetAt(utc);
    const local = new Date(utc + offset);
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(local, offset);
    return text;
  };
}
