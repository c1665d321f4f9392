import { MongoError } from '../errors.ts';

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
