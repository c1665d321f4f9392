import { BREATHE, type Breathe } from '../../breathe.ts';
import { groupKey } from '../../bson/compare.ts';
import { BsonUndefined, type BsonValue, type Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { fieldReader, valuesAt } from '../../query/paths.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { describeValue, typeName } from '../describe.ts';
import { copyMetadata, isDocument } from '../documents.ts';
import { parsePath } from '../expressions/field-path.ts';
import type { Evaluate, Scope } from '../expressions/scope.ts';
import { checkVariableName, FieldReads } from '../expressions/scope.ts';
import { atomsOf } from './atoms.ts';
import { conjunction, conjunctsOf, mentions } from './match.ts';
import { withPath } from './simple.ts';
import {
  databaseOf,
  type InnerPipeline,
  PACE,
  type StageContext,
  type StageDefinition,
  type StageRun,
  type Stream,
  union,
  without,
} from './stage.ts';

const BATCH_DOCUMENTS_FIRST = 32;
const BATCH_DOCUMENTS_MAX = 4096;
/** What one entry of the table of joined documents weighs besides its document. */
const ENTRY_BYTES = 100;

export const lookup: StageDefinition = {
  summary: 'Adds an array of the documents of another collection that belong to each document.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        'FailedToParse',
        `the $lookup specification must be an Object, but found ${typeName(argument)}`,
      );
    }
    const spec = parseLookup(argument, context);
    const reads = new FieldReads();
    const scope = context.scope.readingInto(reads);
    const letNames = Object.keys(spec.let);
    letNames.forEach(checkVariableName);
    const letEvaluates = letNames.map((name) => scope.compile(spec.let[name]!).evaluate);
    const { scope: innerScope, slots } = context.scope.forOtherDocuments().define(letNames);
    const inner =
      spec.pipeline === undefined && spec.localField !== undefined
        ? undefined
        : context.compileInner(spec.pipeline ?? [], { namespace: spec.from, scope: innerScope, inside: '$lookup' });
    const bind = (document: Document) => {
      for (let index = 0; index < slots.length; index++) {
        context.scope.frame[slots[index]!] = letEvaluates[index]!(document);
      }
    };
    if (spec.localField !== undefined) reads.add(spec.localField.split('.')[0]!);
    const asNames = parsePath(spec.as);
    const { shared } = context.scope;
    const attach = (document: Document, found: BsonValue[]) => {
      const joined = withPath(document, asNames, 0, found);
      return shared.usesMetadata ? copyMetadata(document, joined) : joined;
    };
    const run =
      spec.localField !== undefined
        ? joinByField(spec.localField, spec.foreignField!, spec, inner, bind, attach, context)
        : joinByPipeline(spec, inner!, innerScope, letEvaluates, bind, attach, context);
    return {
      run,
      oneToOne: true,
      keeps: (field) => field !== asNames[0],
      needs: (after) => union(asNames.length === 1 ? without(after, [asNames[0]!]) : after, reads.toFields()),
    };
  },
};

interface LookupSpec {
  readonly from: string;
  readonly as: string;
  readonly localField: string | undefined;
  readonly foreignField: string | undefined;
  readonly let: Document;
  readonly pipeline: readonly Document[] | undefined;
}

