import { anything, integer } from './arguments.ts';
import { defineCommand } from './command.ts';

export const killOp = defineCommand({
  name: 'killOp',
  summary: 'Stops an operation that runs.',
  arguments: { killOp: anything, op: integer, comment: anything },
  adminOnly: true,
  run({ op }, context) {
    context.operations.kill(op);
    return { info: 'attempting to kill op', ok: 1 };
  },
});
