/** The parts of a device that is open, put together over one store, and taken apart again. */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import {
  CatalogueSearch,
  DeviceLink,
  type OperationLink,
  RetailDevice,
  type RetailOperationName,
  type RetailOutcome,
  type SocketLike,
  StoreReader,
} from '../edge/index.ts';
import { canonicalText, HybridClock, type JsonValue, type Subscription } from '../sync/index.ts';
import type { DeviceOptions } from './device.ts';
import { DeviceError } from './errors.ts';
import { JournaledStorage } from './journaled-storage.ts';
import { type Answer, checksumOf } from './operation-journal.ts';
import { type ScopeSettings, subscriptionsOf } from './scope-settings.ts';
import { newEpoch, type SoundStore } from './sound-store.ts';

/** A gateway that cannot be reached must not keep the device from trying the next one. */
const HANDSHAKE_MS = 10_000;

export interface PartsOptions extends DeviceOptions {
  readonly wallClockMs: () => number;
  readonly subscriptions: readonly Subscription[];
  readonly onState: () => void;
  readonly onChanged: (collections: ReadonlySet<string>) => void;
}

export type PerformOutcome =
  | RetailOutcome
  | {
      readonly outcome: 'done';
      readonly operation: { readonly sequence: number; readonly hlc: string };
      readonly facts: JsonValue;
    };

export class DeviceParts {
  readonly sound: SoundStore;
  readonly link: DeviceLink;
  readonly retail: RetailDevice;
  readonly search: CatalogueSearch;
  readonly #storage: JournaledStorage;
  readonly #retailOver: (link: OperationLink) => RetailDevice;
  /** Requests that are being done, by key. */
  readonly #underWay = new Map<string, { readonly request: string; readonly outcome: Promise<PerformOutcome> }>();

  private constructor(
    sound: SoundStore,
    link: DeviceLink,
    search: CatalogueSearch,
    storage: JournaledStorage,
    retailOver: (link: OperationLink) => RetailDevice,
  ) {
    this.sound = sound;
    this.link = link;
    this.search = search;
    this.#storage = storage;
    this.#retailOver = retailOver;
    this.retail = retailOver(link);
  }

  static async assemble(options: PartsOptions, sound: SoundStore): Promise<DeviceParts> {
    const { deviceId, name, storeId, principal, permissions, gatewayUris, token, log, wallClockMs } = options;
    const { store } = sound;
    const storage = new JournaledStorage(sound.storage, sound.journal, options.onChanged);
    const clock = new HybridClock(deviceId, sound.storage.newestHlc);
    const search = await CatalogueSearch.open(store, ({ message }) => log(`the catalogue search: ${message}`));
    const link = await DeviceLink.open({
      deviceId,
      name,
      storage,
      clock,
      wallClockMs,
      subscriptions: options.subscriptions,
      gatewayUris,
      token,
      newEpoch,
      openSocket: (uri) => new WebSocket(uri, { handshakeTimeout: HANDSHAKE_MS }) as unknown as SocketLike,
      onState: options.onState,
      log,
    });
    const common = { store, storage, clock, wallClockMs, deviceId, storeId, principal, permissions };
    const retailOver = (over: OperationLink) => new RetailDevice({ ...common, link: over, newId: randomUUID });
    return new DeviceParts(sound, link, search, storage, retailOver);
  }

  /** A request that comes again under its key is answered as before, and not done again. Throws KEY_REUSED. */
  async performOnce(name: RetailOperationName, input: unknown, key: string): Promise<PerformOutcome> {
    const request = checksumOf(canonicalText({ name, input: (input ?? null) as JsonValue }));
    const before = this.sound.journal.answerOf(key) ?? this.#underWay.get(key);
    if (before !== undefined && before.request !== request) {
      throw new DeviceError('KEY_REUSED', `The key '${key}' has been used for another request.`);
    }
    if (before !== undefined) return 'outcome' in before ? await before.outcome : answeredBefore(before);
    const outcome = this.#perform(name, input, { key, request });
    this.#underWay.set(key, { request, outcome });
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async close(): Promise<void> {
    await this.link.close();
    this.search.close();
    await this.sound.close();
  }

  async #perform(
    name: RetailOperationName,
    input: unknown,
    asked: Pick<Answer, 'key' | 'request'>,
  ): Promise<PerformOutcome> {
    const answering: OperationLink = {
      perform: (make) =>
        this.link.perform(async () => {
          const made = await make();
          if (made.operation === null) return made;
          const { sequence, hlc } = made.operation;
          const { facts = null } = made as { facts?: JsonValue };
          this.#storage.answerWith({ ...asked, sequence, hlc, facts });
          return made;
        }),
    };
    return await this.#retailOver(answering).performUnknown(name, input);
  }
}

export async function subscriptionsFor(
  {
    storeId,
    principal,
    permissions,
    wallClockMs,
  }: Pick<PartsOptions, 'storeId' | 'principal' | 'permissions' | 'wallClockMs'>,
  scope: ScopeSettings,
  { store }: SoundStore,
): Promise<Subscription[]> {
  const newestOrderDate = await new StoreReader(store).newestOrderDate(storeId);
  return subscriptionsOf(scope, { permissions, principal, storeId, wallClockMs: wallClockMs(), newestOrderDate });
}

const answeredBefore = ({ sequence, hlc, facts }: Answer): PerformOutcome => ({
  outcome: 'done',
  operation: { sequence, hlc },
  facts,
});
