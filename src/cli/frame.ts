/**
 * What surrounds every command: reading its words and settings, progress, Ctrl-C, output, errors and exit codes.
 * A command itself parses nothing, never ends the process and holds no rule.
 */
import type { Writable } from 'node:stream';
import type { OpenDatabase } from './database-connection.ts';
import { CliError, isCoded, isUsageError, PromptDeclined } from './errors.ts';
import type { CliArguments, CliOptions, InputOf } from './options.ts';
import { type OnProgress, openProgress, PROGRESS_MODES, type ProgressMode } from './progress.ts';
import type { LoadedSettings, SettingName, Settings } from './settings.ts';

export const EXIT_DONE = 0;
export const EXIT_FAULT = 1;
export const EXIT_USAGE = 2;
export const EXIT_OUR_MISTAKE = 70;
export const EXIT_INTERRUPTED = 130;

export interface CommandOutcome {
  /** What `--json` prints. */
  readonly result: unknown;
  /** What a person reads. */
  readonly text: string;
  /** The command did its work, and what it found is bad (`validate`, `check`, `test-connection`). */
  readonly exitCode?: typeof EXIT_DONE | typeof EXIT_FAULT;
}

export interface CliContext {
  readonly settings: Settings;
  readonly loaded: LoadedSettings;
  /** The working directory; relative paths are seen from here. */
  readonly directory: string;
  /** Aborts at Ctrl-C; a long command passes it on. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Prints a result before the end, for a command that goes on serving afterwards; its `run` then returns nothing. */
  announce(outcome: CommandOutcome): Promise<void>;
  /** A line on stderr, for people. */
  note(line: string): void;
  /** What Ctrl-C will say from now on: the state that was left, and how to go on. */
  ifInterrupted(line: string): void;
  /** Whether someone sits at a terminal and can be asked. */
  readonly isInteractive: boolean;
  readonly colors: Colors;
  /** Connects to the database that the settings name, or to the embedded server. Closed by the caller. */
  openDatabase(): Promise<OpenDatabase>;
  /** Everything on stdin, which must not be a terminal. */
  readStdin(): Promise<string>;
}

export type Colors = Pick<
  typeof import('picocolors'),
  'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan' | 'isColorSupported'
>;

export interface CliCommandDefinition<Arguments extends CliArguments, Options extends CliOptions> {
  /** One line: what the command does. */
  readonly summary: string;
  /** More, for `--help`. */
  readonly description?: string;
  /** `['zava generate --orders 1000', 'a small data set']` */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly arguments?: Arguments;
  readonly options?: Options;
  /** Settings that must be set. */
  readonly needs?: readonly SettingName[];
  run(input: InputOf<Arguments, Options>, context: CliContext): Promise<CommandOutcome | undefined> | CommandOutcome;
}

/** A command as the table sees it, whatever its words are. */
export interface CliCommand {
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly arguments: CliArguments;
  readonly options: CliOptions;
  readonly needs: readonly SettingName[];
  run(
    input: Readonly<Record<string, unknown>>,
    context: CliContext,
  ): Promise<CommandOutcome | undefined> | CommandOutcome;
}

// biome-ignore lint/complexity/noBannedTypes: no arguments and no options.
export function defineCliCommand<Arguments extends CliArguments = {}, Options extends CliOptions = {}>(
  definition: CliCommandDefinition<Arguments, Options>,
): CliCommand {
  return {
    ...definition,
    arguments: definition.arguments ?? {},
    options: definition.options ?? {},
    needs: definition.needs ?? [],
    run: (input, context) => definition.run(input as InputOf<Arguments, Options>, context),
  };
}

/** Options of every command, read by the frame. */
export interface FrameOptions {
  readonly json: boolean;
  readonly debug: boolean;
  readonly progress: ProgressMode;
  readonly color: boolean;
}

