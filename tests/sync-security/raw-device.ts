/** A device that says what the test wants: the protocol over a real WebSocket, with none of a device's good manners. */
import { WebSocket } from 'ws';
import type {
  DeviceFrame,
  Document,
  DocumentChange,
  GatewayFrame,
  Holding,
  OperationResult,
  Position,
} from '../../src/sync/index.ts';

export type Goodbye = Extract<GatewayFrame, { type: 'goodbye' }>;
/** Anything: what a device may send is what the tests are about. */
export type Asked = { readonly collection: string; readonly where: unknown };

const WAIT_MS = 20_000;
export const EPOCH = '0123456789abcdef';

export class RawDevice {
  readonly frames: GatewayFrame[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  #request = 0;
  #sequence = 0;
  isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as GatewayFrame;
      this.frames.push(frame);
      if ('frame' in frame) this.send({ type: 'confirm', frame: frame.frame });
      this.#wake();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  static async connect(uri: string): Promise<RawDevice> {
    const socket = new WebSocket(uri);
    const device = new RawDevice(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return device;
  }

  /** Connected and welcome, or told why not. */
  static async hello(
    uri: string,
    token: string,
    more: Partial<Extract<DeviceFrame, { type: 'hello' }>> = {},
  ): Promise<RawDevice> {
    const device = await RawDevice.connect(uri);
    device.send(helloFrame(token, more));
    await device.until(() => device.isClosed || device.frames.length > 0);
    return device;
  }

  get goodbye(): Goodbye | undefined {
    return this.frames.find((frame): frame is Goodbye => frame.type === 'goodbye');
  }

  send(frame: unknown): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendRaw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** Asks, and answers with every document that was sent until all is told. */
  async download(
    subscriptions: readonly Asked[],
    more: { readonly position?: Position; readonly holdings?: Readonly<Record<string, Holding>> } = {},
  ): Promise<Map<string, Document>> {
    this.#request += 1;
    const request = this.#request;
    const from = this.frames.length;
    const { position = null, holdings = {} } = more;
    this.send({ type: 'subscribe', request, subscriptions, position, awaitsTime: null, holdings });
    const documents = new Map<string, Document>();
    for (let at = from; ; at++) {
      await this.until(() => this.isClosed || this.frames.length > at);
      const frame = this.frames[at];
      if (frame === undefined || frame.type === 'goodbye')
        throw new Error(`The connection ended: ${JSON.stringify(frame)}`);
      if (frame.type === 'snapshot') this.#keep(documents, frame.collection, frame.documents);
      if (frame.type === 'changes') {
        for (const { collection, document } of frame.upserts) this.#keep(documents, collection, [document]);
      }
      // A device that holds nothing of what the gateway believes it holds.
      if (frame.type === 'compare' && frame.buckets === null) {
        const buckets = Array.from({ length: 256 }, () => 'ffff:0000000000000000');
        this.send({ type: 'checksums', collection: frame.collection, position: position ?? aPosition, buckets });
      } else if (frame.type === 'compare') this.send({ type: 'contents', collection: frame.collection, hashes: {} });
      const isPlanned = this.frames.some(
        (one, index) => index >= from && one.type === 'plan' && one.request === request,
      );
      if (isPlanned && frame.type === 'changes' && frame.isCheckpoint) return documents;
    }
  }

  /** Uploads changes as one operation of this device, and waits for what becomes of it. */
  async perform(changes: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): Promise<OperationResult> {
    this.#sequence += 1;
    return await this.upload({
      sequence: this.#sequence,
      hlc: hlcOf(this.#sequence),
      action: 'test',
      userId: 'user-1',
      changes,
      ...more,
    });
  }

  async upload(operation: Readonly<Record<string, unknown>>): Promise<OperationResult> {
    const from = this.frames.length;
    this.send({ type: 'upload', operations: [operation], pending: 0 });
    await this.until(() => this.isClosed || this.#resultAfter(from) !== undefined);
    const result = this.#resultAfter(from);
    if (result === undefined) throw new Error(`No result came: ${JSON.stringify(this.goodbye)}`);
    return result;
  }

  async until(holds: () => boolean): Promise<void> {
    const endsAtMs = Date.now() + WAIT_MS;
    while (!holds()) {
      const restMs = endsAtMs - Date.now();
      if (restMs <= 0) throw new Error(`Nothing more came after ${JSON.stringify(this.frames.at(-1))?.slice(0, 300)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, restMs);
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  async ended(): Promise<void> {
    await this.until(() => this.isClosed);
  }

  close(): void {
    this.#socket.terminate();
  }

  #resultAfter(from: number): OperationResult | undefined {
    for (const frame of this.frames.slice(from)) if (frame.type === 'results') return frame.results[0];
    return undefined;
  }

  #keep(documents: Map<string, Document>, collection: string, found: readonly Document[]): void {
    for (const document of found) documents.set(`${collection}/${String(document['_id'])}`, document);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

const aPosition: Position = { time: '0000000000000001', resumeToken: null };

export const helloFrame = (token: string, more: Partial<Extract<DeviceFrame, { type: 'hello' }>> = {}) => ({
  type: 'hello',
  versionMin: 1,
  versionMax: 1,
  token,
  deviceId: 'tablet-1',
  epoch: EPOCH,
  name: 'tablet-1',
  wallClockMs: Date.now(),
  ...more,
});

export const hlcOf = (counter: number, deviceId = 'tablet-1', atMs = Date.now()): string =>
  `${new Date(atMs).toISOString()}-${counter.toString(16).padStart(4, '0')}-${deviceId}`;

export const create = (collection: string, document: Document): DocumentChange => ({
  kind: 'create',
  collection,
  id: String(document['_id']),
  document: document as never,
});

export const set = (
  collection: string,
  id: unknown,
  fields: Readonly<Record<string, unknown>>,
  unset: readonly string[] = [],
): DocumentChange => ({
  kind: 'set',
  collection,
  id: String(id),
  fields: fields as never,
  unset: [...unset],
  seen: {},
});
