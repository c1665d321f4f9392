import { anything, integer } from './arguments.ts';
import { defineCommand } from './command.ts';
import { databaseStatistics } from './statistics.ts';

export const dbStats = defineCommand({
  name: 'dbStats',
  aliases: ['dbstats'],
  summary: "A database's size.",
  arguments: { dbStats: anything, dbstats: anything, scale: integer.default(1), freeStorage: anything },
  run(args, context) {
    using view = context.openView();
    return { ...databaseStatistics(view, context.database, args.scale), ok: 1 };
  },
});
