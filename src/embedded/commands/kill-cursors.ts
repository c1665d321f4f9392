import { collectionName, int64, list } from './arguments.ts';
import { defineCommand } from './command.ts';

export const killCursors = defineCommand({
  name: 'killCursors',
  summary: 'Closes cursors.',
  arguments: { killCursors: collectionName, cursors: list },
  apiVersion1: true,
  inTransactions: true,
  run(args, context) {
    const killed: bigint[] = [];
    const notFound: bigint[] = [];
    for (const [index, value] of args.cursors.entries()) {
      const id = int64.read(value, `killCursors.cursors.${index}`);
      (context.cursors.kill(id) ? killed : notFound).push(id);
    }
    return { cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
  },
});
