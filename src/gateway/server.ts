/**
 * The gateway as a server: WebSocket connections at one end, MongoDB at the other, a channel between them for each device.
 * Listens by itself, or behind an HTTP server of somebody else.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LIMITS } from '../sync/index.ts';
import { allowDevice, readWithdrawn, revokeDevice } from './admission.ts';
import type { ChannelState } from './channel-effects.ts';
import { Connection, type GatewayOptions, type GatewayParts } from './connection.ts';
import { ChangeHub, type HubHealth } from './mongo/change-hub.ts';
import { createSyncIndexes } from './mongo/collections.ts';
import { DirectWrites, type DirectWritesStatus } from './mongo/direct-writes/leader.ts';
import { type NoticeListener, Notices } from './mongo/notices.ts';
import { SnapshotReads } from './mongo/snapshot-reads.ts';
import { Reports } from './reports.ts';
import { ScopeGroups } from './scope-group.ts';
import { SyncRequests } from './sync-requests.ts';

export const SYNC_PATH = '/sync';

export type { GatewayOptions } from './connection.ts';

export interface GatewayStatus {
  readonly gatewayId: string;
  readonly stream: HubHealth;
  readonly directWrites: DirectWritesStatus;
  readonly devices: readonly ChannelState[];
}

const TICK_MS = 1_000;
const VERIFY_MS = 10 * 60_000;
/** All devices come at once when a gateway is back. */
const BACKLOG = 4_096;
/** How long a connection may outlive its token's withdrawal. */
const WITHDRAWN_READ_MS = 2_000;
export class Gateway implements AsyncDisposable {
  readonly gatewayId: string;
  readonly #options: GatewayOptions;
  readonly #hub: ChangeHub;
  readonly #directWrites: DirectWrites;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytesMax,
    // For what comes in; what goes out is written by socket-frames.ts. Without a context that is kept between messages:
    // thousands of devices would hold a gigabyte of them.
    perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true, concurrencyLimit: 4 },
  });
  readonly #connections = new Set<Connection>();
  readonly #parts: GatewayParts;
  readonly #timer: NodeJS.Timeout;
  readonly #notices: Notices;
  readonly #reports: Reports;
  readonly #requests: SyncRequests;
  readonly #listener: NoticeListener = {
    onEntry: ({ _id, device_id, state }) => {
      if (state === 'open') return;
      for (const connection of this.#connections) if (connection.deviceId === device_id) connection.tellSettled([_id]);
    },
    onRequest: (request) => this.#requests.take(request),
    onGap: () => {
      for (const connection of this.#connections) connection.askSettled();
      this.#requests
        .readNewest()
        .catch((error: Error) => this.#options.log(`requests were not read: ${error.message}`));
    },
  };
  #withdrawnReadMs = 0;

  private constructor(options: GatewayOptions, gatewayId: string, hub: ChangeHub, directWrites: DirectWrites) {
    this.#options = options;
    this.gatewayId = gatewayId;
    this.#hub = hub;
    this.#directWrites = directWrites;
    const snapshots = new SnapshotReads(options.db);
    this.#parts = { gatewayId, options, hub, snapshots, groups: new ScopeGroups(options.permissions) };
    const { db, log } = options;
    this.#reports = new Reports({ db, gatewayId, hub, connections: this.#connections, log });
    this.#requests = new SyncRequests(db, gatewayId, this.#connections);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#notices = Notices.start(options.db, this.#listener, options.log);
  }

  static async start(options: GatewayOptions): Promise<Gateway> {
    const gatewayId = options.gatewayId ?? `gateway-${randomUUID().slice(0, 8)}`;
    await createSyncIndexes(options.db);
    const hub = await ChangeHub.start({ db: options.db, gatewayId, log: options.log });
    return new Gateway(options, gatewayId, hub, await DirectWrites.start({ ...options, gatewayId }));
  }

  status(): GatewayStatus {
    return {
      gatewayId: this.gatewayId,
      stream: this.#hub.health,
      directWrites: this.#directWrites.status,
      devices: [...this.#connections].map((connection) => connection.channel.state),
    };
  }

  /** For an HTTP server's `upgrade` event. False where the path is not the gateway's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (request.url?.split('?')[0] !== SYNC_PATH) return false;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, socket));
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
    for (const connection of [...this.#connections]) this.#depart(connection);
    await new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
    await this.#notices.close();
    await this.#tellOfTheEnd().catch((error: Error) =>
      this.#options.log(`headquarters was not told of the end: ${error.message}`),
    );
    await this.#directWrites.close();
    await this.#hub.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: WebSocket, stream: Duplex): void {
    const connection = new Connection(socket, stream, this.#parts);
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#depart(connection);
    });
  }

  #depart(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    connection.end();
    this.#requests.collect(connection);
    this.#reports.departed(connection);
  }

  async #tellOfTheEnd(): Promise<void> {
    await this.#requests.write();
    await this.#reports.close();
  }

  #tick(): void {
    const now = Date.now();
    for (const connection of this.#connections) {
      connection.take({ kind: 'tick', wallClockMs: now });
      connection.verify(now, this.#options.verifyMs ?? VERIFY_MS);
      this.#requests.collect(connection);
    }
    this.#parts.snapshots.makeRoom();
    this.#reports.tick(now);
    this.#requests
      .write()
      .catch((error: Error) =>
        this.#options.log(`what came of a comparison was not written, and is kept: ${error.message}`),
      );
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
  const host = options.host ?? '127.0.0.1';
  let gateway: Gateway | null = null;
  const server: Server = createServer((request, response) => answerHealth(gateway, request, response));
  server.on('upgrade', (request, socket, head) => {
    if (gateway?.upgrade(request, socket, head) !== true) socket.destroy();
  });
  // First of all: where the port is taken, nothing has begun that would have to be ended.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host, backlog: BACKLOG }, resolve);
  });
  const closeServer = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const started = await Gateway.start(options).catch(async (error: unknown) => {
    await closeServer();
    throw error;
  });
  gateway = started;
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    await started.close();
    await closeServer();
  };
  return { gateway: started, uri: `ws://${host}:${port}${SYNC_PATH}`, close, [Symbol.asyncDispose]: close };
}

function answerHealth(gateway: Gateway | null, request: IncomingMessage, response: ServerResponse): void {
  const isHealth = request.url === '/health';
  const status = gateway?.status();
  const isWell = status !== undefined && !status.stream.isStalled;
  response.writeHead(!isHealth ? 404 : isWell ? 200 : 503, { 'content-type': 'application/json' });
  const health = { gatewayId: status?.gatewayId, stream: status?.stream, devices: status?.devices.length };
  response.end(isHealth ? JSON.stringify(health) : '{}');
}
