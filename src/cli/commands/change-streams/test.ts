import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const testChangeStreams = defineCliCommand({
  summary: 'Proves that change streams deliver inserts, updates and deletes with their images, and resume.',
  description:
    'Works in a collection of its own, which is dropped afterwards. Ends with 1 when something is not delivered.',
  examples: [['zava change-streams test', 'takes a second']],
  options: databaseOptions,
  async run(_input, context) {
    const { databaseErrors, testChangeStreams: test } = await import('../../../database/index.ts');
    await using opened = await context.openDatabase();
    const result = await test(opened.db, context);
    const { colors } = context;
    const lines = result.findings.map(({ check, passed, says }) =>
      passed ? `${colors.green('✓')} ${check}` : `${colors.red('✗')} ${check}: ${says}`,
    );
    if (result.latencyMs !== null) lines.push(`An event comes ${result.latencyMs} ms after the write is acknowledged.`);
    if (!result.passed) lines.push(`${colors.bold('What to do:')} ${databaseErrors.CHANGE_STREAM_WRONG.fix}`);
    return { result, text: lines.join('\n'), exitCode: result.passed ? EXIT_DONE : EXIT_FAULT };
  },
});
