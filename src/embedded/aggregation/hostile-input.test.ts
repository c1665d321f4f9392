import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BsonValue, Decimal128, type Document, Double } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { groupAccumulators } from './accumulators/group-accumulators.ts';
import { windowFunctions } from './accumulators/window-functions.ts';
import { expressionOperators } from './expressions/operators.ts';
import { compilePipeline } from './pipeline.ts';
import { stageDefinitions } from './stages/stages.ts';

const documents: Document[] = [
  { _id: 1, a: [1, 2], b: { c: 1 }, s: 'x', d: new Date(0) },
  { _id: 2, a: 5, s: 'y', n: null, z: Decimal128.fromString('NaN') },
];

const parameters = [
  'input',
  'cond',
  'as',
  'in',
  'initialValue',
  'vars',
  'inputs',
  'sortBy',
  'field',
  'value',
  'regex',
  'find',
  'replacement',
  'to',
  'date',
  'format',
  'timezone',
  'dateString',
  'unit',
  'binSize',
  'startDate',
  'endDate',
  'amount',
  'year',
  'month',
  'n',
  'p',
  'method',
  'if',
  'then',
  'else',
  'branches',
  'default',
  'output',
  'by',
  'alpha',
  'from',
  'localField',
  'foreignField',
  'let',
  'pipeline',
  'startWith',
  'connectFromField',
  'connectToField',
  'groupBy',
  'boundaries',
  'buckets',
  'range',
  'path',
  'queryVector',
  'limit',
  'into',
  'whenMatched',
  'newRoot',
  'coll',
  'case',
];

const scalar = fc.constantFrom<BsonValue>(
  null,
  0,
  1,
  -1,
  2,
  0.5,
  new Double(3),
  5n,
  true,
  '',
  'a',
  'day',
  'UTC',
  'int',
  '%Y',
  'approximate',
  '$a',
  '$b.c',
  '$s',
  '$$ROOT',
  '$',
  '$$',
  '$a.',
  new Date(0),
  Decimal128.fromString('1E+100'),
  Number.NaN,
);

const argument: fc.Arbitrary<BsonValue> = fc.letrec<{ value: BsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('x', 'y', '$sum', '$add', '$match', ...parameters), tie('value'), { maxKeys: 5 }),
  ),
})).value;

/** Whatever it is given, it answers, or refuses with an error that a client understands. Never a bug's own error. */
function answersOrRefuses(stages: Document[]): void {
  try {
    const source = { open: () => documents };
    const pipeline = compilePipeline(stages, { namespace: 'db.c', source });
    let count = 0;
    for (const document of pipeline.run(documents)) {
      expect(document).toBeTypeOf('object');
      if (++count > 1000) break;
    }
  } catch (error) {
    expect(error).toBeInstanceOf(MongoError);
    expect((error as Error).message).not.toContain('[object Object]');
  }
}

test('any argument to any expression gives a value or an error with a code', () => {
  const name = fc.constantFrom(...expressionOperators.names());
  fc.assert(
    fc.property(name, argument, (operator, given) => answersOrRefuses([{ $addFields: { r: { [operator]: given } } }])),
    { numRuns: 3000 },
  );
});

test('any argument to any stage gives documents or an error with a code', () => {
  const name = fc.constantFrom(...Object.keys(stageDefinitions));
  fc.assert(
    fc.property(name, argument, (stage, given) => answersOrRefuses([{ [stage]: given }])),
    { numRuns: 2000 },
  );
});

test('any argument to any accumulator or window function gives a value or an error with a code', () => {
  const name = fc.constantFrom(...Object.keys(groupAccumulators), ...Object.keys(windowFunctions));
  const window = fc.constantFrom<Document>(
    {},
    { window: { documents: [-1, 1] } },
    { window: { range: [-1, 'current'] } },
  );
  fc.assert(
    fc.property(name, argument, window, (operator, given, bounds) => {
      answersOrRefuses([{ $group: { _id: '$a', r: { [operator]: given } } }]);
      answersOrRefuses([{ $setWindowFields: { sortBy: { _id: 1 }, output: { r: { [operator]: given, ...bounds } } } }]);
    }),
    { numRuns: 1500 },
  );
});
