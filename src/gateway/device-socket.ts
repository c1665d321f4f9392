/** The socket of one device: writes frames, and is given up where nothing is read of them. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GatewayFrame } from '../sync/index.ts';
import { type FrameText, frameText } from './frame-text.ts';
import { writeMessage } from './socket-frames.ts';

/** Bytes that may wait in a socket. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** For what was said last to arrive. */
const FAREWELL_MS = 2_000;

export class DeviceSocket {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #isCompressing: boolean;

  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
    this.#isCompressing = socket.extensions.startsWith('permessage-deflate');
  }

  /** False where the device does not read what it is sent. */
  send(frame: GatewayFrame): boolean {
    return this.#write(frameText(frame));
  }

  close(): void {
    this.#socket.close();
    // An end that is gone does not answer; whoever stands between must not keep the other waiting.
    setTimeout(() => this.#socket.terminate(), FAREWELL_MS).unref();
  }

  #write(text: FrameText): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true;
    writeMessage(this.#stream, text, this.#isCompressing);
    return this.#stream.writableLength <= WAITING_BYTES_MAX;
  }
}
