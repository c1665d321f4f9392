import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter, type Filter, type Principal } from '../domain/index.ts';
import { HybridClock, type Subscription } from '../sync/index.ts';
import { defaultScope } from './default-scope.ts';
import { type DittoSyncLike, DittoSyncLink } from './ditto-sync-link.ts';
import { dqlOf } from './filter-dql.ts';
import { aShop, permissions, SEATTLE, TestDevice } from './retail/device.fixture.ts';
import { RetailDevice } from './retail/retail-device.ts';

const principal: Principal = { role: 'store_manager', userId: 'user-1', stores: [SEATTLE] };

/** Ditto's own sync needs a licence; what is asked of it is written down. */
class NotedSync implements DittoSyncLike {
  readonly subscriptions = new Map<string, Record<string, unknown>>();
  isStarted = false;

  start(): void {
    this.isStarted = true;
  }

  stop(): void {
    this.isStarted = false;
  }

  registerSubscription(query: string, parameters: Record<string, unknown> = {}): { cancel(): void } {
    this.subscriptions.set(query, parameters);
    return { cancel: () => this.subscriptions.delete(query) };
  }
}

let device: TestDevice;
beforeAll(async () => {
  device = await TestDevice.open({ documents: aShop });
});
afterAll(() => device[Symbol.asyncDispose]());

function openRetail(idFieldsOf: (collection: string) => readonly string[], subscriptions: Subscription[] = []) {
  const sync = new NotedSync();
  const { store } = device;
  const link = new DittoSyncLink({ store, sync, subscriptions, idFieldsOf });
  const retail = new RetailDevice({
    store,
    storage: link,
    link,
    clock: new HybridClock('seattle-tablet-1'),
    wallClockMs: () => device.nowMs,
    deviceId: 'seattle-tablet-1',
    storeId: SEATTLE,
    principal,
    permissions,
    newId: () => crypto.randomUUID(),
  });
  return { sync, link, retail };
}

describe('a device on Ditto’s own sync', () => {
  test('[ED40] does the same retail operations, with the ids that the connector makes, and keeps no outbox', async () => {
    const scopedIds = (collection: string) =>
      collection === 'orders' ? ['store_id', 'order_id'] : collection === 'stock_movements' ? ['movement_id'] : ['_id'];
    const { retail, link } = openRetail(scopedIds);
    const sold = await retail.perform('sell', {
      customer_id: 'customer_1',
      lines: [{ product_id: 'prod_1', quantity: 4 }],
    });
    if (sold.outcome !== 'done') throw new Error(sold.outcome);
    const [order] = await device.documents('orders');
    expect(order?.['_id']).toEqual({ store_id: SEATTLE, order_id: sold.facts.order_id });
    expect(await retail.views.order(sold.facts.order_id)).toMatchObject({ order: { total: order?.['total'] } });
    expect((await retail.views.product('prod_1'))?.here?.believedUnits).toBe(6);
    const moved = await retail.perform('move', { product_id: 'prod_1', location: { aisle: 'C1' } });
    expect(moved.outcome).toBe('done');
    const item = (await device.documents('inventory')).find(
      (one) => one['product_id'] === 'prod_1' && one['store_id'] === SEATTLE,
    );
    expect(item?.['location']).toEqual({ aisle: 'C1', shelf: '3', bin: '2' });
    expect(await retail.views.pendingChanges()).toEqual([]);
    await link.close();
  });

  test('[ED40] an operation that fails half-way leaves nothing', async () => {
    const { link } = openRetail(() => ['_id']);
    const before = (await device.documents('customers')).length;
    const changes = [
      {
        kind: 'create',
        collection: 'customers',
        id: 'customer_9',
        document: { _id: 'customer_9', customer_id: 'customer_9' },
      },
      { kind: 'create', collection: 'customers', id: 'x', document: { _id: null, customer_id: 'x' } },
    ];
    const operation = { sequence: 1, hlc: '', action: 'test', userId: 'user-1', changes };
    await expect(link.perform(async () => ({ operation: operation as never }))).rejects.toThrow();
    expect(await device.documents('customers')).toHaveLength(before);
  });

  test('[ED40] asks for the scope that a gateway would be asked for, in DQL that Ditto takes', async () => {
    const scope = defaultScope({ permissions, principal, storeId: SEATTLE, wallClockMs: device.nowMs });
    const { sync, link } = openRetail(() => ['_id'], scope);
    expect(sync.isStarted).toBe(true);
    expect(sync.subscriptions.size).toBe(scope.length);
    for (const [query, parameters] of sync.subscriptions) {
      expect(query).toMatch(/^SELECT \* FROM [a-z_]+ WHERE /);
      await device.store.execute(query, parameters);
    }
    await link.subscribe([{ collection: 'products', where: { product_id: { $in: ['prod_1', 'prod_2'] } } }]);
    expect((await device.documents('products')).map(({ _id }) => _id).sort()).toEqual(['prod_1', 'prod_2']);
    expect(await device.documents('stores')).toEqual([]);
    expect(sync.subscriptions.size).toBe(1);
    link.setOnline(false);
    expect(sync.isStarted).toBe(false);
    await link.close();
  });

  test('[DM10] a filter means the same to Ditto as to the program', async () => {
    const values = fc.constantFrom<string | number | boolean>('a', 'b', 'B', '', 1, 2, -1, 0.5, true, false);
    const comparable = fc.constantFrom<string | number>('a', 'b', '', 1, 2, -1, 0.5);
    const field = fc.constantFrom('one', 'two', 'map.one', 'map.two', 'gone');
    const condition = fc.oneof(
      values,
      fc.record({ $eq: values }),
      fc.record({ $in: fc.array(values, { maxLength: 4 }) }),
      fc.record({ $gte: comparable, $lt: comparable }),
      fc.record({ $gt: comparable }),
      fc.record({ $lte: comparable }),
      fc.record({ $exists: fc.boolean() }),
    );
    const flat = fc.dictionary(field, condition, { maxKeys: 2 });
    const branches = fc.array(flat, { minLength: 1, maxLength: 3 });
    const filters = fc.oneof(flat, fc.record({ $or: branches }), fc.record({ $and: branches }));
    const document = fc.record(
      { one: values, two: values, map: fc.record({ one: values, two: values }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    );
    const documents = fc
      .sample(document, { numRuns: 60, seed: 22_465 })
      .map((one, index) => ({ ...one, _id: `document_${index}` }));
    await device.sync({ probes: documents as never });
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const matches = compileFilter(filter as Filter);
        const { text, parameters } = dqlOf(filter as Filter);
        const { items } = await device.store.execute(`SELECT * FROM probes WHERE ${text}`, { ...parameters });
        const found = items.map(({ value }) => (value as { _id: string })._id).sort();
        expect(found).toEqual(
          documents
            .filter((one) => matches(one))
            .map(({ _id }) => _id)
            .sort(),
        );
      }),
      { numRuns: 300, seed: 22_465 },
    );
  });
});
