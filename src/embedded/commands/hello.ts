import { type BsonValue, type Document, Double } from '../bson/values.ts';
import { SESSION_TIMEOUT_MINUTES } from '../sessions/sessions.ts';
import { DOCUMENT_BYTES_MAX } from '../wire/elements.ts';
import { FRAME_BYTES_MAX } from '../wire/frames.ts';
import { anything, integer, isDocument, object } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';

/** Version 8.0. Drivers derive from it what they may send. */
const WIRE_VERSION_MAX = 25;
const WRITE_BATCH_DOCUMENTS_MAX = 100_000;

const helloArguments = {
  topologyVersion: object.optional(),
  maxAwaitTimeMS: integer.optional(),
  client: object.optional(),
  compression: anything,
  speculativeAuthenticate: anything,
  saslSupportedMechs: anything,
  loadBalanced: anything,
  helloOk: anything,
  hostInfo: anything,
  internalClient: anything,
  forShell: anything,
  backpressure: anything,
};

/** The compressors that both sides have, in the client's order. */
function agreedCompressors(offered: BsonValue | undefined): string[] | undefined {
  if (!Array.isArray(offered)) return undefined;
  const agreed = offered.filter((name) => name === 'zlib').map(String);
  return agreed.length > 0 ? agreed : undefined;
}

function describeServer(context: CommandContext, legacy: boolean, compression: string[] | undefined): Document {
  const { identity } = context;
  const self = `${identity.host}:${identity.port}`;
  return {
    ...(legacy ? { ismaster: true } : { isWritablePrimary: true }),
    helloOk: true,
    topologyVersion: { processId: identity.processId, counter: 6n },
    hosts: [self],
    setName: identity.replicaSetName,
    setVersion: 1,
    secondary: false,
    primary: self,
    me: self,
    electionId: identity.electionId,
    lastWrite: { lastWriteDate: new Date(), majorityWriteDate: new Date() },
    maxBsonObjectSize: DOCUMENT_BYTES_MAX,
    maxMessageSizeBytes: FRAME_BYTES_MAX,
    maxWriteBatchSize: WRITE_BATCH_DOCUMENTS_MAX,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    connectionId: context.connection.id,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION_MAX,
    readOnly: false,
    ...(compression === undefined ? {} : { compression }),
    ok: new Double(1),
  };
}

interface HelloArguments {
  readonly topologyVersion: Document | undefined;
  readonly maxAwaitTimeMS: number | undefined;
  readonly client: Document | undefined;
  readonly compression: BsonValue | undefined;
}

/**
 * The answer comes at once, unless the client already knows our state and is willing to wait for a change: ours never
 * changes, so it then comes when the wait is over, and again and again where the client takes a stream.
 */
async function* answer(args: HelloArguments, context: CommandContext, legacy: boolean) {
  if (isDocument(args.client) && context.connection.clientMetadata === undefined) {
    context.connection.clientMetadata = args.client;
  }
  const compression = agreedCompressors(args.compression);
  const waits = args.topologyVersion !== undefined && args.maxAwaitTimeMS !== undefined;
  do {
    if (waits) await context.operation.waitFor(() => () => undefined, args.maxAwaitTimeMS ?? 0);
    yield describeServer(context, legacy, compression);
  } while (waits && context.exhaustAllowed && !context.connection.closed);
}

export const hello = defineCommand({
  name: 'hello',
  summary: 'Says what this server is; also how clients watch it.',
  arguments: { hello: anything, ...helloArguments },
  apiVersion1: true,
  ignoresUnknown: true,
  run: (args, context) => answer(args, context, false),
});

export const isMaster = defineCommand({
  name: 'isMaster',
  aliases: ['ismaster'],
  summary: 'The older name of hello.',
  arguments: { isMaster: anything, ismaster: anything, ...helloArguments },
  ignoresUnknown: true,
  run: (args, context) => answer(args, context, true),
});
