import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../frame.ts';
import { databaseOptions, wholeNumberOption } from '../options.ts';

export const testConnection = defineCliCommand({
  summary: 'Looks at the database connection step by step, and says what is wrong.',
  description:
    'Connection string, name lookup, network, encryption, server, sign-in, replica set, change streams, permissions, latency: each step in plain words, with the likely cause and what to do where it fails. Writes one scratch document to a collection of its own, and removes both.',
  examples: [
    ['zava test-connection', 'the database of the settings'],
    ['zava test-connection --local', 'the one of MONGODB_LOCAL_CONNECTION_STRING'],
  ],
  options: {
    ...databaseOptions,
    timeout: wholeNumberOption('How many seconds to wait for an answer at each step. Default: 5.', {
      min: 1,
      max: 120,
    }),
  },
  async run({ local, timeout }, context) {
    const { settings, signal, colors, note } = context;
    const { testConnection: diagnose } = await import('../../database/index.ts');
    const { givenConnectionString } = await import('../database-connection.ts');
    const given = givenConnectionString(settings, local);
    // The embedded server is started first where none runs: then there is something to look at.
    await using embedded = given === undefined ? await context.openDatabase() : undefined;
    const diagnosis = await diagnose(given ?? (embedded?.uri as string), {
      database: settings.MONGODB_DATABASE,
      timeoutMs: (timeout ?? 5) * 1000,
      signal,
      onStage: ({ stage, state }) => note(`${stage}: ${state}`),
    });
    const marks = {
      passed: colors.green('✓'),
      warning: colors.yellow('!'),
      failed: colors.red('✗'),
      skipped: colors.dim('–'),
    };
    const lines = [diagnosis.connectionString];
    for (const { stage, state, says, code, fix } of diagnosis.stages) {
      lines.push(`  ${marks[state]} ${stage.padEnd(18)} ${says}`);
      if (fix !== undefined) lines.push(`    ${''.padEnd(18)} ${colors.bold(`${code}.`)} What to do: ${fix}`);
    }
    const hasWarning = diagnosis.stages.some(({ state }) => state === 'warning');
    lines.push(
      diagnosis.passed
        ? hasWarning
          ? 'The connection works, with the reservations above.'
          : 'The connection works.'
        : 'The connection does not work yet.',
    );
    return { result: diagnosis, text: lines.join('\n'), exitCode: diagnosis.passed ? EXIT_DONE : EXIT_FAULT };
  },
});
