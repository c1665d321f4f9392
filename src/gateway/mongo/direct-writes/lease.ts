/**
 * Which gateway leads. No clock is compared with another one's: whoever sees that the lease has not been renewed for a
 * while, by its own watch, takes it over and counts the fence up. Each transaction of the leader names its fence, so one
 * that was held up cannot write after it was replaced.
 */
import type { Binary, ClientSession, Collection, Db } from 'mongodb';
import type { OpenTransaction, StreamPosition } from './events.ts';

export const LEASES = 'sync_leases';
const LEASE_ID = 'direct_writes';

/** How far the leader is. Stored with what it does, so that its successor goes on exactly there. */
export interface LeaderPosition {
  readonly at: StreamPosition;
  /** The newest stamp that it gave. */
  readonly clock: string;
  readonly transaction: OpenTransaction | null;
}

/** Of a lease's holder, which names the process as well. */
export const gatewayIdOf = (holder: string): string => holder.replace(/:[0-9a-f]{8}$/, '');

/** The lease as it is, for whoever looks and does not want it. */
export const readLease = (db: Db): Promise<LeaseRecord | null> =>
  db.collection<LeaseRecord>(LEASES).findOne({ _id: LEASE_ID });

/** What anybody may see of the leader's state. */
export interface LeaderReport {
  readonly lag_ms: number;
  readonly isolated: number;
  readonly handled: number;
  readonly history_lost_at: Date | null;
}

export interface LeaseRecord {
  readonly _id: string;
  /** Null where the last leader left. */
  readonly holder: string | null;
  readonly fence: number;
  /** Counted up by every renewal and every transaction. */
  readonly beats: number;
  readonly renewed_at: Date;
  /** The leader's session: a transaction that it left open is ended by its successor instead of by the server's timeout. */
  readonly session?: Binary;
  readonly position?: LeaderPosition;
  readonly report?: LeaderReport;
}

/** The lease is another's: everything that was not committed is void. */
export class LeaseLost extends Error {
  override readonly message = 'another gateway leads';
}

export class Lease {
  readonly #leases: Collection<LeaseRecord>;
  readonly #db: Db;
  readonly #holder: string;
  #fence = 0;

  constructor(db: Db, holder: string) {
    this.#db = db;
    this.#leases = db.collection<LeaseRecord>(LEASES);
    this.#holder = holder;
  }

  read(): Promise<LeaseRecord | null> {
    return this.#leases.findOne({ _id: LEASE_ID });
  }

  /** A lease that this process still holds, though it stopped leading for a while. */
  isOurs({ holder }: LeaseRecord): boolean {
    return holder === this.#holder;
  }

  /** Whether a transaction that ended in doubt was committed. */
  async isAt({ at }: LeaderPosition): Promise<boolean> {
    const lease = await this.read();
    if (lease === null || lease.holder !== this.#holder || lease.fence !== this.#fence) throw new LeaseLost();
    return lease.position?.at.resumeToken === at.resumeToken && lease.position.at.time === at.time;
  }

  /** Takes the lease if it still is as it was `seen`. The record as it is now, or null where another was faster. */
  async take(seen: LeaseRecord | null, session: ClientSession): Promise<LeaseRecord | null> {
    const renewed_at = new Date();
    // Where this is not allowed or not known, the server ends the transaction after a minute.
    if (seen?.session !== undefined) {
      await this.#db
        .admin()
        .command({ killSessions: [{ id: seen.session }] })
        .catch(() => undefined);
    }
    if (seen === null) {
      await this.#leases
        .insertOne({ _id: LEASE_ID, holder: null, fence: 0, beats: 0, renewed_at })
        .catch((error: { code?: number }) => {
          if (error.code !== 11000) throw error;
        });
    }
    const taken = await this.#leases.findOneAndUpdate(
      { _id: LEASE_ID, fence: seen?.fence ?? 0, beats: seen?.beats ?? 0 },
      { $set: { holder: this.#holder, renewed_at, session: session.id?.id as Binary }, $inc: { fence: 1, beats: 1 } },
      { returnDocument: 'after' },
    );
    this.#fence = taken?.fence ?? this.#fence;
    return taken;
  }

  /**
   * First in every transaction of the leader, which marks it as such for whoever follows the changes. Throws
   * {@link LeaseLost} where the lease is not ours any more.
   */
  async advance(position: LeaderPosition, session: ClientSession): Promise<void> {
    await this.#update({ position }, session);
  }

  async renew(position: LeaderPosition | null, report: LeaderReport): Promise<void> {
    await this.#update({ ...(position === null ? {} : { position }), report, renewed_at: new Date() });
  }

  /** So that another gateway need not wait. */
  async release(): Promise<void> {
    await this.#leases.updateOne(
      { _id: LEASE_ID, holder: this.#holder, fence: this.#fence },
      { $set: { holder: null }, $inc: { beats: 1 } },
    );
  }

  async #update(set: Partial<LeaseRecord>, session?: ClientSession): Promise<void> {
    const { matchedCount } = await this.#leases.updateOne(
      { _id: LEASE_ID, holder: this.#holder, fence: this.#fence },
      { $set: set, $inc: { beats: 1 } },
      session === undefined ? {} : { session },
    );
    if (matchedCount === 0) throw new LeaseLost();
  }
}
