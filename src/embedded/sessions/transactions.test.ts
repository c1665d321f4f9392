import { expect, test } from 'vitest';
import { served } from '../served.testing.ts';

const { client } = await served();
let count = 0;

async function accounts() {
  count += 1;
  const collection = client.db('bank').collection<{ _id: string; cents: number }>(`accounts${count}`);
  await collection.createIndex({ cents: 1 });
  await collection.insertMany([
    { _id: 'a', cents: 100 },
    { _id: 'b', cents: 0 },
  ]);
  return collection;
}

test('[ES11] a transaction sees its own writes, others see them after the commit, all at once', async () => {
  const collection = await accounts();
  await using session = client.startSession();
  session.startTransaction();
  await collection.updateOne({ _id: 'a' }, { $inc: { cents: -30 } }, { session });
  await collection.updateOne({ _id: 'b' }, { $inc: { cents: 30 } }, { session });
  await collection.insertOne({ _id: 'c', cents: 5 }, { session });
  expect(
    await collection
      .find({ cents: { $gte: 5, $lt: 80 } }, { session })
      .sort({ cents: 1 })
      .hint('cents_1')
      .toArray(),
  ).toEqual([
    { _id: 'c', cents: 5 },
    { _id: 'b', cents: 30 },
    { _id: 'a', cents: 70 },
  ]);
  expect(await collection.find().toArray()).toEqual([
    { _id: 'a', cents: 100 },
    { _id: 'b', cents: 0 },
  ]);
  await session.commitTransaction();
  expect(await collection.countDocuments({ cents: { $in: [5, 30, 70] } })).toBe(3);
});

test('[ES11] an aborted transaction leaves nothing', async () => {
  const collection = await accounts();
  await using session = client.startSession();
  session.startTransaction();
  await collection.deleteMany({}, { session });
  expect(await collection.countDocuments({}, { session })).toBe(0);
  await session.abortTransaction();
  expect(await collection.countDocuments()).toBe(2);
});

test('[ES11] of two transactions that write the same document the second is told to try again', async () => {
  const collection = await accounts();
  await using first = client.startSession();
  await using second = client.startSession();
  first.startTransaction();
  second.startTransaction();
  await collection.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session: first });
  const refused = collection.updateOne({ _id: 'a' }, { $inc: { cents: 2 } }, { session: second });
  await expect(refused).rejects.toMatchObject({ code: 112, errorLabels: ['TransientTransactionError'] });
  await first.commitTransaction();
  expect(await collection.findOne({ _id: 'a' })).toEqual({ _id: 'a', cents: 101 });
});

test('[ES11] a document changed since the snapshot is refused when the transaction writes it', async () => {
  const collection = await accounts();
  await using session = client.startSession();
  session.startTransaction();
  await collection.updateOne({ _id: 'b' }, { $inc: { cents: 1 } }, { session });
  await collection.updateOne({ _id: 'a' }, { $inc: { cents: 50 } });
  const refused = collection.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session });
  await expect(refused).rejects.toMatchObject({ code: 112, errorLabels: ['TransientTransactionError'] });
  expect(await collection.find().toArray()).toEqual([
    { _id: 'a', cents: 150 },
    { _id: 'b', cents: 0 },
  ]);
});

test('[ES11] a plain write waits for the transaction that holds its document, and then acts on what it left', async () => {
  const collection = await accounts();
  await using session = client.startSession();
  session.startTransaction();
  await collection.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session });
  await collection.deleteOne({ _id: 'b' }, { session });
  await collection.insertOne({ _id: 'c', cents: 7 }, { session });
  const waiting = {
    update: collection.updateOne({ _id: 'a' }, { $inc: { cents: 10 } }),
    delete: collection.deleteOne({ _id: 'b' }),
    insert: collection.insertOne({ _id: 'c', cents: 8 }).catch((error: unknown) => error),
  };
  const first = await Promise.race([
    ...Object.entries(waiting).map(([name, write]) => write.then(() => name)),
    new Promise((resolve) => setTimeout(resolve, 100, 'all wait')),
  ]);
  expect(first).toBe('all wait');
  await session.commitTransaction();
  expect(await waiting.update).toMatchObject({ modifiedCount: 1 });
  expect(await waiting.delete).toMatchObject({ deletedCount: 0 });
  expect(await waiting.insert).toMatchObject({ code: 11000 });
  expect(await collection.findOne({ _id: 'a' })).toEqual({ _id: 'a', cents: 111 });
});

test('[ES11] a plain write that waits for a transaction is stopped by maxTimeMS', async () => {
  const collection = await accounts();
  await using session = client.startSession();
  session.startTransaction();
  await collection.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session });
  const slow = collection.updateOne({ _id: 'a' }, { $inc: { cents: 10 } }, { maxTimeMS: 50 });
  await expect(slow).rejects.toMatchObject({ code: 50 });
  await session.abortTransaction();
});

