import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Recording, readRecording, type Turn } from '../../examples/agent/models.ts';
import { type ExampleDatabase, fingerprintOf, openExampleDatabase } from './example-database.ts';
import { type ModelEndpoint, openModelEndpoint } from './model-endpoint.ts';
import { type ExampleRun, runExample } from './run-example.ts';

const MINUTES_MAX = 3 * 60_000;
const PNG_SIGNATURE = '89504e470d0a1a0a';
const recordingFile = 'examples/agent/recorded-run.json';
const STORES = ['store_seattle', 'store_tacoma'];

let database: ExampleDatabase;
let folder: string;
let environment: Readonly<Record<string, string>>;
let recording: Recording;
const serverWords = ['--server', `${process.execPath} --import tsx tests/examples/sales-tools.ts`];

beforeAll(async () => {
  database = await openExampleDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'zava-agent-'));
  recording = await readRecording(recordingFile);
  environment = { MONGODB_CONNECTION_STRING: database.uri, ZAVA_TOKEN: STORES.join(',') };
}, MINUTES_MAX);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Against the endpoint, as if it were OpenAI's. */
const ask = (endpoint: ModelEndpoint, words: readonly string[]): Promise<ExampleRun> =>
  runExample('agent/main.ts', [...serverWords, ...words], {
    ...environment,
    OPENAI_BASE_URL: endpoint.url,
    OPENAI_API_KEY: 'key-of-the-test',
    OPENAI_MODEL: 'model-of-the-test',
  });

const dollars = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

const callOf = (name: string, words: string, id = 'call-1'): Turn => ({
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: words } }],
});

describe('examples/agent', () => {
  test(
    '[EX5] replays the recorded run: the words are recorded, the tools are really called',
    async () => {
      const before = await fingerprintOf(database.db);
      const charts = path.join(folder, 'charts');
      const run = await runExample(
        'agent/main.ts',
        [...serverWords, '--replay', recordingFile, '--charts', charts],
        environment,
      );
      expect(run.exitCode, run.stderr).toBe(0);
      expect(run.stderr).toContain(`Replayed: ${recording.about}`);
      expect(run.stderr).not.toContain('✗');
      const salesOf = (store: string, year: string) =>
        database.dataSet
          .of('orders')
          .filter(({ status, store_id }) => status !== 'cancelled' && store_id === store)
          .filter(({ order_date }) => order_date.startsWith(year))
          .reduce((sum, { subtotal }) => sum + subtotal, 0);
      const best = STORES.toSorted((one, other) => salesOf(other, '2025') - salesOf(one, '2025'))[0] as string;
      const { store_name } = database.dataSet.find('stores', ({ store_id }) => store_id === best);
      const [now, then] = ['2025', '2024'].map((year) => dollars(salesOf(best, year)));
      expect(run.stdout).toContain(`${store_name} sold most of your stores in 2025: ${now}, after ${then} in 2024.`);
      const [chart] = await readdir(charts);
      const image = await readFile(path.join(charts, chart ?? ''));
      expect(image.subarray(0, 8).toString('hex')).toBe(PNG_SIGNATURE);
      expect(await fingerprintOf(database.db)).toEqual(before);
    },
    MINUTES_MAX,
  );

  test(
    '[EX5] asks any endpoint of the kind: with its key, the tools, and what they answered; and records its words',
    async () => {
      const turns = recording.turns.filter(({ tool_calls }) => tool_calls?.[0]?.function.name !== 'draw_chart');
      await using endpoint = await openModelEndpoint((request) => turns[request] ?? 500);
      const record = path.join(folder, 'recorded.json');
      const run = await ask(endpoint, [recording.question, '--record', record, '--charts', folder]);
      expect(run.exitCode, run.stderr).toBe(0);
      const [first, second] = endpoint.requests;
      expect(first).toMatchObject({ authorization: 'Bearer key-of-the-test', model: 'model-of-the-test' });
      expect(first?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
      const called = turns.flatMap(({ tool_calls = [] }) => tool_calls.map((call) => call.function.name));
      expect(first?.tools.map((tool) => tool.function.name)).toEqual(expect.arrayContaining(called));
      expect(second?.messages.slice(2).map(({ role }) => role)).toEqual([
        'assistant',
        ...(turns[0]?.tool_calls ?? []).map(() => 'tool'),
      ]);
      const recorded = await readRecording(record);
      expect(recorded).toMatchObject({ question: recording.question, turns });
      expect(recorded.about).toMatch(/^The words of model-of-the-test, /);
    },
    MINUTES_MAX,
  );

  test(
    '[EX5] tells the model of a fault, so that it can try something else, and ends after so many turns',
    async () => {
      const words = ['no_such_tool {}', 'get_current_utc_date {', 'get_current_utc_date {}'];
      await using endpoint = await openModelEndpoint((request) => {
        const [name = '', parameters = ''] = (words[request] ?? words.at(-1) ?? '').split(' ');
        return callOf(name, parameters);
      });
      const run = await ask(endpoint, ['What day is it?', '--turns', '4']);
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain('Error: No answer after 4 turns.');
      expect(endpoint.requests).toHaveLength(4);
      const results = endpoint.requests.at(-1)?.messages.filter(({ role }) => role === 'tool') ?? [];
      expect(results.map(({ content }) => /error|not found/i.test(content ?? ''))).toEqual([true, true, false]);
    },
    MINUTES_MAX,
  );

  test(
    '[EX3] says what to do without a model, without a token, and where the key is refused',
    async () => {
      const noModel = await runExample('agent/main.ts', ['Which store sold most?'], environment);
      expect([noModel.exitCode, noModel.stderr]).toEqual([2, expect.stringContaining('Name a model: OPENAI_MODEL')]);
      const noToken = await runExample('agent/main.ts', ['--replay', recordingFile]);
      expect([noToken.exitCode, noToken.stderr]).toEqual([2, expect.stringContaining('export ZAVA_TOKEN=')]);
      await using endpoint = await openModelEndpoint(() => 401);
      const refused = await ask(endpoint, ['Which store sold most?']);
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('401')]);
      expect(refused.stderr).not.toContain('key-of-the-test');
    },
    MINUTES_MAX,
  );
});
