/** The promises of sync that hold for every carrier. Documents are told apart by a run's own ids. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CollectionName, Role } from '../../src/domain/index.ts';
import { aCustomer, anItem, aProduct, aStore } from '../../src/edge/retail/device.fixture.ts';
import { canonicalText, type Document, type Subscription } from '../../src/sync/index.ts';
import type { ContractDevice, ContractSubject } from './subject.ts';

export interface Patience {
  /** What a carrier may take to bring a change from one end to the other. */
  readonly arrivesMs: number;
}

export function describeSyncContract(open: () => Promise<ContractSubject>, { arrivesMs }: Patience): void {
  const run = randomUUID().slice(0, 8);
  const [here, there] = [`store_one_${run}`, `store_two_${run}`];
  const number = Number.parseInt(run, 16);
  const product = `prod_${number}`;
  const customer = (at: number): Document =>
    aCustomer(number * 10 + at, { primary_store_id: here, email: `ada-${at}-${run}@example.com` });
  const idOf = (at: number): string => String(customer(at)['_id']);
  const itemId = randomUUID();

  const scope: readonly Subscription[] = [
    { collection: 'stores', where: { store_id: { $in: [here, there] } } },
    { collection: 'products', where: { product_id: product } },
    { collection: 'inventory', where: { store_id: here } },
    { collection: 'customers', where: { primary_store_id: here } },
    { collection: 'orders', where: { store_id: here } },
    { collection: 'order_items', where: { store_id: here } },
    { collection: 'stock_movements', where: { store_id: here } },
  ];
  const seed: Partial<Record<CollectionName, readonly Document[]>> = {
    stores: [aStore(here), aStore(there)],
    products: [aProduct(number, { cost: 13.39, gross_margin_percent: 33 })],
    inventory: [{ ...anItem(here, number, 10), _id: itemId, inventory_id: itemId }],
    customers: [1, 2, 3].map(customer),
  };

  let subject: ContractSubject;
  const devices: ContractDevice[] = [];
  beforeAll(async () => {
    subject = await open();
    for (const [collection, documents] of Object.entries(seed)) {
      await subject.db.collection<{ _id: string }>(collection).insertMany(documents as never);
    }
  });
  afterAll(async () => {
    for (const device of devices) await device[Symbol.asyncDispose]();
    const mine = { $or: [{ store_id: { $in: [here, there] } }, { primary_store_id: here }, { product_id: product }] };
    for (const name of ['stores', 'products', 'inventory', 'customers', 'orders', 'order_items']) {
      await subject?.db.collection(name).updateMany(mine, { $set: { deleted: true } });
    }
    await subject?.[Symbol.asyncDispose]();
  });

  const openDevice = async (name: string, { role = 'store_manager' as Role, asks = scope } = {}) => {
    const device = await subject.openDevice({ name: `${name}-${run}`, role, storeId: here, scope: asks });
    devices.push(device);
    return device;
  };
  const arrives = (check: () => Promise<void>) => vi.waitFor(check, { timeout: arrivesMs, interval: 50 });
  const held = async (device: ContractDevice, collection: string, field: string, value: unknown) =>
    (await device.documents(collection)).find((one) => one[field] === value);
  const customers = () => subject.db.collection<{ _id: string }>('customers');
  const inMongo = (collection: string, filter: object) => subject.db.collection(collection).findOne(filter);
  const rename = (device: ContractDevice, at: number, first_name: string) =>
    device.retail.perform('edit_customer', { customer_id: idOf(at), first_name });

  describe('sync', () => {
    test('[SC1] a new device gets what it asks for, and nothing else', async () => {
      const device = await openDevice('first');
      await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(3))).toBeDefined());
      await arrives(async () => expect(await held(device, 'inventory', 'inventory_id', itemId)).toBeDefined());
      expect((await device.documents('customers')).map((one) => one['customer_id']).sort()).toEqual(
        [1, 2, 3].map(idOf).sort(),
      );
      expect(await device.documents('orders')).toEqual([]);
      expect(await device.documents('product_embeddings')).toEqual([]);
    });

    test('[SC2] what is written directly in MongoDB reaches the devices: new, changed and hidden', async () => {
      const device = await openDevice('direct');
      await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(3))).toBeDefined());
      await customers().insertOne({ ...customer(4), first_name: 'New' } as never);
      await customers().updateOne({ _id: idOf(1) }, { $set: { first_name: 'Changed' } });
      await arrives(async () => {
        expect(await held(device, 'customers', 'customer_id', idOf(4))).toMatchObject({ first_name: 'New' });
        expect(await held(device, 'customers', 'customer_id', idOf(1))).toMatchObject({ first_name: 'Changed' });
      });
      await customers().updateOne({ _id: idOf(4) }, { $set: { deleted: true } });
      await arrives(async () =>
        expect(await held(device, 'customers', 'customer_id', idOf(4))).toMatchObject({ deleted: true }),
      );
    });

    test('[SC3] what one device does reaches MongoDB and the other devices', async () => {
      const [one, other] = [await openDevice('one'), await openDevice('other')];
      await arrives(async () => expect(await held(one, 'customers', 'customer_id', idOf(2))).toBeDefined());
      expect(await rename(one, 2, 'Grace')).toMatchObject({ outcome: 'done' });
      await arrives(async () =>
        expect(await inMongo('customers', { customer_id: idOf(2) })).toMatchObject({ first_name: 'Grace' }),
      );
      await arrives(async () =>
        expect(await held(other, 'customers', 'customer_id', idOf(2))).toMatchObject({ first_name: 'Grace' }),
      );
    });

    test('[SC4] a device works without a network; its work arrives when it is back, once, also after a restart', async () => {
      const device = await openDevice('offline');
      await arrives(async () => expect(await held(device, 'inventory', 'inventory_id', itemId)).toBeDefined());
      await arrives(async () => expect(await held(device, 'products', 'product_id', product)).toBeDefined());
      await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(1))).toBeDefined());
      device.setOnline(false);
      const sold = await device.retail.perform('sell', {
        customer_id: idOf(1),
        lines: [{ product_id: product, quantity: 2 }],
      });
      if (sold.outcome !== 'done') throw new Error(JSON.stringify(sold));
      const { order_id } = sold.facts;
      expect(await inMongo('orders', { order_id })).toBeNull();
      await device.restart();
      device.setOnline(true);
      await arrives(async () => {
        expect(await inMongo('orders', { order_id })).toMatchObject({ store_id: here });
        expect(await subject.db.collection('order_items').countDocuments({ order_id })).toBe(1);
        expect(await subject.db.collection('stock_movements').countDocuments({ order_id })).toBe(1);
      });
    });

    test('[SC5] two devices that change different fields of one document offline both keep their work', async () => {
      const [one, other] = [await openDevice('left'), await openDevice('right')];
      for (const device of [one, other]) {
        await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(3))).toBeDefined());
        device.setOnline(false);
      }
      await rename(one, 3, 'Both');
      await other.retail.perform('edit_customer', { customer_id: idOf(3), phone: '(206) 555-0199' });
      for (const device of [one, other]) device.setOnline(true);
      const both = { first_name: 'Both', phone: '(206) 555-0199' };
      await arrives(async () => expect(await inMongo('customers', { customer_id: idOf(3) })).toMatchObject(both));
      for (const device of [one, other]) {
        await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(3))).toMatchObject(both));
      }
    });

    test('[SC6] a device that asks for something else gets it, and what it no longer asks for goes', async () => {
      const device = await openDevice('asking');
      await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(1))).toBeDefined());
      await device.subscribe([{ collection: 'products', where: { product_id: product } }]);
      await arrives(async () => {
        expect(await device.documents('customers')).toEqual([]);
        expect(await held(device, 'products', 'product_id', product)).toBeDefined();
      });
      await device.subscribe(scope);
      await arrives(async () => expect(await held(device, 'customers', 'customer_id', idOf(1))).toBeDefined());
    });

    test('[SC7] in the end every device holds what MongoDB has, field by field', async () => {
      for (const device of devices) device.setOnline(true);
      for (const collection of ['customers', 'inventory', 'orders', 'order_items'] as const) {
        const field = collection === 'customers' ? 'primary_store_id' : 'store_id';
        await arrives(async () => {
          const there = (await subject.db
            .collection(collection)
            .find({ [field]: here })
            .toArray()) as unknown as Document[];
          const expected = there.map(comparable).sort();
          for (const device of devices)
            expect((await device.documents(collection)).map(comparable).sort()).toEqual(expected);
        });
      }
    });
  });
}

/** Without `_id`, whose form is Ditto's own affair. */
function comparable({ _id: _, ...document }: Document): string {
  return canonicalText(document);
}
