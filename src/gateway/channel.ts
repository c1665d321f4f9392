/**
 * One device's connection as a machine without I/O: what came in goes in, what is to be done comes out. The shell around
 * it owns the socket, the timers and the database, and gives every effect's answer back as an input.
 */
import type { CollectionName, Permissions, Principal } from '../domain/index.ts';
import {
  bucketOf,
  type CollectionScope,
  type ContentHash,
  contentHash,
  type DeviceFrame,
  type Document,
  type GatewayFrame,
  type Holding,
  LIMITS,
  negotiatedVersion,
  type OperationResult,
  type Position,
  SetChecksum,
  SyncError,
  scopeOf,
} from '../sync/index.ts';

/** One change of MongoDB, as the shared change stream reports it. */
export interface StreamChange {
  readonly collection: CollectionName;
  readonly id: string;
  /** Undefined where MongoDB had no image of it any more. */
  readonly before: Document | null | undefined;
  readonly after: Document | null;
}

export type ChannelInput =
  | { readonly kind: 'frame'; readonly frame: DeviceFrame }
  | { readonly kind: 'authenticated'; readonly principal: Principal | null; readonly message?: string }
  | { readonly kind: 'started'; readonly ticket: number; readonly now: Position; readonly isHistoryKept: boolean }
  | {
      readonly kind: 'chunk';
      readonly ticket: number;
      /** Those that a device can hold. */
      readonly documents: readonly Document[];
      /** The last one that was read, whether a device can hold it or not. */
      readonly lastId: string | null;
      readonly isLast: boolean;
    }
  | {
      readonly kind: 'scanned';
      readonly ticket: number;
      readonly hashes: ReadonlyMap<string, ContentHash> | null;
    }
  | { readonly kind: 'documents'; readonly ticket: number; readonly documents: readonly Document[] }
  | { readonly kind: 'changes'; readonly position: Position; readonly changes: readonly StreamChange[] }
  | { readonly kind: 'historyLost' }
  | { readonly kind: 'applied'; readonly results: readonly OperationResult[] }
  | { readonly kind: 'revoked'; readonly message: string }
  | { readonly kind: 'scopeChanged' }
  | { readonly kind: 'verify' }
  | { readonly kind: 'tick'; readonly wallClockMs: number };

export type ChannelEffect =
  | { readonly kind: 'send'; readonly frame: GatewayFrame }
  | { readonly kind: 'authenticate'; readonly hello: Extract<DeviceFrame, { type: 'hello' }> }
  /** Asks for the newest position, and whether changes since `position` can still be read. */
  | { readonly kind: 'start'; readonly ticket: number; readonly position: Position | null }
  | {
      readonly kind: 'readChunk';
      readonly ticket: number;
      readonly scope: CollectionScope;
      readonly afterId: string | null;
      readonly limit: number;
    }
  /** Hashes of what the device may have of the collection; as of `at`, or as of now. */
  | { readonly kind: 'scan'; readonly ticket: number; readonly scope: CollectionScope; readonly at: Position | null }
  | {
      readonly kind: 'readDocuments';
      readonly ticket: number;
      readonly scope: CollectionScope;
      readonly ids: readonly string[];
    }
  /**
   * From here on `changes` are wanted, strictly after `from`. Takes the place of an earlier `follow`. At least one batch
   * has to come, an empty one where nothing has happened.
   */
  | { readonly kind: 'follow'; readonly from: Position; readonly collections: readonly CollectionName[] }
  | { readonly kind: 'unfollow' }
  | { readonly kind: 'apply'; readonly operations: readonly unknown[] }
  | { readonly kind: 'close' };

export interface ChannelOptions {
  readonly gatewayId: string;
  readonly permissions: Permissions;
  readonly wallClockMs: number;
  readonly chunkDocumentsMax?: number;
  /** Changes that wait for a slow device; beyond it they are read again when it has caught up. */
  readonly waitingChangesMax?: number;
}

export interface ChannelState {
  readonly phase: 'hello' | 'authenticating' | 'idle' | 'starting' | 'syncing' | 'following' | 'closed';
  readonly principal: Principal | null;
  readonly deviceId: string | null;
  /** Everything up to here is stored on the device. */
  readonly confirmedPosition: Position | null;
  readonly pendingOperations: number;
  readonly isLagging: boolean;
  readonly repairedCollections: number;
}

type Step =
  | { readonly kind: 'snapshot'; readonly scope: CollectionScope; readonly afterId: string | null }
  | { readonly kind: 'compare'; readonly scope: CollectionScope; readonly at: Position | null };

