import { expect, test, vi } from 'vitest';
import { startZava } from '../support/cli.ts';
import { makeTestFolder } from '../support/database.ts';

const smallDataSet = { NUM_CUSTOMERS: '300', NUM_ORDERS: '1500' };

vi.setConfig({ testTimeout: 240_000 });

test('[HQ7] devices sync with the company that `zava start` opens, at the address that it prints, until Ctrl-C', async () => {
  await using folder = await makeTestFolder();
  const cwd = folder.path;
  const company = startZava(['start', '--port', '0', '--devices', '0', '--json'], { cwd, env: smallDataSet });
  const syncUri = /ws:[^"]+\/sync/.exec(await company.sees(/"syncUri": "[^"]+"/))?.[0] ?? '';
  const words = ['--store', 'store_seattle', '--name', 'tablet', '--gateway', syncUri, '--port', '0', '--json'];
  const device = startZava(['device', ...words], { cwd });
  try {
    const url = /http:[^"]+/.exec(await device.sees(/"url": "[^"]+"/))?.[0] ?? '';
    const get = async (path: string) => await (await fetch(`${url}${path}`)).json();
    const isOnline = async () =>
      expect(await get('/api/state')).toMatchObject({ phase: 'online', catalogueProducts: 400, incidents: [] });
    await vi.waitFor(isOnline, { timeout: 90_000, interval: 100 });
    const [found] = (await get('/api/views/search?q=claw%20hamer')) as { product: { product_id: string } }[];
    const product = await get(`/api/views/product?id=${found?.product.product_id}`);
    expect(product).toMatchObject({ product: { product_name: expect.stringMatching(/hammer/i) } });
    expect(await get('/api/views/stores')).toHaveLength(8);

    // Ctrl-C with a device at the door: everything ends in order, and the device goes on alone.
    company.child.kill('SIGINT');
    expect((await company.ended).code).toBe(0);
    await vi.waitFor(async () => expect(await get('/api/state')).toMatchObject({ phase: 'offline' }), 10_000);
    expect(await get('/api/views/search?q=paint')).not.toEqual([]);
  } finally {
    for (const { child, ended } of [device, company]) {
      child.kill('SIGINT');
      await ended;
    }
  }
});
