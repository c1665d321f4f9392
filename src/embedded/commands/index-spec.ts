/** The description of an index as clients give it, checked and split into what storage keeps. */

import { compileCollation } from '../bson/collation.ts';
import { jsonOf } from '../bson/json.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { isWildcard } from '../storage/wildcard-keys.ts';
import { isDocument, numberOf, typeName } from './arguments.ts';
import { checkHashed, checkKind, checkWildcard } from './index-kinds.ts';
import { checkPartialFilter } from './partial-filter.ts';

export interface IndexSpec {
  readonly name: string;
  readonly key: IndexInfo['key'];
  readonly options: Document;
}

const KNOWN_OPTIONS = new Set([
  'v', 'background', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'hidden', 'collation',
  'weights', 'default_language', 'language_override', 'textIndexVersion', 'storageEngine', 'ns', 'prepareUnique',
  'wildcardProjection', '2dsphereIndexVersion', 'bits', 'min', 'max', 'clustered',
]); // biome-ignore format: a list is easier to read in lines
/** Accepted for old clients, without effect, and not shown again. */
const IGNORED_OPTIONS = new Set(['background', 'ns', 'v', 'storageEngine']);
const FIELDS_MAX = 32;
export const INDEXES_MAX = 64;
const TEXT_INDEX_VERSION = 3;

export function readIndexSpec(spec: Document): IndexSpec {
  const { name, key, ...rest } = spec;
  if (key === undefined) {
    throw new MongoError('FailedToParse', "The 'key' field is a required property of an index specification");
  }
  if (!isDocument(key))
    throw new MongoError('TypeMismatch', `The field 'key' must be an object, but got ${typeName(key)}`);
  if (name === undefined) {
    throw new MongoError('FailedToParse', "The 'name' field is a required property of an index specification");
  }
  if (typeof name !== 'string') throw new MongoError('TypeMismatch', "The field 'name' must be a string");
  if (name === '') throw new MongoError('CannotCreateIndex', 'index name cannot be empty');
  const fields = readKey(key);
  const options: Document = {};
  for (const [option, value] of Object.entries(rest)) {
    if (!KNOWN_OPTIONS.has(option)) {
      throw new MongoError(
        'InvalidIndexSpecificationOption',
        `The field '${option}' is not valid for an index specification. Specification: ${jsonOf(spec)}`,
      );
    }
    if (value !== undefined && !IGNORED_OPTIONS.has(option)) options[option] = value;
  }
  return { name, key: fields, options: checkOptions(options, fields) };
}

