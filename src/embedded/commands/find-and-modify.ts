import { decode } from '../bson/codec.ts';
import { compileCollation } from '../bson/compare.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { evaluateVariables, expressionCompiler } from '../planner/expressions.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection } from '../query/projection.ts';
import { type Statements, writeOnce } from '../sessions/retryable.ts';
import type { Executed } from '../sessions/session-records.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { anything, boolean, collectionName, list, object } from './arguments.ts';
import { defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { scout } from './scout.ts';
import { assertWritable } from './write-document.ts';
import { assertReadable, targetsOf } from './write-targets.ts';
import { runUpdate } from './write-update.ts';

export const findAndModify = defineCommand({
  name: 'findAndModify',
  aliases: ['findandmodify'],
  summary: 'Changes or deletes one document and returns it, as it was before or as it is after.',
  arguments: {
    findAndModify: collectionName.default(''),
    findandmodify: collectionName.default(''),
    query: object.default({}),
    sort: object.default({}),
    remove: boolean.default(false),
    update: anything,
    new: boolean.default(false),
    fields: object.optional(),
    upsert: boolean.default(false),
    bypassDocumentValidation: boolean.default(false),
    collation: object.optional(),
    arrayFilters: list.optional(),
    hint: anything,
    let: object.optional(),
    comment: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    const namespace = context.namespace(args.findAndModify || args.findandmodify);
    if (args.remove) {
      if (args.update !== undefined)
        throw new MongoError('FailedToParse', 'Cannot specify both an update and remove=true');
      if (args.upsert) throw new MongoError('FailedToParse', 'Cannot specify both upsert=true and remove=true');
      if (args.new)
        throw new MongoError(
          'FailedToParse',
          "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
        );
      if (args.arrayFilters !== undefined)
        throw new MongoError('FailedToParse', 'Cannot specify arrayFilters and remove=true');
    } else if (args.update === undefined) {
      throw new MongoError('FailedToParse', 'Either an update or remove=true must be specified');
    }
    const query = {
      filter: args.query,
      sort: args.sort,
      limit: 1,
      hint: readHint(args.hint),
      collation: args.collation,
      variables: args.let,
    };
    const found = await scout(context, namespace, query);
    const shape = projector(args.fields, query);
    return writeOnce(context, 1, (transaction, statements): Document => {
      const done = statements.recall(0);
      if (done !== undefined) {
        assertSameKind(args, done);
        return { ...done.reply, ...retriedStatement(statements), ok: 1 };
      }
      statements.begin();
      if (args.remove) {
        const removed = removeOne(transaction, namespace, { ...query, found });
        const reply = {
          lastErrorObject: { n: removed === null ? 0 : 1 },
          value: removed === null ? null : shape(removed),
        };
        if (removed !== null) statements.remember(0, { operation: 'delete', image: 'before', reply });
        return { ...reply, ok: 1 };
      }
      const outcome = runUpdate(
        transaction,
        namespace,
        {
          ...query,
          update: args.update as BsonValue,
          multi: false,
          upsert: args.upsert,
          arrayFilters: args.arrayFilters,
          found,
        },
        { bypassValidation: args.bypassDocumentValidation },
      );
      const shown = args.new ? outcome.after : outcome.before;
      const isUpsert = outcome.upsertedId !== undefined;
      const reply = {
        lastErrorObject: {
          n: isUpsert ? 1 : outcome.matched,
          updatedExisting: outcome.matched > 0,
          ...(isUpsert ? { upserted: outcome.upsertedId as BsonValue } : {}),
        },
        value: shown === undefined ? null : shape(shown),
      };
      const image = args.new ? 'after' : 'before';
      if (isUpsert) statements.remember(0, { operation: 'insert', id: outcome.upsertedId as BsonValue, image, reply });
      else if (outcome.modified > 0) statements.remember(0, { operation: 'update', image, reply });
      return { ...reply, ok: 1 };
    });
  },
});

/** What was done before answers only a request for the same: not another kind of write, nor the other image. */
function assertSameKind(
  args: { readonly remove: boolean; readonly upsert: boolean; readonly new: boolean },
  { operation, image, reply }: Executed,
): void {
  const refuse = (code: number) => {
    throw new MongoError(
      code,
      `findAndModify retry request is not compatible with previous write in the transaction of type: ${operation}`,
    );
  };
  if (reply === undefined) refuse(40607);
  if (operation === 'delete' && !args.remove) refuse(40606);
  if (operation === 'insert' && !args.upsert) refuse(40608);
  if (operation !== 'delete' && args.remove) refuse(40606);
  if (operation === 'update' && args.new && image === 'before') refuse(40611);
  if (operation === 'update' && !args.new && image === 'after') refuse(40612);
}

function retriedStatement(statements: Statements): Document {
  const { retriedStmtIds } = statements.replyFields();
  return Array.isArray(retriedStmtIds) ? { retriedStmtId: retriedStmtIds[0] as BsonValue } : {};
}

function removeOne(
  transaction: WriteTransaction,
  namespace: string,
  query: Parameters<typeof targetsOf>[1],
): RawDocument | null {
  const collection = transaction.collection(namespace);
  if (collection === null) {
    assertReadable(query);
    return null;
  }
  assertWritable(collection, namespace);
  const target = targetsOf(collection, query)[0];
  if (target === undefined) return null;
  collection.remove(target.recordId);
  return target.raw;
}

function projector(
  fields: Document | undefined,
  query: { filter: Document; collation: Document | undefined; variables: Document | undefined },
): (raw: RawDocument) => Document {
  if (fields === undefined || Object.keys(fields).length === 0) return decode;
  const collation = compileCollation(query.collation);
  const options = {
    collation,
    compileExpression: expressionCompiler(collation, new Date()),
    ...(query.variables === undefined ? {} : { variables: evaluateVariables(query.variables, new Date()) }),
  };
  const projection = compileProjection(fields, { ...options, filter: compileFilter(query.filter, options) });
  return (raw) => projection.apply(decode(raw));
}
