import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const whatsmyuri = defineCommand({
  name: 'whatsmyuri',
  summary: "The client's address as the server sees it.",
  arguments: { whatsmyuri: anything },
  run: (_args, { connection }) => ({ you: connection.remote, ok: 1 }),
});
