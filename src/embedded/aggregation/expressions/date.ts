import { wholeNumberOf } from '../../bson/arithmetic.ts';
import { type BsonValue, type Document, ObjectId, Timestamp } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { AggregationError } from '../errors.ts';
import { dateFrom } from './arithmetic.ts';

import { compileDateFormat, dayOfYear, isoDayOfWeek, isoWeek, weekOfYear } from './date-format.ts';
import { localFromIsoWeek, parseDate, parseDateByFormat } from './date-parse.ts';
import { custom, type Operator, pureNode, unary, type Value } from './operator.ts';
import type { Evaluate, Node, Scope } from './scope.ts';
import {
  DAY,
  daysBeforeMonth,
  HOUR,
  MINUTE,
  monthsOf,
  type TimeZone,
  timeZoneOf,
  utcFromParts,
  utcZone,
} from './time-zone.ts';

export const dateOperators: Readonly<Record<string, Operator>> = {
  $dateAdd: dateArithmetic('A date some units later.', 1),
  $dateDiff: withArguments(
    'How many boundaries of a unit lie between two dates.',
    { name: '$dateDiff', required: ['startDate', 'endDate', 'unit'], optional: ['timezone', 'startOfWeek'] },
    { notObject: 5166301, unknown: 5166302, missing: 5166303 },
    (given) => {
      const start = given.startDate!;
      const end = given.endDate!;
      const zoneOf = zoneReader(given.timezone);
      const unitOf = unitReader(given.unit!, '$dateDiff');
      const weekOf = weekdayReader(given.startOfWeek, '$dateDiff');
      return (root) => {
        const from = start.evaluate(root);
        const to = end.evaluate(root);
        const unit = unitOf(root);
        const zone = zoneOf(root);
        const firstDay = unit === 'week' ? weekOf(root) : 0;
        if (isNullish(from) || isNullish(to) || unit === null || zone === null || firstDay === null) return null;
        return BigInt(
          difference(
            dateArgument(from, '$dateDiff', 'startDate', 5166307),
            dateArgument(to, '$dateDiff', 'endDate', 5166307),
            unit,
            zone,
            firstDay,
          ),
        );
      };
    },
  ),
  $dateFromParts: withArguments(
    'A date from its year, month, day and so on.',
    {
      name: '$dateFromParts',
      required: [],
      optional: [
        'year',
        'month',
        'day',
        'isoWeekYear',
        'isoWeek',
        'isoDayOfWeek',
        'hour',
        'minute',
        'second',
        'millisecond',
        'timezone',
      ],
    },
    { notObject: 40519, unknown: 40518, missing: 40516 },
    dateFromParts,
  ),
  $dateFromString: withArguments(
    'A date from its text.',
    { name: '$dateFromString', required: ['dateString'], optional: ['format', 'timezone', 'onError', 'onNull'] },
    { notObject: 40540, unknown: 40541, missing: 40542 },
    (given) => {
      const zoneOf = zoneReader(given.timezone);
      return (root) => {
        const text = given.dateString!.evaluate(root);
        const format = given.format?.evaluate(root);
        const zone = given.timezone === undefined ? undefined : zoneOf(root);
        if (isNullish(text)) return given.onNull === undefined ? null : given.onNull.evaluate(root);
        if (zone === null || (given.format !== undefined && isNullish(format))) return null;
        if (format !== undefined && typeof format !== 'string') {
          throw new MongoError(
            40684,
            `$dateFromString requires that 'format' be a string, found: ${typeName(format)} with value ${describeValue(format)}`,
          );
        }
        try {
          if (typeof text !== 'string') {
            throw new AggregationError(
              'ConversionFailure',
              `$dateFromString requires that 'dateString' be a string, found: ${typeName(text)} with value ${describeValue(text)}`,
            );
          }
          return new Date(format === undefined ? parseDate(text, zone) : parseDateByFormat(text, format, zone));
        } catch (error) {
          if (given.onError !== undefined && error instanceof AggregationError) return given.onError.evaluate(root);
          throw error;
        }
      };
    },
  ),
  $dateSubtract: dateArithmetic('A date some units earlier.', -1),
  $dateToParts: withArguments(
    'The year, month, day and so on of a date.',
    { name: '$dateToParts', required: ['date'], optional: ['timezone', 'iso8601'] },
    { notObject: 40524, unknown: 40520, missing: 40522 },
    (given) => {
      const zoneOf = zoneReader(given.timezone);
      return (root): Value => {
        const date = given.date!.evaluate(root);
        const zone = zoneOf(root);
        const iso = given.iso8601?.evaluate(root);
        if (isNullish(date) || zone === null || (given.iso8601 !== undefined && isNullish(iso))) return null;
        if (iso !== undefined && typeof iso !== 'boolean') {
          throw new MongoError(40521, `iso8601 must evaluate to a bool, found ${typeName(iso)}`);
        }
        const local = localOf(milliseconds(date), zone);
        const time = {
          hour: local.getUTCHours(),
          minute: local.getUTCMinutes(),
          second: local.getUTCSeconds(),
          millisecond: local.getUTCMilliseconds(),
        };
        if (iso !== true) {
          return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate(), ...time };
        }
        const { year, week } = isoWeek(local);
        return { isoWeekYear: year, isoWeek: week, isoDayOfWeek: isoDayOfWeek(local), ...time };
      };
    },
  ),
  $dateToString: withArguments(
    'A date as text.',
    { name: '$dateToString', required: ['date'], optional: ['format', 'timezone', 'onNull'] },
    { notObject: 18629, unknown: 18534, missing: 18628 },
    (given) => {
      const zoneOf = zoneReader(given.timezone);
      const formats = new Map<string, ReturnType<typeof compileDateFormat>>();
      const formatted = (format: string) => {
        let compiled = formats.get(format);
        if (compiled === undefined) formats.set(format, (compiled = compileDateFormat(format)));
        return compiled;
      };
      if (given.format?.constant) {
        const format = given.format.evaluate({});
        if (typeof format === 'string') formatted(format);
      }
      return (root) => {
        const format = given.format?.evaluate(root);
        if (given.format !== undefined && !isNullish(format) && typeof format !== 'string') {
          throw new MongoError(
            18533,
            `$dateToString requires that 'format' be a string, found: ${typeName(format)} with value ${describeValue(format)}`,
          );
        }
        const zone = zoneOf(root);
        const date = given.date!.evaluate(root);
        if (isNullish(date)) return given.onNull === undefined ? null : given.onNull.evaluate(root);
        if (zone === null || (given.format !== undefined && isNullish(format))) return null;
        const pattern =
          (format as string | undefined) ?? (zone.isUtc ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L');
        return formatted(pattern)(milliseconds(date), zone);
      };
    },
  ),
  $dateTrunc: withArguments(
    'The start of the unit (or of the bin of several units) in which a date lies.',
    { name: '$dateTrunc', required: ['date', 'unit'], optional: ['binSize', 'timezone', 'startOfWeek'] },
    { notObject: 5439007, unknown: 5439008, missing: 5439009 },
    (given) => {
      const zoneOf = zoneReader(given.timezone);
      const unitOf = unitReader(given.unit!, '$dateTrunc');
      const weekOf = weekdayReader(given.startOfWeek, '$dateTrunc');
      // Where only the date varies, units of a day or more are the same for all moments of one local day.
      const settled = [given.unit, given.timezone, given.startOfWeek, given.binSize].every(
        (node) => node?.constant !== false,
      );
      const byDay = new Map<number, Date>();
      return (root) => {
        const date = given.date!.evaluate(root);
        const size = given.binSize?.evaluate(root);
        const unit = unitOf(root);
        const zone = zoneOf(root);
        const firstDay = unit === 'week' ? weekOf(root) : 0;
        if (isNullish(date) || unit === null || zone === null || firstDay === null) return null;
        if (given.binSize !== undefined && isNullish(size)) return null;
        let bin = 1;
        if (size !== undefined) {
          const whole = wholeNumberOf(size);
          if (whole === null) {
            throw new MongoError(
              5439017,
              `$dateTrunc requires 'binSize' to be a 64-bit integer, but got value '${describeValue(size)}' of type ${typeName(size)}`,
            );
          }
          if (whole <= 0n) {
            throw new MongoError(5439018, `$dateTrunc requires 'binSize' to be greater than 0, but got value ${whole}`);
          }
          bin = Number(whole);
        }
        const utc = dateArgument(date, '$dateTrunc', 'date', 5439012);
        if (!settled || fixedMilliseconds[unit] !== undefined) {
          return new Date(truncated(utc, unit, bin, zone, firstDay));
        }
        const day = Math.floor((utc + zone.offsetAt(utc)) / DAY);
        let start = byDay.get(day);
        if (start === undefined) {
          start = new Date(truncated(utc, unit, bin, zone, firstDay));
          if (byDay.size < CACHED_DAYS_MAX) byDay.set(day, start);
        }
        return start;
      };
    },
  ),
  $dayOfMonth: datePart('The day of the month, from 1.', (local) => local.getUTCDate()),
  $dayOfWeek: datePart('The day of the week, Sunday being 1.', (local) => local.getUTCDay() + 1),
  $dayOfYear: datePart('The day of the year, from 1.', dayOfYear),
  $hour: datePart('The hour.', (local) => local.getUTCHours()),
  $isoDayOfWeek: datePart('The day of the week, Monday being 1.', isoDayOfWeek),
  $isoWeek: datePart('The number of the ISO week.', (local) => isoWeek(local).week),
  $isoWeekYear: datePart('The year of the ISO week.', (local) => BigInt(isoWeek(local).year)),
  $millisecond: datePart('The millisecond.', (local) => local.getUTCMilliseconds()),
  $minute: datePart('The minute.', (local) => local.getUTCMinutes()),
  $month: datePart('The month, from 1.', (local) => local.getUTCMonth() + 1),
  $second: datePart('The second.', (local) => local.getUTCSeconds()),
  $tsIncrement: unary('The increment of a timestamp.', (value, _scope, name) =>
    timestampPart(value, name, 5687302, (stamp) => stamp.low >>> 0),
  ),
  $tsSecond: unary('The seconds of a timestamp.', (value, _scope, name) =>
    timestampPart(value, name, 5687301, (stamp) => stamp.high >>> 0),
  ),
  $week: datePart('The week of the year, from 0, weeks beginning on Sundays.', weekOfYear),
  $year: datePart('The year.', (local) => local.getUTCFullYear()),
};

