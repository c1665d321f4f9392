/**
 * Canonical extended JSON, one document a line: every type of BSON survives (int32, int64, double, decimal128, dates,
 * UUID, ObjectId, binary …). The common types are written and read directly, several times faster than through the
 * library, which does the rest; a property test holds the two to each other.
 * Source: MongoDB specification "Extended JSON v2".
 */
import { BSON, type Document, Double, Int32, Long } from 'mongodb';

/** The driver's own copy of the library: imported as "bson" it would be a second one, with classes of its own. */
const { EJSON } = BSON;

const DOUBLE_PLAIN_MAX = 1e15;

/** One document, read with `promoteValues: false`, as canonical extended JSON. */
export function canonicalFromDocument(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      break;
    default:
      return EJSON.stringify(value, { relaxed: false });
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    return `[${value.map((element) => (element === undefined ? 'null' : canonicalFromDocument(element))).join(',')}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const fields: string[] = [];
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== undefined) fields.push(`${JSON.stringify(key)}:${canonicalFromDocument(inner)}`);
    }
    return `{${fields.join(',')}}`;
  }
  if (value instanceof Int32) return `{"$numberInt":"${value.value}"}`;
  // A Timestamp is a Long too, and is written in another way.
  if (value instanceof Long && value._bsontype === 'Long') return `{"$numberLong":"${value.toString()}"}`;
  if (value instanceof Double) {
    const number = value.value;
    if (Number.isFinite(number) && !Object.is(number, -0) && Math.abs(number) < DOUBLE_PLAIN_MAX) {
      return `{"$numberDouble":"${Number.isInteger(number) ? `${number}.0` : number}"}`;
    }
  }
  return EJSON.stringify(value, { relaxed: false });
}

/** The document of one line. Numbers keep the types that the line gives them; a plain JSON number becomes what the driver makes of it. */
export function documentFromExtendedJson(line: string): Document {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError('a document ({…}) is expected on every line');
  }
  return revived(parsed) as Document;
}

function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = revived(value[index]);
    return value;
  }
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    if (key.charCodeAt(0) === 36 /* $ */) return revivedType(fields);
    const inner = fields[key];
    if (typeof inner !== 'object' || inner === null) continue;
    const next = revived(inner);
    if (next !== inner) fields[key] = next;
  }
  return fields;
}

function revivedType(fields: Record<string, unknown>): unknown {
  const { $numberInt, $numberDouble } = fields;
  if (typeof $numberInt === 'string') return new Int32($numberInt);
  if (typeof $numberDouble === 'string') return new Double(Number($numberDouble));
  return (EJSON.deserialize({ value: fields }, { relaxed: false }) as { value: unknown }).value;
}
