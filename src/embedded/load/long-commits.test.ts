/** The commit of a transaction of many writes: in slices, and yet at one moment. */
import { Long, UUID } from 'bson';
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../index.ts';
import { opMsg, SocketClient } from '../wire/socket-client.testing.ts';
import { type ServerChild, startServerChild } from './server-child.testing.ts';

const WRITES = 6000;

async function withWrites(client: MongoClient, first: number) {
  const collection = client.db('long').collection<{ _id: number; n: number }>('c');
  const session = client.startSession();
  session.startTransaction();
  for (let from = 0; from < WRITES; from += 1000) {
    const part = Array.from({ length: 1000 }, (_, k) => ({ _id: first + from + k, n: k % 97 }));
    await collection.insertMany(part, { session });
  }
  await collection.updateOne({ _id: -1 }, { $set: { n: first } }, { session, upsert: true });
  return session;
}

async function countOf(client: MongoClient): Promise<number> {
  return await client
    .db('long')
    .collection('c')
    .countDocuments({ n: { $gte: 0 } });
}

test('[ES16] others read what was before while a long commit is under way, and all of it afterwards', async () => {
  await using child = await startServerChild();
  const client = new MongoClient(child.uri);
  const other = new MongoClient(child.uri);
  await client.db('long').collection('c').createIndex({ n: 1 });
  const session = await withWrites(client, 0);
  let isCommitted = false;
  const commit = session.commitTransaction().then(() => {
    isCommitted = true;
  });
  let readsBefore = 0;
  while (!isCommitted) {
    const count = await countOf(other);
    expect([0, WRITES + 1]).toContain(count);
    if (count === 0) readsBefore += 1;
  }
  await commit;
  expect(readsBefore).toBeGreaterThan(1);
  expect(await countOf(other)).toBe(WRITES + 1);
  expect(await other.db('long').command({ validate: 'c', full: true })).toMatchObject({ valid: true });
  await Promise.all([client.close(), other.close()]);
}, 60_000);

test('[ES11] a long commit under way keeps its locks, cannot be aborted, and has one outcome for who asks again', async () => {
  await using child = await startServerChild();
  const { hostname, port } = new URL(child.uri);
  await using one = await SocketClient.open(hostname, Number(port));
  await using other = await SocketClient.open(hostname, Number(port));
  await using third = await SocketClient.open(hostname, Number(port));
  const inSession = () => ({ lsid: { id: new UUID() }, txnNumber: Long.ONE, autocommit: false });
  const [mine, anothers] = [inSession(), inSession()];
  await one.command({ create: 'c', $db: 'long' });
  const documents = Array.from({ length: WRITES }, (_, n) => ({ _id: n, n }));
  await one.command({ insert: 'c', documents, startTransaction: true, ...mine, $db: 'long' });
  one.send(opMsg({ commitTransaction: 1, ...mine, $db: 'admin' }));
  await other.command({ ping: 1, $db: 'admin' });
  other.send(opMsg({ abortTransaction: 1, ...mine, $db: 'admin' }));
  other.send(opMsg({ commitTransaction: 1, ...mine, $db: 'admin' }));
  const overlapping = { insert: 'c', documents: [{ _id: 5 }], startTransaction: true, ...anothers };
  expect(await third.command({ ...overlapping, $db: 'long' })).toMatchObject({ code: 112 });
  expect(await other.reply()).toMatchObject({ ok: 0, codeName: 'TransactionCommitted' });
  expect(await other.reply()).toMatchObject({ ok: 1 });
  expect(await one.reply()).toMatchObject({ ok: 1 });
  expect(await third.command({ count: 'c', $db: 'long' })).toMatchObject({ n: WRITES });
}, 60_000);

test.each([1, 30, 80, 150, 250, 400])(
  '[ES14] killed %i ms into a long commit, all of it is there or nothing',
  async (delayMs) => {
    const child: ServerChild = await startServerChild();
    const client = new MongoClient(child.uri, { serverSelectionTimeoutMS: 500 });
    await client.db('long').collection('c').createIndex({ n: 1 });
    await client.db('long').collection<{ _id: number }>('c').insertOne({ _id: -2 });
    const session = await withWrites(client, 0);
    let isAcknowledged = false;
    const commit = session.commitTransaction().then(
      () => {
        isAcknowledged = true;
      },
      () => undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await child.kill();
    await commit;
    await client.close(true);
    {
      await using server = await startEmbeddedServer({ dataDir: child.dataDir, port: 0 });
      const again = new MongoClient(server.uri);
      const count = await countOf(again);
      expect(isAcknowledged ? [WRITES + 1] : [0, WRITES + 1]).toContain(count);
      expect(await again.db('long').collection('c').countDocuments({})).toBe(count + 1);
      expect(await again.db('long').command({ validate: 'c', full: true })).toMatchObject({ valid: true });
      await again.close();
    }
    await child[Symbol.asyncDispose]();
  },
  60_000,
);
