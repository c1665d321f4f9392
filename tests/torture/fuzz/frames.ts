/** Frames, whole and broken. Source: MongoDB Wire Protocol. */
import { deflateSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { documentBytes, type PlainWire } from './bson-writer.ts';

export const OP_MSG = 2013;
const OP_QUERY = 2004;
const OP_COMPRESSED = 2012;
const MORE_TO_COME = 2;
const EXHAUST_ALLOWED = 1 << 16;
const HEADER_BYTES = 16;
const FRAME_BYTES_MAX = 48_000_000;

/** Lengths and numbers that a careless reader trips over. */
export const evilInt32s = [
  0,
  -1,
  1,
  4,
  5,
  15,
  16,
  20,
  21,
  127,
  255,
  256,
  65_535,
  65_536,
  0x7fffffff,
  -0x80000000,
  0x7ffffffe,
  FRAME_BYTES_MAX,
  FRAME_BYTES_MAX + 1,
  16 * 1024 * 1024,
  0x01000000,
  -16,
] as const;

export interface FrameOptions {
  readonly requestId: number;
  readonly opCode?: number;
  readonly claim?: number;
}

export function frame(payload: Uint8Array, { requestId, opCode = OP_MSG, claim }: FrameOptions): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeInt32LE(claim ?? bytes.length, 0);
  bytes.writeInt32LE(requestId, 4);
  bytes.writeInt32LE(0, 8);
  bytes.writeInt32LE(opCode, 12);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function msgPayload(body: Uint8Array, flags = 0, sections: readonly Uint8Array[] = []): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32LE(flags, 0);
  return Buffer.concat([head, body, ...sections, ...(flags & 1 ? [Buffer.alloc(4)] : [])]);
}

/** A section of kind 1: documents beside the body. */
export function sequence(name: string, documents: readonly Uint8Array[], claim?: number): Buffer {
  const rest = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeInt32LE(claim ?? rest.length + 4, 1);
  return Buffer.concat([head, rest]);
}

export function compressed(
  plain: Uint8Array,
  options: { requestId: number; compressor?: number; claim?: number; packed?: Uint8Array; opCode?: number },
): Buffer {
  const packed = options.packed ?? (options.compressor === 0 ? plain : deflateSync(plain, { level: 1 }));
  const head = Buffer.alloc(9);
  head.writeInt32LE(options.opCode ?? OP_MSG, 0);
  head.writeInt32LE(options.claim ?? plain.length, 4);
  head[8] = options.compressor ?? 2;
  return frame(Buffer.concat([head, packed]), { requestId: options.requestId, opCode: OP_COMPRESSED });
}

export function opQuery(body: Uint8Array, requestId: number, namespace = 'admin.$cmd'): Buffer {
  return frame(Buffer.concat([Buffer.alloc(4), Buffer.from(`${namespace}\0`), Buffer.alloc(8), body]), {
    requestId,
    opCode: OP_QUERY,
  });
}

/**
 * What the server does with an input: `answers` each with one reply, `closes` the connection, does `either`, says nothing
 * (`silent`), or waits for the rest (`waits`).
 */
export interface Input {
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly expect: 'answers' | 'closes' | 'either' | 'silent' | 'waits';
}

const PING: PlainWire = { ping: 1, $db: 'admin' };
let zeros: Buffer | undefined;

