/**
 * Cuts a socket's byte stream into frames. Chunks are kept as they came and joined once, when a frame is whole, so a
 * 48 MB message costs one copy. Source: MongoDB Wire Protocol, "Standard Message Header" (four int32, little-endian).
 */
import { int32At } from './elements.ts';

export const HEADER_BYTES = 16;
export const FRAME_BYTES_MAX = 48_000_000;

/** A buffer object costs about so much, however few its bytes. */
const CHUNK_OVERHEAD_BYTES = 160;

/** The peer broke the protocol; the connection must be closed, for nothing after it can be trusted. */
export class WireError extends Error {}

export interface MessageHeader {
  readonly frameBytes: number;
  readonly requestId: number;
  readonly responseTo: number;
  readonly opCode: number;
}

export function readHeader(frame: Uint8Array): MessageHeader {
  const frameBytes = int32At(frame, 0);
  if (frameBytes < HEADER_BYTES || frameBytes > FRAME_BYTES_MAX) {
    throw new WireError(`A frame of ${frameBytes} bytes is outside ${HEADER_BYTES}–${FRAME_BYTES_MAX}.`);
  }
  return { frameBytes, requestId: int32At(frame, 4), responseTo: int32At(frame, 8), opCode: int32At(frame, 12) };
}

export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Length of the frame under way; 0 while its length is not known yet. */
  #wanted = 0;

  /** What the frame under way holds, small chunks with their overhead. */
  get pendingBytes(): number {
    return this.#bytes + this.#chunks.length * CHUNK_OVERHEAD_BYTES;
  }

  /** Takes the next chunk and returns the frames that are whole now. */
  push(chunk: Buffer): Buffer[] {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#wanted === 0) {
        if (this.#bytes < HEADER_BYTES) break;
        this.#wanted = readHeader(this.#peek(HEADER_BYTES)).frameBytes;
      }
      if (this.#bytes < this.#wanted) break;
      frames.push(this.#take(this.#wanted));
      this.#wanted = 0;
    }
    return frames;
  }

  #peek(bytes: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    if (first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #take(bytes: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    this.#bytes -= bytes;
    if (first.length === bytes) {
      this.#chunks.shift();
      return first;
    }
    if (first.length > bytes) {
      this.#chunks[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = joined.length > bytes ? [joined.subarray(bytes)] : [];
    return joined.subarray(0, bytes);
  }
}
