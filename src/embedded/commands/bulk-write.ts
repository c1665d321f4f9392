import { encode } from '../bson/codec.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import type { Statements } from '../sessions/retryable.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { anything, boolean, isDocument, list, object, objects, readArguments, text, wholeNumber } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { batchSizeOf } from './cursor-option.ts';
import { deleteInParts, deleteOnce } from './delete.ts';
import { readHint } from './hint.ts';
import { type Found, longScans, scout } from './scout.ts';
import { isUpdateOfMany } from './update.ts';
import { assertBatchSize, assertOneEach, stopsAtFault } from './write-batch.ts';
import { collectionForWrite, insertDocument, type WriteRules } from './write-document.ts';
import { mayRunInParts } from './write-many.ts';
import { writeInParts } from './write-parts.ts';
import { runUpdateInParts, type UpdateStatement, updateOnce } from './write-update.ts';

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
  readonly found: SearchedFor | undefined;
}

/** What was found for one operation before the job that does it. */
interface SearchedFor {
  readonly index: number;
  readonly found: Found | undefined;
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
    const isLongScan = new Map<string, (filter: Document) => boolean>();
    const isLongSearch = (operation: Document): boolean => {
      const { filter } = operation;
      const namespace = namespaces[Number(operation['update'] ?? operation['delete'] ?? -1)];
      if (namespace === undefined || !isDocument(filter)) return false;
      const known = isLongScan.get(namespace) ?? longScans(context, namespace);
      isLongScan.set(namespace, known);
      return known(filter);
    };
    let found: SearchedFor | undefined;
    /** False where the batch must end. */
    const note = (part: Part, result: Document, failed: boolean): boolean => {
      if (failed) part.totals.errors += 1;
      if (failed || !args.errorsOnly) part.results.push(result);
      return !(failed && stopsAtFault(args, context));
    };
    const { parts, retried } = await writeInParts(context, args.ops.length, {
      newPart: (): Part => ({ totals: noTotals(), results: [] }),
      isMany: (index) => mayRunInParts(context) && isMany(args.ops[index] as Document),
      isLongSearch: (index) => isLongSearch(args.ops[index] as Document),
      async search(index) {
        found = { index, found: await search(args.ops[index] as Document, context, namespaces, args.let) };
      },
      async writeAlone(index, part) {
        const batch = { context, namespaces, variables: args.let, rules };
        const outcome = await runMany(args.ops[index] as Document, batch, part.totals);
        if (outcome === undefined) return null;
        const { result, failed } = attempt(index, () => {
          if (outcome.error !== undefined) throw outcome.error;
          return outcome.result;
        });
        return { goOn: note(part, result, failed) };
      },
      write(index, part, transaction, statements) {
        const batch = {
          transaction,
          statements,
          index,
          namespaces,
          variables: args.let,
          rules,
          totals: part.totals,
          found,
        };
        const { result, failed } = attempt(index, () => runOne(args.ops[index] as Document, batch));
        return note(part, result, failed);
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

function foundFor({ index, found }: Batch): Found | undefined {
  return found?.index === index ? found.found : undefined;
}

/** Finds what an update or delete without an index concerns, in slices. */
async function search(
  operation: Document,
  context: CommandContext,
  namespaces: readonly string[],
  variables: Document | undefined,
): Promise<Found | undefined> {
  try {
    if (operation['delete'] !== undefined) {
      const remove = readArguments(operationArguments.delete, operation, 'bulkWrite.ops');
      const { filter, multi, hint, collation } = remove;
      const query = { filter, limit: multi ? 0 : 1, hint: readHint(hint), collation, variables };
      return await scout(context, namespaceAt(namespaces, remove.delete), query);
    }
    const update = readArguments(operationArguments.update, operation, 'bulkWrite.ops');
    const statement = updateStatementOf(update, variables);
    const query = { ...statement, limit: statement.multi ? 0 : 1, sort: statement.sort ?? {} };
    return await scout(context, namespaceAt(namespaces, update.update), query);
  } catch (error) {
    context.operation.check();
    // What is wrong with the operation is said where it runs.
    if (error instanceof MongoError) return undefined;
    throw error;
  }
}

/** Whether the operation is one that may be done in jobs of its own. */
function isMany(operation: Document): boolean {
  if (operation['multi'] !== true) return false;
  if (operation['delete'] !== undefined) return true;
  return (
    operation['update'] !== undefined && isUpdateOfMany({ multi: true, update: operation['updateMods'] as BsonValue })
  );
}

/** An update or delete of many documents, in jobs of its own; undefined where one job is enough. */
async function runMany(
  operation: Document,
  batch: Pick<Batch, 'namespaces' | 'variables' | 'rules'> & { readonly context: CommandContext },
  totals: Totals,
): Promise<{ readonly result: Document; readonly error?: MongoError | undefined } | undefined> {
  const { context, namespaces, variables, rules } = batch;
  try {
    if (operation['delete'] !== undefined) {
      const remove = readArguments(operationArguments.delete, operation, 'bulkWrite.ops');
      const outcome = await deleteInParts(context, namespaceAt(namespaces, remove.delete), {
        filter: remove.filter,
        hint: readHint(remove.hint),
        collation: remove.collation,
        variables,
      });
      if (outcome === undefined) return undefined;
      totals.deleted += outcome.changed;
      return { result: { n: outcome.changed }, error: outcome.error };
    }
    const update = readArguments(operationArguments.update, operation, 'bulkWrite.ops');
    const statement = updateStatementOf(update, variables);
    const outcome = await runUpdateInParts(context, namespaceAt(namespaces, update.update), statement, rules);
    if (outcome === undefined) return undefined;
    totals.matched += outcome.matched;
    totals.modified += outcome.modified;
    return { result: { n: outcome.matched, nModified: outcome.modified }, error: outcome.error };
  } catch (error) {
    if (error instanceof MongoError) return { result: {}, error };
    throw error;
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
        { ...updateStatementOf(update, variables), found: foundFor(batch) },
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
        found: foundFor(batch),
      };
      const n = deleteOnce(transaction, namespaceAt(namespaces, remove.delete), query, index, statements);
      totals.deleted += n;
      return { n };
    }
    default:
      throw new MongoError('FailedToParse', `bulkWrite: unknown operation '${kind ?? ''}'`);
  }
}

function updateStatementOf(
  update: ReturnType<typeof readArguments<(typeof operationArguments)['update']>>,
  variables: Document | undefined,
): UpdateStatement {
  return {
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
  };
}

function namespaceAt(namespaces: readonly string[], index: number): string {
  const namespace = namespaces[index];
  if (namespace === undefined) {
    throw new MongoError('BadValue', `BulkWrite ops entry has an invalid nsInfo index ${index}`);
  }
  return namespace;
}
