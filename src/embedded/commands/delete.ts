import { decode } from '../bson/codec.ts';
import { compileCollation } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { evaluateVariables, expressionCompiler } from '../planner/expressions.ts';
import { compileFilter } from '../query/filter.ts';
import type { Statements } from '../sessions/retryable.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { anything, boolean, collectionName, integer, object, objects, readArguments } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { longScans, scout } from './scout.ts';
import { assertBatchSize, assertOneEach, stopsAtFault } from './write-batch.ts';
import { assertWritable } from './write-document.ts';
import { findMany, type ManyOutcome, mayRunInParts, writeMany } from './write-many.ts';
import { WriteErrors } from './write-outcome.ts';
import { joinedLists, writeInParts } from './write-parts.ts';
import { assertReadable, type TargetQuery, targetsOf } from './write-targets.ts';

const statementArguments = {
  q: object,
  limit: integer,
  collation: object.optional(),
  hint: anything,
  sampleId: anything,
};

const deleteCommand = defineCommand({
  name: 'delete',
  summary: 'Deletes documents that match filters.',
  arguments: {
    delete: collectionName,
    deletes: objects,
    ordered: boolean.default(true),
    let: object.optional(),
    bypassDocumentValidation: anything,
    comment: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    assertBatchSize(args.deletes);
    const namespace = context.namespace(args.delete);
    const statements = args.deletes.map((statement) => readArguments(statementArguments, statement, 'delete.deletes'));
    for (const { limit } of statements) {
      if (limit !== 0 && limit !== 1) {
        throw new MongoError('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
      }
    }
    assertOneEach(
      context,
      statements.some(({ limit }) => limit === 0),
    );
    const described = statements.map(
      ({ q: filter, limit, collation, hint }): TargetQuery => ({
        filter,
        limit,
        collation,
        hint: readHint(hint as BsonValue | undefined),
        variables: args.let,
      }),
    );
    const isMany = (index: number) => mayRunInParts(context) && described[index]?.limit === 0;
    const isLongScan = longScans(context, namespace);
    const { parts, retried } = await writeInParts(context, statements.length, {
      newPart: () => ({ deleted: 0, errors: new WriteErrors() }),
      isMany,
      isLongSearch: (index) =>
        (described.length === 1 && !isMany(0)) || isLongScan((described[index] as TargetQuery).filter),
      async search(index) {
        const query = described[index] as TargetQuery;
        described[index] = { ...query, found: await scout(context, namespace, query) };
      },
      async writeAlone(index, part) {
        let isDone = true;
        const goOn = await part.errors.attemptLong(index, stopsAtFault(args, context), async () => {
          const outcome = await deleteInParts(context, namespace, described[index] as TargetQuery);
          isDone = outcome !== undefined;
          part.deleted += outcome?.changed ?? 0;
          return outcome?.error;
        });
        return isDone ? { goOn } : null;
      },
      write: (index, part, transaction, once) =>
        part.errors.attempt(index, stopsAtFault(args, context), () => {
          part.deleted += deleteOnce(transaction, namespace, described[index] as TargetQuery, index, once);
        }),
    });
    return {
      n: parts.reduce((sum, { deleted }) => sum + deleted, 0),
      ...joinedLists(...parts.map(({ errors }) => errors.fields())),
      ...retried,
      ok: 1,
    };
  },
});

export { deleteCommand as delete };

/** The delete that is statement `index` of its command; not again where it was done before. */
export function deleteOnce(
  transaction: WriteTransaction,
  namespace: string,
  query: TargetQuery,
  index: number,
  statements: Statements,
): number {
  if (statements.recall(index) !== undefined) return 1;
  statements.begin();
  const deleted = deleteMatching(transaction, namespace, query);
  if (deleted > 0) statements.remember(index, { operation: 'delete' });
  return deleted;
}

/** Returns how many documents it deleted. */
export function deleteMatching(transaction: WriteTransaction, namespace: string, query: TargetQuery): number {
  const collection = transaction.collection(namespace);
  if (collection === null) {
    assertReadable(query);
    return 0;
  }
  assertWritable(collection, namespace);
  const targets = targetsOf(collection, query);
  for (const { recordId } of targets) collection.remove(recordId);
  return targets.length;
}

/** A delete of many documents in jobs of a few hundred; undefined where one job is enough. */
export async function deleteInParts(
  context: CommandContext,
  namespace: string,
  query: TargetQuery,
): Promise<ManyOutcome | undefined> {
  const found = await findMany(context, namespace, query);
  if (found === undefined) return undefined;
  const matches = matcherOf({ ...query, collation: query.collation ?? collationOf(context, namespace) });
  return writeMany(context, namespace, found, {
    change: (raw) => (matches(decode(raw)) ? raw : undefined),
    write(collection, recordId) {
      collection.remove(recordId);
      return true;
    },
  });
}

function collationOf(context: CommandContext, namespace: string): Document | undefined {
  using view = context.openView();
  return view.collection(namespace)?.info.options['collation'] as Document | undefined;
}

function matcherOf(query: TargetQuery): (document: Document) => boolean {
  const collation = compileCollation(query.collation);
  const filter = compileFilter(query.filter, {
    collation,
    compileExpression: expressionCompiler(collation, new Date()),
    ...(query.variables === undefined ? {} : { variables: evaluateVariables(query.variables, new Date()) }),
  });
  return (document) => filter.matches(document);
}
