/** What this gateway tells headquarters: that it lives, and of its devices what is new. */
import type { Db } from 'mongodb';
import type { Connection } from './connection.ts';
import type { ChangeHub } from './mongo/change-hub.ts';
import {
  type Departure,
  type DeviceReport,
  removeGatewayReport,
  writeDeviceReports,
  writeGatewayReport,
} from './mongo/device-reports.ts';

/** Between two reports of one device: of one that has news, and of one that has none. */
const REPORTED_MS = { changedMs: 2_000, quietMs: 60_000 } as const;
const ALIVE_MS = 2_000;

export interface ReportsOptions {
  readonly db: Db;
  readonly gatewayId: string;
  readonly hub: ChangeHub;
  readonly connections: ReadonlySet<Connection>;
  readonly log: (line: string) => void;
}

export class Reports {
  readonly #options: ReportsOptions;
  readonly #startedAt = new Date();
  #departures: Departure[] = [];
  #aliveMs = 0;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  departed(connection: Connection): void {
    const departure = connection.departure();
    if (departure !== null) this.#departures.push(departure);
  }

  tick(nowMs: number): void {
    const { db, connections, log } = this.#options;
    const reports: DeviceReport[] = [];
    for (const connection of connections) {
      const report = connection.report(nowMs, REPORTED_MS);
      if (report !== null) reports.push(report);
    }
    const departures = this.#departures;
    this.#departures = [];
    writeDeviceReports(db, reports, departures).catch((error: Error) => {
      this.#departures.push(...departures);
      log(`what headquarters sees of ${reports.length} devices was not written: ${error.message}`);
    });
    if (nowMs - this.#aliveMs < ALIVE_MS) return;
    this.#aliveMs = nowMs;
    writeGatewayReport(db, this.#report(nowMs)).catch((error: Error) =>
      log(`headquarters does not hear that this gateway lives: ${error.message}`),
    );
  }

  /** The last words of a gateway that ends in order. */
  async close(): Promise<void> {
    const { db, gatewayId } = this.#options;
    await writeDeviceReports(db, [], this.#departures);
    await removeGatewayReport(db, gatewayId);
  }

  #report(nowMs: number) {
    const { gatewayId, hub, connections } = this.#options;
    const { silentMs, restarts, isStalled, quarantinedDocuments, position } = hub.health;
    return {
      _id: gatewayId,
      started_at: this.#startedAt,
      at: new Date(nowMs),
      devices: connections.size,
      stream: {
        silent_ms: silentMs,
        restarts,
        is_stalled: isStalled,
        quarantined_documents: quarantinedDocuments,
      },
      position_time: position?.time ?? null,
    };
  }
}
