/** The arguments that every command takes: session, transaction, time limit, concerns, API version. */
import { setField } from '../bson/codec.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import {
  type Argument,
  type ArgumentsOf,
  type ArgumentTable,
  anything,
  boolean,
  hasArgument,
  int64,
  isLeftOut,
  list,
  object,
  text,
  wholeNumber,
} from './arguments.ts';

const table = {
  $db: text,
  lsid: object.optional(),
  txnNumber: int64.optional(),
  stmtId: wholeNumber.optional(),
  stmtIds: list.optional(),
  autocommit: boolean.optional(),
  startTransaction: boolean.optional(),
  $clusterTime: object.optional(),
  $readPreference: object.optional(),
  readConcern: object.optional(),
  writeConcern: object.optional(),
  maxTimeMS: wholeNumber.optional(),
  maxTimeMSOpOnly: wholeNumber.optional(),
  comment: anything,
  apiVersion: text.optional(),
  apiStrict: boolean.optional(),
  apiDeprecationErrors: boolean.optional(),
  $audit: anything,
  $client: anything,
  $configServerState: anything,
  $queryOptions: anything,
  $oplogQueryData: anything,
  $replData: anything,
  help: anything,
  rawData: anything,
  allowImplicitCollectionCreation: anything,
  mayBypassWriteBlocking: anything,
  databaseVersion: anything,
  expectPrefix: anything,
  serialization_context: anything,
  serializationContext: anything,
  shardVersion: anything,
} as const;

export interface CommonArguments {
  readonly database: string;
  readonly lsid?: Document | undefined;
  readonly txnNumber?: bigint | undefined;
  /** Of the first statement of a retryable write, or of each. */
  readonly stmtId?: number | undefined;
  readonly stmtIds?: readonly BsonValue[] | undefined;
  readonly autocommit?: boolean | undefined;
  readonly startTransaction?: boolean | undefined;
  readonly readConcern?: Document | undefined;
  readonly writeConcern?: Document | undefined;
  readonly readPreference?: Document | undefined;
  readonly maxTimeMs?: number | undefined;
  readonly comment?: BsonValue | undefined;
  readonly apiVersion?: string | undefined;
  readonly apiStrict?: boolean | undefined;
  readonly apiDeprecationErrors?: boolean | undefined;
}

type CommonValues = { -readonly [Name in keyof typeof table]?: ArgumentsOf<typeof table>[Name] };

/** Splits a command into the arguments that all take and those of its own. A name that the command claims is its own. */
export function splitArguments(
  body: Document,
  own: ArgumentTable,
  owner: string,
): { common: CommonArguments; rest: Document } {
  const read: CommonValues = {};
  const rest: Document = {};
  for (const name in body) {
    if (!hasArgument(table, name) || hasArgument(own, name)) {
      setField(rest, name, body[name]);
      if (name !== 'comment') continue; // a comment that the command claims is also for whoever looks on
    }
    const argument = table[name as keyof typeof table] as Argument<unknown>;
    const value = body[name];
    if (isLeftOut(argument, value)) continue;
    (read as Record<string, unknown>)[name] = argument.read(value as BsonValue, `${owner}.${name}`);
  }
  if (read.$db === undefined) {
    throw new MongoError('IDLFailedToParse', `BSON field '${owner}.$db' is missing but a required field`);
  }
  assertDatabaseName(read.$db);
  return {
    common: {
      database: read.$db,
      lsid: read.lsid,
      txnNumber: read.txnNumber,
      stmtId: read.stmtId,
      stmtIds: read.stmtIds,
      autocommit: read.autocommit,
      startTransaction: read.startTransaction,
      readConcern: read.readConcern,
      writeConcern: read.writeConcern,
      readPreference: read.$readPreference,
      maxTimeMs: read.maxTimeMS,
      comment: read.comment,
      apiVersion: read.apiVersion,
      apiStrict: read.apiStrict,
      apiDeprecationErrors: read.apiDeprecationErrors,
    },
    rest,
  };
}

const DATABASE_NAME_BYTES_MAX = 63;

function assertDatabaseName(name: string): void {
  if (name === '' || /[/\\. "$\0]/.test(name.replace(/^\$external$/, ''))) {
    throw new MongoError('InvalidNamespace', `Invalid database name: '${name}'`);
  }
  if (Buffer.byteLength(name) > DATABASE_NAME_BYTES_MAX) {
    throw new MongoError(
      'InvalidNamespace',
      `db name must be at most ${DATABASE_NAME_BYTES_MAX} characters, found: ${name.length}`,
    );
  }
}
