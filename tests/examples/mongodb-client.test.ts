import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExampleDatabase, fingerprintOf, openExampleDatabase } from './example-database.ts';
import { type ExampleRun, runExample } from './run-example.ts';

const MINUTES_MAX = 2 * 60_000;
const NOBODY_LISTENS = 'mongodb://127.0.0.1:1/zava?directConnection=true';

let database: ExampleDatabase;
let before: Readonly<Record<string, string>>;
let after: Readonly<Record<string, string>>;
let run: ExampleRun;

beforeAll(async () => {
  database = await openExampleDatabase();
  before = await fingerprintOf(database.db);
  run = await runExample('mongodb_client.ts', [database.uri]);
  after = await fingerprintOf(database.db);
}, MINUTES_MAX);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** What stands behind a title: texts as they are, values as JSON. */
function told(title: RegExp): string {
  const line = run.stdout.split('\n').find((one) => title.test(one)) ?? '';
  return line.slice(line.indexOf(': ') + 2);
}
// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects.
const factsOf = (title: RegExp): any => JSON.parse(told(title));

describe('examples/mongodb_client.ts', () => {
  test('[EX1] runs from top to bottom', () => {
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toBe('');
  });

  test('[EX2] leaves the data as it was', () => {
    expect(Object.keys(after)).toContain('orders');
    expect(after).toEqual(before);
  });

  test('[EX1] reads and writes', () => {
    expect(factsOf(/^Taken/)).toMatchObject({ _id: 'res_1', units: 0, note: 'picked up at noon' });
    expect(factsOf(/^Upsert/)).toEqual({ made: 1, again: 0 });
    expect(told(/^Left/)).toBe('[{"product_id":"prod_2","units":5}] 1 deleted');
  });

  test('[EX1] sums the sales of the newest month as the orders have them', () => {
    const month = database.dataSet
      .of('orders')
      .map(({ order_date }) => String(order_date).slice(0, 7))
      .toSorted()
      .at(-1);
    expect(run.stdout).toContain(`Sales of ${month}: `);
    const rows = factsOf(/^Sales of/) as { store: string; orders: number; sales: number }[];
    const sold = database.dataSet
      .of('orders')
      .filter(({ order_date, status }) => order_date.startsWith(month) && status !== 'cancelled');
    expect(rows.length).toBe(new Set(sold.map(({ store_id }) => store_id)).size);
    for (const { store, orders, sales } of rows) {
      const ofStore = sold.filter(({ store_id }) => store_id === store);
      const subtotals = ofStore.reduce((sum, { subtotal }) => sum + subtotal, 0);
      expect([orders, sales]).toEqual([ofStore.length, expect.closeTo(subtotals, 2)]);
    }
  });

  test('[EX1] finds what is like a product: itself first', () => {
    const [itself, ...others] = factsOf(/^Like it/) as { product: string; likeness: number }[];
    expect(itself?.likeness).toBeCloseTo(1, 4);
    expect(others).toHaveLength(3);
    for (const { likeness } of others) expect(likeness).toBeLessThan(0.999);
  });

  test('[EX1] tells what a failed batch has done: ordered a part, unordered all that could be', () => {
    expect(factsOf(/^Ordered/)).toEqual({ inserted: 1, failed: [{ operation: 1, code: 11000 }] });
    expect(factsOf(/^Unordered/)).toEqual({ inserted: 3, failed: [{ operation: 1, code: 11000 }] });
  });

  test('[EX1] meets a duplicate, a time-out and a network that is cut, and inserts once all the same', () => {
    expect(factsOf(/^Refused/)).toEqual({ code: 11000, key: { store_id: 'store_seattle', product_id: 'prod_2' } });
    expect(factsOf(/^Took too long/)).toEqual({ code: 50, name: 'MaxTimeMSExpired' });
    expect(told(/^Again/)).toBe('MongoNetworkError after try 1');
    expect(told(/^Inserted after all/)).toBe('res_3, 1 of it');
  });

  test('[EX1] loses nothing where transactions meet, and takes one back', () => {
    expect(factsOf(/^Moved/)).toEqual({ res_2: 5 - 1 - 2, batch_3: 3 + 1 + 2 });
    expect(factsOf(/^Tries/)).toEqual({ transactions: 3, begunMoreThanOnce: true, tooMuch: 'Not enough units.' });
  });

  test('[EX1] goes on behind the change that it has dealt with', () => {
    expect(told(/^Seen/)).toBe('["insert new_1"] then, from the token on ["insert new_2","insert new_3"]');
  });

  test('[EX3] takes the address from the environment, and says what to do where no database answers', async () => {
    const lost = await runExample('mongodb_client.ts', [], { MONGODB_CONNECTION_STRING: NOBODY_LISTENS });
    expect(lost.exitCode).toBe(1);
    expect(lost.stdout).toBe('');
    expect(lost.stderr).toMatch(
      /^MongoServerSelectionError: .*127\.0\.0\.1:1\nIs the database running\? Start it with/,
    );
  });
});
