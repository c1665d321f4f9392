import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from './index.ts';

export interface Served {
  readonly server: EmbeddedServer;
  readonly client: MongoClient;
  readonly dataDir: string;
}

/** A server for the tests of one file, and a driver's client of it. Behind the last test both end and the data go. */
export async function served(): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  const server = await startEmbeddedServer({ dataDir, port: 0 });
  const client = new MongoClient(server.uri);
  afterAll(async () => {
    await client.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { server, client, dataDir };
}
