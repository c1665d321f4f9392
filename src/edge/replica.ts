/**
 * A device's side of replication as a machine without I/O: frames, local operations and clock ticks go in; frames to send
 * and batches to store come out. The shell handles one input at a time and stores a batch before it sends what follows
 * it, so a crash at any moment finds a device that is a little behind, never one with a hole.
 *
 * While an operation is unsettled the device keeps two things of each document that it changed: the shadow, which is the
 * document as MongoDB last told it, and in the store the shadow with the device's own changes on top.
 */
import {
  bucketOf,
  type ContentHash,
  contentHash,
  type DeviceFrame,
  type Document,
  type DocumentKey,
  documentKey,
  fieldChangesOf,
  type GatewayFrame,
  type Holding,
  keysOf,
  LIMITS,
  type LostField,
  OPERATION_CHARACTERS_MAX,
  type Operation,
  type OperationResult,
  operationCharacters,
  type Position,
  PROTOCOL_VERSION,
  PROTOCOL_VERSION_MIN,
  SetChecksum,
  STAMPED_VERSION,
  type Subscription,
  scopeDigest,
  withChanges,
} from '../sync/index.ts';
import { GatewayTime } from './gateway-time.ts';
import { Outbox } from './outbox.ts';
import {
  emptyBatch,
  NO_SHADOW,
  type ReplicaEffect,
  type ReplicaInput,
  type ReplicaOptions,
  type ReplicaState,
  type Shadow,
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
  #epoch: string;
  #lastSequence: number;
  readonly #outbox: Outbox;
  readonly #shadows: Map<DocumentKey, Shadow>;
  readonly #rejectedIds: Set<string>;
  readonly #gatewayTime: GatewayTime;
  /** Operations whose number MongoDB knows with other contents, with where it keeps these. */
  readonly #differing = new Map<number, string>();
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
  #hashes: { readonly collection: string; readonly hashes: ReadonlyMap<string, ContentHash> } | null = null;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#subscriptions = options.subscriptions;
    this.#gatewayTime = new GatewayTime(options.clock);
    const { memory } = options;
    this.#position = memory.position;
    this.#holdings = { ...memory.holdings };
    this.#epoch = memory.epoch;
    this.#lastSequence = memory.lastSequence;
    this.#outbox = new Outbox(memory.outbox);
    this.#shadows = new Map(memory.shadows);
    // A store that lost its shadows: what MongoDB has is not known, and own work must stay on top of it.
    for (const key of this.#outbox.keys()) if (!this.#shadows.has(key)) this.#shadows.set(key, NO_SHADOW);
    this.#rejectedIds = new Set(memory.rejectedIds);
  }

  get state(): ReplicaState {
    return {
      phase: this.#phase,
      pendingOperations: this.#outbox.waitingCount,
      oldestPendingHlc: this.#outbox.oldestWaiting?.hlc ?? null,
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
        for (const [key, shadow] of input.shadows) if (!this.#shadows.has(key)) this.#shadows.set(key, shadow);
        this.#outbox.add({ operation: input.operation, appliedTime: null });
        this.#lastSequence = Math.max(this.#lastSequence, input.operation.sequence);
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
    this.#forgetInFlight();
    this.#retryUploadAtMs = 0;
    this.#send({
      type: 'hello',
      versionMin: PROTOCOL_VERSION_MIN,
      versionMax: PROTOCOL_VERSION,
      token,
      deviceId: this.#options.deviceId,
      epoch: this.#epoch,
      name: this.#options.name,
      wallClockMs,
    });
  }

  #onClosed(): void {
    if (this.#phase !== 'refused') this.#phase = 'offline';
    this.#forgetInFlight();
    this.#hashes = null;
  }

  #forgetInFlight(): void {
    this.#outbox.putAllBack();
    this.#differing.clear();
  }

  #isConnected(): boolean {
    return this.#phase === 'syncing' || this.#phase === 'online';
  }

  #subscribe(): void {
    this.#phase = 'syncing';
    this.#request += 1;
    this.#isPlanned = false;
    this.#hashes = null;
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
    const rejected = [...this.#rejectedIds].slice(-LIMITS.rejectedAskedMax);
    return {
      request: this.#request,
      awaitsTime: this.#outbox.newestAppliedTime,
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
      if (way === 'snapshot') this.#clear(collection, batch);
    }
    for (const collection of Object.keys(this.#holdings)) {
      if (collections[collection] !== undefined) continue;
      this.#clear(collection, batch);
      delete this.#holdings[collection];
    }
    this.#store(batch);
  }

  /** Takes a collection away, but for the documents that unsettled operations still change. */
  #clear(collection: string, batch: StoreBatch): void {
    const exceptIds: string[] = [];
    for (const [key, { document }] of this.#shadows) {
      if (!key.startsWith(`${collection}/`)) continue;
      exceptIds.push(key.slice(collection.length + 1));
      this.#setShadow(key, { document, isGone: true }, batch);
    }
    batch.clear.push({ collection, exceptIds });
  }

  #onSnapshot({ frame, collection, documents, lastId, isLast }: Extract<GatewayFrame, { type: 'snapshot' }>): void {
    const fingerprint = this.#fingerprints[collection];
    if (fingerprint === undefined) return;
    const batch = emptyBatch();
    for (const document of documents) this.#receive(collection, document, batch);
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
    for (const { collection, document } of upserts) this.#receive(collection, document, batch);
    for (const { collection, id } of removals) this.#receiveRemoval(collection, id, batch);
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

  #receive(collection: string, document: Document, batch: StoreBatch): void {
    const key = documentKey({ collection, id: String(document['_id']) });
    if (!this.#shadows.has(key)) {
      batch.upserts.push({ collection, document });
      return;
    }
    this.#setShadow(key, { document, isGone: false }, batch);
    this.#rebase(key, batch);
  }

  #receiveRemoval(collection: string, id: string, batch: StoreBatch): void {
    const key = documentKey({ collection, id });
    const shadow = this.#shadows.get(key);
    // What waits to be settled stays before the eyes of its user until then.
    if (shadow === undefined) batch.removals.push({ collection, id });
    else this.#setShadow(key, { document: shadow.document, isGone: true }, batch);
  }

  #setShadow(key: DocumentKey, shadow: Shadow, batch: StoreBatch): void {
    this.#shadows.set(key, shadow);
    batch.shadows.put.push({ key, shadow });
  }

  /** Writes the document as its user should see it: MongoDB's state with the unsettled changes on top. */
  #rebase(key: DocumentKey, batch: StoreBatch): void {
    const slash = key.indexOf('/');
    const collection = key.slice(0, slash);
    const id = key.slice(slash + 1);
    const shadow = this.#shadows.get(key) ?? NO_SHADOW;
    let document = shadow.document;
    let isWaiting = false;
    for (const operation of this.#outbox.changing(key)) {
      for (const change of operation.changes) {
        if (documentKey(change) !== key) continue;
        isWaiting = true;
        if (change.kind === 'create')
          document = document === null ? change.document : withChanges(document, change.document);
        else if (document !== null) document = withChanges(document, fieldChangesOf(change));
      }
    }
    if (document === null || (shadow.isGone && !isWaiting)) batch.removals.push({ collection, id });
    else batch.upserts.push({ collection, document });
  }

  // ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onCompare(collection: string, buckets: readonly number[] | null): void {
    if (buckets === null) {
      this.#hashes = null;
      this.#effects.push({ kind: 'hash', collection });
      return;
    }
    if (this.#hashes?.collection !== collection) return;
    // The same moment as the checksums, whatever has come since.
    const wanted = new Set(buckets);
    const contents = [...this.#hashes.hashes].filter(([id]) => wanted.has(bucketOf(id)));
    this.#hashes = null;
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
    const hashes = new Map(stored);
    for (const [key, shadow] of this.#shadows) {
      if (!key.startsWith(`${collection}/`)) continue;
      const id = key.slice(collection.length + 1);
      if (shadow.isGone || shadow.document === null) hashes.delete(id);
      else hashes.set(id, contentHash(shadow.document));
    }
    this.#hashes = { collection, hashes };
    const sum = new SetChecksum();
    for (const [id, hash] of hashes) sum.add(id, hash);
    this.#send({ type: 'checksums', collection, position: this.#position ?? this.#base, buckets: sum.buckets() });
  }

  // ── Up ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #upload(): void {
    if (!this.#isConnected() || this.#wallClockMs < this.#retryUploadAtMs) return;
    const operations = this.#outbox.takeReady({
      countMax: LIMITS.operationsPerUploadMax,
      inFlightMax: LIMITS.operationsInFlightMax + this.#differing.size,
      charactersMax: LIMITS.uploadCharactersMax,
    });
    if (operations.length === 0) return;
    this.#send({ type: 'upload', operations: operations.map(asSent), pending: this.#outbox.waitingCount });
  }

  #onResults(results: readonly OperationResult[]): void {
    const batch = emptyBatch();
    for (const result of results) this.#onResult(result, batch);
    this.#settle(batch);
    // Not before all others are answered: what MongoDB has under its old number must not go up under a new one.
    const isNewLife = this.#differing.size > 0 && this.#outbox.unansweredCount === this.#differing.size;
    if (isNewLife) this.#beginNewLife(batch);
    this.#store(batch);
    if (isNewLife) this.#close('EPOCH_CHANGED', 'The device numbers its work anew: its store was put back.', 0);
    else this.#upload();
  }

  #onResult(result: OperationResult, batch: StoreBatch): void {
    const { sequence } = result;
    const entry = this.#outbox.get(sequence);
    if (entry === undefined || entry.appliedTime !== null) return;
    const { operation } = entry;
    if (result.outcome === 'retry') {
      this.#outbox.putBack(sequence);
      this.#retryUploadAtMs = this.#wallClockMs + result.afterMs;
    } else if (result.outcome === 'applied') {
      batch.outbox.put.push(this.#outbox.applied(sequence, result.time));
      if (operation.settles !== undefined) this.#forgetRejected(operation.settles.inboxId, batch);
      this.#onLost(operation, result.lost ?? [], batch);
    } else if (result.reason === 'payload_differs') {
      this.#differing.set(sequence, result.inboxId);
    } else {
      this.#onRejected(operation, result, batch);
      this.#leave([operation], batch);
    }
  }

  #onLost({ sequence, hlc, action, userId }: Operation, lost: readonly LostField[], batch: StoreBatch): void {
    for (const field of lost) {
      this.#rejectedIds.add(field.conflictId);
      batch.lost.push({ ...field, operation: { sequence, hlc, action, userId } });
    }
  }

  #onRejected(
    operation: Operation,
    { reason, message, inboxId }: Extract<OperationResult, { outcome: 'rejected' }>,
    batch: StoreBatch,
  ): void {
    const { settles, ...rejected } = operation;
    if (settles !== undefined && reason === 'already_settled') this.#forgetRejected(settles.inboxId, batch);
    // To throw something away that is settled already leaves nothing to settle.
    if (operation.changes.length === 0) return;
    this.#rejectedIds.add(inboxId);
    batch.rejected.push({ operation: rejected, reason, message, inboxId });
  }

  /** Somebody has settled these, here or at headquarters. */
  #onSettled(inboxIds: readonly string[]): void {
    const batch = emptyBatch();
    for (const inboxId of inboxIds) this.#forgetRejected(inboxId, batch);
    this.#store(batch);
  }

  #forgetRejected(inboxId: string, batch: StoreBatch): void {
    if (this.#rejectedIds.delete(inboxId)) batch.settled.push(inboxId);
  }

  /**
   * This store was put back to an older state, and has given numbers to new work that MongoDB knows from before. What
   * MongoDB does not have gets new numbers in a new life; what it has set aside meanwhile is settled by being sent again.
   */
  #beginNewLife(batch: StoreBatch): void {
    for (const operation of [...this.#outbox.waiting()]) {
      const { sequence } = operation;
      const inboxId = this.#differing.get(sequence);
      this.#lastSequence += 1;
      const settles = operation.settles ?? (inboxId === undefined ? undefined : { inboxId, how: 'replay' as const });
      const renumbered: Operation = {
        ...operation,
        sequence: this.#lastSequence,
        ...(settles === undefined ? {} : { settles }),
      };
      const entry = { operation: renumbered, appliedTime: null };
      this.#outbox.remove(sequence);
      this.#outbox.add(entry);
      batch.outbox.remove.push(sequence);
      batch.outbox.put.push(entry);
    }
    this.#differing.clear();
    this.#epoch = this.#options.newEpoch();
    batch.newLife = { epoch: this.#epoch, lastSequence: this.#lastSequence };
  }

  /** Operations whose effect has come back with the download are done. */
  #settle(batch: StoreBatch): void {
    if (this.#position === null || this.#phase !== 'online') return;
    this.#leave(this.#outbox.appliedUpTo(this.#position.time), batch);
  }

  #leave(operations: readonly Operation[], batch: StoreBatch): void {
    const keys = new Set<DocumentKey>();
    for (const operation of operations) {
      this.#outbox.remove(operation.sequence);
      batch.outbox.remove.push(operation.sequence);
      for (const key of keysOf(operation)) keys.add(key);
    }
    for (const key of keys) {
      this.#rebase(key, batch);
      if (this.#outbox.isChanging(key)) continue;
      this.#shadows.delete(key);
      batch.shadows.remove.push(key);
    }
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

/** At least one part; each fits a frame. */
export function contentsInParts(
  contents: readonly (readonly [id: string, hash: ContentHash])[],
  charactersMax: number = LIMITS.contentsCharactersMax,
): (readonly (readonly [id: string, hash: ContentHash])[])[] {
  const parts: (readonly [string, ContentHash])[][] = [[]];
  let characters = 0;
  for (const entry of contents) {
    // As JSON, with quotes, colon and comma; a character may take six.
    characters += JSON.stringify(entry).length;
    if (characters > charactersMax && parts.at(-1)?.length !== 0) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(entry);
  }
  return parts;
}

/** What no frame could carry is named instead, so that headquarters learns of it and answers; the rest goes on. */
function asSent(operation: Operation): unknown {
  const characters = operationCharacters(operation);
  if (characters <= OPERATION_CHARACTERS_MAX) return operation;
  const { sequence, hlc, action, userId } = operation;
  return { sequence, hlc, action, userId, characters };
}
