import type { CompanyDevice } from './api.ts';

/** The devices that were started with the company. Whoever starts them tells headquarters by this. */
export interface Fleet {
  readonly devices: readonly CompanyDevice[];
  /** Calls back at once, and at every change. Returns the unsubscriber. */
  subscribe(listener: (devices: readonly CompanyDevice[]) => void): () => void;
  /** Really cuts the device's network, or lets it be again. */
  setOnline(id: string, isOnline: boolean): Promise<void>;
  /** Shuts the device out at every gateway, or lets it in again. */
  setAllowed(id: string, isAllowed: boolean): Promise<void>;
  /** Ends its program, where it runs, and starts it. */
  restart(id: string): Promise<void>;
}
