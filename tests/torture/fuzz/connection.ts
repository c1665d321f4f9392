/** A socket that sends what it is told and hands over the replies as bytes. */
import { connect, type Socket } from 'node:net';
import { inflateSync } from 'node:zlib';
import { FrameReader } from '../../../src/embedded/wire/frames.ts';

export interface RawReply {
  readonly responseTo: number;
  /** The reply's document. */
  readonly body: Buffer;
}

const OP_REPLY = 1;
const OP_COMPRESSED = 2012;
const CONNECT_MS_MAX = 10_000;

export class FuzzConnection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #replies: RawReply[] = [];
  #wake: (() => void) | undefined;
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      for (const frame of this.#reader.push(chunk)) this.#replies.push(replyOf(frame));
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake?.();
    });
  }

  static open(host: string, port: number): Promise<FuzzConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => {
        clearTimeout(overdue);
        socket.off('error', reject);
        resolve(new FuzzConnection(socket));
      });
      const overdue = setTimeout(() => socket.destroy(new Error('not connected in time')), CONNECT_MS_MAX);
      socket.once('error', reject);
    });
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.isClosed) this.#socket.write(bytes);
  }

  async reply(withinMs: number): Promise<RawReply | 'closed' | 'late'> {
    const until = performance.now() + withinMs;
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      if (this.isClosed) return 'closed';
      const left = until - performance.now();
      if (left <= 0) return 'late';
      await new Promise<void>((resolve) => {
        const overdue = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(overdue);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  destroy(): void {
    this.isClosed = true;
    this.#socket.destroy();
  }
}

function replyOf(frame: Buffer): RawReply {
  const responseTo = frame.readInt32LE(8);
  const opCode = frame.readInt32LE(12);
  if (opCode !== OP_COMPRESSED) return { responseTo, body: frame.subarray(opCode === OP_REPLY ? 36 : 21) };
  const plain = frame[24] === 2 ? inflateSync(frame.subarray(25)) : frame.subarray(25);
  return { responseTo, body: plain.subarray(frame.readInt32LE(16) === OP_REPLY ? 20 : 5) };
}
