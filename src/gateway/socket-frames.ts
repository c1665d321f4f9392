/**
 * Text messages as WebSocket frames, written past the `ws` package, which would copy and compress for each device what
 * many are sent alike. Sources: RFC 6455, section 5.2; RFC 7692, section 7.2.1. Each message is compressed by itself, so
 * nothing is kept per device.
 */
import type { Duplex } from 'node:stream';
import { constants, deflateRawSync } from 'node:zlib';
import type { FrameText } from './frame-text.ts';

const FIN_TEXT = 0x81;
const COMPRESSED = 0x40;
/** Below it compressing costs more than it saves. */
const COMPRESSED_BYTES_MIN = 512;
/** A block of DEFLATE that is stored as it is: a type, its length and the complement of that. */
const STORED_BYTES = 5;
const STORED_TEXT_BYTES_MAX = 0xffff;
const HEADER_BYTES_MAX = 10;
/** To copy so much costs less than to hand the parts over one by one. */
const COPIED_BYTES_MAX = 16 * 1024;

/** `isCompressing`: whether the device has agreed to `permessage-deflate`. */
export function writeMessage(stream: Duplex, { head, shared }: FrameText, isCompressing: boolean): void {
  if (shared === null) {
    const text = Buffer.from(head);
    if (isCompressing && text.length >= COMPRESSED_BYTES_MIN) writeFrame(stream, true, [deflated(text)]);
    else writeFrame(stream, false, [text]);
  } else if (isCompressing && shared.plain.length >= COMPRESSED_BYTES_MIN && head.length <= STORED_TEXT_BYTES_MAX) {
    shared.deflated ??= deflated(shared.plain);
    writeFrame(stream, true, [storedBlock(head), shared.deflated]);
  } else writeFrame(stream, false, [Buffer.from(head), shared.plain]);
}

/** Compressed by itself, and ending at a byte, so that it may follow another block. */
function deflated(text: Buffer): Buffer {
  const bytes = deflateRawSync(text, { level: 2, memLevel: 8, finishFlush: constants.Z_SYNC_FLUSH });
  // The empty block at the end is left out by whoever sends, and put back by whoever receives.
  return bytes.subarray(0, bytes.length - 4);
}

function storedBlock(text: string): Buffer {
  const block = Buffer.allocUnsafe(STORED_BYTES + Buffer.byteLength(text));
  const length = block.length - STORED_BYTES;
  block[0] = 0;
  block.writeUInt16LE(length, 1);
  block.writeUInt16LE(~length & 0xffff, 3);
  block.write(text, STORED_BYTES);
  return block;
}

function writeFrame(stream: Duplex, isCompressed: boolean, parts: readonly Buffer[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const beginning = header(isCompressed, length);
  if (length <= COPIED_BYTES_MAX) {
    stream.write(Buffer.concat([beginning, ...parts], beginning.length + length));
    return;
  }
  stream.cork();
  stream.write(beginning);
  for (const part of parts) stream.write(part);
  stream.uncork();
}

function header(isCompressed: boolean, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES_MAX);
  bytes[0] = FIN_TEXT | (isCompressed ? COMPRESSED : 0);
  if (length < 126) {
    bytes[1] = length;
    return bytes.subarray(0, 2);
  }
  if (length < 65_536) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
    return bytes.subarray(0, 4);
  }
  bytes[1] = 127;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
