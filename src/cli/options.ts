/**
 * How a command says which words it takes. An option knows its help, how to read its text, and, where a setting stands
 * for the same thing, that setting's name: the flag then wins over the environment and over `.env`.
 */
import { ROLES, type Role } from '../domain/index.ts';
import { CliError } from './errors.ts';
import type { SettingName } from './settings.ts';

export interface CliOption<Value> {
  readonly help: string;
  /** The placeholder in the help, `NUMBER`; a flag has none. */
  readonly valueName?: string;
  readonly default?: Value;
  readonly setting?: SettingName;
  readonly required?: boolean;
  /** May be given several times; the values come as a list. */
  readonly isList?: boolean;
  /** Reads the text from the command line, or throws a CliError that says what was expected and what came. */
  readonly parse: (text: string) => Value;
}

export interface CliArgument<Value> {
  readonly help: string;
  readonly required: boolean;
  readonly parse: (text: string) => Value;
}

// biome-ignore lint/suspicious/noExplicitAny: the value types differ from option to option; InputOf recovers them.
export type CliOptions = Readonly<Record<string, CliOption<any>>>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type CliArguments = Readonly<Record<string, CliArgument<any>>>;

export type InputOf<Arguments extends CliArguments, Options extends CliOptions> = {
  readonly [Name in keyof Arguments]: Arguments[Name] extends CliArgument<infer Value> ? Value : never;
} & {
  readonly [Name in keyof Options]: Options[Name] extends CliOption<infer Value> ? Value : never;
};

interface OptionDetails {
  readonly valueName?: string;
  readonly setting?: SettingName;
}

export const flag = (help: string): CliOption<boolean> => ({ help, default: false, parse: () => true });

export const textOption = (help: string, details: OptionDetails = {}): CliOption<string | undefined> => ({
  help,
  valueName: 'TEXT',
  ...details,
  parse: (text) => text,
});

export const roleOption = (help: string): CliOption<Role | undefined> => ({
  help,
  valueName: 'ROLE',
  parse: (text) => {
    const role = ROLES.find((one) => one === text);
    if (role === undefined) throw new CliError('BAD_USAGE', `One of ${ROLES.join(', ')} was expected; "${text}" came.`);
    return role;
  },
});

export const pathOption = (help: string, details: OptionDetails = {}): CliOption<string | undefined> => ({
  help,
  valueName: 'PATH',
  ...details,
  parse: (text) => {
    if (text === '') throw new CliError('BAD_USAGE', 'A path was expected; an empty text came.');
    return text;
  },
});

export const wholeNumberOption = (
  help: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, ...details }: OptionDetails & { min?: number; max?: number } = {},
): CliOption<number | undefined> => ({
  help,
  valueName: 'NUMBER',
  ...details,
  parse: (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new CliError('BAD_USAGE', `A whole number ${range} was expected; "${text}" came.`);
    }
    return value;
  },
});

export const dateOption = (help: string, details: OptionDetails = {}): CliOption<string | undefined> => ({
  help,
  valueName: 'YYYY-MM-DD',
  ...details,
  parse: (text) => {
    if (!isCalendarDate(text))
      throw new CliError('BAD_USAGE', `A date such as 2024-12-30 was expected; "${text}" came.`);
    return text;
  },
});

/** A day, or an instant in UTC as the data set writes it. */
export const timeOption = (help: string): CliOption<string | undefined> => ({
  help,
  valueName: 'TIME',
  parse: (text) => {
    const day = /^(.{10})T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.exec(text)?.[1] ?? text;
    if (!isCalendarDate(day))
      throw new CliError(
        'BAD_USAGE',
        `A day such as 2026-11-22 or an instant such as 2026-11-22T16:00:00Z was expected; "${text}" came.`,
      );
    return text;
  },
});

export const listOption = (help: string, details: OptionDetails = {}): CliOption<readonly string[]> => ({
  help,
  valueName: 'TEXT',
  ...details,
  isList: true,
  default: [],
  parse: (text) => [text],
});

export const required = <Value>(option: CliOption<Value | undefined>): CliOption<Value> =>
  ({ ...option, required: true }) as CliOption<Value>;

export const textArgument = (help: string): CliArgument<string> => ({ help, required: true, parse: (text) => text });

export const optionalTextArgument = (help: string): CliArgument<string | undefined> => ({
  help,
  required: false,
  parse: (text) => text,
});

export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** `startDate` → `start-date`: how a name of the code is written on the command line. */
export const flagName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The options of every command that reaches a database. */
export const databaseOptions = {
  database: textOption('The database to use.', { valueName: 'NAME', setting: 'MONGODB_DATABASE' }),
  dataDir: pathOption('Where the embedded server keeps its files.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }),
  local: flag('Use the MongoDB at MONGODB_LOCAL_CONNECTION_STRING instead of MONGODB_CONNECTION_STRING.'),
} as const;
