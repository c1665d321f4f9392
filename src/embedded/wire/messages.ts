/**
 * The messages inside the frames: OP_MSG for everything, OP_QUERY for the first handshake of older clients, and
 * OP_COMPRESSED around either. Sources: MongoDB Wire Protocol; "OP_COMPRESSED" specification.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import type { RawDocument } from '../bson/values.ts';
import { documentEnd, int32At, textOf } from './elements.ts';
import { FRAME_BYTES_MAX, HEADER_BYTES, type MessageHeader, readHeader, WireError } from './frames.ts';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 1 << 1;
const EXHAUST_ALLOWED = 1 << 16;
/** Bits 0–15 must be understood; of the others, unknown ones may be ignored. */
const REQUIRED_BITS = 0xffff;

export type Compressor = 'zlib' | 'noop';

/** One request, whichever way it came. */
export interface RequestMessage {
  readonly requestId: number;
  readonly via: 'msg' | 'query';
  readonly body: RawDocument;
  /** Documents sent beside the body ("kind 1" sections), by the name of the field that they belong to. */
  readonly sequences: ReadonlyMap<string, readonly RawDocument[]>;
  /** For OP_QUERY: the database, from the collection's name. */
  readonly database?: string;
  /** The client wants no reply. */
  readonly unacknowledged: boolean;
  /** The client takes any number of replies to this one request. */
  readonly exhaustAllowed: boolean;
  readonly compressor?: Compressor;
}

export function parseFrame(frame: Buffer): RequestMessage {
  const header = readHeader(frame);
  const body = frame.subarray(HEADER_BYTES);
  if (header.opCode === OP_COMPRESSED) return parseCompressed(header, body);
  return parseUncompressed(header.requestId, header.opCode, body);
}

function parseCompressed(header: MessageHeader, bytes: Buffer): RequestMessage {
  if (bytes.length < 9) throw new WireError('A compressed message is too short.');
  const opCode = int32At(bytes, 0);
  const plainBytes = int32At(bytes, 4);
  if (plainBytes < 0 || plainBytes > FRAME_BYTES_MAX) throw new WireError('A compressed message claims a wrong size.');
  const payload = bytes.subarray(9);
  const compressor: Compressor | undefined = bytes[8] === 0 ? 'noop' : bytes[8] === 2 ? 'zlib' : undefined;
  if (compressor === undefined) throw new WireError(`Compressor ${bytes[8]} was never agreed on.`);
  const plain = compressor === 'zlib' ? inflate(payload, plainBytes) : payload;
  if (plain.length !== plainBytes) throw new WireError('A compressed message has another size than it claims.');
  return { ...parseUncompressed(header.requestId, opCode, plain), compressor };
}

function inflate(payload: Buffer, plainBytes: number): Buffer {
  try {
    return inflateSync(payload, { maxOutputLength: Math.max(1, plainBytes) });
  } catch (cause) {
    throw new WireError('A compressed message cannot be unpacked.', { cause });
  }
}

function parseUncompressed(requestId: number, opCode: number, body: Buffer): RequestMessage {
  try {
    if (opCode === OP_MSG) return parseMsg(requestId, body);
    if (opCode === OP_QUERY) return parseQuery(requestId, body);
  } catch (cause) {
    if (cause instanceof WireError) throw cause;
    throw new WireError('A message is malformed.', { cause });
  }
  throw new WireError(`Operation ${opCode} is not part of the protocol that this server speaks.`);
}

