import { withoutPauses } from '../../breathe.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { describeValue, typeName } from '../describe.ts';
import { copyDocument, isDocument, readPath, writeField } from '../documents.ts';

import { checkVariableName } from '../expressions/scope.ts';
import { databaseOf, type OutputSpec, type StageContext, type StageDefinition, type Stream } from './stage.ts';

export const out: StageDefinition = {
  summary: 'Replaces a collection with the result.',
  last: true,
  compile(argument, context) {
    if (typeof argument !== 'string' && !isDocument(argument)) {
      throw new MongoError(16990, `$out only supports a string or object argument, but found ${typeName(argument)}`);
    }
    if (isDocument(argument)) {
      for (const key of Object.keys(argument)) {
        if (key === 'timeseries')
          throw new MongoError(
            'CommandNotSupported',
            "$out's timeseries option is not supported: this server has no time-series collections",
          );
        if (key !== 'db' && key !== 'coll')
          throw new MongoError('IDLUnknownField', `BSON field '$out.${key}' is an unknown field.`);
      }
      if (typeof argument.db !== 'string' || typeof argument.coll !== 'string') {
        throw new MongoError('IDLFailedToParse', "BSON field '$out.db' is missing but a required field");
      }
    }
    return passing({ kind: 'out', namespace: target(argument, context) });
  },
};

const MERGE_KEYS = ['into', 'on', 'let', 'whenMatched', 'whenNotMatched', 'targetCollectionVersion'];
const updateStages = ['$addFields', '$project', '$replaceRoot', '$replaceWith', '$set', '$unset'];

export const merge: StageDefinition = {
  summary: 'Writes the result into a collection, document by document.',
  last: true,
  compile(argument, context) {
    if (typeof argument !== 'string' && !isDocument(argument)) {
      throw new MongoError(51182, `$merge only supports a string or object argument, not ${typeName(argument)}`);
    }
    const spec: Document = isDocument(argument) ? argument : { into: argument };
    for (const key of Object.keys(spec)) {
      if (!MERGE_KEYS.includes(key))
        throw new MongoError('IDLUnknownField', `BSON field '$merge.${key}' is an unknown field.`);
    }
    if (spec.into === undefined)
      throw new MongoError('IDLFailedToParse', "BSON field '$merge.into' is missing but a required field");
    const on = onFields(spec.on);
    const { whenMatched = 'merge', whenNotMatched = 'insert', let: variables } = spec;
    if (!['insert', 'discard', 'fail'].includes(whenNotMatched as string)) {
      throw new MongoError(
        'BadValue',
        `Enumeration value '${describeValue(whenNotMatched)}' for field '$merge.whenNotMatched' is not a valid value.`,
      );
    }
    if (variables !== undefined && !Array.isArray(whenMatched)) {
      throw new MongoError(51199, `Cannot use 'let' variables with 'whenMatched: ${describeValue(whenMatched)}' mode`);
    }
    return passing({
      kind: 'merge',
      namespace: target(spec.into, context),
      on,
      whenMatched: Array.isArray(whenMatched) ? 'pipeline' : modeOf(whenMatched),
      whenNotMatched: whenNotMatched as 'insert' | 'discard' | 'fail',
      combine: combiner(whenMatched, variables, on, context),
    });
  },
};

function passing(output: OutputSpec) {
  return { output, needs: () => 'all' as const, run: (input: Stream) => input };
}

function target(into: BsonValue, context: StageContext): string {
  if (typeof into === 'string' && into !== '') return `${databaseOf(context.namespace)}.${into}`;
  if (isDocument(into) && typeof into.coll === 'string' && into.coll !== '') {
    return `${typeof into.db === 'string' ? into.db : databaseOf(context.namespace)}.${into.coll}`;
  }
  throw new MongoError('InvalidNamespace', `Invalid $out target namespace, ${describeValue(into)}`);
}

function onFields(on: BsonValue | undefined): string[] {
  if (on === undefined) return ['_id'];
  const fields = Array.isArray(on) ? on : [on];
  if (fields.length === 0)
    throw new MongoError(51187, "If explicitly specifying $merge 'on', must include at least one field");
  if (!fields.every((field) => typeof field === 'string')) {
    throw new MongoError(
      51186,
      `$merge 'on' field must be either a string or an array of strings, but found ${typeName(on)}`,
    );
  }
  if (new Set(fields).size !== fields.length) {
    throw new MongoError(
      31465,
      `Found a duplicate field '${fields.find((field, index) => fields.indexOf(field) !== index)}'`,
    );
  }
  return fields as string[];
}

function modeOf(mode: BsonValue): 'replace' | 'keepExisting' | 'merge' | 'fail' {
  if (mode === 'replace' || mode === 'keepExisting' || mode === 'merge' || mode === 'fail') return mode;
  throw new MongoError(
    'BadValue',
    `Enumeration value '${describeValue(mode)}' for field '$merge.whenMatched' is not a valid value.`,
  );
}

type Combine = (existing: Document, incoming: Document) => Document | null;

function combiner(
  mode: BsonValue,
  variables: BsonValue | undefined,
  on: readonly string[],
  context: StageContext,
): Combine {
  if (!Array.isArray(mode)) {
    switch (modeOf(mode)) {
      case 'replace':
        return (existing, incoming) => ({ _id: existing._id, ...incoming });
      case 'keepExisting':
        return () => null;
      case 'merge':
        return (existing, incoming) => {
          const merged = copyDocument(existing);
          for (const name of Object.keys(incoming)) writeField(merged, name, incoming[name]);
          return merged;
        };
      case 'fail':
        return (existing) => {
          const keyValue = Object.fromEntries(on.map((path) => [path, readPath(existing, path.split('.')) ?? null]));
          throw new MongoError(
            'DuplicateKey',
            `E11000 duplicate key error: $merge found a document with the same key and 'whenMatched' is "fail". dup key: ${describeValue(keyValue)}`,
            {
              extra: { keyPattern: Object.fromEntries(on.map((path) => [path, 1])), keyValue },
            },
          );
        };
    }
  }
  for (const stage of mode) {
    const name = isDocument(stage) ? Object.keys(stage)[0]! : '';
    if (!updateStages.includes(name)) {
      throw new MongoError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  const bindings: Document = isDocument(variables) ? variables : { new: '$$ROOT' };
  const names = Object.keys(bindings);
  names.forEach(checkVariableName);
  const evaluates = names.map((name) => context.scope.compile(bindings[name]!).evaluate);
  const { scope, slots } = context.scope.forOtherDocuments().define(names);
  const inner = context.compileInner(mode as Document[], { namespace: context.namespace, scope, inside: '$facet' });
  return (existing, incoming) => {
    for (const [index, slot] of slots.entries()) context.scope.frame[slot] = evaluates[index]!(incoming);
    const [updated] = withoutPauses(inner.run([existing]));
    return updated ?? null;
  };
}
