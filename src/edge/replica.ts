/**
 * A device's side of replication as a machine without I/O: frames, local operations and clock ticks go in; frames to send
 * and batches to store come out. The shell handles one input at a time and stores a batch before it sends what follows
 * it, so a crash at any moment finds a device that is a little behind, never one with a hole.
 *
 * Its parts: the own operations ({@link OwnWork}), what is shown while they are unsettled ({@link DeviceView}), and what is
 * held while a collection is compared ({@link HeldContents}).
 */
import {
  type ContentHash,
  type DeviceFrame,
  type GatewayFrame,
  type Holding,
  LIMITS,
  type OperationResult,
  type Position,
  PROTOCOL_VERSION,
  PROTOCOL_VERSION_MIN,
  STAMPED_VERSION,
  type Subscription,
  scopeDigest,
} from '../sync/index.ts';
import { DeviceView } from './device-view.ts';
import { GatewayTime } from './gateway-time.ts';
import { contentsInParts, HeldContents } from './held-contents.ts';
import { OwnWork } from './own-work.ts';
import {
  emptyBatch,
  type ReplicaEffect,
  type ReplicaInput,
  type ReplicaOptions,
  type ReplicaState,
  type StoreBatch,
} from './replica-effects.ts';

export * from './replica-effects.ts';

/** What is held of a collection while it is compared: a fingerprint that no scope has, so that it is compared again. */
const MIXED: Holding = { state: 'partial', fingerprint: '0000000000000000', lastId: '' };

