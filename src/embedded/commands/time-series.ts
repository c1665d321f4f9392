/**
 * Time-series collections: measurements with a time, kept as plain documents (there is no bucket storage here). What clients
 * see of them is MongoDB's: the options, the type, the rules for documents, and `_id` that need not be unique.
 */
import { readField } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionInfo } from '../storage/storage.ts';
import { anything, isDocument, numberOf, readArguments, text } from './arguments.ts';

const GRANULARITIES: readonly string[] = ['seconds', 'minutes', 'hours'];
/** What a bucket of each granularity spans unless told otherwise, in seconds. */
const SPAN_SECONDS: Readonly<Record<string, number>> = { seconds: 3600, minutes: 86_400, hours: 2_592_000 };
const SPAN_SECONDS_MAX = 31_536_000;

const table = {
  timeField: text,
  metaField: text.optional(),
  granularity: text.optional(),
  bucketMaxSpanSeconds: anything,
  bucketRoundingSeconds: anything,
};

/** The option `timeseries` of `create`, checked and with its defaults. */
export function timeSeriesOptions(given: unknown, options: Document): Document {
  if (!isDocument(given as Document)) {
    throw new MongoError('TypeMismatch', "BSON field 'create.timeseries' is the wrong type, expected type 'object'");
  }
  for (const name of ['capped', 'size', 'max', 'validator', 'viewOn', 'pipeline', 'clusteredIndex']) {
    if (options[name] !== undefined) {
      throw new MongoError('InvalidOptions', `'timeseries' is not allowed with '${name}'`);
    }
  }
  const args = readArguments(table, given as Document, 'create.timeseries');
  assertTopLevel('timeField', args.timeField);
  if (args.metaField !== undefined) {
    assertTopLevel('metaField', args.metaField);
    if (args.metaField === '_id') throw new MongoError('InvalidOptions', '\'metaField\' cannot be "_id"');
    if (args.metaField === args.timeField) {
      throw new MongoError('InvalidOptions', "'metaField' cannot be the same as 'timeField'");
    }
  }
  const { granularity } = args;
  if (granularity !== undefined && !GRANULARITIES.includes(granularity)) {
    throw new MongoError(
      'BadValue',
      `Enumeration value '${granularity}' for field 'create.timeseries.granularity' is not a valid value.`,
    );
  }
  const span = secondsOf(args.bucketMaxSpanSeconds, 'bucketMaxSpanSeconds');
  const rounding = secondsOf(args.bucketRoundingSeconds, 'bucketRoundingSeconds');
  if (span !== rounding) {
    throw new MongoError(
      'InvalidOptions',
      "Timeseries 'bucketMaxSpanSeconds' and 'bucketRoundingSeconds' need to be set together, to the same value",
    );
  }
  const usual = SPAN_SECONDS[granularity ?? 'seconds'] as number;
  if (span !== undefined && granularity !== undefined && span !== usual) {
    throw new MongoError(
      'InvalidOptions',
      `Timeseries 'bucketMaxSpanSeconds' is not configurable to a value other than the default of ${usual} for the provided granularity`,
    );
  }
  return {
    timeField: args.timeField,
    ...(args.metaField === undefined ? {} : { metaField: args.metaField }),
    ...(span === undefined
      ? { granularity: granularity ?? 'seconds', bucketMaxSpanSeconds: usual }
      : { bucketRoundingSeconds: span, bucketMaxSpanSeconds: span }),
  };
}

function assertTopLevel(option: string, path: string): void {
  if (path === '' || path.includes('.') || path.startsWith('$')) {
    throw new MongoError('InvalidOptions', `'${option}' must be a top-level field and not contain a '.'`);
  }
}

function secondsOf(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  const seconds = numberOf(value as number);
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 1 || seconds > SPAN_SECONDS_MAX) {
    throw new MongoError(
      'BadValue',
      `BSON field 'create.timeseries.${name}' must be a whole number from 1 to ${SPAN_SECONDS_MAX}`,
    );
  }
  return seconds;
}

export function isTimeSeries(info: CollectionInfo): boolean {
  return info.options['timeseries'] !== undefined;
}

/** The name of the field that holds the time; undefined where the collection is not a time series. */
export function timeFieldOf(info: CollectionInfo): string | undefined {
  const options = info.options['timeseries'];
  return isDocument(options) ? (options['timeField'] as string) : undefined;
}

export function assertHasTime(info: CollectionInfo, raw: RawDocument): void {
  const timeField = timeFieldOf(info);
  if (timeField === undefined || readField(raw, timeField) instanceof Date) return;
  throw new MongoError('BadValue', `'${timeField}' must be present and contain a valid BSON UTC datetime value`);
}

/** MongoDB lets updates of a time series change the metadata only, of all documents that match. */
export function assertMayUpdate(
  info: CollectionInfo,
  statement: { multi: boolean; upsert: boolean; filter: Document; update: unknown },
): void {
  const options = info.options['timeseries'];
  if (!isDocument(options)) return;
  const metaField = options['metaField'];
  if (typeof metaField !== 'string') {
    throw new MongoError('InvalidOptions', 'Cannot perform an update on a time-series collection without a metaField');
  }
  if (!statement.multi) {
    throw new MongoError('InvalidOptions', 'Cannot perform a non-multi update on a time-series collection');
  }
  if (statement.upsert) throw new MongoError('InvalidOptions', 'Cannot perform an upsert on a time-series collection');
  const { update } = statement;
  const isMeta = (path: string) => path === metaField || path.startsWith(`${metaField}.`);
  const paths = isDocument(update as Document)
    ? Object.values(update as Document).flatMap((changes) => (isDocument(changes) ? Object.keys(changes) : ['']))
    : [''];
  const filterPaths = Object.keys(statement.filter).filter((path) => !path.startsWith('$'));
  if (!paths.every(isMeta) || !filterPaths.every(isMeta)) {
    throw new MongoError(
      'InvalidOptions',
      `Cannot perform an update on a time-series collection on or by a field which is not the metaField '${metaField}'`,
    );
  }
}
