import type { Document } from '../bson/values.ts';
import { FIRST_BATCH_DOCUMENTS } from '../cursors/cursor.ts';
import { MongoError } from '../errors.ts';
import { numberOf } from './arguments.ts';

/** `cursor: { batchSize }` of a command, with MongoDB's default. */
export function batchSizeOf(cursor: Document | undefined): number {
  const value = cursor?.['batchSize'];
  if (value === undefined || value === null) return FIRST_BATCH_DOCUMENTS;
  const size = numberOf(value);
  if (size === undefined) throw new MongoError('TypeMismatch', 'cursor.batchSize field must be a number');
  if (size < 0) throw new MongoError('BadValue', 'BatchSize value must be non-negative');
  return size;
}
