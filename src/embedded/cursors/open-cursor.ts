/** Opens a cursor over a row source, fills its first batch, and answers as MongoDB does. */

import type { BsonValue, Document } from '../bson/values.ts';
import type { CommandContext } from '../commands/command.ts';
import type { CursorReply } from '../wire/reply.ts';
import { type RowSource, ServerCursor } from './cursor.ts';

export interface CursorOptions {
  readonly namespace: string;
  readonly batchSize: number;
  /** Close after the first batch, whatever is left. */
  readonly singleBatch?: boolean;
  readonly tailable?: boolean;
  readonly awaitData?: boolean;
  readonly noTimeout?: boolean;
}

export async function openCursor(
  source: RowSource,
  options: CursorOptions,
  context: CommandContext,
): Promise<CursorReply> {
  const cursor = new ServerCursor({
    namespace: options.namespace,
    source,
    lsidKey: context.operation.lsidKey,
    tailable: options.tailable ?? false,
    awaitData: options.awaitData ?? false,
    noTimeout: options.noTimeout ?? false,
    transactionNumber: context.common.autocommit === false ? context.common.txnNumber : undefined,
    originatingCommand: context.operation.details,
  });
  let id = 0n;
  try {
    // A first batch never waits for rows.
    const { batch, state } = await cursor.next(options.batchSize, context.operation, 0);
    const stays = state === 'more' && options.singleBatch !== true;
    if (stays) id = context.cursors.add(cursor);
    return {
      batchField: 'firstBatch',
      batch,
      cursor: { ...replyFields(source), id, ns: options.namespace },
      rest: { ok: 1 },
    };
  } finally {
    if (id === 0n) cursor.kill();
  }
}

export function replyFields(source: RowSource): Document {
  return (source.replyFields?.() ?? {}) as Record<string, BsonValue>;
}
