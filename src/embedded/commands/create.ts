import { compileCollation } from '../bson/collation.ts';
import { jsonOf } from '../bson/json.ts';
import type { Document } from '../bson/values.ts';
import { rememberCollationKeys } from '../collated-indexes.ts';
import { MongoError } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { anything, boolean, collectionName, isDocument, list, numberOf, object, text } from './arguments.ts';
import { defineCommand } from './command.ts';
import { timeSeriesOptions } from './time-series.ts';

export const VALIDATION_LEVELS: readonly string[] = ['off', 'strict', 'moderate'];
export const VALIDATION_ACTIONS: readonly string[] = ['error', 'warn', 'errorAndLog'];

export const create = defineCommand({
  name: 'create',
  summary: 'Creates a collection or a view.',
  arguments: {
    create: collectionName,
    capped: boolean.optional(),
    size: anything,
    max: anything,
    autoIndexId: anything,
    idIndex: anything,
    validator: object.optional(),
    validationLevel: text.optional(),
    validationAction: text.optional(),
    viewOn: text.optional(),
    pipeline: list.optional(),
    collation: object.optional(),
    timeseries: anything,
    expireAfterSeconds: anything,
    clusteredIndex: anything,
    changeStreamPreAndPostImages: object.optional(),
    encryptedFields: anything,
    storageEngine: anything,
    indexOptionDefaults: anything,
    recordIdsReplicated: anything,
    flags: anything,
    comment: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    const namespace = context.namespace(args.create);
    const options = collectionOptions(args);
    await context.write((transaction) => {
      const existing = transaction.collection(namespace);
      if (existing !== null) {
        if (
          existing.info.type === (args.viewOn === undefined ? 'collection' : 'view') &&
          sameOptions(existing.info.options, options)
        )
          return;
        throw new MongoError('NamespaceExists', `Collection ${namespace} already exists.`);
      }
      if (options['collation'] !== undefined) rememberCollationKeys(transaction);
      transaction.createCollection(namespace, options, args.viewOn === undefined ? 'collection' : 'view');
    });
    return { ok: 1 };
  },
});

function sameOptions(a: Document, b: Document): boolean {
  return jsonOf(a) === jsonOf(b);
}

interface CreateArguments {
  readonly [name: string]: unknown;
}

/** The options to keep, checked. */
function collectionOptions(args: CreateArguments): Document {
  for (const name of ['encryptedFields', 'storageEngine']) {
    if (args[name] !== undefined) {
      throw new MongoError('CommandNotSupported', `the option '${name}' of create is not supported by this server`);
    }
  }
  const options: Document = {};
  for (const name of [
    'capped',
    'size',
    'max',
    'validator',
    'validationLevel',
    'validationAction',
    'viewOn',
    'pipeline',
    'collation',
    'expireAfterSeconds',
    'clusteredIndex',
    'changeStreamPreAndPostImages',
  ]) {
    const value = args[name];
    if (value !== undefined && value !== null) options[name] = value as Document;
  }
  if (isDocument(options['collation'])) {
    const collation = compileCollation(options['collation']);
    if (collation === null) delete options['collation'];
    else options['collation'] = collation.spec;
  }
  if (options['capped'] === true) {
    if (options['size'] === undefined)
      throw new MongoError('InvalidOptions', "the 'size' field is required when 'capped' is true");
    const size = numberOf(options['size']);
    if (size === undefined || size < 1)
      throw new MongoError('InvalidOptions', 'Collection size must be a positive number');
  } else if (options['capped'] === false) {
    delete options['capped'];
  } else if (options['size'] !== undefined || options['max'] !== undefined) {
    throw new MongoError(
      'InvalidOptions',
      "the 'capped' field needs to be true when either the 'size' or 'max' fields are present",
    );
  }
  if (args['timeseries'] !== undefined) options['timeseries'] = timeSeriesOptions(args['timeseries'], options);
  if (
    options['expireAfterSeconds'] !== undefined &&
    options['clusteredIndex'] === undefined &&
    options['timeseries'] === undefined
  ) {
    throw new MongoError(
      'InvalidOptions',
      "'expireAfterSeconds' is only supported on time-series collections or when the 'clusteredIndex' option is specified",
    );
  }
  if (options['clusteredIndex'] !== undefined) checkClusteredIndex(options['clusteredIndex']);
  if (options['pipeline'] !== undefined && options['viewOn'] === undefined) {
    throw new MongoError('InvalidOptions', "'pipeline' requires 'viewOn' to also be specified");
  }
  checkValidation(options);
  return options;
}

function checkClusteredIndex(value: unknown): void {
  const spec = value as Document;
  if (!isDocument(spec)) return;
  const key = spec['key'];
  if (!isDocument(key) || Object.keys(key).join() !== '_id' || numberOf(key['_id']) !== 1) {
    throw new MongoError(
      'InvalidIndexSpecificationOption',
      'The clusteredIndex option is not supported for keys other than {_id: 1}',
    );
  }
  if (spec['unique'] !== true)
    throw new MongoError('BadValue', 'The clusteredIndex option requires unique: true to be specified');
}

/** Also for collMod. */
export function checkValidation(options: Document): void {
  const { validator, validationLevel, validationAction } = options;
  if (typeof validationLevel === 'string' && !VALIDATION_LEVELS.includes(validationLevel)) {
    throw new MongoError(
      'BadValue',
      `Enumeration value '${validationLevel}' for field 'create.validationLevel' is not a valid value.`,
    );
  }
  if (typeof validationAction === 'string' && !VALIDATION_ACTIONS.includes(validationAction)) {
    throw new MongoError(
      'BadValue',
      `Enumeration value '${validationAction}' for field 'create.validationAction' is not a valid value.`,
    );
  }
  if (isDocument(validator)) compileFilter(validator);
}
