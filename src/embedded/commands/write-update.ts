/** One update statement: finds the documents, changes them, or inserts one where the statement is an upsert. */
import { compilePipeline as compileStages } from '../aggregation/index.ts';
import { decode, encode } from '../bson/codec.ts';
import { compileCollation } from '../bson/compare.ts';
import type { BsonValue, Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { evaluateVariables, expressionCompiler } from '../planner/expressions.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import type { Statements } from '../sessions/retryable.ts';
import type { Executed } from '../sessions/session-records.ts';
import type { CollectionReader, CollectionWriter, RecordId, WriteTransaction } from '../storage/storage.ts';
import { beginStroke } from '../stroke.ts';
import { type CompiledUpdate, type CompilePipeline, compileUpdate } from '../update/index.ts';
import type { CommandContext } from './command.ts';
import { assertValid } from './document-validation.ts';
import type { Found } from './scout.ts';
import { assertSize } from './stored-form.ts';
import { assertMayUpdate } from './time-series.ts';
import {
  assertPreparedUnique,
  assertWritable,
  collectionForWrite,
  insertDocument,
  type WriteRules,
} from './write-document.ts';
import { findMany, writeMany } from './write-many.ts';
import { type Target, targetsOf } from './write-targets.ts';

export interface UpdateStatement {
  readonly filter: Document;
  /** Operators or a whole document; or the stages of a pipeline. */
  readonly update: BsonValue;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly sort?: Document | undefined;
  readonly hint?: string | Document | undefined;
  readonly collation?: Document | undefined;
  readonly arrayFilters?: readonly BsonValue[] | undefined;
  /** The command's `let`. */
  readonly variables?: Document | undefined;
  /** `c` of a pipeline update. */
  readonly constants?: Document | undefined;
  /** What a search before the write has found. */
  readonly found?: Found | undefined;
}

export interface UpdateOutcome {
  readonly matched: number;
  readonly modified: number;
  /** Undefined where nothing was inserted. */
  readonly upsertedId?: BsonValue | undefined;
  /** Of a single update: the document before and after. */
  readonly before?: RawDocument | undefined;
  readonly after?: RawDocument | undefined;
}

const PIPELINE_UPDATE_STAGES = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

const compilePipeline: CompilePipeline = (stages, variables) => {
  for (const stage of stages) {
    const name = Object.keys(stage)[0] ?? '';
    if (!PIPELINE_UPDATE_STAGES.has(name)) {
      throw new MongoError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  const pipeline = compileStages(stages, {
    namespace: 'update',
    source: { open: () => [] },
    now: new Date(),
    variables: variables as Readonly<Record<string, BsonValue>> | undefined,
  });
  return (document) => {
    // What is bounded is what one of a statement's documents may take.
    beginStroke();
    for (const result of pipeline.run([document])) return result;
    return document;
  };
};

export function runUpdate(
  transaction: WriteTransaction,
  namespace: string,
  statement: UpdateStatement,
  rules: WriteRules,
): UpdateOutcome {
  const existing = transaction.collection(namespace);
  if (existing !== null) {
    assertWritable(existing, namespace);
    assertMayUpdate(existing.info, statement);
  }
  const { update } = compileStatement(statement, existing);
  if (statement.multi && update.kind === 'replacement') {
    throw new MongoError('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  const targets =
    existing === null
      ? []
      : targetsOf(existing, {
          filter: statement.filter,
          sort: statement.sort ?? {},
          limit: statement.multi ? 0 : 1,
          hint: statement.hint,
          collation: statement.collation,
          variables: statement.variables,
          found: statement.found,
          upsert: statement.upsert,
        });
  if (targets.length === 0) {
    if (!statement.upsert) return { matched: 0, modified: 0 };
    return upsert(collectionForWrite(transaction, namespace), update, rules);
  }
  let modified = 0;
  let after: RawDocument | undefined;
  for (const target of targets) {
    after = applyTo(existing as CollectionWriter, target, update, rules);
    if (after !== target.raw) modified += 1;
  }
  return { matched: targets.length, modified, before: targets[0]?.raw, after };
}

/** The update that is one statement of its command; not again where it was done before. */
export function updateOnce(
  transaction: WriteTransaction,
  namespace: string,
  statement: UpdateStatement,
  rules: WriteRules,
  { index, statements }: { readonly index: number; readonly statements: Statements },
): UpdateOutcome {
  const done = statements.recall(index);
  if (done !== undefined) return outcomeOf(done);
  statements.begin();
  const outcome = runUpdate(transaction, namespace, statement, rules);
  if (outcome.upsertedId !== undefined) statements.remember(index, { operation: 'insert', id: outcome.upsertedId });
  else if (outcome.modified > 0) statements.remember(index, { operation: 'update' });
  return outcome;
}

function outcomeOf({ operation, id }: Executed): UpdateOutcome {
  if (operation === 'update') return { matched: 1, modified: 1 };
  if (operation === 'insert' && id !== undefined) return { matched: 0, modified: 0, upsertedId: id };
  throw new MongoError(
    40638,
    `update retry request is not compatible with previous write in the transaction of type: ${operation}`,
  );
}

/** An update of many documents in jobs of a few hundred; undefined where one job is enough. */
export async function runUpdateInParts(
  context: CommandContext,
  namespace: string,
  statement: UpdateStatement,
  rules: WriteRules,
): Promise<(UpdateOutcome & { error: MongoError | undefined }) | undefined> {
  const found = await findMany(context, namespace, {
    filter: statement.filter,
    hint: statement.hint,
    collation: statement.collation,
    variables: statement.variables,
  });
  // What is to be inserted is looked for once more, in the job that inserts it.
  if (found === undefined || (found.recordIds.length === 0 && statement.upsert)) return undefined;
  using view = context.openView();
  const info = view.collection(namespace)?.info;
  if (info !== undefined) assertMayUpdate(info, statement);
  const { filter, update } = compileStatement(statement, view.collection(namespace));
  const { matched, changed, error } = await writeMany(context, namespace, found, {
    change(raw) {
      const document = decode(raw);
      return filter.matches(document) ? changedBytes(update, document, raw) : undefined;
    },
    write: (collection, recordId, raw, after) => put(collection, { recordId, raw }, after, update, rules) !== raw,
  });
  return { matched, modified: changed, error };
}

function compileStatement(
  statement: UpdateStatement,
  collection: CollectionReader | null,
): { filter: CompiledFilter; update: CompiledUpdate } {
  const own = collection?.info.options['collation'] as Document | undefined;
  const collation = compileCollation(statement.collation ?? own);
  const { arrayFilters, constants } = statement;
  if (constants !== undefined && !Array.isArray(statement.update)) {
    throw new MongoError(51198, 'Constant values may only be specified for pipeline updates');
  }
  const variables = statement.variables === undefined ? undefined : evaluateVariables(statement.variables, new Date());
  const filter = compileFilter(statement.filter, {
    collation,
    compileExpression: expressionCompiler(collation, new Date()),
    ...(variables === undefined ? {} : { variables }),
  });
  const update = compileUpdate(statement.update, {
    filter,
    collation,
    compilePipeline,
    ...(arrayFilters === undefined ? {} : { arrayFilters }),
    ...(variables === undefined && constants === undefined ? {} : { variables: { ...variables, ...constants } }),
  });
  return { filter, update };
}

/** Returns the document's bytes afterwards; the very same ones where nothing changed. */
function applyTo(collection: CollectionWriter, target: Target, update: CompiledUpdate, rules: WriteRules): RawDocument {
  return put(collection, target, changedBytes(update, decode(target.raw), target.raw), update, rules);
}

/** The very same bytes where nothing changes. */
function changedBytes(update: CompiledUpdate, document: Document, raw: RawDocument): RawDocument {
  const changed = update.apply(document);
  if (changed === document) return raw;
  const bytes = encode(changed);
  assertSize(bytes.length);
  return bytes;
}

function put(
  collection: CollectionWriter,
  target: Target,
  raw: RawDocument,
  update: CompiledUpdate,
  rules: WriteRules,
): RawDocument {
  if (raw === target.raw) return raw;
  if (!rules.bypassValidation) assertValid(collection.info, raw, target.raw);
  assertPreparedUnique(collection, raw, target.recordId);
  const reason = update.kind === 'replacement' ? 'replace' : 'update';
  return collection.update(target.recordId, raw, reason) ? raw : target.raw;
}

function upsert(collection: CollectionWriter, update: CompiledUpdate, rules: WriteRules): UpdateOutcome {
  const document = update.upsertDocument();
  const raw = encode(document);
  const recordId: RecordId = insertDocument(collection, raw, rules);
  const after = collection.get(recordId);
  return {
    matched: 0,
    modified: 0,
    upsertedId: document['_id'] as BsonValue,
    after: after === undefined ? raw : Uint8Array.prototype.slice.call(after),
  };
}