function parseLookup(argument: Document, context: StageContext): LookupSpec {
  for (const key of Object.keys(argument)) {
    if (!['from', 'as', 'localField', 'foreignField', 'let', 'pipeline'].includes(key)) {
      throw new MongoError('FailedToParse', `unknown argument to $lookup: ${key}: ${describeValue(argument[key])}`);
    }
  }
  const text = (key: string): string | undefined => {
    const value = argument[key];
    if (value === undefined || typeof value === 'string') return value;
    throw new MongoError(
      'FailedToParse',
      `$lookup argument '${key}: ${describeValue(value)}' must be a string, found ${describeValue(value)}: ${typeName(value)}`,
    );
  };
  const as = text('as');
  const localField = text('localField');
  const foreignField = text('foreignField');
  const { let: variables, pipeline } = argument;
  if (as === undefined) throw new MongoError('FailedToParse', "must specify 'as' field for a $lookup");
  if (variables !== undefined && !isDocument(variables)) {
    throw new MongoError(
      'FailedToParse',
      `$lookup argument 'let: ${describeValue(variables)}' must be an object, is type ${typeName(variables)}`,
    );
  }
  if (pipeline !== undefined && !(Array.isArray(pipeline) && pipeline.every(isDocument))) {
    throw new MongoError('TypeMismatch', "'pipeline' option must be specified as an array");
  }
  const from =
    argument.from === undefined ? startOf(pipeline as Document[] | undefined) : namespaceOf(argument.from, context);
  if (pipeline === undefined) {
    if (localField === undefined || foreignField === undefined) {
      throw new MongoError(
        'FailedToParse',
        "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified",
      );
    }
    if (variables !== undefined) {
      throw new MongoError('FailedToParse', "$lookup with a 'let' argument must also specify 'pipeline'");
    }
  } else if ((localField === undefined) !== (foreignField === undefined)) {
    throw new MongoError(
      'FailedToParse',
      "$lookup requires both or neither of 'localField' and 'foreignField' to be specified",
    );
  }
  if (localField !== undefined) parsePath(localField);
  if (foreignField !== undefined) parsePath(foreignField);
  return { from, as, localField, foreignField, let: variables ?? {}, pipeline: pipeline as Document[] | undefined };

  function startOf(stages: readonly Document[] | undefined): string {
    // A pipeline that starts with $documents reads no collection.
    if (stages?.[0] !== undefined && '$documents' in stages[0])
      return `${databaseOf(context.namespace)}.$cmd.aggregate`;
    throw new MongoError('FailedToParse', "must specify 'from' field for a $lookup");
  }
}

/** 'collection' in the pipeline's database, or `{ db, coll }`. */
export function namespaceOf(from: BsonValue, context: StageContext): string {
  if (typeof from === 'string' && from !== '') return `${databaseOf(context.namespace)}.${from}`;
  if (isDocument(from) && typeof from.db === 'string' && typeof from.coll === 'string')
    return `${from.db}.${from.coll}`;
  throw new MongoError(
    'FailedToParse',
    `$lookup argument 'from: ${describeValue(from)}' must be a string, found ${typeName(from)}`,
  );
}

type Key = string | number;

/** The joined documents of one key, with the place of each in the collection's order. */
interface Joined {
  readonly places: number[];
  readonly documents: Document[];
}

