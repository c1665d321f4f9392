/**
 * Looks at a connection step by step, from the text of the connection string to a write, and says in plain words what
 * works, what does not, why that is likely so and what to do. Stops where going on makes no sense.
 */
import { randomUUID } from 'node:crypto';
import { lookup, resolveSrv } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import { MongoClient } from 'mongodb';
import {
  type ConnectionStringParts,
  parseConnectionString,
  redactConnectionString,
} from '../connect/connection-string.ts';
import { databaseErrorFrom } from '../connect/error-mapping.ts';
import { DatabaseError, type DatabaseErrorCode, databaseErrors } from '../errors.ts';

const PINGS = 20;
const SERVER_MAJOR_MIN = 6;

export type StageName =
  | 'connection string'
  | 'name lookup'
  | 'network'
  | 'encryption'
  | 'server'
  | 'sign-in'
  | 'replica set'
  | 'change streams'
  | 'permissions'
  | 'latency';

export interface StageResult {
  readonly stage: StageName;
  /** `warning`: it works, but something of Zava will not. */
  readonly state: 'passed' | 'warning' | 'failed' | 'skipped';
  readonly says: string;
  readonly code?: DatabaseErrorCode;
  readonly fix?: string;
}

export interface ConnectionDiagnosis {
  readonly passed: boolean;
  readonly stages: readonly StageResult[];
  /** Without the password. */
  readonly connectionString: string;
  readonly server: { readonly version: string; readonly isReplicaSet: boolean } | null;
  readonly latencyMs: { readonly p50: number; readonly max: number } | null;
}

export interface DiagnoseOptions {
  readonly database: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of each stage as it ends. */
  readonly onStage?: (result: StageResult) => void;
}

