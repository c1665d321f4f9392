/** The end of a pipeline with `$out` or `$merge`: its documents go into a collection. */
import { randomUUID } from 'node:crypto';
import type { OutputSpec } from '../aggregation/stages/stage.ts';
import { decode, encode } from '../bson/codec.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import type { CollectionWriter, Storage, WriteTransaction } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';
import { assertValid } from './document-validation.ts';
import { assertSize } from './stored-form.ts';
import { assertWritable, collectionForWrite, insertDocument, type WriteRules } from './write-document.ts';
import { targetsOf } from './write-targets.ts';

/** Documents that one job inserts or merges, so that other writers get their turn. */
const DOCUMENTS_PER_INSERT = 250;
const DOCUMENTS_PER_MERGE = 100;
/** The name of a collection that is being filled, as MongoDB has it. What a crash left of one goes at the next start. */
const TEMPORARY = 'tmp.agg_out.';

export async function writeOutput(
  output: OutputSpec,
  documents: Iterable<Document | Breathe>,
  rules: WriteRules,
  context: CommandContext,
): Promise<void> {
  const size = output.kind === 'out' ? DOCUMENTS_PER_INSERT : DOCUMENTS_PER_MERGE;
  const parts = inParts(documents, size, context);
  try {
    if (output.kind === 'out') await replace(output.namespace, parts, rules, context);
    else await merge(output, parts, rules, context);
  } finally {
    await parts.return();
  }
}

async function* inParts(
  documents: Iterable<Document | Breathe>,
  size: number,
  { operation }: CommandContext,
): AsyncGenerator<Document[], void> {
  let part: Document[] = [];
  for (const document of documents) {
    if (document === BREATHE) {
      await operation.breathe();
      continue;
    }
    part.push(document);
    if (part.length === size) {
      yield part;
      part = [];
      await operation.breathe();
    }
  }
  yield part;
}

/** What fits into one part is written in one step; more goes into a collection beside, which then takes the place. */
async function replace(
  namespace: string,
  parts: AsyncGenerator<Document[], void>,
  rules: WriteRules,
  context: CommandContext,
): Promise<void> {
  const [first, second] = [await parts.next(), await parts.next()];
  if (second.done === true) {
    await context.write((transaction) => replaceCollection(transaction, namespace, first.value ?? [], rules));
    return;
  }
  const database = namespace.slice(0, namespace.indexOf('.'));
  const beside = `${database}.${TEMPORARY}${randomUUID()}`;
  const insert = (part: readonly Document[]) =>
    context.write((transaction) => {
      const collection = transaction.collection(beside) as CollectionWriter;
      for (const document of part) insertDocument(collection, encode(document), rules);
    });
  try {
    await context.write((transaction) => void makeLike(transaction, namespace, beside));
    await insert(first.value as Document[]);
    await insert(second.value);
    for await (const part of parts) await insert(part);
    await context.write((transaction) => {
      assertReplaceable(transaction, namespace);
      transaction.dropCollection(namespace);
      transaction.renameCollection(beside, namespace);
    });
  } catch (error) {
    // Past the operation, which may have been killed.
    await context.storage.write((transaction) => void transaction.dropCollection(beside));
    throw error;
  }
}

async function merge(
  output: Extract<OutputSpec, { kind: 'merge' }>,
  parts: AsyncGenerator<Document[], void>,
  rules: WriteRules,
  context: CommandContext,
): Promise<void> {
  for await (const part of parts) {
    await context.write((transaction) => {
      const collection = collectionForWrite(transaction, output.namespace);
      if (part.length > 0) assertUnique(collection, output.on);
      for (const document of part) mergeOne(collection, document, output, rules);
    });
  }
}

/** To be called at the start: collections that a crash left half filled are of no use to anybody. */
export async function dropTemporaryCollections(storage: Storage): Promise<void> {
  using snapshot = storage.snapshot();
  const left = snapshot
    .collections()
    .map(({ namespace }) => namespace)
    .filter((namespace) => namespace.slice(namespace.indexOf('.') + 1).startsWith(TEMPORARY));
  if (left.length === 0) return;
  await storage.write((transaction) => {
    for (const namespace of left) transaction.dropCollection(namespace);
  });
}

function assertReplaceable(transaction: WriteTransaction, namespace: string): CollectionWriter | null {
  const existing = transaction.collection(namespace);
  if (existing === null) return null;
  assertWritable(existing, namespace);
  if (existing.info.options['capped'] === true)
    throw new MongoError(17152, `namespace '${namespace}' is capped so it can't be used for $out`);
  return existing;
}

/** An empty collection with the options and indexes of another, where that exists. */
function makeLike(transaction: WriteTransaction, namespace: string, made: string): CollectionWriter {
  const existing = assertReplaceable(transaction, namespace);
  const indexes = (existing?.info.indexes ?? []).filter(({ name }) => name !== '_id_');
  const options = existing?.info.options ?? {};
  if (made === namespace && existing !== null) transaction.dropCollection(namespace);
  const collection = transaction.createCollection(made, options);
  if (indexes.length > 0) transaction.createIndexes(made, indexes);
  return collection;
}

/** All or nothing: the old documents stay if one of the new ones cannot be inserted. Options and indexes are kept. */
function replaceCollection(
  transaction: WriteTransaction,
  namespace: string,
  documents: readonly Document[],
  rules: WriteRules,
): void {
  const collection = makeLike(transaction, namespace, namespace);
  for (const document of documents) insertDocument(collection, encode(document), rules);
}

function assertUnique(collection: CollectionWriter, on: readonly string[]): void {
  const wanted = [...on].sort().join();
  const found = collection.info.indexes.some(
    ({ name, key, options }) =>
      (name === '_id_' || options['unique'] === true) &&
      options['partialFilterExpression'] === undefined &&
      Object.keys(key).sort().join() === wanted,
  );
  if (!found) throw new MongoError(51183, 'Cannot find index to verify that join fields will be unique');
}

function mergeOne(
  collection: CollectionWriter,
  document: Document,
  output: Extract<OutputSpec, { kind: 'merge' }>,
  rules: WriteRules,
): void {
  const target =
    output.whenMatched === 'fail'
      ? undefined
      : targetsOf(collection, { filter: keyFilter(document, output.on), limit: 1 })[0];
  if (target === undefined) {
    // Where a match is a fault, the insert itself finds it, and says which key it was.
    if (output.whenNotMatched === 'insert' || output.whenMatched === 'fail')
      insertDocument(collection, encode(document), rules);
    else if (output.whenNotMatched === 'fail') {
      throw new MongoError(
        13113,
        '$merge could not find a matching document in the target collection for at least one document in the source collection',
      );
    }
    return;
  }
  const combined = output.combine(decode(target.raw), document);
  if (combined === null) return;
  const raw = encode(combined);
  assertSize(raw.length);
  if (!rules.bypassValidation) assertValid(collection.info, raw, target.raw);
  collection.update(target.recordId, raw, output.whenMatched === 'replace' ? 'replace' : 'update');
}

function keyFilter(document: Document, on: readonly string[]): Document {
  const filter: Document = {};
  for (const path of on) {
    const value = path
      .split('.')
      .reduce<BsonValue | undefined>(
        (at, name) => (typeof at === 'object' && at !== null ? (at as Document)[name] : undefined),
        document,
      );
    if (value === undefined && path !== '_id') {
      throw new MongoError(
        51132,
        `$merge write error: 'on' field '${path}' cannot be missing, null, undefined or an array`,
      );
    }
    // A result without _id gets a new one, which matches nothing.
    filter[path] = value === undefined ? { $in: [] } : { $eq: value };
  }
  return filter;
}
