import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BSONRegExp, type BsonValue, Decimal128, type Document, MinKey, ObjectId } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { compileUpdate } from '../update/update.ts';
import { compileFilter } from './filter.ts';
import { compileProjection } from './projection.ts';
import { compileSort } from './sort.ts';

const names = fc.constantFrom(
  'a',
  'b',
  'a.b',
  'a.0',
  'a.$',
  'a.$[]',
  'a.$[x]',
  '_id',
  '',
  '.',
  'a.',
  '$',
  '__proto__',
  'constructor',
  '$eq',
  '$gt',
  '$in',
  '$nin',
  '$not',
  '$and',
  '$or',
  '$elemMatch',
  '$all',
  '$size',
  '$mod',
  '$type',
  '$regex',
  '$options',
  '$exists',
  '$expr',
  '$jsonSchema',
  '$text',
  '$search',
  '$bitsAllSet',
  '$each',
  '$slice',
  '$sort',
  '$position',
  '$meta',
  '$ref',
  '$id',
  'bsonType',
  'properties',
  'items',
  'required',
  'enum',
);
const operators = fc.constantFrom(
  '$set',
  '$unset',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$push',
  '$addToSet',
  '$pull',
  '$pullAll',
  '$pop',
  '$rename',
  '$bit',
  '$currentDate',
  '$setOnInsert',
);
const anything = fc.letrec<{ value: BsonValue; document: Document }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<BsonValue[]>(
      null,
      0,
      1,
      -1,
      1.5,
      2n,
      'a',
      '$a',
      '',
      true,
      Number.NaN,
      new Date(0),
      new MinKey(),
      new ObjectId('0'.repeat(24)),
      new BSONRegExp('a', 'i'),
      Decimal128.fromString('1E+6000'),
      Infinity,
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('document'),
  ),
  document: fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map((entries) => {
    const document: Document = {};
    for (const [name, value] of entries) {
      Object.defineProperty(document, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return document;
  }),
}));

/** Runs; a MongoError is a fine answer, anything else is a bug of ours. */
function answers(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof MongoError)) throw error;
  }
}

function frozen<T>(value: T): T {
  if (
    typeof value === 'object' &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
  ) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

test('whatever comes as a filter is answered or refused as MongoDB does', () => {
  fc.assert(
    fc.property(anything.document, anything.document, (filter, document) => {
      answers(() => {
        const compiled = compileFilter(filter);
        if (!compiled.matches(document)) compiled.explainMismatch(document);
        compiled.matchedPosition(document);
      });
    }),
    { numRuns: 5000, seed: 11 },
  );
});

test('whatever comes as a projection or a sort is answered or refused as MongoDB does', () => {
  fc.assert(
    fc.property(anything.document, anything.document, (spec, document) => {
      const compileExpression = () => ({ evaluate: () => 1, fields: new Set<string>() });
      answers(() =>
        compileProjection(spec, { filter: compileFilter({}), compileExpression }).apply(frozen(document), {
          textScore: 1,
        }),
      );
      answers(() => compileSort(spec).compare(document, { a: 1 }));
    }),
    { numRuns: 3000, seed: 12 },
  );
});

test('whatever comes as an update is answered or refused, and never changes the document that it is given', () => {
  const update = fc
    .array(fc.tuple(operators, anything.document), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries) as Document);
  fc.assert(
    fc.property(
      update,
      anything.document,
      fc.array(anything.document, { maxLength: 1 }),
      (change, document, arrayFilters) => {
        answers(() => {
          const compiled = compileUpdate(change, { filter: compileFilter({ a: { $exists: true } }), arrayFilters });
          const result = compiled.apply(frozen(document));
          // A second run of what only sets has nothing left to do.
          if (
            Object.keys(change).every((operator) =>
              ['$set', '$min', '$max', '$addToSet', '$pull', '$pullAll'].includes(operator),
            )
          ) {
            expect(compiled.apply(frozen(result))).toBe(result);
          }
          compiled.upsertDocument();
        });
      },
    ),
    { numRuns: 5000, seed: 13 },
  );
});

test('a path of a hundred thousand parts is refused, not followed', () => {
  const path = Array.from({ length: 100_000 }, () => 'a').join('.');
  expect(() => compileUpdate({ $set: { [path]: 1 } })).toThrow('FieldPath is too long');
  expect(() => compileProjection({ [path]: 1 })).toThrow('FieldPath is too long');
  expect(compileFilter({ [path]: 1 }).matches({ a: { a: 1 } })).toBe(false);
});
