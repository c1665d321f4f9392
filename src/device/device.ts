/**
 * One device: its store on the disk, the retail operations and views over it, and the link to a gateway. Works without a
 * network, outlives a crash at any moment, and replaces a store that is damaged without losing what was done.
 */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Permissions, Principal, StoreId } from '../domain/index.ts';
import {
  CatalogueSearch,
  DeviceLink,
  type LinkState,
  RetailDevice,
  type RetailOperationName,
  type RetailOutcome,
  type SettleOutcome,
  type SocketLike,
  StoreReader,
  unreadableDocuments,
} from '../edge/index.ts';
import { canonicalText, contentHash, HybridClock, SetChecksum, type Subscription } from '../sync/index.ts';
import { type DeviceFolder, deviceFolder, makeDeviceFolder, readJsonFile, writeJsonFile } from './device-files.ts';
import { quietLogger, watchForDamage } from './ditto-store.ts';
import { DeviceError } from './errors.ts';
import { type Incident, Incidents } from './incidents.ts';
import { JournaledStorage } from './journaled-storage.ts';
import { LiveView } from './live-view.ts';
import { OperationJournal } from './operation-journal.ts';
import { DEFAULT_SCOPE, type ScopeSettings, scopeSettingsSchema, subscriptionsOf } from './scope-settings.ts';
import { newEpoch, openSoundStore, type SoundStore, unreadableText } from './sound-store.ts';
import type { View, ViewContext } from './views.ts';

export interface DeviceOptions {
  /** The device's files lie below it. */
  readonly dataDir: string;
  readonly deviceId: string;
  /** As people call it. */
  readonly name: string;
  /** The store in which it is. */
  readonly storeId: StoreId;
  readonly principal: Principal;
  readonly permissions: Permissions;
  /** Tried in turn: any gateway will do. */
  readonly gatewayUris: readonly string[];
  /** Asked for at every connection. */
  readonly token: () => Promise<string> | string;
  readonly log: (line: string) => void;
  readonly wallClockMs?: () => number;
}

export interface DeviceState extends LinkState {
  readonly deviceId: string;
  readonly name: string;
  readonly storeId: StoreId;
  readonly role: Principal['role'];
  readonly userId: string;
  /** Refused operations that nobody has settled. */
  readonly rejectedOperations: number;
  /** Products that the search knows; 0 until the catalogue has come. */
  readonly catalogueProducts: number;
  /** While a damaged store is being replaced nothing can be done. */
  readonly isReplacingStore: boolean;
  /** What happened to the store, the newest last. */
  readonly incidents: readonly Incident[];
}

export interface CollectionChecksum {
  readonly documents: number;
  readonly checksum: string;
}

interface Parts {
  readonly sound: SoundStore;
  readonly link: DeviceLink;
  readonly retail: RetailDevice;
  readonly search: CatalogueSearch;
}

/** Between two looks at whether the days of the scope have moved on, and whether all can be read. */
const LOOK_MS = 10 * 60_000;
/** A disk that fails again and again is not helped by fetching again and again. */
const REPLACEMENTS_MAX = 3;

export class Device implements AsyncDisposable {
  readonly #options: DeviceOptions;
  readonly #wallClockMs: () => number;
  readonly #files: DeviceFolder;
  readonly #journal: OperationJournal;
  readonly #incidents: Incidents;
  readonly #stateListeners = new Set<(state: DeviceState) => void>();
  readonly #changeListeners = new Set<(collections: ReadonlySet<string>) => void>();
  readonly #live = new Set<LiveView>();
  #scope: ScopeSettings;
  #subscriptions: readonly Subscription[] = [];
  #parts: Parts | null = null;
  #rejected = 0;
  #replacements = 0;
  /** Settled when there is a store to work with. */
  #ready: Promise<unknown> = Promise.resolve();
  #isReplacing = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  #stopWatching: () => void = () => undefined;

  private constructor(options: DeviceOptions, journal: OperationJournal, incidents: Incidents, scope: ScopeSettings) {
    this.#options = options;
    this.#wallClockMs = options.wallClockMs ?? Date.now;
    this.#files = deviceFolder(options.dataDir, options.deviceId);
    this.#journal = journal;
    this.#incidents = incidents;
    this.#scope = scope;
  }

