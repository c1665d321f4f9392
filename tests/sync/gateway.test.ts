import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { enableChangeStreams } from '../../src/database/index.ts';
import { type CollectionName, type Principal, permissionsSchema } from '../../src/domain/index.ts';
import { DeviceLink, type DeviceStorage } from '../../src/edge/index.ts';
import { type ListeningGateway, listen, signToken } from '../../src/gateway/index.ts';
import { DeviceStore } from '../../src/simulation/device-store.ts';
import { type DocumentChange, HybridClock, type Operation, type Subscription } from '../../src/sync/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const signingKey = new Uint8Array(32).fill(7);
const everything: Subscription[] = ['stores', 'customers', 'alerts'].map((collection) => ({
  collection: collection as CollectionName,
  where: {},
}));
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function startGateway({ client, db }: TestDatabase, port = 0): Promise<ListeningGateway> {
  const gateway = await listen({ client, db, permissions, signingKey, log: () => undefined, port });
  open.push(gateway);
  return gateway;
}

class TestDevice {
  readonly store: DeviceStore;
  readonly clock: HybridClock;
  readonly link: DeviceLink;
  readonly deviceId: string;
  #sequence = 0;

  private constructor(deviceId: string, store: DeviceStore, clock: HybridClock, link: DeviceLink) {
    this.deviceId = deviceId;
    this.store = store;
    this.clock = clock;
    this.link = link;
  }

  static async start(
    deviceId: string,
    principal: Principal,
    gatewayUris: readonly string[],
    { subscriptions = everything, store = new DeviceStore('0123456789abcdef') } = {},
  ): Promise<TestDevice> {
    const clock = new HybridClock(deviceId);
    const storage: DeviceStorage = {
      load: async () => store.memory(),
      store: async (batch) => store.store(batch),
      perform: async (operation) => store.perform(operation),
      hashes: async (collection) => store.hashes(collection),
    };
    const token = await signToken(signingKey, { principal, deviceId });
    const link = await DeviceLink.open({
      deviceId,
      name: deviceId,
      subscriptions,
      storage,
      clock,
      wallClockMs: Date.now,
      gatewayUris,
      token: () => token,
      newEpoch: () => 'fedcba9876543210',
      openSocket: (uri) => new WebSocket(uri) as never,
      onState: () => undefined,
      log: () => undefined,
    });
    open.push(link);
    return new TestDevice(deviceId, store, clock, link);
  }

  async perform(...changes: DocumentChange[]): Promise<void> {
    await this.link.perform(async () => {
      this.#sequence += 1;
      const operation: Operation = {
        sequence: this.#sequence,
        hlc: this.clock.tick(Date.now()),
        action: 'test',
        userId: 'rep-1',
        changes,
      };
      return { operation };
    });
  }

  ids(collection: string): string[] {
    return [...this.store.documents.keys()].filter((key) => key.startsWith(`${collection}/`)).sort();
  }
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 10 });

const aCustomer = (number: number, store = 'store_seattle') => ({
  _id: `customer_${number}`,
  customer_id: `customer_${number}`,
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  phone: '(206) 555-0100',
  primary_store_id: store,
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
  deleted: false,
});

const rename = (id: string, first_name: string): DocumentChange => ({
  kind: 'set',
  collection: 'customers',
  id,
  fields: { first_name },
  unset: [],
  seen: {},
});

const rep: Principal = { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] };

async function filledDatabase(): Promise<TestDatabase> {
  const database = await openTestDatabase();
  const customers = [1, 2, 3].map((number) => aCustomer(number));
  await database.db.collection<{ _id: string }>('customers').insertMany([...customers, aCustomer(4, 'store_tacoma')]);
  await enableChangeStreams(database.db);
  return database;
}

const seattle = ['customers/customer_1', 'customers/customer_2', 'customers/customer_3'];

