/**
 * One client's socket: frames in, replies out, one request after the other. A malformed frame closes it; a request that
 * fails gets an error reply and the connection stays open.
 */
import type { Socket } from 'node:net';
import { FrameReader, WireError } from './frames.ts';
import { Inbox } from './inbox.ts';
import { frameReply, parseFrame, type RequestMessage } from './messages.ts';

/** While more than this waits behind the request that is being answered, no more is read: a client cannot fill our memory. */
const QUEUE_BYTES_MAX = 1_000_000;

/** Over all connections of the process. */
const inbox = new Inbox();
export const traffic = { bytesIn: 0, bytesOut: 0, requests: 0 };

export interface OutgoingReply {
  readonly parts: readonly Uint8Array[];
  /** Another reply to the same request follows (exhaust). */
  readonly moreToCome?: boolean;
  /** Close the socket instead of answering, as the `closeConnection` fail point asks. */
  readonly hangUp?: boolean;
}

/**
 * Resolves to the last (and mostly only) reply to a request. Those before it go through `send`, which resolves to false
 * once nobody takes them any more; null: there is none after them.
 */
export type RequestHandler = (
  request: RequestMessage,
  connection: Connection,
  send: (reply: OutgoingReply) => Promise<boolean>,
) => Promise<OutgoingReply | null>;

let requestIdLast = 0;
function nextRequestId(): number {
  requestIdLast = (requestIdLast + 1) & 0x7fffffff;
  return requestIdLast;
}

export class Connection {
  readonly id: number;
  readonly remote: string;
  readonly openedAt = new Date();
  /** What the client said about itself in its first hello. */
  clientMetadata: unknown = undefined;
  readonly #socket: Socket;
  readonly #handler: RequestHandler;
  readonly #onFault: (error: Error) => void;
  readonly #reader = new FrameReader();
  readonly #queue: RequestMessage[] = [];
  #queuedBytes = 0;
  #busy = false;
  #closed = false;
  readonly #onClose = new Set<() => void>();

  constructor(id: number, socket: Socket, handler: RequestHandler, onFault: (error: Error) => void) {
    this.id = id;
    this.#onFault = onFault;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#socket = socket;
    this.#handler = handler;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      traffic.bytesIn += chunk.length;
      try {
        for (const frame of this.#reader.push(chunk)) {
          const request = parseFrame(frame);
          this.#queue.push(request);
          this.#queuedBytes += Math.max(frame.length, request.body.length);
        }
        inbox.note(this, this.#reader.pendingBytes);
      } catch (error) {
        onFault(error instanceof Error ? error : new WireError(String(error)));
        socket.destroy();
        return;
      }
      if (this.#queuedBytes > QUEUE_BYTES_MAX) socket.pause();
      if (!this.#busy) void this.#work();
    });
    // 'close' follows every 'error': one place to clean up.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      inbox.note(this, 0);
      this.#queue.length = 0;
      for (const listener of [...this.#onClose]) listener();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Calls back once when the socket closes; returns the unsubscriber. */
  onClose(listener: () => void): () => void {
    this.#onClose.add(listener);
    return () => this.#onClose.delete(listener);
  }

  /** Sends what is already written and closes. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Too much is half sent, and this client has been silent longest. */
  giveUp(): void {
    this.#onFault(new WireError('Too many messages are half sent; this one waited longest.'));
    this.#socket.destroy();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      traffic.requests += 1;
      this.#queuedBytes -= request.body.length;
      try {
        await this.#answer(request);
      } catch (error) {
        // A handler answers its own faults; one that comes through would leave the client waiting for ever.
        this.#onFault(error instanceof Error ? error : new Error(String(error)));
        this.#socket.destroy();
        return;
      }
      if (this.#closed) break;
    }
    this.#queuedBytes = 0;
    if (!this.#closed) this.#socket.resume();
    this.#busy = false;
  }

  async #answer(request: RequestMessage): Promise<void> {
    let responseTo = request.requestId;
    const send = async (reply: OutgoingReply): Promise<boolean> => {
      if (reply.hangUp === true) this.#socket.destroy();
      if (this.#closed || reply.hangUp === true) return false;
      if (request.unacknowledged) return true;
      const requestId = nextRequestId();
      const sent = this.#send(
        frameReply(reply.parts, {
          requestId,
          responseTo,
          via: request.via,
          moreToCome: reply.moreToCome === true,
          compressor: request.compressor,
        }),
      );
      responseTo = requestId;
      if (sent !== undefined) await sent;
      return !this.#closed;
    };
    const last = await this.#handler(request, this, send);
    if (last !== null) await send(last);
  }

  #send(parts: readonly Uint8Array[]): Promise<void> | undefined {
    const socket = this.#socket;
    for (const part of parts) traffic.bytesOut += part.length;
    if (parts.length === 1) {
      if (socket.write(parts[0] as Uint8Array)) return undefined;
    } else {
      socket.cork();
      let flushed = true;
      for (const part of parts) flushed = socket.write(part);
      socket.uncork();
      if (flushed) return undefined;
    }
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}
