import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import type { CompanyDevice } from '../../src/headquarters/index.ts';
import { startZava } from '../support/cli.ts';
import { makeTestFolder } from '../support/database.ts';

vi.setConfig({ testTimeout: 240_000 });

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 100 });

const commandOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');

/** As Linux tells them. */
async function childrenOf(pid: number | undefined): Promise<{ readonly pid: number; readonly command: string }[]> {
  const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  return Promise.all(pids.map(async (child) => ({ pid: child, command: await commandOf(child) })));
}

test('[CLI20] a device that ends by itself is started again; none outlives the company, not even a killed one', async () => {
  await using folder = await makeTestFolder();
  const words = ['start', '--port', '0', '--devices', '1', '--customers', '50', '--orders', '200', '--json'];
  const company = startZava(words, { cwd: folder.path });
  try {
    const url = /http:[^"]+/.exec(await company.sees(/"url": "[^"]+"/))?.[0] ?? '';
    const deviceIs = (state: CompanyDevice['state']) =>
      eventually(async () => {
        const { devices } = (await (await fetch(`${url}/api/devices`)).json()) as { devices: CompanyDevice[] };
        expect(devices).toMatchObject([{ id: 'seattle-worker', state }]);
      });
    await deviceIs('online');
    const pidOfDevice = async () =>
      (await childrenOf(company.child.pid)).find(({ command }) => command.includes('Seattle worker'))?.pid ?? 0;
    const first = await pidOfDevice();
    process.kill(first, 'SIGKILL');
    await company.sees(/The device Seattle worker was ended by the signal SIGKILL\./);
    await eventually(async () => expect([0, first]).not.toContain(await pidOfDevice()));
    await deviceIs('online');

    const children = await childrenOf(company.child.pid);
    expect(children).toHaveLength(2);
    company.child.kill('SIGKILL');
    await company.ended;
    await eventually(async () => {
      expect(await Promise.all(children.map(({ pid }) => commandOf(pid)))).toEqual(['', '']);
    });
  } finally {
    company.child.kill('SIGINT');
    await company.ended;
  }
});
