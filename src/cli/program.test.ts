import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { MongoServerError } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DatabaseError, redactConnectionString } from '../database/index.ts';
import { PromptDeclined } from './errors.ts';
import { type CliCommand, defineCliCommand, withoutSecrets } from './frame.ts';
import { databaseOptions, flag, listOption, optionalTextArgument, textArgument, wholeNumberOption } from './options.ts';
import { type CommandTable, runCli } from './program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zava-program-'));
});
afterEach(() => rm(folder, { recursive: true }));

const examples = [['zava greet world', 'greets it']] as const;
const greet = defineCliCommand({
  summary: 'Greets.',
  examples,
  arguments: { who: textArgument('Whom.'), again: optionalTextArgument('Whom else.') },
  options: {
    ...databaseOptions,
    orders: wholeNumberOption('How many.', { min: 1, setting: 'NUM_ORDERS' }),
    loudVoice: flag('Shout.'),
    tag: listOption('A tag.'),
  },
  run: (input, { settings, onProgress }) => {
    onProgress({ phase: 'greeting', done: 1, total: 2, unit: 'words' });
    onProgress({ phase: 'greeting', done: 2, total: 2, unit: 'words' });
    return { result: { ...input, setting: settings.NUM_ORDERS ?? null }, text: `Hello ${input.who}.` };
  },
});
const failing = (error: unknown) => defineCliCommand({ summary: 'Fails.', examples, run: () => Promise.reject(error) });

function tableOf(commands: Record<string, CliCommand>): CommandTable {
  const loaders = Object.entries(commands).map(([name, command]) => [name, async () => command] as const);
  return { commands: Object.fromEntries(loaders), groups: { shelf: 'Shelves.' }, version: '1.2.3' };
}

async function run(
  line: string | readonly string[],
  commands: Record<string, CliCommand> = { greet },
  { environment = {}, isTerminal = false }: { environment?: Record<string, string>; isTerminal?: boolean } = {},
) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  for (const stream of [streams.stdout, streams.stderr]) Object.assign(stream, { isTTY: isTerminal });
  streams.stdin.end();
  const code = await runCli(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, tableOf(commands), {
    directory: folder,
    environment,
    stdin: streams.stdin as unknown as NodeJS.ReadStream,
    stdout: streams.stdout as unknown as NodeJS.WriteStream,
    stderr: streams.stderr as unknown as NodeJS.WriteStream,
  });
  return { code, stdout: String(streams.stdout.read() ?? ''), stderr: String(streams.stderr.read() ?? '') };
}

