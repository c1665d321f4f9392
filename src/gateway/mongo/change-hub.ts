/**
 * The one change stream of a gateway, shared by all its channels. It keeps the newest changes, so that a device that was
 * away for a moment goes on without a stream of its own; it writes a heartbeat and misses it when the stream lies or
 * hangs; and it never goes back in time, whatever its tokens do.
 *
 * Rule for crashes: a change may be told twice, never not at all.
 */
import { type ChangeStream, type Db, MongoServerError, type Timestamp } from 'mongodb';
import type { Hlc, Position } from '../../sync/index.ts';
import type { ChangeBatch } from '../scope-group.ts';
import {
  ChangeReader,
  endsHistory,
  HEARTBEATS,
  HistoryEnd,
  isContinued,
  isHistoryLost,
  type StreamEvent,
  watchFrom,
} from './change-events.ts';
import { Gathered, joined, TOLD_CHANGES_MAX } from './gathered-changes.ts';
import { NewestStamp } from './newest-stamp.ts';
import { timestampOf, timeText } from './timestamps.ts';

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

const KEPT_CHANGES_MAX = 20_000;
const HEARTBEAT_MS = 2_000;
const STALLED_MS = 8_000;
const CLOSE_MS_MAX = 1_000;
const RETRY_MS_MIN = 25;
const RETRY_MS_MAX = 5_000;
/** Followers that are told in one go; then others have their turn. */
const FOLLOWERS_AT_ONCE = 250;
/** Between two deliveries, in shares of what the last one took. */
const REST_SHARE = 1;

export class ChangeHub implements AsyncDisposable {
  readonly #options: ChangeHubOptions;
  readonly #followers = new Set<{ readonly follower: Follower; time: string }>();
  readonly #catchUps = new Set<ChangeStream>();
  readonly #reader: ChangeReader;
  readonly #newestStamp: NewestStamp;
  #kept: ChangeBatch[] = [];
  #keptChanges = 0;
  /** Everything after this is in `#kept`. */
  #keptSince: string | null = null;
  #position: Position | null = null;
  /** The newest drop or rename: a position before it can be read from, but not past it. */
  #historyEnd = '';
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
    this.#reader = new ChangeReader(options.db, options.log);
    this.#newestStamp = new NewestStamp(options.db);
  }

  /** Resolves when the stream is open and has told its first position. */
  static async start(options: ChangeHubOptions): Promise<ChangeHub> {
    const hub = new ChangeHub(options);
    const { operationTime } = await options.db.command({ ping: 1 });
    await hub.#newestStamp.read();
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

  /** No stamp of what was told, up to now, is above it. */
  get newestHlc(): Hlc {
    return this.#newestStamp.hlc;
  }

  /** The same for what was read of MongoDB, once that was read. */
  readNewestHlc(): Promise<Hlc> {
    return this.#newestStamp.read();
  }

  get health(): HubHealth {
    const silentMs = Date.now() - this.#heardMs;
    return {
      silentMs,
      restarts: this.#restarts,
      isStalled: silentMs > (this.#options.stalledMs ?? STALLED_MS),
      position: this.#position,
      quarantinedDocuments: this.#reader.quarantinedDocuments,
    };
  }

  /** Whether all changes after a position can still be read. */
  async keepsHistorySince(position: Position): Promise<boolean> {
    if (this.#isKeptSince(position.time)) return true;
    if (position.resumeToken === null || position.time <= this.#historyEnd) return false;
    const stream = watchFrom(this.#options.db, { startAfter: { _data: position.resumeToken } });
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
      if (missed.length === 0) follower.onBatch(this.#nothingSince(from));
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

  #nothingSince(from: Position): ChangeBatch {
    return { position: laterOf(from, this.now()), hlc: this.newestHlc, changes: [] };
  }

  #isHistoryEnd(event: StreamEvent): boolean {
    if (!endsHistory(event)) return false;
    const time = timeText(event.clusterTime);
    if (time > this.#historyEnd) this.#historyEnd = time;
    return true;
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
    const stream = watchFrom(this.#options.db, start);
    this.#catchUps.add(stream);
    let untold: ChangeBatch[] = [];
    let untoldChanges = 0;
    const tell = () => {
      for (const batch of joined(untold))
        if (!isStopped() && batch.position.time > entry.time) this.#tell(entry, batch);
      untold = [];
      untoldChanges = 0;
    };
    const gathered = this.#gathered((batch) => {
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
        } else if (this.#isHistoryEnd(event)) throw new HistoryEnd();
        else if (!isContinued(event)) {
          gathered.hold();
          this.#newestStamp.observe(event);
          gathered.add(await this.#reader.changeOf(event), event);
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
    const stream = watchFrom(this.#options.db, start);
    this.#stream = stream;
    const gathered = this.#gathered((batch) => this.#onBatch(batch));
    void (async () => {
      try {
        for await (const raw of stream) {
          // One that was given up may come to life again, and would tell what the new one tells.
          if (this.#stream !== stream) return;
          const event = raw as unknown as StreamEvent;
          this.#heardMs = Date.now();
          if (isContinued(event)) continue;
          if (this.#isHistoryEnd(event)) throw new HistoryEnd();
          gathered.hold();
          this.#newestStamp.observe(event);
          gathered.add(await this.#reader.changeOf(event), event);
        }
      } catch (error) {
        if (this.#isClosed || this.#stream !== stream) return;
        gathered.flush();
        await this.#restart(error);
        return;
      }
      // Without a fault either: streams have been seen to end in silence.
      if (!this.#isClosed && this.#stream === stream) await this.#restart(new Error('it ended by itself'));
    })();
  }

  /** From the last position, or anew where the history is gone: then every device is compared. */
  async #restart(cause: unknown): Promise<void> {
    this.#restarts += 1;
    const old = this.#stream;
    this.#stream = null;
    // A stream that hangs may not even close.
    await Promise.race([old?.close().catch(() => undefined), sleep(CLOSE_MS_MAX)]);
    this.#options.log(`change stream starts again: ${cause instanceof Error ? cause.message : String(cause)}`);
    const isLost = isHistoryLost(cause) || this.#position?.resumeToken == null;
    for (let attempt = 1; !this.#isClosed; attempt++) {
      try {
        await sleep(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(attempt, 8)));
        if (this.#isClosed) return;
        if (isLost) await this.#beginAnew();
        else this.#openStream({ startAfter: { _data: this.#position?.resumeToken } });
        return;
      } catch (error) {
        if (!this.#isClosed) this.#options.log(`no change stream, and trying again: ${(error as Error).message}`);
      }
    }
  }

  async #beginAnew(): Promise<void> {
    const { operationTime } = await this.#options.db.command({ ping: 1 });
    this.#kept = [];
    this.#keptChanges = 0;
    this.#keptSince = null;
    this.#undelivered = [];
    // Whoever comes meanwhile begins here, and not before the end.
    this.#position = { time: timeText(operationTime as Timestamp), resumeToken: null };
    this.#openStream({ startAtOperationTime: operationTime as Timestamp });
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const { follower } of followers) follower.onHistoryLost();
  }

  #gathered(emit: (batch: ChangeBatch) => void): Gathered {
    return new Gathered(emit, () => this.newestHlc);
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

const previousTime = (time: string): string => (BigInt(`0x${time}`) - 1n).toString(16).padStart(16, '0');

const laterOf = (one: Position, other: Position): Position => (one.time > other.time ? one : other);

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
