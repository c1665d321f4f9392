/**
 * MongoDB's comparison order as the manual tells it ("Comparison/Sort Order"), written for being read, not for speed.
 * It shares nothing with the server. Values are those of the driver with `promoteValues: false`; plain JavaScript values
 * are taken for what the driver would send them as.
 */
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';

export const MISSING = Symbol('missing');

const places = [
  'minKey',
  'missing',
  'null',
  'number',
  'string',
  'object',
  'array',
  'binData',
  'objectId',
  'bool',
  'date',
  'timestamp',
  'regex',
  'code',
  'codeWithScope',
  'maxKey',
] as const;

export type Place = (typeof places)[number];

export function placeOf(value: unknown): Place {
  if (value === MISSING || value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value instanceof MinKey) return 'minKey';
  if (value instanceof MaxKey) return 'maxKey';
  if (isNumber(value)) return 'number';
  if (typeof value === 'string' || value instanceof BSONSymbol) return 'string';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Binary) return 'binData';
  if (value instanceof ObjectId) return 'objectId';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Date) return 'date';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof BSONRegExp) return 'regex';
  if (value instanceof Code) return value.scope == null ? 'code' : 'codeWithScope';
  return 'object';
}

function isNumber(value: unknown): boolean {
  // Timestamp extends Long in the driver.
  if (value instanceof Timestamp) return false;
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Int32 ||
    value instanceof Double ||
    value instanceof Decimal128 ||
    Long.isLong(value)
  );
}

/** Negative, zero or positive. */
export function order(a: unknown, b: unknown): number {
  const place = placeOf(a);
  const difference = places.indexOf(place) - places.indexOf(placeOf(b));
  if (difference !== 0) return difference;
  switch (place) {
    case 'number':
      return orderOfNumbers(a, b);
    case 'string':
      return Buffer.compare(Buffer.from(textOf(a)), Buffer.from(textOf(b)));
    case 'object':
      return orderOfDocuments(a as Document, b as Document);
    case 'array':
      return orderOfArrays(a as unknown[], b as unknown[]);
    case 'binData': {
      const left = a as Binary;
      const right = b as Binary;
      return (
        left.position - right.position ||
        left.sub_type - right.sub_type ||
        Buffer.compare(Buffer.from(left.value()), Buffer.from(right.value()))
      );
    }
    case 'objectId':
      return Buffer.compare((a as ObjectId).id, (b as ObjectId).id);
    case 'bool':
      return Number(a) - Number(b);
    case 'date':
      return (a as Date).getTime() - (b as Date).getTime();
    case 'timestamp':
      return (a as Timestamp).t - (b as Timestamp).t || (a as Timestamp).i - (b as Timestamp).i;
    case 'regex':
      return (
        Buffer.compare(Buffer.from((a as BSONRegExp).pattern), Buffer.from((b as BSONRegExp).pattern)) ||
        Buffer.compare(Buffer.from((a as BSONRegExp).options), Buffer.from((b as BSONRegExp).options))
      );
    case 'code':
      return Buffer.compare(Buffer.from((a as Code).code), Buffer.from((b as Code).code));
    case 'codeWithScope':
      return (
        Buffer.compare(Buffer.from((a as Code).code), Buffer.from((b as Code).code)) ||
        orderOfDocuments((a as Code).scope as Document, (b as Code).scope as Document)
      );
    default:
      return 0;
  }
}

function orderOfDocuments(a: Document, b: Document): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [leftName, leftValue] = left[at] as [string, unknown];
    const [rightName, rightValue] = right[at] as [string, unknown];
    const difference =
      places.indexOf(placeOf(leftValue)) - places.indexOf(placeOf(rightValue)) ||
      Buffer.compare(Buffer.from(leftName), Buffer.from(rightName)) ||
      order(leftValue, rightValue);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function orderOfArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = order(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (value as BSONSymbol).value);

/** A number as a fraction of whole numbers, or one of the three that are none. */
export type Exact = { readonly top: bigint; readonly bottom: bigint } | 'NaN' | 'Infinity' | '-Infinity';

export function exactNumber(value: unknown): Exact {
  if (typeof value === 'bigint') return { top: value, bottom: 1n };
  if (Long.isLong(value)) return { top: value.toBigInt(), bottom: 1n };
  if (value instanceof Int32) return { top: BigInt(value.value), bottom: 1n };
  if (value instanceof Decimal128) return exactDecimal(value.toString());
  const double = value instanceof Double ? value.value : (value as number);
  if (Number.isNaN(double)) return 'NaN';
  if (!Number.isFinite(double)) return double > 0 ? 'Infinity' : '-Infinity';
  let top = double;
  let bottom = 1n;
  while (!Number.isInteger(top)) {
    top *= 2;
    bottom *= 2n;
  }
  return { top: BigInt(top), bottom };
}

function exactDecimal(text: string): Exact {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text;
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(
    text,
  ) as string[];
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const power = Number(exponent) - (fraction as string).length;
  return power >= 0
    ? { top: digits * 10n ** BigInt(power), bottom: 1n }
    : { top: digits, bottom: 10n ** BigInt(-power) };
}

/** NaN is the least of all numbers and equals itself. */
function orderOfNumbers(a: unknown, b: unknown): number {
  const left = exactNumber(a);
  const right = exactNumber(b);
  if (typeof left === 'object' && typeof right === 'object') {
    const difference = left.top * right.bottom - right.top * left.bottom;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  const rank = (one: Exact) => (one === 'NaN' ? -2 : one === '-Infinity' ? -1 : one === 'Infinity' ? 1 : 0);
  return rank(left) - rank(right);
}