describe('the frame of the commands', () => {
  test('[CLI2] without --json the text goes to stdout, with it one JSON value does; progress goes to stderr', async () => {
    const plain = await run('greet world --loud-voice --tag a --tag b');
    expect(plain).toMatchObject({ code: 0, stdout: 'Hello world.\n' });
    expect(plain.stderr).toContain('greeting: 2 of 2 words (100 %)');
    const json = await run('greet world you --loud-voice --tag a --tag b --json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      who: 'world',
      again: 'you',
      loudVoice: true,
      tag: ['a', 'b'],
      local: false,
    });
  });

  test('[CLI15] --progress ndjson writes one JSON object a line on stderr', async () => {
    const { stderr } = await run('greet world --progress ndjson');
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { phase: 'greeting', done: 1, total: 2, unit: 'words' },
      { phase: 'greeting', done: 2, total: 2, unit: 'words' },
    ]);
    expect((await run('greet world --progress none')).stderr).toBe('');
    expect((await run('greet world --progress loud')).code).toBe(2);
  });

  test('[CLI5] a flag wins over its setting in the environment, and this over .env', async () => {
    await writeFile(path.join(folder, '.env'), 'NUM_ORDERS=1\n');
    const ordersOf = async (line: string, environment: Record<string, string>) =>
      JSON.parse((await run(`${line} --json`, { greet }, { environment })).stdout).setting;
    expect(await ordersOf('greet world', {})).toBe(1);
    expect(await ordersOf('greet world', { NUM_ORDERS: '2' })).toBe(2);
    expect(await ordersOf('greet world --orders 3', { NUM_ORDERS: '2' })).toBe(3);
  });

  test.each([
    ['greet', "missing required argument 'who'"],
    ['greet a b c', 'too many arguments'],
    ['greet world --orders none', '--orders: A whole number of at least 1 was expected; "none" came.'],
    ['greet world --orders 0', '"0" came'],
    ['greet world --order 1', 'Did you mean --orders?'],
    ['gret world', 'Did you mean `zava greet`?'],
    ['xyzzy', 'The commands are: greet'],
  ])('[CLI3] [CLI10] `zava %s` is bad usage, and says why', async (line, why) => {
    const { code, stdout, stderr } = await run(line);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.toLowerCase()).toContain(why.toLowerCase());
    expect(stderr).toContain('What to do:');
  });

  test('[CLI10] an unknown word after a group suggests the nearest command of the group', async () => {
    const shelves = { 'shelf add': greet, 'shelf drop': greet };
    expect((await run('shelf ad', shelves)).stderr).toContain('Did you mean `zava shelf add`?');
    const alone = await run('shelf', shelves);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('Commands:');
  });

  test('[CLI1] --help shows arguments, options, settings and examples', async () => {
    const { code, stdout } = await run('greet --help');
    expect(code).toBe(0);
    for (const part of [
      'Greets.',
      '<who>',
      '[again]',
      '--loud-voice',
      'setting NUM_ORDERS',
      '--json',
      'zava greet world',
    ]) {
      expect(stdout).toContain(part);
    }
    expect((await run('')).stdout).toContain('greet');
    expect((await run('help greet')).stdout).toBe(stdout);
    expect((await run('help shelf', { 'shelf add': greet })).stdout).toContain('add');
    expect(await run('help gret')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean `zava greet`?'),
    });
    expect(await run('--version')).toMatchObject({ code: 0, stdout: '1.2.3\n' });
  });

  test('[CLI4] an error shows its code, its facts and its fix, and no stack trace', async () => {
    const error = new DatabaseError('NOT_A_REPLICA_SET', 'host:1 stands alone.', { data: { host: 'host:1' } });
    const { code, stderr } = await run('fail', { fail: failing(error) });
    expect(code).toBe(1);
    expect(stderr).toBe(`NOT_A_REPLICA_SET: host:1 stands alone.\nWhat to do: ${error.fix}\n`);
    const json = await run('fail --json', { fail: failing(error) });
    expect(JSON.parse(json.stdout)).toEqual({
      error: { code: 'NOT_A_REPLICA_SET', message: 'host:1 stands alone.', fix: error.fix, data: { host: 'host:1' } },
    });
    expect((await run('fail --debug', { fail: failing(error) })).stderr).toContain('program.test.ts');
  });

  test('[CLI4] an error of the driver is shown as ours', async () => {
    const error = new MongoServerError({ ok: 0, code: 18, message: 'Authentication failed.' });
    const { code, stderr } = await run('fail', { fail: failing(error) });
    expect(code).toBe(1);
    expect(stderr).toContain('AUTHENTICATION_FAILED');
  });

  test('[CLI3] our own mistake ends with 70 and says how to report it', async () => {
    const { code, stdout, stderr } = await run('fail --json', { fail: failing(new TypeError('x is undefined')) });
    expect(code).toBe(70);
    expect(stderr).toContain('This is a bug in zava: TypeError: x is undefined');
    expect(stderr).toContain('CONTRIBUTING.md');
    expect(stderr).not.toContain('    at ');
    expect(JSON.parse(stdout).error.code).toBe('OUR_MISTAKE');
  });

  test('[CLI6] settings that a command needs are all named before it runs', async () => {
    const needy = defineCliCommand({
      summary: 'Needs.',
      examples,
      needs: ['DITTO_APP_ID', 'AZURE_OPENAI_API_KEY'],
      run: () => ({ result: 0, text: 'ran' }),
    });
    const { code, stdout, stderr } = await run('needy', { needy });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('DITTO_APP_ID, AZURE_OPENAI_API_KEY');
    expect(stderr).toContain('.env.sample');
  });

  test('[CLI8] secrets of the settings are hidden in everything that is printed', async () => {
    const environment = {
      MONGODB_CONNECTION_STRING: 'mongodb://ann:s3cr3t@host:27017/?tls=true',
      DITTO_API_KEY: 'k3y-of-ditto',
      DITTO_PLAYGROUND_TOKEN: 'with "quotes\\of-k3y',
    };
    const leak = defineCliCommand({
      summary: 'Leaks.',
      examples,
      run: (_input, { settings, note }) => {
        note(`note ${settings.MONGODB_CONNECTION_STRING} ${settings.DITTO_API_KEY}`);
        return { result: { ...settings, other: 'mongodb+srv://bob:s3cr3t@other/' }, text: `${settings.DITTO_API_KEY}` };
      },
    });
    for (const line of ['leak', 'leak --json']) {
      const { stdout, stderr } = await run(line, { leak }, { environment });
      expect(stdout + stderr).not.toMatch(/s3cr3t|k3y-of-ditto|of-k3y/);
    }
    const failed = await run(
      'fail --json --debug',
      { fail: failing(new Error('at mongodb://ann:s3cr3t@host/')) },
      { environment },
    );
    expect(failed.stdout + failed.stderr).not.toContain('s3cr3t');
  });

  test.each([
    'mongodb://localhost:27017/',
    'mongodb://ann:geheim@host:27017/zava',
    'mongodb+srv://ann:geheim@cluster.example.net/?w=majority',
    'mongodb://ann@host/',
    'mongodb://:geheim@host/',
    'mongodb://ann:ge@heim@a:1,b:2/?replicaSet=rs0',
    'mongodb://ann:ge/heim@host/',
    'mongodb://host/?appName=a@b',
    'mongodb://ann:geheim@host/?authMechanismProperties=AWS_SESSION_TOKEN:geheim&tls=true',
    'mongodb://host/?tlsCertificateKeyFilePassword=geheim&tls=true',
  ])('[CLI8] the frame hides of %s what the database room hides', (uri) => {
    expect(withoutSecrets(`at ${uri} now`, [])).toBe(`at ${redactConnectionString(uri)} now`);
  });

  test('[CLI16] colours appear on a terminal only, and not with NO_COLOR or --no-color', async () => {
    const fail = failing(new DatabaseError('TIMED_OUT', 'Late.'));
    const isColoured = async (line: string, environment = {}, isTerminal = true) =>
      (await run(line, { fail }, { environment, isTerminal })).stderr.includes('\u001b[31m');
    expect(await isColoured('fail')).toBe(true);
    expect(await isColoured('fail', {}, false)).toBe(false);
    expect(await isColoured('fail', { NO_COLOR: '1' })).toBe(false);
    expect(await isColoured('fail --no-color')).toBe(false);
  });

  test('[CLI9] a no at a prompt, or leaving it, is no bug: it says what state was left', async () => {
    const ask = defineCliCommand({
      summary: 'Asks.',
      examples,
      run: (_input, { ifInterrupted }) => {
        ifInterrupted('Nothing was dropped.');
        throw new PromptDeclined('Not agreed.');
      },
    });
    const { code, stderr } = await run('ask', { ask });
    expect({ code, stderr }).toEqual({ code: 130, stderr: '\nInterrupted. Nothing was dropped.\n' });
  });

  test('[CLI9] Ctrl-C aborts the command, and says what state was left', async () => {
    let isCleanedUp = false;
    const wait = defineCliCommand({
      summary: 'Waits.',
      examples,
      async run(_input, { signal, ifInterrupted }) {
        ifInterrupted('Half is kept; run it again.');
        setTimeout(() => process.emit('SIGINT', 'SIGINT'), 10);
        try {
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        } finally {
          isCleanedUp = true;
        }
        return { result: null, text: '' };
      },
    });
    const { code, stderr } = await run('wait', { wait });
    expect({ code, isCleanedUp }).toEqual({ code: 130, isCleanedUp: true });
    expect(stderr).toContain('Interrupted. Half is kept; run it again.');
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});
