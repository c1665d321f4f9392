import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import type { Principal } from '../../domain/index.ts';
import { createIndexes, DatabaseError } from '../index.ts';
import { runCheckedAggregation } from './index.ts';
import {
  AGENT_OF_SEATTLE,
  CANARY,
  CANARY_NUMBER,
  fill,
  permissions,
  seenBy,
  smallCompany,
} from './small-company.testing.ts';
import { somePipeline } from './some-pipeline.testing.ts';

const SEED = Number(process.env['CHECKED_SEED'] ?? Date.now() % 1_000_000);
const RUNS = Number(process.env['CHECKED_RUNS'] ?? 250);
const PRINCIPALS: readonly Principal[] = [
  AGENT_OF_SEATTLE,
  { role: 'worker', userId: 'w', stores: ['store_seattle'] },
  { role: 'store_manager', userId: 'm', stores: ['store_tacoma', 'store_online'] },
  { role: 'headquarters', userId: 'h', stores: 'all' },
];

let whole: TestDatabase;
let parts: ReadonlyMap<Principal, TestDatabase>;

beforeAll(async () => {
  whole = await openTestDatabase();
  await fill(whole.db, smallCompany());
  await createIndexes(whole.db);
  const opened = new Map<Principal, TestDatabase>();
  for (const principal of PRINCIPALS) {
    const part = await openTestDatabase();
    await fill(part.db, seenBy(principal, smallCompany()));
    opened.set(principal, part);
  }
  parts = opened;
});
afterAll(async () => {
  for (const database of [whole, ...(parts?.values() ?? [])]) await database?.[Symbol.asyncDispose]();
});

/** Many a pipeline holds one itself, to look for it. */
const holdsCanary = (text: string) => text.includes(CANARY) || text.includes(String(Math.floor(CANARY_NUMBER)));

type Outcome = { readonly rows: unknown } | { readonly failed: true } | { readonly refused: string };

async function asked(
  { db }: TestDatabase,
  principal: Principal,
  collection: string,
  pipeline: object[],
): Promise<Outcome & { text: string }> {
  try {
    const context = { db, principal, maxTimeMS: 10_000 };
    const { rows } = await runCheckedAggregation(context, permissions, { collection, pipeline, limit: 500 });
    return { rows, text: JSON.stringify(rows) };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.code === 'PIPELINE_FAILED') return { failed: true, text: error.message };
    return { refused: error.code, text: error.message };
  }
}

async function directly(principal: Principal, collection: string, pipeline: object[]): Promise<Outcome> {
  try {
    const { db } = parts.get(principal) as TestDatabase;
    const rows = await db.collection(collection).aggregate(pipeline, { maxTimeMS: 10_000 }).toArray();
    return { rows: JSON.parse(JSON.stringify(rows)) };
  } catch {
    return { failed: true };
  }
}

test(`[DB23] the answer is that of a database that holds only what the asker may see (seed ${SEED})`, async () => {
  const counts = { compared: 0, failed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PRINCIPALS), somePipeline, async (principal, { collection, pipeline }) => {
      const { text, ...outcome } = await asked(whole, principal, collection, pipeline);
      if (principal === AGENT_OF_SEATTLE && !holdsCanary(JSON.stringify(pipeline)))
        expect(holdsCanary(text)).toBe(false);
      if ('refused' in outcome) {
        counts.refused += 1;
        return;
      }
      // Also where it ends in an error: that it does must not tell of what lies out of scope.
      const { text: _, ...inPart } = await asked(parts.get(principal) as TestDatabase, principal, collection, pipeline);
      expect(outcome).toEqual(inPart);
      const unchecked = await directly(principal, collection, pipeline);
      // An error in a condition may be met or not, by the order in which a server looks at conditions.
      if ('rows' in outcome && 'rows' in unchecked) {
        counts.compared += 1;
        expect(outcome).toEqual(unchecked);
      } else counts.failed += 1;
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: false },
  );
  // The property is worth nothing when most pipelines are refused or fail.
  expect(counts.compared, JSON.stringify(counts)).toBeGreaterThan(RUNS / 3);
}, 120_000);
