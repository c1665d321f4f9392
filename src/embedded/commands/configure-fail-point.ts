import { anything, object, text } from './arguments.ts';
import { defineCommand } from './command.ts';

export const configureFailPoint = defineCommand({
  name: 'configureFailPoint',
  summary: "Makes commands fail on purpose, for drivers' tests.",
  arguments: { configureFailPoint: text, mode: anything, data: object.default({}), comment: anything },
  adminOnly: true,
  run(args, context) {
    const count = context.failPoints.configure(args.configureFailPoint, args.mode, args.data);
    return { count, ok: 1 };
  },
});
