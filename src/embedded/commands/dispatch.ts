/** From a request to its replies: finds the command, checks its arguments, runs it, and turns faults into error replies. */

import { decode, decodeValue, encode, setField, validateDocument } from '../bson/codec.ts';
import { elementEnd, nameEndOf, readName } from '../bson/elements.ts';
import { Binary, type BsonValue, type Document, type RawDocument, type Timestamp } from '../bson/values.ts';
import { isChangeStream } from '../change-streams/is-change-stream.ts';
import { MongoError } from '../errors.ts';
import type { Transaction } from '../sessions/transactions.ts';
import { viewOfSnapshot } from '../sessions/view-source.ts';
import type { ReadView } from '../sessions/views.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import type { Connection, OutgoingReply } from '../wire/connection.ts';
import {
  DOCUMENT_BYTES_MAX,
  documentsOfArray,
  type Element,
  elementsOf,
  TYPE_ARRAY,
  TYPE_DOCUMENT,
} from '../wire/elements.ts';
import type { RequestMessage } from '../wire/messages.ts';
import { elementsIn, encodeReply, isCursorReply, type Reply } from '../wire/reply.ts';
import { numberOf, readArguments } from './arguments.ts';
import type { Command, CommandContext, Services } from './command.ts';
import { type CommonArguments, splitArguments } from './common-arguments.ts';
import {
  assertKnownTime,
  assertReadConcernInTransaction,
  assertSnapshotIsThere,
  assertWriteConcern,
  snapshotTimeOf,
  WRITES,
  writeConcernError,
} from './concerns.ts';
import { ENDS_TRANSACTION, isRetryableCode, labelsFor } from './error-labels.ts';
import type { FailCommandEffect } from './fail-points.ts';
import type { Operation } from './operation.ts';
import { assertStable } from './stable-api.ts';

/**
 * Answers one request. Resolves to its reply, or to null where all its replies were sent already (`send` resolves to false
 * when nobody takes more of them). Never rejects.
 */
export async function dispatch(
  request: RequestMessage,
  connection: Connection,
  services: Services,
  send: (reply: OutgoingReply) => Promise<boolean>,
): Promise<OutgoingReply | null> {
  const operation = services.operations.start(connection.id);
  const forget = connection.onClose(() =>
    operation.stop(new MongoError('ClientDisconnect', 'operation was interrupted because a client disconnected')),
  );
  let name = '';
  let transaction: Transaction | null = null;
  let known: CommonArguments | undefined;
  let labelsAreFinal = false;
  try {
    const isLong = isLongRequest(request);
    validateRequest(request);
    if (isLong) await operation.breathe();
    const parsed = readRequest(request, services.commands);
    if (isLong) await operation.breathe();
    name = parsed.name;
    operation.command = name;
    operation.details = parsed.body;
    const command = findCommand(services.commands, name);
    count(services, command.name);
    const effect = services.failPoints.effectOn(command.name, appNameOf(connection), namespaceOf(parsed));
    labelsAreFinal = effect?.labels !== undefined;
    const { common, rest } = splitArguments(parsed.body, command.arguments, command.name);
    known = common;
    if (effect !== null) {
      if (effect.blockMs > 0) await operation.waitFor(() => () => undefined, effect.blockMs);
      if (effect.closeConnection) {
        return { parts: [], hangUp: true };
      }
      if (effect.error !== undefined) throw effect.error;
    }
    assertAllowed(command, common, parsed.body, services);
    operation.limitTo(common.maxTimeMs ?? 0);
    if ((common.maxTimeMs ?? 0) > 0) services.failPoints.assertTimeLeft();
    operation.namespace = namespaceOf(parsed) ?? common.database;
    if (common.lsid !== undefined) operation.lsidKey = services.sessions.touch(common.lsid).key;
    assertWriteConcern(command, common.writeConcern, parsed.body);
    await services.transactions.whenCommitted(common);
    transaction = enterTransaction(command, common, collectionOf(parsed), services);
    const snapshotTime = snapshotTimeOf(command, common, transaction !== null);
    assertKnownTime(common, services.storage.clusterTime());
    if (common.startTransaction === true) assertSnapshotIsThere(common, services.storage.changeLog.latest());
    const reading =
      snapshotTime === null ? null : services.snapshotReads.open(snapshotTime === 'now' ? undefined : snapshotTime);
    const context = contextOf(services, connection, operation, common, request, transaction, reading?.view ?? null);
    const args = readArguments(command.arguments, rest, command.name, command.ignoresUnknown ? everything : undefined);
    const result = command.run({ ...args, ...parsed.rawLists }, context);
    if (Symbol.asyncIterator in result) {
      // The reply before the newest is sent with "more to come"; the last one without.
      let isFirst = true;
      for await (const reply of result as AsyncIterable<Reply>) {
        // A stream of replies is one command to us; to the fail points each of its replies is one.
        const late = isFirst ? null : services.failPoints.effectOn(command.name, appNameOf(connection), undefined);
        isFirst = false;
        if (late?.closeConnection === true) return { parts: [], hangUp: true };
        if (late?.error !== undefined) throw late.error;
        if (!(await send({ parts: finish(reply, services), moreToCome: request.exhaustAllowed }))) break;
      }
      return null;
    }
    let reply: Reply;
    try {
      reply = (await result) as Reply;
    } finally {
      reading?.view.release();
    }
    if (reading !== null) reply = withSnapshotTime(reply, reading.at);
    if (transaction !== null && tellsOfFaults(reply)) services.transactions.fail(transaction);
    const unmet = transaction === null ? writeConcernError(common.writeConcern) : null;
    if (unmet !== null) reply = withFields(reply, { writeConcernError: unmet });
    if (effect?.writeConcernError !== undefined) {
      reply = withFields(reply, {
        writeConcernError: effect.writeConcernError,
        ...labelsOfEffect(effect, command.name, common),
      });
    }
    return { parts: finish(reply, services) };
  } catch (error) {
    if (transaction !== null) services.transactions.fail(transaction);
    const reply = errorReply(error, name, services);
    const labels =
      error instanceof MongoError
        ? labelsFor(error, name, known, labelsAreFinal, isOnChangeStream(operation, services))
        : [];
    if (labels.length > 0) reply['errorLabels'] = labels;
    return { parts: finish(reply, services) };
  } finally {
    forget();
    services.operations.finish(operation);
  }
}

