import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { commandGroups, commandTable } from '../../src/cli/command-table.ts';
import { runCli } from '../../src/cli/program.ts';
import { inventoryIdOf, SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { makeTestFolder } from '../support/database.ts';
import { closeAll, eventually, settled, startCompany } from './company.fixture.ts';

afterEach(closeAll);

const SLOW_TEST_MS = 120_000;

/** In this process: the words, settings, output and exit code are the program's own. */
async function run(words: readonly string[], directory: string, environment: Readonly<Record<string, string>>) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  streams.stdin.end();
  const world = {
    directory,
    environment,
    ...(streams as unknown as Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>),
  };
  const code = await runCli(words, { commands: commandTable, groups: commandGroups, version: '0.0.0' }, world as never);
  return { code, stdout: String(streams.stdout.read() ?? ''), stderr: String(streams.stderr.read() ?? '') };
}

describe('the commands of whoever looks after sync', { timeout: SLOW_TEST_MS }, () => {
  test('[GW51] [GW55] [GW56] inbox and sync, as a person runs them: what was refused, settled; devices seen, compared', async () => {
    await using folder = await makeTestFolder();
    const { db, uri, name, device } = await startCompany();
    const env = { MONGODB_CONNECTION_STRING: uri, MONGODB_DATABASE: name };
    const zava = (...words: string[]) => run(words, folder.path, env);
    const tablet = await device('seattle-tablet-1');
    tablet.link.setOnline(false);
    for (const product_id of ['prod_1', 'prod_2']) {
      await tablet.retail.perform('move', { product_id, location: { aisle: 'C1' } });
    }
    const inventory = db.collection<{ _id: string }>('inventory');
    const [first, second] = [inventoryIdOf(SEATTLE, 1), inventoryIdOf(SEATTLE, 2)];
    const gone = await inventory.find({ _id: { $in: [first, second] } }).toArray();
    await inventory.deleteMany({ _id: { $in: [first, second] } });
    tablet.link.setOnline(true);
    await settled(tablet);

    const listed = await zava('inbox', 'list');
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('document_missing') });
    const entries = JSON.parse((await zava('inbox', 'list', '--json')).stdout) as {
      _id: string;
      document_id: string;
    }[];
    const idOf = (documentId: string) => String(entries.find(({ document_id }) => document_id === documentId)?._id);
    const shown = await zava('inbox', 'show', idOf(first));
    expect(shown.stdout).toMatch(/\* +location\.aisle +A7 +C1 +–/);
    expect(await zava('inbox', 'show', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('INBOX_ENTRY_UNKNOWN'),
    });
    expect(await zava('inbox', 'replay', idOf(first))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('stays open'),
    });
    await inventory.insertMany(gone as never);
    expect(await zava('inbox', 'change', idOf(first), '--set', 'location.aisle=D4', '--user', 'grace')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is changed; 1 document changed'),
    });
    expect(await inventory.findOne({ _id: first })).toMatchObject({ location: { aisle: 'D4' } });
    expect(await zava('inbox', 'discard', idOf(second))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CONFIRMATION_NEEDED'),
    });
    expect(await zava('inbox', 'discard', idOf(second), '--dry-run')).toMatchObject({ code: 0 });
    expect(await zava('inbox', 'discard', idOf(second), '--yes')).toMatchObject({ code: 0 });
    expect(await zava('inbox', 'restore', idOf(second))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('discarded already'),
    });
    await eventually(async () => expect(await tablet.retail.views.rejectedChanges()).toEqual([]));

    // A gateway reports on its devices every other second.
    await eventually(async () => {
      const { stdout } = await zava('sync', 'status');
      expect(stdout).toMatch(/seattle-tablet-1 +store manager +up to date/);
      expect(stdout).toContain('1 of 1 up to date, 0 operations pending, 0 parked');
    });
    const triggered = await zava('sync', 'trigger');
    expect(triggered).toMatchObject({ code: 0, stdout: expect.stringContaining('1 agreed, 0 repaired.') });
    expect(await zava('sync', 'trigger', '--device', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DEVICE_UNKNOWN'),
    });
  });
});
