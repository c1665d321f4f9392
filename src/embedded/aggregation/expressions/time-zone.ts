import { MongoError } from '../../errors.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A time zone: what its clocks show. Times are milliseconds, "local" ones counted as if the clock on the wall were UTC. */
export interface TimeZone {
  /** Local time less UTC, at a moment. */
  offsetAt(utc: number): number;
  /** The moment at which clocks show a local time: the earlier where they do twice; as if not put forward where never. */
  utcOf(local: number): number;
  readonly isUtc: boolean;
}

export const utcZone: TimeZone = { offsetAt: () => 0, utcOf: (local) => local, isUtc: true };

const zones = new Map<string, TimeZone>([
  ['UTC', utcZone],
  ['GMT', utcZone],
  ['Z', utcZone],
]);

/** By Olson name (`America/Los_Angeles`) or offset (`+02`, `+0230`, `-02:30`). */
export function timeZoneOf(name: string): TimeZone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = fixedZone(name) ?? namedZone(name);
  zones.set(name, zone);
  return zone;
}

function fixedZone(name: string): TimeZone | undefined {
  const offset = parseOffset(name);
  return offset === undefined ? undefined : { offsetAt: () => offset, utcOf: (local) => local - offset, isUtc: false };
}

/** `+hh`, `+hhmm` or `+hh:mm` in milliseconds. */
export function parseOffset(text: string): number | undefined {
  const found = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  if (found === null) return undefined;
  const [, sign, hours, minutes = '0'] = found;
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}

function namedZone(name: string): TimeZone {
  let format: Intl.DateTimeFormat;
  try {
    // JavaScript also takes offsets of its own form here; those were read before.
    if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) throw new RangeError(name);
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new MongoError(40485, `unrecognized time zone identifier: "${name}"`);
  }
  return new NamedZone(format);
}

/** Asking ICU takes microseconds, so offsets are kept by day, and by quarter of an hour on days on which they change. */
class NamedZone implements TimeZone {
  readonly isUtc = false;
  private readonly format: Intl.DateTimeFormat;
  private readonly byDay = new Map<number, number | null>();
  private readonly byQuarter = new Map<number, number>();

  constructor(format: Intl.DateTimeFormat) {
    this.format = format;
  }

  offsetAt(utc: number): number {
    const day = Math.floor(utc / DAY);
    let offset = this.byDay.get(day);
    if (offset === undefined) {
      const first = this.ask(day * DAY);
      offset = first === this.ask((day + 1) * DAY) ? first : null;
      this.byDay.set(day, offset);
    }
    if (offset !== null) return offset;
    const quarter = Math.floor(utc / (15 * MINUTE));
    let exact = this.byQuarter.get(quarter);
    if (exact === undefined) {
      exact = this.ask(quarter * 15 * MINUTE);
      this.byQuarter.set(quarter, exact);
    }
    return exact;
  }

  utcOf(local: number): number {
    const before = this.offsetAt(local - DAY);
    if (this.offsetAt(local - before) === before) return local - before;
    const after = this.offsetAt(local + DAY);
    return this.offsetAt(local - after) === after ? local - after : local - before;
  }

  private ask(utc: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.format.formatToParts(utc)) parts[type] = value;
    const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
    const local = utcFromParts(
      year,
      Number(parts.month),
      Number(parts.day),
      Number(parts.hour),
      Number(parts.minute),
      Number(parts.second),
      0,
    );
    return local - Math.floor(utc / 1000) * 1000;
  }
}

/** Like `Date.UTC`, but the years 0 to 99 are those years; months count from 1. Parts may overflow into the next. */
export function utcFromParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
): number {
  const months = year * 12 + month - 1;
  const days = daysBeforeMonth(months) + day - 1;
  return days * DAY + hour * HOUR + minute * MINUTE + second * 1000 + millisecond;
}

/**
 * Days from 1970-01-01 to the first of a month, counted in months since the year 0. Years start in March here, so that
 * the leap day comes last. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
export function daysBeforeMonth(months: number): number {
  const marchMonths = months - 2;
  const year = Math.floor(marchMonths / 12);
  const month = marchMonths - year * 12;
  return (
    year * 365 +
    Math.floor(year / 4) -
    Math.floor(year / 100) +
    Math.floor(year / 400) +
    Math.floor((153 * month + 2) / 5) -
    719_468
  );
}

/** The month in which a local time lies, in months since the year 0. The inverse of `daysBeforeMonth`. */
export function monthsOf(local: number): number {
  const days = Math.floor(local / DAY) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  return (yearOfEra + era * 400) * 12 + 2 + Math.floor((5 * dayOfYear + 2) / 153);
}
