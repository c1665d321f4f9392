import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSettingGroups } from './setting-groups.ts';
import { loadSettings, renderEnvSample, requireSettings } from './settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zava-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const writeEnv = (text: string) => writeFile(path.join(folder, '.env'), text);

describe('settings', () => {
  test('[CLI5] the command line goes before the environment, the environment before .env, .env before the default', async () => {
    await writeEnv('NUM_ORDERS=1\nNUM_CUSTOMERS=1\nSEED=1\n');
    const loaded = await loadSettings(folder, { NUM_ORDERS: '2', NUM_CUSTOMERS: '2' }, { NUM_ORDERS: '3' });
    expect(loaded.settings).toMatchObject({ NUM_ORDERS: 3, NUM_CUSTOMERS: 2, SEED: 1, MONGODB_DATABASE: 'zava' });
    expect(loaded.sources).toMatchObject({
      NUM_ORDERS: 'command line',
      NUM_CUSTOMERS: 'environment',
      SEED: '.env',
      MONGODB_DATABASE: 'default',
    });
  });

  test('[CLI5] an empty value is an unset one, wherever it stands', async () => {
    await writeEnv('MONGODB_DATABASE=shop\nMONGODB_CONNECTION_STRING=\nSEED=   \n');
    const { settings } = await loadSettings(folder, { MONGODB_DATABASE: '' });
    expect(settings.MONGODB_DATABASE).toBe('shop');
    expect(settings.MONGODB_CONNECTION_STRING).toBeUndefined();
    expect(settings.SEED).toBeUndefined();
  });

  test('[CLI5] reading .env leaves the environment of the process alone', async () => {
    await writeEnv('SEED=7\n');
    await loadSettings(folder, {});
    expect(process.env['SEED']).toBeUndefined();
  });

  test('[CLI5] the sample is a valid .env that changes nothing', async () => {
    const without = await loadSettings(folder, {});
    await writeEnv(renderEnvSample());
    const { settings } = await loadSettings(folder, {});
    expect(settings).toMatchObject({ NUM_CUSTOMERS: 50_000, NUM_ORDERS: 200_000, SEED: 22_465 });
    expect(settings.ZAVA_DATA_DIR).toBe(without.settings.ZAVA_DATA_DIR);
    expect(settings.MONGODB_CONNECTION_STRING).toBeUndefined();
  });

  test('[CLI6] all wrong settings are named at once, with place and expectation, and never a secret value', async () => {
    await writeEnv('NUM_ORDERS=many\nMONGODB_CONNECTION_STRING=postgres://me:geheim@host\nEND_DATE=2024-02-30\n');
    const error = await loadSettings(folder, { ZAVA_PORT: '70000' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID' });
    for (const part of [
      'NUM_ORDERS (from .env)',
      '"many"',
      'MONGODB_CONNECTION_STRING',
      'END_DATE',
      'ZAVA_PORT (from environment)',
    ]) {
      expect(error.message).toContain(part);
    }
    expect(error.message).not.toContain('geheim');
  });

  test('[CLI6] an end before the start is refused', async () => {
    const loading = loadSettings(folder, { START_DATE: '2024-01-02', END_DATE: '2024-01-01' });
    await expect(loading).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  test('[CLI6] a misspelt name in .env is refused, with the name that was meant', async () => {
    await writeEnv('MONGODB_CONECTION_STRING=mongodb://localhost\n');
    await expect(loadSettings(folder, {})).rejects.toThrow('Did you mean MONGODB_CONNECTION_STRING?');
  });

  test('[CLI6] a line of .env that is no setting is refused by its number, without its content', async () => {
    await writeEnv('SEED=1\n\nmongodb://me:geheim@host\n');
    const error = await loadSettings(folder, {}).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ENV_FILE_INVALID', data: { line: 3 } });
    expect(error.message).not.toContain('geheim');
  });

  test('a foreign variable in .env is none of our business', async () => {
    await writeEnv('LOG_LEVEL=debug\nexport SEED=5\n');
    expect((await loadSettings(folder, {})).settings.SEED).toBe(5);
  });

  test('[CLI6] a command that lacks settings names all of them at once, and the sample', async () => {
    const { settings } = await loadSettings(folder, { DITTO_APP_ID: 'x' });
    const lacking = () => requireSettings(settings, ['DITTO_APP_ID', 'DITTO_API_KEY', 'DITTO_CLOUD_ENDPOINT'], 'this');
    expect(lacking).toThrow('DITTO_API_KEY, DITTO_CLOUD_ENDPOINT');
    expect(lacking).not.toThrow('DITTO_APP_ID');
    try {
      lacking();
    } catch (error) {
      expect((error as { fix: string }).fix).toContain('.env.sample');
    }
  });

  test('[CLI7] a group is complete, partly filled in (what is missing is named) or unused', async () => {
    const { settings, sources } = await loadSettings(folder, {
      DITTO_APP_ID: 'app',
      DITTO_API_KEY: 'key',
      AZURE_OPENAI_ENDPOINT: 'https://example.openai.azure.com',
      AZURE_OPENAI_API_KEY: 'key',
    });
    const groups = Object.fromEntries(checkSettingGroups(settings, sources).map((finding) => [finding.group, finding]));
    expect(groups['MongoDB']).toMatchObject({ state: 'unused' });
    expect(groups['Ditto cloud']).toMatchObject({
      state: 'incomplete',
      missing: ['DITTO_CLOUD_ENDPOINT', 'DITTO_PLAYGROUND_TOKEN'],
    });
    expect(groups['Azure OpenAI']).toMatchObject({ state: 'complete' });
    expect(groups['Azure OpenAI']?.says).toContain('text-embedding-3-small');
  });
});
