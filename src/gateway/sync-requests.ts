/**
 * Comparisons that somebody asked for, on this gateway's devices: each compares all that it holds, and what came of it is
 * written for whoever waits.
 */
import type { Db } from 'mongodb';
import type { Connection } from './connection.ts';
import { type SyncOutcomeRecord, type SyncRequestRecord, syncCollections } from './mongo/collections.ts';

/** A request that is older was meant for who was there then. */
const REQUEST_AGE_MS_MAX = 60_000;

export class SyncRequests {
  readonly #db: Db;
  readonly #gatewayId: string;
  readonly #connections: ReadonlySet<Connection>;
  readonly #taken = new Set<string>();
  #outcomes: SyncOutcomeRecord[] = [];

  constructor(db: Db, gatewayId: string, connections: ReadonlySet<Connection>) {
    this.#db = db;
    this.#gatewayId = gatewayId;
    this.#connections = connections;
  }

  take({ _id: requestId, device_id, requested_at }: SyncRequestRecord): void {
    if (this.#taken.has(requestId) || Date.now() - requested_at.getTime() > REQUEST_AGE_MS_MAX) return;
    this.#taken.add(requestId);
    for (const connection of this.#connections) {
      const { deviceId } = connection;
      if (deviceId === null || (device_id !== null && device_id !== deviceId)) continue;
      this.#outcomes.push(this.#outcomeOf(requestId, deviceId, 'comparing', 0));
      connection.compareAll(requestId);
    }
    void this.write().catch(() => undefined);
  }

  /** For what may have been missed. */
  async readNewest(): Promise<void> {
    const since = new Date(Date.now() - REQUEST_AGE_MS_MAX);
    for (const request of await syncCollections(this.#db)
      .requests.find({ requested_at: { $gt: since } })
      .toArray()) {
      this.take(request);
    }
  }

  /** To be called now and then, and when a connection is over. */
  collect(connection: Connection): void {
    const { deviceId } = connection;
    for (const { requestId, isOver, round } of connection.takeRounds()) {
      if (deviceId === null) continue;
      const state = isOver || round === null ? 'disconnected' : stateOf(round);
      this.#outcomes.push(this.#outcomeOf(requestId, deviceId, state, round?.repairedDocuments ?? 0));
    }
  }

  async write(): Promise<void> {
    const outcomes = this.#outcomes;
    if (outcomes.length === 0) return;
    this.#outcomes = [];
    const writes = outcomes.map(({ _id, ...outcome }) => ({
      updateOne: { filter: { _id }, update: { $set: outcome }, upsert: true },
    }));
    try {
      // In their order: what is over was under way before.
      await syncCollections(this.#db).outcomes.bulkWrite(writes);
    } catch (error) {
      this.#outcomes = [...outcomes, ...this.#outcomes];
      throw error;
    }
  }

  #outcomeOf(
    requestId: string,
    deviceId: string,
    state: SyncOutcomeRecord['state'],
    repaired: number,
  ): SyncOutcomeRecord {
    return {
      _id: `${requestId}:${deviceId}`,
      request_id: requestId,
      device_id: deviceId,
      gateway_id: this.#gatewayId,
      state,
      repaired_documents: repaired,
      at: new Date(),
    };
  }
}

function stateOf({
  repairedDocuments,
  undecidedCollections,
}: {
  readonly repairedDocuments: number;
  readonly undecidedCollections: number;
}): SyncOutcomeRecord['state'] {
  if (repairedDocuments > 0) return 'repaired';
  return undecidedCollections > 0 ? 'undecided' : 'agreed';
}