export async function testConnection(uri: string, options: DiagnoseOptions): Promise<ConnectionDiagnosis> {
  const timeoutMs = options.timeoutMs ?? 5000;
  const stages: StageResult[] = [];
  let server: ConnectionDiagnosis['server'] = null;
  let latencyMs: ConnectionDiagnosis['latencyMs'] = null;
  const add = (result: StageResult): boolean => {
    stages.push(result);
    options.onStage?.(result);
    return result.state !== 'failed';
  };
  const pass = (stage: StageName, says: string) => add({ stage, state: 'passed', says });
  const skip = (stage: StageName, says: string) => add({ stage, state: 'skipped', says });
  const fail = (stage: StageName, error: unknown, state: 'failed' | 'warning' = 'failed') => {
    options.signal?.throwIfAborted();
    const known = databaseErrorFrom(error);
    if (known === undefined) throw error;
    return add({ stage, state, says: known.message, code: known.code as DatabaseErrorCode, fix: known.fix });
  };
  const done = (): ConnectionDiagnosis => ({
    passed: stages.every(({ state }) => state !== 'failed'),
    stages,
    connectionString: redactConnectionString(uri),
    server,
    latencyMs,
  });

  let parts: ConnectionStringParts;
  try {
    parts = parseConnectionString(uri);
    pass('connection string', `${redactConnectionString(uri)} is well formed.`);
  } catch (error) {
    fail('connection string', error);
    return done();
  }

  let hosts = parts.hosts;
  try {
    if (parts.isSrv) {
      const name = `_mongodb._tcp.${(parts.hosts[0] as { host: string }).host}`;
      const records = await within(
        resolveSrv(name),
        timeoutMs,
        'DNS_FAILED',
        `No answer for the SRV records of ${name}.`,
      );
      hosts = records.map((record) => ({ host: record.name, port: record.port }));
    }
    const found: string[] = [];
    for (const { host } of hosts) {
      if (host.endsWith('.sock')) continue;
      const { address } = await within(lookup(host), timeoutMs, 'DNS_FAILED', `No answer to the name ${host}.`);
      found.push(net.isIP(host) ? host : `${host} is ${address}`);
    }
    const members = parts.isSrv ? `${hosts.length} members: ` : '';
    pass('name lookup', `${members}${found.join(', ') || 'a socket file, which needs none'}.`);
  } catch (error) {
    fail('name lookup', error);
    return done();
  }

  const usesTls = isTlsOn(parts);
  const reachable: { host: string; port: number }[] = [];
  let networkError: unknown;
  for (const { host, port } of hosts) {
    try {
      await connectSocket(host, port, timeoutMs, options.signal);
      reachable.push({ host, port });
    } catch (error) {
      networkError ??= error;
    }
  }
  if (reachable.length === 0) {
    fail('network', networkError);
    return done();
  }
  const names = reachable.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (reachable.length < hosts.length) {
    fail('network', networkError, 'warning');
  } else pass('network', `${names} ${reachable.length === 1 ? 'accepts' : 'accept'} connections.`);

  if (usesTls) {
    try {
      const { host, port } = reachable[0] as { host: string; port: number };
      const protocol = await connectTls(host, port, parts, timeoutMs, options.signal);
      pass('encryption', `The connection is encrypted (${protocol}), and the certificate is valid for ${host}.`);
    } catch (error) {
      fail('encryption', error);
      return done();
    }
  } else {
    const isLocal = hosts.every(({ host }) => ['localhost', '127.0.0.1', '::1'].includes(host));
    skip(
      'encryption',
      isLocal
        ? 'Not asked for; on this machine it is not needed.'
        : 'Not asked for: user and data cross the network in the clear. Add tls=true if the server offers it.',
    );
  }

  const client = newClient(uri, timeoutMs, { withoutSignIn: parts.user !== undefined });
  try {
    const hello = await client.db('admin').command({ hello: 1 });
    // Before sign-in `buildInfo` may be refused; the version then comes later.
    const version = await client
      .db('admin')
      .command({ buildInfo: 1 })
      .then(
        ({ version: text }) => String(text),
        () => 'unknown',
      );
    server = { version, isReplicaSet: typeof hello['setName'] === 'string' };
    const major = Number.parseInt(version, 10);
    if (major < SERVER_MAJOR_MIN) {
      add({
        stage: 'server',
        state: 'warning',
        says: `MongoDB ${version} answers; change streams with pre-images need ${SERVER_MAJOR_MIN}.0.`,
        code: 'SERVER_TOO_OLD',
        fix: databaseErrors.SERVER_TOO_OLD.fix,
      });
    } else pass('server', version === 'unknown' ? 'MongoDB answers.' : `MongoDB ${version} answers.`);
  } catch (error) {
    const wanted = parts.options.get('replicaset');
    fail('server', wanted === undefined ? error : ((await otherReplicaSet(uri, wanted, timeoutMs)) ?? error));
    return done();
  } finally {
    await client.close();
  }

  const signedIn = newClient(uri, timeoutMs, { withoutSignIn: false });
  try {
    try {
      await signedIn.connect();
      await signedIn.db(options.database).command({ ping: 1 });
      const { authInfo } = await signedIn
        .db('admin')
        .command({ connectionStatus: 1 })
        .catch(() => ({ authInfo: undefined }));
      const users = (authInfo?.authenticatedUsers ?? []) as { user: string; db: string }[];
      if (parts.user === undefined) skip('sign-in', 'The connection string names no user.');
      else
        pass(
          'sign-in',
          `Signed in as ${users[0] === undefined ? parts.user : `${users[0].user} (of ${users[0].db})`}.`,
        );
      if (server.version === 'unknown') {
        const info = await signedIn.db('admin').command({ buildInfo: 1 });
        server = { ...server, version: String(info['version']) };
      }
    } catch (error) {
      fail('sign-in', error);
      return done();
    }

    if (server.isReplicaSet) pass('replica set', 'The server is a member of a replica set.');
    else {
      add({
        stage: 'replica set',
        state: 'warning',
        says: 'The server stands alone: loading and queries work, change streams, transactions and syncing do not.',
        code: 'NOT_A_REPLICA_SET',
        fix: databaseErrors.NOT_A_REPLICA_SET.fix,
      });
    }

    const db = signedIn.db(options.database);
    const scratch = db.collection<{ _id: string; units: number }>(`zava_connection_test_${randomUUID().slice(0, 8)}`);
    try {
      await scratch.insertOne({ _id: 'scratch', units: 1 });
      if (server.isReplicaSet) {
        const stream = scratch.watch();
        try {
          await stream.tryNext();
          pass('change streams', 'A change stream can be opened.');
        } catch (error) {
          fail('change streams', error, 'warning');
        } finally {
          await stream.close();
        }
      } else skip('change streams', 'They need a replica set.');
      const updated = await scratch.findOneAndUpdate(
        { _id: 'scratch' },
        { $inc: { units: 1 } },
        { returnDocument: 'after' },
      );
      await scratch.createIndex({ units: 1 });
      await scratch.deleteOne({ _id: 'scratch' });
      if (updated?.units !== 2)
        throw new DatabaseError('SERVER_REFUSED', 'A document that was written could not be read back.');
      pass('permissions', `Reading, writing and making indexes works in the database ${options.database}.`);
    } catch (error) {
      fail('permissions', error);
      return done();
    } finally {
      await scratch.drop().catch(() => {}); // it may never have been made
    }

    const pingsMs: number[] = [];
    for (let ping = 0; ping < PINGS; ping += 1) {
      options.signal?.throwIfAborted();
      const startedAtMs = performance.now();
      await db.command({ ping: 1 });
      pingsMs.push(performance.now() - startedAtMs);
    }
    pingsMs.sort((a, b) => a - b);
    const rounded = (value: number | undefined) => Math.round((value ?? 0) * 100) / 100;
    latencyMs = { p50: rounded(pingsMs[Math.floor(PINGS / 2)]), max: rounded(pingsMs.at(-1)) };
    pass('latency', `${PINGS} pings: half within ${latencyMs.p50} ms, the slowest took ${latencyMs.max} ms.`);
    return done();
  } finally {
    await signedIn.close();
  }
}

