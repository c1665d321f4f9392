/**
 * One device: its store on the disk, the retail operations and views over it, and the link to a gateway. Works without a
 * network, outlives a crash at any moment, and replaces a store that is damaged without losing what was done.
 */
import type { Permissions, Principal, StoreId } from '../domain/index.ts';
import {
  type RetailDevice,
  type RetailOperationName,
  type SettleLostOutcome,
  type SettleOutcome,
  unreadableDocuments,
} from '../edge/index.ts';
import { canonicalText, contentHash, SetChecksum, type Subscription } from '../sync/index.ts';
import type { DeviceState, MeaningAnswer } from './api.ts';
import { type DeviceFolder, deviceFolder, makeDeviceFolder, readJsonFile, writeJsonFile } from './device-files.ts';
import { DeviceParts, type PerformOutcome, subscriptionsFor } from './device-parts.ts';
import { quietLogger, watchForDamage } from './ditto-store.ts';
import { DeviceError } from './errors.ts';
import { searchAtHeadquarters } from './headquarters-search.ts';
import { Incidents } from './incidents.ts';
import { LiveView } from './live-view.ts';
import { DEFAULT_SCOPE, type ScopeSettings, scopeSettingsSchema } from './scope-settings.ts';
import { openSoundStore, unreadableText } from './sound-store.ts';
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

export interface CollectionChecksum {
  readonly documents: number;
  readonly checksum: string;
}

/** As SQLite and the file system say it. */
const NO_ROOM = /database or disk is full|ENOSPC|EDQUOT|no space left/i;
/** Between two looks at whether the days of the scope have moved on, and whether all can be read. */
const LOOK_MS = 10 * 60_000;
/** A disk that fails again and again is not helped by fetching again and again. */
const REPLACEMENTS_MAX = 3;

export class Device implements AsyncDisposable {
  readonly #options: DeviceOptions;
  readonly #wallClockMs: () => number;
  readonly #files: DeviceFolder;
  readonly #incidents: Incidents;
  readonly #stateListeners = new Set<(state: DeviceState) => void>();
  readonly #changeListeners = new Set<(collections: ReadonlySet<string>) => void>();
  readonly #live = new Set<LiveView>();
  #scope: ScopeSettings;
  #subscriptions: readonly Subscription[] = [];
  #parts: DeviceParts | null = null;
  #rejected = 0;
  #replacements = 0;
  /** Settled when there is a store to work with. */
  #ready: Promise<unknown> = Promise.resolve();
  #isReplacing = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  #stopWatching: () => void = () => undefined;

  private constructor(options: DeviceOptions, incidents: Incidents, scope: ScopeSettings) {
    this.#options = options;
    this.#wallClockMs = options.wallClockMs ?? Date.now;
    this.#files = deviceFolder(options.dataDir, options.deviceId);
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
    const device = new Device(options, incidents, scope);
    device.#parts = await device.#assemble();
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

  /** With a key it is done once, however often it is asked for, also after a crash. Throws KEY_REUSED. */
  async perform(name: RetailOperationName, input: unknown, key?: string): Promise<PerformOutcome> {
    return await this.#withStore((parts) =>
      key === undefined ? parts.retail.performUnknown(name, input) : parts.performOnce(name, input, key),
    );
  }

  async settle(sequence: number, input: unknown): Promise<SettleOutcome> {
    return await this.#withStore(({ retail }) => retail.settle(sequence, input));
  }

  async settleLost(conflictId: string, how: 'restore' | 'discard'): Promise<SettleLostOutcome> {
    return await this.#withStore(({ retail }) => retail.settleLost(conflictId, how));
  }

  async read(view: View, parameters: unknown): Promise<unknown> {
    return await this.#withStore((parts) => view.read(this.#contextOf(parts), parameters));
  }

  /** Asks headquarters where the device is connected to it; else it says at once that it is not. Never throws. */
  async searchByMeaning(question: string, limit: number): Promise<MeaningAnswer> {
    const { gatewayUris, token } = this.#options;
    const { phase } = this.#present().link.state;
    if (phase !== 'online' && phase !== 'syncing') return { productIds: [], because: 'The device is offline.' };
    return await searchAtHeadquarters({ gatewayUris, token, question, limit });
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
    await this.#parts?.close();
    this.#parts = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #assemble(damage?: string): Promise<DeviceParts> {
    const now = () => new Date(this.#wallClockMs());
    const sound = await openSoundStore({ files: this.#files, incidents: this.#incidents, now }, damage);
    this.#rejected = (await sound.storage.rejected()).length;
    this.#subscriptions = await subscriptionsFor(this.#identity, this.#scope, sound);
    const options = {
      ...this.#identity,
      subscriptions: this.#subscriptions,
      onState: () => this.#tellState(),
      onChanged: (collections: ReadonlySet<string>) => this.#tellChanged(collections),
    };
    return await DeviceParts.assemble(options, sound);
  }

  get #identity() {
    return { ...this.#options, wallClockMs: this.#wallClockMs };
  }

  async #refreshScope(): Promise<void> {
    await this.#withStore(async ({ sound, link }) => {
      const wanted = await subscriptionsFor(this.#identity, this.#scope, sound);
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
    await old.close();
    const parts = await this.#assemble(because);
    if (!isAllowedOnline) parts.link.setOnline(false);
    this.#parts = parts;
    this.#isReplacing = false;
    for (const live of this.#live) live.attach(parts.sound.store, this.#contextOf(parts));
    this.#tellState();
  }

  #contextOf({ retail, search }: DeviceParts): ViewContext {
    return { retail, search, storeId: this.#options.storeId };
  }

  async #withStore<Answer>(work: (parts: DeviceParts) => Promise<Answer> | Answer): Promise<Answer> {
    const parts = await this.#store();
    try {
      return await work(parts);
    } catch (cause) {
      if (cause instanceof DeviceError) throw cause;
      const { message } = cause as Error;
      if (NO_ROOM.test(message)) {
        throw new DeviceError('DISK_FULL', `The disk of ${this.#files.folder} is full.`, { cause });
      }
      throw new DeviceError('STORE_FAULT', `The store refused: ${message}`, { cause });
    }
  }

  async #store(): Promise<DeviceParts> {
    await this.#ready;
    return this.#present();
  }

  #present(): DeviceParts {
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
