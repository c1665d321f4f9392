/** One device of the simulated company: its durable store, and what runs on top until it is killed. */
import type { Principal } from '../domain/index.ts';
import { Replica } from '../edge/index.ts';
import { HybridClock, type Operation, type Subscription } from '../sync/index.ts';
import { DeviceStore } from './device-store.ts';
import type { Link } from './link.ts';

/** An operation that the device's user was told is saved. */
export interface Acknowledged {
  readonly operation: Operation;
  /** Gone with the store that held it, when an older copy took its place: it may have arrived, and need not. */
  isLostWithStore: boolean;
}

export class SimulatedDevice {
  readonly deviceId: string;
  principal: Principal;
  subscriptions: readonly Subscription[];
  store: DeviceStore;
  replica: Replica;
  clock: HybridClock;
  clockSkewMs = 0;
  link: Link | null = null;
  isRevoked = false;
  /** Effects until it is killed; null while nothing threatens. */
  effectsUntilCrash: number | null = null;
  backup: DeviceStore | null = null;
  readonly acknowledged: Acknowledged[] = [];
  /** Documents that were changed behind its back, and that it has not mended yet. */
  readonly damaged = new Set<string>();
  #lives = 1;

  constructor(deviceId: string, principal: Principal, subscriptions: readonly Subscription[]) {
    this.deviceId = deviceId;
    this.principal = principal;
    this.subscriptions = subscriptions;
    this.store = new DeviceStore('0000000000000001');
    this.clock = new HybridClock(deviceId);
    this.replica = this.#start();
  }

  /** A new process on what is stored. */
  restart(): void {
    this.link?.closeAtDevice();
    this.link = null;
    this.effectsUntilCrash = null;
    this.clock = new HybridClock(this.deviceId, this.store.newestHlc);
    this.replica = this.#start();
  }

  restore(): void {
    if (this.backup === null) return;
    const { sequence } = this.backup;
    for (const each of this.acknowledged) if (each.operation.sequence > sequence) each.isLostWithStore = true;
    this.store = this.backup.copy();
    this.restart();
  }

  /** The link's process starts over from what is stored, when a frame or the store was not as it should be. */
  reload(): void {
    this.link?.closeAtDevice();
    this.link = null;
    this.replica = this.#start();
  }

  #start(): Replica {
    return new Replica({
      deviceId: this.deviceId,
      name: this.deviceId,
      subscriptions: this.subscriptions,
      memory: this.store.memory(),
      clock: this.clock,
      newEpoch: () => {
        this.#lives += 1;
        return this.#lives.toString(16).padStart(16, '0');
      },
    });
  }
}
