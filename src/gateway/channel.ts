/**
 * One device's connection as a machine without I/O: what came in goes in, what is to be done comes out. The shell around
 * it owns the socket, the timers and the database, and gives every effect's answer back as an input.
 */
import type { Principal } from '../domain/index.ts';
import {
  type CollectionScope,
  type ContentHash,
  type DeviceFrame,
  type Document,
  type GatewayFrame,
  HLC_ORIGIN,
  type Hlc,
  LIMITS,
  negotiatedVersion,
  type OperationResult,
  type Position,
  STAMPED_VERSION,
  SyncError,
} from '../sync/index.ts';
import type { ChannelEffect, ChannelInput, ChannelOptions, ChannelState } from './channel-effects.ts';
import { Checkpoints } from './checkpoints.ts';
import { Comparison, visibleOf } from './comparison.ts';
import { isAsHeld, planOf, type Step } from './plan.ts';
import { documentPortions, PORTION_LIMITS, type PortionLimits, portionsOf } from './portions.ts';
import type { RoutedChanges } from './routing.ts';
import { type ChangeBatch, ScopeGroup, ScopeGroups } from './scope-group.ts';
import { SentFrames } from './sent-frames.ts';
import { type Verdict, Verification } from './verification.ts';

const CHUNK_DOCUMENTS_MAX = 500;
const WAITING_CHANGES_MAX = 5_000;
/**
 * Frames of changes that wait for the device to store them: one that it stores, and those that it stores together after
 * that. What comes meanwhile waits here, where it is put together.
 */
const CHANGES_UNDER_WAY_MAX = 6;

