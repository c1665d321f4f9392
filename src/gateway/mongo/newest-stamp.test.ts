import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { enableChangeStreams } from '../../database/index.ts';
import { hlcText } from '../../domain/index.ts';
import type { ChangeBatch } from '../scope-group.ts';
import { ChangeHub } from './change-hub.ts';
import { createSyncIndexes, type OperationRecord } from './collections.ts';

let database: TestDatabase;
let hub: ChangeHub;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.db.collection<{ _id: string }>('customers').insertOne({ _id: 'customer_0' });
  await createSyncIndexes(database.db);
  await enableChangeStreams(database.db);
  hub = await ChangeHub.start({ db: database.db, gatewayId: 'gateway-1', log: () => undefined });
});
afterAll(async () => {
  await hub.close();
  await database[Symbol.asyncDispose]();
});

/** What a gateway does in one transaction. */
async function operate(id: string, hlc: string): Promise<void> {
  await database.client.withSession((session) =>
    session.withTransaction(async () => {
      const record = { _id: id, hlc } as OperationRecord;
      await database.db.collection<OperationRecord>('sync_operations').insertOne(record, { session });
      await database.db.collection<{ _id: string }>('customers').insertOne({ _id: `customer_${id}` }, { session });
    }),
  );
}

describe('[GW67] with what is told of MongoDB comes a stamp that none of it is above', () => {
  const inSeconds = (seconds: number, device = 'ahead') => hlcText(Date.now() + seconds * 1_000, 2, device);

  test('also of a device whose clock runs ahead, and of a direct write on top; in the stream, and of what is read', async () => {
    const batches: ChangeBatch[] = [];
    const stop = hub.follow(hub.now(), {
      onBatch: (batch) => void batches.push(batch),
      onHistoryLost: () => undefined,
    });
    const ahead = inSeconds(50);
    const read = operate('1', ahead).then(() => hub.readNewestHlc());
    const told = (id: string) => batches.find(({ changes }) => changes.some((change) => change.id === id));
    await vi.waitFor(() => expect(String(told('customer_1')?.hlc) >= ahead).toBe(true), { timeout: 10_000 });
    expect((await read) > ahead).toBe(true);
    await database.db.collection<{ _id: string }>('customers').insertOne({ _id: 'customer_2' });
    await vi.waitFor(() => expect(String(told('customer_2')?.hlc) > String(told('customer_1')?.hlc)).toBe(true));
    stop();
  });

  test('a gateway that starts later knows of it too, and takes no stamp that nobody would have accepted', async () => {
    const [accepted, absurd] = [inSeconds(55), inSeconds(86_400)];
    await operate('3', accepted);
    await operate('4', absurd);
    await using later = await ChangeHub.start({ db: database.db, gatewayId: 'gateway-2', log: () => undefined });
    for (const hlc of [later.newestHlc, await later.readNewestHlc(), await hub.readNewestHlc()]) {
      expect(hlc >= accepted && hlc < absurd).toBe(true);
    }
  });
});
