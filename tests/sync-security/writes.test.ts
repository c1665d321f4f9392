import type { Db } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { type CollectionName, ROLES, type Role } from '../../src/domain/index.ts';
import type { Document, DocumentChange } from '../../src/sync/index.ts';
import {
  company,
  OTHER,
  OWN,
  type OwnedCollection,
  ofStore,
  ownedCollections,
  type SharedCollection,
  shared,
  sharedCollections,
} from './documents.ts';
import { openGateway, tokenOf } from './gateway.ts';
import { create, RawDevice, set } from './raw-device.ts';
import { type MayWrite, mayWrite } from './rules.ts';

/** One thing that a device tries, and whether the table lets it. */
interface Attempt {
  readonly name: string;
  readonly collection: string;
  readonly change: DocumentChange;
  readonly isAllowed: boolean;
}

const NOBODY: MayWrite = { create: false };
const idFieldOf: Readonly<Partial<Record<OwnedCollection, string>>> = {
  customers: 'customer_id',
  inventory: 'inventory_id',
  orders: 'order_id',
  order_items: 'order_item_id',
  stock_movements: 'movement_id',
  stock_transfers: 'transfer_id',
  replenishment_orders: 'replenishment_id',
  alerts: 'alert_id',
};

function attemptsOn(role: Role, collection: OwnedCollection): Attempt[] {
  const rule = mayWrite[role][collection] ?? NOBODY;
  const isAtLarge = role === 'headquarters';
  // Headquarters may write every field, but for the ledger's movements, which nobody changes.
  const mayWriteAnyField = isAtLarge && collection !== 'stock_movements';
  const storeField =
    collection === 'customers' ? 'primary_store_id' : collection === 'stock_transfers' ? 'from_store_id' : 'store_id';
  const [own, others] = [ofStore[collection](OWN), ofStore[collection](OTHER)];
  const [path, value] = rule.field ?? ['notes', 'by hand'];
  const on = (name: string, document: Document, isAllowed: boolean, fields: Document, unset: string[] = []) => ({
    name,
    collection,
    isAllowed,
    change: set(collection, document['_id'], fields, unset),
  });
  const making = (name: string, document: Document, isAllowed: boolean) => ({
    name,
    collection,
    isAllowed,
    change: create(collection, document),
  });
  return [
    making('create in its store', ofStore[collection](OWN, 50), rule.create),
    making('create in another store', ofStore[collection](OTHER, 51), rule.create && isAtLarge),
    making('create what is there, with another content', { ...others, [path]: value, more: 1 }, false),
    on('change in its store', own, rule.field !== undefined, { [path]: value }),
    on('change in another store', others, rule.field !== undefined && isAtLarge, { [path]: value }),
    on('add a field', own, mayWriteAnyField, { extra: 'x' }),
    on('add a field in another store', others, mayWriteAnyField, { 'extra.deep': 'x' }),
    on('change the id', own, false, { [idFieldOf[collection] as string]: 'other' }),
    on('change the _id', own, false, { _id: 'other' }),
    on('change below the _id', own, false, { '_id.x': 'other' }),
    on('take the store away', own, false, {}, [storeField]),
    on('move into its store', others, mayWriteAnyField, { [storeField]: OWN }),
    on('move back', others, mayWriteAnyField, { [storeField]: OTHER }),
    on('move out of its store', own, mayWriteAnyField, { [storeField]: OTHER }),
    ...(isAtLarge ? [on('move back in', own, mayWriteAnyField, { [storeField]: OWN })] : []),
    on('remove in its store', own, rule.remove === true, { deleted: true }),
    on('remove in another store', others, rule.remove === true && isAtLarge, { deleted: true }),
  ];
}

function attemptsOnShared(role: Role, collection: SharedCollection): Attempt[] {
  const rule = mayWrite[role][collection] ?? NOBODY;
  const [path, value] = rule.field ?? ['created_at', '2020-01-01T00:00:00Z'];
  const document = shared[collection](1);
  const isAllowed = rule.field !== undefined;
  return [
    { name: 'create', collection, isAllowed: rule.create, change: create(collection, shared[collection](9)) },
    { name: 'change', collection, isAllowed, change: set(collection, document['_id'], { [path]: value }) },
    { name: 'remove', collection, isAllowed, change: set(collection, document['_id'], { deleted: true }) },
  ];
}

const foreign = ['product_embeddings', 'sync_devices', 'sync_operations', 'system.users', 'nothing', '__proto__'];
const attemptsElsewhere: readonly Attempt[] = foreign.flatMap((collection) => [
  { name: 'create', collection, isAllowed: false, change: create(collection, { _id: 'x', deleted: false }) },
  { name: 'change', collection, isAllowed: false, change: set(collection, 'prod_1', { deleted: true }) },
]);

const documentOf = (db: Db, { collection, id }: DocumentChange) =>
  db.collection<{ _id: string }>(collection).findOne({ _id: id });

const notOwned = (document: Document) =>
  ![document['store_id'], document['primary_store_id'], document['from_store_id']].includes(OWN);

