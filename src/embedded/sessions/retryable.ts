/**
 * Retryable writes: each statement of a command that carries a transaction number takes effect once. What it did is
 * remembered in the same atomic step as its effect, so that a resend, even after a crash, gets the same answer and changes
 * nothing.
 */
import type { Document } from '../bson/values.ts';
import type { CommandContext } from '../commands/command.ts';
import { MongoError } from '../errors.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import { type Executed, readRecord, writeRecord } from './session-records.ts';
import { sessionKey } from './sessions.ts';

/** The statements of one command, by their place in it. */
export interface Statements {
  /** What the statement did when it was first sent; undefined where it must run now. */
  recall(index: number): Executed | undefined;
  /** To be called before the statement takes effect. */
  begin(): void;
  /** To be called after the statement took effect; not where it changed nothing. */
  remember(index: number, executed: Executed): void;
  /** What the reply says of the statements that were recalled. */
  replyFields(): Document;
}

/** `work` runs as one atomic unit; several times, where it meets the locks of transactions. */
export function writeOnce<T>(
  context: CommandContext,
  statementCount: number,
  work: (transaction: WriteTransaction, statements: Statements) => T,
): Promise<T> {
  const { lsid, txnNumber, autocommit } = context.common;
  if (lsid === undefined || txnNumber === undefined || autocommit !== undefined) {
    return context.write((transaction) => work(transaction, ALWAYS_NEW));
  }
  const ids = statementIdsOf(context, statementCount);
  const session = sessionKey(lsid);
  context.sessions.markRecorded(session);
  return context.write((transaction) => {
    const record = readRecord(transaction, session);
    const known = record?.txnNumber === txnNumber ? record.executed : new Map<number, Executed>();
    const statements = new NumberedStatements(ids, known, () => failOnPurpose(context));
    const result = work(transaction, statements);
    writeRecord(transaction, session, { txnNumber, kind: 'retryable', at: new Date(), executed: statements.executed });
    return result;
  });
}

const ALWAYS_NEW: Statements = {
  recall: () => undefined,
  begin: () => undefined,
  remember: () => undefined,
  replyFields: () => ({}),
};

class NumberedStatements implements Statements {
  readonly executed: Map<number, Executed>;
  readonly #ids: (index: number) => number;
  readonly #recalled: number[] = [];
  readonly #onBegin: () => void;

  constructor(ids: (index: number) => number, executed: ReadonlyMap<number, Executed>, onBegin: () => void) {
    this.#ids = ids;
    this.executed = new Map(executed);
    this.#onBegin = onBegin;
  }

  recall(index: number): Executed | undefined {
    const id = this.#ids(index);
    const executed = this.executed.get(id);
    if (executed !== undefined) this.#recalled.push(id);
    return executed;
  }

  begin(): void {
    this.#onBegin();
  }

  remember(index: number, executed: Executed): void {
    this.executed.set(this.#ids(index), executed);
  }

  replyFields(): Document {
    return this.#recalled.length === 0 ? {} : { retriedStmtIds: this.#recalled };
  }
}

/** Statements are numbered from 0 on, unless the client says otherwise. */
function statementIdsOf(context: CommandContext, count: number): (index: number) => number {
  const { stmtId, stmtIds } = context.common;
  if (stmtIds !== undefined) {
    if (stmtId !== undefined) throw new MongoError('InvalidOptions', 'May not specify both stmtId and stmtIds');
    if (stmtIds.length !== count) {
      throw new MongoError(
        'InvalidLength',
        `Number of statement ids must match the number of batch entries. Got ${stmtIds.length} statement ids but operation(s) ${count}`,
      );
    }
    return (index) => Number(stmtIds[index]);
  }
  const first = stmtId ?? 0;
  return (index) => first + index;
}

/** The fail point `onPrimaryTransactionalWrite`: loses the connection, the statement, or both. */
function failOnPurpose(context: CommandContext): void {
  const effect = context.failPoints.effectOnRetryableWrite();
  if (effect === null) return;
  if (effect.closeConnection) context.connection.destroy();
  if (effect.error !== null) throw effect.error;
}
