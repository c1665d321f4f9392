import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const ping = defineCommand({
  name: 'ping',
  summary: 'Answers, to show that the server is there.',
  arguments: { ping: anything },
  apiVersion1: true,
  run: () => ({ ok: 1 }),
});
