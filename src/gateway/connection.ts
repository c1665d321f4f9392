/** One socket and its channel. Inputs are taken one after the other; what they ask of MongoDB is answered as an input. */
import type { Duplex } from 'node:stream';
import type { Db, MongoClient } from 'mongodb';
import type { WebSocket } from 'ws';
import type { Permissions, Principal } from '../domain/index.ts';
import { deviceFrameSchema, type GatewayFrame, LIMITS, readFrame, SyncError } from '../sync/index.ts';
import type { SigningKey, TokenFacts } from './access-tokens.ts';
import { admit, type Withdrawn } from './admission.ts';
import { Channel } from './channel.ts';
import type { ChannelEffect, ChannelInput } from './channel-effects.ts';
import { ConnectionReport, type ReportTimes } from './connection-report.ts';
import { DeviceSocket } from './device-socket.ts';
import { GatewayError } from './errors.ts';
import { applyOperation } from './mongo/apply-operation.ts';
import type { ChangeHub } from './mongo/change-hub.ts';
import type { Uploader } from './mongo/collections.ts';
import type { Departure, DeviceReport } from './mongo/device-reports.ts';
import { readSettled } from './mongo/inbox-writes.ts';
import { readDocuments, scanHashes } from './mongo/scope-reads.ts';
import type { SnapshotReads } from './mongo/snapshot-reads.ts';
import type { ScopeGroups } from './scope-group.ts';
import { UploadQueue } from './upload-queue.ts';
import type { Round } from './verification.ts';

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

/** What the connections of a gateway share. */
export interface GatewayParts {
  readonly gatewayId: string;
  readonly options: GatewayOptions;
  readonly hub: ChangeHub;
  readonly snapshots: SnapshotReads;
  readonly groups: ScopeGroups;
}

/** For a device that has uploaded more than it may wait for. */
const TOO_MUCH_RETRY_MS = 5_000;