const CACHED_DAYS_MAX = 20_000;

const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type TimeUnit = (typeof units)[number];

const fixedMilliseconds: Partial<Record<TimeUnit, number>> = {
  hour: HOUR,
  minute: MINUTE,
  second: 1000,
  millisecond: 1,
};
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

export function parseUnit(text: string): TimeUnit {
  if (!units.includes(text as TimeUnit)) throw new MongoError('FailedToParse', `unknown time unit value: ${text}`);
  return text as TimeUnit;
}

/** What stands for a moment: a date, an ObjectId (its seconds) or a timestamp. */
export function milliseconds(value: Value): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return (value.high >>> 0) * 1000;
  throw new MongoError(16006, `can't convert from BSON type ${typeName(value)} to Date`);
}

function dateArgument(value: Value, name: string, argument: string, code: number): number {
  if (value instanceof Date || value instanceof ObjectId || value instanceof Timestamp) return milliseconds(value);
  throw new MongoError(code, `${name} requires '${argument}' to be a date, but got ${typeName(value)}`);
}

function localOf(utc: number, zone: TimeZone): Date {
  return new Date(utc + zone.offsetAt(utc));
}

function timestampPart(value: Value, name: string, code: number, part: (stamp: Timestamp) => number): Value {
  if (isNullish(value)) return null;
  if (!(value instanceof Timestamp)) {
    throw new MongoError(code, ` Argument to ${name} must be a timestamp, but is ${typeName(value)}`);
  }
  return BigInt(part(value));
}

