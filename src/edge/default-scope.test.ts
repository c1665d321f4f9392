import { describe, expect, test } from 'vitest';
import type { Principal } from '../domain/index.ts';
import { type Document, scopeOf, subscriptionSchema } from '../sync/index.ts';
import { defaultScope } from './default-scope.ts';
import { permissions, SEATTLE, TACOMA } from './retail/device.fixture.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const principalOf = (role: Principal['role']): Principal => ({ role, userId: 'user-1', stores: [SEATTLE] });

function scope(role: Principal['role'], more: Partial<Parameters<typeof defaultScope>[0]> = {}) {
  const principal = principalOf(role);
  const subscriptions = defaultScope({ permissions, principal, storeId: SEATTLE, wallClockMs: NOW, ...more });
  for (const subscription of subscriptions) subscriptionSchema.parse(subscription);
  const scopes = scopeOf(subscriptions, permissions, principal);
  return {
    subscriptions,
    collections: [...scopes.keys()],
    has: (collection: Parameters<typeof scopes.get>[0], document: Document) =>
      scopes.get(collection)?.visible(document) !== undefined,
    see: (collection: Parameters<typeof scopes.get>[0], document: Document) =>
      scopes.get(collection)?.visible(document),
  };
}

describe('the default scope of a device', () => {
  test('[ED21] a worker has the stock and no people; a sales representative has customers and orders of the store', () => {
    const worker = scope('worker');
    expect(worker.collections).not.toContain('customers');
    expect(worker.collections).not.toContain('orders');
    expect(worker.collections).toContain('stock_transfers');
    const sales = scope('sales_rep');
    expect(sales.collections).not.toContain('stock_transfers');
    expect(sales.has('customers', { primary_store_id: SEATTLE })).toBe(true);
    expect(sales.has('customers', { primary_store_id: TACOMA })).toBe(false);
  });

  test('[ED21] of other stores a device holds the units of each product, and nothing else', () => {
    const item = {
      _id: 'i',
      inventory_id: 'i',
      store_id: TACOMA,
      product_id: 'prod_1',
      stock_level: 3,
      notes: 'n',
      deleted: false,
    };
    const { notes: _, ...units } = item;
    expect(scope('worker').see('inventory', item)).toEqual(units);
    expect(scope('worker').see('inventory', { ...item, store_id: SEATTLE })).toHaveProperty('notes');
  });

  test('[ED21] orders go back 90 days from the newest that is known, and from now where none is', () => {
    const order = (order_date: string) => ({ store_id: SEATTLE, order_date });
    const fresh = scope('sales_rep');
    expect(fresh.has('orders', order('2026-08-24T00:00:00Z'))).toBe(true);
    expect(fresh.has('orders', order('2026-08-23T23:59:59Z'))).toBe(false);
    expect(fresh.has('order_items', order('2026-08-23T23:59:59Z'))).toBe(false);
    const old = scope('sales_rep', { newestOrderDate: '2025-06-30T15:00:00Z', orderDays: 10 });
    expect(old.has('orders', order('2025-06-20T00:00:00Z'))).toBe(true);
    expect(old.has('orders', order('2025-06-19T23:00:00Z'))).toBe(false);
    const chosen = scope('sales_rep', { ordersSince: '2026-11-01T00:00:00Z' });
    expect(chosen.has('orders', order('2026-10-31T00:00:00Z'))).toBe(false);
  });

  test('[ED21] daily work is there while it is open, and for some days; opening counts are not', () => {
    const { has } = scope('worker');
    const transfer = (status: string, at: string) => ({ to_store_id: SEATTLE, status, steps: { requested: { at } } });
    expect(has('stock_transfers', transfer('requested', '2025-01-01T00:00:00Z'))).toBe(true);
    expect(has('stock_transfers', transfer('received', '2025-01-01T00:00:00Z'))).toBe(false);
    expect(has('stock_transfers', transfer('received', '2026-11-20T00:00:00Z'))).toBe(true);
    expect(has('alerts', { store_id: SEATTLE, state: 'open' })).toBe(true);
    expect(has('alerts', { store_id: SEATTLE, state: 'resolved' })).toBe(false);
    const moved = (hlc: string) => ({ store_id: SEATTLE, hlc });
    expect(has('stock_movements', moved('2026-11-20T08:00:00.000Z-0000-tablet'))).toBe(true);
    expect(has('stock_movements', moved('2020-01-01T00:00:00.000Z-0000-headquarters'))).toBe(false);
  });

  test('[ED21] it is the same all day, and can be narrowed and widened', () => {
    const morning = scope('worker', { wallClockMs: Date.parse('2026-11-22T00:00:00Z') }).subscriptions;
    expect(scope('worker', { wallClockMs: Date.parse('2026-11-22T23:59:00Z') }).subscriptions).toEqual(morning);
    const own = scope('worker', {
      without: ['inventory'],
      more: [{ collection: 'stock_movements', where: { store_id: SEATTLE, kind: 'count' } }],
    });
    expect(own.collections).not.toContain('inventory');
    expect(
      own.has('stock_movements', { store_id: SEATTLE, kind: 'count', hlc: '2020-01-01T00:00:00.000Z-0000-x' }),
    ).toBe(true);
  });
});