function joinByField(
  localField: string,
  foreignField: string,
  spec: LookupSpec,
  inner: InnerPipeline | undefined,
  bind: (document: Document) => void,
  attach: (document: Document, found: BsonValue[]) => Document,
  context: StageContext,
): StageRun['run'] {
  const atomOf = atomsOf(context.scope);
  const keyOf = (value: BsonValue | undefined): Key =>
    atomOf(value === undefined || value instanceof BsonUndefined ? null : value);
  const localValues = localReader(localField);
  const needed = inner === undefined ? 'all' : union(inner.needs('all'), [foreignField.split('.')[0]!]);
  const source = context.compileInner([], {
    namespace: spec.from,
    scope: context.scope.forOtherDocuments(),
    inside: '$lookup',
  });
  const scansEachTime = context.source.seeks?.(spec.from, foreignField) === false;
  const narrowing = plainConditionsOf(spec.pipeline);

  return function* (input) {
    const memory = new MemoryMeter('$lookup', context.work, 'internalDocumentSourceLookupCacheSizeBytes');
    let byKey = new Map<Key, Joined>();
    /** Every document of the foreign side is in `byKey`. */
    let complete = false;
    let place = 0;
    let seen = 0;
    const forget = () => {
      byKey = new Map();
      memory.end();
    };
    /** Resolves to whether all of them found room. */
    function* remember(documents: Stream, wanted: ReadonlySet<Key> | undefined): Generator<Breathe, boolean> {
      for (const document of documents) {
        if (document === BREATHE) {
          yield BREATHE;
          continue;
        }
        place += 1;
        let held = false;
        for (const key of foreignKeys(document)) {
          if (wanted !== undefined && !wanted.has(key)) continue;
          let joined = byKey.get(key);
          if (joined === undefined) byKey.set(key, (joined = { places: [], documents: [] }));
          joined.places.push(place);
          joined.documents.push(document);
          memory.hold(ENTRY_BYTES);
          held = true;
        }
        if (held) memory.add(document);
        if (memory.full) return false;
        if ((place & PACE) === 0 && context.due()) yield BREATHE;
      }
      return true;
    }
    const foreignKeys = (document: Document): Set<Key> => {
      const keys = new Set<Key>();
      for (const value of valuesAt(document, foreignField)) {
        keys.add(keyOf(value));
        if (Array.isArray(value)) for (const item of value) keys.add(keyOf(item));
      }
      if (keys.size === 0) keys.add(keyOf(null));
      return keys;
    };
    function* fetch(rows: readonly Row[]): Generator<Breathe, boolean> {
      if (complete) return true;
      const wanted = new Map<Key, BsonValue>();
      for (const { values } of rows) {
        for (const value of values) {
          const key = keyOf(value);
          if (!byKey.has(key)) wanted.set(key, value);
        }
      }
      if (wanted.size === 0) return true;
      for (const key of wanted.keys()) byKey.set(key, { places: [], documents: [] });
      const found = source.open(conjunction([{ [foreignField]: { $in: [...wanted.values()] } }, ...narrowing]), needed);
      return yield* remember(found, new Set(wanted.keys()));
    }
    const joinedOf = (values: readonly BsonValue[]): Document[] => {
      if (values.length === 1) return byKey.get(keyOf(values[0]))?.documents ?? [];
      const byPlace = new Map<number, Document>();
      for (const key of new Set(values.map(keyOf))) {
        const joined = byKey.get(key);
        if (joined === undefined) continue;
        for (const [index, document] of joined.documents.entries()) byPlace.set(joined.places[index]!, document);
      }
      return [...byPlace].sort(([left], [right]) => left - right).map(([, document]) => document);
    };
    function* finish(document: Document, values: readonly BsonValue[]): Stream {
      const found = joinedOf(values);
      if (inner === undefined) {
        yield attach(document, found);
        return;
      }
      bind(document);
      const through: Document[] = [];
      for (const item of inner.run(found)) {
        if (item === BREATHE) yield BREATHE;
        else through.push(item);
      }
      yield attach(document, through);
    }
    /** What does not fit together is joined half by half. */
    function* join(rows: readonly Row[]): Stream {
      if (yield* fetch(rows)) {
        let done = 0;
        for (const { document, values } of rows) {
          yield* finish(document, values);
          if ((++done & PACE) === 0 && context.due()) yield BREATHE;
        }
        return;
      }
      forget();
      if (rows.length === 1) {
        throw new MongoError(
          4568,
          `Total size of documents in ${spec.from} matching pipeline's $lookup stage exceeds ${memory.bytesMax} bytes`,
        );
      }
      const half = rows.length >> 1;
      yield* join(rows.slice(0, half));
      forget();
      yield* join(rows.slice(half));
    }

    try {
      let size = BATCH_DOCUMENTS_FIRST;
      let batch: Row[] = [];
      let batches = 0;
      const flush = function* (): Stream {
        const ready = batch;
        batch = [];
        batches += 1;
        size = Math.min(size * 2, BATCH_DOCUMENTS_MAX);
        if (scansEachTime && batches === 2) {
          // There is more than one scan would answer: one that keeps everything answers all that come.
          forget();
          complete = yield* remember(source.open(undefined, needed), undefined);
          size = BATCH_DOCUMENTS_MAX;
          if (!complete) forget();
        } else if (memory.bytes > memory.bytesMax / 2 || memory.full) forget();
        yield* join(ready);
      };
      for (const document of input) {
        if (document === BREATHE) {
          yield BREATHE;
          continue;
        }
        const values = localValues(document);
        const known = complete || (batch.length === 0 && values.length === 1 && byKey.has(keyOf(values[0])));
        if (known) {
          yield* finish(document, values);
          if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          continue;
        }
        batch.push({ document, values });
        if (batch.length >= size) yield* flush();
      }
      if (batch.length > 0) yield* flush();
    } finally {
      memory.end();
    }
  };
}

/**
 * The conditions of the leading $match that look at fields alone: no variable changes them, so what they refuse need not be
 * fetched, and an index over both the foreign field and theirs can be used. The $match itself still decides.
 */
function plainConditionsOf(stages: readonly Document[] | undefined): Document[] {
  const first = stages?.[0]?.$match;
  if (!isDocument(first)) return [];
  return conjunctsOf(first).filter((condition) => Object.keys(condition).every((path) => !path.startsWith('$')));
}

interface Row {
  readonly document: Document;
  readonly values: readonly BsonValue[];
}

