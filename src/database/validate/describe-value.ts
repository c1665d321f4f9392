/** A stored value in words, for the examples of a finding: `"12.50" (text)` reads differently from `12.50`. */

const TEXT_LENGTH_MAX = 60;
const KEYS_MAX = 4;

export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return `a BSON date (${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`;
  if (value instanceof Error) return value.message;
  if (value instanceof RegExp) return `a regular expression ${value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes of binary data`;
  const bsonType = (value as { _bsontype?: unknown })._bsontype;
  if (typeof bsonType === 'string') return `${bsonName(bsonType)} ${shortened(bsonText(value))}`;
  const keys = Object.keys(value);
  return `a map {${keys.slice(0, KEYS_MAX).map(shortened).join(', ')}${keys.length > KEYS_MAX ? ', …' : ''}}`;
}

/** An object whose keys are fields: neither an array nor one of BSON's own types. */
export function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '_bsontype');
}

const shortened = (text: string) => (text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text);

// The driver calls a 64-bit integer Long; everyone else says Int64.
const bsonName = (type: string) => (type === 'Long' ? 'Int64' : type);

function bsonText(value: object): string {
  try {
    const text = String(value);
    return text === '[object Object]' ? '' : text;
  } catch {
    return '';
  }
}