type Given = Readonly<Record<string, Node | undefined>>;

/** An operator of named operands whose function is made from their nodes. */
function withArguments(
  summary: string,
  { name, required, optional }: { name: string; required: readonly string[]; optional: readonly string[] },
  codes: { notObject: number; unknown: number; missing: number },
  make: (given: Given, scope: Scope) => Evaluate,
): Operator {
  return custom(summary, (argument, scope) => {
    if (!isDocument(argument)) throw new MongoError(codes.notObject, `${name} only supports an object as its argument`);
    for (const key of Object.keys(argument)) {
      if (!required.includes(key) && !optional.includes(key)) {
        throw new MongoError(codes.unknown, `Unrecognized argument to ${name}: ${key}`);
      }
    }
    const given: Record<string, Node> = {};
    for (const key of required) {
      if (argument[key] === undefined) {
        throw new MongoError(codes.missing + required.indexOf(key), `Missing '${key}' parameter to ${name}`);
      }
    }
    for (const key of Object.keys(argument)) given[key] = scope.compile(argument[key]!);
    return pureNode(Object.values(given), make(given, scope));
  });
}

/** Null where the zone is null or missing. */
function zoneReader(node: Node | undefined): (root: Document) => TimeZone | null {
  if (node === undefined) return () => utcZone;
  const read = (root: Document): TimeZone | null => {
    const value = node.evaluate(root);
    if (isNullish(value)) return null;
    if (typeof value !== 'string') {
      throw new MongoError(40517, `timezone must evaluate to a string, found ${typeName(value)}`);
    }
    return timeZoneOf(value);
  };
  if (!node.constant) return read;
  const zone = read({});
  return () => zone;
}

