import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const list = defineCliCommand({
  summary: 'Compares the indexes of the database with those that should be there.',
  description:
    'Ends with 1 when one is missing or differs. `foreign` ones are on the project’s collections, and not the project’s.',
  examples: [['zava indexes list', 'one line for each index, with its keys']],
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
    const lines = compared.map(({ collection, name, keys, unique, state, differences }) => {
      const says = state === 'as expected' ? '' : `  ${[state, ...differences].join('; ')}`;
      const form = `${keysText(keys)}${unique ? ' unique' : ''}`;
      return `${marks[state]} ${`${collection}.${name}`.padEnd(44)} ${colors.dim(form)}${says}`;
    });
    const wrong = compared.filter(({ state }) => state === 'missing' || state === 'different').length;
    const good = compared.filter(({ state }) => state === 'as expected').length;
    lines.push(
      `${good} as expected, ${wrong} missing or different.${wrong === 0 ? '' : ' `zava indexes create` makes the missing ones.'}`,
    );
    return { result: compared, text: lines.join('\n'), exitCode: wrong === 0 ? EXIT_DONE : EXIT_FAULT };
  },
});

/** `{ store_id: 1, order_date: -1 }` → `store_id, order_date −1`, as the documents write keys. */
const keysText = (keys: Readonly<Record<string, unknown>>): string =>
  Object.entries(keys)
    .map(([field, direction]) => (direction === 1 ? field : `${field} ${String(direction).replace('-', '−')}`))
    .join(', ');
