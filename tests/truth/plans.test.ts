/** [ES9] An index changes the cost of a query, never its answer. */
import fc from 'fast-check';
import { BSONRegExp, type CollationOptions, type Collection, type Document, type IndexDescription } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { filters, paths } from './arbitrary/filters.ts';
import { indexSets, special } from './arbitrary/indexes.ts';
import { documents, names, values } from './arbitrary/values.ts';
import { keysAt, orderOfKeys, sortKeys } from './model/keys.ts';
import { MISSING, order } from './model/order.ts';
import {
  asBag,
  exact,
  isRefused,
  type Outcome,
  openEmbedded,
  outcomeOf,
  type Peer,
  withCollection,
} from './servers.ts';
import { holds, testMs } from './settings.ts';

type SortSpec = Readonly<Record<string, 1 | -1>>;

interface Query {
  readonly filter: Document;
  readonly sort: SortSpec;
  readonly skip: number;
  readonly limit: number;
  readonly projection: Document;
  readonly distinct: string;
}

let peer: Peer;
let available: IndexDescription[] = [];
beforeAll(async () => {
  peer = await openEmbedded();
  for (const index of special) {
    await withCollection(peer.db, async (collection) => {
      const made = await outcomeOf(() => collection.createIndexes([{ ...index, name: 'i' }]));
      if (!isRefused(made)) available = [...available, index];
    });
  }
  process.stdout.write(
    `truth: kinds of indexes tried besides the ordinary ones: ${available.length} of ${special.length}\n`,
  );
});

const direction = fc.constantFrom<1 | -1>(1, -1);
const sorts: fc.Arbitrary<SortSpec> = fc
  .uniqueArray(fc.tuple(fc.oneof(paths, fc.constant('_id')), direction), { maxLength: 3, selector: ([path]) => path })
  .map((parts) => Object.fromEntries(parts));

const projections: fc.Arbitrary<Document> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'a.b', 'b.a'), { maxLength: 3 }),
    fc.constantFrom<Document>({}, { _id: 0 }),
    fc.constantFrom(1, 1, 0),
  )
  .map(([chosen, id, kept]) => ({
    ...Object.fromEntries(
      chosen.filter((path) => !chosen.includes(path.split('.')[0]!) || !path.includes('.')).map((path) => [path, kept]),
    ),
    ...id,
  }));

const queries: fc.Arbitrary<Query> = fc.record({
  filter: filters,
  sort: sorts,
  skip: fc.constantFrom(0, 0, 0, 1, 2),
  limit: fc.constantFrom(0, 0, 1, 2, 5),
  projection: projections,
  distinct: fc.constantFrom(...names, 'a.b'),
});

/** The indexes that could be made: a compound one over two arrays cannot (171). */
async function makeIndexes(
  collection: Collection<Document>,
  indexes: readonly IndexDescription[],
): Promise<IndexDescription[]> {
  const made: IndexDescription[] = [];
  for (const index of indexes) {
    const outcome = await outcomeOf(() => collection.createIndexes([index]));
    if (!isRefused(outcome)) made.push(index);
    // 171: arrays side by side; 16766: a hashed index over an array; 85 and 86: the same key under two names.
    else expect([171, 16766, 85, 86], outcome.message).toContain(outcome.code);
  }
  return made;
}

