import { AWAIT_MS_DEFAULT } from '../cursors/cursor.ts';
import { replyFields } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import { anything, collectionName, int64, wholeNumber } from './arguments.ts';
import { defineCommand } from './command.ts';

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
    if (cursor.lsidKey !== context.operation.lsidKey) {
      throw new MongoError(
        50738,
        `Cannot run getMore on cursor ${args.getMore} from another session than the one that opened it`,
      );
    }
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
