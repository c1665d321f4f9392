import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGENT_OF_SEATTLE,
  CANARY,
  CANARY_NUMBER,
  fill,
  permissions,
  seenBy,
  smallCompany,
} from '../src/database/checked-aggregation/small-company.testing.ts';
import { DatabaseError, runCheckedAggregation } from '../src/database/index.ts';
import type { Attack } from './mcp-attacks/attack.ts';
import { bombs } from './mcp-attacks/bombs.ts';
import { forbidden } from './mcp-attacks/forbidden.ts';
import { hiddenValues } from './mcp-attacks/hidden-values.ts';
import { wrongForms } from './mcp-attacks/wrong-forms.ts';
import { openTestDatabase, type TestDatabase, testServerUri } from './support/database.ts';

const TIME_MS_MAX = 1_500;
/** Others are answered while a pipeline runs; the machine itself may be busy. */
const WAIT_MS_MAX = 1_000;

let whole: TestDatabase;
let part: TestDatabase;
let other: MongoClient;

beforeAll(async () => {
  whole = await openTestDatabase();
  await fill(whole.db, smallCompany());
  part = await openTestDatabase();
  await fill(part.db, seenBy(AGENT_OF_SEATTLE, smallCompany()));
  other = await new MongoClient(await testServerUri()).connect();
});
afterAll(async () => {
  await other?.close();
  for (const database of [whole, part]) await database?.[Symbol.asyncDispose]();
});

interface Outcome {
  readonly ends: Attack['ends'];
  readonly rows?: readonly unknown[];
  /** All that comes back to the caller. */
  readonly text: string;
}

async function attempt({ db }: TestDatabase, { collection, pipeline, limit }: Attack): Promise<Outcome> {
  const context = { db, principal: AGENT_OF_SEATTLE, maxTimeMS: TIME_MS_MAX };
  try {
    const answer = await runCheckedAggregation(context, permissions, {
      collection,
      pipeline,
      ...(limit === undefined ? {} : { limit }),
    });
    return { ends: 'empty-handed', rows: answer.rows, text: JSON.stringify(answer) };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const text = JSON.stringify([error.message, error.fix, error.data]);
    if (['PIPELINE_REFUSED', 'COLLECTION_NOT_YOURS'].includes(error.code)) return { ends: 'refused', text };
    expect(['PIPELINE_FAILED', 'PIPELINE_TOO_SLOW']).toContain(error.code);
    return { ends: 'stopped', text };
  }
}

/** The longest that somebody else had to wait for an answer while `work` ran. */
async function longestWaitDuring(work: () => Promise<void>): Promise<number> {
  let isDone = false;
  let longest = 0;
  const asking = (async () => {
    while (!isDone) {
      const startedAt = performance.now();
      await other.db(whole.name).collection('stores').findOne({});
      longest = Math.max(longest, performance.now() - startedAt);
    }
  })();
  await work().finally(() => {
    isDone = true;
  });
  await asking;
  return longest;
}

function expectNoCanary(text: string): void {
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain(String(Math.floor(CANARY_NUMBER)));
}

const families: Readonly<Record<string, readonly Attack[]>> = {
  'what nobody may name': forbidden,
  'forms that are not what they seem': wrongForms,
  'values that lie out of scope': hiddenValues,
};

describe.each(Object.entries(families))('[DB23] [DB24] %s', (_family, attacks) => {
  test.each(attacks)('$name: $ends', async (attack) => {
    const outcome = await attempt(whole, attack);
    expectNoCanary(outcome.text);
    expect(outcome.ends, outcome.text.slice(0, 300)).toBe(attack.ends);
    if (outcome.ends === 'refused') return;
    // A database without anything else in it answers the same: so the answer tells nothing of what is not in it.
    const { ends, rows } = await attempt(part, attack);
    expect({ ends: outcome.ends, rows: outcome.rows }).toEqual({ ends, rows });
  });
});

describe('[DB25] what would take long, or much', () => {
  // Whoever blocks others does it each time; a busy machine does not.
  test.each(bombs)('$name: $ends', { retry: 2 }, async (attack) => {
    const startedAt = performance.now();
    let outcome: Outcome | undefined;
    const longestWait = await longestWaitDuring(async () => {
      outcome = await attempt(whole, attack);
    });
    expect(performance.now() - startedAt).toBeLessThan(TIME_MS_MAX + 2 * WAIT_MS_MAX);
    if (process.env['ZAVA_FIGURES'] !== undefined)
      process.stdout.write(`${attack.name}: ${Math.round(longestWait)} ms\n`);
    expect(longestWait).toBeLessThan(WAIT_MS_MAX);
    expectNoCanary(outcome?.text ?? '');
    expect(outcome?.ends, outcome?.text.slice(0, 300)).toBe(attack.ends);
  });
});

test('[DB24] nothing was written by any of them', async () => {
  const names = (await whole.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  expect(names).toEqual(Object.keys(smallCompany()).sort());
  for (const [name, documents] of Object.entries(smallCompany()))
    expect(await whole.db.collection(name).find().toArray()).toEqual(documents);
});
