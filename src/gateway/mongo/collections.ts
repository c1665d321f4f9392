/** What gateways keep in MongoDB besides the company's documents. Any number of gateways share it; none holds more. */
import type { Db, Document as MongoDocument } from 'mongodb';
import type { Principal, Role } from '../../domain/index.ts';
import type { DocumentChange, Hlc, Operation, RejectionReason, SettledState, SettlementWay } from '../../sync/index.ts';

/** An operation that was decided: what makes it count once. `_id` is its key. */
export interface OperationRecord {
  readonly _id: string;
  readonly hash: string;
  readonly device_id: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly user_id: string;
  /** Whose token brought it, where that was not who did it. */
  readonly sent_by?: string;
  readonly action: string;
  readonly hlc: Hlc;
  readonly was_clamped: boolean;
  readonly outcome: 'applied' | 'rejected';
  readonly lost_fields: number;
  readonly reason?: RejectionReason;
  readonly message?: string;
  /** Where a rejected one is kept, if not under its own key: a settlement that failed stays with what it was to settle. */
  readonly inbox_id?: string;
  readonly decided_at: Date;
}

/** Who wrote which field when, of one document. `_id` is `collection/id`. Paths are kept as pairs: they contain dots. */
export interface StampsRecord {
  readonly _id: string;
  readonly base: Hlc;
  readonly fields: readonly (readonly [path: string, hlc: Hlc])[];
}

export interface ConflictRecord {
  readonly _id: string;
  readonly state: 'open' | SettledState;
  readonly collection: string;
  readonly document_id: string;
  readonly path: string;
  readonly value: unknown;
  /** Whether what lost was to take the field away; `value` is null then. */
  readonly took_away: boolean;
  readonly standing: unknown;
  readonly standing_hlc: Hlc;
  readonly hlc: Hlc;
  readonly reason: string;
  readonly device_id: string;
  readonly user_id: string;
  readonly action: string;
  readonly recorded_at: Date;
  readonly settled_at?: Date;
  readonly settled_by?: string;
  /** The device on which it was settled; absent where that was at headquarters. */
  readonly settled_on?: string;
}

/** A try to settle what was refused, which was refused itself. */
export interface SettlementAttempt {
  readonly at: Date;
  readonly by: string;
  readonly how: SettlementWay;
  readonly reason: RejectionReason;
  readonly message: string;
  /** What was tried, where it was not the operation as it came. */
  readonly changes?: readonly DocumentChange[];
}

/** The reconciliation inbox: what was refused, until a person settles it. */
export interface InboxRecord {
  readonly _id: string;
  readonly state: 'open' | SettledState;
  readonly reason: RejectionReason;
  readonly message: string;
  readonly collection: string | null;
  readonly document_id: string | null;
  readonly store_ids: readonly string[] | null;
  readonly device_id: string;
  readonly epoch: string;
  readonly user_id: string;
  readonly role: string;
  readonly operation: Operation | MongoDocument;
  /** The documents as they stood, by key; null where there was none. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly received_at: Date;
  readonly attempts?: readonly SettlementAttempt[];
  readonly settled_at?: Date;
  readonly settled_by?: string;
  /** The device on which it was settled; absent where that was at headquarters. */
  readonly settled_on?: string;
}

/** Somebody who has worked on a device, as the token said. */
export interface DeviceUser {
  readonly user_id: string;
  readonly role: Role;
  readonly stores: 'all' | readonly string[];
  readonly token_id: string | null;
}

export interface DeviceRecord {
  readonly _id: string;
  readonly epoch: string;
  readonly name: string;
  /** Whose token it was that opened it last. */
  readonly user_id?: string;
  /** Who opened it with a token made for this device, the latest last: their work may still be on it. */
  readonly users?: readonly DeviceUser[];
  readonly role: string;
  readonly stores: 'all' | readonly string[];
  /** The newest stamp that was accepted of it. */
  readonly last_hlc: Hlc;
  readonly last_seen: Date;
  /** Operations that it has and MongoDB does not, as it told last. */
  readonly pending_operations: number;
  readonly confirmed_time: string | null;
  /** The gateway that holds its connection; null where none does. A gateway that died is known by its own record. */
  readonly gateway_id: string | null;
  readonly connected_at: Date;
  /** Whether it has everything, as far as its gateway is. */
  readonly is_up_to_date: boolean;
  /** When a comparison of one of its collections ended last, and whether both ends were alike then. */
  readonly verified_at: Date | null;
  readonly has_agreed: boolean | null;
  /** Put right by comparing, since it connected. */
  readonly repaired_documents: number;
  readonly repaired_collections: number;
  readonly revoked_at?: Date;
  readonly revoked_because?: string;
}

