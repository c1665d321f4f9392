import { readField } from '../bson/codec.ts';
import { groupKey } from '../bson/compare.ts';
import { jsonOf } from '../bson/json.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionInfo, CollectionReader, IndexInfo } from '../storage/storage.ts';
import { anything, boolean, collectionName, isDocument, list, numberOf, object, text } from './arguments.ts';
import { defineCommand } from './command.ts';
import { checkValidation } from './create.ts';

export const collMod = defineCommand({
  name: 'collMod',
  summary: "Changes a collection's options or one of its indexes.",
  arguments: {
    collMod: collectionName,
    index: object.optional(),
    validator: object.optional(),
    validationLevel: text.optional(),
    validationAction: text.optional(),
    viewOn: text.optional(),
    pipeline: list.optional(),
    changeStreamPreAndPostImages: object.optional(),
    expireAfterSeconds: anything,
    cappedSize: anything,
    cappedMax: anything,
    dryRun: boolean.default(false),
    comment: anything,
  },
  apiVersion1: true,
  run(args, context) {
    const namespace = context.namespace(args.collMod);
    return context.write((transaction) => {
      const info = transaction.collection(namespace)?.info;
      if (info === undefined) throw new MongoError('NamespaceNotFound', `ns does not exist: ${namespace}`);
      const reply: Document = { ok: 1 };
      const options = changedOptions(info, args);
      if (args.index !== undefined) {
        const change = changedIndex(info, args.index);
        Object.assign(reply, change.reply);
        if (!args.dryRun) {
          if (change.index.options['unique'] === true)
            assertNoDuplicates(transaction.collection(namespace), change.index);
          if (change.rebuilds) {
            transaction.dropIndex(namespace, change.index.name);
            transaction.createIndexes(namespace, [change.index]);
          } else transaction.setIndexOptions(namespace, change.index.name, change.index.options);
        }
      }
      if (!args.dryRun && options !== null) transaction.setCollectionOptions(namespace, options);
      return reply;
    });
  },
});

function changedOptions(info: CollectionInfo, args: Readonly<Record<string, unknown>>): Document | null {
  const changes: Document = {};
  for (const name of ['validator', 'validationLevel', 'validationAction', 'changeStreamPreAndPostImages'] as const) {
    if (args[name] !== undefined) changes[name] = args[name] as Document;
  }
  if (args['viewOn'] !== undefined || args['pipeline'] !== undefined) {
    if (info.type !== 'view') throw new MongoError('InvalidOptions', 'option only supported on a view: viewOn');
    if (args['viewOn'] !== undefined) changes['viewOn'] = args['viewOn'] as string;
    if (args['pipeline'] !== undefined) changes['pipeline'] = args['pipeline'] as Document[];
  } else if (info.type === 'view' && Object.keys(changes).length > 0) {
    throw new MongoError('InvalidOptions', 'option not supported on a view');
  }
  if (args['cappedSize'] !== undefined) changes['size'] = args['cappedSize'] as number;
  if (args['cappedMax'] !== undefined) changes['max'] = args['cappedMax'] as number;
  if ((changes['size'] ?? changes['max']) !== undefined && info.options['capped'] !== true) {
    throw new MongoError('InvalidOptions', 'isCapped check failed: the collection is not capped');
  }
  const expire = args['expireAfterSeconds'];
  if (expire !== undefined && info.options['timeseries'] !== undefined) {
    changes['expireAfterSeconds'] = expire as number;
  } else if (expire !== undefined) {
    throw new MongoError(
      'InvalidOptions',
      "'expireAfterSeconds' is only supported on time-series or clustered collections",
    );
  }
  checkValidation(changes);
  const { validator, changeStreamPreAndPostImages: images } = changes;
  if (isDocument(images) && typeof images['enabled'] !== 'boolean') {
    throw new MongoError(
      'IDLFailedToParse',
      "BSON field 'changeStreamPreAndPostImages.enabled' is missing but a required field",
    );
  }
  if (Object.keys(changes).length === 0) return null;
  const options: Document = { ...info.options, ...changes };
  // An empty validator takes it away.
  if (isDocument(validator) && Object.keys(validator).length === 0) delete options['validator'];
  if (options['expireAfterSeconds'] === 'off') delete options['expireAfterSeconds'];
  return options;
}

