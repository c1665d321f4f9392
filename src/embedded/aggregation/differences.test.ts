import { describe, expect, test } from 'vitest';
import { type BsonValue, Decimal128, type Document, Double } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { workSpaceOf } from '../spill/work-space.ts';
import { compileExpression } from './expressions/compile.ts';
import { compilePipeline } from './pipeline.ts';

const evaluate = (expression: BsonValue, document: Document = {}) => compileExpression(expression).evaluate(document);
const run = (stages: Document[], documents: Document[] = [], more = {}) => [
  ...compilePipeline(stages, { namespace: 'db.c', source: { open: () => documents }, ...more }).run(documents),
];

function codeOf(work: () => unknown): number | undefined {
  try {
    work();
  } catch (error) {
    return (error as MongoError).code;
  }
  return undefined;
}

/** The numbers are those of the list in README.md. */
describe('known differences from MongoDB', () => {
  test('1: one partition of $setWindowFields, and the input of $densify, must fit into memory', () => {
    const documents = Array.from({ length: 1000 }, (_, a) => ({ a }));
    const work = workSpaceOf(1000);
    const windowed = [{ $setWindowFields: { output: { n: { $sum: '$a' } } } }];
    expect(codeOf(() => run(windowed, documents, { work }))).toBe(5643011);
    const dense = [{ $densify: { field: 'a', range: { step: 1, bounds: 'full' } } }];
    expect(codeOf(() => run(dense, documents, { work }))).toBe(146);
  });

  test('2: a percentile is the exact value of nearest rank', () => {
    const documents = Array.from({ length: 10_000 }, (_, a) => ({ a }));
    const [result] = run(
      [{ $group: { _id: null, p: { $percentile: { input: '$a', p: [0.999], method: 'approximate' } } } }],
      documents,
    );
    expect(result!.p).toEqual([new Double(9989)]);
  });

  test('3: the square root of a decimal has the 15 digits of a double', () => {
    expect(evaluate({ $sqrt: '$a' }, { a: Decimal128.fromString('2') })).toEqual(
      Decimal128.fromString('1.41421356237310'),
    );
  });

  test('4: a date in a form that only a guess could read is refused', () => {
    expect(codeOf(() => evaluate({ $toDate: '$a' }, { a: 'next tuesday' }))).toBe(241);
    for (const text of [
      '2024-07-04',
      '07/04/2024',
      'Jul 4, 2024',
      '4 July 2024',
      'Thu, 04 Jul 2024',
      '20240704',
      '@1720051200',
    ]) {
      expect(evaluate({ $toDate: '$a' }, { a: text }), text).toEqual(new Date('2024-07-04T00:00:00Z'));
    }
  });

  test('5: a date beyond the year 275760 is an overflow', () => {
    expect(codeOf(() => evaluate({ $add: ['$a', 1] }, { a: new Date(8_640_000_000_000_000) }))).toBe(15);
  });

  test('6: a vector search finds the nearest even with as few candidates as results', () => {
    const documents = Array.from({ length: 50 }, (_, i) => ({ _id: i, v: [Math.cos(i), Math.sin(i)] }));
    const [nearest] = run(
      [{ $vectorSearch: { index: 'i', path: 'v', queryVector: [1, 0], numCandidates: 1, limit: 1 } }],
      documents,
    );
    expect(nearest!._id).toBe(0);
  });

  test('7: what is not supported is refused by name', () => {
    for (const name of ['$function', '$toHashedIndexKey']) expect(() => evaluate({ [name]: 1 })).toThrow(name);
    for (const name of ['$geoNear', '$search', '$searchMeta']) expect(() => run([{ [name]: {} }])).toThrow(name);
    expect(() => run([{ $group: { _id: 1, a: { $accumulator: {} } } }])).toThrow('$accumulator');
  });

  test('8: what JavaScript cannot express in a regular expression is refused', () => {
    expect(() => evaluate({ $regexMatch: { input: 'x', regex: '(?R)' } })).toThrow(MongoError);
  });

  test('9: a sample is drawn without repetition', () => {
    const documents = Array.from({ length: 100 }, (_, _id) => ({ _id }));
    const drawn = run([{ $sample: { size: 60 } }], documents).map(({ _id }) => _id);
    expect(new Set(drawn).size).toBe(60);
  });
});
