/**
 * A device without a store: speaks the protocol, confirms what it gets and looks no closer, so that thousands of them leave
 * the machine to the gateway. It says that it holds its whole scope already.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { constants, inflateRawSync } from 'node:zlib';
import { type DeviceFrame, type GatewayFrame, LIMITS, type Position, type Subscription } from '../../src/sync/index.ts';

type Holdings = Extract<DeviceFrame, { type: 'subscribe' }>['holdings'];

/** What a device of a store would hold, had it been here before. */
export interface Held {
  readonly position: Position | null;
  readonly holdings: Holdings;
}

export interface CrowdClientSettings {
  readonly deviceId: string;
  readonly gatewayUri: string;
  readonly token: string;
  readonly subscriptions: readonly Subscription[];
  readonly held: Held;
  /** For the few that read what they are sent. */
  readonly onText: ((text: string) => void) | null;
  readonly onPlan?: (plan: Extract<GatewayFrame, { type: 'plan' }>) => void;
  readonly onCheckpoint: () => void;
  readonly onEnd: (reason: string) => void;
}

const HEADER_BYTES_MAX = 10;
const MASK = Buffer.alloc(4); // of zeros: the text goes as it is

export class CrowdClient {
  readonly #settings: CrowdClientSettings;
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #isOver = false;
  #timer: NodeJS.Timeout | null = null;
  bytesRead = 0;
  framesRead = 0;

  constructor(settings: CrowdClientSettings) {
    this.#settings = settings;
    const { hostname, port, pathname } = new URL(settings.gatewayUri);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('connect', () =>
      this.#socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
          'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n',
      ),
    );
    this.#socket.on('data', (data) => this.#onData(data));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed'));
  }

  close(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#settings.onEnd(reason);
  }

  #onData(data: Buffer): void {
    this.bytesRead += data.length;
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    if (!this.#isOpen && !this.#takeUpgrade()) return;
    while (this.#takeFrame());
  }

  #takeUpgrade(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n');
    if (end < 0) return false;
    if (!this.#pending.subarray(0, end).toString('latin1').startsWith('HTTP/1.1 101')) {
      this.#end('not upgraded');
      return false;
    }
    this.#pending = this.#pending.subarray(end + 4);
    this.#isOpen = true;
    const { deviceId, token } = this.#settings;
    this.#send({
      type: 'hello',
      versionMin: 1,
      versionMax: 1,
      token,
      deviceId,
      epoch: '0123456789abcdef',
      name: deviceId,
      wallClockMs: Date.now(),
    });
    return true;
  }

  /** Source: RFC 6455, section 5.2. */
  #takeFrame(): boolean {
    const buffer = this.#pending;
    if (buffer.length < 2) return false;
    const [first = 0, second = 0] = buffer;
    const short = second & 0x7f;
    const headerBytes = short === 127 ? HEADER_BYTES_MAX : short === 126 ? 4 : 2;
    if (buffer.length < headerBytes) return false;
    const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
    if (buffer.length < headerBytes + length) return false;
    const payload = buffer.subarray(headerBytes, headerBytes + length);
    this.#pending = buffer.subarray(headerBytes + length);
    const opcode = first & 0x0f;
    if (opcode === 8) this.#end('closed by the gateway');
    else if (opcode === 1) this.#onPayload(payload, (first & 0x40) !== 0);
    return !this.#isOver;
  }

  #onPayload(payload: Buffer, isCompressed: boolean): void {
    this.framesRead += 1;
    // The gateway leaves the beginning of such a frame as it is: most of the crowd need not look further.
    const start = payload.toString('latin1', 0, 70);
    const numbered = /\{"type":"(?:changes|snapshot)","frame":(\d+),/.exec(start);
    const text = () => (isCompressed ? inflated(payload) : payload).toString('utf8');
    if (numbered !== null) {
      this.#settings.onText?.(text());
      this.#send({ type: 'confirm', frame: Number(numbered[1]) });
      this.#settings.onCheckpoint();
    } else if (!start.startsWith('{"type":"pong"')) this.#onFrame(JSON.parse(text()) as GatewayFrame);
  }

  #onFrame(frame: GatewayFrame): void {
    if (frame.type === 'welcome') {
      const { subscriptions, held } = this.#settings;
      const { position, holdings } = held;
      this.#send({
        type: 'subscribe',
        request: 1,
        subscriptions: [...subscriptions],
        position,
        awaitsTime: null,
        holdings,
      });
      this.#timer = setInterval(() => this.#send({ type: 'ping', wallClockMs: Date.now() }), LIMITS.heartbeatMs);
    } else if (frame.type === 'plan') this.#settings.onPlan?.(frame);
    else if (frame.type === 'goodbye') this.#end(`${frame.code}: ${frame.message}`);
  }

  #send(frame: DeviceFrame): void {
    const text = Buffer.from(JSON.stringify(frame));
    const isShort = text.length < 126;
    const header = Buffer.alloc(isShort ? 2 : 4);
    header[0] = 0x81;
    header[1] = 0x80 | (isShort ? text.length : 126);
    if (!isShort) header.writeUInt16BE(text.length, 2);
    this.#socket.write(Buffer.concat([header, MASK, text]));
  }
}

function inflated(payload: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([payload, EMPTY_BLOCK]), { finishFlush: constants.Z_SYNC_FLUSH });
}

/** What the sender of a compressed message leaves out at its end. */
const EMPTY_BLOCK = Buffer.from([0, 0, 0xff, 0xff]);
