/** Runs an example as a reader does: as a program of its own, from the repository. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const tsx = path.join(repository, 'node_modules', '.bin', 'tsx');

export interface ExampleRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `environment` is all of it beside PATH and HOME: no setting of the caller's leaks in. */
export async function runExample(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ExampleRun> {
  const child = spawn(tsx, [path.join('examples', file), ...words], {
    cwd: repository,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data));
  child.stderr.on('data', (data: Buffer) => (stderr += data));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stdout, stderr };
}
