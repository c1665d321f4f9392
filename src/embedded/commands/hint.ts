import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { isDocument } from './arguments.ts';

/** A hint is an index's name or its key. */
export function readHint(value: BsonValue | undefined): string | Document | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (isDocument(value)) return Object.keys(value).length === 0 ? undefined : value;
  throw new MongoError('FailedToParse', 'Hint must be a string or an object');
}
