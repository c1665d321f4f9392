/** What hashed and wildcard indexes allow in their key and options. */
import { isDocument } from '../bson/compare.ts';
import { jsonOf } from '../bson/json.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { isWildcard, wildcardOf } from '../storage/wildcard-keys.ts';
import { numberOf } from './arguments.ts';

/** A kind that is named by a string. */
export function checkKind(path: string, kind: string): void {
  if (kind === 'text' && (!isWildcard(path) || path === '$**')) return;
  if (kind === 'hashed' && !isWildcard(path)) return;
  throw new MongoError(
    'CannotCreateIndex',
    `Unknown index plugin '${kind}': this server has ascending, descending, text, hashed and wildcard indexes`,
  );
}

export function checkHashed(options: Document, key: IndexInfo['key']): void {
  const hashed = Object.values(key).filter((kind) => kind === 'hashed').length;
  if (hashed > 1) {
    throw new MongoError(
      31303,
      `A maximum of one index field is allowed to be hashed but found ${hashed} for 'key' ${jsonOf(key)}`,
    );
  }
  if (hashed === 1 && options['unique'] === true) {
    throw new MongoError(16764, 'Currently hashed indexes cannot guarantee uniqueness. Use a regular index.');
  }
}

export function checkWildcard(options: Document, key: IndexInfo['key']): void {
  const wildcard = wildcardOf(key);
  const projection = options['wildcardProjection'];
  if (wildcard === undefined) {
    if (projection === undefined) return;
    throw new MongoError('BadValue', "The field 'wildcardProjection' is only allowed in an 'wildcard' index");
  }
  if (Object.keys(key).length > 1) {
    throw new MongoError('CannotCreateIndex', 'compound wildcard indexes are not supported by this server');
  }
  for (const option of ['unique', 'expireAfterSeconds']) {
    if (options[option] === undefined) continue;
    throw new MongoError('CannotCreateIndex', `Index type 'wildcard' does not support the ${option} option`);
  }
  if (projection !== undefined) checkProjection(wildcard, projection);
}

function checkProjection(wildcard: string, projection: BsonValue): void {
  if (!isDocument(projection)) {
    throw new MongoError('TypeMismatch', "The field 'wildcardProjection' must be a non-empty object");
  }
  if (Object.keys(projection).length === 0) {
    throw new MongoError('FailedToParse', "The 'wildcardProjection' field can't be an empty object");
  }
  if (wildcard !== '$**') {
    throw new MongoError('FailedToParse', `The field 'wildcardProjection' is only allowed when 'key' is {"$**": ±1}`);
  }
  if (!Object.values(projection).every(isPlainChoice)) {
    throw new MongoError('FailedToParse', "The 'wildcardProjection' field may only include or exclude fields");
  }
  compileProjection(projection);
}

function isPlainChoice(value: BsonValue | undefined): boolean {
  if (isDocument(value)) return Object.values(value).every(isPlainChoice);
  return typeof value === 'boolean' || (value !== undefined && numberOf(value) !== undefined);
}
