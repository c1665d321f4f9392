import { objects } from './arguments.ts';
import { defineCommand } from './command.ts';

export const endSessions = defineCommand({
  name: 'endSessions',
  summary: 'Ends sessions: their cursors are closed and their transactions aborted.',
  arguments: { endSessions: objects },
  apiVersion1: true,
  run(args, context) {
    for (const lsid of args.endSessions) context.sessions.finish(lsid);
    return { ok: 1 };
  },
});
