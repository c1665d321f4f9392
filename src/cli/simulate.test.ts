import { describe, expect, test } from 'vitest';
import { runZava } from '../../tests/support/cli.ts';
import { makeTestFolder } from '../../tests/support/database.ts';

interface Told {
  readonly ok: boolean;
  readonly replay: string;
  readonly violation?: { readonly promise: string };
  readonly timeline?: readonly object[];
}

describe('zava simulate', () => {
  test('[CLI19] tells a run as a story that is the same each time, and needs nothing but a seed', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const words = ['simulate', '--seed', '7', '--devices', '3', '--steps', '120'];
    const told = await runZava(words, { cwd });
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Seed 7: 3 devices, 2 gateways, 120 steps/) });
    expect(told.stdout).toContain('✓ an operation takes effect at most once');
    expect(told.stdout).toMatch(/device-1 +connects to gateway-\d/);
    expect(await runZava(words, { cwd })).toEqual(told);
    const json = JSON.parse((await runZava([...words, '--json'], { cwd })).stdout) as Told;
    expect(json).toMatchObject({
      ok: true,
      replay: `zava ${words.join(' ')}`.replace('--steps', '--gateways 2 --steps'),
    });
  });

  test('[CLI19] a broken promise ends it with 1, in its shortest form, with the words that play it again', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const words = ['simulate', '--seed', '3', '--devices', '2', '--steps', '150', '--sabotage', 'hasty_position'];
    const broken = await runZava(words, { cwd });
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ a device has no position beyond') });
    const replay = /Again: zava (.*)/.exec(broken.stdout)?.[1] as string;
    const again = await runZava([...replay.split(' '), '--json'], { cwd });
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: false, violation: { promise: 'position' } });
  });

  test.each([
    [['--faults', 'cut,meteor'], '"meteor" is no kind of fault'],
    [['--only', '3-1'], '"3-1" came'],
    [['--sabotage', 'nothing'], '"nothing" can\'t be broken'],
    [['--devices', '51'], 'from 1 to 50'],
  ])('[CLI19] %s is refused with the words that would be right', async (words, said) => {
    await using folder = await makeTestFolder();
    const refused = await runZava(['simulate', ...words], { cwd: folder.path });
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
  });
});
