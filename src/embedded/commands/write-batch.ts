import { MongoError } from '../errors.ts';
import type { CommandContext } from './command.ts';

const WRITE_BATCH_MAX = 100_000;

/** As MongoDB limits the writes of one command. */
export function assertBatchSize(writes: readonly unknown[]): void {
  if (writes.length === 0 || writes.length > WRITE_BATCH_MAX) {
    throw new MongoError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${WRITE_BATCH_MAX}. Got ${writes.length} operations.`,
    );
  }
}

/** A retryable write names single documents: what `multi` would meet the second time cannot be known. */
export function assertOneEach(context: CommandContext, isMulti: boolean): void {
  const { txnNumber, autocommit } = context.common;
  if (isMulti && txnNumber !== undefined && autocommit === undefined) {
    throw new MongoError('InvalidOptions', 'Cannot use retryable writes with multi=true');
  }
}

/** Whether a fault ends the batch: where order was asked for, and in a transaction, which the fault aborts. */
export function stopsAtFault({ ordered }: { readonly ordered: boolean }, context: CommandContext): boolean {
  return ordered || context.common.autocommit === false;
}