const everything = { has: () => true } as unknown as ReadonlySet<string>;

interface ParsedRequest {
  readonly name: string;
  readonly body: Document;
  readonly rawLists: Readonly<Record<string, readonly RawDocument[]>>;
}

/** A request of this size is read in steps: 48 MB take longer than others should wait. */
const LONG_REQUEST_BYTES = 1024 * 1024;
/** MongoDB's bound for a command without the documents beside it: a document, and room for what is around it. */
const BODY_BYTES_MAX = DOCUMENT_BYTES_MAX + 16 * 1024;

function isLongRequest({ body, sequences }: RequestMessage): boolean {
  let bytes = body.length;
  for (const documents of sequences.values()) for (const { length } of documents) bytes += length;
  return bytes > LONG_REQUEST_BYTES;
}

function validateRequest({ body, sequences }: RequestMessage): void {
  if (body.length > BODY_BYTES_MAX) {
    throw new MongoError(
      'BSONObjectTooLarge',
      `BSONObj size: ${body.length} is invalid. Size must be between 0 and ${BODY_BYTES_MAX}(16MB)`,
    );
  }
  validateDocument(body);
  for (const documents of sequences.values()) for (const document of documents) validateDocument(document);
}

function readRequest(request: RequestMessage, commands: ReadonlyMap<string, Command>): ParsedRequest {
  let raw: RawDocument = request.body;
  let name = firstName(raw);
  // Older drivers wrap an OP_QUERY command as { $query: {…}, $readPreference: … }.
  if (name === '$query' || name === 'query') {
    const { type, valueStart, end } = elementsOf(raw).next().value as Element;
    if (type !== TYPE_DOCUMENT) throw new MongoError('FailedToParse', `'${name}' must be a document`);
    raw = raw.subarray(valueStart, end);
    name = firstName(raw);
  }
  const rawNames = commands.get(name)?.rawLists ?? [];
  const { body, rawLists } = decodeCommand(raw, name, rawNames);
  for (const [field, documents] of request.sequences) {
    if (body[field] !== undefined || rawLists[field] !== undefined) {
      throw new MongoError('FailedToParse', `'${field}' is given twice, in the body and beside it`);
    }
    if (rawNames.includes(field)) rawLists[field] = documents;
    else body[field] = documents.map((document) => decode(document));
  }
  if (request.via === 'query' && body['$db'] === undefined) body['$db'] = request.database ?? 'admin';
  return { name, body, rawLists };
}

function firstName(raw: RawDocument): string {
  if (raw[4] === 0) throw new MongoError('FailedToParse', 'the command is empty');
  return readName(raw, 5, nameEndOf(raw, 5));
}

/** Nobody reads what the client tells of the cluster's time: it comes with every command, and is not decoded. */
const TOLD_TIME: Document = Object.freeze({});