/** A token that opens nothing any more; `_id` is the token's. */
export interface RevokedTokenRecord {
  readonly _id: string;
  readonly revoked_at: Date;
  readonly because: string;
  /** When it would have run out; then this record goes. */
  readonly expires_at?: Date;
}

/** A gateway that lives writes this every few seconds. */
export interface GatewayRecord {
  readonly _id: string;
  readonly started_at: Date;
  readonly at: Date;
  readonly devices: number;
  readonly stream: {
    readonly silent_ms: number;
    readonly restarts: number;
    readonly is_stalled: boolean;
    readonly quarantined_documents: number;
  };
  readonly position_time: string | null;
}

/** Asks every gateway to compare its devices with MongoDB, or one of them. */
export interface SyncRequestRecord {
  readonly _id: string;
  /** All devices where it is null. */
  readonly device_id: string | null;
  readonly requested_by: string;
  readonly requested_at: Date;
}

/** What became of a request, of one device. `_id` is request and device. */
export interface SyncOutcomeRecord {
  readonly _id: string;
  readonly request_id: string;
  readonly device_id: string;
  readonly gateway_id: string;
  readonly state: 'comparing' | 'agreed' | 'repaired' | 'undecided' | 'disconnected';
  readonly repaired_documents: number;
  readonly at: Date;
}

const ASKED_KEPT_SECONDS = 7 * 86_400;
const GATEWAYS_KEPT_SECONDS = 3_600;

export function syncCollections(db: Db) {
  return {
    operations: db.collection<OperationRecord>('sync_operations'),
    stamps: db.collection<StampsRecord>('sync_stamps'),
    conflicts: db.collection<ConflictRecord>('sync_conflicts'),
    inbox: db.collection<InboxRecord>('sync_inbox'),
    requests: db.collection<SyncRequestRecord>('sync_requests'),
    outcomes: db.collection<SyncOutcomeRecord>('sync_outcomes'),
    gateways: db.collection<GatewayRecord>('sync_gateways'),
    devices: db.collection<DeviceRecord>('sync_devices'),
    revokedTokens: db.collection<RevokedTokenRecord>('sync_revoked_tokens'),
  };
}

export type SyncCollections = ReturnType<typeof syncCollections>;

/** Indexes of the above. Idempotent. */
export async function createSyncIndexes(db: Db): Promise<void> {
  const { operations, conflicts, inbox, requests, outcomes, gateways, devices, revokedTokens } = syncCollections(db);
  await operations.createIndex({ device_id: 1, decided_at: -1 }, { name: 'idx_device_decided' });
  await operations.createIndex({ hlc: -1 }, { name: 'idx_hlc' });
  await conflicts.createIndex({ collection: 1, document_id: 1, recorded_at: -1 }, { name: 'idx_document' });
  await conflicts.createIndex({ state: 1, recorded_at: -1 }, { name: 'idx_state_recorded' });
  await inbox.createIndex({ state: 1, received_at: -1 }, { name: 'idx_state_received' });
  await inbox.createIndex({ device_id: 1, state: 1 }, { name: 'idx_device_state' });
  await requests.createIndex({ requested_at: 1 }, { name: 'idx_requested', expireAfterSeconds: ASKED_KEPT_SECONDS });
  await outcomes.createIndex({ request_id: 1 }, { name: 'idx_request' });
  await outcomes.createIndex({ at: 1 }, { name: 'idx_at', expireAfterSeconds: ASKED_KEPT_SECONDS });
  await gateways.createIndex({ at: 1 }, { name: 'idx_at', expireAfterSeconds: GATEWAYS_KEPT_SECONDS });
  await devices.createIndex({ last_seen: -1 }, { name: 'idx_last_seen' });
  await devices.createIndex({ revoked_at: 1 }, { name: 'idx_revoked', sparse: true });
  await revokedTokens.createIndex({ expires_at: 1 }, { name: 'idx_expires', expireAfterSeconds: 0 });
}

/** Who uploads. */
export interface Uploader {
  readonly deviceId: string;
  readonly epoch: string;
  readonly principal: Principal;
  /** Who worked on the device before, by tokens made for it; see `admission.ts`. */
  readonly colleagues?: readonly Principal[];
}