export class Replica {
  readonly #options: ReplicaOptions;
  #effects: ReplicaEffect[] = [];
  #phase: ReplicaState['phase'] = 'offline';
  #subscriptions: readonly Subscription[];
  #position: Position | null;
  #holdings: Record<string, Holding>;
  readonly #work: OwnWork;
  readonly #view: DeviceView;
  readonly #contents = new HeldContents();
  readonly #gatewayTime: GatewayTime;
  #fingerprints: Record<string, string> = {};
  /** Where the changes after a snapshot begin; becomes the position with the first checkpoint. */
  #base: Position | null = null;
  #request = 0;
  /** False between a wish for another scope and the gateway's plan for it: what comes meanwhile is for the old one. */
  #isPlanned = false;
  #unsynced = new Set<string>();
  #isReconciling = false;
  #retryUploadAtMs = 0;
  #wallClockMs = 0;
  #heardMs = 0;
  #pingedMs = 0;
  #gatewayClockAheadMs: number | null = null;
  #refusal: ReplicaState['refusal'] = null;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#subscriptions = options.subscriptions;
    this.#gatewayTime = new GatewayTime(options.clock);
    const { memory } = options;
    this.#position = memory.position;
    this.#holdings = { ...memory.holdings };
    this.#work = new OwnWork(memory, options.newEpoch);
    this.#view = new DeviceView(this.#work.outbox, memory.shadows);
  }

  get state(): ReplicaState {
    return {
      phase: this.#phase,
      pendingOperations: this.#work.outbox.waitingCount,
      oldestPendingHlc: this.#work.outbox.oldestWaiting?.hlc ?? null,
      position: this.#position,
      isReconciling: this.#isReconciling,
      gatewayClockAheadMs: this.#gatewayClockAheadMs,
      refusal: this.#refusal,
    };
  }

  handle(input: ReplicaInput): ReplicaEffect[] {
    this.#effects = [];
    switch (input.kind) {
      case 'opened':
        this.#onOpened(input.token, input.wallClockMs);
        break;
      case 'closed':
        this.#onClosed();
        break;
      case 'frame':
        this.#heardMs = this.#wallClockMs;
        this.#gatewayTime.hear(input.frame, input.wallClockMs);
        this.#onFrame(input.frame);
        break;
      case 'operation':
        this.#view.addShadows(input.shadows);
        this.#work.add(input.operation);
        this.#upload();
        break;
      case 'subscriptions':
        this.#subscriptions = input.subscriptions;
        if (this.#isConnected()) this.#subscribe();
        break;
      case 'hashed':
        this.#onHashed(input.collection, input.hashes);
        break;
      case 'tick':
        this.#onTick(input.wallClockMs);
        break;
    }
    return this.#effects;
  }

  // ── The connection ───────────────────────────────────────────────────────────────────────────────────────────────

  #onOpened(token: string, wallClockMs: number): void {
    this.#phase = 'connecting';
    this.#refusal = null;
    this.#wallClockMs = wallClockMs;
    this.#heardMs = wallClockMs;
    this.#pingedMs = wallClockMs;
    this.#work.forgetInFlight();
    this.#retryUploadAtMs = 0;
    this.#send({
      type: 'hello',
      versionMin: PROTOCOL_VERSION_MIN,
      versionMax: PROTOCOL_VERSION,
      token,
      deviceId: this.#options.deviceId,
      epoch: this.#work.epoch,
      name: this.#options.name,
      wallClockMs,
    });
  }

  #onClosed(): void {
    if (this.#phase !== 'refused') this.#phase = 'offline';
    this.#work.forgetInFlight();
    this.#contents.forget();
  }

  #isConnected(): boolean {
    return this.#phase === 'syncing' || this.#phase === 'online';
  }

  #subscribe(): void {
    this.#phase = 'syncing';
    this.#request += 1;
    this.#isPlanned = false;
    this.#contents.forget();
    const position = this.#position;
    if (position === null || !this.#mayResume()) this.#subscribeInFull();
    else {
      const digest = scopeDigest(this.#subscriptions, this.#holdings);
      this.#send({ type: 'resume', digest, position, ...this.#asked() });
    }
  }

  /** Where it holds everything, a gateway that has seen the like needs no more than its name. */
  #mayResume(): boolean {
    const isWhole = Object.values(this.#holdings).every(({ state }) => state === 'whole');
    return this.#gatewayTime.version >= STAMPED_VERSION && isWhole;
  }

  #subscribeInFull(): void {
    const subscriptions = [...this.#subscriptions];
    const holdings = { ...this.#holdings };
    this.#send({ type: 'subscribe', subscriptions, position: this.#position, holdings, ...this.#asked() });
  }

  #asked() {
    const rejected = this.#work.rejectedIds;
    return {
      request: this.#request,
      awaitsTime: this.#work.outbox.newestAppliedTime,
      ...(rejected.length === 0 ? {} : { rejected }),
    };
  }

  #onTick(wallClockMs: number): void {
    const jumpMs = Math.min(0, wallClockMs - this.#wallClockMs);
    // A clock that was put back must not stretch the silence that is waited for.
    this.#heardMs += jumpMs;
    this.#pingedMs += jumpMs;
    this.#retryUploadAtMs += jumpMs;
    this.#wallClockMs = wallClockMs;
    if (this.#phase === 'offline' || this.#phase === 'refused') return;
    if (wallClockMs - this.#heardMs > LIMITS.silenceMsMax) {
      this.#close('GATEWAY_SILENT', 'The gateway has not answered for too long.', 0);
      return;
    }
    if (wallClockMs - this.#pingedMs >= LIMITS.heartbeatMs) {
      this.#pingedMs = wallClockMs;
      this.#send({ type: 'ping', wallClockMs });
    }
    this.#upload();
  }

  #onFrame(frame: GatewayFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#gatewayClockAheadMs = frame.wallClockMs - this.#wallClockMs;
        this.#subscribe();
        this.#upload();
        return;
      case 'plan':
        if (frame.request === this.#request) this.#onPlan(frame);
        return;
      case 'resume_unknown':
        if (frame.request === this.#request && !this.#isPlanned) this.#subscribeInFull();
        return;
      case 'snapshot':
        if (this.#isPlanned) this.#onSnapshot(frame);
        return;
      case 'changes':
        if (this.#isPlanned) this.#onChanges(frame);
        return;
      case 'compare':
        if (this.#isPlanned) this.#onCompare(frame.collection, frame.buckets);
        return;
      case 'compared':
        if (this.#isPlanned) this.#onCompared(frame.collection);
        return;
      case 'results':
        this.#onResults(frame.results);
        return;
      case 'settled':
        this.#onSettled(frame.entries.map(({ inboxId }) => inboxId));
        return;
      case 'pong':
        return;
      case 'goodbye':
        if (frame.retryAfterMs === null) {
          this.#phase = 'refused';
          this.#refusal = { code: frame.code, message: frame.message };
        }
        this.#close(frame.code, frame.message, frame.retryAfterMs);
        return;
    }
  }

  // ── Down ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #onPlan(plan: Extract<GatewayFrame, { type: 'plan' }>): void {
    const batch = emptyBatch();
    const collections = plan.collections ?? asHeld(this.#holdings);
    this.#isPlanned = true;
    this.#base = plan.position ?? this.#position;
    this.#fingerprints = {};
    this.#unsynced = new Set();
    this.#isReconciling = false;
    for (const [collection, { fingerprint, way }] of Object.entries(collections)) {
      this.#fingerprints[collection] = fingerprint;
      if (way === 'changes') continue;
      this.#unsynced.add(collection);
      if (way === 'compare') {
        this.#isReconciling = true;
        // Until it is compared it is a mixture of two scopes: a crash must not let it pass for either.
        this.#holdings[collection] = MIXED;
      }
      if (way === 'snapshot') this.#view.clear(collection, batch);
    }
    for (const collection of Object.keys(this.#holdings)) {
      if (collections[collection] !== undefined) continue;
      this.#view.clear(collection, batch);
      delete this.#holdings[collection];
    }
    this.#store(batch);
  }

  #onSnapshot({ frame, collection, documents, lastId, isLast }: Extract<GatewayFrame, { type: 'snapshot' }>): void {
    const fingerprint = this.#fingerprints[collection];
    if (fingerprint === undefined) return;
    const batch = emptyBatch();
    for (const document of documents) this.#view.receive(collection, document, batch);
    if (isLast) {
      this.#holdings[collection] = { state: 'whole', fingerprint };
      this.#unsynced.delete(collection);
    } else if (lastId !== null) this.#holdings[collection] = { state: 'partial', fingerprint, lastId };
    this.#takeBase();
    this.#store(batch);
    this.#send({ type: 'confirm', frame });
  }

  /**
   * The place from which changes have to follow belongs to what is held, and both are stored at once. An older place is
   * given up only when nothing is left that needs it: after a crash before that, everything is compared again.
   */
  #takeBase(): void {
    if (this.#position === null || this.#unsynced.size === 0) this.#position = this.#base;
  }

  #onChanges({ frame, position, upserts, removals, isCheckpoint }: Extract<GatewayFrame, { type: 'changes' }>): void {
    const batch = emptyBatch();
    for (const { collection, document } of upserts) this.#view.receive(collection, document, batch);
    for (const { collection, id } of removals) this.#view.receiveRemoval(collection, id, batch);
    if (isCheckpoint) {
      this.#position = position;
      this.#phase = 'online';
      this.#isReconciling = false;
      this.#settle(batch);
    }
    this.#store(batch);
    this.#send({ type: 'confirm', frame });
  }

  #onCompared(collection: string): void {
    const fingerprint = this.#fingerprints[collection];
    if (fingerprint === undefined) return;
    this.#holdings[collection] = { state: 'whole', fingerprint };
    this.#unsynced.delete(collection);
    this.#takeBase();
    this.#store(emptyBatch());
  }

  // ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onCompare(collection: string, buckets: readonly number[] | null): void {
    if (buckets === null) {
      this.#contents.forget();
      this.#effects.push({ kind: 'hash', collection });
      return;
    }
    const contents = this.#contents.take(collection, buckets);
    if (contents === null) return;
    if (this.#gatewayTime.version < STAMPED_VERSION) {
      this.#send({ type: 'contents', collection, hashes: Object.fromEntries(contents) });
      return;
    }
    const parts = contentsInParts(contents);
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      this.#send({ type: 'contents', collection, hashes: Object.fromEntries(part), isLast });
    }
  }

  #onHashed(collection: string, stored: ReadonlyMap<string, ContentHash>): void {
    if (!this.#isConnected() || !this.#isPlanned || this.#base === null) return;
    const buckets = this.#contents.hold(collection, this.#view.hashesAsTold(collection, stored));
    this.#send({ type: 'checksums', collection, position: this.#position ?? this.#base, buckets });
  }

  // ── Up ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #upload(): void {
    if (!this.#isConnected() || this.#wallClockMs < this.#retryUploadAtMs) return;
    const operations = this.#work.takeReady();
    if (operations.length === 0) return;
    this.#send({ type: 'upload', operations, pending: this.#work.outbox.waitingCount });
  }

  #onResults(results: readonly OperationResult[]): void {
    const batch = emptyBatch();
    for (const result of results) {
      const retryAfterMs = this.#work.takeResult(result, this.#view, batch);
      if (retryAfterMs !== null) this.#retryUploadAtMs = this.#wallClockMs + retryAfterMs;
    }
    this.#settle(batch);
    const isNewLife = this.#work.mustBeginNewLife;
    if (isNewLife) this.#work.beginNewLife(batch);
    this.#store(batch);
    if (isNewLife) this.#close('EPOCH_CHANGED', 'The device numbers its work anew: its store was put back.', 0);
    else this.#upload();
  }

  /** Somebody has settled these, here or at headquarters. */
  #onSettled(inboxIds: readonly string[]): void {
    const batch = emptyBatch();
    for (const inboxId of inboxIds) this.#work.settled(inboxId, batch);
    this.#store(batch);
  }

  /** Operations whose effect has come back with the download are done. */
  #settle(batch: StoreBatch): void {
    if (this.#position === null || this.#phase !== 'online') return;
    this.#work.leave(this.#work.outbox.appliedUpTo(this.#position.time), this.#view, batch);
  }

  // ── Ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #store(batch: StoreBatch): void {
    const { newest: newestHlc } = this.#options.clock;
    batch.sync = { position: this.#position, holdings: { ...this.#holdings }, newestHlc };
    this.#effects.push({ kind: 'store', batch });
  }

  #close(code: string, message: string, retryAfterMs: number | null): void {
    this.#effects.push({ kind: 'close', code, message, retryAfterMs });
  }

  #send(frame: DeviceFrame): void {
    this.#effects.push({ kind: 'send', frame });
  }
}

type Ways = NonNullable<Extract<GatewayFrame, { type: 'plan' }>['collections']>;

function asHeld(holdings: Readonly<Record<string, Holding>>): Ways {
  const held = Object.entries(holdings).flatMap(([collection, holding]) =>
    holding.state === 'nothing' ? [] : [[collection, { fingerprint: holding.fingerprint, way: 'changes' }] as const],
  );
  return Object.fromEntries(held);
}
