/**
 * The one change stream of a gateway, shared by all its channels. It keeps the newest changes, so that a device that was
 * away for a moment goes on without a stream of its own; it writes a heartbeat and misses it when the stream lies or
 * hangs; and it never goes back in time, whatever its tokens do.
 *
 * Rule for crashes: a change may be told twice, never not at all.
 */
import { type ChangeStream, type Db, Long, MongoServerError, Timestamp } from 'mongodb';
import type { CollectionName } from '../../domain/index.ts';
import { syncedCollectionNames } from '../../domain/index.ts';
import type { Document, Position } from '../../sync/index.ts';
import type { StreamChange } from '../channel-effects.ts';
import type { ChangeBatch } from '../scope-group.ts';
import { faultOf } from './syncable-document.ts';

export interface Follower {
  onBatch(batch: ChangeBatch): void;
  /** What was missed can't be told any more: the device has to be compared. */
  onHistoryLost(): void;
}

export interface HubHealth {
  /** Since the newest batch, heartbeats included. */
  readonly silentMs: number;
  readonly restarts: number;
  readonly isStalled: boolean;
  readonly position: Position | null;
  readonly quarantinedDocuments: number;
}

export interface ChangeHubOptions {
  readonly db: Db;
  readonly gatewayId: string;
  readonly log: (line: string) => void;
  readonly heartbeatMs?: number;
  readonly stalledMs?: number;
  readonly keptChangesMax?: number;
}

interface StreamEvent {
  readonly _id: { readonly _data: string };
  readonly operationType: string;
  readonly clusterTime: Timestamp;
  readonly ns?: { readonly coll?: string };
  readonly documentKey?: { readonly _id: unknown };
  readonly fullDocument?: Document | null;
  readonly fullDocumentBeforeChange?: Document | null;
  readonly splitEvent?: { readonly fragment: number; readonly of: number };
}

const HEARTBEATS = 'sync_heartbeats';
const KEPT_CHANGES_MAX = 20_000;
const HEARTBEAT_MS = 2_000;
const STALLED_MS = 8_000;
const GATHER_MS = 2;
/** Changes that are told at once. */
const TOLD_CHANGES_MAX = 500;
/** Followers that are told in one go; then others have their turn. */
const FOLLOWERS_AT_ONCE = 250;
/** Between two deliveries, in shares of what the last one took. */
const REST_SHARE = 1;
const BATCH_EVENTS_MAX = 10_000;

export class ChangeHub implements AsyncDisposable {
  readonly #options: ChangeHubOptions;
  readonly #followers = new Set<{ readonly follower: Follower; time: string }>();
  readonly #catchUps = new Set<ChangeStream>();
  readonly #quarantined = new Set<string>();
  #kept: ChangeBatch[] = [];
  #keptChanges = 0;
  /** Everything after this is in `#kept`. */
  #keptSince: string | null = null;
  #position: Position | null = null;
  #undelivered: ChangeBatch[] = [];
  #delivery: NodeJS.Timeout | null = null;
  #isDelivering = false;
  #deliveredMs = 0;
  #deliveryMs = 0;
  #stream: ChangeStream | null = null;
  #heardMs = Date.now();
  #restarts = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;
  #beats = 0;

  private constructor(options: ChangeHubOptions) {
    this.#options = options;
  }

