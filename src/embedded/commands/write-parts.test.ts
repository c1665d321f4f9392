import type { ClientSession, Collection } from 'mongodb';
import { expect, test } from 'vitest';
import { served } from '../served.testing.ts';

const { client } = await served();
const DOCUMENTS = 2000;
const MINUTES_MAX = 2 * 60_000;

// biome-ignore lint/suspicious/noExplicitAny: ids are numbers here.
async function filled(name: string): Promise<Collection<any>> {
  const collection = client.db('parts').collection(name);
  await collection.insertMany(Array.from({ length: DOCUMENTS }, (_, k) => ({ _id: k as never, n: 0, m: 0 })));
  return collection;
}

/** Holds one document after the other, at least one at any time, until told to stop. */
// biome-ignore lint/suspicious/noExplicitAny: ids are numbers here.
async function holdSome(collection: Collection<any>, isOver: () => boolean): Promise<number> {
  let held: ClientSession | undefined;
  let begun = 0;
  while (!isOver()) {
    const session = client.startSession();
    session.startTransaction();
    try {
      await collection.updateOne({ _id: (begun * 797) % DOCUMENTS }, { $inc: { t: 1 } }, { session });
      begun += 1;
    } catch {
      // A conflict with the write of many: the next one.
    }
    await end(held);
    held = session;
  }
  await end(held);
  return begun;
}

async function end(session: ClientSession | undefined): Promise<void> {
  await session?.commitTransaction().catch(() => undefined);
  await session?.endSession();
}

test(
  '[ES11] [ES16] two updates of everything in one command come to their end beside transactions that always hold something',
  async () => {
    const collection = await filled('held');
    let isOver = false;
    const holders = [1, 2].map(() => holdSome(collection, () => isOver));
    const { modifiedCount } = await collection
      .bulkWrite([
        { updateMany: { filter: {}, update: { $inc: { n: 1 } } } },
        { updateMany: { filter: {}, update: { $inc: { m: 1 } } } },
      ])
      .finally(() => {
        isOver = true;
      });
    const begun = await Promise.all(holders);
    expect(modifiedCount).toBe(DOCUMENTS * 2);
    expect(await collection.countDocuments({ n: 1, m: 1 })).toBe(DOCUMENTS);
    expect(Math.min(...begun)).toBeGreaterThan(0);
  },
  MINUTES_MAX,
);

test('[ES6] writes of many and of one in one command take effect in their order, and faults keep their place', async () => {
  const collection = await filled('ordered');
  const result = await client.db('parts').command({
    update: 'ordered',
    ordered: false,
    updates: [
      { q: {}, u: { $set: { n: 1 } }, multi: true },
      { q: { _id: 5 }, u: { $set: { n: 2 } } },
      { q: { n: 1 }, u: { $inc: { n: 10 } }, multi: true },
      { q: { $wrong: 1 }, u: { $set: { n: 3 } }, multi: true },
      { q: { n: -1 }, u: { $set: { m: 7 } }, multi: true, upsert: true },
    ],
  });
  expect(result).toMatchObject({
    n: DOCUMENTS * 2 + 1,
    nModified: DOCUMENTS * 2,
    writeErrors: [{ index: 3, code: 2 }],
  });
  expect(result['upserted']).toMatchObject([{ index: 4 }]);
  expect(await collection.countDocuments({ n: 11 })).toBe(DOCUMENTS - 1);
  expect(await collection.countDocuments({ n: 2 })).toBe(1);
  const removed = await client.db('parts').command({
    delete: 'ordered',
    deletes: [
      { q: { _id: { $lt: 10 } }, limit: 0 },
      { q: { _id: 11 }, limit: 1 },
      { q: { n: 1 }, limit: 0 },
    ],
  });
  expect(removed['n']).toBe(11);
});

test('[ES6] a bulkWrite of a client reports writes of many beside others', async () => {
  const collection = await filled('client');
  const namespace = 'parts.client';
  const result = await client.bulkWrite(
    [
      { namespace, name: 'updateMany', filter: {}, update: { $inc: { n: 1 } } },
      { namespace, name: 'insertOne', document: { _id: -1 as never, n: 1 } },
      { namespace, name: 'updateOne', filter: { n: 1 }, update: { $set: { n: 9 } } },
      { namespace, name: 'deleteMany', filter: { n: 1 } },
    ],
    { verboseResults: true },
  );
  expect(result).toMatchObject({ insertedCount: 1, modifiedCount: DOCUMENTS + 1, deletedCount: DOCUMENTS });
  expect(await collection.countDocuments({})).toBe(1);
});