export class Channel {
  readonly #options: ChannelOptions;
  readonly #groups: ScopeGroups;
  #effects: ChannelEffect[] = [];
  #phase: ChannelState['phase'] = 'hello';
  #version = 0;
  #principal: Principal | null = null;
  #deviceId: string | null = null;
  #wallClockMs: number;
  #heardMs: number;
  #subscribe: Extract<DeviceFrame, { type: 'subscribe' }> | null = null;
  #group = new ScopeGroup(new Map(), []);
  #steps: Step[] = [];
  #base: Position | null = null;
  #isReading = false;
  #comparison: Comparison | null = null;
  #ticket = 0;
  readonly #sent = new SentFrames();
  readonly #checkpoints = new Checkpoints();
  #sentPosition: Position | null = null;
  /** No stamp up to where the device is told of is above it. */
  #hlc: Hlc = HLC_ORIGIN;
  /** Heard of, and not told of yet; of its changes, those that mean anything to this device. */
  #heard: Pick<ChangeBatch, 'position' | 'hlc'> | null = null;
  #waiting: ChangeBatch[] = [];
  #waitingChanges = 0;
  #isLagging = false;
  #pendingOperations = 0;
  readonly #verification = new Verification();

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#groups = options.groups ?? new ScopeGroups(options.permissions);
    this.#wallClockMs = options.wallClockMs;
    this.#heardMs = options.wallClockMs;
  }

  get state(): ChannelState {
    return {
      phase: this.#phase,
      principal: this.#principal,
      deviceId: this.#deviceId,
      confirmedPosition: this.#sent.confirmedPosition,
      pendingOperations: this.#pendingOperations,
      isLagging: this.#isLagging,
      verification: this.#verification.state,
    };
  }

  handle(input: ChannelInput): ChannelEffect[] {
    this.#effects = [];
    if (this.#phase === 'closed') return [];
    try {
      this.#take(input);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      this.#part(error.code, error.message, null);
    }
    return this.#effects;
  }

  #take(input: ChannelInput): void {
    switch (input.kind) {
      case 'frame':
        this.#heardMs = this.#wallClockMs;
        this.#onFrame(input.frame);
        return;
      case 'authenticated':
        this.#onAuthenticated(input.principal, input.message ?? 'The token is not valid.');
        return;
      case 'started':
        if (input.ticket === this.#ticket) this.#onStarted(input.now, input.hlc, input.isHistoryKept);
        return;
      case 'chunk':
        if (input.ticket === this.#ticket) this.#onChunk(input);
        return;
      case 'scanned':
        if (input.ticket === this.#ticket) this.#onScanned(input.hashes);
        return;
      case 'documents':
        if (input.ticket === this.#ticket) this.#onDocuments(input.documents, input.hlc);
        return;
      case 'changes':
        this.#onChanges({ position: input.position, hlc: input.hlc, changes: input.changes });
        return;
      case 'historyLost':
        // The device comes again with its position, and is compared.
        this.#part('HISTORY_LOST', 'MongoDB’s history does not reach back far enough; comparing instead.', 0);
        return;
      case 'applied':
        this.#onApplied(input.results);
        return;
      case 'revoked':
        this.#part('ACCESS_REVOKED', input.message, input.retryAfterMs ?? null);
        return;
      case 'scopeChanged':
        this.#part('SCOPE_CHANGED', 'What this device may see has changed.', 0);
        return;
      case 'verify':
        this.#verify(input.all === true);
        return;
      case 'tick':
        this.#wallClockMs = input.wallClockMs;
        this.#onTick();
        return;
    }
  }

  #onTick(): void {
    if (this.#wallClockMs - this.#heardMs > LIMITS.silenceMsMax) {
      this.#close();
      return;
    }
    this.#verifyNext();
    const position = this.#sentPosition;
    const isQuiet = this.#phase === 'following' && this.#heard === null && !this.#isLagging;
    if (
      !isQuiet ||
      position === null ||
      this.#checkpoints.wasTold(position) ||
      this.#sent.underWay >= CHANGES_UNDER_WAY_MAX
    )
      return;
    if (this.#checkpoints.isDue(position, this.#wallClockMs)) this.#sendChanges(position, this.#hlc, NOTHING, true);
  }

  #onFrame(frame: DeviceFrame): void {
    if (this.#phase === 'hello') {
      if (frame.type !== 'hello')
        throw new SyncError('FRAME_MALFORMED', `A connection begins with hello, not '${frame.type}'.`);
      this.#version = negotiatedVersion(frame);
      this.#deviceId = frame.deviceId;
      this.#phase = 'authenticating';
      this.#do({ kind: 'authenticate', hello: frame });
      return;
    }
    switch (frame.type) {
      case 'hello':
        throw new SyncError('FRAME_MALFORMED', 'A second hello came on one connection.');
      case 'subscribe':
        this.#requireAuthenticated();
        this.#subscribe = frame;
        this.#restart();
        return;
      case 'resume':
        this.#requireAuthenticated();
        this.#resume(frame);
        return;
      case 'upload':
        this.#requireAuthenticated();
        this.#pendingOperations = frame.pending;
        this.#do({ kind: 'apply', operations: frame.operations });
        return;
      case 'confirm':
        this.#onConfirm(frame.frame);
        return;
      case 'checksums':
        this.#onChecksums(frame);
        return;
      case 'contents':
        this.#onContents(frame);
        return;
      case 'ping':
        this.#send({ type: 'pong', wallClockMs: this.#wallClockMs });
        return;
    }
  }

  #onApplied(results: readonly OperationResult[]): void {
    for (const result of results) {
      if (result.outcome !== 'retry') this.#pendingOperations = Math.max(0, this.#pendingOperations - 1);
      if (result.outcome === 'applied') this.#checkpoints.await(result.time);
    }
    this.#send({ type: 'results', results: [...results] });
    // The stream may have told of it before the answer came.
    const position = this.#sentPosition;
    if (this.#phase !== 'following' || position === null || this.#heard !== null) return;
    if (this.#checkpoints.isAwaited(position)) this.#sendChanges(position, this.#hlc, NOTHING, true);
  }

  #requireAuthenticated(): void {
    if (this.#principal === null) throw new SyncError('FRAME_MALFORMED', 'A frame came before the welcome.');
  }

  #onAuthenticated(principal: Principal | null, message: string): void {
    if (principal === null) {
      this.#part('ACCESS_REFUSED', message, null);
      return;
    }
    this.#principal = principal;
    this.#phase = 'idle';
    this.#send({
      type: 'welcome',
      version: this.#version,
      gatewayId: this.#options.gatewayId,
      wallClockMs: this.#wallClockMs,
      role: principal.role,
      stores: principal.stores === 'all' ? 'all' : [...principal.stores],
      heartbeatMs: LIMITS.heartbeatMs,
      operationsPerUploadMax: LIMITS.operationsPerUploadMax,
    });
  }

  // ── Bringing the device to a first checkpoint ────────────────────────────────────────────────────────────────────

  #resume({ digest, ...rest }: Extract<DeviceFrame, { type: 'resume' }>): void {
    const whole = this.#groups.wholeOf(digest);
    if (whole === undefined) {
      this.#send({ type: 'resume_unknown', request: rest.request });
      return;
    }
    const { subscriptions, holdings } = whole;
    this.#subscribe = { ...rest, type: 'subscribe', subscriptions: [...subscriptions], holdings };
    this.#restart();
  }

  #restart(): void {
    if (this.#phase === 'following' || this.#phase === 'syncing') this.#do({ kind: 'unfollow' });
    this.#phase = 'starting';
    this.#sent.forget();
    this.#steps = [];
    this.#dropWaiting();
    this.#isLagging = false;
    this.#isReading = false;
    this.#comparison = null;
    this.#do({ kind: 'start', ticket: this.#newTicket(), position: this.#subscribe?.position ?? null });
  }

  #onStarted(now: Position, hlc: Hlc, isHistoryKept: boolean): void {
    const subscribe = this.#subscribe;
    if (this.#phase !== 'starting' || subscribe === null || this.#principal === null) return;
    this.#group = this.#groups.groupOf(subscribe.subscriptions, this.#principal);
    const plan = planOf(subscribe, this.#group.scopes, now, isHistoryKept);
    const { base, steps, collections } = plan;
    this.#base = base;
    this.#hlc = hlc;
    this.#steps = steps;
    this.#verification.scopeChanged([...this.#group.scopes.values()]);
    this.#phase = 'syncing';
    const { request } = subscribe;
    if (this.#version >= STAMPED_VERSION && base === subscribe.position && isAsHeld(plan, subscribe))
      this.#send({ type: 'plan', request, position: null, hlc, collections: null });
    else this.#send({ type: 'plan', request, position: base, ...this.#stamped(hlc), collections });
    this.#goOn();
  }

  /** Takes the next step, as far as the device keeps up. */
  #goOn(): void {
    if (this.#phase !== 'syncing' || this.#isReading || this.#comparison !== null) return;
    if (this.#sent.underWay >= LIMITS.unconfirmedFramesMax) return;
    const step = this.#steps[0];
    if (step === undefined) {
      this.#phase = 'following';
      this.#sentPosition = this.#base;
      this.#checkpoints.begin(this.#subscribe?.awaitsTime ?? null);
      this.#do({ kind: 'follow', from: this.#base as Position, collections: [...this.#group.scopes.keys()] });
      return;
    }
    if (step.kind === 'compare') {
      this.#compare(step.scope, null);
      return;
    }
    this.#isReading = true;
    const limit = this.#options.chunkDocumentsMax ?? CHUNK_DOCUMENTS_MAX;
    this.#do({ kind: 'readChunk', ticket: this.#newTicket(), scope: step.scope, afterId: step.afterId, limit });
  }

  #onChunk({ documents, lastId: readId, isLast, hlc }: Extract<ChannelInput, { kind: 'chunk' }>): void {
    const step = this.#steps[0];
    if (this.#phase !== 'syncing' || step?.kind !== 'snapshot') return;
    this.#isReading = false;
    const lastId = readId ?? step.afterId;
    const portions = documentPortions(visibleOf(step.scope, documents), (document) => document);
    for (const [index, portion] of portions.entries()) {
      // They are in no order: only with the last of them the device has everything up to `lastId`.
      const isWhole = index === portions.length - 1;
      this.#send({
        type: 'snapshot',
        frame: this.#sent.next(null),
        ...this.#stamped(hlc),
        collection: step.scope.collection,
        documents: portion as never,
        lastId: isWhole ? lastId : step.afterId,
        isLast: isWhole && isLast,
      });
    }
    if (isLast) this.#steps.shift();
    else this.#steps[0] = { ...step, afterId: lastId };
    this.#goOn();
  }

  // ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Asks a device that is up to date whether it holds what it should: of one collection, or of all. */
  #verify(all: boolean): void {
    const scopes = [...this.#group.scopes.values()];
    const next = scopes[Math.floor(this.#wallClockMs / 1000) % Math.max(1, scopes.length)];
    const isUpToDate = this.#phase === 'following' && !this.#isLagging;
    const hasScope = this.#phase === 'following' || this.#phase === 'syncing';
    if (all) this.#verification.beginRound(hasScope ? scopes : null);
    else if (next !== undefined && isUpToDate) this.#verification.add(next);
    this.#verifyNext();
  }

  #verifyNext(): void {
    if (this.#phase !== 'following' || this.#comparison !== null || this.#isLagging) return;
    const scope = this.#verification.next();
    if (scope !== null) this.#compare(scope, this.#sentPosition);
  }

  #compare(scope: CollectionScope, at: Position | null): void {
    this.#comparison = new Comparison(scope, at);
    this.#send({ type: 'compare', collection: scope.collection, buckets: null });
    if (at === null) this.#do({ kind: 'scan', ticket: this.#newTicket(), scope, at });
  }

  #onChecksums(frame: Extract<DeviceFrame, { type: 'checksums' }>): void {
    const comparison = this.#comparison;
    if (comparison === null || comparison.scope.collection !== frame.collection) return;
    comparison.takeChecksums(frame.buckets);
    // A device that follows is compared with MongoDB as of the very position that it has reached.
    if (comparison.at !== null)
      this.#do({ kind: 'scan', ticket: this.#newTicket(), scope: comparison.scope, at: frame.position });
    this.#judge(comparison);
  }

  #onScanned(hashes: ReadonlyMap<string, ContentHash> | null): void {
    const comparison = this.#comparison;
    if (comparison === null) return;
    // MongoDB could not look back that far: another time.
    if (hashes === null) {
      this.#endComparison(comparison, null);
      return;
    }
    comparison.takeScan(hashes);
    this.#judge(comparison);
  }

  #judge(comparison: Comparison): void {
    const wrongBuckets = comparison.judge();
    if (wrongBuckets === null) return;
    if (wrongBuckets.length === 0) {
      this.#endComparison(comparison, { repairedDocuments: 0 });
      return;
    }
    this.#send({ type: 'compare', collection: comparison.scope.collection, buckets: [...wrongBuckets] });
  }

  #onContents({ collection, hashes, isLast = true }: Extract<DeviceFrame, { type: 'contents' }>): void {
    const comparison = this.#comparison;
    if (comparison?.scope.collection !== collection) return;
    const ids = comparison.takeContents(hashes, isLast);
    if (ids === null) return;
    if (ids.length === 0) this.#onDocuments([], this.#hlc);
    else this.#do({ kind: 'readDocuments', ticket: this.#newTicket(), scope: comparison.scope, ids });
  }

  #onDocuments(documents: readonly Document[], hlc: Hlc): void {
    const comparison = this.#comparison;
    const repair = comparison?.takeDocuments(documents) ?? null;
    if (comparison === null || repair === null) return;
    const { collection } = comparison.scope;
    const upserts = repair.upserts.map((document) => ({ collection, document }));
    const removals = repair.removedIds.map((id) => ({ collection, id }));
    if (upserts.length + removals.length > 0)
      this.#sendPortions(
        this.#sentPosition ?? (this.#base as Position),
        hlc,
        portionsOf({ upserts, removals }, this.#portionLimits),
        false,
      );
    this.#endComparison(comparison, { repairedDocuments: upserts.length + removals.length });
  }

  #endComparison({ scope, at }: Comparison, verdict: Verdict): void {
    this.#comparison = null;
    if (at === null) {
      this.#send({ type: 'compared', collection: scope.collection });
      this.#steps.shift();
    } else this.#verification.ended(verdict, this.#wallClockMs);
    if (this.#followAgain()) return;
    this.#goOn();
    this.#flush();
    this.#verifyNext();
  }

  // ── Following ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onChanges(batch: ChangeBatch): void {
    if (this.#phase !== 'following' || this.#isLagging) return;
    // A stream that goes back in time tells what is known already, sent or waiting.
    const known = this.#heard?.position ?? this.#sentPosition;
    if (known !== null && batch.position.time < known.time) return;
    this.#heard = batch;
    if (this.#group.concerns(batch, this.#portionLimits)) {
      this.#waiting.push(batch);
      this.#waitingChanges += batch.changes.length;
    }
    // First what can go: a moment may be larger than what may wait, and would come again.
    this.#flush();
    if (this.#waitingChanges <= (this.#options.waitingChangesMax ?? WAITING_CHANGES_MAX)) return;
    this.#isLagging = true;
    this.#dropWaiting();
    this.#do({ kind: 'unfollow' });
  }

  /** A device that was let go is read again from where it is, once it has stored all and nothing holds it. */
  #followAgain(): boolean {
    const isHeld = this.#comparison?.isDeviceHeld === true;
    if (!this.#isLagging || !this.#sent.isAllConfirmed || isHeld || this.#phase !== 'following') return false;
    this.#isLagging = false;
    this.#do({ kind: 'follow', from: this.#sentPosition as Position, collections: [...this.#group.scopes.keys()] });
    return true;
  }

  /** All that waits goes in one, so a device that is slow gets fewer and larger frames. */
  #flush(): void {
    const newest = this.#heard;
    if (newest === null || this.#phase !== 'following') return;
    if (this.#sent.underWay >= CHANGES_UNDER_WAY_MAX || this.#comparison?.isDeviceHeld === true) return;
    const portions = this.#waiting.length === 0 ? [] : this.#group.portions(this.#waiting, this.#portionLimits);
    this.#dropWaiting();
    this.#sentPosition = newest.position;
    this.#hlc = newest.hlc;
    if (portions.length > 0) this.#sendPortions(newest.position, newest.hlc, portions, true);
    else if (this.#checkpoints.isDue(newest.position, this.#wallClockMs))
      this.#sendChanges(newest.position, newest.hlc, NOTHING, true);
  }

  #dropWaiting(): void {
    this.#heard = null;
    this.#waiting = [];
    this.#waitingChanges = 0;
  }

  /** The last one is the checkpoint, where these make one. */
  #sendPortions(position: Position, hlc: Hlc, portions: readonly RoutedChanges[], makesCheckpoint: boolean): void {
    for (const [index, portion] of portions.entries()) {
      this.#sendChanges(position, hlc, portion, makesCheckpoint && index === portions.length - 1);
    }
  }

  get #portionLimits(): PortionLimits {
    return { ...PORTION_LIMITS, documentsMax: this.#options.frameDocumentsMax ?? PORTION_LIMITS.documentsMax };
  }

  #sendChanges(position: Position, hlc: Hlc, { upserts, removals }: RoutedChanges, isCheckpoint: boolean): void {
    if (isCheckpoint) this.#checkpoints.told(position, this.#wallClockMs);
    this.#send({
      type: 'changes',
      frame: this.#sent.next(isCheckpoint ? position : null),
      position,
      ...this.#stamped(hlc),
      // The very arrays: whoever writes the frame knows by them that other devices get the same.
      upserts: upserts as never,
      removals: removals as never,
      isCheckpoint,
    });
  }

  #onConfirm(frame: number): void {
    this.#sent.confirm(frame);
    if (this.#followAgain()) return;
    this.#flush();
    this.#goOn();
  }

  // ── Ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #part(code: string, message: string, retryAfterMs: number | null): void {
    this.#send({ type: 'goodbye', code, message, retryAfterMs });
    this.#close();
  }

  #close(): void {
    this.#phase = 'closed';
    this.#do({ kind: 'close' });
  }

  #send(frame: GatewayFrame): void {
    this.#do({ kind: 'send', frame });
  }

  /** An older device knows of no stamps in frames. */
  #stamped(hlc: Hlc): { hlc?: Hlc } {
    return this.#version < STAMPED_VERSION ? {} : { hlc };
  }

  /** Answers to an earlier question are not for the present one. */
  #newTicket(): number {
    this.#ticket += 1;
    return this.#ticket;
  }

  #do(effect: ChannelEffect): void {
    this.#effects.push(effect);
  }
}

const NOTHING: RoutedChanges = { upserts: [], removals: [] };
