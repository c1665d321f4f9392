/** A client without a driver's habits, for tests: what is sent is exactly what the test says. */
import { connect, type Socket } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';
import { FrameReader } from './frames.ts';

const OP_MSG = 2013;

export function opMsg(command: Document, requestId = 1): Buffer {
  const body = serialize(command);
  const frame = Buffer.alloc(21 + body.length);
  frame.writeInt32LE(frame.length, 0);
  frame.writeInt32LE(requestId, 4);
  frame.writeInt32LE(OP_MSG, 12);
  frame.set(body, 21);
  return frame;
}

export class SocketClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #replies: Document[] = [];
  #wake: (() => void) | undefined;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      for (const frame of this.#reader.push(chunk)) this.#replies.push(deserialize(frame.subarray(21)));
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake?.();
    });
  }

  static open(host: string, port: number): Promise<SocketClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new SocketClient(socket)));
      socket.once('error', reject);
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  async command(command: Document): Promise<Document> {
    this.send(opMsg(command));
    const reply = await this.reply();
    if (reply === null) throw new Error('The server closed the connection.');
    return reply;
  }

  /** The next reply; null when the server has closed the connection. */
  async reply(): Promise<Document | null> {
    while (this.#replies.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#replies.shift() ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
