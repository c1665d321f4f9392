/** Scenario 13 by other causes: a token that runs out, and a tablet that changes hands. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { signingKeyOf, signToken } from '../../src/gateway/index.ts';
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
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 60 });

describe('when it comes otherwise', () => {
  test('[GW47] 13. a token that runs out: the device keeps working and its work, and sends it with the next one', async () => {
    const name = 'expiring-tablet';
    const principal = { role: 'store_manager', userId: name, stores: [SEATTLE] } as const;
    const tokenFile = path.join(company.folder.path, 'expiring.token');
    const write = async (seconds: number) =>
      await writeFile(
        tokenFile,
        await signToken(await signingKeyOf(company.dataDir), { principal, deviceId: name }, seconds / 86_400),
      );
    await write(20);
    const device = await company.startDevice({ name, tokenFile });
    await device.isOnline();
    await write(-60);
    const level = await levelOf(5);
    await soon(async () => expect((await device.state()).phase).toBe('refused'));
    await adjust(device, 5, 2);
    await device.done('edit_customer', { customer_id: 'customer_3', first_name: 'Expired' });
    expect((await device.state()).pendingOperations).toBe(2);
    expect(await levelOf(5)).toBe(level);
    await write(600);
    await device.setOnline(false);
    await device.setOnline(true);
    await company.settles([device]);
    expect(await levelOf(5)).toBe(level + 2);
    expect(await customers().findOne({ _id: 'customer_3' })).toMatchObject({ first_name: 'Expired' });
    await device.kill();
  });

  test('[GW47] 13. a tablet that changes hands sends what was done before, in the name of who did it', async () => {
    const device = await company.startDevice({ name: 'shared-tablet', user: 'morning' });
    await device.isOnline();
    const level = await levelOf(6);
    await device.setOnline(false);
    await adjust(device, 6, 3);
    await device.startAgain({ user: 'evening', role: 'worker' });
    await adjust(device, 6, 4);
    await company.settles([device]);
    expect(await levelOf(6)).toBe(level + 7);
    const found = await company.db
      .collection('sync_operations')
      .find({ device_id: device.deviceId })
      .sort({ sequence: 1 })
      .toArray();
    expect(found).toMatchObject([
      { user_id: 'morning', sent_by: 'evening', outcome: 'applied' },
      { user_id: 'evening', outcome: 'applied' },
    ]);
    const ids = found.map(({ hlc }) => hlc);
    const movements = await company.db
      .collection('stock_movements')
      .find({ hlc: { $in: ids } })
      .toArray();
    expect(movements.map(({ user_id }) => user_id).sort()).toEqual(['evening', 'morning']);
    await device.kill();
  });
});
