import type { Document } from '../bson/values.ts';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const listCommands = defineCommand({
  name: 'listCommands',
  summary: 'All commands of this server.',
  arguments: { listCommands: anything },
  run(_args, context) {
    const commands: Document = {};
    for (const command of [...new Set(context.commands.values())].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      commands[command.name] = {
        help: command.summary,
        requiresAuth: false,
        secondaryOk: true,
        adminOnly: command.adminOnly ?? false,
        apiVersions: command.apiVersion1 === true ? ['1'] : [],
        deprecatedApiVersions: [],
      };
    }
    return { commands, ok: 1 };
  },
});