/** As `checkQuery`, by a collation: the order itself is that of the scan. */
async function checkCollated(
  collection: Collection<Document>,
  { filter, sort, skip, limit }: Query,
  made: readonly IndexDescription[],
  collation: CollationOptions,
) {
  const total = new Map<string, 1 | -1>([...Object.entries(sort), ['_id', 1]]);
  const find = (hint: string | Document | undefined) =>
    outcomeOf(() =>
      collection
        .find(filter, { collation, sort: total, skip, limit, ...(hint === undefined ? {} : { hint }) })
        .toArray(),
    );
  const expected = await find(NATURAL);
  for (const hint of [undefined, ...made.map(({ name }) => name)]) {
    const index = made.find(({ name }) => name === hint);
    const found = await find(hint);
    if (isPart(index) || (isRefused(found) && [2, 291].includes(found.code) && mayRefuse(index))) continue;
    expect(summary(found), `by ${exact(collation)} with hint ${hint}, filter ${exact(filter)}`).toBe(summary(expected));
  }
  if (isRefused(expected)) return;
  const counted = await outcomeOf(() => collection.countDocuments(filter, { collation }));
  const all = await collection.find(filter, { collation, hint: NATURAL }).toArray();
  expect(isRefused(counted) ? counted.message : Number(counted.result), 'count by a collation').toBe(all.length);
}

const NATURAL = { $natural: 1 } as const;

/** An index that has not every document answers, when it is forced, with those it has. */
const isPart = (index: IndexDescription | undefined) =>
  index !== undefined &&
  (index.sparse === true ||
    index.partialFilterExpression !== undefined ||
    Object.keys(index.key).some((path) => path.includes('$**')));

/** A hint on a hidden index (2), or on one that cannot answer this query (291), is refused. */
const mayRefuse = (index: IndexDescription | undefined) =>
  index !== undefined &&
  (index.hidden === true ||
    index.partialFilterExpression !== undefined ||
    index.collation !== undefined ||
    Object.values(index.key as Document).some((kind) => typeof kind === 'string') ||
    Object.keys(index.key).some((path) => path.includes('$**')));

async function checkQuery(collection: Collection<Document>, query: Query, made: readonly IndexDescription[]) {
  const { filter, sort, skip, limit, projection, distinct } = query;
  const all = await outcomeOf(() => collection.find(filter, { hint: NATURAL }).toArray());
  const projected = await outcomeOf(() => collection.find(filter, { hint: NATURAL, projection }).toArray());
  const values = await outcomeOf(() => distinctOf(collection, distinct, filter));
  const plans = [NATURAL, undefined, ...made.map(({ name }) => name)];
  for (const hint of plans) {
    const index = made.find(({ name }) => name === hint);
    const options = hint === undefined ? {} : { hint };
    const tell = (what: string) => `${what} with ${hint === undefined ? 'the plan of choice' : `hint ${exact(hint)}`}`;
    const found = await outcomeOf(() =>
      collection.find(filter, { ...options, sort: new Map(Object.entries(sort)), skip, limit }).toArray(),
    );
    if (isRefused(found) && [2, 291].includes(found.code) && mayRefuse(index)) continue;
    if (isRefused(all) || isRefused(found)) {
      expect(summary(found), tell('find is refused')).toEqual(summary(all));
      continue;
    }
    checkFound(found.result, all.result, query, isPart(index), tell);
    if (isPart(index)) continue;
    const shaped = await outcomeOf(() =>
      collection.find(filter, { ...options, projection, sort: new Map(Object.entries(sort)) }).toArray(),
    );
    if (isRefused(shaped) || isRefused(projected))
      expect(summary(shaped), tell('projection is refused')).toEqual(summary(projected));
    else
      expect(asBag(shaped.result), tell(`find with projection ${exact(projection)}`)).toEqual(asBag(projected.result));
    const count = await outcomeOf(() =>
      collection.countDocuments(filter, { ...options, skip, ...(limit > 0 ? { limit } : {}) }),
    );
    const counted = await outcomeOf(() =>
      peer.db.command({ count: collection.collectionName, query: filter, skip, limit, ...options }),
    );
    const expected = sizeOf(all.result.length, skip, limit);
    if (isRefused(count) || isRefused(counted)) throw new Error(tell(`a count is refused: ${exact([count, counted])}`));
    expect(Number(count.result), tell('countDocuments')).toBe(expected);
    expect(Number(counted.result.n), tell('count')).toBe(expected);
  }
  if (isRefused(values) || isRefused(all)) expect(isRefused(values) && isRefused(all)).toBe(true);
  else checkDistinct(values.result, all.result, distinct);
}

