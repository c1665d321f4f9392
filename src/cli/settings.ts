/**
 * The one place where settings are read: `.env` in the working directory, then the environment, then the command line,
 * in rising order. An empty value is an unset one. Everything is checked here, before a command touches anything.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { CliError } from './errors.ts';
import { nearest } from './nearest.ts';
import { isCalendarDate } from './options.ts';

export type SettingGroup = 'MongoDB' | 'Ditto' | 'Azure OpenAI' | 'Data set' | 'This machine';

export interface SettingDescription {
  readonly group: SettingGroup;
  /** One line for `.env.sample` and the documentation. */
  readonly summary: string;
  /** What `.env.sample` shows, and what holds when it is unset (`undefined`: nothing). */
  readonly sample: string;
  readonly secret?: boolean;
}

/** Every variable, in the order of `.env.sample`. */
export const settingTable = {
  MONGODB_CONNECTION_STRING: {
    group: 'MongoDB',
    summary:
      'Where MongoDB is: mongodb://… or mongodb+srv://…, from Atlas or your own server. Empty: the embedded server, which needs nothing. Special characters in the password: `zava encode-password`.',
    sample: '',
    secret: true,
  },
  MONGODB_DATABASE: { group: 'MongoDB', summary: 'The name of the database.', sample: 'zava' },
  MONGODB_ATLAS_PROJECT_ID: {
    group: 'MongoDB',
    summary: 'The id of your Atlas project: 24 hexadecimal digits. Only for Atlas.',
    sample: '',
  },
  MONGODB_LOCAL_CONNECTION_STRING: {
    group: 'MongoDB',
    summary: 'A MongoDB of your own on this machine, used by commands that are given `--local`.',
    sample: 'mongodb://localhost:27017/',
    secret: true,
  },
  DITTO_APP_ID: { group: 'Ditto', summary: 'The id of your app in the Ditto portal.', sample: '' },
  DITTO_API_KEY: { group: 'Ditto', summary: 'A key for the HTTP API of your Ditto app.', sample: '', secret: true },
  DITTO_CLOUD_ENDPOINT: { group: 'Ditto', summary: 'The address of your Ditto app: https://….', sample: '' },
  DITTO_PLAYGROUND_TOKEN: {
    group: 'Ditto',
    summary: 'Lets devices into a Ditto app in development mode.',
    sample: '',
    secret: true,
  },
  DITTO_OFFLINE_LICENSE_TOKEN: {
    group: 'Ditto',
    summary: 'A licence for devices that never reach the Ditto cloud. Needed for nothing else.',
    sample: '',
    secret: true,
  },
  AZURE_OPENAI_ENDPOINT: {
    group: 'Azure OpenAI',
    summary:
      'The address of your Azure OpenAI resource: https://….openai.azure.com. Empty: embeddings are computed here.',
    sample: '',
  },
  AZURE_OPENAI_API_KEY: {
    group: 'Azure OpenAI',
    summary: 'Its key. Empty: the Entra identity of this machine or of who is signed in (`az login`).',
    sample: '',
    secret: true,
  },
  AZURE_OPENAI_EMBEDDING_DEPLOYMENT: {
    group: 'Azure OpenAI',
    summary: 'The name of the deployment that makes embeddings.',
    sample: 'text-embedding-3-small',
  },
  AZURE_OPENAI_EMBEDDING_MODEL: {
    group: 'Azure OpenAI',
    summary: 'The model that the deployment serves. Empty: the deployment is named after it.',
    sample: '',
  },
  AZURE_OPENAI_API_VERSION: { group: 'Azure OpenAI', summary: 'The version of its API.', sample: '2024-02-01' },
  NUM_CUSTOMERS: {
    group: 'Data set',
    summary: 'How many customers to generate. These five win over config/generation_config.yaml.',
    sample: '50000',
  },
  NUM_ORDERS: { group: 'Data set', summary: 'How many orders to generate.', sample: '200000' },
  START_DATE: { group: 'Data set', summary: 'The first day of the orders.', sample: '2020-01-01' },
  END_DATE: { group: 'Data set', summary: 'The last day of the orders.', sample: '2026-12-31' },
  SEED: { group: 'Data set', summary: 'The same seed makes the same data set.', sample: '22465' },
  ZAVA_DATA_DIR: {
    group: 'This machine',
    summary: 'Where the embedded server keeps its files, seen from the working directory.',
    sample: '.zava',
  },
  ZAVA_PORT: { group: 'This machine', summary: 'The port of the first page.', sample: '4000' },
  ZAVA_GATEWAYS: {
    group: 'This machine',
    summary:
      'Where devices find their gateways, with commas between them: wss://…/sync. Empty: those of `zava start` and `zava gateway` on this machine.',
    sample: '',
  },
  ZAVA_DEVICE_TOKEN: {
    group: 'This machine',
    summary:
      'The token of the device that runs here (`zava token issue`). Empty: it is signed with the key of the data directory.',
    sample: '',
    secret: true,
  },
  ZAVA_TOKEN: {
    group: 'This machine',
    summary:
      'Who asks the MCP servers on stdio: a token of `zava token issue --role agent`. Without it they refuse to start.',
    sample: '',
    secret: true,
  },
  ZAVA_GATEWAY_PORT: { group: 'This machine', summary: 'The port of `zava gateway`.', sample: '4001' },
} as const satisfies Record<string, SettingDescription>;

