/** Puts one document into a collection, with everything that the collection's options ask: validator, capped size. */
import { decode, encode, readField } from '../bson/codec.ts';
import { type Document, type RawDocument, Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { duplicateKey } from '../storage/duplicate-key.ts';
import type { CollectionWriter, RecordId, WriteTransaction } from '../storage/storage.ts';
import { trimCapped } from './capped.ts';
import { assertValid } from './document-validation.ts';
import { hasEmptyTimestamp, storedForm } from './stored-form.ts';
import { assertHasTime } from './time-series.ts';
import { targetsOf } from './write-targets.ts';

export interface WriteRules {
  /** `bypassDocumentValidation` of the command. */
  readonly bypassValidation: boolean;
}

/** The collection to write to; made on the first write, as in MongoDB. */
export function collectionForWrite(transaction: WriteTransaction, namespace: string): CollectionWriter {
  const collection = transaction.collection(namespace) ?? transaction.createCollection(namespace, {});
  assertWritable(collection, namespace);
  return collection;
}

export function assertWritable(collection: CollectionWriter, namespace: string): void {
  if (collection.info.type === 'view') {
    throw new MongoError('CommandNotSupportedOnView', `Namespace ${namespace} is a view, not a collection`);
  }
}

export function insertDocument(collection: CollectionWriter, raw: RawDocument, rules: WriteRules): RecordId {
  let stored = storedForm(raw);
  if (hasEmptyTimestamp(stored)) stored = withCurrentTimestamps(stored);
  assertHasTime(collection.info, stored);
  if (!rules.bypassValidation) assertValid(collection.info, stored);
  assertPreparedUnique(collection, stored, undefined);
  const recordId = collection.insert(stored);
  if (collection.info.options['capped'] === true) trimCapped(collection);
  return recordId;
}

/**
 * An index on its way to being unique (`collMod` with `prepareUnique`) refuses new duplicates, while the old ones are still
 * there to be removed.
 */
export function assertPreparedUnique(collection: CollectionWriter, raw: RawDocument, self: RecordId | undefined): void {
  for (const index of collection.info.indexes) {
    if (index.options['prepareUnique'] !== true) continue;
    const filter: Document = {};
    for (const path of Object.keys(index.key)) filter[path] = { $eq: readField(raw, path) ?? null };
    const others = targetsOf(collection, { filter, limit: 2 }).filter(({ recordId }) => recordId !== self);
    if (others.length > 0) throw duplicateKey(collection.info.namespace, index, raw);
  }
}

let lastIncrement = 0;

function withCurrentTimestamps(raw: RawDocument): RawDocument {
  const document = decode(raw);
  for (const [field, value] of Object.entries(document)) {
    if (field !== '_id' && value instanceof Timestamp && value.t === 0 && value.i === 0) {
      lastIncrement += 1;
      document[field] = new Timestamp({ t: Math.floor(Date.now() / 1000), i: lastIncrement });
    }
  }
  return encode(document);
}
