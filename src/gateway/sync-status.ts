/**
 * How sync is, for whoever looks after it: the gateways, the devices, what waits and what differs. Read from what gateways
 * write into MongoDB, so it holds for all of them, wherever they run.
 */
import type { Db } from 'mongodb';
import { type DeviceRecord, type GatewayRecord, syncCollections } from './mongo/collections.ts';
import { type IsolatedRecord, isolatedWrites } from './mongo/direct-writes/isolated.ts';
import { gatewayIdOf, type LeaseRecord, readLease } from './mongo/direct-writes/lease.ts';

/** A gateway that was not heard of for so long is taken for dead, and its devices for disconnected. */
const GATEWAY_SILENT_MS_MAX = 10_000;
/** Isolated writes that are shown, the oldest first; all are counted. */
const ISOLATED_SHOWN_MAX = 20;

export interface GatewayHealth {
  readonly gatewayId: string;
  readonly isAlive: boolean;
  readonly heardAt: Date;
  readonly startedAt: Date;
  readonly devices: number;
  readonly stream: 'following' | 'stalled';
  readonly streamSilentMs: number;
  readonly streamRestarts: number;
  /** Documents that no device can hold undamaged. */
  readonly quarantinedDocuments: number;
}

export interface DeviceHealth {
  readonly deviceId: string;
  readonly name: string;
  readonly role: string;
  readonly stores: 'all' | readonly string[];
  readonly state: 'up_to_date' | 'catching_up' | 'offline' | 'shut_out';
  readonly gatewayId: string | null;
  readonly lastSeenAt: Date | null;
  /** How old what it holds is; 0 where it is up to date, null where it never was. */
  readonly lagMs: number | null;
  /** Operations that it has and MongoDB does not, as it told last. */
  readonly pendingOperations: number;
  /** Refused operations of it that nobody has settled. */
  readonly parkedOperations: number;
  readonly verifiedAt: Date | null;
  /** Whether its checksums agreed when they were compared last; null where they never were. */
  readonly hasAgreed: boolean | null;
  readonly repairedDocuments: number;
  readonly repairedCollections: number;
}

/** Who gives direct writes in MongoDB their place among those of devices, and what it could make nothing of. */
export interface DirectWritesHealth {
  /** The gateway that leads; null where none does. */
  readonly leader: string | null;
  /** Whether that gateway was heard of just now. */
  readonly isAlive: boolean;
  readonly renewedAt: Date | null;
  /** How far it is behind, as it told last; null where nobody has led yet. */
  readonly lagMs: number | null;
  readonly handledWrites: number;
  readonly historyLostAt: Date | null;
  readonly isolatedWrites: number;
  readonly isolated: readonly IsolatedWrite[];
}

export interface IsolatedWrite {
  readonly collection: string;
  readonly documentId: string;
  readonly reason: IsolatedRecord['reason'];
  readonly message: string;
  readonly since: Date;
}

export interface SyncStatus {
  readonly at: Date;
  readonly directWrites: DirectWritesHealth;
  readonly gateways: readonly GatewayHealth[];
  readonly devices: readonly DeviceHealth[];
}

