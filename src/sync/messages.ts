/**
 * The sync protocol: JSON frames over one WebSocket. Every frame is checked whole before anything of it is used. The
 * two ends agree on the newest version that both know.
 */
import { z } from 'zod';
import { BUCKETS, contentHash } from './content-hash.ts';
import { SyncError } from './errors.ts';
import { isTextNestedDeeper } from './nesting.ts';
import { deviceEpochSchema, deviceIdSchema, hlcSchema, operationSchema, SETTLED_STATES } from './operations.ts';
import { SUBSCRIPTIONS_MAX, type Subscription, subscriptionSchema } from './subscriptions.ts';

/**
 * 1: the first. 2: frames that bring documents bring the newest stamp too (`hlc`), so that whoever edits what was seen comes
 * after it; a device that is whole names what it asks for by a digest (`resume`); `contents` may come in parts.
 */
export const PROTOCOL_VERSION = 2;
export const PROTOCOL_VERSION_MIN = 1;
/** From this version on documents come with the newest stamp, devices resume, and contents come in parts. */
export const STAMPED_VERSION = 2;

export const LIMITS = {
  frameBytesMax: 8 * 1024 * 1024,
  /** Before anybody knows who speaks; a hello with its token is far below. */
  helloBytesMax: 16 * 1024,
  /** Of brackets in a frame. A document's own nesting has a lower limit, and costs only its operation. */
  frameDepthMax: 200,
  operationsPerUploadMax: 200,
  /** Of an upload's operations together, unless one alone is larger: a frame must hold them in any alphabet. */
  uploadCharactersMax: 1024 * 1024,
  /** Operations whose result a device waits for. */
  operationsInFlightMax: 400,
  /** Refused operations of a device whose state the gateway is asked for. */
  rejectedAskedMax: 1_000,
  /** Fields that lost, of one operation, and the characters of one. */
  lostFieldsToldMax: 50,
  lostFieldCharactersMax: 10_000,
  /** Of one frame of `contents`, and the documents that all of them together may name. */
  contentsCharactersMax: 4 * 1024 * 1024,
  contentsDocumentsMax: 2_000_000,
  /** Frames with documents that a gateway sends before the device has confirmed one. */
  unconfirmedFramesMax: 8,
  heartbeatMs: 3_000,
  /** Silence after which an end takes the connection for dead. */
  silenceMsMax: 9_000,
} as const;

/**
 * A place in the history of the database. `time` sorts (cluster time, 16 hexadecimal digits); `resumeToken` is what a
 * change stream goes on from.
 */
export const positionSchema = z.strictObject({
  time: z.string().regex(/^[0-9a-f]{16}$/),
  resumeToken: z.string().max(4096).nullable(),
});
export type Position = z.infer<typeof positionSchema>;

const collection = z.string().min(1).max(120);
const document = z.record(z.string(), z.json());
const hash = z.string().regex(/^[0-9a-f]{16}$/);
/**
 * Of frames with documents: no stamp of what they bring is above it. The receiver's clock takes it for seen, so that an
 * edit of what was brought never loses to it. Required from {@link STAMPED_VERSION} on.
 */
const newestStamp = hlcSchema.optional();
/** How much of a collection a device holds: nothing, a snapshot up to and with an id, or all of it. */
const holding = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('nothing') }),
  z.strictObject({ state: z.literal('partial'), fingerprint: hash, lastId: z.string() }),
  z.strictObject({ state: z.literal('whole'), fingerprint: hash }),
]);
export type Holding = z.infer<typeof holding>;

