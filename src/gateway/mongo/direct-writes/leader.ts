/**
 * Follows what is written in MongoDB past the gateways and gives it its place among the devices' writes. Every gateway
 * runs one of these; one of them leads, the others wait for the lease. What it does and how far it is are stored in one
 * transaction: a crash repeats work, and leaves none out.
 */
import { randomUUID } from 'node:crypto';
import type { ChangeStreamDocument, ClientSession, Db, MongoClient } from 'mongodb';
import { compareStock } from '../../../database/index.ts';
import { HLC_ORIGIN, HybridClock } from '../../../sync/index.ts';
import { timeText } from '../timestamps.ts';
import { type AwaitingRecord, applyStamps } from './apply-stamps.ts';
import { applyStock } from './apply-stock.ts';
import { type Batch, batchOf } from './batch.ts';
import { ChangeFeed } from './change-feed.ts';
import { type WriteEvent, writeEventOf } from './events.ts';
import { Busy, HistoryEnd, isHistoryLost, isPoison, isTransient } from './faults.ts';
import { createIsolatedIndexes, isolate, isolatedWrites } from './isolated.ts';
import { gatewayIdOf, type LeaderPosition, Lease, LeaseLost, type LeaseRecord } from './lease.ts';
import { reconcileItem } from './reconcile.ts';
import { UnsettledLevels } from './unsettled-levels.ts';

export interface DirectWritesOptions {
  readonly client: MongoClient;
  readonly db: Db;
  readonly gatewayId: string;
  readonly log: (line: string) => void;
  /** Without a renewal for this long, by the watch of whoever waits, the lease is taken over. */
  readonly leaseMs?: number;
}

export interface DirectWritesStatus {
  readonly isLeader: boolean;
  /** The gateway that leads, as this one last saw it. */
  readonly leader: string | null;
  /** Cluster time of the newest write that was dealt with. */
  readonly position: string | null;
  /** Since the newest write that was dealt with, while there are others. */
  readonly lagMs: number;
  /** Direct writes that were dealt with, since the leader took over. */
  readonly handled: number;
  /** Direct writes that wait for a person. */
  readonly isolated: number;
  readonly historyLostAt: Date | null;
}

const LEASE_MS = 6_000;
const EVENTS_MAX = 200;
const EVENTS_MIN = 10;
/** A transaction that takes longer is followed by smaller ones: each of them renews the lease. */
const TRANSACTION_MS = 500;
const ATTEMPTS_MAX = 20;
const PAUSE_MS_MAX = 2_000;

export class DirectWrites implements AsyncDisposable {
  readonly #options: DirectWritesOptions;
  readonly #lease: Lease;
  readonly #leaseMs: number;
  readonly #awaited = new Set<string>();
  readonly #unsettled: UnsettledLevels;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** Of every transaction, so that a successor can end one that was left open. */
  #session: ClientSession;
  #isLeader = false;
  #leader: string | null = null;
  #position: LeaderPosition | null = null;
  #lagMs = 0;
  #handled = 0;
  #isolated = 0;
  #historyLostAt: Date | null = null;

  private constructor(options: DirectWritesOptions) {
    this.#options = options;
    this.#lease = new Lease(options.db, `${options.gatewayId}:${randomUUID().slice(0, 8)}`);
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#unsettled = new UnsettledLevels(options.db);
    this.#session = options.client.startSession();
    this.#running = this.#run();
  }

  static async start(options: DirectWritesOptions): Promise<DirectWrites> {
    await createIsolatedIndexes(options.db);
    await options.db.collection('sync_stamps').createIndex({ awaited: 1 }, { name: 'idx_awaited', sparse: true });
    return new DirectWrites(options);
  }