  /** Throws DEVICE_IN_USE, STORE_UNUSABLE, DEVICE_FILE_INVALID. */
  static async open(options: DeviceOptions): Promise<Device> {
    const files = deviceFolder(options.dataDir, options.deviceId);
    await makeDeviceFolder(files);
    await quietLogger();
    const scope = (await readJsonFile(files.scope, scopeSettingsSchema)) ?? DEFAULT_SCOPE;
    const incidents = await Incidents.open(files.incidents);
    const journal = await OperationJournal.open(files.journal);
    const device = new Device(options, journal, incidents, scope);
    try {
      device.#parts = await device.#assemble();
    } catch (error) {
      await journal.close();
      throw error;
    }
    device.#stopWatching = watchForDamage((message) => device.#replaceSoon(message));
    device.#timer = setInterval(() => void device.#look(), LOOK_MS);
    return device;
  }

  get state(): DeviceState {
    const { deviceId, name, storeId, principal } = this.#options;
    const { link, search } = this.#present();
    return {
      deviceId,
      name,
      storeId,
      role: principal.role,
      userId: principal.userId,
      ...link.state,
      rejectedOperations: this.#rejected,
      catalogueProducts: search.size,
      isReplacingStore: this.#isReplacing,
      incidents: this.#incidents.all,
    };
  }

  /** The operations that this device's user may do. */
  get operations(): RetailDevice['operations'] {
    return this.#present().retail.operations;
  }

  get permissions(): Permissions {
    return this.#options.permissions;
  }

  get principal(): Principal {
    return this.#options.principal;
  }

