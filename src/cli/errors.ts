import { CodedError, type CodedErrorDetails, defineErrors, type ErrorTable } from '../domain/index.ts';

/** What can go wrong before a command touches anything (exit code 2), or in the frame around it. */
export const cliErrors = {
  BAD_USAGE: { fix: 'Run the command with `--help`: it lists the arguments, the options and examples.' },
  CONFIRMATION_NEEDED: {
    fix: 'Add `--yes` to agree beforehand, or `--dry-run` to see what would happen; or run it in a terminal and answer.',
  },
  ENV_FILE_INVALID: {
    fix: 'Correct the line named in the message: `.env` holds lines of the form `NAME=value`, and comments after `#`. `.env.sample` shows every name.',
  },
  SETTINGS_INVALID: {
    fix: 'Correct the values named in the message, in `.env`, in the environment or on the command line; `.env.sample` explains each.',
  },
  SETTINGS_MISSING: {
    fix: 'Copy `.env.sample` to `.env` and fill in the variables named in the message, or set them in the environment.',
  },
  DATA_DIRECTORY_IN_USE: {
    fix: 'Stop the program named in the message, connect to it instead, or choose another directory with `--data-dir`.',
  },
  PORT_IN_USE: { fix: 'Choose another port with `--port` (0 takes a free one), or stop the program that holds it.' },
  SERVER_LOST: {
    fix: 'Run `zava db` by itself to see what it says, then start again: acknowledged data is safe.',
  },
  STEP_FAILED: {
    fix: 'Run the command of that step by itself with `--debug`: `zava generate`, `zava indexes create`, `zava validate`.',
  },
  TOKEN_UNUSABLE: {
    fix: 'Give the device a token of its own: `zava token issue --device NAME --role ROLE --store STORE`.',
  },
  DEVICE_UNKNOWN: { fix: 'List the devices with `zava sync status`, and take the id from it.' },
  INBOX_ENTRY_UNKNOWN: { fix: 'List what is there with `zava inbox list --state any`, and take the id from it.' },
  CLIENT_SETTINGS_INVALID: { fix: 'Mend the file by hand, or move it away; nothing was written.' },
  FILE_UNREADABLE: { fix: 'Check the path and that you may read the file.' },
  FILE_INVALID: { fix: 'Correct the file at the place named in the message.' },
} as const satisfies ErrorTable;

export class CliError extends defineErrors('CliError', cliErrors) {}

/** The person at the terminal said no, or left the prompt: neither a fault nor a bug of ours. */
export class PromptDeclined extends Error {
  override readonly name = 'PromptDeclined';
}

/** Codes that mean "you asked in the wrong way": nothing was touched, the program ends with 2. */
const usageCodes: ReadonlySet<string> = new Set<keyof typeof cliErrors>([
  'BAD_USAGE',
  'CONFIRMATION_NEEDED',
  'ENV_FILE_INVALID',
  'SETTINGS_INVALID',
  'SETTINGS_MISSING',
  'TOKEN_UNUSABLE',
]);

/** Rooms whose every error is about what they were given to read, before anything was touched. */
const inputErrors: ReadonlySet<string> = new Set(['CatalogError', 'GeneratorError']);

export const isUsageError = (error: unknown): boolean =>
  (error instanceof CliError && usageCodes.has(error.code)) ||
  (error instanceof CodedError && (inputErrors.has(error.name) || error.code === 'CONNECTION_STRING_INVALID'));

/** The shape that every room's errors share, whichever copy of the class made them. */
export function isCoded(error: unknown): error is CodedError & { readonly data: CodedErrorDetails['data'] } {
  if (error instanceof CodedError) return true;
  return (
    error instanceof Error &&
    typeof (error as { code?: unknown }).code === 'string' &&
    typeof (error as { fix?: unknown }).fix === 'string'
  );
}
