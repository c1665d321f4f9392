/** Filters, projections, updates and pipelines, each also answered by mingo alone, where it follows MongoDB. */
import fc from 'fast-check';
import { aggregate, find, update as updated } from 'mingo';
import type { Collection, Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { pipelines, withoutBagOrder } from './arbitrary/pipelines.ts';
import { plainDocuments, plainFilters } from './arbitrary/plain.ts';
import { plainDomain } from './arbitrary/plain-pipelines.ts';
import { plainProjections, plainUpdates } from './arbitrary/plain-updates.ts';
import { exact, isRefused, openEmbedded, outcomeOf, type Peer, withCollection } from './servers.ts';
import { holds, testMs } from './settings.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await openEmbedded();
});

const FOREIGN = 'foreign';

/** mingo works in place. */
const copy = <T>(value: T): T => structuredClone(value);

async function store(collection: Collection<Document>, documents: readonly Document[]): Promise<void> {
  await collection.deleteMany({});
  if (documents.length > 0) await collection.insertMany(copy([...documents]));
}

/**
 * As JavaScript sees them: mingo knows one type of numbers, and one zero, and puts fields in an order of its own. What it
 * leaves undefined is missing in a document and null in an array.
 */
function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object') return Object.is(value, -0) ? 0 : value;
  if (value instanceof Date) return { date: value.getTime() };
  if (Array.isArray(value)) return value.map(plain);
  if ('_bsontype' in value) return plain(Number(value));
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
}

const plainText = (value: unknown) => JSON.stringify(plain(value));
const plainBag = (documents: readonly Document[]) =>
  documents.map((document) => plainText(withoutBagOrder(document, plainText))).sort();

describe('the server answers as mingo does', () => {
  test(
    'filters',
    async () => {
      const cases = fc.record({
        stored: plainDocuments(8),
        filters: fc.array(plainFilters, { minLength: 1, maxLength: 12 }),
      });
      await holds('filters against mingo', cases, { cases: 40 }, ({ stored, filters }) =>
        withCollection(peer.db, async (collection) => {
          await store(collection, stored);
          for (const filter of filters) {
            const found = await collection.find(filter, { projection: { _id: 1 } }).toArray();
            const expected = find(copy(stored), filter as never).all() as Document[];
            expect(
              found.map(({ _id }) => Number(_id)),
              exact(filter),
            ).toEqual(expected.map(({ _id }) => _id));
          }
        }),
      );
    },
    testMs,
  );

  test(
    'pipelines',
    async () => {
      const cases = fc.record({
        stored: plainDocuments(8),
        foreign: plainDocuments(4),
        pipelines: fc.array(pipelines({ ...plainDomain, foreign: FOREIGN }), { minLength: 1, maxLength: 6 }),
      });
      await holds('pipelines against mingo', cases, { cases: 40 }, ({ stored, foreign, pipelines }) =>
        withCollection(peer.db, async (collection) => {
          await store(collection, stored);
          await store(peer.db.collection(FOREIGN), foreign);
          for (const { stages } of pipelines) {
            const found = await collection.aggregate(stages).toArray();
            const options = { collectionResolver: () => copy(foreign) };
            const expected = aggregate(copy(stored), copy(stages), options as never) as Document[];
            expect(plainBag(found), exact(stages)).toEqual(plainBag(expected));
          }
        }),
      );
    },
    testMs,
  );

  test(
    'updates',
    async () => {
      const cases = fc.record({
        stored: plainDocuments(4),
        updates: fc.array(plainUpdates, { minLength: 1, maxLength: 4 }),
      });
      await holds('updates against mingo', cases, { cases: 40 }, ({ stored, updates }) =>
        withCollection(peer.db, async (collection) => {
          await store(collection, stored);
          const documents = copy(stored);
          for (const update of updates) {
            for (const document of documents) {
              const filter = { _id: document['_id'] };
              const done = await outcomeOf(() => collection.updateOne(filter, copy(update)));
              // What MongoDB refuses, mingo passes over in silence.
              if (!isRefused(done)) updated(document, copy(update));
            }
            const found = await collection.find().toArray();
            expect(plainBag(found), exact(update)).toEqual(plainBag(documents));
          }
        }),
      );
    },
    testMs,
  );

  test(
    'projections',
    async () => {
      const cases = fc.record({
        stored: plainDocuments(4),
        projections: fc.array(plainProjections, { minLength: 1, maxLength: 8 }),
      });
      await holds('projections against mingo', cases, { cases: 25 }, ({ stored, projections }) =>
        withCollection(peer.db, async (collection) => {
          await store(collection, stored);
          for (const projection of projections) {
            const found = await collection.find({}, { projection }).toArray();
            const expected = find(copy(stored), {}, copy(projection) as never).all() as Document[];
            expect(plainBag(found), exact(projection)).toEqual(plainBag(expected));
          }
        }),
      );
    },
    testMs,
  );
});
