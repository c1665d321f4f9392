/**
 * Retryable writes: a write command that carries a transaction number takes effect once. Its reply is remembered in the
 * same transaction as its effects, so that a resend, even after a crash, gets the same answer and changes nothing.
 */
import { decode, encode } from '../bson/codec.ts';
import { Binary, type Document } from '../bson/values.ts';
import type { CommandContext } from '../commands/command.ts';
import { MongoError } from '../errors.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { sessionKey } from './sessions.ts';

export async function writeOnce(
  context: CommandContext,
  work: (transaction: WriteTransaction) => Document,
): Promise<Document> {
  const { lsid, txnNumber, autocommit } = context.common;
  if (lsid === undefined || txnNumber === undefined || autocommit !== undefined) return context.write(work);
  const session = sessionKey(lsid);
  const key = recordKey(session);
  context.sessions.markRetryable(session);
  return context.write((transaction) => {
    const record = transaction.getMetadata(key);
    const last = record?.['txnNumber'] as bigint | undefined;
    if (record !== undefined && last !== undefined) {
      if (last > txnNumber) {
        throw new MongoError(
          'TransactionTooOld',
          `Retryable write with txnNumber ${txnNumber} is prohibited on session because a newer retryable write with txnNumber ${last} has already started on this session.`,
        );
      }
      const reply = record['reply'];
      if (last === txnNumber && record['command'] === context.operation.command && reply instanceof Binary) {
        return decode(reply.buffer.subarray(0, reply.position));
      }
    }
    const reply = work(transaction);
    transaction.setMetadata(key, {
      txnNumber,
      command: context.operation.command,
      reply: new Binary(encode(reply)),
      at: new Date(),
    });
    return reply;
  });
}

/** A session's record, in storage's metadata. */
export function recordKey(session: string): string {
  return `retryable:${session}`;
}
