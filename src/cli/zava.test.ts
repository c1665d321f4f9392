/** The program as a whole, as a person runs it: a process, a working directory, an environment. */
import { spawn } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runZava, startZava, type ZavaOptions } from '../../tests/support/cli.ts';
import { makeTestFolder } from '../../tests/support/database.ts';
import { startFakeMongo } from '../../tests/support/fake-mongo.ts';

const small = ['--customers', '100', '--orders', '500'];
/** Long enough to be stopped in the middle. */
const middling = ['generate', '--customers', '500', '--orders', '4000'];
const SLOW_TEST_MS = 120_000;
const zava = (line: string | readonly string[], options: ZavaOptions) =>
  runZava(typeof line === 'string' ? line.split(' ') : line, options);

/** What the database of a working directory holds, as the checksums of its export. */
async function checksumsOf(cwd: string, name: string) {
  const { code, stdout, stderr } = await zava(`export ${name} --json`, { cwd });
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { files: { collection: string; documents: number; sha256: string }[] }).files.map(
    ({ collection, documents, sha256 }) => `${collection} ${documents} ${sha256}`,
  );
}

let uninterrupted: Promise<string[]>;
beforeAll(async () => {
  await using folder = await makeTestFolder();
  await zava(middling, { cwd: folder.path });
  uninterrupted = checksumsOf(folder.path, 'out');
  await uninterrupted;
}, SLOW_TEST_MS);

describe('bad input', { timeout: SLOW_TEST_MS }, () => {
  test('[CLI6] a wrong .env is refused before anything is touched', async () => {
    await using folder = await makeTestFolder();
    await writeFile(path.join(folder.path, '.env'), 'NUM_ORDERS=plenty\nSTART_DATE=tomorrow\n');
    const { code, stderr } = await zava('generate', { cwd: folder.path });
    expect(code).toBe(2);
    for (const part of ['SETTINGS_INVALID', 'NUM_ORDERS', '"plenty"', 'START_DATE', '.env.sample'])
      expect(stderr).toContain(part);
    expect(await readdir(folder.path)).toEqual(['.env']);
  });

  test('[CLI6] validate refuses a moment that is none, and a report that nobody could write, before it looks', async () => {
    await using folder = await makeTestFolder();
    const moment = await zava('validate --today yesterday', { cwd: folder.path });
    expect(moment).toMatchObject({ code: 2, stderr: expect.stringContaining('"yesterday" came') });
    const report = await zava('validate --html nowhere/report.html', { cwd: folder.path });
    expect(report).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('FILE_NOT_ACCESSIBLE') });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('[CLI7] a partial .env: check names what is missing of each group, and ends with 1', async () => {
    await using folder = await makeTestFolder();
    await writeFile(
      path.join(folder.path, '.env'),
      'DITTO_APP_ID=a\nDITTO_API_KEY=k3y-of-ditto\nAZURE_OPENAI_API_KEY=k3y-of-azure\n',
    );
    const { code, stdout, stderr } = await zava('check --json', { cwd: folder.path });
    expect(code).toBe(1);
    const { ok, settings, connection } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(connection.ok).toBe(true);
    expect(
      Object.fromEntries(settings.map(({ group, missing }: { group: string; missing: string[] }) => [group, missing])),
    ).toMatchObject({
      'Ditto cloud': ['DITTO_CLOUD_ENDPOINT', 'DITTO_PLAYGROUND_TOKEN'],
      'Azure OpenAI': ['AZURE_OPENAI_ENDPOINT'],
      MongoDB: [],
    });
    expect(stdout + stderr).not.toMatch(/k3y-of/);
  });

  test('[DB2] an unreachable server is said to be one, with what to do', async () => {
    await using folder = await makeTestFolder();
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address() as { port: number };
        server.close(() => resolve(free));
      });
    });
    const env = { MONGODB_CONNECTION_STRING: `mongodb://ann:geheim@127.0.0.1:${port}/?serverSelectionTimeoutMS=800` };
    const { code, stdout, stderr } = await zava('test-connection --timeout 1', { cwd: folder.path, env });
    expect(code).toBe(1);
    expect(stdout).toContain('no MongoDB listens on that port');
    expect(stdout).toContain('What to do');
    expect(stdout + stderr).not.toContain('geheim');
  });

  test('[DB2] a wrong password is said to be one, and not printed', async () => {
    await using folder = await makeTestFolder();
    await using server = await startFakeMongo((command) =>
      command === 'saslStart'
        ? { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'Authentication failed.' }
        : undefined,
    );
    const env = {
      MONGODB_CONNECTION_STRING: `mongodb://ann:geheim@127.0.0.1:${server.port}/?authMechanism=SCRAM-SHA-256`,
    };
    const generated = await zava(['generate', ...small], { cwd: folder.path, env });
    expect(generated.code).toBe(1);
    expect(generated.stderr).toContain('AUTHENTICATION_FAILED');
    expect(generated.stderr).toContain('zava encode-password');
    expect(generated.stdout + generated.stderr).not.toContain('geheim');
  });

  test.each([
    ['{"main_categories": {"A": }', 'CATALOG_JSON_MALFORMED', /bad\.json:1:27/],
    [
      '{"main_categories": {"A": {"washington_seasonal_multipliers": [1,2], "T": []}}}',
      'CATALOG_CONTENT_INVALID',
      /main_categories/,
    ],
    ['', 'CATALOG_FILE_EMPTY', /bad\.json/],
  ])('[CLI3] a malformed catalogue %j is refused with its place, and nothing is made', async (text, code, place) => {
    await using folder = await makeTestFolder();
    await writeFile(path.join(folder.path, 'bad.json'), text);
    const result = await zava('generate --catalog bad.json', { cwd: folder.path });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
    expect(result.stderr).toMatch(place);
    expect(await readdir(folder.path)).toEqual(['bad.json']);
  });

  test('[CLI13] what destroys asks; without anybody to ask it refuses, and a dry run destroys nothing', async () => {
    await using folder = await makeTestFolder();
    await zava(['generate', ...small], { cwd: folder.path });
    const refused = await zava('clear', { cwd: folder.path });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('CONFIRMATION_NEEDED');
    const dry = await zava('clear --dry-run --json', { cwd: folder.path });
    expect(JSON.parse(dry.stdout).wouldDrop).toMatchObject({ orders: 500, customers: 100 });
    const nonEmpty = await zava('generate --seed 7', { cwd: folder.path });
    expect(nonEmpty.code).toBe(1);
    expect(nonEmpty.stderr).toContain('DATABASE_NOT_EMPTY');
    expect(nonEmpty.stderr).toContain('orders 500');
    expect((await zava('clear --yes', { cwd: folder.path })).code).toBe(0);
    const after = await zava('check --json', { cwd: folder.path });
    expect(JSON.parse(after.stdout).connection.documents).toEqual({});
  });

  test('[DB17] a full disk: a clear error, an unfinished run, and the same command finishes it when there is room', async () => {
    await using folder = await makeTestFolder();
    const full = await zava(middling, { cwd: folder.path, fileBytesMax: 12_000_000 });
    expect(full.code).toBe(1);
    expect(full.stderr).toContain('DISK_FULL');
    expect(full.stderr).toContain('Make room');
    const plan = await zava([...middling, '--dry-run', '--json'], { cwd: folder.path });
    expect(JSON.parse(plan.stdout).action).toBe('resume');
    const finished = await zava([...middling, '--json'], { cwd: folder.path });
    expect(JSON.parse(finished.stdout).outcome).toBe('resumed');
    expect(await checksumsOf(folder.path, 'out')).toEqual(await uninterrupted);
  });
});

