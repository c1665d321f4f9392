import { AWAIT_MS_DEFAULT, type ServerCursor } from '../cursors/cursor.ts';
import { replyFields } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import { anything, collectionName, int64, wholeNumber } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';

export const getMore = defineCommand({
  name: 'getMore',
  summary: 'The next batch of a cursor.',
  arguments: {
    getMore: int64,
    collection: collectionName,
    batchSize: wholeNumber.optional(),
    maxTimeMS: wholeNumber.optional(),
    comment: anything,
    lastKnownCommittedOpTime: anything,
    term: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    const cursor = context.cursors.get(args.getMore);
    const namespace = context.namespace(args.collection);
    if (cursor.namespace !== namespace) {
      throw new MongoError(
        'Unauthorized',
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    }
    assertSameOwner(cursor, context);
    if (args.maxTimeMS !== undefined && !cursor.awaitData) {
      throw new MongoError('BadValue', 'cannot set maxTimeMS on getMore command for a non-awaitData cursor');
    }
    context.operation.cursorId = cursor.id;
    const failure = context.failPoints.effectOnGetMore();
    if (failure !== null) {
      context.cursors.kill(cursor.id);
      throw failure;
    }
    const documents = args.batchSize === undefined || args.batchSize === 0 ? Number.POSITIVE_INFINITY : args.batchSize;
    try {
      const { batch, state } = await cursor.next(
        documents,
        context.operation,
        cursor.awaitData ? (args.maxTimeMS ?? AWAIT_MS_DEFAULT) : 0,
      );
      const ended = state === 'end';
      const reply = {
        batchField: 'nextBatch' as const,
        batch,
        cursor: { ...replyFields(cursor.source), id: ended ? 0n : cursor.id, ns: namespace },
        rest: { ok: 1 },
      };
      if (ended) context.cursors.kill(cursor.id);
      return reply;
    } catch (error) {
      // As in MongoDB a cursor does not outlive a fault, except when somebody else was just using it.
      if (!(error instanceof MongoError && error.codeName === 'CursorInUse')) context.cursors.kill(cursor.id);
      throw error;
    }
  },
});

/** A cursor belongs to the session, and to the transaction, that opened it. */
function assertSameOwner(cursor: ServerCursor, context: CommandContext): void {
  const { autocommit, txnNumber } = context.common;
  const session = context.operation.lsidKey;
  const transaction = autocommit === false ? txnNumber : undefined;
  const refuse = (code: number, createdIn: string) => {
    throw new MongoError(code, `Cannot run getMore on cursor ${cursor.id}, which was ${createdIn}`);
  };
  if (cursor.lsidKey === undefined && session !== undefined) refuse(50736, 'not created in a session, in a session');
  if (cursor.lsidKey !== undefined && session === undefined) refuse(50737, 'created in a session, without an lsid');
  if (cursor.lsidKey !== session) refuse(50738, 'created in another session');
  if (cursor.transactionNumber === transaction) return;
  if (cursor.transactionNumber === undefined) refuse(50739, 'not created in a transaction, in a transaction');
  if (transaction === undefined) refuse(50740, 'created in a transaction, without a txnNumber');
  refuse(50741, 'created in another transaction');
}