interface Comparison {
  readonly scope: CollectionScope;
  readonly at: Position | null;
  buckets: readonly string[] | null;
  hashes: ReadonlyMap<string, ContentHash> | null;
  contents: Readonly<Record<string, ContentHash>> | null;
  wrongBuckets: ReadonlySet<number> | null;
  removals: readonly string[];
  wantedIds: readonly string[] | null;
}

const CHUNK_DOCUMENTS_MAX = 500;
const WAITING_CHANGES_MAX = 5_000;
const DOCUMENTS_PER_FRAME_MAX = 500;
/** Between two positions told to a device to which nothing happens. */
const CHECKPOINT_MS = 10_000;

export class Channel {
  readonly #options: ChannelOptions;
  #effects: ChannelEffect[] = [];
  #phase: ChannelState['phase'] = 'hello';
  #principal: Principal | null = null;
  #deviceId: string | null = null;
  #wallClockMs: number;
  #heardMs: number;
  #subscribe: Extract<DeviceFrame, { type: 'subscribe' }> | null = null;
  #scope: ReadonlyMap<CollectionName, CollectionScope> = new Map();
  #steps: Step[] = [];
  #base: Position | null = null;
  #isReading = false;
  #comparison: Comparison | null = null;
  #ticket = 0;
  #frame = 0;
  #confirmedFrame = 0;
  readonly #positions = new Map<number, Position>();
  #confirmedPosition: Position | null = null;
  #sentPosition: Position | null = null;
  #waiting: { readonly position: Position; readonly changes: readonly StreamChange[] }[] = [];
  #waitingChanges = 0;
  #isLagging = false;
  /** The device waits for the checkpoint with its newest applied operation. */
  #awaitedTime: string | null = null;
  #checkpointMs = 0;
  #toldTime: string | null = null;
  /** Whether the next batch is a checkpoint even where it is empty. */
  #mustTell = false;
  #pendingOperations = 0;
  #repairedCollections = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#wallClockMs = options.wallClockMs;
    this.#heardMs = options.wallClockMs;
  }

  get state(): ChannelState {
    return {
      phase: this.#phase,
      principal: this.#principal,
      deviceId: this.#deviceId,
      confirmedPosition: this.#confirmedPosition,
      pendingOperations: this.#pendingOperations,
      isLagging: this.#isLagging,
      repairedCollections: this.#repairedCollections,
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
        if (input.ticket === this.#ticket) this.#onStarted(input.now, input.isHistoryKept);
        return;
      case 'chunk':
        if (input.ticket === this.#ticket) this.#onChunk(input.documents, input.lastId, input.isLast);
        return;
      case 'scanned':
        if (input.ticket === this.#ticket) this.#onScanned(input.hashes);
        return;
      case 'documents':
        if (input.ticket === this.#ticket) this.#onDocuments(input.documents);
        return;
      case 'changes':
        this.#onChanges(input.position, input.changes);
        return;
      case 'historyLost':
        // The device comes again with its position, and is compared.
        this.#part('HISTORY_LOST', 'MongoDB’s history does not reach back far enough; comparing instead.', 0);
        return;
      case 'applied':
        this.#onApplied(input.results);
        return;
      case 'revoked':
        this.#part('ACCESS_REVOKED', input.message, null);
        return;
      case 'scopeChanged':
        this.#part('SCOPE_CHANGED', 'What this device may see has changed.', 0);
        return;
      case 'verify':
        this.#verify();
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
    const position = this.#sentPosition;
    const isQuiet = this.#phase === 'following' && this.#waiting.length === 0 && !this.#isLagging;
    if (!isQuiet || position === null || position.time === this.#toldTime || this.#isFull()) return;
    if (this.#isCheckpointDue(position)) this.#sendChanges(position, [], [], true);
  }

  #onFrame(frame: DeviceFrame): void {
    if (this.#phase === 'hello') {
      if (frame.type !== 'hello')
        throw new SyncError('FRAME_MALFORMED', `A connection begins with hello, not '${frame.type}'.`);
      negotiatedVersion(frame);
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
      if (result.outcome !== 'applied') continue;
      if (this.#awaitedTime === null || result.time > this.#awaitedTime) this.#awaitedTime = result.time;
    }
    this.#send({ type: 'results', results: [...results] });
    // The stream may have told of it before the answer came.
    const position = this.#sentPosition;
    if (this.#phase !== 'following' || position === null || this.#awaitedTime === null) return;
    if (position.time >= this.#awaitedTime && this.#waiting.length === 0) this.#sendChanges(position, [], [], true);
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
      version: 1,
      gatewayId: this.#options.gatewayId,
      wallClockMs: this.#wallClockMs,
      role: principal.role,
      stores: principal.stores === 'all' ? 'all' : [...principal.stores],
      heartbeatMs: LIMITS.heartbeatMs,
      operationsPerUploadMax: LIMITS.operationsPerUploadMax,
    });
  }

  // ── Bringing the device to a first checkpoint ────────────────────────────────────────────────────────────────────

  #restart(): void {
    if (this.#phase === 'following' || this.#phase === 'syncing') this.#do({ kind: 'unfollow' });
    this.#phase = 'starting';
    // The device passes over what was sent for its earlier scope.
    this.#confirmedFrame = this.#frame;
    this.#positions.clear();
    this.#steps = [];
    this.#waiting = [];
    this.#waitingChanges = 0;
    this.#isLagging = false;
    this.#isReading = false;
    this.#comparison = null;
    this.#do({ kind: 'start', ticket: this.#newTicket(), position: this.#subscribe?.position ?? null });
  }

  #onStarted(now: Position, isHistoryKept: boolean): void {
    const subscribe = this.#subscribe;
    if (this.#phase !== 'starting' || subscribe === null || this.#principal === null) return;
    this.#scope = scopeOf(subscribe.subscriptions, this.#options.permissions, this.#principal);
    const keepsHistory = isHistoryKept && subscribe.position !== null;
    const collections: Extract<GatewayFrame, { type: 'plan' }>['collections'] = {};
    let goesOnFromDevice = false;
    for (const scope of this.#scope.values()) {
      const holding: Holding = subscribe.holdings[scope.collection] ?? { state: 'nothing' };
      const isSame = holding.state !== 'nothing' && holding.fingerprint === scope.fingerprint && keepsHistory;
      const way =
        holding.state === 'nothing'
          ? 'snapshot'
          : !isSame
            ? 'compare'
            : holding.state === 'whole'
              ? 'changes'
              : 'resume_snapshot';
      collections[scope.collection] = { fingerprint: scope.fingerprint, way };
      if (isSame) goesOnFromDevice = true;
      if (way === 'compare') this.#steps.push({ kind: 'compare', scope, at: null });
      else if (way !== 'changes') {
        this.#steps.push({
          kind: 'snapshot',
          scope,
          afterId: holding.state === 'partial' && isSame ? holding.lastId : null,
        });
      }
    }
    this.#base = goesOnFromDevice ? subscribe.position : now;
    this.#phase = 'syncing';
    this.#send({ type: 'plan', request: subscribe.request, position: this.#base as Position, collections });
    this.#goOn();
  }

  /** Takes the next step, as far as the device keeps up. */
  #goOn(): void {
    if (this.#phase !== 'syncing' || this.#isReading || this.#comparison !== null || this.#isFull()) return;
    const step = this.#steps[0];
    if (step === undefined) {
      this.#phase = 'following';
      this.#sentPosition = this.#base;
      this.#awaitedTime ??= this.#subscribe?.awaitsTime ?? null;
      this.#mustTell = true;
      this.#do({ kind: 'follow', from: this.#base as Position, collections: [...this.#scope.keys()] });
      return;
    }
    if (step.kind === 'compare') {
      this.#compare(step);
      return;
    }
    this.#isReading = true;
    const limit = this.#options.chunkDocumentsMax ?? CHUNK_DOCUMENTS_MAX;
    this.#do({ kind: 'readChunk', ticket: this.#newTicket(), scope: step.scope, afterId: step.afterId, limit });
  }

  #onChunk(documents: readonly Document[], readId: string | null, isLast: boolean): void {
    const step = this.#steps[0];
    if (this.#phase !== 'syncing' || step?.kind !== 'snapshot') return;
    this.#isReading = false;
    const lastId = readId ?? step.afterId;
    this.#frame += 1;
    this.#send({
      type: 'snapshot',
      frame: this.#frame,
      collection: step.scope.collection,
      documents: visibleOf(step.scope, documents) as never,
      lastId,
      isLast,
    });
    if (isLast) this.#steps.shift();
    else this.#steps[0] = { ...step, afterId: lastId };
    this.#goOn();
  }

  // ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Asks a device that is up to date whether it holds what it should. */
  #verify(): void {
    if (this.#phase !== 'following' || this.#comparison !== null || this.#isLagging) return;
    const scopes = [...this.#scope.values()];
    const next = scopes[Math.floor(this.#wallClockMs / 1000) % Math.max(1, scopes.length)];
    if (next !== undefined) this.#compare({ kind: 'compare', scope: next, at: this.#sentPosition });
  }

  #compare({ scope, at }: Extract<Step, { kind: 'compare' }>): void {
    this.#comparison = {
      scope,
      at,
      buckets: null,
      hashes: null,
      contents: null,
      wrongBuckets: null,
      removals: [],
      wantedIds: null,
    };
    this.#send({ type: 'compare', collection: scope.collection, buckets: null });
    if (at === null) this.#do({ kind: 'scan', ticket: this.#newTicket(), scope, at });
  }

  #onChecksums(frame: Extract<DeviceFrame, { type: 'checksums' }>): void {
    const comparison = this.#comparison;
    if (comparison === null || comparison.scope.collection !== frame.collection) return;
    comparison.buckets = frame.buckets;
    // A device that follows is compared with MongoDB as of the very position that it has reached.
    if (comparison.at !== null)
      this.#do({ kind: 'scan', ticket: this.#newTicket(), scope: comparison.scope, at: frame.position });
    this.#judgeBuckets(comparison);
  }

  #onScanned(hashes: ReadonlyMap<string, ContentHash> | null): void {
    const comparison = this.#comparison;
    if (comparison === null) return;
    // MongoDB could not look back that far: another time.
    if (hashes === null) {
      this.#endComparison();
      return;
    }
    comparison.hashes = hashes;
    this.#judgeBuckets(comparison);
  }

  #judgeBuckets(comparison: Comparison): void {
    const { buckets, hashes } = comparison;
    if (buckets === null || hashes === null || comparison.wrongBuckets !== null) return;
    const ours = new SetChecksum();
    for (const [id, hash] of hashes) ours.add(id, hash);
    const wrong = ours.buckets().flatMap((text, bucket) => (text === buckets[bucket] ? [] : [bucket]));
    comparison.wrongBuckets = new Set(wrong);
    if (wrong.length === 0) {
      this.#endComparison();
      return;
    }
    if (comparison.at !== null) this.#repairedCollections += 1;
    this.#send({ type: 'compare', collection: comparison.scope.collection, buckets: wrong });
  }

  #onContents({ collection, hashes: theirs }: Extract<DeviceFrame, { type: 'contents' }>): void {
    const comparison = this.#comparison;
    if (comparison?.scope.collection !== collection || comparison.hashes === null || comparison.wrongBuckets === null)
      return;
    const { hashes: ours, wrongBuckets } = comparison;
    // Read again with the others: what is gone as of the scan may have come back since.
    const wantedIds = Object.keys(theirs).filter((id) => !ours.has(id));
    comparison.removals = [...wantedIds];
    for (const [id, hash] of ours) if (wrongBuckets.has(bucketOf(id)) && theirs[id] !== hash) wantedIds.push(id);
    comparison.wantedIds = wantedIds;
    if (wantedIds.length > 0)
      this.#do({ kind: 'readDocuments', ticket: this.#newTicket(), scope: comparison.scope, ids: wantedIds });
    else this.#onDocuments([]);
  }

  #onDocuments(documents: readonly Document[]): void {
    const comparison = this.#comparison;
    if (comparison === null || comparison.wantedIds === null) return;
    const { scope, removals } = comparison;
    const upserts = visibleOf(scope, documents).map((document) => ({ collection: scope.collection, document }));
    const found = new Set(upserts.map(({ document }) => document['_id']));
    const gone = removals.filter((id) => !found.has(id)).map((id) => ({ collection: scope.collection, id }));
    for (let at = 0; at < Math.max(upserts.length, gone.length); at += DOCUMENTS_PER_FRAME_MAX) {
      const until = at + DOCUMENTS_PER_FRAME_MAX;
      this.#sendChanges(
        this.#sentPosition ?? (this.#base as Position),
        upserts.slice(at, until),
        gone.slice(at, until),
        false,
      );
    }
    this.#endComparison();
  }

  #endComparison(): void {
    const { scope, at } = this.#comparison as Comparison;
    this.#comparison = null;
    if (at === null) {
      this.#send({ type: 'compared', collection: scope.collection });
      this.#steps.shift();
    }
    this.#goOn();
    this.#flush();
  }

  // ── Following ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onChanges(position: Position, changes: readonly StreamChange[]): void {
    if (this.#phase !== 'following' || this.#isLagging) return;
    // A stream that goes back in time tells what is known already.
    if (this.#sentPosition !== null && position.time < this.#sentPosition.time) return;
    const mine = changes.filter(({ collection }) => this.#scope.has(collection));
    this.#waiting.push({ position, changes: mine });
    this.#waitingChanges += mine.length;
    if (this.#waitingChanges > (this.#options.waitingChangesMax ?? WAITING_CHANGES_MAX)) {
      this.#isLagging = true;
      this.#waiting = [];
      this.#waitingChanges = 0;
      this.#do({ kind: 'unfollow' });
      return;
    }
    this.#flush();
  }

  #flush(): void {
    while (this.#phase === 'following' && !this.#isFull() && this.#comparison?.buckets == null) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingChanges -= next.changes.length;
      this.#sentPosition = next.position;
      const { upserts, removals } = this.#routed(next.changes);
      if (upserts.length + removals.length === 0 && !this.#isCheckpointDue(next.position)) continue;
      for (let at = 0; at === 0 || at < Math.max(upserts.length, removals.length); at += DOCUMENTS_PER_FRAME_MAX) {
        const until = at + DOCUMENTS_PER_FRAME_MAX;
        const isCheckpoint = until >= Math.max(upserts.length, removals.length);
        this.#sendChanges(next.position, upserts.slice(at, until), removals.slice(at, until), isCheckpoint);
      }
    }
  }

  /** Whether a device to which nothing happened should hear of a new position: for its own writes, or now and then. */
  #isCheckpointDue({ time }: Position): boolean {
    if (this.#mustTell || (this.#awaitedTime !== null && time >= this.#awaitedTime)) return true;
    return this.#wallClockMs - this.#checkpointMs >= CHECKPOINT_MS;
  }

  /** What the changes mean for this device: the last state of each document, or that it left the scope. */
  #routed(changes: readonly StreamChange[]) {
    const upserts = new Map<string, { collection: CollectionName; document: Document }>();
    const removals = new Map<string, { collection: CollectionName; id: string }>();
    for (const { collection, id, before, after } of changes) {
      const scope = this.#scope.get(collection);
      if (scope === undefined) continue;
      const key = `${collection}/${id}`;
      const shown = after === null ? undefined : scope.visible(after);
      if (shown !== undefined) {
        upserts.set(key, { collection, document: shown });
        removals.delete(key);
        continue;
      }
      const mayHaveIt = before === undefined || (before !== null && scope.visible(before) !== undefined);
      if (!mayHaveIt && !upserts.has(key)) continue;
      upserts.delete(key);
      removals.set(key, { collection, id });
    }
    return { upserts: [...upserts.values()], removals: [...removals.values()] };
  }

  #sendChanges(
    position: Position,
    upserts: readonly { collection: CollectionName; document: Document }[],
    removals: readonly { collection: CollectionName; id: string }[],
    isCheckpoint: boolean,
  ): void {
    this.#frame += 1;
    if (isCheckpoint) {
      this.#positions.set(this.#frame, position);
      this.#checkpointMs = this.#wallClockMs;
      this.#toldTime = position.time;
      this.#mustTell = false;
      if (this.#awaitedTime !== null && position.time >= this.#awaitedTime) this.#awaitedTime = null;
    }
    this.#send({
      type: 'changes',
      frame: this.#frame,
      position,
      upserts: upserts as never,
      removals: [...removals],
      isCheckpoint,
    });
  }

  #onConfirm(frame: number): void {
    if (frame > this.#frame) throw new SyncError('FRAME_MALFORMED', `Frame ${frame} was confirmed before it was sent.`);
    this.#confirmedFrame = Math.max(this.#confirmedFrame, frame);
    for (const [sent, position] of this.#positions) {
      if (sent > frame) break;
      this.#confirmedPosition = position;
      this.#positions.delete(sent);
    }
    if (this.#isLagging && this.#confirmedFrame === this.#frame && this.#phase === 'following') {
      this.#isLagging = false;
      this.#do({ kind: 'follow', from: this.#sentPosition as Position, collections: [...this.#scope.keys()] });
      return;
    }
    this.#flush();
    this.#goOn();
  }

  #isFull(): boolean {
    return this.#frame - this.#confirmedFrame >= LIMITS.unconfirmedFramesMax;
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

  /** Answers to an earlier question are not for the present one. */
  #newTicket(): number {
    this.#ticket += 1;
    return this.#ticket;
  }

  #do(effect: ChannelEffect): void {
    this.#effects.push(effect);
  }
}

function visibleOf(scope: CollectionScope, documents: readonly Document[]): Document[] {
  return documents.flatMap((document) => {
    const shown = scope.visible(document);
    return shown === undefined ? [] : [shown];
  });
}

/** What a scan of MongoDB gives for a comparison. */
export function hashesOf(scope: CollectionScope, documents: Iterable<Document>): Map<string, ContentHash> {
  const hashes = new Map<string, ContentHash>();
  for (const document of documents) {
    const shown = scope.visible(document);
    if (shown !== undefined) hashes.set(String(document['_id']), contentHash(shown));
  }
  return hashes;
}