  get scope(): { readonly settings: ScopeSettings; readonly subscriptions: readonly Subscription[] } {
    return { settings: this.#scope, subscriptions: this.#subscriptions };
  }

  /** Hears of the link's state and of the store's. */
  onState(listener: (state: DeviceState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Hears of every write to the store: the names of the collections, `pending` and `rejected`. */
  onChanged(listener: (collections: ReadonlySet<string>) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  async perform(name: RetailOperationName, input: unknown): Promise<RetailOutcome> {
    return await this.#withStore(({ retail }) => retail.performUnknown(name, input));
  }

  async settle(sequence: number, input: unknown): Promise<SettleOutcome> {
    return await this.#withStore(({ retail }) => retail.settle(sequence, input));
  }

  async read(view: View, parameters: unknown): Promise<unknown> {
    return await this.#withStore((parts) => view.read(this.#contextOf(parts), parameters));
  }

  /** Calls back with the view now and after every change that touches it, until the answer is called. */
  async live(view: View, parameters: unknown, onView: (view: unknown) => void | Promise<void>): Promise<() => void> {
    const onFault = ({ message }: Error) => this.#options.log(`a live view: ${message}`);
    const live = new LiveView(view, parameters, onView, onFault);
    const parts = await this.#store();
    this.#live.add(live);
    live.attach(parts.sound.store, this.#contextOf(parts));
    return () => {
      this.#live.delete(live);
      live.detach();
    };
  }

  /** Cuts the network, or lets it be again. */
  setOnline(isOnline: boolean): void {
    this.#present().link.setOnline(isOnline);
  }

  /** Takes effect at once, and outlives a restart. */
  async setScope(settings: ScopeSettings): Promise<void> {
    await writeJsonFile(this.#files.scope, settings);
    this.#scope = settings;
    await this.#refreshScope();
  }

  /** What the device holds, by collection, to be compared with another device of the same scope. */
  async checksums(): Promise<Readonly<Record<string, CollectionChecksum>>> {
    return await this.#withStore(async ({ sound }) => {
      const sums: Record<string, CollectionChecksum> = {};
      for (const collection of new Set(this.#subscriptions.map((one) => one.collection))) {
        const sum = new SetChecksum();
        const hashes = await sound.storage.hashes(collection);
        for (const [id, hash] of hashes) sum.add(id, hash);
        sums[collection] = { documents: hashes.size, checksum: contentHash({ buckets: sum.buckets() }) };
      }
      return sums;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWatching();
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#ready.catch(() => undefined);
    for (const live of this.#live) live.detach();
    if (this.#parts !== null) await closeParts(this.#parts);
    this.#parts = null;
    await this.#journal.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #assemble(damage?: string): Promise<Parts> {
    const { deviceId, name, storeId, principal, permissions, gatewayUris, token, log } = this.#options;
    const now = () => new Date(this.#wallClockMs());
    const stores = { files: this.#files, journal: this.#journal, incidents: this.#incidents, now };
    const sound = await openSoundStore(stores, damage);
    const { store, storage } = sound;
    const journaled = new JournaledStorage(storage, this.#journal, (collections) => this.#tellChanged(collections));
    const clock = new HybridClock(deviceId, storage.newestHlc);
    const search = await CatalogueSearch.open(store, ({ message }) => log(`the catalogue search: ${message}`));
    const wallClockMs = this.#wallClockMs;
    const common = { store, storage: journaled, clock, wallClockMs, deviceId, storeId, principal, permissions };
    this.#rejected = (await storage.rejected()).length;
    this.#subscriptions = await this.#subscriptionsFor(sound);
    const link = await DeviceLink.open({
      ...common,
      name,
      subscriptions: this.#subscriptions,
      gatewayUris,
      token,
      newEpoch,
      openSocket: (uri) => new WebSocket(uri) as unknown as SocketLike,
      onState: () => this.#tellState(),
      log,
    });
    const retail = new RetailDevice({ ...common, link, newId: randomUUID });
    return { sound, link, retail, search };
  }

  async #subscriptionsFor({ store }: SoundStore): Promise<Subscription[]> {
    const { storeId, principal, permissions } = this.#options;
    const newestOrderDate = await new StoreReader(store).newestOrderDate(storeId);
    const wallClockMs = this.#wallClockMs();
    return subscriptionsOf(this.#scope, { permissions, principal, storeId, wallClockMs, newestOrderDate });
  }

  async #refreshScope(): Promise<void> {
    await this.#withStore(async ({ sound, link }) => {
      const wanted = await this.#subscriptionsFor(sound);
      if (canonicalText(wanted as never) === canonicalText(this.#subscriptions as never)) return;
      this.#subscriptions = wanted;
      await link.subscribe(wanted);
      this.#tellState();
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#refreshScope();
      const unreadable = await this.#withStore(({ sound }) => unreadableDocuments(sound.store));
      if (unreadable.size > 0) this.#replaceSoon(unreadableText(unreadable));
    } catch (error) {
      this.#options.log(`looking after the store: ${(error as Error).message}`);
    }
  }

  #replaceSoon(because: string): void {
    if (this.#isReplacing || this.#isClosed || this.#parts === null) return;
    if (this.#replacements >= REPLACEMENTS_MAX) return;
    this.#replacements += 1;
    this.#isReplacing = true;
    this.#ready = this.#replace(because);
    this.#ready.catch((error: Error) => this.#options.log(`replacing the store failed: ${error.message}`));
  }

  async #replace(because: string): Promise<void> {
    const old = this.#present();
    const { isAllowedOnline } = old.link.state;
    this.#options.log(`the store is damaged (${because}); it is set aside, and everything is fetched anew`);
    this.#tellState();
    for (const live of this.#live) live.detach();
    await closeParts(old);
    const parts = await this.#assemble(because);
    if (!isAllowedOnline) parts.link.setOnline(false);
    this.#parts = parts;
    this.#isReplacing = false;
    for (const live of this.#live) live.attach(parts.sound.store, this.#contextOf(parts));
    this.#tellState();
  }

  #contextOf({ retail, search }: Parts): ViewContext {
    return { retail, search, storeId: this.#options.storeId };
  }

  async #withStore<Answer>(work: (parts: Parts) => Promise<Answer> | Answer): Promise<Answer> {
    const parts = await this.#store();
    try {
      return await work(parts);
    } catch (cause) {
      if (cause instanceof DeviceError) throw cause;
      throw new DeviceError('STORE_FAULT', `The store refused: ${(cause as Error).message}`, { cause });
    }
  }

  async #store(): Promise<Parts> {
    await this.#ready;
    return this.#present();
  }

  #present(): Parts {
    if (this.#parts === null) throw new DeviceError('STORE_FAULT', 'The device is closed.');
    return this.#parts;
  }

  #tellState(): void {
    if (this.#parts === null || this.#isClosed) return;
    const { state } = this;
    for (const listener of this.#stateListeners) listener(state);
  }

  #tellChanged(collections: ReadonlySet<string>): void {
    if (collections.has('rejected')) void this.#countRejected();
    for (const listener of this.#changeListeners) listener(collections);
  }

  async #countRejected(): Promise<void> {
    if (this.#parts === null) return;
    this.#rejected = (await this.#parts.sound.storage.rejected()).length;
    this.#tellState();
  }
}

async function closeParts({ sound, link, search }: Parts): Promise<void> {
  await link.close();
  search.close();
  await sound.close();
}