export const deviceFrames = {
  hello: z.strictObject({
    type: z.literal('hello'),
    versionMin: z.int().positive(),
    versionMax: z.int().positive(),
    token: z.string().min(1).max(8192),
    deviceId: deviceIdSchema,
    epoch: deviceEpochSchema,
    name: z.string().min(1).max(100),
    wallClockMs: z.int().nonnegative(),
  }),
  /** Also sent again when the device's scope changes. */
  subscribe: z.strictObject({
    type: z.literal('subscribe'),
    /** Counts up within a connection. Frames that answer an older one are not for this scope and are passed over. */
    request: z.int().positive(),
    subscriptions: z.array(subscriptionSchema).max(SUBSCRIPTIONS_MAX),
    /** Null where the device has never reached a checkpoint. */
    position: positionSchema.nullable(),
    /** The newest of its own applied operations that it has not seen come back. */
    awaitsTime: positionSchema.shape.time.nullable(),
    holdings: z.record(collection, holding),
    /** Entries of the reconciliation inbox that are open as far as the device knows. */
    rejected: z.array(z.string().max(300)).max(LIMITS.rejectedAskedMax).optional(),
  }),
  /** Instead of `subscribe`, where the device holds all that it asks for. */
  resume: z.strictObject({
    type: z.literal('resume'),
    request: z.int().positive(),
    /** Of subscriptions and holdings, as `scopeDigest` makes it. */
    digest: hash,
    position: positionSchema,
    awaitsTime: positionSchema.shape.time.nullable(),
    rejected: z.array(z.string().max(300)).max(LIMITS.rejectedAskedMax).optional(),
  }),
  upload: z.strictObject({
    type: z.literal('upload'),
    operations: z.array(z.unknown()).min(1).max(LIMITS.operationsPerUploadMax),
    /** Operations that are still to come, for the view at headquarters. */
    pending: z.int().nonnegative(),
  }),
  /** Every frame with documents up to `frame` is stored on the device. */
  confirm: z.strictObject({ type: z.literal('confirm'), frame: z.int().nonnegative() }),
  /** What the device holds of a collection at its position, by bucket. */
  checksums: z.strictObject({
    type: z.literal('checksums'),
    collection,
    position: positionSchema,
    buckets: z.array(z.string().max(40)).length(BUCKETS),
  }),
  /** Answers `compare`: the documents of these buckets, id → hash. */
  contents: z.strictObject({
    type: z.literal('contents'),
    collection,
    hashes: z.record(z.string(), hash),
    /** False while more of them follow; absent in version 1, where all are in one. */
    isLast: z.boolean().optional(),
  }),
  ping: z.strictObject({ type: z.literal('ping'), wallClockMs: z.int().nonnegative() }),
} as const;

/** Why an operation was not applied. Each is kept in the reconciliation inbox, where a person settles it. */
export const REJECTION_REASONS = [
  'already_done',
  'already_settled',
  'collection_not_writable',
  'collection_unknown',
  'create_not_allowed',
  'delete_not_allowed',
  'document_invalid',
  'document_missing',
  'field_not_writable',
  'operation_malformed',
  'operation_too_large',
  'outside_scope',
  'payload_differs',
  'handler_failed',
  'settlement_not_allowed',
  'speaks_for_another',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** A field that lost to a newer write; the conflict log keeps it under this id. */
export const lostFieldSchema = z.strictObject({
  conflictId: z.string().max(300),
  collection,
  id: z.string(),
  path: z.string(),
  value: z.json(),
  /** Whether what lost was to take the field away; `value` is null then. */
  tookAway: z.boolean(),
  /** What stands there instead; null where nothing does. */
  standing: z.json(),
});
export type LostField = z.infer<typeof lostFieldSchema>;

export const operationResultSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('applied'),
    sequence: z.int().positive(),
    /** From this time on downloads contain it. */
    time: positionSchema.shape.time,
    /** Fields that lost to a newer write; they are in the conflict log. */
    lostFields: z.int().nonnegative(),
    /** Those of them that are small enough to be told. */
    lost: z.array(lostFieldSchema).max(LIMITS.lostFieldsToldMax).optional(),
    wasClamped: z.boolean(),
  }),
  z.strictObject({
    outcome: z.literal('rejected'),
    sequence: z.int().positive(),
    reason: z.enum(REJECTION_REASONS),
    message: z.string(),
    /** Where the reconciliation inbox keeps it. */
    inboxId: z.string(),
  }),
  z.strictObject({ outcome: z.literal('retry'), sequence: z.int().positive(), afterMs: z.int().nonnegative() }),
]);
export type OperationResult = z.infer<typeof operationResultSchema>;

/** How a collection is brought up to date. */
const WAYS = ['snapshot', 'resume_snapshot', 'changes', 'compare'] as const;

