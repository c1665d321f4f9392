/**
 * A reply as bytes. The documents of a cursor's batch are spliced in as they are stored, never decoded and encoded again.
 */
import { encode } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';

const BATCH_BYTES_START = 16 * 1024;

/** The array of a cursor's batch, built as BSON while the rows arrive. */
export class RawBatch {
  #bytes: Buffer = Buffer.allocUnsafe(BATCH_BYTES_START);
  #length = 4;
  count = 0;

  /** How many bytes the array has so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Copies the document in, so that the caller's buffer may change afterwards. */
  add(raw: RawDocument): void {
    const needed = this.#length + raw.length + 16;
    if (needed > this.#bytes.length) this.#grow(needed);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = 3;
    const index = this.count;
    if (index < 10) {
      bytes[at++] = 48 + index;
    } else {
      const digits = String(index);
      for (let i = 0; i < digits.length; i++) bytes[at++] = digits.charCodeAt(i);
    }
    bytes[at++] = 0;
    bytes.set(raw, at);
    this.#length = at + raw.length;
    this.count = index + 1;
  }

  /** The finished BSON array. */
  toBytes(): Buffer {
    if (this.#length + 1 > this.#bytes.length) this.#grow(this.#length + 1);
    this.#bytes[this.#length] = 0;
    this.#bytes.writeInt32LE(this.#length + 1, 0);
    return this.#bytes.subarray(0, this.#length + 1);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** A reply whose cursor carries a finished batch: `{ cursor: { [batchField]: […], ...cursor }, ...rest }`. */
export interface CursorReply {
  readonly batchField: 'firstBatch' | 'nextBatch';
  readonly batch: RawBatch;
  readonly cursor: Document;
  readonly rest: Document;
}

export type Reply = Document | CursorReply;

export function isCursorReply(reply: Reply): reply is CursorReply {
  return reply['batch'] instanceof RawBatch;
}

/** The reply document's bytes, in pieces. `extra` fields (cluster time …) come last. */
export function encodeReply(reply: Reply, extra: Document): Uint8Array[] {
  if (!isCursorReply(reply)) return [encode({ ...reply, ...extra })];
  const batch = reply.batch.toBytes();
  const cursorFields = encode(reply.cursor);
  const rest = encode({ ...reply.rest, ...extra });
  const name = `${reply.batchField}\0`;
  const cursorBytes = 4 + 1 + name.length + batch.length + (cursorFields.length - 4);
  const totalBytes = 4 + 1 + 'cursor\0'.length + cursorBytes + (rest.length - 4);
  const head = Buffer.allocUnsafe(4 + 1 + 7 + 4 + 1 + name.length);
  head.writeInt32LE(totalBytes, 0);
  head[4] = 3;
  head.write('cursor\0', 5, 'latin1');
  head.writeInt32LE(cursorBytes, 12);
  head[16] = 4;
  head.write(name, 17, 'latin1');
  const tail = Buffer.concat([cursorFields.subarray(4), rest.subarray(4)]);
  return [head, batch, tail];
}
