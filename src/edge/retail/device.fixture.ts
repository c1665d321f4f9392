/** A device for tests: a real Ditto store on disk, the real storage and link, and no network. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ditto, DittoConfig, Logger } from '@dittolive/ditto';
import { makeTestFolder } from '../../../tests/support/database.ts';
import { type CollectionName, type Principal, permissionsSchema, type StoreId } from '../../domain/index.ts';
import { type Document, HybridClock } from '../../sync/index.ts';
import { DeviceLink, type DeviceLinkOptions } from '../device-link.ts';
import type { DittoStoreLike } from '../ditto-executor.ts';
import { DittoStorage } from '../ditto-storage.ts';
import type { ObservableStore } from '../observe.ts';
import { emptyBatch, type StoreBatch } from '../replica.ts';
import { RetailDevice } from './retail-device.ts';

Logger.minimumLogLevel = 'Error';

export const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);

export const SEATTLE: StoreId = 'store_seattle';
export const TACOMA: StoreId = 'store_tacoma';
const T = '2026-01-05T09:00:00Z';

type Fields = Readonly<Record<string, unknown>>;

export const aStore = (store_id: string, more: Fields = {}): Document => ({
  _id: store_id,
  store_id,
  store_name: `Zava Retail ${store_id.slice(6)}`,
  rls_user_id: '11111111-1111-4111-8111-111111111111',
  is_online: false,
  location: { address: '1 Pine St', city: 'Seattle', state: 'WA', zip: '98101', latitude: 47.6, longitude: -122.3 },
  demo_default: false,
  created_at: T,
  deleted: false,
  ...more,
});

export const aProduct = (number: number, more: Fields = {}): Document => ({
  _id: `prod_${number}`,
  product_id: `prod_${number}`,
  sku: `SKU-${number}`,
  product_name: `Product ${number}`,
  category_id: 'cat_hand_tools',
  type_id: 'ptype_hammers_1',
  base_price: 19.99,
  product_description: 'Does its work.',
  image_url: `images/prod_${number}.svg`,
  specifications: {},
  created_at: T,
  updated_at: T,
  deleted: false,
  ...more,
});

/** The same id for the same pair. */
export const inventoryIdOf = (storeId: string, number: number): string =>
  `${storeId === SEATTLE ? 'aaaaaaaa' : 'bbbbbbbb'}-0000-4000-8000-${String(number).padStart(12, '0')}`;

export function anItem(storeId: string, number: number, stock_level: number, more: Fields = {}): Document {
  const inventory_id = inventoryIdOf(storeId, number);
  return {
    _id: inventory_id,
    inventory_id,
    store_id: storeId,
    product_id: `prod_${number}`,
    stock_level,
    reorder_threshold: 5,
    reorder_quantity: 20,
    location: { aisle: 'A7', shelf: '3', bin: '2' },
    last_counted: T,
    last_updated: T,
    notes: '',
    deleted: false,
    ...more,
  };
}

export const aCustomer = (number: number, more: Fields = {}): Document => ({
  _id: `customer_${number}`,
  customer_id: `customer_${number}`,
  first_name: 'Ada',
  last_name: 'Byron',
  email: `ada${number}@example.com`,
  phone: '(206) 555-0123',
  primary_store_id: SEATTLE,
  created_at: T,
  updated_at: T,
  deleted: false,
  ...more,
});

export const aShop: Partial<Record<CollectionName, Document[]>> = {
  stores: [aStore(SEATTLE), aStore(TACOMA)],
  products: [aProduct(1), aProduct(2, { base_price: 7.35 }), aProduct(3, { base_price: 0.99 })],
  inventory: [
    anItem(SEATTLE, 1, 10),
    anItem(SEATTLE, 2, 3),
    anItem(SEATTLE, 3, 40),
    anItem(TACOMA, 1, 8),
    anItem(TACOMA, 2, 30),
  ],
  customers: [aCustomer(1)],
};

type Network = Pick<DeviceLinkOptions, 'subscriptions' | 'gatewayUris' | 'token' | 'openSocket'>;

const NO_NETWORK: Network = {
  subscriptions: [],
  gatewayUris: ['ws://nowhere'],
  token: () => '',
  openSocket: () => ({
    onopen: null,
    onclose: null,
    onerror: null,
    onmessage: null,
    send: () => undefined,
    close: () => undefined,
  }),
};

export class TestDevice implements AsyncDisposable {
  readonly store: DittoStoreLike & ObservableStore;
  readonly storage: DittoStorage;
  readonly link: DeviceLink;
  readonly retail: RetailDevice;
  nowMs: number;
  readonly #close: () => Promise<void>;

  private constructor(
    parts: Pick<TestDevice, 'store' | 'storage' | 'link' | 'retail' | 'nowMs'>,
    close: () => Promise<void>,
  ) {
    this.store = parts.store;
    this.storage = parts.storage;
    this.link = parts.link;
    this.retail = parts.retail;
    this.nowMs = parts.nowMs;
    this.#close = close;
  }

  static async open({
    role = 'store_manager' as Principal['role'],
    storeId = SEATTLE,
    documents = aShop,
    deviceId = 'seattle-tablet-1',
    network = NO_NETWORK,
    /** Where its store is, if it has to outlive this device: the caller's to remove. */
    folder = undefined as string | undefined,
    /** Stands still unless told: the test moves it. */
    wallClockMs = undefined as (() => number) | undefined,
  } = {}): Promise<TestDevice> {
    const now = wallClockMs ?? (() => device.nowMs);
    const own = folder === undefined ? await makeTestFolder() : undefined;
    const ditto = await Ditto.open(
      new DittoConfig(
        '00000000-0000-4000-8000-000000000001',
        { mode: 'smallPeersOnly' },
        folder ?? (own?.path as string),
      ),
    );
    // A transaction alone does not keep the process.
    const alive = setInterval(() => undefined, 1_000);
    const store = ditto.store as unknown as DittoStoreLike & ObservableStore;
    const storage = await DittoStorage.open(store, randomBytes(8).toString('hex'));
    const clock = new HybridClock(deviceId, storage.newestHlc);
    const link = await DeviceLink.open({
      deviceId,
      name: deviceId,
      storage,
      clock,
      wallClockMs: now,
      newEpoch: () => randomBytes(8).toString('hex'),
      ...network,
      onState: () => undefined,
      log: () => undefined,
    });
    const principal: Principal = { role, userId: 'user-1', stores: [storeId] };
    const retail = new RetailDevice({
      store,
      storage,
      link,
      clock,
      wallClockMs: now,
      deviceId,
      storeId,
      principal,
      permissions,
      newId: randomUUID,
    });
    const device: TestDevice = new TestDevice(
      { store, storage, link, retail, nowMs: Date.parse('2026-11-22T12:00:00Z') },
      async () => {
        await link.close();
        clearInterval(alive);
        await ditto.close();
        await own?.[Symbol.asyncDispose]();
      },
    );
    if (Object.keys(documents).length > 0) await device.sync(documents);
    return device;
  }

  /** As if MongoDB had sent them. */
  async sync(documents: Partial<Record<string, readonly Document[]>>, more: Partial<StoreBatch> = {}): Promise<void> {
    const upserts = Object.entries(documents).flatMap(([collection, ones]) =>
      (ones ?? []).map((document) => ({ collection, document })),
    );
    await this.storage.store({ ...emptyBatch(), upserts, ...more });
  }

  async documents(collection: string): Promise<Record<string, unknown>[]> {
    const { items } = await this.store.execute(`SELECT * FROM ${collection}`);
    return items.map(({ value }) => value as Record<string, unknown>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
