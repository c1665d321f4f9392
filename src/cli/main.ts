/** The program `zava`. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from './package-file.ts';

// Compiled code starts faster the second time; Node 22.8 and later have this.
const nodeModule = (await import('node:module')) as { enableCompileCache?: () => unknown };
nodeModule.enableCompileCache?.();

const [{ runCli }, { commandGroups, commandTable }] = await Promise.all([
  import('./program.ts'),
  import('./command-table.ts'),
]);
const { version } = JSON.parse(readFileSync(findPackageJSON(), 'utf8')) as { version: string };
process.exitCode = await runCli(
  process.argv.slice(2),
  { commands: commandTable, groups: commandGroups, version },
  {
    directory: process.cwd(),
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  },
);