export const gatewayFrames = {
  welcome: z.strictObject({
    type: z.literal('welcome'),
    version: z.int().positive(),
    gatewayId: z.string(),
    wallClockMs: z.int().nonnegative(),
    role: z.string(),
    stores: z.union([z.literal('all'), z.array(z.string())]),
    heartbeatMs: z.int().positive(),
    operationsPerUploadMax: z.int().positive(),
  }),
  /**
   * How each collection is brought up to date, before anything of it is sent. What the device holds of other collections
   * has left its scope, and goes once its own writes there are settled.
   */
  plan: z.strictObject({
    type: z.literal('plan'),
    request: z.int().positive(),
    /** Where the changes that follow will begin; null where that is the device's own position. */
    position: positionSchema.nullable(),
    hlc: newestStamp,
    /** Null where it is what the device holds, all of it by the changes that follow. */
    collections: z.record(collection, z.strictObject({ fingerprint: hash, way: z.enum(WAYS) })).nullable(),
  }),
  /** No such digest is known here: the device has to tell all of it. */
  resume_unknown: z.strictObject({ type: z.literal('resume_unknown'), request: z.int().positive() }),
  snapshot: z.strictObject({
    type: z.literal('snapshot'),
    frame: z.int().positive(),
    hlc: newestStamp,
    collection,
    documents: z.array(document),
    /** In the order of `_id`: everything up to here has been sent. */
    lastId: z.string().nullable(),
    isLast: z.boolean(),
  }),
  /** All changes up to `position`: with them the device is at a checkpoint. */
  changes: z.strictObject({
    type: z.literal('changes'),
    frame: z.int().positive(),
    position: positionSchema,
    hlc: newestStamp,
    upserts: z.array(z.strictObject({ collection, document })),
    removals: z.array(z.strictObject({ collection, id: z.string() })),
    /** False while more follows that belongs to the same moment. */
    isCheckpoint: z.boolean(),
  }),
  /** Asks for `checksums`, or, with buckets, for the `contents` of those. */
  compare: z.strictObject({
    type: z.literal('compare'),
    collection,
    buckets: z
      .array(
        z
          .int()
          .min(0)
          .max(BUCKETS - 1),
      )
      .nullable(),
  }),
  /** The collection is as it should be; of the way `compare`. */
  compared: z.strictObject({ type: z.literal('compared'), collection }),
  results: z.strictObject({ type: z.literal('results'), results: z.array(operationResultSchema).min(1) }),
  /** Refused operations of this device that somebody has settled, here or at headquarters. */
  settled: z.strictObject({
    type: z.literal('settled'),
    entries: z.array(
      z.strictObject({
        inboxId: z.string(),
        state: z.enum(Object.values(SETTLED_STATES) as ['replayed', 'restored', 'changed', 'discarded']),
      }),
    ),
  }),
  pong: z.strictObject({ type: z.literal('pong'), wallClockMs: z.int().nonnegative() }),
  /** The gateway's reason to end the connection. */
  goodbye: z.strictObject({
    type: z.literal('goodbye'),
    code: z.string(),
    message: z.string(),
    retryAfterMs: z.int().nonnegative().nullable(),
  }),
} as const;

export const deviceFrameSchema = z.discriminatedUnion(
  'type',
  Object.values(deviceFrames) as never,
) as z.ZodType<DeviceFrame>;
export const gatewayFrameSchema = z.discriminatedUnion(
  'type',
  Object.values(gatewayFrames) as never,
) as z.ZodType<GatewayFrame>;

export type DeviceFrame = {
  [Type in keyof typeof deviceFrames]: z.infer<(typeof deviceFrames)[Type]>;
}[keyof typeof deviceFrames];
export type GatewayFrame = {
  [Type in keyof typeof gatewayFrames]: z.infer<(typeof gatewayFrames)[Type]>;
}[keyof typeof gatewayFrames];

/** An operation of an `upload` as it should be, or what is wrong with it: one bad operation spoils no other. */
export const parseOperation = (value: unknown) => operationSchema.safeParse(value);

export function readFrame<Frame>(schema: z.ZodType<Frame>, text: string): Frame {
  if (text.length > LIMITS.frameBytesMax) {
    throw new SyncError(
      'FRAME_TOO_LARGE',
      `A frame of ${text.length} characters came; ${LIMITS.frameBytesMax} are allowed.`,
    );
  }
  if (isTextNestedDeeper(text, LIMITS.frameDepthMax)) {
    throw new SyncError('FRAME_MALFORMED', `A frame came that is nested deeper than ${LIMITS.frameDepthMax} levels.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyncError('FRAME_MALFORMED', 'A frame came that is not JSON.', { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw new SyncError('FRAME_MALFORMED', `A frame came with a fault at '${place}': ${issue?.message ?? 'unknown'}.`, {
    data: { place },
  });
}

/** Names what a device asks for and holds, so that it need not be told again to a gateway that knows it. */
export const scopeDigest = (
  subscriptions: readonly Subscription[],
  holdings: Readonly<Record<string, Holding>>,
): string => contentHash({ subscriptions, holdings });

/** The newest version that both ends know. */
export function negotiatedVersion(theirs: { readonly versionMin: number; readonly versionMax: number }): number {
  const version = Math.min(PROTOCOL_VERSION, theirs.versionMax);
  if (version >= Math.max(PROTOCOL_VERSION_MIN, theirs.versionMin)) return version;
  throw new SyncError(
    'PROTOCOL_UNSUPPORTED',
    `The other end speaks versions ${theirs.versionMin} to ${theirs.versionMax} of the protocol, this one ${PROTOCOL_VERSION_MIN} to ${PROTOCOL_VERSION}.`,
  );
}
