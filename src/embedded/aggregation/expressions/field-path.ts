import { MongoError } from '../../errors.ts';

/** Refuses what MongoDB refuses as the name of a computed field. */
export function checkFieldName(name: string): void {
  if (name === '') throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
  if (name.startsWith('$')) {
    throw new MongoError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  if (name.includes('\0')) throw new MongoError(16411, "FieldPath field names may not contain '\\0'.");
  if (name.includes('.')) {
    throw new MongoError(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`);
  }
}

const PATH_DEPTH_MAX = 200;

/** Splits and checks a dotted path without its `$`. */
export function parsePath(path: string): string[] {
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new MongoError(40353, "FieldPath must not end with a '.'.");
  const names = path.split('.');
  if (names.length > PATH_DEPTH_MAX) throw new MongoError('Overflow', 'FieldPath is too long');
  names.forEach(checkFieldName);
  return names;
}