describe('a device', () => {
  test('[GW9] gets what its role may see, then what changes, and what leaves its store goes', async () => {
    await using database = await filledDatabase();
    const { uri } = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    expect(device.ids('customers')).toEqual(seattle);
    const customers = database.db.collection<{ _id: string }>('customers');
    await customers.updateOne({ _id: 'customer_1' }, { $set: { first_name: 'Grace' } });
    await customers.updateOne({ _id: 'customer_2' }, { $set: { primary_store_id: 'store_tacoma' } });
    await customers.deleteOne({ _id: 'customer_3' });
    await customers.updateOne({ _id: 'customer_4' }, { $set: { primary_store_id: 'store_seattle' } });
    await eventually(() => expect(device.ids('customers')).toEqual(['customers/customer_1', 'customers/customer_4']));
    expect(device.store.documents.get('customers/customer_1')?.['first_name']).toBe('Grace');
  });

  test('[GW9] writes offline; its work reaches MongoDB and another device when it is back', async () => {
    await using database = await filledDatabase();
    const { uri } = await startGateway(database);
    const one = await TestDevice.start('tablet-1', rep, [uri]);
    const other = await TestDevice.start('tablet-2', rep, [uri]);
    await eventually(() => expect(one.link.state.phase).toBe('online'));
    await eventually(() => expect(other.link.state.phase).toBe('online'));
    one.link.setOnline(false);
    await one.perform(rename('customer_1', 'Offline'));
    expect(one.store.documents.get('customers/customer_1')?.['first_name']).toBe('Offline');
    expect(one.link.state.pendingOperations).toBe(1);
    one.link.setOnline(true);
    await eventually(() => expect(other.store.documents.get('customers/customer_1')?.['first_name']).toBe('Offline'));
    await eventually(() => expect(one.store.outbox.size).toBe(0));
    expect(one.store.shadows.size).toBe(0);
  });

  test('[GW4] is told what was refused, and goes back to what MongoDB has', async () => {
    await using database = await filledDatabase();
    const { uri } = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    await device.perform({ ...rename('customer_1', 'x'), fields: { email: 'no address' } } as DocumentChange);
    await eventually(() => expect(device.store.rejected).toHaveLength(1));
    expect(device.store.rejected[0]).toMatchObject({ reason: 'document_invalid' });
    expect(device.store.documents.get('customers/customer_1')?.['email']).toBe('ada@example.com');
  });

  test('[GW10] goes on at another gateway when its own dies, and downloads nothing again', async () => {
    await using database = await filledDatabase();
    const first = await startGateway(database);
    const second = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [first.uri, second.uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    const position = device.link.state.position?.time ?? '';
    await first.close();
    await device.perform(rename('customer_1', 'Moved'));
    await eventually(async () => {
      const stored = await database.db.collection<{ _id: string }>('customers').findOne({ _id: 'customer_1' });
      expect(stored).toMatchObject({ first_name: 'Moved' });
    });
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    expect((device.link.state.position?.time ?? '') >= position).toBe(true);
    expect(second.gateway.status().devices).toHaveLength(1);
  });

  test('[GW11] that comes back after a restart gets only what changed', async () => {
    await using database = await filledDatabase();
    const { uri } = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    await device.link.close();
    await database.db
      .collection<{ _id: string }>('customers')
      .updateOne({ _id: 'customer_1' }, { $set: { first_name: 'New' } });
    const stored: string[] = [];
    const { store } = device;
    const storeBatch = store.store.bind(store);
    store.store = (batch) => {
      for (const { document } of batch.upserts) stored.push(String(document['_id']));
      storeBatch(batch);
    };
    const again = await TestDevice.start('tablet-1', rep, [uri], { store });
    await eventually(() => expect(again.store.documents.get('customers/customer_1')?.['first_name']).toBe('New'));
    expect(new Set(stored)).toEqual(new Set(['customer_1']));
  });

  test('[GW12] with a wrong, foreign or withdrawn token is turned away, and its work stays with it', async () => {
    await using database = await filledDatabase();
    const { uri, gateway } = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    device.link.setOnline(false);
    await device.perform(rename('customer_1', 'Later'));
    await gateway.revoke('tablet-1', 'the tablet was stolen');
    device.link.setOnline(true);
    await eventually(() => expect(device.link.state.phase).toBe('refused'));
    expect(device.link.state.refusal?.message).toContain('stolen');
    expect(device.store.outbox.size).toBe(1);
    expect(await database.db.collection<{ _id: string }>('customers').findOne({ _id: 'customer_1' })).toMatchObject({
      first_name: 'Ada',
    });
  });

  test('[GW13] never sees a document that JSON would damage; its neighbours go on', async () => {
    await using database = await filledDatabase();
    const { uri, gateway } = await startGateway(database);
    const device = await TestDevice.start('tablet-1', rep, [uri]);
    await eventually(() => expect(device.link.state.phase).toBe('online'));
    const customers = database.db.collection<{ _id: string }>('customers');
    await customers.updateOne({ _id: 'customer_1' }, { $set: { born: new Date() } });
    await customers.updateOne({ _id: 'customer_2' }, { $set: { first_name: 'Fine' } });
    await eventually(() => expect(device.store.documents.get('customers/customer_2')?.['first_name']).toBe('Fine'));
    expect(device.ids('customers')).toEqual(seattle.slice(1));
    expect(gateway.status().stream.quarantinedDocuments).toBe(1);
  });
});
