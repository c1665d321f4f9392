/** What the contract needs of whoever carries documents between devices and MongoDB. */
import type { Db } from 'mongodb';
import type { Role, StoreId } from '../../src/domain/index.ts';
import type { RetailDevice } from '../../src/edge/index.ts';
import type { Document, Subscription } from '../../src/sync/index.ts';

export interface DeviceWanted {
  readonly name: string;
  readonly role: Role;
  readonly storeId: StoreId;
  readonly scope: readonly Subscription[];
}

export interface ContractDevice extends AsyncDisposable {
  readonly retail: RetailDevice;
  /** Everything that it holds of a collection. */
  documents(collection: string): Promise<Document[]>;
  setOnline(isAllowed: boolean): void;
  subscribe(scope: readonly Subscription[]): Promise<void>;
  /** Ends it without a word, and opens it again on the same store. */
  restart(): Promise<void>;
}

export interface ContractSubject extends AsyncDisposable {
  /** The MongoDB in which everything meets. */
  readonly db: Db;
  openDevice(wanted: DeviceWanted): Promise<ContractDevice>;
}
