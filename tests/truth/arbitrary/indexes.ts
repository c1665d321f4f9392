/** Random sets of indexes: compound, descending, sparse, partial, hidden, and what else the server takes. */
import fc from 'fast-check';
import type { Document, IndexDescription } from 'mongodb';

const paths = fc.constantFrom('a', 'b', 'c', 'a.b', 'b.a', 'a.c', '_id');

const key: fc.Arbitrary<Document> = fc
  .uniqueArray(fc.tuple(paths, fc.constantFrom(1, -1)), {
    minLength: 1,
    maxLength: 3,
    selector: ([path]) => path,
  })
  .map((parts) => Object.fromEntries(parts))
  .filter((one) => Object.keys(one).join() !== '_id');

const partial = fc.constantFrom<Document>(
  { a: { $exists: true } },
  { a: { $gt: 0 } },
  { b: { $gte: 1, $lt: 3 } },
  { c: 'a' },
  { a: { $type: 'string' } },
  { b: null },
  { $and: [{ a: { $lte: 1 } }, { c: { $exists: true } }] },
  { $or: [{ a: 1 }, { b: 1 }] },
  { a: { $in: [1, 'a'] } },
);

const plain = key.map((one): IndexDescription => ({ key: one as IndexDescription['key'] }));

const ordinary: fc.Arbitrary<IndexDescription> = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 1, arbitrary: plain.map((one) => ({ ...one, sparse: true })) },
  {
    weight: 2,
    arbitrary: fc.tuple(plain, partial).map(([one, filter]) => ({ ...one, partialFilterExpression: filter })),
  },
  { weight: 1, arbitrary: plain.map((one) => ({ ...one, hidden: true })) },
);

/** Kinds that not every server has: `tryIndex` finds out. */
export const special: readonly IndexDescription[] = [
  { key: { a: 'hashed' } },
  { key: { b: 'hashed' }, sparse: true },
  { key: { '$**': 1 } },
  { key: { 'a.$**': 1 } },
  { key: { '$**': 1 }, wildcardProjection: { b: 0 } } as IndexDescription,
  { key: { a: 1 }, collation: { locale: 'en', strength: 2 } },
  { key: { b: 1, a: -1 }, collation: { locale: 'en', strength: 1 } },
];

/** Each with a name of its own. */
export const indexSets = (available: readonly IndexDescription[]): fc.Arbitrary<IndexDescription[]> =>
  fc
    .array(
      available.length === 0
        ? ordinary
        : fc.oneof({ weight: 4, arbitrary: ordinary }, { weight: 1, arbitrary: fc.constantFrom(...available) }),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) => list.map((one, at) => ({ ...one, name: `i${at}` })));
