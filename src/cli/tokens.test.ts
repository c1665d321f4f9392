import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningZava, runZava, startZava } from '../../tests/support/cli.ts';
import { makeTestFolder } from '../../tests/support/database.ts';

const running: RunningZava[] = [];

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

interface Issued {
  readonly token: string;
  readonly tokenId: string;
}

describe('tokens and gateways on the command line', () => {
  test('[CLI17] a token is issued for what it says, and inspected; nothing else is taken for one', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const words = ['token', 'issue', '--role', 'worker', '--store', 'store_seattle', '--device', 'tablet-1'];
    const printed = await runZava(words, { cwd });
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/) });
    expect(printed.stderr).toContain('worker of store_seattle');
    const inspected = await runZava(['token', 'inspect', '-', '--json'], { cwd, input: printed.stdout });
    expect(inspected.code).toBe(0);
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      verdict: 'valid',
      facts: { deviceId: 'tablet-1', principal: { role: 'worker', stores: ['store_seattle'], userId: 'tablet-1' } },
    });
    const changed = await runZava(['token', 'inspect', `${printed.stdout.trim().slice(0, -4)}AAAA`], { cwd });
    expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining('another key has signed it') });
    const noStore = await runZava(['token', 'issue', '--role', 'worker'], { cwd });
    expect(noStore).toMatchObject({ code: 2, stderr: expect.stringContaining('A worker sees the stores') });
  });

  test('[CLI18] a gateway serves until it is told to stop, and hears of a token that a command withdrew', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const gateway = startZava(['gateway', '--port', '0', '--json'], { cwd });
    running.push(gateway);
    const uri = /"uri": "([^"]+)"/.exec(await gateway.sees(/"uri": "ws:[^"]+"/))?.[1] ?? '';
    const health = await fetch(uri.replace(/^ws(.*)sync$/, 'http$1health'));
    expect({ status: health.status, body: await health.json() }).toMatchObject({ status: 200, body: { devices: 0 } });

    const issue = ['token', 'issue', '--role', 'worker', '--store', 'store_seattle', '--json'];
    const { token, tokenId } = JSON.parse((await runZava(issue, { cwd })).stdout) as Issued;
    const frames: { type: string; message?: string }[] = [];
    const socket = new WebSocket(uri);
    socket.on('message', (data) => frames.push(JSON.parse(String(data)) as { type: string }));
    await new Promise((resolve) => socket.once('open', resolve));
    const hello = { type: 'hello', versionMin: 1, versionMax: 1, token, deviceId: 'tablet-1', name: 'Tablet 1' };
    socket.send(JSON.stringify({ ...hello, epoch: '0123456789abcdef', wallClockMs: Date.now() }));
    await gateway.sees(/Tablet 1 connected as worker of store_seattle/);
    const revoked = await runZava(['token', 'revoke', '--token-id', token, '--because', 'lost'], { cwd });
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringContaining(tokenId) });
    await vi.waitFor(() => expect(frames.at(-1)).toMatchObject({ type: 'goodbye' }), 10_000);
    expect(frames.at(-1)?.message).toBe('This token was withdrawn: lost');

    gateway.child.kill('SIGINT');
    expect((await gateway.ended).code).toBe(0);
  });
});