/** A frame that lies about its size, its kind or its parts. `body` is a command that is fine by itself. */
export function brokenFrame(random: Random, requestId: number, body: Uint8Array): Input {
  const makers: readonly (() => Omit<Input, 'kind'>)[] = [
    () => ({ bytes: frame(msgPayload(body), { requestId, claim: random.pick(evilInt32s) }), expect: 'waits' }),
    () => ({ bytes: frame(msgPayload(body), { requestId, claim: random.integer(-1000, 15) }), expect: 'closes' }),
    () => ({
      bytes: frame(msgPayload(body), {
        requestId,
        opCode: random.pick([0, 1, 2001, 2002, 2005, 2006, 2010, 2011, -1]),
      }),
      expect: 'closes',
    }),
    () => ({ bytes: randomBytes(random, random.integer(1, 200)), expect: 'waits' }),
    () => ({ bytes: frame(randomBytes(random, random.integer(0, 200)), { requestId }), expect: 'closes' }),
    () => ({ bytes: frame(msgPayload(body, 1 << random.integer(2, 15)), { requestId }), expect: 'closes' }),
    () => ({ bytes: frame(msgPayload(body, 0, [body]), { requestId }), expect: 'closes' }),
    () => ({
      bytes: frame(msgPayload(body, 0, [Buffer.concat([Buffer.of(0), body])]), { requestId }),
      expect: 'closes',
    }),
    () => ({
      bytes: frame(msgPayload(body, 0, [Buffer.of(random.integer(2, 255)), body]), { requestId }),
      expect: 'closes',
    }),
    () => ({
      bytes: frame(msgPayload(body, 0, [sequence('documents', [body], random.pick(evilInt32s))]), { requestId }),
      expect: 'either',
    }),
    () => ({
      bytes: frame(msgPayload(body, 0, [sequence('a', [body]), sequence('a', [body])]), { requestId }),
      expect: 'closes',
    }),
    () => ({
      bytes: frame(msgPayload(body, 0, [sequence('x'.repeat(random.integer(0, 5000)), [body])]), { requestId }),
      expect: 'either',
    }),
    () => ({
      bytes: frame(
        msgPayload(
          body,
          0,
          Array.from({ length: random.integer(2, 500) }, (_, k) => sequence(`s${k}`, [])),
        ),
        { requestId },
      ),
      expect: 'either',
    }),
    () => ({ bytes: frame(msgPayload(sequence('documents', [body]).subarray(1)), { requestId }), expect: 'closes' }),
    () => ({ bytes: frame(msgPayload(body, 1).subarray(0, -random.integer(1, 4)), { requestId }), expect: 'closes' }),
    () => ({ bytes: frame(msgPayload(body, 1), { requestId }), expect: 'either' }),
    () => {
      const bytes = msgPayload(body);
      return { bytes: frame(bytes.subarray(0, random.integer(0, bytes.length - 1)), { requestId }), expect: 'closes' };
    },
    () => ({ bytes: compressed(msgPayload(body), { requestId, claim: random.pick(evilInt32s) }), expect: 'closes' }),
    () => ({
      bytes: compressed(msgPayload(body), { requestId, compressor: random.pick([1, 3, 4, 200]) }),
      expect: 'closes',
    }),
    () => ({
      bytes: compressed(msgPayload(body), { requestId, packed: randomBytes(random, random.integer(0, 100)) }),
      expect: 'closes',
    }),
    () => ({ bytes: compressed(msgPayload(body), { requestId, opCode: OP_COMPRESSED }), expect: 'closes' }),
    () => ({ bytes: opQuery(body, requestId, random.pick(['', 'a', 'admin.$cmd', 'x.c'])), expect: 'either' }),
    () => ({ bytes: opQuery(body.subarray(0, random.integer(0, body.length - 1)), requestId), expect: 'closes' }),
    () => ({ bytes: frame(Buffer.alloc(random.integer(0, 30)), { requestId, opCode: OP_QUERY }), expect: 'closes' }),
    () => {
      const whole = frame(msgPayload(body), { requestId });
      return { bytes: whole.subarray(0, random.integer(0, whole.length - 1)), expect: 'waits' };
    },
  ];
  const at = random.integer(0, makers.length - 1);
  return { kind: `frame ${at}`, ...makers[at]!() };
}

/** Well formed, but not plain: compressed, with a checksum, without an answer, as the old handshake, as a stream. */
export function dressedFrame(random: Random, requestId: number, body: Uint8Array): Input {
  const chance = random.next();
  if (chance < 0.9) return { kind: 'plain', bytes: frame(msgPayload(body), { requestId }), expect: 'answers' };
  if (chance < 0.93) return { kind: 'zlib', bytes: compressed(msgPayload(body), { requestId }), expect: 'answers' };
  if (chance < 0.95)
    return { kind: 'noop', bytes: compressed(msgPayload(body), { requestId, compressor: 0 }), expect: 'answers' };
  if (chance < 0.97) return { kind: 'checksum', bytes: frame(msgPayload(body, 1), { requestId }), expect: 'answers' };
  if (chance < 0.985)
    return { kind: 'unacknowledged', bytes: frame(msgPayload(body, MORE_TO_COME), { requestId }), expect: 'silent' };
  if (chance < 0.99) return { kind: 'query', bytes: opQuery(body, requestId), expect: 'answers' };
  return { kind: 'exhaust', bytes: frame(msgPayload(body, EXHAUST_ALLOWED), { requestId }), expect: 'waits' };
}

/** A few bytes that claim to be, or become, very many. */
export function compressionBomb(random: Random, requestId: number): Input {
  zeros ??= deflateSync(Buffer.alloc(FRAME_BYTES_MAX), { level: 9 });
  const claim = random.pick([FRAME_BYTES_MAX, FRAME_BYTES_MAX - 1, 1000, 0, 0x7fffffff]);
  return {
    kind: 'compression bomb',
    bytes: compressed(documentBytes(PING), { requestId, packed: zeros, claim }),
    expect: 'closes',
  };
}

export function randomBytes(random: Random, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; at++) bytes[at] = random.integer(0, 255);
  return bytes;
}
