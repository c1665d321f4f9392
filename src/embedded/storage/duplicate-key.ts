import { readField } from '../bson/codec.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { IndexInfo, Namespace } from './storage.ts';

/** MongoDB's error for a second document with the same key, naming key and index. */
export function duplicateKey(
  namespace: Namespace,
  index: Pick<IndexInfo, 'name' | 'key'>,
  raw: RawDocument | undefined,
): MongoError {
  const keyValue: Document = {};
  for (const path of Object.keys(index.key))
    keyValue[path] = (raw === undefined ? undefined : readField(raw, path)) ?? null;
  const shown = Object.entries(keyValue)
    .map(([path, value]) => `${path}: ${show(value as BsonValue)}`)
    .join(', ');
  return new MongoError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: { ${shown} }`,
    { extra: { keyPattern: { ...index.key }, keyValue } },
  );
}

function show(value: BsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value !== null && typeof value === 'object') {
    const type = Object.hasOwn(value, '_bsontype') ? undefined : (value as { _bsontype?: string })._bsontype;
    if (type === 'ObjectId') return `ObjectId('${value.toString()}')`;
    if (Array.isArray(value)) return `[ ${value.map(show).join(', ')} ]`;
    if (type !== undefined) return String(value);
    return `{ ${Object.entries(value as Document)
      .map(([name, field]) => `${name}: ${show(field as BsonValue)}`)
      .join(', ')} }`;
  }
  return String(value);
}
