import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { type Batch, type LoadRequest, loadDataSet, planLoad } from './load.ts';
import { CLAIM_MS, type DataSetRun, readRun } from './run.ts';

beforeAll(testServerUri);

/** 300 customers and 700 orders, alternating, cut into batches of any size. */
function* documents(batchSize: number, onBatch: () => void = () => {}): Generator<Batch> {
  const of = (collection: 'customers' | 'orders', count: number, step: number) =>
    Array.from({ length: Math.ceil(count / step) }, (_, part) => ({
      collection,
      documents: Array.from({ length: Math.min(step, count - part * step) }, (_, at) => ({
        _id: `${collection}_${part * step + at}`,
        number: part * step + at,
      })),
    }));
  const customers = of('customers', 300, batchSize);
  const orders = of('orders', 700, batchSize);
  for (let part = 0; part < Math.max(customers.length, orders.length); part += 1) {
    for (const batch of [customers[part], orders[part]]) {
      if (batch === undefined) continue;
      onBatch();
      yield batch;
    }
  }
}

const request = (change: Partial<LoadRequest> & { batchSize?: number; onBatch?: () => void } = {}): LoadRequest => ({
  kind: 'generate',
  fingerprint: 'the usual',
  parameters: { seed: 1 },
  batches: () => documents(change.batchSize ?? 100, change.onBatch),
  ...change,
});

async function contentOf({ db }: TestDatabase) {
  const customers = await db.collection<{ number: number }>('customers').find().toArray();
  const orders = await db.collection<{ number: number }>('orders').find().toArray();
  return {
    customers: customers.map(({ number }) => number).sort((a, b) => a - b),
    orders: orders.map(({ number }) => number).sort((a, b) => a - b),
  };
}
const whole = {
  customers: Array.from({ length: 300 }, (_, at) => at),
  orders: Array.from({ length: 700 }, (_, at) => at),
};

/** Aborts when the stream has given so many batches. */
function stopAfter(batches: number): { signal: AbortSignal; onBatch: () => void } {
  const controller = new AbortController();
  let given = 0;
  return {
    signal: controller.signal,
    onBatch: () => {
      given += 1;
      if (given === batches) controller.abort();
    },
  };
}

