/** The program `zava`. */
import { readFileSync } from 'node:fs';
import { findPackageJSON } from './package-file.ts';

// Compiled code starts faster the second time; Node 22.8 and later have this.
const nodeModule = (await import('node:module')) as { enableCompileCache?: () => unknown };
nodeModule.enableCompileCache?.();

const [{ reportCrash, runCli }, { commandGroups, commandTable }] = await Promise.all([
  import('./program.ts'),
  import('./command-table.ts'),
]);
const { version } = JSON.parse(readFileSync(findPackageJSON(), 'utf8')) as { version: string };
const words = process.argv.slice(2);
const world = {
  directory: process.cwd(),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
};
process.on('uncaughtException', (error) => {
  void reportCrash(error, words, world).then((exitCode) => process.exit(exitCode));
});
process.exitCode = await runCli(words, { commands: commandTable, groups: commandGroups, version }, world);
