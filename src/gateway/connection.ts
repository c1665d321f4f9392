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
import { GatewayError } from './errors.ts';
import { type FrameText, frameText } from './frame-text.ts';
import { applyOperation } from './mongo/apply-operation.ts';
import type { ChangeHub } from './mongo/change-hub.ts';
import type { Uploader } from './mongo/collections.ts';
import type { Departure, DeviceReport } from './mongo/device-reports.ts';
import { readSettled } from './mongo/inbox-writes.ts';
import { readDocuments, scanHashes } from './mongo/scope-reads.ts';
import type { SnapshotReads } from './mongo/snapshot-reads.ts';
import type { ScopeGroups } from './scope-group.ts';
import { writeMessage } from './socket-frames.ts';
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

/** Bytes that may wait in a socket before the gateway stops reading that device's frames. */
const SOCKET_BYTES_MAX = 16 * 1024 * 1024;
/** For what was said last to arrive. */
const FAREWELL_MS = 2_000;

export class Connection {
  readonly channel: Channel;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
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
  readonly #gatewayId: string;
  readonly #connectedAt = new Date();
  #reportedMs = 0;
  #reported = '';
  /** Comparisons of everything that were asked for, with the rounds that had ended before. */
  readonly #asked = new Map<string, number>();
  #verifiedMs = Date.now();
  /** Uploads of one device are applied one after the other. */
  #applying: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, stream: Duplex, { gatewayId, options, hub, snapshots, groups }: GatewayParts) {
    this.#gatewayId = gatewayId;
    this.#socket = socket;
    this.#stream = stream;
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
        if (entries.length > 0 && !this.#isOver) this.#sendText(JSON.stringify({ type: 'settled', entries }));
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
    this.#socket.close();
    // An end that is gone does not answer; whoever stands between must not keep the other waiting.
    setTimeout(() => this.#socket.terminate(), FAREWELL_MS).unref();
  }

  /** What headquarters sees of the device; null where that is nothing new, or was told a moment ago. */
  report(nowMs: number, { changedMs, quietMs }: { readonly changedMs: number; readonly quietMs: number }) {
    const uploader = this.#uploader;
    if (uploader === null || nowMs - this.#reportedMs < changedMs) return null;
    const { phase, isLagging, confirmedPosition, pendingOperations, verification } = this.channel.state;
    const { role, stores, userId } = uploader.principal;
    const facts = {
      _id: uploader.deviceId,
      epoch: uploader.epoch,
      name: this.#name,
      user_id: userId,
      role,
      stores,
      gateway_id: this.#gatewayId,
      connected_at: this.#connectedAt,
      pending_operations: pendingOperations,
      is_up_to_date: phase === 'following' && !isLagging,
      verified_at: verification.verifiedMs === null ? null : new Date(verification.verifiedMs),
      has_agreed: verification.hasAgreed,
      repaired_documents: verification.repairedDocuments,
      repaired_collections: verification.repairedCollections,
    };
    const text = JSON.stringify(facts);
    if (text === this.#reported && nowMs - this.#reportedMs < quietMs) return null;
    this.#reported = text;
    this.#reportedMs = nowMs;
    const report: DeviceReport = {
      ...facts,
      last_seen: new Date(nowMs),
      confirmed_time: confirmedPosition?.time ?? null,
    };
    return report;
  }

  /** What headquarters sees once the connection is over. */
  departure(): Departure | null {
    if (this.#uploader === null) return null;
    return {
      _id: this.#uploader.deviceId,
      gateway_id: this.#gatewayId,
      connected_at: this.#connectedAt,
      last_seen: new Date(),
      confirmed_time: this.channel.state.confirmedPosition?.time ?? null,
    };
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
      // Both are answered with the time, which devices set their stamps by.
      if (frame.type === 'ping' || frame.type === 'hello') this.take({ kind: 'tick', wallClockMs: Date.now() });
      this.take({ kind: 'frame', frame });
      if (frame.type === 'subscribe' || frame.type === 'resume') this.tellSettled(frame.rejected ?? []);
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
        this.#sendFrame(effect.frame);
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

  async #apply(operations: readonly unknown[]): Promise<void> {
    const uploader = this.#uploader;
    if (uploader === null) return;
    const { client, db, permissions } = this.#options;
    try {
      for (const operation of operations) {
        if (this.#isOver) return;
        const result = await applyOperation({ client, db, permissions, wallClockMs: Date.now }, uploader, operation);
        if (result?.outcome === 'rejected') this.#rejectedIds.add(result.inboxId);
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

  #sendFrame(frame: GatewayFrame): void {
    this.#write(frameText(frame));
  }

  #sendText(head: string): void {
    this.#write({ head, shared: null });
  }

  #write(text: FrameText): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    writeMessage(this.#stream, text, this.#socket.extensions.startsWith('permessage-deflate'));
    this.#endWhereUnread();
  }

  #endWhereUnread(): void {
    if (this.#stream.writableLength <= SOCKET_BYTES_MAX) return;
    this.#options.log(`${this.#name || 'a device'} does not read what it is sent; its connection ends`);
    this.end();
  }
}

const storesText = ({ stores }: Principal): string => (stores === 'all' ? 'all stores' : stores.join(', '));
