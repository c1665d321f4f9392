import { encode } from '../bson/codec.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import type { Statements } from '../sessions/retryable.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { anything, boolean, list, object, objects, readArguments, text, wholeNumber } from './arguments.ts';
import { defineCommand } from './command.ts';
import { batchSizeOf } from './cursor-option.ts';
import { deleteOnce } from './delete.ts';
import { readHint } from './hint.ts';
import { assertBatchSize, assertOneEach, stopsAtFault } from './write-batch.ts';
import { collectionForWrite, insertDocument, type WriteRules } from './write-document.ts';
import { writeInParts } from './write-parts.ts';
import { updateOnce } from './write-update.ts';

const shared = { collation: object.optional(), hint: anything, sampleId: anything };
const operationArguments = {
  insert: { insert: wholeNumber, document: object },
  update: {
    update: wholeNumber,
    filter: object,
    updateMods: anything,
    multi: boolean.default(false),
    upsert: boolean.default(false),
    upsertSupplied: anything,
    arrayFilters: list.optional(),
    constants: object.optional(),
    sort: object.optional(),
    ...shared,
  },
  delete: { delete: wholeNumber, filter: object, multi: boolean.default(false), ...shared },
};
const namespaceArguments = {
  ns: text,
  collectionUUID: anything,
  encryptionInformation: anything,
  isTimeseriesNamespace: anything,
};

const TOTALS = ['inserted', 'matched', 'modified', 'upserted', 'deleted', 'errors'] as const;
type Totals = Record<(typeof TOTALS)[number], number>;

const noTotals = (): Totals => ({ inserted: 0, matched: 0, modified: 0, upserted: 0, deleted: 0, errors: 0 });

interface Part {
  readonly totals: Totals;
  readonly results: Document[];
}

/** What one operation of the batch needs to run. */
interface Batch {
  readonly transaction: WriteTransaction;
  readonly statements: Statements;
  readonly index: number;
  readonly namespaces: readonly string[];
  readonly variables: Document | undefined;
  readonly rules: WriteRules;
  readonly totals: Totals;
}

export const bulkWrite = defineCommand({
  name: 'bulkWrite',
  summary: 'Inserts, updates and deletes in several collections, in one command.',
  arguments: {
    bulkWrite: anything,
    ops: objects,
    nsInfo: objects,
    ordered: boolean.default(true),
    errorsOnly: boolean.default(false),
    bypassDocumentValidation: boolean.default(false),
    let: object.optional(),
    cursor: object.optional(),
    comment: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  adminOnly: true,
  async run(args, context) {
    assertBatchSize(args.ops);
    assertOneEach(
      context,
      args.ops.some(({ multi }) => multi === true),
    );
    const namespaces = args.nsInfo.map((info) => readArguments(namespaceArguments, info, 'bulkWrite.nsInfo').ns);
    const rules = { bypassValidation: args.bypassDocumentValidation };
    const { parts, retried } = await writeInParts(context, args.ops.length, {
      newPart: (): Part => ({ totals: noTotals(), results: [] }),
      write: (index, { totals, results }, transaction, statements) => {
        const { result, failed } = attempt(index, () =>
          runOne(args.ops[index] as Document, {
            transaction,
            statements,
            index,
            namespaces,
            variables: args.let,
            rules,
            totals,
          }),
        );
        if (failed) totals.errors += 1;
        if (failed || !args.errorsOnly) results.push(result);
        return !(failed && stopsAtFault(args, context));
      },
    });
    const results = parts.flatMap((part) => part.results);
    const totals = noTotals();
    for (const part of parts) for (const name of TOTALS) totals[name] += part.totals[name];
    const opened = await openCursor(
      new ListSource(results),
      {
        namespace: 'admin.$cmd.bulkWrite',
        batchSize: args.cursor === undefined ? Number.POSITIVE_INFINITY : batchSizeOf(args.cursor),
      },
      context,
    );
    return {
      ...opened,
      rest: {
        nErrors: totals.errors,
        nInserted: totals.inserted,
        nMatched: totals.matched,
        nModified: totals.modified,
        nUpserted: totals.upserted,
        nDeleted: totals.deleted,
        ...retried,
        ok: 1,
      },
    };
  },
});

function attempt(index: number, run: () => Document): { result: Document; failed: boolean } {
  try {
    return { result: { ok: 1, idx: index, ...run() }, failed: false };
  } catch (error) {
    if (!(error instanceof MongoError) || error.codeName === 'WriteConflict') throw error;
    return {
      result: { ok: 0, idx: index, code: error.code, errmsg: error.message, ...(error.extra as Document), n: 0 },
      failed: true,
    };
  }
}

/** Runs one operation; its counts go into the totals and into its own result. */
function runOne(operation: Document, batch: Batch): Document {
  const { transaction, statements, index, namespaces, variables, rules, totals } = batch;
  const kind = Object.keys(operation)[0];
  switch (kind) {
    case 'insert': {
      const { insert, document } = readArguments(operationArguments.insert, operation, 'bulkWrite.ops');
      const namespace = namespaceAt(namespaces, insert);
      if (statements.recall(index) === undefined) {
        statements.begin();
        insertDocument(collectionForWrite(transaction, namespace), encode(document), rules);
        statements.remember(index, { operation: 'insert' });
      }
      totals.inserted += 1;
      return { n: 1 };
    }
    case 'update': {
      const update = readArguments(operationArguments.update, operation, 'bulkWrite.ops');
      const outcome = updateOnce(
        transaction,
        namespaceAt(namespaces, update.update),
        {
          filter: update.filter,
          update: update.updateMods as BsonValue,
          multi: update.multi,
          upsert: update.upsert,
          sort: update.sort,
          hint: readHint(update.hint),
          collation: update.collation,
          arrayFilters: update.arrayFilters,
          constants: update.constants,
          variables,
        },
        rules,
        { index, statements },
      );
      const isUpsert = outcome.upsertedId !== undefined;
      totals.matched += outcome.matched;
      totals.modified += outcome.modified;
      if (isUpsert) totals.upserted += 1;
      return {
        n: isUpsert ? 1 : outcome.matched,
        nModified: outcome.modified,
        ...(isUpsert ? { upserted: { _id: outcome.upsertedId as BsonValue } } : {}),
      };
    }
    case 'delete': {
      const remove = readArguments(operationArguments.delete, operation, 'bulkWrite.ops');
      const query = {
        filter: remove.filter,
        limit: remove.multi ? 0 : 1,
        hint: readHint(remove.hint),
        collation: remove.collation,
        variables,
      };
      const n = deleteOnce(transaction, namespaceAt(namespaces, remove.delete), query, index, statements);
      totals.deleted += n;
      return { n };
    }
    default:
      throw new MongoError('FailedToParse', `bulkWrite: unknown operation '${kind ?? ''}'`);
  }
}

function namespaceAt(namespaces: readonly string[], index: number): string {
  const namespace = namespaces[index];
  if (namespace === undefined) {
    throw new MongoError('BadValue', `BulkWrite ops entry has an invalid nsInfo index ${index}`);
  }
  return namespace;
}
