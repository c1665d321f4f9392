/** Updates as functions: operators, replacement documents, and pipelines. */
import { bsonTypeName, type Collation, equalValues, isDocument, type MaybeValue } from '../bson/compare.ts';
import { type BsonValue, type Document, ObjectId, Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CompiledFilter } from '../query/filter.ts';
import { readField } from '../query/paths.ts';
import { show } from '../query/show.ts';
import { ArrayFilters } from './array-filters.ts';
import * as arrays from './array-modifiers.ts';
import * as fields from './field-modifiers.ts';
import { identical } from './identical.ts';
import type { ModifierOptions, ModifierParser } from './modifier.ts';
import { parseRename } from './rename.ts';
import { dollarPrefixedField, identifierOf, parseUpdatePath } from './update-path.ts';
import { addToTree, applyTree, emptyBranch, type UpdateBranch, type UpdateRun } from './update-tree.ts';
import { documentFromEqualities, equalitiesOf } from './upsert-base.ts';

/** Runs an update's pipeline on one document; aggregation lends it, because updates must not import it. */
export type CompilePipeline = (stages: readonly Document[], variables?: Document) => (document: Document) => Document;

export interface UpdateOptions {
  /** The compiled query: `$` needs it to know which element matched, an upsert to know what must be equal. */
  readonly filter?: CompiledFilter;
  readonly arrayFilters?: readonly BsonValue[];
  readonly collation?: Collation | null;
  /** The command's `let`, and `c` of an update with constants. */
  readonly variables?: Document;
  readonly compilePipeline?: CompilePipeline;
  readonly now?: () => Date;
  /** For `$currentDate` and for empty timestamps in replacements. */
  readonly nextTimestamp?: () => Timestamp;
}

export interface CompiledUpdate {
  readonly kind: 'operators' | 'replacement' | 'pipeline';
  /**
   * The document after the update: the very same object when nothing changes, else a new one, sharing what is untouched.
   * `_id` stays; a try to change it throws ImmutableField.
   */
  apply(document: Document): Document;
  /** The document that an upsert inserts when nothing matched: `_id` first, made if neither query nor update gives it. */
  upsertDocument(): Document;
}

const modifiers: Readonly<Record<string, ModifierParser>> = {
  $addToSet: arrays.addToSet,
  $bit: fields.bit,
  $currentDate: fields.currentDate,
  $inc: fields.inc,
  $max: fields.max,
  $min: fields.min,
  $mul: fields.mul,
  $pop: arrays.pop,
  $pull: arrays.pull,
  $pullAll: arrays.pullAll,
  $push: arrays.push,
  $set: fields.set,
  $setOnInsert: fields.setOnInsert,
  $unset: fields.unset,
};

/** Throws MongoDB's errors for whatever can be known to be wrong without a document. */
export function compileUpdate(update: BsonValue, options: UpdateOptions = {}): CompiledUpdate {
  if (Array.isArray(update)) return pipelineUpdate(update, options);
  if (!isDocument(update)) {
    throw new MongoError('FailedToParse', 'Update argument must be either an object or an array');
  }
  return Object.keys(update)[0]?.startsWith('$') === true
    ? operatorUpdate(update, options)
    : replacementUpdate(update, options);
}

function operatorUpdate(update: Document, options: UpdateOptions): CompiledUpdate {
  const modifierOptions: ModifierOptions = {
    collation: options.collation ?? null,
    now: options.now ?? (() => new Date()),
    nextTimestamp: options.nextTimestamp ?? currentTimestamp,
  };
  const filters = new ArrayFilters(options.arrayFilters ?? [], modifierOptions.collation);
  const tree = parseOperators(update, filters, modifierOptions);
  filters.assertAllUsed(update);

  const run = (document: Document, isInsert: boolean): UpdateRun => {
    let position: number | null | undefined;
    return {
      original: document,
      isInsert,
      position: () =>
        position === undefined ? (position = options.filter?.matchedPosition(document) ?? null) : position,
      elementMatches: (identifier, element) => filters.matches(identifier, element),
    };
  };
  const apply = (document: Document, isInsert: boolean): Document => {
    const result = applyTree(tree, document, run(document, isInsert));
    if (result === document) return document;
    const id = readField(document, '_id');
    if (id === undefined) return result;
    const newId = readField(result, '_id');
    if (!equalValues(newId, id)) {
      throw new MongoError(
        'ImmutableField',
        "Performing an update on the path '_id' would modify the immutable field '_id'",
      );
    }
    // 1.0 for 1 is allowed, and changes nothing.
    return identical(newId, id) ? result : keepingId(document, result);
  };
  return {
    kind: 'operators',
    apply: (document) => apply(document, false),
    upsertDocument: () => withId(apply(upsertBase(options), true)),
  };
}

