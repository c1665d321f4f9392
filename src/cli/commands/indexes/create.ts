import { defineCliCommand } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const create = defineCliCommand({
  summary: 'Creates the indexes that are missing.',
  description:
    'Safe to run again. An index of the same name in another form is never replaced: it is named, and nothing is made.',
  examples: [['zava indexes create', 'creates what is missing']],
  options: databaseOptions,
  async run(_input, context) {
    const { createIndexes } = await import('../../../database/index.ts');
    context.ifInterrupted('Indexes that were finished stay; run the command again for the rest.');
    await using opened = await context.openDatabase();
    const result = await createIndexes(opened.db, context);
    const search = result.searchIndexes.map(
      ({ name, state }) => `  ${name}: ${state === 'not available' ? 'this server has no search indexes' : state}`,
    );
    return {
      result,
      text: [
        `${result.created} indexes created, ${result.existed} were there already (${(result.milliseconds / 1000).toFixed(1)} s).`,
        'Vector search:',
        ...search,
      ].join('\n'),
    };
  },
});
