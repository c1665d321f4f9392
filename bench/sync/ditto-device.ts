/** A device as it is in a shop: a real Ditto store on disk, the real storage and link. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ditto, DittoConfig, Logger } from '@dittolive/ditto';
import { WebSocket } from 'ws';
import {
  DeviceLink,
  type DeviceStorage,
  DittoStorage,
  type DittoStoreLike,
  type LinkState,
  type ObservableStore,
  type StoreBatch,
} from '../../src/edge/index.ts';
import { type DocumentChange, HybridClock, type Subscription } from '../../src/sync/index.ts';

Logger.minimumLogLevel = 'Error';

export interface DeviceSettings {
  readonly deviceId: string;
  readonly gatewayUri: string;
  readonly token: string;
  readonly subscriptions: readonly Subscription[];
}

/** A fresh Ditto store, gone when it is disposed. */
export async function openDittoStore() {
  const folder = await mkdtemp(join(tmpdir(), 'zava-bench-ditto-'));
  const ditto = await Ditto.open(new DittoConfig(randomUUID(), { mode: 'smallPeersOnly' }, folder));
  // A transaction alone does not keep the process.
  const alive = setInterval(() => undefined, 1_000);
  return {
    store: ditto.store as unknown as DittoStoreLike & ObservableStore,
    async [Symbol.asyncDispose]() {
      clearInterval(alive);
      await ditto.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export class DittoDevice {
  readonly storage: DittoStorage;
  readonly #settings: DeviceSettings;
  readonly #clock: HybridClock;
  #link: DeviceLink | null = null;
  #socket: WebSocket | null = null;
  /** Called with each batch that is durable on the device. */
  onStored: (batch: StoreBatch) => void = () => undefined;
  storeMs = 0;

  private constructor(settings: DeviceSettings, storage: DittoStorage) {
    this.#settings = settings;
    this.#clock = new HybridClock(settings.deviceId);
    this.storage = storage;
  }

  static async open(settings: DeviceSettings, store: DittoStoreLike): Promise<DittoDevice> {
    return new DittoDevice(settings, await DittoStorage.open(store, randomBytes(8).toString('hex')));
  }

  /** Resolves at the checkpoint with which it is up to date. */
  async connect(): Promise<void> {
    const { deviceId, gatewayUri, token, subscriptions } = this.#settings;
    let onState: (state: LinkState) => void = () => undefined;
    const online = new Promise<void>((resolve, reject) => {
      onState = ({ phase, refusal }) => {
        if (phase === 'online') resolve();
        if (phase === 'refused') reject(new Error(refusal?.message));
      };
    });
    this.#link = await DeviceLink.open({
      deviceId,
      name: deviceId,
      subscriptions,
      storage: this.#measured(),
      clock: this.#clock,
      wallClockMs: Date.now,
      gatewayUris: [gatewayUri],
      token: () => token,
      newEpoch: () => '0123456789abcdef',
      openSocket: (uri) => {
        this.#socket = new WebSocket(uri);
        return this.#socket as never;
      },
      onState,
      log: (line) => process.stderr.write(`${line}\n`),
    });
    await online;
  }

  /** Both ways, the WebSocket's own handshake included. */
  get connectionBytes(): number {
    const { bytesRead = 0, bytesWritten = 0 } =
      (this.#socket as unknown as { _socket?: { bytesRead: number; bytesWritten: number } } | null)?._socket ?? {};
    return bytesRead + bytesWritten;
  }

  async disconnect(): Promise<void> {
    await this.#link?.close();
    this.#link = null;
  }

  async edit(action: string, ...changes: DocumentChange[]): Promise<void> {
    await this.#link?.perform(async () => ({
      operation: {
        sequence: this.storage.nextSequence,
        hlc: this.#clock.tick(Date.now()),
        action,
        userId: 'bench',
        changes,
      },
    }));
  }

  #measured(): DeviceStorage {
    const { storage } = this;
    return {
      load: () => storage.load(),
      perform: (operation) => storage.perform(operation),
      hashes: (collection) => storage.hashes(collection),
      store: async (batch) => {
        const startedMs = performance.now();
        await storage.store(batch);
        this.storeMs += performance.now() - startedMs;
        this.onStored(batch);
      },
    };
  }
}
