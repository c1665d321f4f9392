import { createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { type Answer, startFakeMongo } from '../../../tests/support/fake-mongo.ts';
import { connect } from '../connect/connect.ts';
import { testConnection } from './connection.ts';

beforeAll(testServerUri);

const diagnose = (uri: string) => testConnection(uri, { database: 'zava', timeoutMs: 1500 });
async function failureOf(uri: string) {
  const { passed, stages } = await diagnose(uri);
  const last = stages.at(-1);
  expect(passed).toBe(false);
  expect(stages.slice(0, -1).every(({ state }) => state !== 'failed')).toBe(true);
  expect(last?.fix).toBeTruthy();
  return { stage: last?.stage, code: last?.code, says: last?.says };
}

describe('testing a connection', () => {
  test('[DB3] a good one passes every step, with versions and latency, and leaves nothing behind', async () => {
    await using database = await openTestDatabase();
    const diagnosis = await testConnection(database.uri, { database: database.name });
    expect(diagnosis.passed).toBe(true);
    expect(Object.fromEntries(diagnosis.stages.map(({ stage, state }) => [stage, state]))).toMatchObject({
      'connection string': 'passed',
      'name lookup': 'passed',
      network: 'passed',
      server: 'passed',
      'replica set': 'passed',
      'change streams': 'passed',
      permissions: 'passed',
      latency: 'passed',
    });
    expect(diagnosis.server).toMatchObject({ isReplicaSet: true, version: expect.stringMatching(/^\d+\.\d+/) });
    expect(diagnosis.latencyMs!.p50).toBeLessThanOrEqual(diagnosis.latencyMs!.max);
    expect(await database.db.listCollections().toArray()).toEqual([]);
  });

  test('[DB3] a broken connection string is told apart before anything is tried', async () => {
    expect(await failureOf('mongodb://ann:p@ss@host/')).toMatchObject({
      stage: 'connection string',
      code: 'CONNECTION_STRING_INVALID',
    });
  });

  test('[DB3] an unknown host fails at the name', async () => {
    expect(await failureOf('mongodb://nobody.invalid:27017/')).toMatchObject({
      stage: 'name lookup',
      code: 'DNS_FAILED',
    });
    expect(await failureOf('mongodb+srv://nobody.invalid/')).toMatchObject({
      stage: 'name lookup',
      code: 'DNS_FAILED',
    });
  });

  test('[DB3] a refused port fails at the network, and says that nobody listens there', async () => {
    const port = await freePort();
    expect(await failureOf(`mongodb://127.0.0.1:${port}/`)).toMatchObject({
      stage: 'network',
      code: 'UNREACHABLE',
      says: expect.stringContaining('no MongoDB listens on that port'),
    });
  });

  test('[DB3] encryption with a server that has none fails at the encryption', async () => {
    await using server = await startFakeMongo();
    expect(await failureOf(`mongodb://127.0.0.1:${server.port}/?tls=true`)).toMatchObject({
      stage: 'encryption',
      code: 'TLS_FAILED',
    });
  });

  test('[DB3] a replica set of another name fails at the server, and both names are said', async () => {
    await using database = await openTestDatabase();
    const host = /^mongodb:\/\/[^/?]+/.exec(database.uri)?.[0];
    expect(await failureOf(`${host}/?replicaSet=nope`)).toMatchObject({
      stage: 'server',
      code: 'CONNECTION_STRING_INVALID',
      says: 'The connection string asks for the replica set "nope", but the server belongs to "rs0": correct `replicaSet=`, or leave it out.',
    });
  });

  test('[DB3] something that is no MongoDB fails at the server', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}); // the client may hang up first
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await failureOf(`mongodb://127.0.0.1:${port}/`)).toMatchObject({ stage: 'server' });
    server.close();
  });

  const refusing: Answer = (command) =>
    command === 'saslStart'
      ? { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' }
      : undefined;

  test('[DB3] a wrong password fails at the sign-in, and is not shown', async () => {
    await using server = await startFakeMongo(refusing);
    const uri = `mongodb://ann:geheim@127.0.0.1:${server.port}/?authMechanism=SCRAM-SHA-256`;
    expect(await failureOf(uri)).toMatchObject({ stage: 'sign-in', code: 'AUTHENTICATION_FAILED' });
    expect(JSON.stringify(await diagnose(uri))).not.toContain('geheim');
  });

  test('[DB2] connecting with a wrong password is refused by its code, without the password', async () => {
    await using server = await startFakeMongo(refusing);
    const error = await connect(`mongodb://ann:geheim@127.0.0.1:${server.port}/?authMechanism=SCRAM-SHA-256`, {
      serverSelectionTimeoutMs: 1500,
    }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    expect(error.message).not.toContain('geheim');
  });

  test('[DB3] a user without rights fails at the permissions', async () => {
    await using server = await startFakeMongo((command) =>
      command === 'insert'
        ? { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on zava to execute command' }
        : undefined,
    );
    expect(await failureOf(`mongodb://127.0.0.1:${server.port}/`)).toMatchObject({
      stage: 'permissions',
      code: 'NOT_AUTHORIZED',
    });
  });

  test('[DB3] a server that stands alone works with a reservation that says what will not', async () => {
    await using server = await startFakeMongo((command) =>
      command === 'findAndModify' ? { ok: 1, value: { _id: 'scratch', units: 2 } } : undefined,
    );
    const diagnosis = await diagnose(`mongodb://127.0.0.1:${server.port}/`);
    expect(diagnosis.passed).toBe(true);
    expect(diagnosis.stages).toContainEqual(
      expect.objectContaining({ stage: 'replica set', state: 'warning', code: 'NOT_A_REPLICA_SET' }),
    );
    expect(diagnosis.stages).toContainEqual(expect.objectContaining({ stage: 'change streams', state: 'skipped' }));
    expect(server.commands).toContain('drop');
  });

  test('[DB3] an old server works with a reservation', async () => {
    await using server = await startFakeMongo((command) =>
      command === 'buildInfo' ? { ok: 1, version: '5.0.9' } : undefined,
    );
    const { stages } = await diagnose(`mongodb://127.0.0.1:${server.port}/`);
    expect(stages).toContainEqual(
      expect.objectContaining({ stage: 'server', state: 'warning', code: 'SERVER_TOO_OLD' }),
    );
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
