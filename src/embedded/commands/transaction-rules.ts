/** What may not run inside a multi-document transaction, beyond the commands that never do. */
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

const REFUSED_STAGES = new Set([
  '$changeStream',
  '$collStats',
  '$currentOp',
  '$indexStats',
  '$listLocalSessions',
  '$listSearchIndexes',
  '$listSessions',
  '$merge',
  '$out',
  '$planCacheStats',
]);

export function assertStagesInTransaction(pipeline: readonly Document[]): void {
  for (const stage of pipeline) {
    const name = Object.keys(stage)[0] ?? '';
    if (!REFUSED_STAGES.has(name)) continue;
    throw new MongoError(
      'OperationNotSupportedInTransaction',
      `Operation not permitted in transaction :: caused by :: Aggregation stage ${name} cannot run within a multi-document transaction`,
    );
  }
}