export type SettingName = keyof typeof settingTable;

export const settingNames = Object.keys(settingTable) as SettingName[];

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: 'a whole number is expected' })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: `a whole number from ${min} to ${max} is expected` });
const calendarDate = z.string().refine(isCalendarDate, { error: 'a date such as 2024-12-30 is expected' });
const connectionString = z
  .string()
  .regex(/^mongodb(\+srv)?:\/\/./, { error: 'a text that begins with mongodb:// or mongodb+srv:// is expected' });
const webAddress = z.string().refine((text) => /^(https?|wss?):\/\//.test(text) && URL.canParse(text), {
  error: 'an address such as https://example.com is expected',
});
const text = z.string();

const settingsSchema = z
  .object({
    MONGODB_CONNECTION_STRING: connectionString.optional(),
    MONGODB_DATABASE: text
      .regex(/^[^/\\. "$*<>:|?\0]{1,63}$/, {
        error: 'a database name is expected: up to 63 characters, none of /\\. "$*<>:|?',
      })
      .default('zava'),
    MONGODB_ATLAS_PROJECT_ID: text.regex(/^[0-9a-f]{24}$/i, { error: '24 hexadecimal digits are expected' }).optional(),
    MONGODB_LOCAL_CONNECTION_STRING: connectionString.default('mongodb://localhost:27017/'),
    DITTO_APP_ID: text.optional(),
    DITTO_API_KEY: text.optional(),
    DITTO_CLOUD_ENDPOINT: webAddress.optional(),
    DITTO_PLAYGROUND_TOKEN: text.optional(),
    DITTO_OFFLINE_LICENSE_TOKEN: text.optional(),
    AZURE_OPENAI_ENDPOINT: webAddress.optional(),
    AZURE_OPENAI_API_KEY: text.optional(),
    AZURE_OPENAI_EMBEDDING_DEPLOYMENT: text.default('text-embedding-3-small'),
    AZURE_OPENAI_EMBEDDING_MODEL: text.optional(),
    AZURE_OPENAI_API_VERSION: text.default('2024-02-01'),
    NUM_CUSTOMERS: wholeNumber(1, 10_000_000).optional(),
    NUM_ORDERS: wholeNumber(1, 100_000_000).optional(),
    START_DATE: calendarDate.optional(),
    END_DATE: calendarDate.optional(),
    SEED: wholeNumber(0, 4_294_967_295).optional(),
    ZAVA_DATA_DIR: text.default('.zava'),
    ZAVA_PORT: wholeNumber(0, 65_535).default(4000),
    ZAVA_GATEWAYS: text.optional(),
    ZAVA_DEVICE_TOKEN: text.optional(),
    ZAVA_TOKEN: text.optional(),
    ZAVA_GATEWAY_PORT: wholeNumber(0, 65_535).default(4001),
  } satisfies Record<SettingName, z.ZodType>)
  .refine(({ START_DATE, END_DATE }) => START_DATE === undefined || END_DATE === undefined || START_DATE <= END_DATE, {
    path: ['END_DATE'],
    error: 'a date that is not before START_DATE is expected',
  });

/** Checked values, by variable. `ZAVA_DATA_DIR` is an absolute path. */
export type Settings = z.infer<typeof settingsSchema>;

export type SettingSource = '.env' | 'environment' | 'command line' | 'default';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Where each value came from; a variable that is unset and has no default is missing here. */
  readonly sources: Partial<Record<SettingName, SettingSource>>;
  /** Whether there is an `.env` at all. */
  readonly hasEnvFile: boolean;
  /** Values that must never be printed. */
  readonly secrets: readonly string[];
}

/**
 * Reads and checks the settings. `flags` are those of the command line, by variable; `envFile`, seen from the directory, is
 * read instead of its `.env`, and must be there.
 * Throws a CliError that names every fault at once, never a secret value.
 */