const summary = <T>(outcome: Outcome<T>) =>
  isRefused(outcome) ? `refused with ${outcome.code}` : `answered ${exact(outcome.result)}`;
const sizeOf = (length: number, skip: number, limit: number) =>
  Math.min(Math.max(length - skip, 0), limit === 0 ? Infinity : limit);

async function distinctOf(collection: Collection<Document>, path: string, filter: Document): Promise<unknown[]> {
  return collection.distinct(path, filter);
}

function checkFound(
  found: readonly Document[],
  all: readonly Document[],
  query: Query,
  isPart: boolean,
  tell: (what: string) => string,
) {
  const { sort, skip, limit } = query;
  const texts = asBag(found);
  expect(new Set(texts).size, tell('find answers no document twice')).toBe(texts.length);
  const allTexts = new Set(asBag(all));
  expect(
    texts.filter((text) => !allTexts.has(text)),
    tell('find answers only what matches'),
  ).toEqual([]);
  if (isPart) return;
  expect(texts.length, tell('find answers as many')).toBe(sizeOf(all.length, skip, limit));
  if (limit === 0 && skip === 0) expect(texts, tell('find answers the same')).toEqual(asBag(all));
  const keys = all.map((document) => sortKeys(document, sort)).sort((a, b) => orderOfKeys(a, b, sort));
  const wanted = keys.slice(skip, limit === 0 ? undefined : skip + limit);
  const got = found.map((document) => sortKeys(document, sort));
  for (const [at, key] of got.entries()) {
    if (orderOfKeys(key, wanted[at]!, sort) !== 0) {
      throw new Error(tell(`find is not in order at ${at}: ${exact(found)} should have the keys ${exact(wanted)}`));
    }
  }
}

/** Every value once: which of equal ones is left to the plan. */
function checkDistinct(values: readonly unknown[], all: readonly Document[], path: string) {
  const expected = all
    .flatMap((document) => keysAt(document, path))
    .filter((value) => value !== MISSING && value !== undefined);
  const missing = expected.filter((value) => !values.some((one) => order(one, value) === 0));
  const invented = values.filter((value) => !expected.some((one) => order(one, value) === 0));
  const twice = values.filter((value, at) => values.slice(0, at).some((one) => order(one, value) === 0));
  expect({ missing, invented, twice }, `distinct ${path}`).toEqual({ missing: [], invented: [], twice: [] });
}

/** A filter that cannot be read, where there is no collection yet. */
const ONCE_FAILED_WRITES = [
  {
    stored: [],
    indexes: [{ key: { a: 1 as const }, name: 'i0' }],
    writes: (['findOneAndDelete', 'deleteMany'] as const).map((kind) => ({
      kind,
      filter: { a: { $not: { $gt: new BSONRegExp('a', '') } } },
    })),
    hinted: 0,
  },
];