function unitReader(node: Node, name: string): (root: Document) => TimeUnit | null {
  const read = (root: Document): TimeUnit | null => {
    const value = node.evaluate(root);
    if (isNullish(value)) return null;
    if (typeof value !== 'string') {
      throw new MongoError(5439013, `${name} requires 'unit' to be a string, but got ${typeName(value)}`);
    }
    return parseUnit(value);
  };
  if (!node.constant) return read;
  const unit = read({});
  return () => unit;
}

/** 0 for Sunday. */
function weekdayReader(node: Node | undefined, name: string): (root: Document) => number | null {
  if (node === undefined) return () => 0;
  return (root) => {
    const value = node.evaluate(root);
    if (isNullish(value)) return null;
    if (typeof value !== 'string') {
      throw new MongoError(5439015, `${name} requires 'startOfWeek' to be a string, but got ${typeName(value)}`);
    }
    const lower = value.toLowerCase();
    const day = weekdays.findIndex((weekday) => weekday === lower || weekday.slice(0, 3) === lower);
    if (day < 0) throw new MongoError('FailedToParse', `unknown day of week value: ${value}`);
    return day;
  };
}

function datePart(summary: string, part: (local: Date) => BsonValue): Operator {
  return custom(summary, (argument, scope, name) => {
    let dateSpec: BsonValue = argument;
    let zoneSpec: BsonValue | undefined;
    if (Array.isArray(argument)) {
      if (argument.length !== 1) {
        throw new MongoError(
          40536,
          `${name} accepts exactly one argument if given an array, but was given ${argument.length}`,
        );
      }
      dateSpec = argument[0]!;
    } else if (isDocument(argument) && !Object.keys(argument)[0]?.startsWith('$')) {
      for (const key of Object.keys(argument)) {
        if (key !== 'date' && key !== 'timezone') {
          throw new MongoError(40535, `unrecognized option to ${name}: "${key}"`);
        }
      }
      if (argument.date === undefined) {
        throw new MongoError(40539, `missing 'date' argument to ${name}, provided: ${describeValue(argument)}`);
      }
      dateSpec = argument.date;
      zoneSpec = argument.timezone;
    }
    const date = scope.compile(dateSpec);
    const zone = zoneSpec === undefined ? undefined : scope.compile(zoneSpec);
    const zoneOf = zoneReader(zone);
    return pureNode(zone === undefined ? [date] : [date, zone], (root) => {
      const value = date.evaluate(root);
      if (isNullish(value)) return null;
      const where = zoneOf(root);
      return where === null ? null : part(localOf(milliseconds(value), where));
    });
  });
}

