/** [ES10] What a pipeline pushes down to the planner changes its cost, never its answer. */
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { filters } from './arbitrary/filters.ts';
import { indexSets } from './arbitrary/indexes.ts';
import { paths, pipelines, safeExpressions, withoutBagOrder } from './arbitrary/pipelines.ts';
import { documents, fields, values } from './arbitrary/values.ts';
import { columnCacheSizes, columnsUsed, setColumnCache } from './columns.ts';
import { exact, isRefused, openEmbedded, outcomeOf, type Peer, withCollection } from './servers.ts';
import { holds, testMs } from './settings.ts';

let peer: Peer;
let cacheSizes: readonly (number | null)[] = [null];
beforeAll(async () => {
  peer = await openEmbedded();
  cacheSizes = await columnCacheSizes(peer);
  process.stdout.write(
    `truth: pipelines run with ${cacheSizes[0] === null ? 'no column cache: the server has none' : 'the column cache on and off'}\n`,
  );
});

const FOREIGN = 'foreign';
const expressions = safeExpressions(values);
const accumulators = fc
  .tuple(
    fc.constantFrom('$min', '$max', '$first', '$last', '$push', '$addToSet', '$sum', '$avg'),
    fc.oneof(
      paths.map((path) => `$${path}`),
      expressions,
    ),
  )
  .map(([name, of]) => ({ [name]: of }));

const domain = {
  filters,
  values,
  expressions,
  accumulators,
  foreign: FOREIGN,
  coarse: (key: unknown) => ({ $type: key }),
  without: new Set<string>(),
};

/** A stage that changes nothing, and that no filter, slice or sort can be moved across. */
const barrier = { $unionWith: { coll: 'there_is_no_such_collection' } };

const withoutPushdown = (stages: readonly Document[]): Document[] => [
  barrier,
  ...stages.flatMap((stage) => [stage, barrier]),
];

describe('a pipeline answers the same, however it is run', () => {
  test(
    '[ES10] with everything pushed down, with each index hinted, and with nothing pushed down',
    async () => {
      const cases = fc.record({
        stored: documents(10),
        foreign: documents(4),
        indexes: indexSets([]),
        pipelines: fc.array(pipelines(domain), { minLength: 1, maxLength: 3 }),
      });
      await holds('pipelines', cases, { cases: 25 }, ({ stored, foreign, indexes, pipelines }) =>
        withCollection(peer.db, async (collection) => {
          if (stored.length > 0) await collection.insertMany(stored.map((one) => ({ ...one })));
          const other = peer.db.collection(FOREIGN);
          await other.deleteMany({});
          if (foreign.length > 0) await other.insertMany(foreign.map((one) => ({ ...one })));
          const made: string[] = [];
          for (const index of indexes) {
            const outcome = await outcomeOf(() => collection.createIndexes([index]));
            if (
              !isRefused(outcome) &&
              index.hidden !== true &&
              index.sparse !== true &&
              index.partialFilterExpression === undefined
            )
              made.push(index.name!);
          }
          const answer = async (stages: Document[], hint?: string | Document) => {
            const outcome = await outcomeOf(() =>
              collection.aggregate(stages, hint === undefined ? {} : { hint }).toArray(),
            );
            if (isRefused(outcome)) return `refused with ${outcome.code}`;
            return outcome.result.map((document) => exact(withoutBagOrder(document, exact))).sort();
          };
          for (const { stages } of pipelines) {
            const expected = await answer(withoutPushdown(stages), { $natural: 1 });
            for (const cacheBytes of cacheSizes) {
              await setColumnCache(peer, cacheBytes);
              for (const hint of [undefined, { $natural: 1 }, ...made]) {
                expect(
                  await answer(stages, hint),
                  `hint ${exact(hint)}, column cache ${cacheBytes}, ${exact(stages)}`,
                ).toEqual(expected);
              }
            }
          }
        }),
      );
    },
    testMs,
  );

  test(
    '[ES10] over a whole collection, from columns and from documents, before and after writes',
    async () => {
      const cases = fc.record({
        stored: documents(16),
        foreign: documents(3),
        steps: fc.array(fc.record({ pipeline: pipelines(domain, true), changed: fc.nat({ max: 20 }), to: fields }), {
          minLength: 1,
          maxLength: 5,
        }),
      });
      await holds('pipelines on columns', cases, { cases: 25 }, ({ stored, foreign, steps }) =>
        withCollection(peer.db, async (collection) => {
          if (stored.length > 0) await collection.insertMany(stored.map((one) => ({ ...one })));
          const other = peer.db.collection(FOREIGN);
          await other.deleteMany({});
          if (foreign.length > 0) await other.insertMany(foreign.map((one) => ({ ...one })));
          await setColumnCache(peer, cacheSizes[0] ?? null);
          for (const { pipeline, changed, to } of steps) {
            const { stages } = pipeline;
            const answer = async (pipeline: Document[], options: Document) => {
              const outcome = await outcomeOf(() => collection.aggregate(pipeline, options).toArray());
              return isRefused(outcome) ? `refused with ${outcome.code}` : outcome.result.map(exact).sort();
            };
            expect(await answer(stages, {}), exact(stages)).toEqual(
              await answer(withoutPushdown(stages), { hint: { $natural: 1 } }),
            );
            if (changed % 2 === 0) await collection.replaceOne({ _id: changed as never }, to, { upsert: true });
            else await collection.deleteOne({ _id: changed as never });
          }
        }),
      );
      const used = await columnsUsed(peer);
      process.stdout.write(`truth: columns were used ${used} times\n`);
      if (cacheSizes[0] !== null) expect(used).toBeGreaterThan(0);
    },
    testMs,
  );
});
