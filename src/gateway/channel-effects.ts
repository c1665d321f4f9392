/** What goes into a channel and what comes out of it. */
import type { CollectionName, Permissions, Principal } from '../domain/index.ts';
import type {
  CollectionScope,
  ContentHash,
  DeviceFrame,
  Document,
  GatewayFrame,
  Hlc,
  OperationResult,
  Position,
} from '../sync/index.ts';
import type { ScopeGroups } from './scope-group.ts';
import type { VerificationState } from './verification.ts';

/** One change of MongoDB, as the shared change stream reports it. */
export interface StreamChange {
  readonly collection: CollectionName;
  readonly id: string;
  /** Undefined where MongoDB had no image of it any more. */
  readonly before: Document | null | undefined;
  readonly after: Document | null;
}

/** `hlc`, of inputs with documents or about them: no stamp of what they stand for is above it. */
export type ChannelInput =
  | { readonly kind: 'frame'; readonly frame: DeviceFrame }
  | { readonly kind: 'authenticated'; readonly principal: Principal | null; readonly message?: string }
  | {
      readonly kind: 'started';
      readonly ticket: number;
      readonly now: Position;
      readonly hlc: Hlc;
      readonly isHistoryKept: boolean;
    }
  | {
      readonly kind: 'chunk';
      readonly ticket: number;
      readonly hlc: Hlc;
      /** Those that a device can hold. */
      readonly documents: readonly Document[];
      /** The last one that was read, whether a device can hold it or not. */
      readonly lastId: string | null;
      readonly isLast: boolean;
    }
  | {
      readonly kind: 'scanned';
      readonly ticket: number;
      readonly hashes: ReadonlyMap<string, ContentHash> | null;
    }
  | {
      readonly kind: 'documents';
      readonly ticket: number;
      readonly hlc: Hlc;
      readonly documents: readonly Document[];
    }
  | {
      readonly kind: 'changes';
      readonly position: Position;
      readonly hlc: Hlc;
      readonly changes: readonly StreamChange[];
    }
  | { readonly kind: 'historyLost' }
  | { readonly kind: 'applied'; readonly results: readonly OperationResult[] }
  /** Null or absent: never again without another token. */
  | { readonly kind: 'revoked'; readonly message: string; readonly retryAfterMs?: number | null }
  | { readonly kind: 'scopeChanged' }
  /** Compares one collection, or all of them. */
  | { readonly kind: 'verify'; readonly all?: boolean }
  | { readonly kind: 'tick'; readonly wallClockMs: number };

export type ChannelEffect =
  | { readonly kind: 'send'; readonly frame: GatewayFrame }
  | { readonly kind: 'authenticate'; readonly hello: Extract<DeviceFrame, { type: 'hello' }> }
  /** Asks for the newest position, and whether changes since `position` can still be read. */
  | { readonly kind: 'start'; readonly ticket: number; readonly position: Position | null }
  | {
      readonly kind: 'readChunk';
      readonly ticket: number;
      readonly scope: CollectionScope;
      readonly afterId: string | null;
      readonly limit: number;
    }
  /** Hashes of what the device may have of the collection; as of `at`, or as of now. */
  | { readonly kind: 'scan'; readonly ticket: number; readonly scope: CollectionScope; readonly at: Position | null }
  | {
      readonly kind: 'readDocuments';
      readonly ticket: number;
      readonly scope: CollectionScope;
      readonly ids: readonly string[];
    }
  /**
   * From here on `changes` are wanted, strictly after `from`. Takes the place of an earlier `follow`. At least one batch
   * has to come, an empty one where nothing has happened.
   */
  | { readonly kind: 'follow'; readonly from: Position; readonly collections: readonly CollectionName[] }
  | { readonly kind: 'unfollow' }
  | { readonly kind: 'apply'; readonly operations: readonly unknown[] }
  | { readonly kind: 'close' };

export interface ChannelOptions {
  readonly gatewayId: string;
  readonly permissions: Permissions;
  /** Shared by the channels of a gateway: devices that see the same are served together. */
  readonly groups?: ScopeGroups;
  readonly wallClockMs: number;
  readonly chunkDocumentsMax?: number;
  readonly frameDocumentsMax?: number;
  /** Changes that wait for a slow device; beyond it they are read again when it has caught up. */
  readonly waitingChangesMax?: number;
}

export interface ChannelState {
  readonly phase: 'hello' | 'authenticating' | 'idle' | 'starting' | 'syncing' | 'following' | 'closed';
  readonly principal: Principal | null;
  readonly deviceId: string | null;
  /** Everything up to here is stored on the device. */
  readonly confirmedPosition: Position | null;
  readonly pendingOperations: number;
  readonly isLagging: boolean;
  readonly verification: VerificationState;
}
