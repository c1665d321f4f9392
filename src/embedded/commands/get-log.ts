import { MongoError } from '../errors.ts';
import { text } from './arguments.ts';
import { defineCommand } from './command.ts';

const LOGS: readonly string[] = ['global', 'startupWarnings'];

export const getLog = defineCommand({
  name: 'getLog',
  summary: 'The newest log lines; this server keeps none.',
  arguments: { getLog: text },
  adminOnly: true,
  run({ getLog }) {
    if (getLog === '*') return { names: [...LOGS], ok: 1 };
    if (!LOGS.includes(getLog)) throw new MongoError('OperationFailed', `No log named '${getLog}'`);
    return { totalLinesWritten: 0, log: [], ok: 1 };
  },
});
