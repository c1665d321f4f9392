/**
 * The end of a database in the change log. Storage knows collections only; so `dropDatabase` makes and drops this one
 * after all others, in the same atomic step, and streams show its drop as the drop of the database.
 */
import type { LoggedChange, WriteTransaction } from '../storage/storage.ts';

const NAME = 'system.dropDatabase';

export function logDatabaseEnd(transaction: WriteTransaction, database: string): void {
  const namespace = `${database}.${NAME}`;
  transaction.createCollection(namespace, {});
  transaction.dropCollection(namespace);
}

/** The change as streams take it. */
export function withDatabaseEnd(change: LoggedChange): LoggedChange {
  if (change.operation !== 'drop' || !change.namespace.endsWith(`.${NAME}`)) return change;
  return { ...change, operation: 'dropDatabase', namespace: change.namespace.slice(0, -NAME.length - 1) };
}
