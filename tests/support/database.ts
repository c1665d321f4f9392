/** A database of one's own for a test: on MONGODB_CONNECTION_STRING where it is set, else on the embedded server. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { afterAll } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly uri: string;
  readonly name: string;
  readonly db: Db;
  readonly client: MongoClient;
}

let server: Promise<{ readonly uri: string; close(): Promise<void> }> | undefined;

/** A fresh, empty database; dropped at the end of the test (`await using`). One embedded server serves a test file. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const uri = await testServerUri();
  const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 5000 }).connect();
  const name = `zava_test_${randomUUID().slice(0, 8)}`;
  const db = client.db(name);
  return {
    uri,
    name,
    db,
    client,
    async [Symbol.asyncDispose]() {
      await db.dropDatabase();
      await client.close();
    },
  };
}

/** The server that the tests of this file use. */
export async function testServerUri(): Promise<string> {
  const given = process.env['MONGODB_CONNECTION_STRING'];
  if (given !== undefined && given !== '') return given;
  server ??= openServer();
  return (await server).uri;
}

/** A folder that is gone when the test is. */
export async function makeTestFolder(): Promise<{ readonly path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zava-test-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function openServer() {
  const folder = await makeTestFolder();
  const opened: EmbeddedServer = await startEmbeddedServer({ dataDir: folder.path, port: 0 });
  return {
    uri: opened.uri,
    async close() {
      await opened.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

afterAll(async () => {
  await (await server)?.close();
  server = undefined;
});
