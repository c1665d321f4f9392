import { BREATHE, type Breathe } from '../../breathe.ts';
import { wholeNumberOf } from '../../bson/arithmetic.ts';
import { groupKey } from '../../bson/compare.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { valuesAt } from '../../query/paths.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument } from '../documents.ts';
import { parsePath } from '../expressions/field-path.ts';
import { FieldReads } from '../expressions/scope.ts';
import { namespaceOf } from './lookup.ts';
import { withPath } from './simple.ts';
import { Spool } from './spool.ts';
import { databaseOf, type Fields, PACE, type StageDefinition, union, without } from './stage.ts';

/** Stages that hold pipelines or read other collections. */

export const facet: StageDefinition = {
  summary: 'Several pipelines over the same documents, each answering with an array. Blocking.',
  notInFacet: true,
  compile(argument, context) {
    if (!isDocument(argument) || Object.keys(argument).length === 0) {
      throw new MongoError(40169, 'the $facet specification must be a non-empty object');
    }
    const names = Object.keys(argument);
    const pipelines = names.map((name) => {
      if (name.startsWith('$'))
        throw new MongoError(
          16410,
          "FieldPath field names may not start with '$'. Consider using $getField or $setField.",
        );
      if (name.includes('.'))
        throw new MongoError(
          16412,
          "FieldPath field names may not contain '.'. Consider using $getField or $setField.",
        );
      const stages = argument[name];
      if (!Array.isArray(stages)) {
        throw new MongoError(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(stages)}`);
      }
      return context.compileInner(stages as Document[], {
        namespace: context.namespace,
        scope: context.scope,
        inside: '$facet',
      });
    });
    return {
      blocking: true,
      needs: () => pipelines.reduce<Fields>((fields, pipeline) => union(fields, pipeline.needs('all')), new Set()),
      *run(input) {
        const spool = new Spool('$facet', context, 'internalQueryFacetBufferSizeBytes');
        const results = new MemoryMeter('$facet', context.work, 'internalQueryFacetMaxOutputDocSizeBytes');
        try {
          yield* spool.take(input);
          const answer: Document = {};
          for (const [index, name] of names.entries()) {
            const found: Document[] = [];
            for (const document of pipelines[index]!.run(spool.documents())) {
              if (document === BREATHE) {
                yield BREATHE;
                continue;
              }
              found.push(document);
              results.add(document);
              if (results.full) {
                throw new MongoError(
                  4031700,
                  `document constructed by $facet is ${Math.round(results.bytes)} bytes, which exceeds the limit of ${results.bytesMax} bytes`,
                );
              }
              if ((found.length & PACE) === 0 && context.due()) yield BREATHE;
            }
            answer[name] = found;
          }
          yield answer;
        } finally {
          spool.end();
          results.end();
        }
      },
    };
  },
};

/** What one search of `$graphLookup` looks for: planning it is done at a stroke. */
const VALUES_PER_SEARCH = 10_000;

const GRAPH_KEYS = [
  'from',
  'startWith',
  'connectFromField',
  'connectToField',
  'as',
  'maxDepth',
  'depthField',
  'restrictSearchWithMatch',
];

export const graphLookup: StageDefinition = {
  summary: 'Adds an array of all documents that can be reached by following references.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        'FailedToParse',
        `the $graphLookup stage specification must be an object, but found ${typeName(argument)}`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (!GRAPH_KEYS.includes(key)) throw new MongoError(40104, `Unknown argument to $graphLookup: ${key}`);
    }
    const text = (key: string): string => {
      const value = argument[key];
      if (value === undefined)
        throw new MongoError(
          40105,
          "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified.",
        );
      if (typeof value !== 'string')
        throw new MongoError(40103, `expected string as argument for ${key}, found: ${typeName(value)}`);
      return value;
    };
    const { startWith, maxDepth, restrictSearchWithMatch: restriction } = argument;
    if (startWith === undefined || argument.from === undefined) {
      throw new MongoError(
        40105,
        "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified.",
      );
    }
    const namespace = namespaceOf(argument.from, context);
    const asNames = parsePath(text('as'));
    const connectFrom = text('connectFromField');
    const connectTo = text('connectToField');
    const depthNames = argument.depthField === undefined ? undefined : parsePath(text('depthField'));
    const depthMax = maxDepth === undefined ? null : wholeNumberOf(maxDepth);
    if (maxDepth !== undefined && (depthMax === null || depthMax < 0n)) {
      throw new MongoError(40101, `maxDepth requires a nonnegative argument, found: ${describeValue(maxDepth)}`);
    }
    if (restriction !== undefined && !isDocument(restriction)) {
      throw new MongoError(40185, `restrictSearchWithMatch must be an object, found ${typeName(restriction)}`);
    }
    const reads = new FieldReads();
    const start = context.scope.readingInto(reads).compile(startWith).evaluate;
    const foreign = context.compileInner(restriction === undefined ? [] : [{ $match: restriction }], {
      namespace,
      scope: context.scope.forOtherDocuments(),
      inside: '$graphLookup',
    });
    const { keyOf } = context.scope;
    function* neighbours(wanted: readonly BsonValue[]): Generator<Document | Breathe> {
      for (let from = 0; from < wanted.length; from += VALUES_PER_SEARCH) {
        yield* foreign.open({ [connectTo]: { $in: wanted.slice(from, from + VALUES_PER_SEARCH) } }, 'all');
        if (context.due()) yield BREATHE;
      }
    }
    function* reach(document: Document, memory: MemoryMeter): Generator<Breathe, Document[]> {
      let seen = 0;
      const found = new Map<string | number, Document>();
      const asked = new Set<string | number>();
      const first = start(document);
      let frontier: BsonValue[] = Array.isArray(first) ? first : [first ?? null];
      for (let depth = 0n; frontier.length > 0 && (depthMax === null || depth <= depthMax); depth++) {
        if (context.due()) yield BREATHE;
        const wanted = frontier.filter((value) => {
          const key = keyOf(value);
          return !asked.has(key) && asked.add(key);
        });
        frontier = [];
        for (const reached of neighbours(wanted)) {
          if (reached === BREATHE) {
            yield BREATHE;
            continue;
          }
          if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          const id = groupKey(reached._id);
          if (found.has(id)) continue;
          memory.add(reached);
          if (memory.full) throw new MongoError(40099, '$graphLookup reached maximum memory consumption');
          found.set(id, depthNames === undefined ? reached : withPath(reached, depthNames, 0, depth));
          for (const value of valuesAt(reached, connectFrom)) {
            if (Array.isArray(value)) for (const one of value) frontier.push(one);
            else if (value !== undefined) frontier.push(value);
          }
        }
      }
      return [...found.values()];
    }
    return {
      oneToOne: true,
      keeps: (field) => field !== asNames[0],
      needs: (after) => union(asNames.length === 1 ? without(after, [asNames[0]!]) : after, reads.toFields()),
      *run(input) {
        for (const document of input) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          const memory = new MemoryMeter(
            '$graphLookup',
            context.work,
            'internalDocumentSourceGraphLookupMaxMemoryBytes',
          );
          try {
            yield withPath(document, asNames, 0, yield* reach(document, memory));
          } finally {
            memory.end();
          }
        }
      },
    };
  },
};

export const unionWith: StageDefinition = {
  summary: 'The documents, then those of another collection.',
  compile(argument, context) {
    if (typeof argument !== 'string' && !isDocument(argument)) {
      throw new MongoError(
        'FailedToParse',
        `the $unionWith stage specification must be an object or string, but found ${typeName(argument)}`,
      );
    }
    const spec: Document = isDocument(argument) ? argument : { coll: argument };
    for (const key of Object.keys(spec)) {
      if (key !== 'coll' && key !== 'pipeline' && key !== 'db') {
        throw new MongoError('IDLUnknownField', `BSON field '$unionWith.${key}' is an unknown field.`);
      }
    }
    const { coll, pipeline = [], db } = spec;
    if (!Array.isArray(pipeline))
      throw new MongoError('TypeMismatch', "'pipeline' option must be specified as an array");
    const database = typeof db === 'string' ? db : databaseOf(context.namespace);
    const first = pipeline[0];
    if (coll === undefined && !(isDocument(first) && first.$documents !== undefined)) {
      throw new MongoError(
        'FailedToParse',
        '$unionWith stage without explicit collection must have a pipeline with $documents as first stage',
      );
    }
    if (coll !== undefined && typeof coll !== 'string') {
      throw new MongoError(
        'TypeMismatch',
        `BSON field '$unionWith.coll' is the wrong type '${typeName(coll)}', expected type 'string'`,
      );
    }
    const inner = context.compileInner(pipeline as Document[], {
      namespace: `${database}.${coll ?? '$cmd.aggregate'}`,
      scope: context.scope.forOtherDocuments(),
      inside: '$unionWith',
    });
    return {
      needs: (after) => after,
      *run(input) {
        yield* input;
        // Opening it plans a query; unions of unions open thousands.
        if (context.due()) yield BREATHE;
        yield* inner.open();
      },
    };
  },
};