/** A command's fields as values, but for the lists whose documents stay bytes. */
function decodeCommand(raw: RawDocument, name: string, rawNames: readonly string[]) {
  const body: Document = {};
  const rawLists: Record<string, readonly RawDocument[]> = {};
  let at = 4;
  for (let type = raw[at]!; type !== 0; type = raw[at]!) {
    const nameEnd = nameEndOf(raw, at + 1);
    const field = readName(raw, at + 1, nameEnd);
    const valueAt = nameEnd + 1;
    if (rawNames.includes(field) && rawLists[field] === undefined) {
      if (type !== TYPE_ARRAY) {
        throw new MongoError('TypeMismatch', `BSON field '${name}.${field}' is the wrong type, expected type 'array'`);
      }
      rawLists[field] = documentsOfArray(raw, valueAt, field);
    } else if (type === TYPE_DOCUMENT && field === '$clusterTime') body[field] = TOLD_TIME;
    else setField(body, field, decodeValue(raw, type, valueAt));
    at = elementEnd(raw, type, valueAt);
  }
  return { body, rawLists };
}

function findCommand(commands: ReadonlyMap<string, Command>, name: string): Command {
  const command = commands.get(name);
  if (command === undefined) throw new MongoError('CommandNotFound', `no such command: '${name}'`);
  return command;
}

function count(services: Services, name: string): void {
  services.counters.set(name, (services.counters.get(name) ?? 0) + 1);
}

function appNameOf(connection: Connection): string | undefined {
  const metadata = connection.clientMetadata as { application?: { name?: string } } | undefined;
  return metadata?.application?.name;
}

function namespaceOf(parsed: ParsedRequest): string | undefined {
  const collection = collectionOf(parsed);
  return collection === undefined ? undefined : `${String(parsed.body['$db'])}.${collection}`;
}

function collectionOf({ name, body }: ParsedRequest): string | undefined {
  // getMore names its collection in a field of its own.
  const target = typeof body[name] === 'string' ? body[name] : body['collection'];
  return typeof target === 'string' ? target : undefined;
}

/** Commands that may come without an API version even where one is required: they come before the client is known. */
const WITHOUT_API_VERSION = new Set(['hello', 'isMaster']);

function assertAllowed(command: Command, common: CommonArguments, body: Document, services: Services): void {
  if (command.adminOnly === true && common.database !== 'admin') {
    throw new MongoError('Unauthorized', `${command.name} may only be run against the admin database.`);
  }
  if (common.apiVersion === undefined) {
    if (common.apiStrict !== undefined || common.apiDeprecationErrors !== undefined) {
      throw new MongoError(
        'InvalidOptions',
        'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion',
      );
    }
    if (services.parameters.get('requireApiVersion') === true && !WITHOUT_API_VERSION.has(command.name)) {
      throw new MongoError(
        498870,
        "The apiVersion parameter is required, please configure your MongoClient's API version",
      );
    }
    return;
  }
  if (common.apiVersion !== '1') {
    throw new MongoError('APIVersionError', `API version must be "1", not "${common.apiVersion}"`);
  }
  if (common.apiDeprecationErrors === true && command.isDeprecated === true) {
    throw new MongoError(
      'APIDeprecationError',
      `Provided apiDeprecationErrors:true, but the command ${command.name} is deprecated in API Version 1`,
    );
  }
  if (common.apiStrict !== true) return;
  if (command.apiVersion1 !== true) {
    throw new MongoError(
      'APIStrictError',
      `Provided apiStrict:true, but the command ${command.name} is not in API Version 1.`,
    );
  }
  assertStable(command.name, body);
}

function contextOf(
  services: Services,
  connection: Connection,
  operation: Operation,
  common: CommonArguments,
  request: RequestMessage,
  transaction: Transaction | null,
  past: ReadView | null,
): CommandContext {
  // The services are the prototype: copying a dozen fields for each command would cost more than most commands.
  return Object.assign(Object.create(services) as Services, {
    database: common.database,
    connection,
    operation,
    common,
    exhaustAllowed: request.exhaustAllowed,
    via: request.via,
    namespace: (collection: string) => `${common.database}.${collection}`,
    openView: () => transaction?.overlay ?? past ?? viewOfSnapshot(services.storage.snapshot()),
    write: async <T>(work: (writer: WriteTransaction) => T) => {
      if (transaction === null) return services.transactions.writeOutside(work, operation);
      services.transactions.assertOpen(transaction);
      return work(transaction.overlay);
    },
  });
}

const INTERNAL_DATABASES = new Set(['admin', 'config', 'local']);

function assertRetryable(command: Command, common: CommonArguments): void {
  if (common.lsid === undefined) {
    throw new MongoError('InvalidOptions', 'Transaction number requires a session ID to also be specified');
  }
  if (!WRITES.has(command.name)) {
    throw new MongoError(
      50768,
      `txnNumber may only be provided for multi-document transactions and retryable write commands. autocommit:false was not provided, and ${command.name} is not a retryable write command.`,
    );
  }
}

