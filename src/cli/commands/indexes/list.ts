import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const list = defineCliCommand({
  summary: 'Compares the indexes of the database with those that should be there.',
  description:
    'Ends with 1 when one is missing or differs. `foreign` ones are on the project’s collections, and not the project’s.',
  examples: [['zava indexes list', 'one line for each index']],
  options: databaseOptions,
  async run(_input, context) {
    const { compareIndexes } = await import('../../../database/index.ts');
    await using opened = await context.openDatabase();
    const compared = await compareIndexes(opened.db);
    const { colors } = context;
    const marks = {
      'as expected': colors.green('✓'),
      missing: colors.red('✗'),
      different: colors.red('≠'),
      foreign: colors.dim('+'),
    };
    const lines = compared.map(({ collection, name, state, differences }) => {
      const says = state === 'as expected' ? '' : `  ${[state, ...differences].join('; ')}`;
      return `${marks[state]} ${`${collection}.${name}`.padEnd(44)}${says}`.trimEnd();
    });
    const wrong = compared.filter(({ state }) => state === 'missing' || state === 'different').length;
    const good = compared.filter(({ state }) => state === 'as expected').length;
    lines.push(
      `${good} as expected, ${wrong} missing or different.${wrong === 0 ? '' : ' `zava indexes create` makes the missing ones.'}`,
    );
    return { result: compared, text: lines.join('\n'), exitCode: wrong === 0 ? EXIT_DONE : EXIT_FAULT };
  },
});
