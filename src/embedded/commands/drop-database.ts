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
      for (const { namespace } of transaction.collections(database)) transaction.dropCollection(namespace);
    });
    context.cursors.killWhere((cursor) => cursor.namespace.startsWith(`${database}.`) && !cursor.tailable);
    return { dropped: database, ok: 1 };
  },
});
