import { expect, test } from 'vitest';
import { Operation } from '../commands/operation.ts';
import { MongoError } from '../errors.ts';
import { SeatedWork } from './seats.ts';
import { WorkMemory, type WorkSpace } from './work-space.ts';

const SEATS = 4;

function worldOf(queries: number, bytes: number) {
  const memory = new WorkMemory();
  return Array.from({ length: queries }, (_, k) => {
    const work: WorkSpace = { memory, own: { bytes }, spill: null, bytesMax: () => 1e9 };
    const operation = new Operation(k, k);
    return { operation, seated: new SeatedWork(work, operation) };
  });
}

/** The places of those that got on. */
async function whoGotOn(breaths: readonly Promise<void>[]): Promise<number[]> {
  const on: number[] = [];
  breaths.forEach((breath, k) => void breath.then(() => on.push(k)).catch(() => undefined));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return on;
}

test('[ES18] of the queries that hold much, four go on at a time; the next one when one ends, in order', async () => {
  const queries = worldOf(7, 10e6);
  const breaths = queries.map(({ seated }) => seated.breathe());
  expect(await whoGotOn(breaths)).toEqual([0, 1, 2, 3]);
  queries[2]!.seated.end();
  expect(await whoGotOn(breaths)).toContain(4);
  queries[0]!.seated.end();
  queries[1]!.seated.end();
  expect(await whoGotOn(breaths)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('[ES18] queries that hold little wait for nobody', async () => {
  const small = worldOf(20, 1000);
  expect(await whoGotOn(small.map(({ seated }) => seated.breathe()))).toHaveLength(20);
});

test('[ES16] a query that is killed or out of time while it waits for its seat leaves the seats as they were', async () => {
  const queries = worldOf(SEATS + 2, 10e6);
  const breaths = queries.map(({ seated }) => seated.breathe());
  const killed = expect(breaths[SEATS]).rejects.toMatchObject({ code: 11601 });
  queries[SEATS]!.operation.stop(new MongoError('Interrupted', 'operation was interrupted'));
  await killed;
  queries[0]!.seated.end();
  expect(await whoGotOn(breaths)).toContain(SEATS + 1);
  for (const { seated } of queries) seated.end();
  const [late] = queries;
  await late!.seated.breathe();
});