function parseMsg(requestId: number, bytes: Buffer): RequestMessage {
  if (bytes.length < 5) throw new WireError('An OP_MSG is too short.');
  const flags = int32At(bytes, 0);
  if ((flags & REQUIRED_BITS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0)
    throw new WireError('OP_MSG has unknown flags.');
  // The checksum (CRC-32C) is skipped: TCP on the loopback address has its own.
  const end = bytes.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  let body: RawDocument | undefined;
  const sequences = new Map<string, RawDocument[]>();
  let at = 4;
  while (at < end) {
    const kind = bytes[at];
    at += 1;
    if (kind === 0) {
      if (body !== undefined) throw new WireError('An OP_MSG has two bodies.');
      const bodyEnd = documentEnd(bytes, at);
      if (bodyEnd > end) throw new WireError('An OP_MSG body is cut off.');
      body = bytes.subarray(at, bodyEnd);
      at = bodyEnd;
    } else if (kind === 1) {
      const sectionEnd = at + int32At(bytes, at);
      if (sectionEnd > end || sectionEnd < at + 5) throw new WireError('An OP_MSG section has a wrong size.');
      let nameEnd = at + 4;
      while (nameEnd < sectionEnd && bytes[nameEnd] !== 0) nameEnd += 1;
      const name = textOf(bytes, at + 4, nameEnd);
      if (sequences.has(name)) throw new WireError(`An OP_MSG has two sections named '${name}'.`);
      const documents: RawDocument[] = [];
      at = nameEnd + 1;
      while (at < sectionEnd) {
        const documentStop = documentEnd(bytes, at);
        if (documentStop > sectionEnd) throw new WireError('A document reaches beyond its section.');
        documents.push(bytes.subarray(at, documentStop));
        at = documentStop;
      }
      sequences.set(name, documents);
    } else {
      throw new WireError(`OP_MSG section kind ${kind} is unknown.`);
    }
  }
  if (body === undefined) throw new WireError('An OP_MSG has no body.');
  return {
    requestId,
    via: 'msg',
    body,
    sequences,
    unacknowledged: (flags & MORE_TO_COME) !== 0,
    exhaustAllowed: (flags & EXHAUST_ALLOWED) !== 0,
  };
}

function parseQuery(requestId: number, bytes: Buffer): RequestMessage {
  let nameEnd = 4;
  while (nameEnd < bytes.length && bytes[nameEnd] !== 0) nameEnd += 1;
  const namespace = textOf(bytes, 4, nameEnd);
  const bodyStart = nameEnd + 1 + 8;
  return {
    requestId,
    via: 'query',
    body: bytes.subarray(bodyStart, documentEnd(bytes, bodyStart)),
    sequences: new Map(),
    database: namespace.split('.')[0] ?? 'admin',
    unacknowledged: false,
    exhaustAllowed: false,
  };
}

export interface ReplyOptions {
  readonly requestId: number;
  readonly responseTo: number;
  readonly via: 'msg' | 'query';
  readonly moreToCome?: boolean;
  readonly compressor?: Compressor | undefined;
}

/** The flags, then the kind of the one section. */
const MSG_HEAD = Buffer.from([0, 0, 0, 0, 0]);
const MSG_HEAD_MORE = Buffer.from([MORE_TO_COME, 0, 0, 0, 0]);

/** Below this, packing costs more time than it saves bytes. */
const COMPRESS_BYTES_MIN = 1024;

/** Above this, packing would keep others waiting; and nobody is far away on the loopback address. */
const COMPRESS_BYTES_MAX = 1024 * 1024;

/** Up to here a reply's pieces are joined. */
const JOIN_BYTES_MAX = 64 * 1024;

/** The pieces of a reply's frame, ready to be written one after the other. */
export function frameReply(parts: readonly Uint8Array[], options: ReplyOptions): Uint8Array[] {
  let bodyBytes = 0;
  for (const part of parts) bodyBytes += part.length;
  const head = options.via === 'query' ? queryReplyHead() : options.moreToCome === true ? MSG_HEAD_MORE : MSG_HEAD;
  const opCode = options.via === 'msg' ? OP_MSG : OP_REPLY;
  if (options.compressor === 'zlib' && bodyBytes >= COMPRESS_BYTES_MIN && bodyBytes <= COMPRESS_BYTES_MAX) {
    const plain = Buffer.concat([head, ...parts]);
    const packed = deflateSync(plain, { level: 1 });
    const prefix = Buffer.allocUnsafe(9);
    prefix.writeInt32LE(opCode, 0);
    prefix.writeInt32LE(plain.length, 4);
    prefix[8] = 2;
    return [header(HEADER_BYTES + 9 + packed.length, options, OP_COMPRESSED), prefix, packed];
  }
  const frameBytes = HEADER_BYTES + head.length + bodyBytes;
  // One write of one piece is the cheapest; a large batch is not copied once more for it.
  const joins = bodyBytes <= JOIN_BYTES_MAX;
  const frame = Buffer.allocUnsafe(joins ? frameBytes : HEADER_BYTES + head.length);
  writeHeader(frame, frameBytes, options, opCode);
  frame.set(head, HEADER_BYTES);
  if (!joins) return [frame, ...parts];
  let at = HEADER_BYTES + head.length;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return [frame];
}

function header(frameBytes: number, options: ReplyOptions, opCode: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(bytes, frameBytes, options, opCode);
  return bytes;
}

function writeHeader(bytes: Buffer, frameBytes: number, options: ReplyOptions, opCode: number): void {
  bytes.writeInt32LE(frameBytes, 0);
  bytes.writeInt32LE(options.requestId, 4);
  bytes.writeInt32LE(options.responseTo, 8);
  bytes.writeInt32LE(opCode, 12);
}

function queryReplyHead(): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeInt32LE(8, 0); // AwaitCapable, as every mongod since 1.6 says
  bytes.writeInt32LE(1, 16); // one document
  return bytes;
}
