import type { Document } from '../bson/values.ts';
import type { ColumnStatistics } from '../columns/index.ts';
import { traffic } from '../wire/connection.ts';
import { anything } from './arguments.ts';
import { MONGODB_VERSION } from './build-info.ts';
import { defineCommand } from './command.ts';

export const serverStatus = defineCommand({
  name: 'serverStatus',
  summary: 'How the server is doing: connections, operations, memory, storage.',
  arguments: { serverStatus: anything },
  ignoresUnknown: true,
  run(_args, context) {
    const { identity, counters } = context;
    const uptimeMs = Date.now() - identity.startedAt.getTime();
    const memory = process.memoryUsage();
    const storage = context.storage.statistics();
    const times = (name: string) => counters.get(name) ?? 0;
    const commands = [...counters.values()].reduce((sum, value) => sum + value, 0);
    return {
      host: `${identity.host}:${identity.port}`,
      version: MONGODB_VERSION,
      process: 'mongod',
      pid: BigInt(process.pid),
      uptime: uptimeMs / 1000,
      uptimeMillis: BigInt(uptimeMs),
      uptimeEstimate: BigInt(Math.floor(uptimeMs / 1000)),
      localTime: new Date(),
      connections: {
        current: context.connections.size,
        available: 1000 - context.connections.size,
        totalCreated: context.connection.id,
        active: context.operations.all().length,
      },
      opcounters: {
        insert: times('insert'),
        query: times('find'),
        update: times('update'),
        delete: times('delete'),
        getmore: times('getMore'),
        command: commands,
      },
      network: {
        bytesIn: BigInt(traffic.bytesIn),
        bytesOut: BigInt(traffic.bytesOut),
        numRequests: BigInt(traffic.requests),
      },
      globalLock: {
        totalTime: BigInt(uptimeMs) * 1000n,
        currentQueue: { total: 0, readers: 0, writers: 0 },
        activeClients: { total: context.operations.all().length, readers: 0, writers: 0 },
      },
      mem: {
        bits: 64,
        resident: Math.round(memory.rss / 1024 / 1024),
        virtual: Math.round(memory.rss / 1024 / 1024),
        supported: true,
      },
      metrics: { cursor: { open: { total: context.cursors.all().length }, timedOut: context.cursors.timedOut } },
      repl: {
        setName: identity.replicaSetName,
        setVersion: 1,
        isWritablePrimary: true,
        secondary: false,
        primary: `${identity.host}:${identity.port}`,
        me: `${identity.host}:${identity.port}`,
        hosts: [`${identity.host}:${identity.port}`],
      },
      logicalSessionRecordCache: { activeSessionsCount: context.sessions.all().length },
      storageEngine: {
        name: 'lmdb',
        supportsCommittedReads: true,
        persistent: true,
        readOnly: false,
        supportsSnapshotReadConcern: true,
      },
      lmdb: { fileBytes: storage.fileBytes, usedBytes: storage.usedBytes, changeLogBytes: storage.changeLogBytes },
      columnCache: figuresOf(context.columns.statistics()),
      transactions: {},
      ok: 1,
    };
  },
});

/** Whole numbers as int64, as other counters are. */
function figuresOf(statistics: ColumnStatistics): Document {
  return Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, BigInt(value)]));
}