interface ChangedIndex {
  readonly index: Pick<IndexInfo, 'name' | 'key' | 'options'>;
  /** Unique keys are stored in another way. */
  readonly rebuilds: boolean;
  readonly reply: Document;
}

function changedIndex(info: CollectionInfo, wanted: Document): ChangedIndex {
  const { name, keyPattern, hidden, expireAfterSeconds, prepareUnique, unique, ...unknown } = wanted;
  const strange = Object.keys(unknown)[0];
  if (strange !== undefined)
    throw new MongoError('IDLUnknownField', `BSON field 'collMod.index.${strange}' is an unknown field.`);
  if ((name === undefined) === (keyPattern === undefined)) {
    throw new MongoError('InvalidOptions', 'must specify either index name or key pattern');
  }
  const keyText = jsonOf(keyPattern);
  const index = info.indexes.find((one) => (name === undefined ? jsonOf(one.key) === keyText : one.name === name));
  if (index === undefined)
    throw new MongoError('IndexNotFound', `cannot find index ${String(name ?? keyText)} for ns ${info.namespace}`);
  const options: Document = { ...index.options };
  const reply: Document = {};
  if (hidden !== undefined) {
    if (index.name === '_id_') throw new MongoError('BadValue', "can't hide _id index");
    reply['hidden_old'] = index.options['hidden'] === true;
    reply['hidden_new'] = hidden;
    if (hidden === true) options['hidden'] = true;
    else delete options['hidden'];
  }
  if (expireAfterSeconds !== undefined) {
    const seconds = numberOf(expireAfterSeconds);
    if (seconds === undefined || seconds < 0)
      throw new MongoError(
        'InvalidOptions',
        "TTL index 'expireAfterSeconds' option must be within an acceptable range",
      );
    if (index.options['expireAfterSeconds'] !== undefined)
      reply['expireAfterSeconds_old'] = BigInt(numberOf(index.options['expireAfterSeconds']) ?? 0);
    reply['expireAfterSeconds_new'] = BigInt(seconds);
    options['expireAfterSeconds'] = seconds;
  }
  if (prepareUnique !== undefined) {
    reply['prepareUnique_old'] = index.options['prepareUnique'] === true;
    reply['prepareUnique_new'] = prepareUnique;
    if (prepareUnique === true) options['prepareUnique'] = true;
    else delete options['prepareUnique'];
  }
  if (unique !== undefined) {
    if (index.options['prepareUnique'] !== true && index.options['unique'] !== true) {
      throw new MongoError(
        'InvalidOptions',
        'Cannot make index unique with collMod without first setting prepareUnique',
      );
    }
    reply['unique_new'] = true;
    options['unique'] = true;
    delete options['prepareUnique'];
  }
  const rebuilds = options['unique'] !== index.options['unique'];
  return { index: { name: index.name, key: index.key, options }, rebuilds, reply };
}

/** An index becomes unique only when no two documents share a key; the fault names those that do. */
function assertNoDuplicates(collection: CollectionReader | null, { key }: Pick<IndexInfo, 'key'>): void {
  const paths = Object.keys(key);
  const idsByKey = new Map<string, BsonValue[]>();
  for (const { raw } of collection?.scan() ?? []) {
    const text = JSON.stringify(paths.map((path) => groupKey(readField(raw, path) ?? null)));
    const ids = idsByKey.get(text);
    const id = readField(raw, '_id') as BsonValue;
    if (ids === undefined) idsByKey.set(text, [id]);
    else ids.push(id);
  }
  const violations = [...idsByKey.values()].filter((ids) => ids.length > 1).map((ids) => ({ ids }));
  if (violations.length > 0) {
    throw new MongoError(
      'CannotConvertIndexToUnique',
      'Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.',
      { extra: { violations } },
    );
  }
}
