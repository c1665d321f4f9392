/**
 * The search indexes of a collection. Of Atlas's two kinds only `vectorSearch` exists here: it names the vector's path,
 * length and similarity for `$vectorSearch`, which compares all vectors exactly. They are kept with the collection's
 * options, so that they follow it when it is renamed and go when it is dropped.
 */
import { ObjectId } from 'bson';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionInfo, WriteTransaction } from '../storage/storage.ts';
import { anything, collectionName, isDocument, numberOf, object, objects, readArguments, text } from './arguments.ts';
import { defineCommand } from './command.ts';

/** Under this name among the collection's options; never shown to clients. */
export const SEARCH_INDEXES_OPTION = 'searchIndexes';

const SIMILARITIES: readonly string[] = ['cosine', 'dotProduct', 'euclidean'];
const DIMENSIONS_MAX = 8192;

export function searchIndexesOf(info: CollectionInfo | undefined): Document[] {
  const stored = info?.options[SEARCH_INDEXES_OPTION];
  return Array.isArray(stored) ? (stored as Document[]) : [];
}

export function vectorFieldOf(index: Document) {
  const definition = index['latestDefinition'];
  const fields =
    isDocument(definition) && Array.isArray(definition['fields']) ? (definition['fields'] as Document[]) : [];
  const vector = fields.find((field) => field['type'] === 'vector');
  if (vector === undefined) return undefined;
  return {
    path: String(vector['path']),
    dimensions: numberOf(vector['numDimensions'] as BsonValue) ?? 0,
    similarity: vector['similarity'] as 'cosine' | 'dotProduct' | 'euclidean',
  };
}

const specArguments = { name: text.default('default'), type: text.default('search'), definition: object };

export const createSearchIndexes = defineCommand({
  name: 'createSearchIndexes',
  summary: 'Describes vector indexes for $vectorSearch.',
  arguments: { createSearchIndexes: collectionName, indexes: objects, comment: anything },
  run(args, context) {
    const specs = args.indexes.map((spec) => readArguments(specArguments, spec, 'createSearchIndexes.indexes'));
    for (const { type, definition } of specs) checkDefinition(type, definition);
    return context.write((transaction) => {
      const info = existing(transaction, context.namespace(args.createSearchIndexes));
      const indexes = searchIndexesOf(info);
      const created: Document[] = [];
      for (const { name, type, definition } of specs) {
        if (indexes.some((index) => index['name'] === name)) {
          throw new MongoError(
            'IndexAlreadyExists',
            `Index ${name} already exists with a different definition. Drop it first if needed.`,
          );
        }
        const index = {
          id: new ObjectId().toHexString(),
          name,
          type,
          status: 'READY',
          queryable: true,
          latestVersion: 0,
          latestDefinition: definition,
        };
        indexes.push(index);
        created.push({ id: index.id, name });
      }
      transaction.setCollectionOptions(info.namespace, { ...info.options, [SEARCH_INDEXES_OPTION]: indexes });
      return { indexesCreated: created, ok: 1 };
    });
  },
});

export const dropSearchIndex = defineCommand({
  name: 'dropSearchIndex',
  summary: 'Forgets a vector index.',
  arguments: { dropSearchIndex: collectionName, name: text.optional(), id: text.optional(), comment: anything },
  run(args, context) {
    return context.write((transaction) => {
      const info = existing(transaction, context.namespace(args.dropSearchIndex));
      const indexes = searchIndexesOf(info);
      const left = indexes.filter((index) => !(index['name'] === args.name || index['id'] === args.id));
      if (left.length === indexes.length)
        throw new MongoError('IndexNotFound', `search index ${args.name ?? args.id} cannot be found`);
      transaction.setCollectionOptions(info.namespace, { ...info.options, [SEARCH_INDEXES_OPTION]: left });
      return { ok: 1 };
    });
  },
});

export const updateSearchIndex = defineCommand({
  name: 'updateSearchIndex',
  summary: 'Gives a vector index another definition.',
  arguments: {
    updateSearchIndex: collectionName,
    name: text.optional(),
    id: text.optional(),
    definition: object,
    comment: anything,
  },
  run(args, context) {
    return context.write((transaction) => {
      const info = existing(transaction, context.namespace(args.updateSearchIndex));
      const indexes = searchIndexesOf(info);
      const index = indexes.find((one) => one['name'] === args.name || one['id'] === args.id);
      if (index === undefined)
        throw new MongoError('IndexNotFound', `search index ${args.name ?? args.id} cannot be found`);
      checkDefinition(String(index['type']), args.definition);
      const changed = indexes.map((one) =>
        one === index
          ? {
              ...one,
              latestDefinition: args.definition,
              latestVersion: (numberOf(one['latestVersion'] as BsonValue) ?? 0) + 1,
            }
          : one,
      );
      transaction.setCollectionOptions(info.namespace, { ...info.options, [SEARCH_INDEXES_OPTION]: changed });
      return { ok: 1 };
    });
  },
});

function existing(transaction: WriteTransaction, namespace: string): CollectionInfo {
  const info = transaction.collection(namespace)?.info;
  if (info === undefined) throw new MongoError('NamespaceNotFound', `Collection '${namespace}' does not exist.`);
  return info;
}

function checkDefinition(type: string, definition: Document): void {
  if (type !== 'vectorSearch') {
    throw new MongoError(
      31082,
      `Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration: this server has search indexes of type 'vectorSearch' only, not '${type}'. Use a text index and $text for words.`,
    );
  }
  const fields = definition['fields'];
  if (!Array.isArray(fields) || fields.length === 0)
    throw new MongoError('BadValue', '"fields" is required and cannot be empty');
  let vectors = 0;
  for (const field of fields) {
    if (!isDocument(field) || typeof field['path'] !== 'string')
      throw new MongoError('BadValue', '"fields[].path" is required');
    if (field['type'] === 'filter') continue;
    if (field['type'] !== 'vector') throw new MongoError('BadValue', '"fields[].type" must be one of [vector, filter]');
    vectors += 1;
    const dimensions = numberOf(field['numDimensions'] as BsonValue);
    if (dimensions === undefined || dimensions < 1 || dimensions > DIMENSIONS_MAX) {
      throw new MongoError('BadValue', `"fields[].numDimensions" must be within bounds [1, ${DIMENSIONS_MAX}]`);
    }
    if (!SIMILARITIES.includes(String(field['similarity']))) {
      throw new MongoError('BadValue', `"fields[].similarity" must be one of [${SIMILARITIES.join(', ')}]`);
    }
  }
  if (vectors === 0) throw new MongoError('BadValue', '"fields" must contain at least one field of type "vector"');
}
