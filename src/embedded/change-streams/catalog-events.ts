/** What expanded events say of changes to collections, views and indexes. */
import { equalValues } from '../bson/compare.ts';
import { Binary, type BsonValue, type Document } from '../bson/values.ts';
import { isDocument } from '../commands/arguments.ts';
import { describeIndex } from '../commands/index-spec.ts';
import type { IndexInfo, LoggedChange } from '../storage/storage.ts';

const ID_INDEX = { v: 2, key: { _id: 1 }, name: '_id_' };
const INDEX_OPTIONS_OF_COLL_MOD = ['expireAfterSeconds', 'hidden', 'prepareUnique', 'unique'];

/** `operationDescription` and, where a collection was modified, `stateBeforeChange`. */
export function describeCatalogChange({ operation, description = {}, uuid }: LoggedChange): Document {
  switch (operation) {
    case 'create': {
      const options = description['options'] as Document;
      return { operationDescription: description['type'] === 'view' ? options : { idIndex: ID_INDEX, ...options } };
    }
    case 'createIndexes':
    case 'dropIndexes':
      return { operationDescription: { indexes: (description['indexes'] as Document[]).map(describeLoggedIndex) } };
    case 'modify':
      return isDocument(description['index'])
        ? describeIndexChange(description, uuid)
        : describeOptions(description, uuid);
    default:
      return {};
  }
}

function describeLoggedIndex({ name, key, ...options }: Document): Document {
  return describeIndex({ name, key, options, multikey: false, multikeyPaths: [] } as unknown as IndexInfo);
}

function describeOptions({ options, before }: Document, uuid: Uint8Array): Document {
  const after = isDocument(options) ? options : {};
  const was = isDocument(before) ? before : {};
  const operationDescription: Document = {};
  for (const name of new Set([...Object.keys(after), ...Object.keys(was)])) {
    if (!isSame(after[name], was[name])) operationDescription[name] = after[name] ?? NOTHING[name] ?? null;
  }
  return { operationDescription, stateBeforeChange: { collectionOptions: { uuid: uuidOf(uuid), ...was } } };
}

/** How a client takes an option away. */
const NOTHING: Readonly<Record<string, BsonValue>> = { validator: {}, expireAfterSeconds: 'off' };

function describeIndexChange({ index, before }: Document, uuid: Uint8Array): Document {
  const { name, ...after } = index as Document;
  const was = isDocument(before) ? before : {};
  const changed: Document = { name: name as BsonValue };
  const indexOptions: Document = {};
  for (const option of INDEX_OPTIONS_OF_COLL_MOD) {
    if (isSame(after[option], was[option])) continue;
    changed[option] = after[option] ?? false;
    indexOptions[option] = was[option] ?? false;
  }
  return {
    operationDescription: { index: changed },
    stateBeforeChange: { collectionOptions: { uuid: uuidOf(uuid) }, indexOptions },
  };
}

function isSame(a: BsonValue | undefined, b: BsonValue | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalValues(a, b));
}

function uuidOf(bytes: Uint8Array): Binary {
  return new Binary(bytes, Binary.SUBTYPE_UUID);
}
