/** The end of a pipeline with `$out` or `$merge`: its documents go into a collection. */
import type { OutputSpec } from '../aggregation/stages/stage.ts';
import { decode, encode } from '../bson/codec.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import type { CollectionWriter, WriteTransaction } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';
import { assertValid } from './document-validation.ts';
import { assertSize } from './stored-form.ts';
import { assertWritable, collectionForWrite, insertDocument, type WriteRules } from './write-document.ts';
import { targetsOf } from './write-targets.ts';

/** Documents that one job merges, so that other writers get their turn. */
const DOCUMENTS_PER_JOB = 500;
const ROWS_PER_LOOK = 64;

export async function writeOutput(
  output: OutputSpec,
  documents: Iterable<Document | Breathe>,
  rules: WriteRules,
  context: CommandContext,
): Promise<void> {
  const results: Document[] = [];
  for (const document of documents) {
    if (document === BREATHE) {
      await context.operation.breathe();
      continue;
    }
    results.push(document);
    if (results.length % ROWS_PER_LOOK === 0 && context.operation.due()) await context.operation.breathe();
  }
  if (output.kind === 'out') {
    await context.write((transaction) => replaceCollection(transaction, output.namespace, results, rules));
    return;
  }
  for (let at = 0; at < results.length; at += DOCUMENTS_PER_JOB) {
    const part = results.slice(at, at + DOCUMENTS_PER_JOB);
    await context.write((transaction) => {
      const collection = collectionForWrite(transaction, output.namespace);
      assertUnique(collection, output.on);
      for (const document of part) mergeOne(collection, document, output, rules);
    });
  }
  if (results.length === 0)
    await context.write((transaction) => void collectionForWrite(transaction, output.namespace));
}

/** All or nothing: the old documents stay if one of the new ones cannot be inserted. Options and indexes are kept. */
function replaceCollection(
  transaction: WriteTransaction,
  namespace: string,
  documents: readonly Document[],
  rules: WriteRules,
): void {
  const existing = transaction.collection(namespace);
  const options = existing?.info.options ?? {};
  if (existing !== null) {
    assertWritable(existing, namespace);
    if (options['capped'] === true)
      throw new MongoError(17152, `namespace '${namespace}' is capped so it can't be used for $out`);
  }
  const indexes = (existing?.info.indexes ?? []).filter(({ name }) => name !== '_id_');
  if (existing !== null) transaction.dropCollection(namespace);
  const collection = transaction.createCollection(namespace, options);
  if (indexes.length > 0) transaction.createIndexes(namespace, indexes);
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