describe('loading a data set', () => {
  test('[DB9] an empty database is filled, and the run is recorded as complete with its counts', async () => {
    await using database = await openTestDatabase();
    const seen: number[] = [];
    const outcome = await loadDataSet(database.db, request({ onProgress: ({ done }) => seen.push(done) }));
    expect(outcome).toMatchObject({ outcome: 'loaded', inserted: 1000, documents: { customers: 300, orders: 700 } });
    expect(await contentOf(database)).toEqual(whole);
    expect(await readRun(database.db)).toMatchObject({ state: 'complete', claim: null, parameters: { seed: 1 } });
    expect(seen.at(-1)).toBe(1000);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  test('[DB11] a complete run says so, and writes nothing', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request());
    expect(await loadDataSet(database.db, request())).toMatchObject({ outcome: 'complete already', inserted: 0 });
  });

  test('[DB9] a database that holds documents is refused with their counts, also by other parameters', async () => {
    await using database = await openTestDatabase();
    await database.db.collection<{ _id: string }>('stores').insertOne({ _id: 'store_mine' });
    const refused = { code: 'DATABASE_NOT_EMPTY', data: { documents: { stores: 1 } } };
    await expect(loadDataSet(database.db, request())).rejects.toMatchObject(refused);
    await database.db.collection('stores').drop();
    await loadDataSet(database.db, request());
    const other = loadDataSet(database.db, request({ fingerprint: 'another' }));
    await expect(other).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB11] a complete run whose documents are gone in part is not called complete', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request());
    await database.db.collection('orders').drop();
    await expect(loadDataSet(database.db, request())).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
  });

  test('[DB13] replacing drops the project’s collections and no others', async () => {
    await using database = await openTestDatabase();
    await database.db.collection<{ _id: string }>('stores').insertOne({ _id: 'store_old' });
    await database.db.collection<{ _id: string }>('of_somebody_else').insertOne({ _id: 'kept' });
    const outcome = await loadDataSet(database.db, request({ replace: true }));
    expect(outcome.dropped).toEqual([{ collection: 'stores', documents: 1 }]);
    expect(await database.db.collection('stores').countDocuments()).toBe(0);
    expect(await database.db.collection('of_somebody_else').countDocuments()).toBe(1);
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB10] an interrupted run is recorded as unfinished, and the same run finishes it with an equal result', async () => {
    await using database = await openTestDatabase();
    const interrupted = loadDataSet(database.db, request(stopAfter(6)));
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const run = await readRun(database.db);
    expect(run).toMatchObject({ state: 'loading', claim: null });
    expect(Object.values(run?.positions ?? {}).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(await planLoad(database.db, request())).toMatchObject({ action: 'resume' });
    const outcome = await loadDataSet(database.db, request({ batchSize: 64 }));
    expect(outcome.outcome).toBe('resumed');
    expect(outcome.inserted).toBeLessThan(1000);
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB10] wherever it is stopped, how often, and however the batches are cut, the result is equal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 30, max: 400 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (stops) => {
          await using database = await openTestDatabase();
          for (const [batches, batchSize] of stops) {
            await loadDataSet(database.db, request({ ...stopAfter(batches), batchSize })).catch((error: Error) => {
              if (error.name !== 'AbortError') throw error;
            });
          }
          await loadDataSet(database.db, request());
          expect(await contentOf(database)).toEqual(whole);
          expect(await readRun(database.db)).toMatchObject({
            state: 'complete',
            positions: { customers: 300, orders: 700 },
          });
        },
      ),
      { numRuns: 12, seed: 5 },
    );
  });

  test('[DB10] documents stored beyond the recorded position, as a crash leaves them, are not stored twice', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request(stopAfter(5))).catch(() => {});
    const runs = database.db.collection<DataSetRun>('zava_runs');
    await runs.updateOne({ _id: 'data_set' }, { $set: { positions: { customers: 50 } } });
    expect((await loadDataSet(database.db, request())).outcome).toBe('resumed');
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB10] a crash while the old collections are dropped starts over with dropping', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request(stopAfter(5))).catch(() => {});
    const runs = database.db.collection<DataSetRun>('zava_runs');
    await runs.updateOne({ _id: 'data_set' }, { $set: { state: 'clearing', positions: {} } });
    expect((await loadDataSet(database.db, request())).outcome).toBe('loaded');
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB11] another run over an unfinished one is refused, with what was unfinished; replacing is allowed', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request(stopAfter(5))).catch(() => {});
    const other = request({ fingerprint: 'another', parameters: { seed: 2 } });
    const refusal = await loadDataSet(database.db, other).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'RUN_UNFINISHED' });
    expect(refusal.message).toContain('seed 1');
    expect(await loadDataSet(database.db, { ...other, replace: true })).toMatchObject({ outcome: 'loaded' });
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB12] two at once: one fills the database, the other is refused', async () => {
    await using database = await openTestDatabase();
    const both = await Promise.allSettled([loadDataSet(database.db, request()), loadDataSet(database.db, request())]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'RUN_IN_PROGRESS' } });
    expect(await contentOf(database)).toEqual(whole);
  });

  test('[DB12] the claim of a process that is gone, or silent for too long, does not hold', async () => {
    await using database = await openTestDatabase();
    await loadDataSet(database.db, request(stopAfter(5))).catch(() => {});
    const runs = database.db.collection<DataSetRun>('zava_runs');
    const claimBy = (claim: Partial<NonNullable<DataSetRun['claim']>>) =>
      runs.updateOne(
        { _id: 'data_set' },
        {
          $set: { claim: { token: 't', host: 'elsewhere', pid: 1, until: new Date(Date.now() + CLAIM_MS), ...claim } },
        },
      );
    await claimBy({});
    await expect(loadDataSet(database.db, request())).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' });
    await claimBy({ until: new Date(Date.now() - 1) });
    expect(await loadDataSet(database.db, request())).toMatchObject({ outcome: 'resumed' });
  });

  test('[DB9] a stream that gives a document twice is refused, and the run stays unfinished', async () => {
    await using database = await openTestDatabase();
    const twice: Batch = { collection: 'stores', documents: [{ _id: 'store_a' }, { _id: 'store_a' }] };
    await expect(loadDataSet(database.db, request({ batches: () => [twice] }))).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    });
    expect(await readRun(database.db)).toMatchObject({ state: 'loading' });
  });

  test('[DB9] something else that writes meanwhile is noticed', async () => {
    await using database = await openTestDatabase();
    async function* batches(): AsyncGenerator<Batch> {
      yield* documents(100);
      await database.db.collection<{ _id: string }>('orders').insertOne({ _id: 'intruder' });
    }
    await expect(loadDataSet(database.db, request({ batches }))).rejects.toThrow('something else wrote');
    expect(await readRun(database.db)).toMatchObject({ state: 'loading' });
  });

  test('[DB17] a server without room: the run is unfinished, and goes on when there is room', async () => {
    await using database = await openTestDatabase();
    let isFull = true;
    function* batches(): Generator<Batch> {
      let given = 0;
      for (const batch of documents(100)) {
        given += 1;
        if (isFull && given === 5)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
            code: 'ENOSPC',
            syscall: 'write',
          });
        yield batch;
      }
    }
    await expect(loadDataSet(database.db, request({ batches }))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await readRun(database.db)).toMatchObject({ state: 'loading' });
    isFull = false;
    expect(await loadDataSet(database.db, request({ batches }))).toMatchObject({ outcome: 'resumed' });
    expect(await contentOf(database)).toEqual(whole);
  });
});
