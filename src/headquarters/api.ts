import type { CollectionName } from '../domain/index.ts';

/*
 * What headquarters sends over HTTP. Types alone: the pages import them, so that both ends share one description.
 */

export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed';

export interface Step {
  readonly id: string;
  readonly title: string;
  readonly state: StepState;
  /** Units done and in all; `total` is null while it isn't known. */
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  /** What the step is at just now, or why it failed or was skipped. */
  readonly note: string;
  readonly seconds: number | null;
}

/** A fault with its fix, as every address of the API answers it. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

export interface OpeningState {
  readonly state: 'opening' | 'open' | 'failed';
  readonly steps: readonly Step[];
  readonly problem: Problem | null;
}

/** What the first page says of the database. Never holds a password. */
export interface DatabaseDescription {
  readonly kind: 'embedded' | 'mongodb';
  /** To copy into mongosh or Compass. */
  readonly connectionString: string;
  readonly databaseName: string;
  readonly version: string | null;
}

export interface ValidationSummary {
  readonly passed: boolean;
  readonly checks: number;
  readonly failedChecks: number;
  readonly documents: number;
  /** 0 to 100. */
  readonly score: number;
  readonly seconds: number;
  readonly validatedAt: string;
}

/** `/api/opening`, and each event of `/api/opening/events`. */
export interface OpeningPage extends OpeningState {
  readonly database: DatabaseDescription | null;
  readonly validation: ValidationSummary | null;
}

export interface CollectionSize {
  readonly name: CollectionName;
  readonly documents: number;
  readonly summary: string;
  readonly group: 'data_set' | 'daily_work';
}

export interface MonthSales {
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly orders: number;
  /** Dollars, without tax and without cancelled orders. */
  readonly sales: number;
}

export interface StoreSales {
  readonly storeId: string;
  readonly name: string;
  readonly orders: number;
  readonly sales: number;
}

/** `/api/company`: the company at a glance. */
export interface CompanyOverview {
  readonly computedAt: string;
  readonly collections: readonly CollectionSize[];
  readonly salesByMonth: readonly MonthSales[];
  /** Time of the newest order: "now" as the data sees it. Null without orders. */
  readonly newestOrder: string | null;
  readonly stores: readonly StoreSales[];
}

/** One of the devices that were started with the company: `GET /api/devices`, and its events. */
export interface CompanyDevice {
  /** Names it in every address: `seattle-worker`. */
  readonly id: string;
  /** As people call it: "Seattle worker". */
  readonly name: string;
  readonly storeId: string;
  readonly storeName: string;
  readonly role: 'worker' | 'sales_rep' | 'store_manager';
  /** Where its app answers; null until its program does. */
  readonly url: string | null;
  /** `cut`: its network was cut here; `offline`: it cannot reach a gateway; `refused`: headquarters turned it away. */
  readonly state:
    | 'starting'
    | 'connecting'
    | 'syncing'
    | 'online'
    | 'cut'
    | 'offline'
    | 'refused'
    | 'restarting'
    | 'stopped';
  readonly pendingOperations: number;
  readonly rejectedOperations: number;
  /** Epoch milliseconds by its clock; null before its first sync. */
  readonly lastSyncMs: number | null;
  /** False where headquarters has revoked its access. */
  readonly isAllowed: boolean;
}

/** Who looks at these pages: `GET /api/session`. */
export interface SessionView {
  /** On a laptop nobody signs in: whoever sits there chooses whom to be. */
  readonly isLaptop: boolean;
  /** Null where somebody has to sign in first, with a token: `POST /api/session { token }`. */
  readonly principal: {
    readonly role: 'headquarters' | 'store_manager';
    readonly userId: string;
    readonly stores: 'all' | readonly string[];
  } | null;
}

/** `GET /api/dashboard/queries/<name>`. */
export interface QueryAnswer<Value = unknown> {
  readonly value: Value;
  /** When the database was asked. */
  readonly at: string;
}

export interface SavedQuery {
  readonly name: string;
  readonly summary: string;
  /** JSON schema. */
  readonly parameters: {
    readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly required?: readonly string[];
  };
}

/** `GET /api/dashboard/devices`: `SyncStatus` of the gateway, with times as text. */
export interface DevicesHealth {
  readonly at: string;
  readonly gateways: readonly {
    readonly gatewayId: string;
    readonly isAlive: boolean;
    readonly heardAt: string;
    readonly devices: number;
    readonly stream: 'following' | 'stalled';
  }[];
  readonly devices: readonly {
    readonly deviceId: string;
    readonly name: string;
    readonly role: string;
    readonly stores: 'all' | readonly string[];
    readonly state: 'up_to_date' | 'catching_up' | 'offline' | 'shut_out';
    readonly lastSeenAt: string | null;
    readonly lagMs: number | null;
    readonly pendingOperations: number;
    readonly parkedOperations: number;
    readonly verifiedAt: string | null;
    readonly hasAgreed: boolean | null;
    readonly repairedDocuments: number;
  }[];
}

/** Something that a person has to decide: work that was refused, or a value that lost to a newer write. */
export interface InboxEntry {
  readonly id: string;
  readonly kind: 'refused' | 'lost';
  readonly state: string;
  /** The retail action's name. */
  readonly action: string;
  readonly reason: string;
  readonly message: string;
  readonly collection: string | null;
  readonly documentId: string | null;
  readonly storeIds: readonly string[];
  readonly deviceId: string;
  readonly userId: string;
  readonly at: string;
  readonly settledBy: string | null;
}

export interface InboxEntryDetails extends InboxEntry {
  /** Field by field: as it stood, as it was meant, as it is now. */
  readonly documents: readonly {
    readonly collection: string;
    readonly id: string;
    readonly fields: readonly {
      readonly path: string;
      readonly before: unknown;
      readonly wanted: unknown;
      readonly now: unknown;
    }[];
  }[];
  /** As they were sent, to be sent with other values; empty for what lost, and for what was no operation. */
  readonly changes: readonly {
    readonly kind: 'create' | 'set';
    readonly collection: string;
    readonly id: string;
    readonly document?: Readonly<Record<string, unknown>>;
    readonly fields?: Readonly<Record<string, unknown>>;
    readonly unset?: readonly string[];
  }[];
  /** Tries to settle it that were refused themselves. */
  readonly attempts: readonly {
    readonly at: string;
    readonly by: string;
    readonly how: string;
    readonly message: string;
  }[];
}

/** `POST /api/dashboard/explore`. */
export interface ExploreAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly isCut: boolean;
  readonly tookMs: number;
}

/** What headquarters answers a device that asks for products by their meaning, the best first. */
export interface ProductsByMeaning {
  /** Why only words were searched for; null where the meaning was too. */
  readonly because: string | null;
  readonly productIds: readonly string[];
}