describe('paths', { timeout: SLOW_TEST_MS }, () => {
  test.each([
    'generate --customers 5 --orders 5 --out taken',
    'generate --customers 5 --orders 5 --data-dir taken',
    'generate --config taken',
    'import taken',
    'product add --file taken',
  ])('[CLI4] zava %s: a path that does not fit is a clear error, and no bug', async (line) => {
    await using folder = await makeTestFolder();
    await writeFile(path.join(folder.path, 'taken'), '{');
    const { code, stderr } = await zava(line, { cwd: folder.path });
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/^[A-Z_]+: /m);
    expect(stderr).toContain('What to do:');
    expect(await readFile(path.join(folder.path, 'taken'), 'utf8')).toBe('{');
  });
});

describe('interruption', { timeout: SLOW_TEST_MS }, () => {
  test.each(['SIGINT', 'SIGKILL'] as const)(
    '[CLI9] [DB10] %s in the middle of loading: the next run finishes with an equal result',
    async (signal) => {
      await using folder = await makeTestFolder();
      const running = startZava([...middling, '--progress', 'ndjson'], { cwd: folder.path });
      await running.sees(/"phase":"loading","done":[1-9]\d{3}/);
      running.child.kill(signal);
      const { code, stderr } = await running.ended;
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        expect(stderr).toContain('run the same command again to go on');
      } else expect(code).toBe(137);
      const different = await zava([...middling, '--seed', '9'], { cwd: folder.path });
      expect(different.code).toBe(1);
      expect(different.stderr).toContain('RUN_UNFINISHED');
      const finished = await zava([...middling, '--json'], { cwd: folder.path });
      expect(finished.code).toBe(0);
      expect(JSON.parse(finished.stdout)).toMatchObject({ outcome: 'resumed' });
      expect(await checksumsOf(folder.path, 'out')).toEqual(await uninterrupted);
    },
  );
});

