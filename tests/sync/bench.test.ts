import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { SyncFigures } from '../../bench/sync/report.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

test('the bench of sync runs, on a company that is small', { timeout: 300_000 }, async () => {
  const tsx = path.join(repository, 'node_modules', 'tsx', 'dist', 'esm', 'index.mjs');
  const size = ['--customers', '60', '--orders', '120', '--devices', '12', '--changes', '20', '--seconds', '1'];
  const words = [
    '--import',
    tsx,
    path.join(repository, 'bench', 'sync.ts'),
    ...size,
    '--only',
    'crowd,reconnect',
    '--json',
  ];
  const child = spawn(process.execPath, words, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, output.stderr).toBe(0);
  const { initial, crowd } = JSON.parse(output.stdout) as SyncFigures;
  expect(initial).toMatchObject({ documents: expect.any(Number), reconnectBytes: expect.any(Number) });
  expect(initial?.documents).toBeGreaterThan(3_000);
  expect(crowd).toMatchObject({ devices: 12, lost: [] });
});