export class Connection {
  readonly channel: Channel;
  readonly #socket: DeviceSocket;
  readonly #options: GatewayOptions;
  readonly #hub: ChangeHub;
  readonly #snapshots: SnapshotReads;
  #uploader: Uploader | null = null;
  #token: TokenFacts | null = null;
  #name = '';
  #stopFollowing: (() => void) | null = null;
  #isOver = false;
  /** Refused operations that the device knows to be open. */
  readonly #rejectedIds = new Set<string>();
  readonly #report: ConnectionReport;
  /** Comparisons of everything that were asked for, with the rounds that had ended before. */
  readonly #asked = new Map<string, number>();
  #verifiedMs = Date.now();
  readonly #uploads = new UploadQueue(
    (operation) => this.#apply(operation),
    (error) => this.#fail(error),
  );
  /** Of the frame that is taken. */
  #frameCharacters = 0;

  constructor(socket: WebSocket, stream: Duplex, { gatewayId, options, hub, snapshots, groups }: GatewayParts) {
    this.#report = new ConnectionReport(gatewayId);
    this.#socket = new DeviceSocket(socket, stream);
    this.#options = options;
    this.#hub = hub;
    this.#snapshots = snapshots;
    this.channel = new Channel({ gatewayId, permissions: options.permissions, groups, wallClockMs: Date.now() });
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

  get deviceId(): string | null {
    return this.#uploader?.deviceId ?? null;
  }

  /** Which of these refused operations somebody has settled. */
  tellSettled(inboxIds: readonly string[]): void {
    const uploader = this.#uploader;
    if (uploader === null || inboxIds.length === 0) return;
    for (const inboxId of inboxIds) this.#rejectedIds.add(inboxId);
    readSettled(this.#options.db, uploader.deviceId, [...this.#rejectedIds]).then(
      (entries) => {
        for (const { inboxId } of entries) this.#rejectedIds.delete(inboxId);
        if (entries.length > 0 && !this.#isOver) this.#send({ type: 'settled', entries });
      },
      (error: Error) => this.#fail(error),
    );
  }

  /** Something may have been settled unheard. */
  askSettled(): void {
    this.tellSettled([...this.#rejectedIds]);
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
    this.#snapshots.leave(this);
    this.#uploads.end();
    this.#socket.close();
  }

  /** What headquarters sees of the device; null where that is nothing new, or was told a moment ago. */
  report(nowMs: number, times: ReportTimes): DeviceReport | null {
    if (this.#uploader === null || !this.#report.isDue(nowMs, times)) return null;
    return this.#report.take(this.#uploader, this.#name, this.channel.state, nowMs, times);
  }

  /** What headquarters sees once the connection is over. */
  departure(): Departure | null {
    return this.#uploader === null ? null : this.#report.departure(this.#uploader.deviceId, this.channel.state);
  }

  /** Compares all that the device holds; {@link takeRounds} tells when that is over. */
  compareAll(requestId: string): void {
    this.#asked.set(requestId, this.channel.state.verification.rounds);
    this.take({ kind: 'verify', all: true });
  }

  /** Of what was asked for: what has ended since the last call. */
  takeRounds(): { readonly requestId: string; readonly isOver: boolean; readonly round: Round | null }[] {
    if (this.#asked.size === 0) return [];
    const { rounds, lastRound } = this.channel.state.verification;
    const ended = [...this.#asked].filter(([, before]) => this.#isOver || rounds > before);
    for (const [requestId] of ended) this.#asked.delete(requestId);
    return ended.map(([requestId, before]) => ({
      requestId,
      isOver: rounds <= before,
      round: rounds > before ? lastRound : null,
    }));
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    try {
      if (isBinary) throw new SyncError('FRAME_MALFORMED', 'Frames are text; a binary one came.');
      if (this.#uploader === null && data.length > LIMITS.helloBytesMax) {
        throw new SyncError('FRAME_TOO_LARGE', `Before the welcome a frame has at most ${LIMITS.helloBytesMax} bytes.`);
      }
      const frame = readFrame(deviceFrameSchema, data.toString('utf8'));
      this.#frameCharacters = data.length;
      // Both are answered with the time, which devices set their stamps by.
      if (frame.type === 'ping' || frame.type === 'hello') this.take({ kind: 'tick', wallClockMs: Date.now() });
      this.take({ kind: 'frame', frame });
      if (frame.type === 'subscribe' || frame.type === 'resume') this.tellSettled(frame.rejected ?? []);
    } catch (error) {
      if (!(error instanceof SyncError)) {
        this.#break(error as Error);
        return;
      }
      this.#part(error.code, error.message, null);
    }
  }

  #do(effect: ChannelEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect.frame);
        return;
      case 'close':
        this.end();
        return;
      case 'unfollow':
        this.#stopFollowing?.();
        this.#stopFollowing = null;
        return;
      case 'follow':
        this.#snapshots.leave(this);
        this.#stopFollowing?.();
        this.#stopFollowing = this.#hub.follow(effect.from, {
          onBatch: (batch) => this.take({ kind: 'changes', ...batch }),
          onHistoryLost: () => this.take({ kind: 'historyLost' }),
        });
        return;
      case 'apply':
        if (!this.#uploads.take(effect.operations, this.#frameCharacters)) this.#refuseUpload();
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
        return { kind: 'started', ticket, now: this.#hub.now(), hlc: this.#hub.newestHlc, isHistoryKept };
      }
      case 'readChunk':
        return {
          kind: 'chunk',
          ticket: effect.ticket,
          ...(await this.#snapshots.readChunk(this, effect.scope, effect.afterId, effect.limit)),
          hlc: await this.#hub.readNewestHlc(),
        };
      case 'scan':
        return { kind: 'scanned', ticket: effect.ticket, hashes: await scanHashes(db, effect.scope, effect.at) };
      case 'readDocuments':
        return {
          kind: 'documents',
          ticket: effect.ticket,
          documents: await readDocuments(db, effect.scope, effect.ids),
          hlc: await this.#hub.readNewestHlc(),
        };
    }
  }

  async #authenticate({ hello }: Extract<ChannelEffect, { kind: 'authenticate' }>): Promise<ChannelInput> {
    const { db, signingKey } = this.#options;
    try {
      const admitted = await admit(db, signingKey, hello);
      const { principal, colleagues } = admitted;
      this.#token = admitted;
      this.#name = hello.name;
      this.#options.log(`${hello.name} connected as ${principal.role} of ${storesText(principal)}`);
      this.#uploader = { deviceId: hello.deviceId, epoch: hello.epoch, principal, colleagues };
      return { kind: 'authenticated', principal };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#options.log(`${hello.name} (${hello.deviceId}) was turned away: ${error.message}`);
      return { kind: 'authenticated', principal: null, message: error.message };
    }
  }

  async #apply(operation: unknown): Promise<void> {
    const uploader = this.#uploader;
    if (uploader === null) return;
    const { client, db, permissions } = this.#options;
    const result = await applyOperation({ client, db, permissions, wallClockMs: Date.now }, uploader, operation);
    if (result?.outcome === 'rejected') this.#rejectedIds.add(result.inboxId);
    if (result !== null) this.take({ kind: 'applied', results: [result] });
  }

  #refuseUpload(): void {
    this.#options.log(`${this.#name} uploads more than it may wait for; its connection ends`);
    this.#part('UPLOAD_TOO_LARGE', 'More has come than a device may wait for.', TOO_MUCH_RETRY_MS);
  }

  /** MongoDB did not answer: the device comes again, and nothing was lost. */
  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#options.log(`connection of ${this.#name || 'a device'} ends: ${error.message}`);
    this.#part('DATABASE_UNAVAILABLE', 'The database does not answer.', 1_000);
  }

  /** A mistake of ours ends this connection and no other. */
  #break(error: Error): void {
    if (this.#isOver) return;
    this.#options.log(`connection of ${this.#name || 'a device'} ends by a fault of the gateway: ${error.stack}`);
    this.#part('GATEWAY_FAULT', 'The gateway could not go on; its log says why.', 5_000);
  }

  #part(code: string, message: string, retryAfterMs: number | null): void {
    this.#send({ type: 'goodbye', code, message, retryAfterMs });
    this.end();
  }

  #send(frame: GatewayFrame): void {
    if (this.#isOver || this.#socket.send(frame)) return;
    this.#options.log(`${this.#name || 'a device'} does not read what it is sent; its connection ends`);
    this.end();
  }
}

const storesText = ({ stores }: Principal): string => (stores === 'all' ? 'all stores' : stores.join(', '));
