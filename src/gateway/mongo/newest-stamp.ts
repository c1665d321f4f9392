/**
 * The newest stamp of what a gateway relays, whoever's clock made it. Devices take it for seen: what somebody edits after
 * seeing it then comes after it, also where its author's clock runs ahead.
 */
import type { Db } from 'mongodb';
import { hlcText } from '../../domain/index.ts';
import { DRIFT_MS_MAX, type Hlc, HybridClock, isHlc } from '../../sync/index.ts';
import type { StreamEvent } from './change-events.ts';
import { syncCollections } from './collections.ts';

/** Records of operations: the stream tells their stamps, in the moment in which it tells what they changed. */
export const OPERATIONS = 'sync_operations';
/** What no gateway would have accepted is nobody's stamp. */
const AHEAD_MS_MAX = 2 * DRIFT_MS_MAX;
/** Direct writes of one document that may wait for their stamps, which will lie right above what stands. */
const UNSTAMPED_WRITES_MAX = 4_096;
const WRITER = 'gateway';

export class NewestStamp {
  readonly #db: Db;
  readonly #clock = new HybridClock(WRITER);
  /** MongoDB's clock, which stamps direct writes, against this gateway's. */
  #mongoAheadMs = Number.NEGATIVE_INFINITY;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Of all that was observed. */
  get hlc(): Hlc {
    return this.#clock.newest;
  }

  observe({ ns, fullDocument, wallTime, clusterTime }: StreamEvent): void {
    if (ns?.coll === OPERATIONS) {
      this.#observeStamp(fullDocument?.['hlc']);
      return;
    }
    const writtenMs = wallTime?.getTime() ?? clusterTime.getHighBits() * 1_000;
    this.#mongoAheadMs = Math.max(this.#mongoAheadMs, writtenMs - Date.now());
    // It may be a direct write: its stamp will be MongoDB's time, or lie right above what stands.
    this.#clock.tick(writtenMs);
  }

  /** Of all that a read of MongoDB may have seen that has ended before. */
  async read(): Promise<Hlc> {
    const nowMs = Date.now();
    const query = { hlc: { $lte: hlcText(nowMs + AHEAD_MS_MAX, 0, WRITER) } };
    const newest = await syncCollections(this.#db).operations.findOne(query, {
      sort: { hlc: -1 },
      projection: { _id: 0, hlc: 1 },
    });
    this.#observeStamp(newest?.hlc);
    const clock = new HybridClock(WRITER, this.hlc);
    clock.tick(nowMs + Math.max(0, this.#mongoAheadMs));
    clock.leaveRoom(UNSTAMPED_WRITES_MAX);
    return clock.newest;
  }

  #observeStamp(stamp: unknown): void {
    if (isHlc(stamp) && stamp <= hlcText(Date.now() + AHEAD_MS_MAX, 0, WRITER)) this.#clock.observe(stamp);
  }
}
