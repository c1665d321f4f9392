/** Updates and projections that mingo answers as MongoDB does. */
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { plainNumbers, plainScalars, plainTerms, plainValues } from './plain.ts';

const paths = fc.constantFrom('a', 'b', 'c', 'a.b', 'd');

export const plainUpdates: fc.Arbitrary<Document> = fc.oneof(
  fc.tuple(paths, plainValues).map(([path, value]) => ({ $set: { [path]: value } })),
  paths.map((path) => ({ $unset: { [path]: 1 } })),
  fc
    .tuple(fc.constantFrom('$inc', '$mul'), paths, plainNumbers)
    .map(([name, path, value]) => ({ [name]: { [path]: value } })),
  fc
    .tuple(fc.constantFrom('$push', '$addToSet', '$pull'), paths, plainScalars)
    .map(([name, path, value]) => ({ [name]: { [path]: value } })),
  fc
    .tuple(paths, fc.array(plainScalars, { maxLength: 3 }), fc.integer({ min: 0, max: 2 }))
    .map(([path, list, $position]) => ({ $push: { [path]: { $each: list, $position } } })),
  fc.tuple(paths, fc.array(plainScalars, { maxLength: 2 })).map(([path, list]) => ({ $pullAll: { [path]: list } })),
  fc.tuple(paths, plainTerms).map(([path, one]) => ({ $addToSet: { [path]: { $each: [one] } } })),
  fc.tuple(paths, fc.constantFrom(1, -1)).map(([path, end]) => ({ $pop: { [path]: end } })),
  fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('d', 'e')).map(([from, to]) => ({ $rename: { [from]: to } })),
  fc
    .tuple(paths, fc.constantFrom('and', 'or', 'xor'), fc.integer({ min: 0, max: 7 }))
    .map(([path, name, bits]) => ({ $bit: { [path]: { [name]: bits } } })),
  fc.tuple(fc.constantFrom('a', 'b'), plainScalars).map(([path, value]) => ({ $set: { [`${path}.$[]`]: value } })),
);

export const plainProjections: fc.Arbitrary<Document> = fc.oneof(
  fc
    .tuple(fc.uniqueArray(fc.constantFrom('a', 'b', 'c.a', 'd'), { minLength: 1, maxLength: 3 }), fc.constantFrom(0, 1))
    .map(([kept, mode]) => Object.fromEntries(kept.map((path) => [path, mode]))),
  fc.constantFrom<Document>({ _id: 0 }, { _id: 1 }, { _id: 0, a: 1 }, { a: 1, d: '$b' }),
);