export async function loadSettings(
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  flags: Partial<Record<SettingName, string>> = {},
  envFile?: string,
): Promise<LoadedSettings> {
  const fromFile = await readEnvFile(path.resolve(directory, envFile ?? '.env'));
  if (fromFile === undefined && envFile !== undefined)
    throw new CliError('FILE_UNREADABLE', `--env-file: there is no file ${path.resolve(directory, envFile)}.`);
  const raw: Partial<Record<SettingName, string>> = {};
  const sources: Partial<Record<SettingName, SettingSource>> = {};
  const layers: [SettingSource, Readonly<Record<string, string | undefined>>][] = [
    ['.env', fromFile ?? {}],
    ['environment', environment],
    ['command line', flags],
  ];
  for (const [source, values] of layers) {
    for (const name of settingNames) {
      const value = values[name]?.trim();
      if (value === undefined || value === '') continue;
      raw[name] = value;
      sources[name] = source;
    }
  }
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => {
      const name = issue.path[0] as SettingName;
      const shown = isSecret(name) ? '' : `, and "${raw[name]}" came`;
      return `${name} (from ${sources[name] ?? 'nowhere'}): ${issue.message}${shown}`;
    });
    throw new CliError('SETTINGS_INVALID', `These settings are wrong:\n  ${faults.join('\n  ')}`, {
      data: { settings: parsed.error.issues.map((issue) => String(issue.path[0])) },
    });
  }
  for (const name of settingNames) {
    if (sources[name] === undefined && parsed.data[name] !== undefined) sources[name] = 'default';
  }
  return {
    settings: { ...parsed.data, ZAVA_DATA_DIR: path.resolve(directory, parsed.data.ZAVA_DATA_DIR) },
    sources,
    hasEnvFile: fromFile !== undefined,
    secrets: settingNames.filter(isSecret).flatMap((name) => raw[name] ?? []),
  };
}

/** Throws a CliError that names all of `names` that are unset, at once. */
export function requireSettings(settings: Settings, names: readonly SettingName[], purpose: string): void {
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length === 0) return;
  throw new CliError('SETTINGS_MISSING', `${purpose} needs settings that are not set: ${missing.join(', ')}.`, {
    data: { missing },
  });
}

/** `.env.sample`: every variable, its sample value, and what it is for. */
export function renderEnvSample(): string {
  const lines = [
    '# The settings of Zava. Copy this file to `.env` and change what you need; everything works with nothing set.',
    '# Read in rising order: `.env`, the environment, flags of the command line. An empty value is an unset one.',
  ];
  let group: SettingGroup | undefined;
  for (const name of settingNames) {
    const setting: SettingDescription = settingTable[name];
    if (setting.group !== group) lines.push('', `# --- ${(group = setting.group)} ---`);
    lines.push('', ...wrap(setting.summary, 116).map((line) => `# ${line}`), `${name}=${setting.sample}`);
  }
  return `${lines.join('\n')}\n`;
}

const isSecret = (name: SettingName): boolean => (settingTable[name] as SettingDescription).secret === true;

async function readEnvFile(file: string): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError('FILE_UNREADABLE', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const values = parseEnv(content) as Readonly<Record<string, string | undefined>>;
  checkLines(file, content, values);
  for (const name of Object.keys(values)) {
    if ((settingNames as string[]).includes(name)) continue;
    const meant = nearest(name, settingNames);
    // A foreign variable is none of our business; one that looks like ours is a slip that would be ignored in silence.
    if (meant === undefined && !/^(ZAVA|MONGODB|DITTO|AZURE_OPENAI)_/.test(name)) continue;
    throw new CliError(
      'ENV_FILE_INVALID',
      `${file} sets ${name}, which nothing reads.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
      { data: { file, name } },
    );
  }
  return values;
}

/** `parseEnv` drops a line that it cannot read, in silence; a person who wrote it wants to know. */
function checkLines(file: string, content: string, values: Readonly<Record<string, string | undefined>>): void {
  if (Object.values(values).some((value) => value?.includes('\n'))) return; // a quoted value over several lines
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line) || /^\s*(export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=/.test(line)) continue;
    // Only the name is shown: the rest of the line may be a secret.
    throw new CliError('ENV_FILE_INVALID', `Line ${index + 1} of ${file} is not of the form NAME=value.`, {
      data: { file, line: index + 1 },
    });
  }
}

function wrap(sentence: string, columns: number): string[] {
  const lines: string[] = [''];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + word.length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