  get status(): DirectWritesStatus {
    return {
      isLeader: this.#isLeader,
      leader: this.#leader,
      position: this.#position?.at.time ?? null,
      lagMs: this.#lagMs,
      handled: this.#handled,
      isolated: this.#isolated,
      historyLostAt: this.#historyLostAt,
    };
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#session.endSession().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    let pauseMs = 50;
    while (!this.#isStopped) {
      try {
        const lease = await this.#waitForLease();
        if (lease === null) return;
        await this.#lead(lease);
        pauseMs = 50;
      } catch (error) {
        if (this.#isStopped) return;
        this.#options.log(`direct writes: ${(error as Error).message}; trying again`);
        await this.#session.endSession().catch(() => undefined);
        this.#session = this.#options.client.startSession();
        await this.#sleep(pauseMs);
        pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
      } finally {
        this.#isLeader = false;
      }
    }
  }

  /** The lease once it is ours; null at the end. */
  async #waitForLease(): Promise<LeaseRecord | null> {
    let seen: LeaseRecord | null = null;
    let seenMs = performance.now();
    while (!this.#isStopped) {
      const lease = await this.#lease.read();
      if (lease === null || lease.holder === null || this.#lease.isOurs(lease)) {
        const taken = await this.#lease.take(lease, this.#session);
        if (taken !== null) return taken;
      } else if (seen === null || lease.fence !== seen.fence || lease.beats !== seen.beats) {
        seen = lease;
        seenMs = performance.now();
        this.#show(lease);
      } else if (performance.now() - seenMs > this.#leaseMs) {
        this.#options.log(`direct writes: ${lease.holder} is silent, taking over`);
        const taken = await this.#lease.take(lease, this.#session);
        if (taken !== null) return taken;
      }
      await this.#sleep(this.#leaseMs / 8);
    }
    return null;
  }