/** The outside world of one run. */
export interface CliWorld {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Runs one command and says how the process should end. Never throws. */
export async function runCommand(
  command: CliCommand,
  name: string,
  input: Readonly<Record<string, unknown>>,
  frame: FrameOptions,
  flags: Partial<Record<SettingName, string>>,
  world: CliWorld,
): Promise<number> {
  const interruption = new AbortController();
  let interruptedText = 'Nothing was left half-done.';
  let secrets: readonly string[] = [];
  const onSignal = (signal: NodeJS.Signals) => {
    if (interruption.signal.aborted) {
      world.stderr.write('\nStopped at once. The next run of the command checks what is there.\n');
      process.exit(EXIT_INTERRUPTED);
    }
    interruption.abort(new DOMException(`Stopped by ${signal}.`, 'AbortError'));
  };
  const onParentGone = () => {
    if (!interruption.signal.aborted) interruption.abort(new DOMException('The parent process is gone.', 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('disconnect', onParentGone);
  // Listening must not keep a finished command alive. Somebody else who listens here, as a test's runner does, may.
  if (process.listenerCount('message') === 0) process.channel?.unref();
  const progress = await openProgress(frame.progress, world.stderr);
  const colorsOut = await colorsFor(world.stdout, frame, world.environment);
  try {
    const { loadSettings, requireSettings } = await import('./settings.ts');
    const loaded = await loadSettings(world.directory, world.environment, flags, envFileOf(input));
    secrets = loaded.secrets;
    requireSettings(loaded.settings, command.needs, `\`zava ${name}\``);
    const show = async ({ result, text }: CommandOutcome) => {
      const printed = frame.json ? JSON.stringify(result, undefined, 2) : text;
      await print(world.stdout, `${withoutSecrets(printed, secrets)}\n`);
    };
    const context: CliContext = {
      settings: loaded.settings,
      loaded,
      directory: world.directory,
      signal: interruption.signal,
      onProgress: progress.report,
      announce: show,
      note: (line) => progress.note(withoutSecrets(line, secrets)),
      ifInterrupted: (line) => {
        interruptedText = line;
      },
      isInteractive: world.stdin.isTTY === true && world.stderr.isTTY === true && !frame.json,
      colors: colorsOut,
      openDatabase: async () => {
        const { openDatabase } = await import('./database-connection.ts');
        return await openDatabase(loaded.settings, {
          local: input['local'] === true,
          signal: interruption.signal,
          note: (line) => progress.note(line),
        });
      },
      readStdin: () => readAll(world.stdin),
    };
    const outcome = await command.run(input, context);
    progress.end();
    if (outcome === undefined) return EXIT_DONE;
    await show(outcome);
    return outcome.exitCode ?? EXIT_DONE;
  } catch (error) {
    progress.end();
    if (error instanceof PromptDeclined || (interruption.signal.aborted && isAbort(error))) {
      world.stderr.write(`\nInterrupted. ${interruptedText}\n`);
      if (frame.json) await print(world.stdout, `${JSON.stringify({ interrupted: interruptedText }, undefined, 2)}\n`);
      return EXIT_INTERRUPTED;
    }
    return await reportError(error, frame, world, secrets);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    process.off('disconnect', onParentGone);
  }
}

/** Of commands that take `--env-file`. */
const envFileOf = ({ envFile }: Readonly<Record<string, unknown>>): string | undefined =>
  typeof envFile === 'string' ? envFile : undefined;

/** Prints an error for people on stderr, and with `--json` as an object on stdout. Returns the exit code. */
export async function reportError(
  thrown: unknown,
  frame: FrameOptions,
  world: CliWorld,
  secrets: readonly string[] = [],
): Promise<number> {
  const error = await codedIfKnown(thrown);
  const clean = (text: string) => withoutSecrets(text, secrets);
  const colors = await colorsFor(world.stderr, frame, world.environment);
  const lines: string[] = [];
  let exitCode: number = EXIT_FAULT;
  let json: unknown;
  if (isCoded(error)) {
    exitCode = isUsageError(error) ? EXIT_USAGE : EXIT_FAULT;
    lines.push(`${colors.red(colors.bold(error.code))}: ${clean(error.message)}`);
    lines.push(`${colors.bold('What to do:')} ${clean(error.fix)}`);
    json = { error: { code: error.code, message: error.message, fix: error.fix, data: error.data ?? {} } };
  } else {
    exitCode = EXIT_OUR_MISTAKE;
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    lines.push(`${colors.red(colors.bold('This is a bug in zava'))}: ${clean(`${name}: ${message}`)}`);
    lines.push(
      'Please report it as CONTRIBUTING.md says, with what you ran and its output when run again with --debug.',
    );
    json = { error: { code: 'OUR_MISTAKE', message: `${name}: ${message}` } };
  }
  if (frame.debug) lines.push('', ...stackLines(error).map((line) => colors.dim(clean(line))));
  world.stderr.write(`${lines.join('\n')}\n`);
  if (frame.json) await print(world.stdout, `${clean(JSON.stringify(json, undefined, 2))}\n`);
  return exitCode;
}

export async function colorsFor(
  stream: NodeJS.WriteStream,
  { color }: Pick<FrameOptions, 'color'>,
  environment: CliWorld['environment'],
): Promise<Colors> {
  const { default: picocolors } = await import('picocolors');
  return picocolors.createColors(
    color && stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb',
  );
}

export const isProgressMode = (text: string): text is ProgressMode =>
  (PROGRESS_MODES as readonly string[]).includes(text);

/** The secrets of the settings never leave the program, whatever a library put into a message. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.filter(({ length }) => length >= 4)) {
    clean = clean.replaceAll(secret, redactedSecret(secret));
    clean = clean.replaceAll(JSON.stringify(secret).slice(1, -1), redactedSecret(secret)); // as `--json` writes it
  }
  return clean.replace(/\bmongodb(\+srv)?:\/\/[^\s"'`<>]+/g, redactedAddress);
}

/** A test keeps it in step with the database room's `redactConnectionString`; this one does not load the driver. */
const redactedAddress = (address: string): string =>
  address
    .replace(
      /^(mongodb(?:\+srv)?:\/\/)([^:@/]*)(:.*)?@/,
      (_, scheme, user, password) => `${scheme}${user}${password === undefined ? '' : ':***'}@`,
    )
    .replace(
      /([?&](?:authMechanismProperties|proxyPassword|proxyUsername|tlsCertificateKeyFilePassword|password)=)[^&]*/gi,
      '$1***',
    );

const redactedSecret = (secret: string): string =>
  /^mongodb(\+srv)?:\/\//.test(secret) ? redactedAddress(secret) : '***';

function isAbort(error: unknown): boolean {
  for (
    let current = error;
    current instanceof Error || current instanceof DOMException;
    current = (current as Error).cause
  ) {
    if ((current as Error).name === 'AbortError') return true;
  }
  return false;
}

/** The driver's errors and the system's become ours, with a code and a fix. */
async function codedIfKnown(error: unknown): Promise<unknown> {
  if (isCoded(error) || !(error instanceof Error)) return error;
  if (/^Mongo/.test(error.name) || typeof (error as NodeJS.ErrnoException).syscall === 'string') {
    const { databaseErrorFrom } = await import('../database/index.ts');
    return databaseErrorFrom(error) ?? error;
  }
  return error;
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    if (lines.length > 0) lines.push('caused by:');
    lines.push(...(current.stack ?? String(current)).split('\n'));
  }
  return lines;
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  if (stream.isTTY) throw new CliError('BAD_USAGE', 'Input is expected on stdin, and stdin is a terminal.');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves when the text is out of our hands, so that a long result into a pipe is whole. */
export const print = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