function readKey(key: Document): IndexInfo['key'] {
  const fields: Record<string, 1 | -1 | string> = {};
  const entries = Object.entries(key);
  if (entries.length === 0) throw new MongoError('CannotCreateIndex', 'Index keys cannot be empty.');
  if (entries.length > FIELDS_MAX)
    throw new MongoError('CannotCreateIndex', `Index key pattern has more than ${FIELDS_MAX} fields`);
  for (const [path, direction] of entries) {
    if (path === '' || path.startsWith('.') || path.endsWith('.') || path.includes('..')) {
      throw new MongoError('CannotCreateIndex', `Index keys cannot contain an empty field: '${path}'`);
    }
    if (
      !isWildcard(path) &&
      path.split('.').some((part) => part.startsWith('$')) &&
      !path.includes('$id') &&
      !path.includes('$ref')
    ) {
      throw new MongoError(
        'CannotCreateIndex',
        `Index key contains an illegal field name: field name starts with '$'.`,
      );
    }
    if (typeof direction === 'string') {
      checkKind(path, direction);
      fields[path] = direction;
      continue;
    }
    const number = numberOf(direction);
    if (number === undefined || number === 0 || Number.isNaN(number)) {
      throw new MongoError(
        'CannotCreateIndex',
        `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    }
    fields[path] = number > 0 ? 1 : -1;
  }
  return fields;
}

function checkOptions(options: Document, key: IndexInfo['key']): Document {
  const isText = Object.values(key).includes('text');
  const isId = Object.keys(key).join() === '_id';
  for (const flag of ['unique', 'sparse', 'hidden', 'prepareUnique'] as const) {
    const value = options[flag];
    if (value === undefined) continue;
    const on = typeof value === 'boolean' ? value : numberOf(value) !== undefined ? numberOf(value) !== 0 : undefined;
    if (on === undefined)
      throw new MongoError(
        'TypeMismatch',
        `The field '${flag}' has value ${jsonOf(value)}, which is not convertible to bool`,
      );
    if (on) options[flag] = true;
    else delete options[flag];
  }
  checkHashed(options, key);
  checkWildcard(options, key);
  if (isId && key['_id'] === 1) checkIdOptions(options);
  const partial = options['partialFilterExpression'];
  if (partial !== undefined) {
    if (!isDocument(partial))
      throw new MongoError('TypeMismatch', "The field 'partialFilterExpression' must be an object");
    if (options['sparse'] === true)
      throw new MongoError('CannotCreateIndex', "cannot mix 'partialFilterExpression' and 'sparse' options");
    if (isId) throw new MongoError('CannotCreateIndex', '_id index cannot be a partial index');
    checkPartialFilter(partial);
  }
  const expire = options['expireAfterSeconds'];
  if (expire !== undefined) {
    const seconds = numberOf(expire);
    if (seconds === undefined)
      throw new MongoError('CannotCreateIndex', "TTL index 'expireAfterSeconds' option must be numeric");
    if (seconds < 0 || seconds > 0x7fffffff) {
      throw new MongoError(
        'CannotCreateIndex',
        `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a lower number`,
      );
    }
    if (Object.keys(key).length > 1)
      throw new MongoError(
        'CannotCreateIndex',
        'TTL indexes are single-field indexes, compound indexes do not support TTL',
      );
    if (isId)
      throw new MongoError(
        'InvalidIndexSpecificationOption',
        "The field 'expireAfterSeconds' is not valid for an _id index specification",
      );
  }
  if (isText) {
    options['weights'] = textWeights(key, options['weights']);
    options['default_language'] ??= 'english';
    options['language_override'] ??= 'language';
    options['textIndexVersion'] ??= TEXT_INDEX_VERSION;
  } else if (options['weights'] !== undefined) {
    throw new MongoError('CannotCreateIndex', "the 'weights' option is only for text indexes");
  }
  return options;
}

/** The index that every collection has takes no options but the collection's collation. */
function checkIdOptions(options: Document): void {
  for (const option of Object.keys(options)) {
    if (option === 'collation' || option === 'clustered' || option === 'expireAfterSeconds') continue;
    if (option === 'partialFilterExpression') continue;
    if (option === 'hidden') throw new MongoError('BadValue', "can't hide _id index");
    throw new MongoError(
      'InvalidIndexSpecificationOption',
      `The field '${option}' is not valid for an _id index specification`,
    );
  }
}

/**
 * The spec with its collation written out in full: its own, or else the collection's. "simple" is left out, and an index
 * on `_id` alone always has the collection's.
 */
export function withCollation(spec: IndexSpec, inherited: BsonValue | undefined): IndexSpec {
  const { collation: own, ...options } = spec.options;
  if (own !== undefined && !isDocument(own)) {
    throw new MongoError('TypeMismatch', `The field 'collation' must be an object, but got ${typeName(own)}`);
  }
  const asked = own ?? inherited;
  const collation = isDocument(asked) ? compileCollation(asked) : null;
  if (own !== undefined && Object.keys(spec.key).join() === '_id' && spec.key['_id'] === 1) {
    const ofCollection = isDocument(inherited) ? compileCollation(inherited) : null;
    if (jsonOf(collation?.spec ?? null) !== jsonOf(ofCollection?.spec ?? null)) {
      throw new MongoError('BadValue', 'The _id index must have the same collation as the collection.');
    }
  }
  if (collation === null) return { ...spec, options };
  if (Object.values(spec.key).includes('text')) {
    throw new MongoError(
      'CannotCreateIndex',
      `Index type 'text' does not support collation: ${jsonOf(collation.spec)}`,
    );
  }
  return { ...spec, options: { ...options, collation: collation.spec } };
}

function textWeights(key: IndexInfo['key'], given: unknown): Document {
  const weights: Document = {};
  for (const [path, kind] of Object.entries(key)) if (kind === 'text') weights[path] = 1;
  if (isDocument(given as Document)) {
    for (const [path, weight] of Object.entries(given as Document)) weights[path] = numberOf(weight) ?? 1;
  }
  return Object.fromEntries(Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An index as listIndexes shows it. */
export function describeIndex(index: IndexInfo): Document {
  const isText = Object.values(index.key).includes('text');
  if (!isText) return { v: 2, key: index.key as Document, name: index.name, ...index.options };
  const key: Document = {};
  for (const [path, kind] of Object.entries(index.key)) {
    if (kind !== 'text') key[path] = kind;
    else if (key['_fts'] === undefined) {
      key['_fts'] = 'text';
      key['_ftsx'] = 1;
    }
  }
  return { v: 2, key, name: index.name, ...index.options };
}

/**
 * What to do with a wanted index, given those that exist: null when it is there already; a conflict throws.
 * MongoDB takes an index for the same when key, collation and partial filter agree.
 */
export function newIndexOrNull(wanted: IndexSpec, existing: readonly IndexInfo[]): IndexSpec | null {
  for (const index of existing) {
    const sameName = index.name === wanted.name;
    const sameKey = identity(index) === identity(wanted);
    const sameOptions = optionsText(index.options) === optionsText(wanted.options);
    if (sameKey && sameName && sameOptions) return null;
    if (index.name === '_id_' && Object.keys(wanted.key).join() === '_id' && wanted.key['_id'] === 1) return null;
    if (sameKey && sameName) {
      throw new MongoError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${show(wanted)}, existing index: ${show(index)}`,
      );
    }
    if (sameKey) {
      if (sameOptions) {
        throw new MongoError('IndexOptionsConflict', `Index already exists with a different name: ${index.name}`);
      }
      throw new MongoError(
        'IndexOptionsConflict',
        `An equivalent index already exists with a different name and options. Requested index: ${show(wanted)}, existing index: ${show(index)}`,
      );
    }
    if (sameName) {
      throw new MongoError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${show(wanted)}, existing index: ${show(index)}`,
      );
    }
    if (Object.values(index.key).includes('text') && Object.values(wanted.key).includes('text')) {
      throw new MongoError(
        'CannotCreateIndex',
        `only one text index per collection allowed, found existing text index "${index.name}"`,
      );
    }
  }
  return wanted;
}

function identity(index: { key: IndexInfo['key']; options: Document }): string {
  return jsonOf([
    Object.entries(index.key),
    index.options['collation'] ?? null,
    index.options['partialFilterExpression'] ?? null,
  ]);
}

function optionsText(options: Document): string {
  const relevant = Object.entries(options).filter(([name]) => name !== 'hidden');
  return JSON.stringify(
    relevant.sort(([a], [b]) => (a < b ? -1 : 1)),
    (_name, value: unknown) => (typeof value === 'bigint' ? Number(value) : value),
  );
}

function show(index: { name: string; key: IndexInfo['key']; options: Document }): string {
  return JSON.stringify({ v: 2, key: index.key, name: index.name, ...index.options }, (_name, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
}