function dateArithmetic(summary: string, sign: 1 | -1): Operator {
  const name = sign === 1 ? '$dateAdd' : '$dateSubtract';
  return custom(summary, (argument, scope) => {
    if (!isDocument(argument)) {
      throw new MongoError(5166400, `${name} expects an object as its argument.found type:${typeName(argument)}`);
    }
    for (const key of Object.keys(argument)) {
      if (!['startDate', 'unit', 'amount', 'timezone'].includes(key)) {
        throw new MongoError(
          5166401,
          `Unrecognized argument to ${name}: ${key}. Expected arguments are startDate, unit, amount, and optionally timezone.`,
        );
      }
    }
    const { startDate, unit, amount, timezone } = argument;
    if (startDate === undefined || unit === undefined || amount === undefined) {
      throw new MongoError(5166402, `${name} requires startDate, unit, and amount to be present`);
    }
    const nodes = [startDate, unit, amount].map((part) => scope.compile(part)) as [Node, Node, Node];
    const [start, unitNode, count] = nodes;
    const zone = timezone === undefined ? undefined : scope.compile(timezone);
    const zoneOf = zoneReader(zone);
    const unitOf = unitReader(unitNode, name);
    return pureNode(zone === undefined ? nodes : [...nodes, zone], (root) => {
      const date = start.evaluate(root);
      const times = count.evaluate(root);
      const where = zoneOf(root);
      const which = unitOf(root);
      if (isNullish(date) || isNullish(times) || where === null || which === null) return null;
      if (!(date instanceof Date || date instanceof ObjectId || date instanceof Timestamp)) {
        throw new MongoError(5166403, `${name} requires startDate to be convertible to a date`);
      }
      const whole = wholeNumberOf(times);
      if (whole === null) throw new MongoError(5166405, `${name} expects integer amount of time units`);
      return addUnits(milliseconds(date), which, BigInt(sign) * whole, where);
    });
  });
}

/** Days and longer are counted on the local calendar, and end on the last day of a month that is too short. */
export function addUnits(utc: number, unit: TimeUnit, amount: bigint, zone: TimeZone): Date {
  const fixed = fixedMilliseconds[unit];
  if (fixed !== undefined) return dateFrom(BigInt(utc) + amount * BigInt(fixed));
  if (amount > 200_000_000n || amount < -200_000_000n)
    throw new MongoError(5166406, `$dateAdd overflowed: the amount ${amount} is too large`);
  const count = Number(amount);
  const local = utc + zone.offsetAt(utc);
  if (unit === 'day' || unit === 'week') {
    const moved = local + count * DAY * (unit === 'week' ? 7 : 1);
    return dateFrom(BigInt(zone.utcOf(moved)));
  }
  const date = new Date(local);
  const months =
    date.getUTCFullYear() * 12 + date.getUTCMonth() + count * (unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1);
  const year = Math.floor(months / 12);
  const month = (((months % 12) + 12) % 12) + 1;
  const lastDay = new Date(utcFromParts(year, month + 1, 0, 0, 0, 0, 0)).getUTCDate();
  const time = ((local % DAY) + DAY) % DAY;
  const moved = utcFromParts(year, month, Math.min(date.getUTCDate(), lastDay), 0, 0, 0, 0) + time;
  if (Number.isNaN(moved)) throw new MongoError(5166406, '$dateAdd overflowed');
  return dateFrom(BigInt(zone.utcOf(moved)));
}

