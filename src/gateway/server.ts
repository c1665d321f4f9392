/**
 * The gateway as a server: WebSocket connections at one end, MongoDB at the other, a channel between them for each device.
 * Listens by itself, or behind an HTTP server of somebody else.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Db, MongoClient } from 'mongodb';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Permissions, Principal } from '../domain/index.ts';
import { deviceFrameSchema, LIMITS, readFrame, SyncError } from '../sync/index.ts';
import type { SigningKey, TokenFacts } from './access-tokens.ts';
import { admit, allowDevice, readWithdrawn, revokeDevice, type Withdrawn } from './admission.ts';
import { Channel } from './channel.ts';
import type { ChannelEffect, ChannelInput, ChannelState } from './channel-effects.ts';
import { GatewayError } from './errors.ts';
import { applyOperation } from './mongo/apply-operation.ts';
import { ChangeHub, type HubHealth } from './mongo/change-hub.ts';
import { createSyncIndexes, syncCollections, type Uploader } from './mongo/collections.ts';
import { readChunk, readDocuments, scanHashes } from './mongo/scope-reads.ts';

export const SYNC_PATH = '/sync';

export interface GatewayOptions {
  readonly client: MongoClient;
  readonly db: Db;
  readonly permissions: Permissions;
  readonly signingKey: SigningKey;
  readonly log: (line: string) => void;
  readonly gatewayId?: string;
  /** Between two comparisons of a device that is up to date. */
  readonly verifyMs?: number;
}

export interface GatewayStatus {
  readonly gatewayId: string;
  readonly stream: HubHealth;
  readonly devices: readonly ChannelState[];
}

const TICK_MS = 1_000;
const VERIFY_MS = 10 * 60_000;
const DEVICES_WRITTEN_MS = 5_000;
/** How long a connection may outlive its token's withdrawal. */
const WITHDRAWN_READ_MS = 2_000;
/** Bytes that may wait in a socket before the gateway stops reading that device's frames. */
const SOCKET_BYTES_MAX = 16 * 1024 * 1024;

