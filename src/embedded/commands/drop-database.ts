import { logDatabaseEnd } from '../change-streams/database-end.ts';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const dropDatabase = defineCommand({
  name: 'dropDatabase',
  summary: 'Removes a database with all of its collections.',
  arguments: { dropDatabase: anything, comment: anything },
  apiVersion1: true,
  async run(_args, context) {
    const { database } = context;
    await context.write((transaction) => {
      const collections = transaction.collections(database);
      for (const { namespace } of collections) transaction.dropCollection(namespace);
      if (collections.length > 0) logDatabaseEnd(transaction, database);
    });
    context.cursors.killWhere((cursor) => cursor.namespace.startsWith(`${database}.`) && !cursor.tailable);
    return { dropped: database, ok: 1 };
  },
});
