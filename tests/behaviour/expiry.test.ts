/** What works in the background keeps off what open transactions have written. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDeployment } from './deployment.ts';

test('[ES8] expiry waits for the transaction that has written an expired document', async () => {
  await using deployment = await openDeployment();
  const admin = deployment.client.db('admin');
  const collection = await deployment.db.createCollection<{ _id: number; at: Date }>('c');
  await collection.createIndex({ at: 1 }, { expireAfterSeconds: 1 });
  const later = new Date(Date.now() + 3_600_000);
  const session = deployment.client.startSession();
  await admin.command({ setParameter: 1, ttlMonitorEnabled: false });
  const { was } = await admin.command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
  try {
    await collection.insertMany([
      { _id: 1, at: new Date(0) },
      { _id: 2, at: later },
    ]);
    session.startTransaction();
    await collection.updateOne({ _id: 1 }, { $set: { at: later } }, { session });
    await admin.command({ setParameter: 1, ttlMonitorEnabled: true });
    await sleep(2500);
    await session.commitTransaction();
    await sleep(1200);
    expect(await collection.countDocuments()).toBe(2);
  } finally {
    await admin.command({ setParameter: 1, ttlMonitorSleepSecs: was, ttlMonitorEnabled: true });
  }
});
