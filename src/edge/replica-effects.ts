/** What goes into the replica and what comes out, what it remembers, and what it shows of itself. */
import type {
  ContentHash,
  DeviceFrame,
  Document,
  DocumentKey,
  GatewayFrame,
  Hlc,
  Holding,
  HybridClock,
  LostField,
  Operation,
  Position,
  Subscription,
} from '../sync/index.ts';
import type { OutboxEntry } from './outbox.ts';

/** An operation that was not applied, kept until a person has settled it. */
export interface RejectedOperation {
  readonly operation: Operation;
  readonly reason: string;
  readonly message: string;
  /** Names it here and in headquarters' reconciliation inbox. */
  readonly inboxId: string;
}

/** A field of an applied operation that lost to a newer write, kept until a person has settled it. */
export interface LostChange extends LostField {
  readonly operation: Pick<Operation, 'sequence' | 'hlc' | 'action' | 'userId'>;
}

/** A document as MongoDB last told it; `isGone` once it was deleted there, or left the device's scope. */
export interface Shadow {
  readonly document: Document | null;
  readonly isGone: boolean;
}

/** What stood in for MongoDB's state of a document that the device itself made. */
export const NO_SHADOW: Shadow = { document: null, isGone: true };

/** All that has to outlive a restart, besides the documents. */
export interface ReplicaMemory {
  readonly epoch: string;
  /** Of the newest operation, settled or not. */
  readonly lastSequence: number;
  readonly position: Position | null;
  readonly holdings: Readonly<Record<string, Holding>>;
  /** In the order in which the user did them. */
  readonly outbox: readonly OutboxEntry[];
  readonly shadows: ReadonlyMap<DocumentKey, Shadow>;
  /** Inbox ids of what was refused, or has lost, and is not settled. */
  readonly rejectedIds: readonly string[];
}

/** What is stored in one transaction, in this order. */
export interface StoreBatch {
  /** Every document of a collection goes, but those named. */
  clear: { collection: string; exceptIds: readonly string[] }[];
  upserts: { collection: string; document: Document }[];
  removals: { collection: string; id: string }[];
  outbox: { put: OutboxEntry[]; remove: number[] };
  shadows: { put: { key: DocumentKey; shadow: Shadow }[]; remove: DocumentKey[] };
  /** By inbox id: one that is there already takes the place of the earlier. */
  rejected: RejectedOperation[];
  lost: LostChange[];
  /** Inbox ids of what is not to be settled any more. */
  settled: string[];
  /** The device begins to number in another life; the sequence is its newest. */
  newLife: { epoch: string; lastSequence: number } | null;
  /** Replaces what was there. */
  sync: {
    position: Position | null;
    holdings: Readonly<Record<string, Holding>>;
    /** The newest stamp that this device has made or seen: a clock that starts again must not fall behind it. */
    newestHlc: Hlc;
  } | null;
}

export type ReplicaInput =
  | { readonly kind: 'opened'; readonly token: string; readonly wallClockMs: number }
  | { readonly kind: 'closed' }
  | { readonly kind: 'frame'; readonly frame: GatewayFrame; readonly wallClockMs: number }
  /** Already stored, together with the shadows of documents that had none. */
  | {
      readonly kind: 'operation';
      readonly operation: Operation;
      readonly shadows: ReadonlyMap<DocumentKey, Shadow>;
    }
  | { readonly kind: 'subscriptions'; readonly subscriptions: readonly Subscription[] }
  | { readonly kind: 'hashed'; readonly collection: string; readonly hashes: ReadonlyMap<string, ContentHash> }
  | { readonly kind: 'tick'; readonly wallClockMs: number };

export type ReplicaEffect =
  | { readonly kind: 'send'; readonly frame: DeviceFrame }
  | { readonly kind: 'store'; readonly batch: StoreBatch }
  /** Hashes of all documents of a collection in the store, answered by `hashed`. */
  | { readonly kind: 'hash'; readonly collection: string }
  | { readonly kind: 'close'; readonly retryAfterMs: number | null; readonly code: string; readonly message: string };

export interface ReplicaState {
  readonly phase: 'offline' | 'connecting' | 'syncing' | 'online' | 'refused';
  /** Operations that MongoDB does not have yet. */
  readonly pendingOperations: number;
  readonly oldestPendingHlc: string | null;
  readonly position: Position | null;
  /** Whether this start has had to compare, because MongoDB's history was gone or the scope had changed. */
  readonly isReconciling: boolean;
  readonly gatewayClockAheadMs: number | null;
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

export interface ReplicaOptions {
  readonly deviceId: string;
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  readonly memory: ReplicaMemory;
  /** The device's own, which stamps what its user does. */
  readonly clock: HybridClock;
  /** 16 hexadecimal digits, at random. */
  readonly newEpoch: () => string;
}

export function emptyBatch(): StoreBatch {
  return {
    clear: [],
    upserts: [],
    removals: [],
    outbox: { put: [], remove: [] },
    shadows: { put: [], remove: [] },
    rejected: [],
    lost: [],
    settled: [],
    newLife: null,
    sync: null,
  };
}
