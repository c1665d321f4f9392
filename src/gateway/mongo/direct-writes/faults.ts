/** What a fault in the leader's work means: another attempt, a new beginning, or that one write is to be set aside. */
import { MongoError, MongoServerError } from 'mongodb';
import { LeaseLost } from './lease.ts';

/** Gateways work on the same documents all the time. */
export class Busy extends Error {
  override readonly message = 'others write the same documents all the time';
}

export class HistoryEnd extends Error {
  override readonly message = 'the database was dropped';
}

/** ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, CappedPositionLost. */
const LOST_CODES = new Set([286, 280, 260, 136]);

export const isHistoryLost = (error: unknown): boolean =>
  error instanceof HistoryEnd || (error instanceof MongoServerError && LOST_CODES.has(Number(error.code)));

export const isTransient = (error: unknown): boolean =>
  error instanceof MongoError &&
  (error.hasErrorLabel('TransientTransactionError') || error.hasErrorLabel('UnknownTransactionCommitResult'));

/** What the server, or our own code, refuses of this write will be refused next time as well. */
export const isPoison = (error: unknown): boolean =>
  !(error instanceof LeaseLost) &&
  (error instanceof MongoServerError
    ? !error.hasErrorLabel('RetryableError') && !error.hasErrorLabel('RetryableWriteError')
    : !(error instanceof Error && /^Mongo/.test(error.name)));