describe('the embedded server', () => {
  test('[CLI11] zava db serves a directory alone, other commands find it, and Ctrl-C closes it', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const server = startZava(['db', '--port', '0', '--json'], { cwd });
    await server.sees(/"dataDir"/);
    const notice = path.join(cwd, '.zava', 'server.json');
    expect((await stat(notice)).mode & 0o777).toBe(0o600);
    const { uri, pid } = JSON.parse(await readFile(notice, 'utf8'));
    expect(pid).toBe(server.child.pid);

    const second = await zava('db --port 0', { cwd });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('DATA_DIRECTORY_IN_USE');
    expect(second.stderr).toContain(`Process ${pid}`);

    const check = JSON.parse((await zava('check --json', { cwd })).stdout);
    expect(check.connection).toMatchObject({ ok: true, server: 'running' });
    expect(uri).toContain(check.connection.address.match(/:\d+/)[0]);

    await using elsewhere = await makeTestFolder();
    const env = { MONGODB_LOCAL_CONNECTION_STRING: uri };
    const local = JSON.parse((await zava('check --local --json', { cwd: elsewhere.path, env })).stdout);
    expect(local.connection).toMatchObject({ ok: true, server: 'given' });

    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
    expect(await readdir(path.join(cwd, '.zava'))).not.toContain('server.json');
  });

  test('[CLI11] the notice of a server that was killed does not count', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    const server = startZava(['db', '--port', '0'], { cwd });
    await server.sees(/The embedded database is ready/);
    server.child.kill('SIGKILL');
    await server.ended;
    expect(await readdir(path.join(cwd, '.zava'))).toContain('server.json');
    expect(JSON.parse((await zava('check --json', { cwd })).stdout).connection).toMatchObject({
      ok: true,
      server: 'own',
    });
  });

  test('[CLI9] it ends in order when the process that started it is gone', async () => {
    await using folder = await makeTestFolder();
    const root = path.resolve(import.meta.dirname, '../..');
    const words = [
      '--import',
      path.join(root, 'node_modules/tsx/dist/esm/index.mjs'),
      path.join(root, 'src/cli/main.ts'),
      'db',
      '--port',
      '0',
    ];
    const child = spawn(process.execPath, words, { cwd: folder.path, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.disconnect(); // what the system does when this process ends
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(await readdir(path.join(folder.path, '.zava'))).not.toContain('server.json');
  });

  test('[CLI11] a taken port is said to be taken', async () => {
    await using folder = await makeTestFolder();
    await using other = await startFakeMongo();
    const { code, stderr } = await zava(`db --port ${other.port}`, { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr).toMatch(/PORT_IN_USE/);
    expect(stderr).toContain('--port');
  });
});

describe('output', { timeout: SLOW_TEST_MS }, () => {
  test('[CLI14] a reader that hangs up early is no fault', async () => {
    await using folder = await makeTestFolder();
    const line = `set -o pipefail; "$0" --import "$1" "$2" help --markdown | head -1`;
    const root = path.resolve(import.meta.dirname, '../..');
    const child = spawn(
      'bash',
      [
        '-c',
        line,
        process.execPath,
        path.join(root, 'node_modules/tsx/dist/esm/index.mjs'),
        path.join(root, 'src/cli/main.ts'),
      ],
      { cwd: folder.path },
    );
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('[DB1] encode-password takes an argument or stdin', async () => {
    await using folder = await makeTestFolder();
    const options = { cwd: folder.path };
    expect((await zava(['encode-password', 'p@ss/w:rd%'], options)).stdout).toBe('p%40ss%2Fw%3Ard%25\n');
    expect((await zava('encode-password', { ...options, input: 'p@ss word!\n' })).stdout).toBe('p%40ss%20word%21\n');
    expect((await zava('encode-password', { ...options, input: '' })).code).toBe(2);
  });

  test('[DB8] a database goes out to files and comes back the same', async () => {
    await using folder = await makeTestFolder();
    const cwd = folder.path;
    await zava(['generate', ...small], { cwd });
    const before = await checksumsOf(cwd, 'out');
    expect((await zava('import out --replace', { cwd })).code).toBe(0);
    expect(await checksumsOf(cwd, 'again')).toEqual(before);
    await writeFile(path.join(cwd, 'out', 'orders.ndjson'), 'x');
    const refused = await zava('import out --replace', { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('orders.ndjson does not match the manifest');
    expect(await checksumsOf(cwd, 'third')).toEqual(before);
  });
});
