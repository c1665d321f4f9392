import type { Document } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import { lsidOf } from '../sessions/session-records.ts';
import type { Transaction } from '../sessions/transactions.ts';
import { anything } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';
import type { Operation } from './operation.ts';

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

/** Also for `$currentOp`: what runs, and the sessions that hold a transaction open meanwhile. */
export function describeOperations(context: CommandContext, withIdleSessions = true): Document[] {
  const running = context.operations.all();
  const open = new Map(context.transactions.open().map((transaction) => [transaction.sessionKey, transaction]));
  const described = running.map((operation) => describe(operation, open.get(operation.lsidKey ?? ''), context));
  if (!withIdleSessions) return described;
  for (const { lsidKey } of running) open.delete(lsidKey ?? '');
  const host = `${context.identity.host}:${context.identity.port}`;
  for (const transaction of open.values()) {
    described.push({
      type: 'idleSession',
      host,
      desc: 'inactive transaction',
      active: false,
      lsid: lsidOf(transaction.sessionKey),
      transaction: describeTransaction(transaction, context),
      waitingForLock: false,
    });
  }
  return described;
}

function describeTransaction({ number, startedMs }: Transaction, { parameters }: CommandContext): Document {
  const lifetimeMs = parameters.number('transactionLifetimeLimitSeconds') * 1000;
  return {
    parameters: { txnNumber: number, autocommit: false, readConcern: { level: 'snapshot' } },
    startWallClockTime: new Date(startedMs).toISOString(),
    timeOpenMicros: BigInt(Date.now() - startedMs) * 1000n,
    expiryTime: new Date(startedMs + lifetimeMs).toISOString(),
  };
}

function describe(operation: Operation, transaction: Transaction | undefined, context: CommandContext): Document {
  return {
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
    ...(operation.lsidKey === undefined ? {} : { lsid: lsidOf(operation.lsidKey) }),
    ...(transaction === undefined ? {} : { transaction: describeTransaction(transaction, context) }),
  };
}
