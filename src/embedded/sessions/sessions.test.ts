import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientSession, Long, MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';
import { decodeRecord, type Executed, readRecord, writeRecord } from './session-records.ts';

let dataDir: string;
let server: EmbeddedServer;
let client: MongoClient;

async function start(): Promise<void> {
  server = await startEmbeddedServer({ dataDir, port: 0 });
  client = new MongoClient(server.uri);
}

async function stop(): Promise<void> {
  await client.close();
  await server.close();
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A session of a fixed id, which the driver would not make itself. */
function sessionLike(id: ClientSession['id']): ClientSession {
  const session = client.startSession({ causalConsistency: false });
  Object.assign(session.serverSession, { id });
  return session;
}

test('[ES15] writes and commits are still known after a restart, statement by statement', async () => {
  const first = client.startSession({ causalConsistency: false });
  const id = first.id;
  const insert = { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }], txnNumber: Long.fromNumber(7) };
  await client.db('shop').command(insert, { session: first });
  const second = client.startSession({ causalConsistency: false });
  const committing = { txnNumber: Long.fromNumber(9), autocommit: false };
  await client
    .db('shop')
    .command({ insert: 'c', documents: [{ _id: 3 }], startTransaction: true, ...committing }, { session: second });
  // A zero, so that the driver does not take the command for one of its own.
  await client.db('admin').command({ commitTransaction: 0, ...committing }, { session: second });
  const secondId = second.id;
  await stop();
  await start();
  const shop = client.db('shop');
  const again = await shop.command(
    { ...insert, documents: [...insert.documents, { _id: 4 }] },
    { session: sessionLike(id) },
  );
  expect(again).toMatchObject({ n: 3, retriedStmtIds: [0, 1] });
  await expect(
    shop.command({ ...insert, txnNumber: Long.fromNumber(6) }, { session: sessionLike(id) }),
  ).rejects.toMatchObject({ code: 225 });
  const session = sessionLike(secondId);
  expect(await client.db('admin').command({ commitTransaction: 0, ...committing }, { session })).toMatchObject({
    ok: 1,
  });
  await expect(client.db('admin').command({ abortTransaction: 0, ...committing }, { session })).rejects.toMatchObject({
    code: 256,
  });
  expect(await shop.collection('c').countDocuments()).toBe(4);
});

test('[ES15] what many statements did takes little room, and is read as it was written', () => {
  const stored = new Map<string, ReturnType<typeof JSON.parse>>();
  const transaction = {
    setMetadata: (key: string, value: unknown) => stored.set(key, value),
    getMetadata: (key: string) => stored.get(key),
  } as never;
  const executed = new Map<number, Executed>();
  for (let statement = 0; statement < 1000; statement++) executed.set(statement, { operation: 'insert' });
  executed.set(1000, { operation: 'insert', id: 'upserted' });
  executed.set(1001, { operation: 'update' });
  executed.set(1003, { operation: 'update' });
  executed.set(1004, { operation: 'delete', image: 'before', reply: { value: 1 } });
  const record = { txnNumber: 1n, kind: 'retryable' as const, at: new Date(0), executed };
  writeRecord(transaction, 'ab', record);
  expect(readRecord(transaction, 'ab')).toEqual(record);
  const [kept] = stored.values();
  expect(kept.executed).toHaveLength(5);
  expect(decodeRecord(kept).executed.size).toBe(1004);
});
