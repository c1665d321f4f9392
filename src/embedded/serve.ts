/**
 * The server as a whole: listens, serves each connection, and in the end closes everything in order, so that nothing
 * acknowledged is lost and nothing under way is half done.
 */
import { createServer, type Server } from 'node:net';
import { ObjectId } from 'bson';
import { ColumnCache } from './columns/index.ts';
import type { Log, Services } from './commands/command.ts';
import { dispatch } from './commands/dispatch.ts';
import { FailPoints } from './commands/fail-points.ts';
import { Operations } from './commands/operation.ts';
import { Parameters } from './commands/parameters.ts';
import { commandsByName } from './commands/table.ts';
import { startTtlMonitor } from './commands/ttl-monitor.ts';
import { CursorRegistry } from './cursors/registry.ts';
import { MongoError } from './errors.ts';
import { EmbeddedServerError } from './server-errors.ts';
import { decodeRecord, lsidOf, RECORD_PREFIX, recordKey } from './sessions/session-records.ts';
import { Sessions } from './sessions/sessions.ts';
import { SnapshotReads } from './sessions/snapshot-reads.ts';
import { Transactions } from './sessions/transactions.ts';
import { SpillFolder } from './spill/spill-folder.ts';
import { WorkMemory } from './spill/work-space.ts';
import type { Storage } from './storage/storage.ts';
import { Connection } from './wire/connection.ts';

export interface EmbeddedServerOptions {
  /** Made if it is missing. One server at a time: a second one is refused. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The server has no authentication: anything but the loopback address opens it to the network. */
  readonly host?: string;
  readonly log?: Log;
  readonly replicaSetName?: string;
  /** How much of the past change streams can resume from. */
  readonly changeLog?: { readonly bytesMax?: number; readonly retentionHours?: number };
}

export interface EmbeddedServer extends AsyncDisposable {
  /** For the driver, mongosh and Compass. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** Stops listening, ends what runs, waits until every acknowledged write is on disk. */
  close(): Promise<void>;
}

const PORT_DEFAULT = 27017;

/** Serves an open storage; closes it with the server, or when it cannot listen. */
export async function serve(storage: Storage, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const host = options.host ?? '127.0.0.1';
  const log: Log = options.log ?? (() => undefined);
  const replicaSetName = options.replicaSetName ?? 'rs0';
  const connections = new Set<Connection>();
  const parameters = new Parameters();
  const columns = new ColumnCache(storage, () => parameters.number('columnCacheBytes'));
  const cursors = new CursorRegistry(() => parameters.number('cursorTimeoutMillis'));
  const snapshotReads = new SnapshotReads(storage);
  const transactions = new Transactions(
    storage,
    () => parameters.number('transactionLifetimeLimitSeconds'),
    ({ sessionKey, number }) =>
      cursors.killWhere((cursor) => cursor.lsidKey === sessionKey && cursor.transactionNumber === number),
  );
  const sessions = new Sessions(
    ({ key }) => {
      cursors.killWhere((cursor) => cursor.lsidKey === key);
      transactions.abortOf(key);
    },
    ({ key, hasRecord }) => {
      transactions.forgetSession(key);
      if (hasRecord) void storage.write((writer) => writer.setMetadata(recordKey(key), null)).catch(ignoreClosing);
    },
  );
  for (const [name, stored] of storage.metadata(RECORD_PREFIX)) {
    const key = name.slice(RECORD_PREFIX.length);
    const record = decodeRecord(stored);
    sessions.restore(key, lsidOf(key), record.at.getTime());
    transactions.restore(key, record);
  }
  const operations = new Operations();
  const spill = new SpillFolder(options.dataDir);
  let services: Services | undefined;
  let connectionIdLast = 0;
  const listener = createServer((socket) => {
    connectionIdLast += 1;
    const connection = new Connection(
      connectionIdLast,
      socket,
      (request, self, send) => dispatch(request, self, services as Services, send),
      (error) =>
        log({ level: 'warn', message: `Connection ${connection.id} was closed: ${error.message}`, cause: error }),
    );
    connections.add(connection);
    connection.onClose(() => connections.delete(connection));
  });
  let port: number;
  try {
    port = await listen(listener, host, options.port ?? PORT_DEFAULT);
  } catch (error) {
    cursors.close();
    sessions.close();
    transactions.close();
    columns.close();
    snapshotReads.close();
    await storage.close();
    throw error;
  }
  services = {
    storage,
    cursors,
    sessions,
    operations,
    failPoints: new FailPoints(),
    parameters,
    columns,
    work: { memory: new WorkMemory(), spill },
    snapshotReads,
    transactions,
    identity: {
      host,
      port,
      replicaSetName,
      processId: new ObjectId(),
      electionId: new ObjectId('7fffffff0000000000000001'),
      startedAt: new Date(),
      dataDir: options.dataDir,
    },
    log,
    connections,
    counters: new Map(),
    commands: commandsByName,
  };
  const ttlMonitor = startTtlMonitor(services);
  let closing: Promise<void> | undefined;
  const close = async () => {
    const stopped = new Promise<void>((resolve) => listener.close(() => resolve()));
    const shutdown = new MongoError('InterruptedAtShutdown', 'interrupted at shutdown');
    for (const operation of operations.all()) operation.stop(shutdown);
    // Replies under way get one turn to leave.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of connections) connection.destroy();
    await stopped;
    ttlMonitor.stop();
    cursors.close();
    sessions.close();
    transactions.close();
    columns.close();
    snapshotReads.close();
    spill.close();
    await storage.close();
  };
  const closeOnce = () => (closing ??= close());
  return {
    uri: `mongodb://${host}:${port}/?directConnection=true&replicaSet=${encodeURIComponent(replicaSetName)}`,
    host,
    port,
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/** A record that stays when the server closes at this moment does no harm. */
function ignoreClosing(): void {}

function listen(listener: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') {
        reject(
          new EmbeddedServerError('EMBEDDED_PORT_IN_USE', `Port ${port} on ${host} is taken by another program.`, {
            cause,
            data: { host, port },
          }),
        );
      } else {
        reject(
          new EmbeddedServerError(
            'EMBEDDED_CANNOT_LISTEN',
            `${host}:${port} cannot be listened on: ${cause.message}.`,
            { cause, data: { host, port } },
          ),
        );
      }
    });
    listener.listen(port, host, () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
