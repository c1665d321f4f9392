/** The labels by which drivers know that a command may be sent again. Source: specifications "Retryable Writes", "Transactions". */
import type { MongoError } from '../errors.ts';
import type { CommonArguments } from './common-arguments.ts';

/** Network and "not primary" faults, by their numbers because a server of one node only meets them through fail points. */
const RETRYABLE_CODES = new Set([6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);
/** Source: specification "Change Streams", resumable errors. */
const RESUMABLE_CODES = new Set([
  6, 7, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436,
]);
const TRANSIENT_CODES = new Set([24, 112, 239, 246, 251, 267]);
export const ENDS_TRANSACTION: ReadonlySet<string> = new Set(['commitTransaction', 'abortTransaction']);
const NO_SUCH_TRANSACTION = 251;

export function isRetryableCode(code: number): boolean {
  return RETRYABLE_CODES.has(code);
}

/** All labels of an error reply. `own` are given with the error, and final where a fail point gave them. */
export function labelsFor(
  error: MongoError,
  command: string,
  common: CommonArguments | undefined,
  isFinal: boolean,
  onChangeStream: boolean,
): string[] {
  const labels = new Set(error.labels);
  if (isFinal || common === undefined) return [...labels];
  if (onChangeStream && RESUMABLE_CODES.has(error.code)) labels.add('ResumableChangeStreamError');
  const inTransaction = common.autocommit === false && !ENDS_TRANSACTION.has(command);
  if (inTransaction) {
    if (TRANSIENT_CODES.has(error.code) || isRetryableCode(error.code)) labels.add('TransientTransactionError');
  } else if (common.txnNumber !== undefined && isRetryableCode(error.code)) {
    labels.add('RetryableWriteError');
  } else if (common.autocommit === false && error.code === NO_SUCH_TRANSACTION) {
    // Nothing of it was kept, so that all of it may be done again.
    labels.add('TransientTransactionError');
  }
  return [...labels];
}
