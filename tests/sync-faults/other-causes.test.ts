/** The same scenarios by other causes: ends of the history (9), commits that are cut (2), huge events (14). */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCustomer, SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { FaultCompany, type FaultDevice } from './fault-company.ts';

// Processes start slowly where others use the machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let company: FaultCompany;
beforeAll(async () => {
  company = await FaultCompany.open();
});
afterAll(() => company[Symbol.asyncDispose]());

const customers = () => company.db.collection<{ _id: string }>('customers');
const levelOf = async (product: number) =>
  (await company.db.collection('inventory').findOne({ store_id: SEATTLE, product_id: `prod_${product}` }))?.[
    'stock_level'
  ];
const adjust = (device: FaultDevice, product: number, units = 1) =>
  device.done('adjust', { product_id: `prod_${product}`, units, reason: 'found' });
const health = async () => {
  const uri = String(company.gateways[0]?.facts['uri']).replace('ws:', 'http:').replace('/sync', '');
  return (await (await fetch(`${uri}/health`)).json()) as {
    stream: { restarts: number; quarantinedDocuments: number };
  };
};
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 60 });
/** What the database answers to a command from now on, whoever sends it. */
const fails = (mode: 'off' | 'alwaysOn' | { times: number }, data: object = {}) =>
  company.client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });

describe('when it comes otherwise', () => {
  test.each([
    ['286, its history is gone', 286],
    ['280, it is broken', 280],
  ])(
    '[GW47] 9. a change stream that ends with %s: what changed and what was deleted meanwhile arrives',
    async (_why, errorCode) => {
      const present = await company.startDevice({ name: `present-${errorCode}` });
      const away = await company.startDevice({ name: `away-${errorCode}` });
      for (const device of [present, away]) await device.isOnline();
      await customers().insertOne(aCustomer(errorCode) as never);
      await company.settles([present, away]);
      await away.setOnline(false);
      await adjust(away, 1);
      await away.kill();
      const before = (await health()).stream.restarts;
      const level = await levelOf(1);
      await fails('alwaysOn', { failCommands: ['getMore'], errorCode });
      try {
        await soon(async () => expect((await health()).stream.restarts).toBeGreaterThan(before));
        await customers().deleteOne({ _id: `customer_${errorCode}` });
        await customers().updateOne({ _id: 'customer_1' }, { $set: { first_name: `After ${errorCode}` } });
      } finally {
        await fails('off');
      }
      await company.settles([present]);
      // And for who comes back: the position that it brings is answered so, too.
      await fails({ times: 1 }, { failCommands: ['aggregate'], errorCode });
      await away.startAgain();
      await company.settles([present, away]);
      await fails('off');
      expect(await levelOf(1)).toBe(level + 1);
      for (const device of [present, away]) {
        expect((await device.view('customer?id=customer_1')).customer).toMatchObject({
          first_name: `After ${errorCode}`,
        });
        await device.kill();
      }
    },
  );

  test('[GW47] 9. a collection that is renamed away and made anew: devices hold what is there now', async () => {
    const device = await company.startDevice({ name: 'renamed-tablet' });
    await device.isOnline();
    await company.settles([device]);
    await adjust(device, 2);
    const kept = await customers().find({}).toArray();
    await customers().rename('customers_before');
    await customers().insertMany(kept.slice(1).map((one) => ({ ...one, last_name: 'Anew' })));
    await company.settles([device]);
    expect((await device.call('GET', '/api/checksums')).body['customers']?.documents).toBe(kept.length - 1);
    await company.db.collection('customers_before').drop();
    await device.kill();
  });

  test('[GW47] 2. a gateway that dies while its commit is under way: the operation counts once', async () => {
    // What a gateway that died held is let go when its transaction has lived too long; a minute, unless told otherwise.
    await company.client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 3 });
    const device = await company.startDevice({ name: 'commit-tablet' });
    await device.isOnline();
    const level = await levelOf(3);
    const faults = [
      { failCommands: ['commitTransaction'], blockConnection: true, blockTimeMS: 600 },
      { failCommands: ['commitTransaction'], closeConnection: true },
      { failCommands: ['insert'], blockConnection: true, blockTimeMS: 600 },
    ];
    for (const fault of faults) {
      await fails({ times: 1 }, fault);
      await adjust(device, 3);
      await wait(250);
      await company.restartGateway();
      await fails('off');
    }
    await company.settles([device]);
    expect(await levelOf(3)).toBe(level + faults.length);
    await device.kill();
  });

  test('[GW47] 14. a change of which both images are more than an event may hold stops nothing beside it', async () => {
    const device = await company.startDevice({ name: 'huge-tablet' });
    await device.isOnline();
    await company.settles([device]);
    const level = await levelOf(4);
    const hugeId = 'customer_40000';
    const huge = { ...aCustomer(40_000), withheld: true, notes: 'x'.repeat(9_000_000) };
    await customers().insertOne(huge as never);
    await customers().updateOne({ _id: hugeId }, { $set: { notes: 'y'.repeat(9_000_000) } });
    await customers().updateOne({ _id: 'customer_2' }, { $set: { first_name: 'Beside' } });
    // Who follows the direct writes goes on behind it, too.
    await company.db
      .collection('inventory')
      .updateOne({ store_id: SEATTLE, product_id: 'prod_4' }, { $inc: { stock_level: 5 } });
    await company.settles([device]);
    expect((await device.view('customer?id=customer_2')).customer).toMatchObject({ first_name: 'Beside' });
    expect(await levelOf(4)).toBe(level + 5);
    expect((await health()).stream.quarantinedDocuments).toBeGreaterThan(0);
    await customers().deleteOne({ _id: hugeId });
    await company.settles([device]);
    await device.kill();
  });
});
