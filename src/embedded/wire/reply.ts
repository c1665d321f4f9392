/**
 * A reply as bytes. The documents of a cursor's batch are spliced in as they are stored, never decoded and encoded again.
 */
import { encode } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';

/** Small: most replies hold one document, and memory from Node's pool costs far less than memory of its own. */
const BATCH_BYTES_START = 1024;
const NO_BYTES = Buffer.alloc(0);

/** The array of a cursor's batch, built as BSON while the rows arrive. */
export class RawBatch {
  #bytes: Buffer = NO_BYTES;
  #length = 4;
  count = 0;

  /** How many bytes the array has so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Copies the document in, so that the caller's buffer may change afterwards. */
  add(raw: RawDocument): void {
    const needed = this.#length + raw.length + 16;
    if (needed > this.#bytes.length) this.#grow(this.count === 0 ? needed : needed * 2);
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
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, BATCH_BYTES_START));
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

/** `{ ok: 1 }` after the cursor. */
const OK = elementsIn(encode({ ok: 1 }));
const END = Buffer.from([0]);

/** The elements of an encoded document, without its length and its end. */
export function elementsIn(raw: RawDocument): Uint8Array<ArrayBuffer> {
  return Uint8Array.prototype.slice.call(raw, 4, raw.length - 1) as Uint8Array<ArrayBuffer>;
}

/** The reply document's bytes, in pieces. The elements `extra` (cluster time …) come last. */
export function encodeReply(reply: Reply, extra: Uint8Array): Uint8Array[] {
  if (!isCursorReply(reply)) {
    const bytes = encode(reply);
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length - 1);
    head.writeInt32LE(bytes.length + extra.length, 0);
    return [head, extra, END];
  }
  const batch = reply.batch.toBytes();
  const cursorFields = cursorTail(reply.cursor);
  const rest = isOkAlone(reply.rest) ? OK : elementsIn(encode(reply.rest));
  const name = reply.batchField;
  const head = Buffer.allocUnsafe(4 + 1 + 7 + 4 + 1 + name.length + 1);
  const cursorBytes = 4 + 1 + name.length + 1 + batch.length + cursorFields.length;
  head.writeInt32LE(4 + 1 + 7 + cursorBytes + rest.length + extra.length + 1, 0);
  head[4] = 3;
  head.write('cursor\0', 5, 'latin1');
  head.writeInt32LE(cursorBytes, 12);
  head[16] = 4;
  head.write(name, 17, 'latin1');
  head[17 + name.length] = 0;
  return [head, batch, cursorFields, rest, extra, END];
}

function isOkAlone(rest: Document): boolean {
  for (const name in rest) if (name !== 'ok' || rest[name] !== 1) return false;
  return rest['ok'] === 1;
}

/** What follows the batch inside the cursor, its end included. Of the last batch of a plain cursor it is always the same. */
function cursorTail(cursor: Document): Uint8Array {
  const { id, ns } = cursor;
  const isPlain = id === 0n && typeof ns === 'string' && Object.keys(cursor).length === 2;
  if (!isPlain) return encode(cursor).subarray(4);
  if (lastTail.ns !== ns) lastTail = { ns, bytes: encode(cursor).subarray(4) };
  return lastTail.bytes;
}

let lastTail: { readonly ns: string; readonly bytes: Uint8Array } = { ns: '', bytes: NO_BYTES };