  /** Resolves when the stream is open and has told its first position. */
  static async start(options: ChangeHubOptions): Promise<ChangeHub> {
    const hub = new ChangeHub(options);
    const { operationTime } = await options.db.command({ ping: 1 });
    hub.#openStream({ startAtOperationTime: operationTime as Timestamp });
    await hub.#beat();
    while (hub.#position === null && !hub.#isClosed) await sleep(5);
    const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    hub.#timer = setInterval(() => void hub.#watch(), heartbeatMs);
    return hub;
  }

  now(): Position {
    return this.#position as Position;
  }

  get health(): HubHealth {
    const silentMs = Date.now() - this.#heardMs;
    return {
      silentMs,
      restarts: this.#restarts,
      isStalled: silentMs > (this.#options.stalledMs ?? STALLED_MS),
      position: this.#position,
      quarantinedDocuments: this.#quarantined.size,
    };
  }

  /** Whether all changes after a position can still be read. */
  async keepsHistorySince(position: Position): Promise<boolean> {
    if (this.#isKeptSince(position.time)) return true;
    if (position.resumeToken === null) return false;
    const stream = this.#watchFrom({ startAfter: { _data: position.resumeToken } });
    try {
      await stream.tryNext();
      return true;
    } catch (error) {
      if (error instanceof MongoServerError) return false;
      throw error;
    } finally {
      await stream.close();
    }
  }

  /** Tells every batch after `from`, then those that come, until it is stopped. At least one batch is told. */
  follow(from: Position, follower: Follower): () => void {
    const entry = { follower, time: from.time };
    let isStopped = false;
    const join = () => {
      const missed = joined(this.#keptAfter(entry.time));
      if (missed.length === 0) follower.onBatch({ position: laterOf(from, this.now()), changes: [] });
      for (const batch of missed) if (!isStopped) this.#tell(entry, batch);
      if (!isStopped) this.#followers.add(entry);
    };
    if (this.#isKeptSince(from.time)) queueMicrotask(() => !isStopped && join());
    else void this.#catchUp(from, entry, () => isStopped, join);
    return () => {
      isStopped = true;
      this.#followers.delete(entry);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#delivery !== null) clearTimeout(this.#delivery);
    await Promise.all([this.#stream?.close(), ...[...this.#catchUps].map((stream) => stream.close())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keptAfter(time: string): ChangeBatch[] {
    let at = this.#kept.length;
    while (at > 0 && (this.#kept[at - 1] as ChangeBatch).position.time > time) at -= 1;
    return this.#kept.slice(at);
  }

  #isKeptSince(time: string): boolean {
    return this.#keptSince !== null && time >= this.#keptSince;
  }

  #tell(entry: { readonly follower: Follower; time: string }, batch: ChangeBatch): void {
    entry.time = batch.position.time;
    entry.follower.onBatch(batch);
  }

  /** A device that was away for longer than what is kept: a stream of its own until it has caught up. */
  async #catchUp(
    from: Position,
    entry: { readonly follower: Follower; time: string },
    isStopped: () => boolean,
    join: () => void,
  ): Promise<void> {
    const start =
      from.resumeToken === null
        ? { startAtOperationTime: timestampOf(from.time) }
        : { startAfter: { _data: from.resumeToken } };
    const stream = this.#watchFrom(start);
    this.#catchUps.add(stream);
    let untold: ChangeBatch[] = [];
    let untoldChanges = 0;
    const tell = () => {
      for (const batch of joined(untold))
        if (!isStopped() && batch.position.time > entry.time) this.#tell(entry, batch);
      untold = [];
      untoldChanges = 0;
    };
    const gathered = new Gathered((batch) => {
      untold.push(batch);
      untoldChanges += batch.changes.length;
      if (untoldChanges >= TOLD_CHANGES_MAX) tell();
    });
    try {
      while (!isStopped() && !this.#isClosed && !this.#isKeptSince(entry.time)) {
        const event = (await stream.tryNext()) as StreamEvent | null;
        if (event === null) {
          // Nothing more to tell: what is kept begins where this stream stands.
          gathered.flush();
          tell();
          if (!this.#isKeptSince(entry.time) && this.#keptSince !== null) entry.time = this.#keptSince;
        } else if (endsHistory(event)) throw new HistoryEnd();
        else {
          gathered.hold();
          gathered.add(await this.#changeOf(event), event);
        }
      }
      gathered.flush();
      tell();
      if (!isStopped() && !this.#isClosed) join();
    } catch (error) {
      if (isStopped() || this.#isClosed) return;
      if (!(error instanceof HistoryEnd)) this.#options.log(`catching up failed: ${(error as Error).message}`);
      entry.follower.onHistoryLost();
    } finally {
      this.#catchUps.delete(stream);
      await stream.close().catch(() => undefined);
    }
  }

  #openStream(start: object): void {
    const stream = this.#watchFrom(start);
    this.#stream = stream;
    const gathered = new Gathered((batch) => this.#onBatch(batch));
    void (async () => {
      try {
        for await (const raw of stream) {
          const event = raw as unknown as StreamEvent;
          this.#heardMs = Date.now();
          if (endsHistory(event)) throw new HistoryEnd();
          gathered.hold();
          gathered.add(await this.#changeOf(event), event);
        }
      } catch (error) {
        if (this.#isClosed || this.#stream !== stream) return;
        gathered.flush();
        await this.#restart(error);
      }
    })();
  }

  /** From the last position, or anew where the history is gone: then every device is compared. */
  async #restart(cause: unknown): Promise<void> {
    this.#restarts += 1;
    const old = this.#stream;
    this.#stream = null;
    await old?.close().catch(() => undefined);
    if (this.#isClosed) return;
    const isLost =
      cause instanceof HistoryEnd || (cause instanceof MongoServerError && LOST_CODES.has(Number(cause.code)));
    this.#options.log(`change stream starts again: ${cause instanceof Error ? cause.message : String(cause)}`);
    if (isLost || this.#position?.resumeToken == null) {
      this.#kept = [];
      this.#keptChanges = 0;
      this.#keptSince = null;
      const { operationTime } = await this.#options.db.command({ ping: 1 });
      this.#openStream({ startAtOperationTime: operationTime as Timestamp });
      const followers = [...this.#followers];
      this.#followers.clear();
      for (const { follower } of followers) follower.onHistoryLost();
      return;
    }
    await sleep(Math.min(5_000, 50 * this.#restarts));
    if (!this.#isClosed) this.#openStream({ startAfter: { _data: this.#position.resumeToken } });
  }

  #watchFrom(start: object): ChangeStream {
    const collections = [...syncedCollectionNames, HEARTBEATS];
    return this.#options.db.watch(
      [
        {
          $match: {
            $or: [{ 'ns.coll': { $in: collections } }, { operationType: { $in: ['dropDatabase', 'invalidate'] } }],
          },
        },
        { $changeStreamSplitLargeEvent: {} },
      ],
      {
        ...start,
        fullDocument: 'whenAvailable',
        fullDocumentBeforeChange: 'whenAvailable',
        maxAwaitTimeMS: 1_000,
        batchSize: BATCH_EVENTS_MAX,
      },
    );
  }

  async #changeOf(event: StreamEvent): Promise<StreamChange | null> {
    const collection = event.ns?.coll as CollectionName | undefined;
    if (collection === undefined || !(syncedCollectionNames as readonly string[]).includes(collection)) return null;
    const id = String(event.documentKey?._id);
    const image = event.fullDocumentBeforeChange ?? undefined;
    // Of what was withheld no device knows what it was before.
    const before = image === undefined || faultOf(image) !== null ? undefined : image;
    if (event.operationType === 'delete') return { collection, id, before, after: null };
    let after: Document | null = event.fullDocument ?? null;
    if (after === null || event.splitEvent !== undefined) {
      after = await this.#options.db.collection<{ _id: string }>(collection).findOne({ _id: id });
    }
    const key = `${collection}/${id}`;
    const fault = after === null ? null : faultOf(after);
    if (fault === null) {
      this.#quarantined.delete(key);
      return { collection, id, before: event.operationType === 'insert' ? null : before, after };
    }
    if (!this.#quarantined.has(key)) this.#options.log(`${key} can't be synced: ${fault.type} at '${fault.path}'`);
    this.#quarantined.add(key);
    return { collection, id, before: undefined, after: null };
  }

  #onBatch(batch: ChangeBatch): void {
    // Tokens have been seen to go back by hours: what is known already is not told again.
    if (this.#position !== null && batch.position.time < this.#position.time) return;
    this.#keptSince ??= this.#position?.time ?? previousTime(batch.position.time);
    this.#position = batch.position;
    this.#kept.push(batch);
    this.#keptChanges += Math.max(1, batch.changes.length);
    while (this.#keptChanges > (this.#options.keptChangesMax ?? KEPT_CHANGES_MAX)) {
      const oldest = this.#kept.shift() as ChangeBatch;
      this.#keptChanges -= Math.max(1, oldest.changes.length);
      this.#keptSince = oldest.position.time;
    }
    this.#undelivered.push(batch);
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#isDelivering) return;
    const dueMs = this.#deliveredMs + this.#deliveryMs * REST_SHARE - performance.now();
    if (dueMs <= 0) this.#deliver();
    else this.#delivery ??= setTimeout(() => this.#deliver(), dueMs);
  }

  /**
   * Tells all followers what has come since the last time. With many of them that takes long, and the next time waits in
   * proportion: the busier a gateway is, the more changes go into one frame.
   */
  #deliver(): void {
    if (this.#delivery !== null) clearTimeout(this.#delivery);
    this.#delivery = null;
    const batches = this.#undelivered;
    this.#undelivered = [];
    const [oldest] = batches;
    if (oldest === undefined) return;
    const startedMs = performance.now();
    this.#isDelivering = true;
    const followers = [...this.#followers];
    const together = joined(batches);
    const goOn = (from: number) => {
      for (const entry of followers.slice(from, from + FOLLOWERS_AT_ONCE)) {
        if (!this.#followers.has(entry)) continue;
        // Who has joined meanwhile knows some of it.
        const isNew = entry.time < oldest.position.time;
        const untold = isNew ? together : joined(batches.filter(({ position }) => position.time > entry.time));
        for (const batch of untold) this.#tell(entry, batch);
      }
      if (from + FOLLOWERS_AT_ONCE < followers.length) setImmediate(goOn, from + FOLLOWERS_AT_ONCE);
      else this.#onDelivered(performance.now() - startedMs);
    };
    goOn(0);
  }

  #onDelivered(tookMs: number): void {
    this.#isDelivering = false;
    this.#deliveredMs = performance.now();
    this.#deliveryMs = tookMs;
    if (this.#undelivered.length > 0) this.#deliverSoon();
  }

  async #watch(): Promise<void> {
    if (this.#isClosed) return;
    if (this.health.isStalled && this.#stream !== null) {
      this.#heardMs = Date.now();
      await this.#restart(new Error('no heartbeat came back'));
      return;
    }
    await this.#beat().catch((error: Error) => this.#options.log(`heartbeat failed: ${error.message}`));
  }

  async #beat(): Promise<void> {
    this.#beats += 1;
    await this.#options.db
      .collection<{ _id: string; beats: number }>(HEARTBEATS)
      .updateOne({ _id: this.#options.gatewayId }, { $set: { beats: this.#beats, at: new Date() } }, { upsert: true });
  }
}

/**
 * Puts the changes of one cluster time together: those of a transaction belong to one checkpoint. They come in one batch
 * of the cursor, so a batch of ours ends with the next time, or when the cursor has nothing at hand.
 */
class Gathered {
  readonly #emit: (batch: ChangeBatch) => void;
  #changes: StreamChange[] = [];
  #position: Position | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(emit: (batch: ChangeBatch) => void) {
    this.#emit = emit;
  }

  /** More is at hand: nothing ends while it is looked at. */
  hold(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  add(change: StreamChange | null, event: StreamEvent): void {
    const time = timeOf(event.clusterTime);
    if (this.#position !== null && this.#position.time !== time) this.flush();
    this.#position = { time, resumeToken: event._id._data };
    if (change !== null) this.#changes.push(change);
    this.hold();
    this.#timer = setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    this.hold();
    const position = this.#position;
    if (position === null) return;
    const changes = this.#changes;
    this.#position = null;
    this.#changes = [];
    this.#emit({ position, changes });
  }
}

/** Consecutive batches in fewer, each of a bounded size where its parts are. */
function joined(batches: readonly ChangeBatch[]): ChangeBatch[] {
  const result: { position: Position; changes: StreamChange[] }[] = [];
  for (const { position, changes } of batches) {
    const last = result.at(-1);
    if (last === undefined || last.changes.length + changes.length > TOLD_CHANGES_MAX) {
      result.push({ position, changes: [...changes] });
    } else {
      last.position = position;
      last.changes.push(...changes);
    }
  }
  return result;
}

class HistoryEnd extends Error {
  override readonly message = 'a collection was dropped or renamed';
}

/** ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, CappedPositionLost. */
const LOST_CODES = new Set([286, 280, 260, 136]);

const endsHistory = ({ operationType }: StreamEvent): boolean =>
  operationType === 'drop' ||
  operationType === 'rename' ||
  operationType === 'dropDatabase' ||
  operationType === 'invalidate';

const timeOf = (time: Timestamp): string => time.toBigInt().toString(16).padStart(16, '0');

const timestampOf = (time: string): Timestamp => new Timestamp(Long.fromBigInt(BigInt(`0x${time}`), true));

const previousTime = (time: string): string => (BigInt(`0x${time}`) - 1n).toString(16).padStart(16, '0');

const laterOf = (one: Position, other: Position): Position => (one.time > other.time ? one : other);

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
