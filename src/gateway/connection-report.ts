/** What headquarters is told of one connection: now and then, and only what is new. */
import type { ChannelState } from './channel-effects.ts';
import type { Uploader } from './mongo/collections.ts';
import type { Departure, DeviceReport } from './mongo/device-reports.ts';

export interface ReportTimes {
  /** Between two reports of a device that has news. */
  readonly changedMs: number;
  /** Of one that has none. */
  readonly quietMs: number;
}

export class ConnectionReport {
  readonly #gatewayId: string;
  readonly #connectedAt = new Date();
  #reportedMs = 0;
  #reported = '';

  constructor(gatewayId: string) {
    this.#gatewayId = gatewayId;
  }

  isDue(nowMs: number, { changedMs }: ReportTimes): boolean {
    return nowMs - this.#reportedMs >= changedMs;
  }

  /** Null where that is nothing new. */
  take(uploader: Uploader, name: string, state: ChannelState, nowMs: number, times: ReportTimes): DeviceReport | null {
    const { phase, isLagging, confirmedPosition, pendingOperations, verification } = state;
    const isUpToDate = phase === 'following' && !isLagging;
    const { verifiedMs, hasAgreed, repairedDocuments, repairedCollections } = verification;
    // The rest stays as it was for as long as the connection lasts.
    const news = `${pendingOperations} ${isUpToDate} ${verifiedMs} ${hasAgreed} ${repairedDocuments} ${repairedCollections}`;
    if (news === this.#reported && nowMs - this.#reportedMs < times.quietMs) return null;
    this.#reported = news;
    this.#reportedMs = nowMs;
    const { role, stores, userId } = uploader.principal;
    return {
      _id: uploader.deviceId,
      epoch: uploader.epoch,
      name,
      user_id: userId,
      role,
      stores,
      gateway_id: this.#gatewayId,
      connected_at: this.#connectedAt,
      pending_operations: pendingOperations,
      is_up_to_date: isUpToDate,
      verified_at: verifiedMs === null ? null : new Date(verifiedMs),
      has_agreed: hasAgreed,
      repaired_documents: repairedDocuments,
      repaired_collections: repairedCollections,
      last_seen: new Date(nowMs),
      confirmed_time: confirmedPosition?.time ?? null,
    };
  }

  /** Once the connection is over. */
  departure(deviceId: string, { confirmedPosition }: ChannelState): Departure {
    return {
      _id: deviceId,
      gateway_id: this.#gatewayId,
      connected_at: this.#connectedAt,
      last_seen: new Date(),
      confirmed_time: confirmedPosition?.time ?? null,
    };
  }
}