function difference(from: number, to: number, unit: TimeUnit, zone: TimeZone, firstDay: number): number {
  const fixed = fixedMilliseconds[unit];
  if (fixed !== undefined) {
    // Only the part of the offset that is no whole unit moves the boundaries (zones at half hours).
    const place = (utc: number) => Math.floor((utc + (zone.offsetAt(utc) % fixed)) / fixed);
    return place(to) - place(from);
  }
  const start = localOf(from, zone);
  const end = localOf(to, zone);
  const day = (local: Date) => Math.floor(local.getTime() / DAY);
  switch (unit) {
    case 'year':
      return end.getUTCFullYear() - start.getUTCFullYear();
    case 'quarter': {
      const quarter = (local: Date) => local.getUTCFullYear() * 4 + Math.floor(local.getUTCMonth() / 3);
      return quarter(end) - quarter(start);
    }
    case 'month': {
      const month = (local: Date) => local.getUTCFullYear() * 12 + local.getUTCMonth();
      return month(end) - month(start);
    }
    case 'week': {
      // 1970-01-01 was a Thursday (4).
      const week = (local: Date) => Math.floor((day(local) + 4 - firstDay) / 7);
      return week(end) - week(start);
    }
    default:
      return day(end) - day(start);
  }
}

/** Bins are counted from 2000-01-01, those of weeks from the first chosen weekday on or after it. */
function truncated(utc: number, unit: TimeUnit, size: number, zone: TimeZone, firstDay: number): number {
  const local = utc + zone.offsetAt(utc);
  const start = 946_684_800_000;
  const fixed = fixedMilliseconds[unit];
  const below = (value: number, bin: number) => Math.floor(value / bin) * bin;
  if (fixed !== undefined) return utc - (local - start - below(local - start, fixed * size));
  if (unit === 'day' || unit === 'week') {
    // 2000-01-01 was a Saturday (6).
    const reference = unit === 'day' ? start : start + ((firstDay + 7 - 6) % 7) * DAY;
    const bin = size * (unit === 'week' ? 7 : 1) * DAY;
    return zone.utcOf(reference + below(local - reference, bin));
  }
  const months = monthsOf(local) - 2000 * 12;
  const bin = size * (unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1);
  return zone.utcOf(daysBeforeMonth(2000 * 12 + below(months, bin)) * DAY);
}

function dateFromParts(given: Given): Evaluate {
  const iso = given.isoWeekYear !== undefined;
  if (given.year === undefined && !iso) {
    throw new MongoError(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
  }
  const mixed = iso ? ['year', 'month', 'day'] : ['isoWeek', 'isoDayOfWeek'];
  if (mixed.some((key) => given[key] !== undefined)) {
    throw new MongoError(iso ? 40489 : 40525, '$dateFromParts does not allow mixing natural dates with ISO dates');
  }
  const zoneOf = zoneReader(given.timezone);
  const keys = iso
    ? ['isoWeekYear', 'isoWeek', 'isoDayOfWeek', 'hour', 'minute', 'second', 'millisecond']
    : ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'];
  const defaults = [1970, 1, 1, 0, 0, 0, 0];
  return (root) => {
    const zone = zoneOf(root);
    const parts: number[] = [];
    for (const [index, key] of keys.entries()) {
      const node = given[key];
      if (node === undefined) {
        parts.push(defaults[index]!);
        continue;
      }
      const value = node.evaluate(root);
      if (isNullish(value)) return null;
      const whole = wholeNumberOf(value);
      if (whole === null) {
        throw new MongoError(
          40515,
          `'${key}' must evaluate to an integer, found ${typeName(value)} with value ${describeValue(value)}`,
        );
      }
      const number = Number(whole);
      if (index === 0 && (number < (iso ? 0 : 1) || number > 9999)) {
        throw iso
          ? new MongoError(31095, `'isoWeekYear' must evaluate to an integer in the range 0 to 9999, found ${number}`)
          : new MongoError(40523, `'year' must evaluate to an integer in the range 1 to 9999, found ${number}`);
      }
      if (index > 0 && index < 3 && (number < -32768 || number > 32767)) {
        throw new MongoError(
          31034,
          `'${key}' must evaluate to a value in the range [-32768, 32767]; value ${number} is not in range`,
        );
      }
      parts.push(number);
    }
    if (zone === null) return null;
    const [year, month, day, hour, minute, second, millisecond] = parts as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const time = hour * HOUR + minute * MINUTE + second * 1000 + millisecond;
    const start = iso ? localFromIsoWeek(year, month, day) : utcFromParts(year, month, day, 0, 0, 0, 0);
    return dateFrom(BigInt(Math.trunc(zone.utcOf(start + time))));
  };
}
