/**
 * What a fault while an operation was written means: another attempt, another time, or that this operation will never go
 * in and must not hold up the others.
 */
import { MongoError, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import type { RejectionReason } from '../../sync/index.ts';

export interface Rejection {
  readonly reason: RejectionReason;
  readonly message: string;
  readonly collection: string | null;
  readonly id: string | null;
}

/** Two transactions met: the next attempt sees what the other did. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return (
    error.hasErrorLabel('TransientTransactionError') ||
    error.hasErrorLabel('UnknownTransactionCommitResult') ||
    // Two gateways recorded the same operation at once: the next attempt finds it.
    (error.code === 11000 && String(error['keyPattern'] ?? error.message).includes('sync_operations'))
  );
}

/** Codes of a server that can't or may not serve us now; an operation is not to blame for them. */
const UNAVAILABLE_CODES = new Set([
  6, 7, 13, 18, 50, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 8000,
]);

/** The database, not the operation: the device keeps it and comes again. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof MongoServerError)
    return UNAVAILABLE_CODES.has(Number(error.code)) || error.hasErrorLabel('RetryableWriteError');
  return error instanceof MongoError && !(error instanceof MongoInvalidArgumentError);
}

/** Everything else is about this one operation: it is set aside, and the others go on. */
export function rejectionFrom(error: unknown): Rejection {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const nowhere = { collection: null, id: null };
  if (error instanceof MongoServerError && error.code === 121) {
    return { reason: 'document_invalid', message: `MongoDB’s own rules refuse a document: ${message}.`, ...nowhere };
  }
  if (error instanceof MongoServerError && error.code === 11000) {
    const fields = Object.keys((error['keyPattern'] as object | undefined) ?? {}).join(', ');
    const words = `Another document has the same ${fields || 'value'} already, and it may be there once only.`;
    return { reason: 'document_invalid', message: words, ...nowhere };
  }
  if (hasCode(error, 'INVENTORY_ITEM_UNKNOWN')) return { reason: 'document_invalid', message, ...nowhere };
  return { reason: 'handler_failed', message: `Headquarters could not carry it out: ${message}`, ...nowhere };
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === code;
}
