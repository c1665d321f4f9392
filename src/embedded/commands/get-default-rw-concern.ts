import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

export const getDefaultRWConcern = defineCommand({
  name: 'getDefaultRWConcern',
  summary: 'The concerns of commands that name none.',
  arguments: { getDefaultRWConcern: anything, inMemory: anything, comment: anything },
  adminOnly: true,
  run: () => ({
    defaultReadConcern: { level: 'local' },
    defaultWriteConcern: { w: 'majority', wtimeout: 0 },
    defaultWriteConcernSource: 'implicit',
    defaultReadConcernSource: 'implicit',
    localUpdateWallClockTime: new Date(),
    ok: 1,
  }),
});