export class Gateway implements AsyncDisposable {
  readonly gatewayId: string;
  readonly #options: GatewayOptions;
  readonly #hub: ChangeHub;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytesMax,
    perMessageDeflate: { threshold: 1024, concurrencyLimit: 4 },
  });
  readonly #connections = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  #withdrawnReadMs = 0;

  private constructor(options: GatewayOptions, gatewayId: string, hub: ChangeHub) {
    this.#options = options;
    this.gatewayId = gatewayId;
    this.#hub = hub;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  static async start(options: GatewayOptions): Promise<Gateway> {
    const gatewayId = options.gatewayId ?? `gateway-${randomUUID().slice(0, 8)}`;
    await createSyncIndexes(options.db);
    const hub = await ChangeHub.start({ db: options.db, gatewayId, log: options.log });
    return new Gateway(options, gatewayId, hub);
  }

  status(): GatewayStatus {
    return {
      gatewayId: this.gatewayId,
      stream: this.#hub.health,
      devices: [...this.#connections].map((connection) => connection.channel.state),
    };
  }

  /** For an HTTP server's `upgrade` event. False where the path is not the gateway's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (request.url?.split('?')[0] !== SYNC_PATH) return false;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket));
    return true;
  }

  /** Ends a device's connection, and keeps it from coming back until `allow`. */
  async revoke(deviceId: string, because: string): Promise<void> {
    await revokeDevice(this.#options.db, deviceId, because);
    await this.#endWithdrawn();
  }

  async allow(deviceId: string): Promise<void> {
    await allowDevice(this.#options.db, deviceId);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.end();
    await new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
    await this.#hub.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: WebSocket): void {
    const connection = new Connection(socket, this.gatewayId, this.#options, this.#hub);
    this.#connections.add(connection);
    socket.on('close', () => {
      connection.end();
      this.#connections.delete(connection);
    });
  }

  #tick(): void {
    const now = Date.now();
    for (const connection of this.#connections) {
      connection.take({ kind: 'tick', wallClockMs: now });
      connection.writeDevice(now, DEVICES_WRITTEN_MS);
      connection.verify(now, this.#options.verifyMs ?? VERIFY_MS);
    }
    if (this.#connections.size === 0 || now - this.#withdrawnReadMs < WITHDRAWN_READ_MS) return;
    this.#withdrawnReadMs = now;
    this.#endWithdrawn().catch((error: Error) =>
      this.#options.log(`not read what was withdrawn, and trying again: ${error.message}`),
    );
  }

  /** Also what was withdrawn at another gateway, or by a command. */
  async #endWithdrawn(): Promise<void> {
    const withdrawn = await readWithdrawn(this.#options.db);
    for (const connection of this.#connections) connection.endIfWithdrawn(withdrawn, Date.now());
  }
}

/** One socket and its channel. Inputs are taken one after the other; what they ask of MongoDB is answered as an input. */
class Connection {
  readonly channel: Channel;
  readonly #socket: WebSocket;
  readonly #options: GatewayOptions;
  readonly #hub: ChangeHub;
  #uploader: Uploader | null = null;
  #token: TokenFacts | null = null;
  #name = '';
  #stopFollowing: (() => void) | null = null;
  #isOver = false;
  #writtenMs = 0;
  #verifiedMs = Date.now();
  /** Uploads of one device are applied one after the other. */
  #applying: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, gatewayId: string, options: GatewayOptions, hub: ChangeHub) {
    this.#socket = socket;
    this.#options = options;
    this.#hub = hub;
    this.channel = new Channel({ gatewayId, permissions: options.permissions, wallClockMs: Date.now() });
    socket.on('message', (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    socket.on('error', (error) => options.log(`connection of ${this.#name || 'a device'}: ${error.message}`));
  }

  take(input: ChannelInput): void {
    if (this.#isOver) return;
    try {
      for (const effect of this.channel.handle(input)) this.#do(effect);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  verify(nowMs: number, everyMs: number): void {
    if (nowMs - this.#verifiedMs < everyMs) return;
    this.#verifiedMs = nowMs;
    this.take({ kind: 'verify' });
  }

  endIfWithdrawn({ devices, tokens }: Withdrawn, nowMs: number): void {
    const [uploader, token] = [this.#uploader, this.#token];
    if (uploader === null || token === null) return;
    const because = devices.get(uploader.deviceId) ?? tokens.get(token.tokenId ?? '');
    if (because !== undefined) this.take({ kind: 'revoked', message: because });
    // It may have another one by now.
    else if (token.expiresMs <= nowMs)
      this.take({ kind: 'revoked', message: 'The token has run out.', retryAfterMs: 0 });
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#uploader !== null) this.#options.log(`${this.#name} disconnected`);
    this.#stopFollowing?.();
    this.#socket.close();
  }

  /** What headquarters sees of the device. */
  writeDevice(nowMs: number, everyMs: number): void {
    const uploader = this.#uploader;
    if (uploader === null || nowMs - this.#writtenMs < everyMs) return;
    this.#writtenMs = nowMs;
    const { confirmedPosition, pendingOperations } = this.channel.state;
    const { role, stores, userId } = uploader.principal;
    const device = {
      epoch: uploader.epoch,
      name: this.#name,
      user_id: userId,
      role,
      stores,
      last_seen: new Date(nowMs),
      pending_operations: pendingOperations,
      confirmed_time: confirmedPosition?.time ?? null,
    };
    void syncCollections(this.#options.db)
      .devices.updateOne({ _id: uploader.deviceId }, { $set: device }, { upsert: true })
      .catch((error: Error) => this.#options.log(`device ${uploader.deviceId} not written: ${error.message}`));
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    try {
      if (isBinary) throw new SyncError('FRAME_MALFORMED', 'Frames are text; a binary one came.');
      this.take({ kind: 'frame', frame: readFrame(deviceFrameSchema, data.toString('utf8')) });
    } catch (error) {
      if (!(error instanceof SyncError)) {
        this.#break(error as Error);
        return;
      }
      this.#sendText(JSON.stringify({ type: 'goodbye', code: error.code, message: error.message, retryAfterMs: null }));
      this.end();
    }
  }

  #do(effect: ChannelEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#sendText(JSON.stringify(effect.frame));
        return;
      case 'close':
        this.end();
        return;
      case 'unfollow':
        this.#stopFollowing?.();
        this.#stopFollowing = null;
        return;
      case 'follow':
        this.#stopFollowing?.();
        this.#stopFollowing = this.#hub.follow(effect.from, {
          onBatch: ({ position, changes }) => this.take({ kind: 'changes', position, changes }),
          onHistoryLost: () => this.take({ kind: 'historyLost' }),
        });
        return;
      case 'apply':
        this.#applying = this.#applying.then(() => this.#apply(effect.operations));
        return;
      default:
        this.#ask(effect).then(
          (input) => this.take(input),
          (error: Error) => this.#fail(error),
        );
    }
  }

  async #ask(
    effect: Extract<ChannelEffect, { kind: 'authenticate' | 'start' | 'readChunk' | 'scan' | 'readDocuments' }>,
  ): Promise<ChannelInput> {
    const { db } = this.#options;
    switch (effect.kind) {
      case 'authenticate':
        return this.#authenticate(effect);
      case 'start': {
        const { ticket, position } = effect;
        const isHistoryKept = position !== null && (await this.#hub.keepsHistorySince(position));
        return { kind: 'started', ticket, now: this.#hub.now(), isHistoryKept };
      }
      case 'readChunk':
        return {
          kind: 'chunk',
          ticket: effect.ticket,
          ...(await readChunk(db, effect.scope, effect.afterId, effect.limit)),
        };
      case 'scan':
        return { kind: 'scanned', ticket: effect.ticket, hashes: await scanHashes(db, effect.scope, effect.at) };
      case 'readDocuments':
        return {
          kind: 'documents',
          ticket: effect.ticket,
          documents: await readDocuments(db, effect.scope, effect.ids),
        };
    }
  }

  async #authenticate({ hello }: Extract<ChannelEffect, { kind: 'authenticate' }>): Promise<ChannelInput> {
    const { db, signingKey } = this.#options;
    try {
      this.#token = await admit(db, signingKey, hello);
      const { principal } = this.#token;
      this.#name = hello.name;
      this.#options.log(`${hello.name} connected as ${principal.role} of ${storesText(principal)}`);
      this.#uploader = { deviceId: hello.deviceId, epoch: hello.epoch, principal };
      this.writeDevice(Date.now(), 0);
      return { kind: 'authenticated', principal };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#options.log(`${hello.name} (${hello.deviceId}) was turned away: ${error.message}`);
      return { kind: 'authenticated', principal: null, message: error.message };
    }
  }

  async #apply(operations: readonly unknown[]): Promise<void> {
    const uploader = this.#uploader;
    if (uploader === null) return;
    const { client, db, permissions } = this.#options;
    try {
      for (const operation of operations) {
        if (this.#isOver) return;
        const result = await applyOperation({ client, db, permissions, wallClockMs: Date.now }, uploader, operation);
        if (result !== null) this.take({ kind: 'applied', results: [result] });
      }
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** MongoDB did not answer: the device comes again, and nothing was lost. */
  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#options.log(`connection of ${this.#name || 'a device'} ends: ${error.message}`);
    this.#sendText(
      JSON.stringify({
        type: 'goodbye',
        code: 'DATABASE_UNAVAILABLE',
        message: 'The database does not answer.',
        retryAfterMs: 1_000,
      }),
    );
    this.end();
  }

  /** A mistake of ours ends this connection and no other. */
  #break(error: Error): void {
    if (this.#isOver) return;
    this.#options.log(`connection of ${this.#name || 'a device'} ends by a fault of the gateway: ${error.stack}`);
    const message = 'The gateway could not go on; its log says why.';
    this.#sendText(JSON.stringify({ type: 'goodbye', code: 'GATEWAY_FAULT', message, retryAfterMs: 5_000 }));
    this.end();
  }

  #sendText(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > SOCKET_BYTES_MAX) {
      this.#options.log(`${this.#name || 'a device'} does not read what it is sent; its connection ends`);
      this.end();
    }
  }
}

const storesText = ({ stores }: Principal): string => (stores === 'all' ? 'all stores' : stores.join(', '));

export interface ListeningGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** `ws://127.0.0.1:PORT/sync` */
  readonly uri: string;
  close(): Promise<void>;
}

/** A gateway with an HTTP server of its own, for `zava gateway` and tests. */
export async function listen(
  options: GatewayOptions & { readonly host?: string; readonly port: number },
): Promise<ListeningGateway> {
  const gateway = await Gateway.start(options);
  const host = options.host ?? '127.0.0.1';
  const server: Server = createServer((request, response) => {
    const isHealth = request.url === '/health';
    const { stream, devices } = gateway.status();
    response.writeHead(!isHealth ? 404 : stream.isStalled ? 503 : 200, { 'content-type': 'application/json' });
    response.end(isHealth ? JSON.stringify({ gatewayId: gateway.gatewayId, stream, devices: devices.length }) : '{}');
  });
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.upgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    await gateway.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { gateway, uri: `ws://${host}:${port}${SYNC_PATH}`, close, [Symbol.asyncDispose]: close };
}
