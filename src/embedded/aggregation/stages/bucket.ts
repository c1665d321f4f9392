import { BREATHE, type Breathe } from '../../breathe.ts';
import { toDouble } from '../../bson/arithmetic.ts';
import { bsonTypeName, isNumber, typeOrder } from '../../bson/compare.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { externalSort, sortFigures } from '../../spill/external-sort.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';

import { toInt32 } from '../expressions/numbers.ts';
import { FieldReads } from '../expressions/scope.ts';
import { roundToSeries, seriesNames } from './granularity.ts';
import { compileAccumulators, compileGroup } from './group.ts';
import { compileSortStage, documentSort } from './sort.ts';
import { PACE, type StageDefinition } from './stage.ts';

export const bucket: StageDefinition = {
  summary: 'Groups by given ranges. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        40201,
        `Argument to $bucket stage must be an object, but found type: ${typeName(argument)}.`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (!['groupBy', 'boundaries', 'default', 'output'].includes(key)) {
        throw new MongoError(40197, `Unrecognized option to $bucket: ${key}.`);
      }
    }
    const { groupBy, boundaries, default: otherwise, output } = argument;
    if (groupBy === undefined || boundaries === undefined) {
      throw new MongoError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
    }
    checkGroupBy(groupBy, '$bucket', 40202);
    if (!Array.isArray(boundaries)) {
      throw new MongoError(
        40200,
        `The $bucket 'boundaries' field must be an array, but found type: ${typeName(boundaries)}.`,
      );
    }
    const edges = boundaries.map((edge) => {
      const node = context.scope.compile(edge);
      if (!node.constant)
        throw new MongoError(
          40191,
          `The $bucket 'boundaries' field must be an array of constant values, but found value: ${describeValue(edge)}.`,
        );
      return node.evaluate({}) ?? null;
    });
    if (edges.length < 2) {
      throw new MongoError(
        40192,
        `The $bucket 'boundaries' field must have at least 2 values, but found ${edges.length} value(s).`,
      );
    }
    const { compare } = context.scope;
    for (let index = 1; index < edges.length; index++) {
      const [lower, upper] = [edges[index - 1]!, edges[index]!];
      if (typeOrder(lower) !== typeOrder(upper)) {
        throw new MongoError(
          40193,
          `All values in the the 'boundaries' option to $bucket must have the same type. Found conflicting types ${bsonTypeName(lower)} and ${bsonTypeName(upper)}.`,
        );
      }
      if (compare(lower, upper) >= 0) {
        throw new MongoError(
          40194,
          `The 'boundaries' option to $bucket must be sorted, but elements ${index - 1} and ${index} are not in ascending order (${describeValue(lower)} is not less than ${describeValue(upper)}).`,
        );
      }
    }
    if (otherwise !== undefined) {
      const node = context.scope.compile(otherwise);
      if (!node.constant) throw new MongoError(40195, "The $bucket 'default' field must be a constant expression");
      const value = node.evaluate({}) ?? null;
      if (compare(value, edges[0]!) >= 0 && compare(value, edges.at(-1)!) < 0) {
        throw new MongoError(
          40199,
          "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.",
        );
      }
    }
    if (output !== undefined && !isDocument(output)) {
      throw new MongoError(40196, `The $bucket 'output' field must be an object, but found type: ${typeName(output)}.`);
    }
    const id: Document = {
      $switch: {
        branches: edges.slice(0, -1).map((edge, index) => ({
          case: {
            $and: [{ $gte: [groupBy, { $literal: edge }] }, { $lt: [groupBy, { $literal: edges[index + 1]! }] }],
          },
          // biome-ignore lint/suspicious/noThenProperty: that is what $switch calls it.
          then: { $literal: edge },
        })),
        ...(otherwise === undefined ? {} : { default: otherwise }),
      },
    };
    const grouped = compileGroup(id, (output as Document | undefined) ?? { count: { $sum: 1 } }, context, '$bucket');
    const sorted = compileSortStage({ _id: 1 }, undefined, context);
    return {
      blocking: true,
      needs: grouped.needs,
      run: (input) => sorted.run(grouped.run(input)),
    };
  },
};

