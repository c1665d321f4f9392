/** Runs the real mongosh, with settings of its own so that nobody's are changed. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repository, 'node_modules', '.bin', 'mongosh');

export interface ShellRun {
  readonly output: string;
  readonly exitCode: number | null;
}

/** `words` follow the connection string; `typed` is what a person types, line by line. */
export async function mongosh(
  uri: string,
  words: readonly string[],
  options: { readonly typed?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<ShellRun> {
  const home = await mkdtemp(join(tmpdir(), 'zava-mongosh-'));
  try {
    const child = spawn(program, ['--quiet', '--norc', uri, ...words], {
      cwd: repository,
      env: { ...process.env, HOME: home, MONGOSH_FORCE_DISABLE_TELEMETRY_FOR_TESTING: '1', ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data));
    child.stderr.on('data', (data: Buffer) => (output += data));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.typed ?? '');
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { output, exitCode };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
