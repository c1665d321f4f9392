/**
 * Builds the checkout after `npm ci`. The first `npx zava` of a checkout runs this too, for npx installs what it is in as a
 * package: then what is built stays as it is, under the feet of programs that run from it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isBuilt = existsSync(new URL('../dist/src/cli/main.js', import.meta.url));
if (process.env.npm_command !== 'exec' || !isBuilt) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
  process.exitCode = status ?? 1;
}
