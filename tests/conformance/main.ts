/**
 * Plays MongoDB's specification tests against a fresh embedded server.
 *
 *     npx tsx tests/conformance/main.ts FOLDER [--only TEXT] [--runner PATH]
 *
 * The tests and their runner are not part of this repository (their licence forbids it): FOLDER holds the tests, and the
 * runner is `FOLDER/../spec-runner/run.mjs` unless `--runner` says otherwise.
 * Exit: 0 when no test failed, 1 when one did, 2 for wrong usage, 70 when the runner itself broke.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { judge, type RunnerReport, renderConformance } from './report.ts';

const USAGE = 'usage: npx tsx tests/conformance/main.ts FOLDER [--only TEXT] [--runner PATH]';
const repository = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  let folder: string;
  let runner: string;
  let only: string | undefined;
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: { only: { type: 'string' }, runner: { type: 'string' } },
    });
    if (positionals.length !== 1) throw new Error('One folder of tests is needed.');
    folder = resolve(positionals[0]!);
    runner = resolve(values.runner ?? join(folder, '..', 'spec-runner', 'run.mjs'));
    only = values.only;
    if (!existsSync(folder)) throw new Error(`There is no ${folder}.`);
    if (!existsSync(runner)) throw new Error(`There is no runner at ${runner}; name it with --runner.`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const place = await mkdtemp(join(tmpdir(), 'zava-conformance-'));
  try {
    const out = join(place, 'report.json');
    const faults: string[] = [];
    const { status, output } = await withServer(join(place, 'data'), faults, (uri) =>
      run(runner, ['--uri', uri, '--json', out, ...(only === undefined ? [] : ['--only', only]), folder]),
    );
    if (!existsSync(out)) {
      process.stderr.write(`${output}\nThe runner ended with ${status} and wrote no report.\n`);
      return status === 2 ? 2 : 70;
    }
    const conformance = judge(JSON.parse(await readFile(out, 'utf8')) as RunnerReport);
    for (const fault of faults) process.stdout.write(`the server logged: ${fault}\n`);
    process.stdout.write(`${renderConformance(conformance)}\n`);
    return conformance.failed === 0 ? 0 : 1;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function withServer<T>(dataDir: string, faults: string[], use: (uri: string) => Promise<T>): Promise<T> {
  await using server = await startEmbeddedServer({
    dataDir,
    port: 0,
    log: ({ level, message, cause }) => {
      if (level === 'error') faults.push(`${message} ${cause instanceof Error ? cause.stack : (cause ?? '')}`);
    },
  });
  // Without the options of its own address: `directConnection` changes what the driver sends, and with it the tests.
  return await use(`mongodb://${server.host}:${server.port}/`);
}

function run(runner: string, words: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(process.execPath, [runner, ...words], { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data));
    child.stderr.on('data', (data: Buffer) => (output += data));
    child.on('error', reject);
    child.on('close', (status) => resolveRun({ status, output }));
  });
}