test('[ES11] of two transactions that insert the same unique key the second is refused at once', async () => {
  const collection = await accounts();
  await collection.createIndex({ 'u.k': 1 }, { unique: true, sparse: true });
  await using first = client.startSession();
  await using second = client.startSession();
  first.startTransaction();
  second.startTransaction();
  await collection.insertOne({ _id: 'x', cents: 0, u: { k: 1 } } as never, { session: first });
  const refused = collection.insertOne({ _id: 'y', cents: 0, u: { k: 1 } } as never, { session: second });
  await expect(refused).rejects.toMatchObject({ code: 112, errorLabels: ['TransientTransactionError'] });
  await first.commitTransaction();
});

test('[ES11] eight clients that move money with withTransaction lose none of it', async () => {
  const collection = await accounts();
  await Promise.all(
    Array.from({ length: 8 }, () =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          await collection.updateOne({ _id: 'a' }, { $inc: { cents: -1 } }, { session });
          await collection.updateOne({ _id: 'b' }, { $inc: { cents: 1 } }, { session });
        }),
      ),
    ),
  );
  expect(await collection.find().toArray()).toEqual([
    { _id: 'a', cents: 92 },
    { _id: 'b', cents: 8 },
  ]);
});

test('[ES11] plain writes and transactions on the same documents all come through', async () => {
  const collection = await accounts();
  const workers = Array.from({ length: 10 }, async (_, worker) => {
    for (let round = 0; round < 10; round++) {
      if (worker % 2 === 1) await collection.updateMany({ _id: { $in: ['a', 'b'] } }, { $inc: { cents: 1 } });
      else {
        await client.withSession((session) =>
          session.withTransaction(async () => {
            await collection.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session });
            await collection.updateOne({ _id: 'b' }, { $inc: { cents: 1 } }, { session });
          }),
        );
      }
    }
  });
  await Promise.all(workers);
  expect(await collection.find().toArray()).toEqual([
    { _id: 'a', cents: 200 },
    { _id: 'b', cents: 100 },
  ]);
}, 20_000);

test("[ES12] a transaction's changes share one cluster time in the stream, with session and number", async () => {
  const collection = await accounts();
  await using stream = collection.watch();
  await stream.tryNext();
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await collection.insertOne({ _id: 'x', cents: 1 }, { session });
      await collection.insertOne({ _id: 'y', cents: 2 }, { session });
    }),
  );
  const [first, second] = [await stream.next(), await stream.next()];
  expect(first).toMatchObject({
    operationType: 'insert',
    documentKey: { _id: 'x' },
    txnNumber: expect.anything(),
    lsid: expect.anything(),
  });
  expect(second).toMatchObject({ documentKey: { _id: 'y' }, clusterTime: first.clusterTime });
});

test('[ES11] a session with snapshot reads sees one moment', async () => {
  const collection = await accounts();
  await using session = client.startSession({ snapshot: true });
  expect(await collection.findOne({ _id: 'a' }, { session })).toMatchObject({ cents: 100 });
  await collection.updateOne({ _id: 'a' }, { $set: { cents: 1 } });
  expect(await collection.findOne({ _id: 'a' }, { session })).toMatchObject({ cents: 100 });
});

test('[ES11] [ES16] a transaction that writes thousands of documents takes time for each of them, not for each pair', async () => {
  const collection = client.db('transactions').collection<{ _id: number; u: number; n?: number }>('thousands');
  const COUNT = 2000;
  await collection.createIndex({ u: 1 }, { unique: true });
  await collection.insertMany(Array.from({ length: COUNT }, (_, k) => ({ _id: k, u: k })));
  await client.withSession((session) =>
    session.withTransaction(async () => {
      const cpu = process.cpuUsage();
      const { modifiedCount } = await collection.updateMany({}, { $inc: { n: 1 } }, { session });
      expect(modifiedCount).toBe(COUNT);
      const { user } = process.cpuUsage(cpu);
      // For each pair it was many times that.
      expect(user / 1000).toBeLessThan(5000);
      await collection.deleteOne({ u: 17 }, { session });
      await collection.insertOne({ _id: -1, u: 17 }, { session });
      expect(
        await collection
          .find({ u: { $in: [16, 17, 18] } }, { session })
          .sort({ u: 1 })
          .toArray(),
      ).toEqual([
        { _id: 16, u: 16, n: 1 },
        { _id: -1, u: 17 },
        { _id: 18, u: 18, n: 1 },
      ]);
    }),
  );
  expect(await collection.countDocuments({ n: 1 })).toBe(COUNT - 1);
});