describe('every plan answers as a scan of all documents does', () => {
  test(
    '[ES9] find, count and distinct: with each index hinted, with none, and as the planner likes',
    async () => {
      const cases = fc.record({
        stored: documents(10),
        indexes: indexSets(available),
        queries: fc.array(queries, { minLength: 1, maxLength: 4 }),
        collation: fc.constantFrom<CollationOptions>(
          { locale: 'en', strength: 2 },
          { locale: 'en', strength: 1 },
          { locale: 'simple' },
        ),
      });
      await holds('plans of reads', cases, { cases: 30 }, ({ stored, indexes, queries, collation }) =>
        withCollection(peer.db, async (collection) => {
          if (stored.length > 0) await collection.insertMany(stored.map((one) => ({ ...one })));
          const made = await makeIndexes(collection, indexes);
          for (const query of queries) await checkQuery(collection, query, made);
          for (const query of queries) await checkCollated(collection, query, made, collation);
        }),
      );
    },
    testMs,
  );

  test(
    '[ES9] updates, deletes and findAndModify: the same documents change, and in the same way',
    async () => {
      const updates = fc.oneof(
        fc
          .tuple(fc.constantFrom('$set', '$min', '$max'), fc.constantFrom(...names), values)
          .map(([name, field, value]) => ({ [name]: { [field]: value } })),
        fc.constantFrom(...names).map((field) => ({ $unset: { [field]: 1 } })),
        fc
          .tuple(fc.constantFrom(...names), fc.constantFrom(...names))
          .map(([to, from]) => [{ $set: { [to]: `$${from}` } }]),
        fc.constantFrom(...names).map((field) => [{ $set: { [field]: { $concatArrays: [[1], [2]] } } }]),
      );
      const writes = fc.oneof(
        fc.record({ kind: fc.constant('updateMany' as const), filter: filters, update: updates }),
        fc.record({ kind: fc.constant('findOneAndUpdate' as const), filter: filters, update: updates }),
        fc.record({ kind: fc.constant('findOneAndDelete' as const), filter: filters }),
        fc.record({ kind: fc.constant('deleteMany' as const), filter: filters }),
      );
      const cases = fc.record({
        stored: documents(8),
        indexes: indexSets(available),
        writes: fc.array(writes, { minLength: 1, maxLength: 3 }),
        hinted: fc.nat({ max: 4 }),
      });
      await holds(
        'plans of writes',
        cases,
        { cases: 50, onceFailed: ONCE_FAILED_WRITES },
        ({ stored, indexes, writes, hinted }) =>
          withCollection(peer.db, (plain) =>
            withCollection(peer.db, async (indexed) => {
              if (stored.length > 0) {
                await plain.insertMany(stored.map((one) => ({ ...one })));
                await indexed.insertMany(stored.map((one) => ({ ...one })));
              }
              const made = await makeIndexes(indexed, indexes);
              const hint = made[hinted];
              const usable = hint !== undefined && !isPart(hint) && !mayRefuse(hint) ? { hint: hint.name! } : {};
              for (const write of writes) {
                const run = (collection: Collection<Document>, options: Document) =>
                  outcomeOf(async (): Promise<unknown> => {
                    if (write.kind === 'updateMany') {
                      const { matchedCount, modifiedCount } = await collection.updateMany(
                        write.filter,
                        write.update,
                        options,
                      );
                      return { matchedCount: Number(matchedCount), modifiedCount: Number(modifiedCount) };
                    }
                    if (write.kind === 'deleteMany')
                      return Number((await collection.deleteMany(write.filter, options)).deletedCount);
                    if (write.kind === 'findOneAndDelete')
                      return collection.findOneAndDelete(write.filter, { ...options, sort: { _id: 1 } });
                    return collection.findOneAndUpdate(write.filter, write.update as Document, {
                      ...options,
                      sort: { _id: 1 },
                      returnDocument: 'after',
                    });
                  });
                const expected = await run(plain, {});
                const is = await run(indexed, usable);
                if (isRefused(is) && is.code === 171) return;
                expect(summary(is), `${write.kind} ${exact(usable)}`).toEqual(summary(expected));
                expect(asBag(await indexed.find({}).toArray()), `${write.kind} leaves`).toEqual(
                  asBag(await plain.find({}).toArray()),
                );
              }
              for (const { name, sparse, hidden, partialFilterExpression, key, collation } of made) {
                if (sparse || hidden || partialFilterExpression || collation || Object.keys(key).join().includes('$'))
                  continue;
                if (Object.values(key as Document).includes('hashed')) continue;
                expect(
                  asBag(await indexed.find({}, { hint: name! }).toArray()),
                  `index ${name} has every document`,
                ).toEqual(asBag(await plain.find({}).toArray()));
              }
            }),
          ),
      );
    },
    testMs,
  );
});
