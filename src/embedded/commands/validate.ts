import { validateDocument } from '../bson/codec.ts';
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { anything, boolean, collectionName } from './arguments.ts';
import { defineCommand } from './command.ts';

const ROWS_PER_LOOK = 64;

export const validate = defineCommand({
  name: 'validate',
  summary: 'Reads a whole collection and its indexes, and says whether they are sound.',
  arguments: {
    validate: collectionName,
    full: boolean.default(false),
    repair: anything,
    metadata: anything,
    checkBSONConformance: anything,
    background: anything,
    enforceFastCount: anything,
  },
  async run(args, context) {
    using view = context.openView();
    const namespace = context.namespace(args.validate);
    const collection = view.collection(namespace);
    if (collection === null)
      throw new MongoError('NamespaceNotFound', `Collection '${namespace}' does not exist to validate.`);
    const errors: string[] = [];
    let records = 0;
    let corrupt = 0;
    let isWhole = true;
    try {
      for (const { raw } of collection.scan()) {
        records += 1;
        try {
          validateDocument(raw);
        } catch (error) {
          corrupt += 1;
          errors.push(error instanceof Error ? error.message : String(error));
        }
        if (records % ROWS_PER_LOOK === 0 && context.operation.due()) await context.operation.breathe();
      }
    } catch (error) {
      errors.push(damageOf(error));
      isWhole = false;
    }
    if (isWhole && records !== collection.count())
      errors.push(`the count says ${collection.count()} documents, but there are ${records}`);
    const keysPerIndex: Document = {};
    const indexDetails: Document = {};
    for (const index of collection.info.indexes) {
      const before = errors.length;
      let keys = 0;
      let dangling = 0;
      try {
        for (const { recordId } of collection.scanIndex(index.name, [{ fromInclusive: true, toInclusive: true }])) {
          keys += 1;
          if (collection.get(recordId) === undefined) dangling += 1;
          if (keys % ROWS_PER_LOOK === 0 && context.operation.due()) await context.operation.breathe();
        }
        if (dangling > 0) errors.push(`index ${index.name} has ${dangling} keys without a document`);
        if (isWhole && hasOneKeyEach(index) && keys !== records)
          errors.push(`index ${index.name} has ${keys} keys, but there are ${records} documents`);
      } catch (error) {
        errors.push(damageOf(error));
      }
      keysPerIndex[index.name] = keys;
      indexDetails[index.name] = { valid: errors.length === before };
    }
    return {
      ns: namespace,
      uuid: undefined,
      nInvalidDocuments: corrupt,
      nNonCompliantDocuments: 0,
      nrecords: records,
      nIndexes: collection.info.indexes.length,
      keysPerIndex,
      indexDetails,
      valid: errors.length === 0,
      repaired: false,
      warnings: [],
      errors,
      extraIndexEntries: [],
      missingIndexEntries: [],
      corruptRecords: [],
      ok: 1,
    };
  },
});

/** What reading met, where that is damage; all else is no finding but a failure of this command. */
function damageOf(error: unknown): string {
  if (error instanceof MongoError && error.codeName === 'DataCorruptionDetected') return error.message;
  throw error;
}

function hasOneKeyEach({ key, multikey, options }: IndexInfo): boolean {
  const isText = Object.values(key).includes('text');
  return !multikey && !isText && options['sparse'] !== true && options['partialFilterExpression'] === undefined;
}
