/** From the table of commands to a command line: help, options, suggestions; and the documentation page from the same. */
import { Command, CommanderError, Option } from 'commander';
import { CliError } from './errors.ts';
import {
  type CliCommand,
  type CliWorld,
  EXIT_DONE,
  EXIT_USAGE,
  type FrameOptions,
  isProgressMode,
  print,
  reportError,
  runCommand,
} from './frame.ts';
import { nearest } from './nearest.ts';
import { flagName } from './options.ts';
import { PROGRESS_MODES } from './progress.ts';
import type { SettingName } from './settings.ts';

export interface CommandTable {
  readonly commands: Readonly<Record<string, () => Promise<CliCommand>>>;
  readonly groups: Readonly<Record<string, string>>;
  readonly version: string;
}

const SUMMARY = 'An offline-first retail platform on MongoDB and Ditto.';
const HELP_END = `
Start here: \`zava start\` brings everything up. Settings: copy .env.sample to .env. Every command has --help.`;

/** Runs one command line (without `node` and the script's name) and returns the exit code. */
export async function runCli(words: readonly string[], table: CommandTable, world: CliWorld): Promise<number> {
  world.stdout.on('error', quietAtBrokenPipe);
  world.stderr.on('error', quietAtBrokenPipe);
  try {
    if (words[0] === 'help' && words.includes('--markdown')) {
      await print(world.stdout, await renderCommandsPage(table));
      return EXIT_DONE;
    }
    if (words[0] === 'help' && words.includes('--troubleshooting')) {
      const { renderTroubleshootingPage } = await import('./troubleshooting.ts');
      await print(world.stdout, renderTroubleshootingPage());
      return EXIT_DONE;
    }
    if (words[0] === '--version') {
      await print(world.stdout, `${table.version}\n`);
      return EXIT_DONE;
    }
    const [first] = words;
    if (first !== undefined && !first.startsWith('-') && ![...firstWords(table), 'help'].includes(first)) {
      throw unknownCommand(first, firstWords(table));
    }
    // `help indexes list` is `indexes list --help`, for which only that one command is loaded.
    if (first === 'help' && words.length > 1) return await runCli([...words.slice(1), '--help'], table, world);
    let exitCode = EXIT_DONE;
    const program = await buildProgram(words, table, world, async (run) => {
      exitCode = await run();
    });
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT_DONE;
      if (error.code === 'commander.help') return EXIT_USAGE;
      return await reportError(usageErrorFrom(error), frameGuess(words), world);
    }
    return await reportError(error, frameGuess(words), world);
  }
}

/** For an error that no command's promise carries, such as one in a timer: it is shown like any other. */
export const reportCrash = (error: unknown, words: readonly string[], world: CliWorld): Promise<number> =>
  reportError(error, frameGuess(words), world);

/** The frame's options, as far as the words tell before they are parsed. */
const frameGuess = (words: readonly string[]): FrameOptions => ({
  json: words.includes('--json'),
  debug: words.includes('--debug'),
  progress: 'none',
  color: !words.includes('--no-color'),
});