export async function readSyncStatus(db: Db, { deviceId }: { readonly deviceId?: string } = {}): Promise<SyncStatus> {
  const { devices, gateways, inbox } = syncCollections(db);
  const ofDevice = deviceId === undefined ? {} : { device_id: deviceId };
  const [gatewayRecords, deviceRecords, parked, lease, isolatedCount, isolated] = await Promise.all([
    gateways.find().sort({ _id: 1 }).toArray(),
    devices.find(deviceId === undefined ? {} : { _id: deviceId }).toArray(),
    inbox
      .aggregate<{ _id: string; count: number }>([
        { $match: { state: 'open', ...ofDevice } },
        { $group: { _id: '$device_id', count: { $sum: 1 } } },
      ])
      .toArray(),
    readLease(db),
    isolatedWrites(db).countDocuments(),
    isolatedWrites(db).find().sort({ since: 1, _id: 1 }).limit(ISOLATED_SHOWN_MAX).toArray(),
  ]);
  const at = new Date();
  const health = gatewayRecords.map((record) => healthOfGateway(record, at));
  const heardAt = new Map(health.filter(({ isAlive }) => isAlive).map((one) => [one.gatewayId, one.heardAt]));
  const parkedOf = new Map(parked.map(({ _id, count }) => [_id, count]));
  return {
    at,
    gateways: health,
    directWrites: healthOfDirectWrites(lease, isolatedCount, isolated, heardAt),
    devices: deviceRecords
      .map((record) => healthOfDevice(record, heardAt, parkedOf.get(record._id) ?? 0, at))
      .sort((one, other) => (one.deviceId < other.deviceId ? -1 : 1)),
  };
}

function healthOfGateway({ _id, at: heardAt, started_at, devices, stream }: GatewayRecord, at: Date): GatewayHealth {
  return {
    gatewayId: _id,
    isAlive: at.getTime() - heardAt.getTime() <= GATEWAY_SILENT_MS_MAX,
    heardAt,
    startedAt: started_at,
    devices,
    stream: stream.is_stalled ? 'stalled' : 'following',
    streamSilentMs: stream.silent_ms,
    streamRestarts: stream.restarts,
    quarantinedDocuments: stream.quarantined_documents,
  };
}

function healthOfDirectWrites(
  lease: LeaseRecord | null,
  isolatedCount: number,
  isolated: readonly IsolatedRecord[],
  heardAt: ReadonlyMap<string, Date>,
): DirectWritesHealth {
  const leader = lease?.holder == null ? null : gatewayIdOf(lease.holder);
  const report = lease?.report;
  return {
    leader,
    isAlive: leader !== null && heardAt.has(leader),
    renewedAt: lease?.renewed_at ?? null,
    lagMs: report?.lag_ms ?? null,
    handledWrites: report?.handled ?? 0,
    historyLostAt: report?.history_lost_at ?? null,
    isolatedWrites: isolatedCount,
    isolated: isolated.map(({ collection, document_id: documentId, reason, message, since }) => {
      return { collection, documentId, reason, message, since };
    }),
  };
}

/** Fields may be missing: a device that was shut out before it ever came has a record as well. */
function healthOfDevice(
  record: Partial<DeviceRecord> & Pick<DeviceRecord, '_id'>,
  heardAt: ReadonlyMap<string, Date>,
  parkedOperations: number,
  at: Date,
): DeviceHealth {
  const gatewayHeardAt = record.gateway_id == null ? undefined : heardAt.get(record.gateway_id);
  const isConnected = gatewayHeardAt !== undefined;
  const isUpToDate = isConnected && record.is_up_to_date === true;
  const state =
    record.revoked_at !== undefined ? 'shut_out' : !isConnected ? 'offline' : isUpToDate ? 'up_to_date' : 'catching_up';
  const confirmed = record.confirmed_time ?? null;
  const { verified_at = null, has_agreed = null } = record;
  return {
    deviceId: record._id,
    name: record.name ?? record._id,
    role: record.role ?? '',
    stores: record.stores ?? [],
    state,
    gatewayId: isConnected ? (record.gateway_id ?? null) : null,
    lastSeenAt: gatewayHeardAt ?? record.last_seen ?? null,
    lagMs: isUpToDate ? 0 : confirmed === null ? null : Math.max(0, at.getTime() - epochMsOf(confirmed)),
    pendingOperations: record.pending_operations ?? 0,
    parkedOperations,
    verifiedAt: verified_at,
    hasAgreed: has_agreed,
    repairedDocuments: record.repaired_documents ?? 0,
    repairedCollections: record.repaired_collections ?? 0,
  };
}

/** A cluster time has seconds in its upper half. */
const epochMsOf = (time: string): number => Number.parseInt(time.slice(0, 8), 16) * 1000;