describe('what a token for one store writes', () => {
  test.each(ROLES)('[GW42] as %s: what the table says, and no trace of anything else', async (role) => {
    await using gateway = await openGateway();
    const { db } = gateway;
    const device = await RawDevice.hello(gateway.uri, await tokenOf(role));
    const attempts = [
      ...ownedCollections.flatMap((collection) => attemptsOn(role, collection)),
      ...sharedCollections.flatMap((collection) => attemptsOnShared(role, collection)),
      ...attemptsElsewhere,
    ];
    const surprises: string[] = [];
    for (const { name, collection, change, isAllowed } of attempts) {
      const before = await documentOf(db, change);
      const result = await device.perform([change]);
      const after = await documentOf(db, change);
      const isApplied = result.outcome === 'applied';
      const isChanged = JSON.stringify(before) !== JSON.stringify(after);
      if (isApplied !== isAllowed || isChanged !== isAllowed) {
        surprises.push(`${name} (${collection}): ${JSON.stringify(result)}${isChanged ? ', changed' : ''}`);
      }
    }
    expect(surprises).toEqual([]);
    if (role === 'headquarters') return;
    for (const [collection, documents] of Object.entries(company)) {
      const expected = documents.filter((document) => sharedOrForeign(collection, document));
      const found = await db.collection<{ _id: string }>(collection).find({}).sort({ _id: 1 }).toArray();
      const kept = (found as Document[]).filter((document) => sharedOrForeign(collection, document));
      expect(kept, collection).toEqual([...expected].sort(byId));
    }
  });

  test('[GW42] one operation is refused whole: its allowed half leaves nothing', async () => {
    await using gateway = await openGateway();
    const device = await RawDevice.hello(gateway.uri, await tokenOf('store_manager'));
    const result = await device.perform([
      set('customers', ofStore.customers(OWN)['_id'], { first_name: 'Half' }),
      set('customers', ofStore.customers(OTHER)['_id'], { first_name: 'Other half' }),
    ]);
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'outside_scope' });
    expect(await gateway.db.collection('customers').countDocuments({ first_name: /half/i })).toBe(0);
  });

  test('[GW42] a movement is of an item of its own store and product, with a number from the ledger alone', async () => {
    await using gateway = await openGateway();
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    const movement = (number: number, more: Document) =>
      create('stock_movements', { ...ofStore.stock_movements(OWN, number), ...more });
    const item = ofStore.inventory(OTHER)['_id'];
    for (const more of [{ inventory_id: item }, { product_id: 'prod_2' }, { ledger_sequence: 5 }]) {
      const result = await device.perform([movement(60, more)]);
      expect(result, JSON.stringify(more)).toMatchObject({ outcome: 'rejected' });
    }
    expect(await gateway.db.collection('inventory').countDocuments({ stock_level: { $ne: 10 } })).toBe(0);
    expect(await device.perform([movement(61, {})])).toMatchObject({ outcome: 'applied' });
  });

  test('[GW42] a line or a movement is of an order of its own store', async () => {
    await using gateway = await openGateway();
    const device = await RawDevice.hello(gateway.uri, await tokenOf('store_manager'));
    const orderId = (document: Document) => ({ order_id: document['_id'] });
    const theirs = orderId(ofStore.orders(OTHER));
    const line = (number: number, more: Document) =>
      create('order_items', { ...ofStore.order_items(OWN, number), ...more });
    const movement = (number: number, more: Document) =>
      create('stock_movements', { ...ofStore.stock_movements(OWN, number), ...more });
    const made = ofStore.orders(OWN, 62);
    const refused = [
      [[line(62, theirs)], 'outside_scope'],
      [[movement(62, theirs)], 'outside_scope'],
      // Behind an order of its own, in one operation.
      [[create('orders', made), line(63, orderId(made)), line(64, theirs)], 'outside_scope'],
      [[line(65, { order_id: 'order_999999' })], 'document_missing'],
    ] as const;
    for (const [changes, reason] of refused) {
      expect(await device.perform(changes), JSON.stringify(changes)).toMatchObject({ outcome: 'rejected', reason });
    }
    expect(await gateway.db.collection('order_items').countDocuments(theirs)).toBe(1);
    const allowed = [line(66, orderId(made)), create('orders', made), movement(66, orderId(made))];
    expect(await device.perform(allowed)).toMatchObject({ outcome: 'applied' });
    expect(await device.perform([line(67, orderId(made))])).toMatchObject({ outcome: 'applied' });
  });

  test('[GW42] a movement from the future counts as of now, so that no clock wins for ever', async () => {
    await using gateway = await openGateway();
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    const count = (number: number, quantity: number, more: Document) =>
      create('stock_movements', { ...ofStore.stock_movements(OWN, number), kind: 'count', quantity, ...more });
    const ahead = '2999-01-01T00:00:00.000Z-0000-tablet-1';
    expect(await device.perform([count(70, 99, { hlc: ahead })])).toMatchObject({ outcome: 'applied' });
    const now = () => new Date(Date.now() + 1_000).toISOString();
    const hlc = `${now()}-0000-tablet-1`;
    expect(await device.perform([count(71, 7, { hlc })], { hlc })).toMatchObject({ outcome: 'applied' });
    const found = await gateway.db.collection('inventory').findOne({ store_id: OWN, product_id: 'prod_1' });
    expect(found).toMatchObject({ stock_level: 7 });
  });
});

const byId = (one: Document, other: Document) => (String(one['_id']) < String(other['_id']) ? -1 : 1);
const sharedOrForeign = (collection: string, document: Document): boolean =>
  sharedCollections.includes(collection as SharedCollection) ||
  (collection as CollectionName) === 'product_embeddings' ||
  notOwned(document);
