import type { Document } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import { anything } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';

const NOT_FILTERS = new Set([
  'currentOp',
  '$all',
  '$ownOps',
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'comment',
]);

export const currentOp = defineCommand({
  name: 'currentOp',
  summary: 'The operations that run now.',
  arguments: { currentOp: anything },
  ignoresUnknown: true,
  adminOnly: true,
  run(_args, context) {
    const body = context.operation.details as Document;
    const filter = compileFilter(Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_FILTERS.has(name))));
    return { inprog: describeOperations(context).filter((operation) => filter.matches(operation)), ok: 1 };
  },
});

/** Also for `$currentOp`. */
export function describeOperations(context: CommandContext): Document[] {
  return context.operations.all().map((operation) => ({
    type: 'op',
    host: `${context.identity.host}:${context.identity.port}`,
    desc: `conn${operation.connectionId}`,
    connectionId: operation.connectionId,
    active: true,
    currentOpTime: new Date().toISOString(),
    opid: operation.opId,
    op: operation.command === 'getMore' ? 'getmore' : operation.command === 'find' ? 'query' : 'command',
    ns: operation.namespace,
    command: (operation.details ?? {}) as Document,
    secs_running: BigInt(Math.floor((Date.now() - operation.startedAt) / 1000)),
    microsecs_running: BigInt((Date.now() - operation.startedAt) * 1000),
  }));
}