export const bucketAuto: StageDefinition = {
  summary: 'Groups by ranges that it chooses so that they hold about equally many documents. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        40240,
        `The argument to $bucketAuto must be an object, but found type: ${typeName(argument)}.`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (!['groupBy', 'buckets', 'output', 'granularity'].includes(key)) {
        throw new MongoError(40245, `Unrecognized option to $bucketAuto: ${key}.`);
      }
    }
    const { groupBy, buckets, output, granularity } = argument;
    if (groupBy === undefined || buckets === undefined) {
      throw new MongoError(40246, "$bucketAuto requires 'groupBy' and 'buckets' to be specified.");
    }
    checkGroupBy(groupBy, '$bucketAuto', 40239);
    if (!isNumber(buckets))
      throw new MongoError(
        40241,
        `The $bucketAuto 'buckets' field must be a numeric value, but found type: ${typeName(buckets)}.`,
      );
    const wanted = toInt32(buckets);
    if (wanted === undefined)
      throw new MongoError(
        40242,
        `The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found ${describeValue(buckets)}.`,
      );
    if (wanted <= 0)
      throw new MongoError(40243, `The $bucketAuto 'buckets' field must be greater than 0, but found: ${wanted}.`);
    if (output !== undefined && !isDocument(output)) {
      throw new MongoError(
        40244,
        `The $bucketAuto 'output' field must be an object, but found type: ${typeName(output)}.`,
      );
    }
    if (granularity !== undefined && typeof granularity !== 'string') {
      throw new MongoError(
        40261,
        `The $bucketAuto 'granularity' field must be a string, but found type: ${typeName(granularity)}.`,
      );
    }
    if (granularity !== undefined && !seriesNames.includes(granularity)) {
      throw new MongoError(40257, `Unknown rounding granularity '${granularity}'`);
    }
    const reads = new FieldReads();
    const scope = context.scope.readingInto(reads);
    const { evaluate } = scope.compile(groupBy);
    const { names, factories } = compileAccumulators((output as Document | undefined) ?? { count: { $sum: 1 } }, scope);
    let figures = sortFigures();
    return {
      blocking: true,
      needs: () => reads.toFields(),
      *run(input) {
        figures = sortFigures();
        let count = 0;
        const groupedBy = (document: Document): BsonValue => evaluate(document) ?? null;
        const counted = function* (): Iterable<Document | Breathe> {
          for (const document of input) {
            if (document !== BREATHE) {
              count += 1;
              if (granularity !== undefined) checkRoundable(groupedBy(document));
            }
            yield document;
          }
        };
        const order = {
          parts: [{ path: '', direction: 1 as const }],
          keyOf: (document: Document) => [groupedBy(document)],
          compareKeys: (left: readonly BsonValue[], right: readonly BsonValue[]) => scope.compare(left[0], right[0]),
        };
        const memory = new MemoryMeter('$bucketAuto', context.work, 'internalDocumentSourceBucketAutoMaxMemoryBytes');
        const rows = externalSort(counted(), documentSort(order, scope), memory, context.due, figures);
        let next: { value: BsonValue; document: Document } | undefined;
        function* advance(): Iterable<Breathe> {
          next = undefined;
          for (let step = rows.next(); step.done !== true; step = rows.next()) {
            if (step.value !== BREATHE) {
              next = { value: groupedBy(step.value), document: step.value };
              return;
            }
            yield BREATHE;
          }
        }
        try {
          yield* advance();
          const size = Math.max(1, Math.round(count / wanted));
          let lowest: BsonValue | undefined;
          for (let made = 1; next !== undefined; made++) {
            const first: BsonValue = next.value;
            let last: BsonValue = first;
            let taken = 0;
            const accumulators = factories.map((make) => make());
            function* take(): Iterable<Breathe> {
              const { value, document } = next!;
              for (const accumulator of accumulators) accumulator.add(document);
              last = value;
              taken += 1;
              yield* advance();
              if ((taken & PACE) === 0 && context.due()) yield BREATHE;
            }
            while (next !== undefined && (made === wanted || taken < size || scope.equal(next.value, last))) {
              yield* take();
            }
            let min: BsonValue = lowest ?? first;
            let max: BsonValue = next?.value ?? last;
            if (granularity !== undefined) {
              if (lowest === undefined) min = roundToSeries(toDouble(min as number), granularity, 'down');
              max = roundToSeries(toDouble(last as number), granularity, 'up');
              while (next !== undefined && scope.compare(next.value, max) < 0) yield* take();
            }
            const result: Document = { _id: { min, max } };
            for (const [index, name] of names.entries()) result[name] = accumulators[index]!.result() ?? null;
            yield result;
            lowest = max;
          }
        } finally {
          rows.return?.();
        }
      },
      figures: () => ({ usedDisk: figures.spills > 0, spills: BigInt(figures.spills) }),
    };
  },
};

function checkGroupBy(groupBy: BsonValue, name: string, code: number): void {
  const isPath = typeof groupBy === 'string' && groupBy.startsWith('$');
  if (!isPath && !(isDocument(groupBy) && Object.keys(groupBy)[0]?.startsWith('$'))) {
    throw new MongoError(
      code,
      `The ${name} 'groupBy' field must be defined as a $-prefixed path or an expression, but found: ${describeValue(groupBy)}.`,
    );
  }
}

function checkRoundable(value: BsonValue): void {
  if (isNullish(value) || !isNumber(value)) {
    throw new MongoError(
      40258,
      `$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a value with type: ${typeName(value)}`,
    );
  }
  const number = toDouble(value);
  if (Number.isNaN(number))
    throw new MongoError(
      40259,
      "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a NaN",
    );
  if (number < 0)
    throw new MongoError(
      40260,
      `$bucketAuto can specify a 'granularity' with non-negative numbers only, but found a negative number`,
    );
}