/** Commit and abort look their transaction up themselves: they may also come when it has ended. */
function enterTransaction(
  command: Command,
  common: CommonArguments,
  collection: string | undefined,
  services: Services,
): Transaction | null {
  if (command.name === 'commitTransaction' || command.name === 'abortTransaction') return null;
  if (common.autocommit !== undefined) {
    if (command.inTransactions !== true) {
      throw new MongoError(
        'OperationNotSupportedInTransaction',
        `Cannot run '${command.name}' in a multi-document transaction.`,
      );
    }
    const { database } = common;
    if (INTERNAL_DATABASES.has(database) && !(database === 'admin' && command.name === 'bulkWrite')) {
      throw new MongoError(
        'OperationNotSupportedInTransaction',
        `Cannot run command against the '${database}' database in a transaction.`,
      );
    }
    if (collection?.startsWith('system.') === true && (collection === 'system.profile' || WRITES.has(command.name))) {
      throw new MongoError(
        'OperationNotSupportedInTransaction',
        `Cannot run command against the '${database}.${collection}' namespace in a transaction.`,
      );
    }
    if (common.writeConcern !== undefined) {
      throw new MongoError('InvalidOptions', 'writeConcern is not allowed within a multi-statement transaction');
    }
    if (common.readConcern !== undefined && common.startTransaction !== true) {
      throw new MongoError('InvalidOptions', 'Only the first command in a transaction may specify a readConcern');
    }
    assertReadConcernInTransaction(common);
  } else if (common.txnNumber !== undefined) {
    assertRetryable(command, common);
  }
  return services.transactions.enter(common);
}

/** Whether some of the command's writes failed. */
function tellsOfFaults(reply: Reply): boolean {
  return isCursorReply(reply) ? Number(reply.rest?.['nErrors'] ?? 0) > 0 : 'writeErrors' in reply;
}

function withSnapshotTime(reply: Reply, atClusterTime: Timestamp): Reply {
  if (!isCursorReply(reply)) return { ...reply, atClusterTime };
  return { ...reply, cursor: { ...reply.cursor, atClusterTime } };
}

function isOnChangeStream(operation: Operation, services: Services): boolean {
  const body = operation.details as Document | undefined;
  if (operation.command === 'aggregate') {
    const { pipeline } = body ?? {};
    return Array.isArray(pipeline) && isChangeStream(pipeline as Document[]);
  }
  const id = body?.['getMore'];
  return operation.command === 'getMore' && typeof id === 'bigint' && services.cursors.isChangeStream(id);
}

function labelsOfEffect(effect: FailCommandEffect, command: string, common: CommonArguments): Document {
  if (effect.labels !== undefined) return { errorLabels: [...effect.labels] };
  if (common.autocommit === false && !ENDS_TRANSACTION.has(command)) return {};
  const code = numberOf(effect.writeConcernError?.['code'] as BsonValue | undefined);
  const retryable = common.txnNumber !== undefined && code !== undefined && isRetryableCode(code);
  return retryable ? { errorLabels: ['RetryableWriteError'] } : {};
}

function withFields(reply: Reply, fields: Document): Reply {
  return isCursorReply(reply) ? { ...reply, rest: { ...reply.rest, ...fields } } : { ...reply, ...fields };
}

const NO_SIGNATURE = { hash: new Binary(new Uint8Array(20)), keyId: 0n };

/** The fields that end every reply, as they were last written: the time stands still between writes. */
let timeFields = { t: -1, i: -1, bytes: new Uint8Array(0) };

function finish(reply: Reply, services: Services): Uint8Array[] {
  const clusterTime = services.storage.clusterTime();
  const { t, i } = clusterTime;
  if (t !== timeFields.t || i !== timeFields.i) {
    const fields = { $clusterTime: { clusterTime, signature: NO_SIGNATURE }, operationTime: clusterTime };
    timeFields = { t, i, bytes: elementsIn(encode(fields)) };
  }
  return encodeReply(reply, timeFields.bytes);
}

/** MongoDB's error reply for any fault. What is not a MongoError is our own mistake: logged, and answered as code 1. */
export function errorReply(error: unknown, command: string, services: Pick<Services, 'log'>): Document {
  if (error instanceof MongoError) {
    return {
      ok: 0,
      errmsg: error.message,
      code: error.code,
      codeName: error.codeName,
      ...(error.extra as Document),
    };
  }
  services.log({
    level: 'error',
    message: `The command '${command}' failed by a mistake of the server.`,
    cause: error,
  });
  const message = error instanceof Error ? error.message : String(error);
  return { ok: 0, errmsg: `internal error in '${command}': ${message}`, code: 1, codeName: 'InternalError' };
}