function isTlsOn({ isSrv, options }: ConnectionStringParts): boolean {
  const given = options.get('tls') ?? options.get('ssl');
  return given === undefined ? isSrv : given === 'true';
}

/** The same address; without user and password, so that "does it answer" and "does it let me in" are two questions. */
function newClient(uri: string, timeoutMs: number, { withoutSignIn }: { withoutSignIn: boolean }): MongoClient {
  const address = withoutSignIn
    ? uri
        .replace(/:\/\/[^@/]*@/, '://')
        .replace(/([?&])(authMechanism|authSource|authMechanismProperties)=[^&]*/gi, '$1')
        .replace(/\?&+/, '?')
        .replace(/&&+/g, '&')
        .replace(/[?&]$/, '')
    : uri;
  return new MongoClient(address, {
    appName: 'zava test-connection',
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
  });
}

/** The driver drops a server whose replica set has another name, and then only says that it waited in vain. */
async function otherReplicaSet(uri: string, wanted: string, timeoutMs: number): Promise<DatabaseError | undefined> {
  let direct: MongoClient | undefined;
  try {
    direct = newClient(uri.replace(/([?&])replicaSet=[^&]*/i, '$1directConnection=true'), timeoutMs, {
      withoutSignIn: true,
    });
    const { setName } = await direct.db('admin').command({ hello: 1 });
    if (setName === wanted) return undefined;
    const is = typeof setName === 'string' ? `the server belongs to "${setName}"` : 'the server belongs to none';
    return new DatabaseError(
      'CONNECTION_STRING_INVALID',
      `The connection string asks for the replica set "${wanted}", but ${is}: correct \`replicaSet=\`, or leave it out.`,
    );
  } catch {
    return undefined; // nothing better is known: the first error is shown
  } finally {
    await direct?.close();
  }
}

function connectSocket(host: string, port: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, ...(signal === undefined ? {} : { signal }) });
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(
        new DatabaseError(
          'UNREACHABLE',
          `${host}:${port} gives no answer within ${timeoutMs / 1000} s: a firewall or an access list probably drops the packets.`,
        ),
      ),
    );
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ECONNREFUSED') return reject(cause);
      reject(
        new DatabaseError(
          'UNREACHABLE',
          `${host}:${port} refuses connections: the machine is there, but no MongoDB listens on that port.`,
          { cause },
        ),
      );
    });
  });
}

function connectTls(
  host: string,
  port: number,
  { options }: ConnectionStringParts,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  const isTrusting = ['tlsinsecure', 'tlsallowinvalidcertificates'].some((name) => options.get(name) === 'true');
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host,
      port,
      // The driver reads the authority's file itself; here only the handshake is of interest.
      rejectUnauthorized: !isTrusting && !options.has('tlscafile'),
      ...(net.isIP(host) ? {} : { servername: host }),
    });
    const failed = (cause: Error) => {
      socket.destroy();
      reject(
        new DatabaseError(
          'TLS_FAILED',
          `The encrypted connection to ${host}:${port} could not be made: ${cause.message}.`,
          { cause },
        ),
      );
    };
    signal?.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true });
    socket.setTimeout(timeoutMs, () =>
      failed(new Error(`no answer within ${timeoutMs / 1000} s; perhaps the server speaks no TLS`)),
    );
    socket.once('secureConnect', () => {
      const protocol = socket.getProtocol() ?? 'TLS';
      socket.destroy();
      resolve(protocol);
    });
    socket.once('error', failed);
    socket.once('end', () => failed(new Error('the server hung up; perhaps it speaks no TLS')));
  });
}

async function within<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  code: DatabaseErrorCode,
  message: string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DatabaseError(code, message)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