function parseOperators(update: Document, filters: ArrayFilters, options: ModifierOptions): UpdateBranch {
  const tree = emptyBranch();
  const add = (components: readonly string[], modifier: Parameters<typeof addToTree>[2]) => {
    for (const component of components) {
      const identifier = identifierOf(component);
      if (identifier) filters.use(identifier, components.join('.'));
    }
    addToTree(tree, components, modifier);
  };
  for (const operator of Object.keys(update)) {
    const parser = Object.hasOwn(modifiers, operator) ? modifiers[operator] : undefined;
    if (parser === undefined && operator !== '$rename') {
      throw new MongoError(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    const targets = update[operator];
    if (!isDocument(targets)) {
      throw new MongoError(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${bsonTypeName(targets)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${show(targets)}}`,
      );
    }
    for (const path of Object.keys(targets)) {
      const argument = targets[path] as BsonValue;
      if (parser === undefined) {
        const { target, take, put } = parseRename(path, argument);
        add(parseUpdatePath(path), take);
        add(target, put);
      } else {
        const components = parseUpdatePath(path);
        add(components, parser(argument, path, options));
      }
    }
  }
  return tree;
}

function replacementUpdate(replacement: Document, options: UpdateOptions): CompiledUpdate {
  if (options.arrayFilters !== undefined && options.arrayFilters.length > 0) {
    throw new MongoError('FailedToParse', 'arrayFilters may not be specified for replacement-style updates');
  }
  const nextTimestamp = options.nextTimestamp ?? currentTimestamp;
  return {
    kind: 'replacement',
    apply(document) {
      for (const name of Object.keys(replacement)) if (name.startsWith('$')) throw dollarPrefixedField(name);
      const result = withTimestamps(keepingId(document, replacement), nextTimestamp);
      return identical(result, document) ? document : result;
    },
    upsertDocument() {
      const { _id } = upsertBase(options);
      const base: Document = _id === undefined ? {} : { _id };
      return withId(withTimestamps(keepingId(base, replacement), nextTimestamp));
    },
  };
}

/** An empty timestamp at the top level means "now", as on insert. */
function withTimestamps(document: Document, nextTimestamp: () => Timestamp): Document {
  for (const name of Object.keys(document)) {
    const value = document[name];
    if (name !== '_id' && value instanceof Timestamp && value.high === 0 && value.low === 0) {
      document[name] = nextTimestamp();
    }
  }
  return document;
}

const updateStages = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

function pipelineUpdate(stages: readonly BsonValue[], options: UpdateOptions): CompiledUpdate {
  if (options.arrayFilters !== undefined && options.arrayFilters.length > 0) {
    throw new MongoError('FailedToParse', 'arrayFilters may not be specified for pipeline-syle updates');
  }
  for (const stage of stages) {
    if (!isDocument(stage)) {
      throw new MongoError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    }
    const name = Object.keys(stage)[0];
    if (name !== undefined && !updateStages.has(name)) {
      throw new MongoError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  if (options.compilePipeline === undefined) {
    throw new MongoError('FailedToParse', 'Pipeline-style updates are not allowed in this context');
  }
  const run = options.compilePipeline(stages as Document[], options.variables);
  const apply = (document: Document): Document => {
    const result = keepingId(document, run(document));
    return identical(result, document) ? document : result;
  };
  return { kind: 'pipeline', apply, upsertDocument: () => withId(apply(upsertBase(options))) };
}

/** `_id` first and as it was. */
function keepingId(before: Document, after: Document): Document {
  const id = readField(before, '_id');
  const newId = readField(after, '_id');
  if (id !== undefined && newId !== undefined && !equalValues(id, newId)) {
    throw new MongoError(
      'ImmutableField',
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(newId)}`,
    );
  }
  const kept = id ?? newId;
  if (kept === undefined) return { ...after };
  const result: Document = { _id: kept, ...after };
  result._id = kept;
  return result;
}

function upsertBase({ filter }: UpdateOptions): Document {
  return filter === undefined ? {} : documentFromEqualities(equalitiesOf(filter.tree));
}

function withId(document: Document): Document {
  const id: MaybeValue = readField(document, '_id');
  if (id === undefined) return { _id: new ObjectId(), ...document };
  assertId(id);
  return Object.keys(document)[0] === '_id' ? document : { _id: id, ...document };
}

function assertId(id: BsonValue): void {
  const type = bsonTypeName(id);
  if (type === 'array' || type === 'regex' || type === 'undefined') {
    throw new MongoError('InvalidIdField', `The '_id' value cannot be of type ${type}`);
  }
  if (isDocument(id)) {
    for (const name of Object.keys(id)) {
      if (name.startsWith('$')) {
        throw new MongoError(
          'DollarPrefixedFieldName',
          `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`,
        );
      }
    }
  }
}

let lastIncrement = 0;

function currentTimestamp(): Timestamp {
  lastIncrement += 1;
  return new Timestamp({ t: Math.floor(Date.now() / 1000), i: lastIncrement });
}