/** `docs/cli.md`: every command with its arguments, options and examples. */
export async function renderCommandsPage(table: CommandTable): Promise<string> {
  const lines = [
    '# The commands of `zava`',
    '',
    `${SUMMARY} This page is printed by \`npx zava help --markdown\`; a test holds it to the commands.`,
    '',
    'Every command takes `--help`; `--json` (the result as one JSON value on stdout); `--progress auto|bar|plain|ndjson|none`',
    '(on stderr); `--no-color`; `--debug` (stack traces). Exit codes: 0 done, 1 a fault or a bad finding, 2 wrong usage or',
    'settings (nothing was touched), 70 a bug in zava, 130 interrupted.',
    '',
  ];
  for (const [name, load] of Object.entries(table.commands)) {
    const command = await load();
    lines.push(`## zava ${name}`, '', command.summary, '');
    if (command.description !== undefined) lines.push(command.description, '');
    lines.push(
      '```',
      `zava ${[name, ...argumentWords(command)].join(' ')}${hasOptions(command) ? ' [options]' : ''}`,
      '```',
      '',
    );
    const rows = [
      ...Object.entries(command.arguments).map(([argument, { help }]) => `| \`${flagName(argument)}\` | ${help} |`),
      ...Object.entries(command.options).map(([option, spec]) => {
        const value = spec.valueName === undefined ? '' : ` ${spec.valueName}`;
        const setting = spec.setting === undefined ? '' : ` Setting: \`${spec.setting}\`.`;
        const fallback =
          spec.default === undefined || spec.default === false || spec.isList ? '' : ` Default: ${spec.default}.`;
        return `| \`--${flagName(option)}${value}\` | ${spec.help}${spec.required ? ' Required.' : ''}${fallback}${setting} |`;
      }),
    ].map((row) => row.replace(/(?<=\| .*)\|(?=.* \|$)/g, (bar, at, whole) => (isCellBorder(whole, at) ? bar : '\\|')));
    if (rows.length > 0) lines.push('| word | meaning |', '|---|---|', ...rows, '');
    if (command.examples.length > 0) {
      lines.push('```sh');
      for (const [line, meaning] of command.examples) lines.push(`${line}  # ${meaning}`);
      lines.push('```', '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

const isCellBorder = (row: string, at: number): boolean => row[at - 1] === ' ' && row[at + 1] === ' ';
const hasOptions = (command: CliCommand): boolean => Object.keys(command.options).length > 0;
const argumentWords = (command: CliCommand): string[] =>
  Object.entries(command.arguments).map(([name, { required }]) =>
    required ? `<${flagName(name)}>` : `[${flagName(name)}]`,
  );

async function buildProgram(
  words: readonly string[],
  table: CommandTable,
  world: CliWorld,
  onRun: (run: () => Promise<number>) => Promise<void>,
): Promise<Command> {
  const program = framed(new Command('zava'), world)
    .description(SUMMARY)
    .version(table.version, '--version', 'Print the version.')
    .usage('<command> [options]')
    .addHelpText('after', HELP_END);
  program.helpCommand(
    'help [command]',
    'Print the help of a command; with --markdown that of all, with --troubleshooting what every error means.',
  );
  const named = nameOf(words, table);
  for (const [name, load] of Object.entries(table.commands)) {
    // Only the command that is meant is loaded; for the overview, all of them, for their summaries.
    if (named !== undefined && named !== name) continue;
    const path = name.split(' ');
    const parent = path.length === 1 ? program : groupOf(program, path[0] as string, table, world);
    addCommand(parent, path.at(-1) as string, name, await load(), world, onRun);
  }
  program.action(() => program.outputHelp());
  return program;
}

function addCommand(
  parent: Command,
  word: string,
  name: string,
  command: CliCommand,
  world: CliWorld,
  onRun: (run: () => Promise<number>) => Promise<void>,
): void {
  const built = framed(parent.command(word), world).summary(command.summary);
  built.description([command.summary, command.description].filter(Boolean).join('\n\n'));
  for (const [argument, { help, required }] of Object.entries(command.arguments)) {
    built.argument(required ? `<${flagName(argument)}>` : `[${flagName(argument)}]`, help);
  }
  for (const [option, spec] of Object.entries(command.options)) {
    const flags = `--${flagName(option)}${spec.valueName === undefined ? '' : ` <${spec.valueName}>`}`;
    const setting = spec.setting === undefined ? '' : ` (setting ${spec.setting})`;
    const described = new Option(flags, `${spec.help}${setting}`);
    if (spec.required) described.makeOptionMandatory();
    if (spec.isList) described.argParser((text: string, before: string[] = []) => [...before, text]);
    built.addOption(described);
  }
  built.option('--json', 'Print the result as JSON on stdout.');
  built.option('--progress <MODE>', `How to show progress on stderr: ${PROGRESS_MODES.join(', ')}.`, 'auto');
  built.option('--no-color', 'No colours.');
  built.option('--debug', 'Print stack traces.');
  if (command.examples.length > 0) {
    const width = Math.max(...command.examples.map(([line]) => line.length));
    const examples = command.examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`);
    built.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  }
  built.action(async (...received: unknown[]) => {
    const given = built.opts<Record<string, unknown>>();
    const input: Record<string, unknown> = {};
    for (const [index, [argument, spec]] of Object.entries(command.arguments).entries()) {
      const text = received[index] as string | undefined;
      input[argument] = text === undefined ? undefined : parseWord(`<${flagName(argument)}>`, text, spec.parse);
    }
    const flags: Partial<Record<SettingName, string>> = {};
    for (const [option, spec] of Object.entries(command.options)) {
      const text = given[option];
      if (text === undefined) input[option] = spec.default;
      else if (text === true) input[option] = true;
      else if (Array.isArray(text)) input[option] = text;
      else {
        input[option] = parseWord(`--${flagName(option)}`, text as string, spec.parse);
        if (spec.setting !== undefined) flags[spec.setting] = text as string;
      }
    }
    const mode = String(given['progress']);
    if (!isProgressMode(mode)) {
      throw new CliError('BAD_USAGE', `--progress: one of ${PROGRESS_MODES.join(', ')} was expected; "${mode}" came.`);
    }
    const frame: FrameOptions = {
      json: given['json'] === true,
      debug: given['debug'] === true,
      progress: mode,
      color: given['color'] !== false,
    };
    await onRun(() => runCommand(command, name, input, frame, flags, world));
  });
}

function groupOf(program: Command, word: string, table: CommandTable, world: CliWorld): Command {
  const existing = program.commands.find((command) => command.name() === word);
  if (existing !== undefined) return existing;
  const group = framed(program.command(word), world).description(table.groups[word] ?? '');
  group.allowExcessArguments(true);
  group.action(() => {
    const wanted = group.args[0];
    if (wanted === undefined) group.help({ error: true });
    else throw unknownCommand(`${word} ${wanted}`, Object.keys(table.commands));
  });
  return group;
}

/** Errors come back to us as exceptions, and are printed once, in our form. */
const framed = (command: Command, world: CliWorld): Command =>
  command
    .exitOverride()
    .helpOption('-h, --help', 'Print this help.')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => world.stdout.columns ?? 110,
      getErrHelpWidth: () => world.stderr.columns ?? 110,
    });

function parseWord(word: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof CliError) throw new CliError('BAD_USAGE', `${word}: ${error.message}`, { cause: error });
    throw error;
  }
}

const firstWords = (table: CommandTable): string[] => [
  ...new Set(Object.keys(table.commands).map((name) => name.split(' ')[0] as string)),
];

/** The command that a line calls, if its first words name one. */
function nameOf(words: readonly string[], table: CommandTable): string | undefined {
  const [first, second] = words;
  if (first === undefined || first.startsWith('-')) return undefined;
  if (Object.hasOwn(table.commands, first)) return first;
  const pair = `${first} ${second}`;
  return Object.hasOwn(table.commands, pair) ? pair : undefined;
}

function unknownCommand(word: string, known: readonly string[]): CliError {
  const meant = nearest(word, known);
  return new CliError(
    'BAD_USAGE',
    `There is no command "${word}".${meant === undefined ? ` The commands are: ${known.join(', ')}.` : ` Did you mean \`zava ${meant}\`?`}`,
    { data: { word, ...(meant === undefined ? {} : { meant }) } },
  );
}

function usageErrorFrom(error: CommanderError): CliError {
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  return new CliError(
    'BAD_USAGE',
    `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(')') || message.endsWith('?') ? '' : '.'}`,
  );
}

/** `zava … | head` closes the pipe early: nobody listens any more, which is no fault. */
function quietAtBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT_DONE);
  throw error;
}