/** The values that a document joins by: the elements of arrays on the way and at the end; null where there is none. */
function localReader(path: string): (document: Document) => BsonValue[] {
  const simple = path.includes('.') ? undefined : fieldReader(path);
  return (document) => {
    if (simple !== undefined) {
      const value = simple(document);
      if (Array.isArray(value)) return value;
      return [value === undefined || value instanceof BsonUndefined ? null : value];
    }
    const values = valuesAt(document, path);
    if (values.length === 0) return [null];
    return values.flatMap((value): BsonValue[] =>
      Array.isArray(value) ? value : [value === undefined || value instanceof BsonUndefined ? null : value],
    );
  };
}

function joinByPipeline(
  spec: LookupSpec,
  inner: InnerPipeline,
  innerScope: Scope,
  letEvaluates: readonly Evaluate[],
  bind: (document: Document) => void,
  attach: (document: Document, found: BsonValue[]) => Document,
  context: StageContext,
): StageRun['run'] {
  const stages = spec.pipeline ?? [];
  const repeatable = !mentions(stages as Document[], '$rand') && !mentions(stages as Document[], '$sample');
  const equalities = equalitiesOf(stages, innerScope);
  return function* (input) {
    const memory = new MemoryMeter('$lookup', context.work, 'internalDocumentSourceLookupCacheSizeBytes');
    const results = new Map<string, BsonValue[]>();
    try {
      for (const document of input) {
        if (document === BREATHE) {
          yield BREATHE;
          continue;
        }
        if (context.due()) yield BREATHE;
        let key = '';
        if (repeatable) {
          // Documents with the same variables have the same answer.
          for (const evaluate of letEvaluates) {
            const part = String(groupKeyOf(evaluate(document), context));
            key += `${part.length}:${part}`;
          }
          const known = results.get(key);
          if (known !== undefined) {
            yield attach(document, known);
            continue;
          }
        }
        bind(document);
        const found: BsonValue[] = [];
        if (memory.full) {
          results.clear();
          memory.end();
        }
        for (const item of inner.open(equalityFilter(equalities))) {
          if (item === BREATHE) {
            yield BREATHE;
            continue;
          }
          found.push(item);
          memory.add(item);
          if (!memory.full) continue;
          if (results.size === 0) memory.assertRoom();
          // Answers that may come again make room for the one that is needed now.
          results.clear();
          memory.end();
          for (const one of found) memory.add(one);
        }
        if (repeatable) {
          memory.hold(ENTRY_BYTES);
          results.set(key, found);
        } else memory.end();
        yield attach(document, found);
      }
    } finally {
      memory.end();
    }
  };
}

function groupKeyOf(value: BsonValue | undefined, context: StageContext): string {
  const key = groupKey(value, context.scope.shared.collation);
  // 1 and 1.0 are one key but may be shown differently by the inner pipeline, so the type is part of it.
  return `${typeName(value)}${key}`;
}

interface Equality {
  readonly path: string;
  readonly evaluate: Evaluate;
}

/**
 * Conditions `{ $expr: { $eq: ['$path', value] } }` of the leading $match whose value reads no field. As a query they
 * match at least what the expression does (arrays and null are looser there), so an index can narrow the search, and the
 * expression itself still decides.
 */
function equalitiesOf(stages: readonly Document[], scope: Scope): Equality[] {
  const first = stages[0]?.$match;
  if (!isDocument(first)) return [];
  const found: Equality[] = [];
  const visit = (expression: BsonValue | undefined): void => {
    if (!isDocument(expression)) return;
    if (Array.isArray(expression.$and)) expression.$and.forEach(visit);
    const { $eq: sides } = expression;
    if (!Array.isArray(sides) || sides.length !== 2) return;
    for (const [field, value] of [sides, sides.toReversed()] as [BsonValue, BsonValue][]) {
      if (typeof field !== 'string' || !/^\$[^$]/.test(field)) continue;
      const reads = new FieldReads();
      const { evaluate } = scope.readingInto(reads).compile(value);
      if (!reads.all && reads.fields.size === 0) {
        found.push({ path: field.slice(1), evaluate });
        return;
      }
    }
  };
  for (const part of conjunctsOf(first)) visit(part.$expr);
  return found;
}

function equalityFilter(equalities: readonly Equality[]): Document | undefined {
  const filter: Document = {};
  for (const { path, evaluate } of equalities) {
    const value = evaluate({});
    if (value === undefined || value === null || Array.isArray(value) || value instanceof BsonUndefined) continue;
    filter[path] = { $eq: value };
  }
  return Object.keys(filter).length === 0 ? undefined : filter;
}