  #show({ holder, position, report }: LeaseRecord): void {
    this.#leader = holder === null ? null : gatewayIdOf(holder);
    this.#position = position ?? null;
    this.#lagMs = report?.lag_ms ?? 0;
    this.#isolated = report?.isolated ?? 0;
    this.#handled = report?.handled ?? 0;
    this.#historyLostAt = report?.history_lost_at ?? null;
  }

  async #lead(lease: LeaseRecord): Promise<void> {
    this.#show(lease);
    this.#isLeader = true;
    this.#handled = 0;
    this.#awaited.clear();
    await this.#readState();
    try {
      this.#position ??= await this.#beginNow();
      while (!this.#isStopped) {
        try {
          await this.#follow(this.#position);
        } catch (error) {
          if (!isHistoryLost(error)) throw error;
          this.#historyLostAt = new Date();
          this.#options.log(
            'direct writes: the history of changes is gone; going on from now, and looking at all stock',
          );
          this.#position = await this.#beginNow();
        }
      }
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.#options.log('direct writes: another gateway leads now');
      return;
    }
    await this.#lease.release().catch(() => undefined);
  }

  async #readState(): Promise<void> {
    const { db } = this.#options;
    this.#isolated = await isolatedWrites(db).countDocuments();
    const awaiting = db
      .collection<AwaitingRecord>('sync_stamps')
      .find({ awaited: { $exists: true } }, { projection: { _id: 1 }, hint: 'idx_awaited' });
    for await (const { _id } of awaiting) this.#awaited.add(_id);
    await this.#unsettled.find();
  }

  /** No position to go on from: what was written past the ledger so far is found by looking. */
  async #beginNow(): Promise<LeaderPosition> {
    const { client, db } = this.#options;
    const { operationTime } = await db.command({ ping: 1 });
    const clock = new HybridClock('mongodb', this.#position?.clock ?? HLC_ORIGIN);
    const at = { time: timeText(operationTime), resumeToken: null };
    let position: LeaderPosition = { at, clock: clock.tick(Date.now()), transaction: null };
    const { differences } = await compareStock(client, db, { signal: this.#stopping.signal });
    for (const { inventory_id } of differences) {
      const hlc = clock.tick(Date.now());
      position = { ...position, clock: hlc };
      await this.#transaction(position, (session) => reconcileItem(db, session, inventory_id, hlc, Date.now()));
    }
    if (differences.length > 0) {
      this.#options.log(`direct writes: ${differences.length} stock levels were written while nobody followed`);
    }
    await this.#lease.renew(position, this.#report());
    return position;
  }

  async #follow(from: LeaderPosition): Promise<void> {
    await using feed = new ChangeFeed(this.#options.db, from.at);
    const renewMs = this.#leaseMs / 3;
    let renewedMs = performance.now();
    let heardMs = performance.now();
    let isMoved = false;
    let eventsMax = EVENTS_MAX;
    while (!this.#isStopped) {
      const raw = await feed.take(eventsMax, renewMs / 4);
      if (raw.length > 0) {
        const takenMs = performance.now();
        isMoved = true;
        await this.#take(raw);
        heardMs = performance.now();
        const isSlow = heardMs - takenMs > TRANSACTION_MS;
        eventsMax = isSlow ? Math.max(EVENTS_MIN, eventsMax >> 1) : Math.min(EVENTS_MAX, eventsMax << 1);
      }
      this.#lagMs = feed.isEmpty ? 0 : this.#lagMs;
      if (performance.now() - renewedMs < renewMs) continue;
      renewedMs = performance.now();
      await this.#lease.renew(isMoved ? this.#position : null, this.#report());
      isMoved = false;
      await this.#settleLevels();
      // Each renewal has to come back on the stream.
      if (performance.now() - heardMs > this.#leaseMs * 1.5) throw new Error('the change stream is silent');
    }
  }

  async #settleLevels(): Promise<void> {
    const position = this.#position as LeaderPosition;
    for (const id of await this.#unsettled.due(position.at.time)) {
      await this.#transaction(position, (session) => this.#unsettled.settle(id, session));
      this.#unsettled.done(id, this.#session);
    }
  }

  async #take(raw: readonly ChangeStreamDocument[]): Promise<void> {
    if (raw.some(({ operationType }) => operationType === 'invalidate')) throw new HistoryEnd();
    const events: WriteEvent[] = [];
    for (const one of raw) {
      const event = writeEventOf(one);
      if (event !== null) events.push(event);
    }
    const last = events.at(-1);
    if (last === undefined) return;
    await this.#carryOut(events);
    this.#lagMs = Math.max(0, Date.now() - last.wallClockMs);
  }

  /** All in one transaction; in smaller ones where that meets other work, and without what can't be done at all. */
  async #carryOut(events: readonly WriteEvent[]): Promise<void> {
    const from = this.#position as LeaderPosition;
    const batch = batchOf(events, from, (key) => this.#awaited.has(key));
    if (batch.isEmpty) {
      this.#position = batch.position;
      return;
    }
    try {
      await this.#transaction(
        batch.position,
        (session) => this.#apply(batch, session),
        events.length > 1 ? 3 : ATTEMPTS_MAX,
      );
      this.#handled += batch.directWrites;
      this.#unsettled.look(batch.stock.levels.map(({ inventoryId }) => inventoryId));
    } catch (error) {
      if (!(error instanceof Busy) && !isPoison(error)) throw error;
      if (events.length > 1) {
        const half = Math.ceil(events.length / 2);
        await this.#carryOut(events.slice(0, half));
        await this.#carryOut(events.slice(half));
        return;
      }
      if (error instanceof Busy) throw error;
      await this.#setAside(events[0] as WriteEvent, batch, error as Error);
    }
  }

  async #apply({ writes, stock }: Batch, session: ClientSession): Promise<void> {
    const { db } = this.#options;
    const now = Date.now();
    const { awaiting, settled } = await applyStamps(db, session, writes, now);
    for (const key of awaiting) this.#awaited.add(key);
    for (const key of settled) this.#awaited.delete(key);
    await applyStock(db, session, stock, now);
  }

  async #setAside({ collection, id }: WriteEvent, { position }: Batch, error: Error): Promise<void> {
    const { db, log } = this.#options;
    const { message } = error;
    log(`direct writes: ${collection}/${id} is set aside: ${message}`);
    const where = { collection, document_id: id, inventory_id: null };
    await this.#transaction(position, (session) =>
      isolate(db, session, [{ ...where, reason: 'handler_failed', message }], Date.now()),
    );
  }

  async #transaction(
    position: LeaderPosition,
    work: (session: ClientSession) => Promise<void>,
    attemptsMax = ATTEMPTS_MAX,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const session = this.#session;
      session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
      try {
        await this.#lease.advance(position, session);
        await work(session);
        await session.commitTransaction();
        break;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
        if (!isTransient(error)) throw error;
        // It may have been committed all the same.
        if (await this.#lease.isAt(position)) break;
        if (attempt >= attemptsMax) throw new Busy();
        await this.#sleep(Math.min(100, 2 ** attempt) * Math.random());
      }
    }
    this.#position = position;
    this.#isolated = await isolatedWrites(this.#options.db).estimatedDocumentCount();
  }

  #report() {
    return {
      lag_ms: this.#lagMs,
      isolated: this.#isolated,
      handled: this.#handled,
      history_lost_at: this.#historyLostAt,
    };
  }

  #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done, { once: true });
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}
