import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { collectionNames, judgeWrite, type Principal, permissionsSchema, ROLES, readAccess } from './index.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const seattle: Principal = { role: 'worker', userId: 'worker-1', stores: ['store_seattle'] };
const sellerOf = (...stores: string[]): Principal => ({ role: 'sales_rep', userId: 'rep-1', stores });
const anItem = (more: object) => ({
  _id: 'i1',
  inventory_id: 'i1',
  store_id: 'store_seattle',
  product_id: 'prod_1',
  stock_level: 4,
  notes: '',
  deleted: false,
  ...more,
});

describe('reading', () => {
  test('[DM8] a worker sees the whole item of the own store, and of other stores only what is available', () => {
    const access = readAccess(permissions, seattle, 'inventory');
    expect(access?.visible(anItem({}))).toEqual(anItem({}));
    expect(access?.visible(anItem({ store_id: 'store_tacoma' }))).toEqual({
      _id: 'i1',
      inventory_id: 'i1',
      store_id: 'store_tacoma',
      product_id: 'prod_1',
      stock_level: 4,
      deleted: false,
    });
  });

  test('[DM8] costs are shown to headquarters and store managers alone', () => {
    const hammer = { _id: 'prod_1', product_id: 'prod_1', cost: 28, gross_margin_percent: 33, base_price: 41.79 };
    const seers = ROLES.filter((role) => {
      const seen = readAccess(permissions, { role, userId: 'u', stores: 'all' }, 'products')?.visible(hammer);
      return seen !== undefined && ('cost' in seen || 'gross_margin_percent' in seen);
    });
    expect(seers).toEqual(['headquarters', 'store_manager']);
  });

  test('[DM7] nobody may read the embeddings, and a worker and an agent no customers', () => {
    for (const role of ROLES) {
      expect(readAccess(permissions, { role, userId: 'u', stores: 'all' }, 'product_embeddings')).toBeNull();
    }
    expect(readAccess(permissions, seattle, 'customers')).toBeNull();
    expect(readAccess(permissions, { role: 'agent', userId: 'u', stores: 'all' }, 'customers')).toBeNull();
  });

  test('[DM8] a principal without stores sees nothing that belongs to one', () => {
    const access = readAccess(permissions, sellerOf(), 'orders');
    expect(access?.filter).toEqual({ store_id: { $in: [] } });
    expect(access?.visible({ _id: 'order_1', order_id: 'order_1', store_id: 'store_seattle' })).toBeUndefined();
  });

  test('[DM8] a principal of all stores needs no filter', () => {
    expect(readAccess(permissions, { ...seattle, stores: 'all' }, 'stock_transfers')?.filter).toEqual({});
  });
});

describe('writing', () => {
  const order = { _id: 'o', order_id: 'o', store_id: 'store_seattle', status: 'pending', total: 10 };

  test('[DM9] an order may be made in the own store only', () => {
    const make = (principal: Principal) =>
      judgeWrite(permissions, principal, { collection: 'orders', before: undefined, after: order, changedPaths: [] });
    expect(make(sellerOf('store_seattle'))).toEqual({ outcome: 'allowed' });
    expect(make(sellerOf('store_tacoma'))).toEqual({ outcome: 'refused', reason: 'outside_scope' });
    expect(make(seattle)).toEqual({ outcome: 'refused', reason: 'collection_not_writable' });
  });

  test('[DM9] a document cannot be pushed out of the writer’s stores, nor pulled in', () => {
    const principal: Principal = { role: 'store_manager', userId: 'm', stores: ['store_seattle'] };
    const moved = { ...order, store_id: 'store_tacoma' };
    const judged = (before: object, after: object) =>
      judgeWrite(permissions, principal, {
        collection: 'orders',
        before: before as typeof order,
        after: after as typeof order,
        changedPaths: ['store_id'],
      });
    expect(judged(order, moved)).toEqual({ outcome: 'refused', reason: 'outside_scope' });
    expect(judged(moved, order)).toEqual({ outcome: 'refused', reason: 'outside_scope' });
  });

  test('[DM9] the refused fields are named, and a stock level is nobody’s to set but headquarters’', () => {
    const set = (role: Principal['role'], changedPaths: string[]) =>
      judgeWrite(
        permissions,
        { role, userId: 'u', stores: ['store_seattle'] },
        {
          collection: 'inventory',
          before: anItem({}),
          after: anItem({}),
          changedPaths,
        },
      );
    expect(set('worker', ['location.aisle', 'notes'])).toEqual({ outcome: 'allowed' });
    expect(set('worker', ['stock_level', 'notes'])).toEqual({
      outcome: 'refused',
      reason: 'field_not_writable',
      fields: ['stock_level'],
    });
    expect(set('headquarters', ['inventory_id'])).toEqual({
      outcome: 'refused',
      reason: 'field_not_writable',
      fields: ['inventory_id'],
    });
  });

  test('[DM9] nobody changes a movement of the ledger or takes one away, and an agent changes nothing', () => {
    for (const role of ROLES) {
      const principal: Principal = { role, userId: 'u', stores: 'all' };
      const movement = { _id: 'm', movement_id: 'm', store_id: 'store_seattle', quantity: 1 };
      for (const changedPaths of [['quantity'], ['deleted']]) {
        const write = { collection: 'stock_movements', before: movement, after: movement, changedPaths } as const;
        expect(judgeWrite(permissions, principal, write).outcome).toBe('refused');
      }
    }
    const agent: Principal = { role: 'agent', userId: 'a', stores: 'all' };
    for (const collection of collectionNames) {
      const write = { collection, before: undefined, after: {}, changedPaths: [] };
      expect(judgeWrite(permissions, agent, write).outcome).toBe('refused');
    }
  });
});

test('[DM10] a rule that says more than a filter can is refused, with its place', () => {
  const rules = structuredClone(permissions) as { roles: { worker: { read: Record<string, unknown> } } };
  rules.roles.worker.read['inventory'] = [{ where: { store_id: { $regex: '.*' } } }];
  const parsed = permissionsSchema.safeParse(rules);
  expect(parsed.error?.issues[0]?.path).toEqual(['roles', 'worker', 'read', 'inventory', 0, 'where', 'store_id']);
});
