import { confirm } from '../../confirm.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, flag } from '../../options.ts';

export const drop = defineCliCommand({
  summary: 'Drops the project’s indexes, after asking. Others stay.',
  examples: [
    ['zava indexes drop --dry-run', 'shows what would go'],
    ['zava indexes drop --yes', 'does not ask'],
  ],
  options: { ...databaseOptions, yes: flag('Do not ask.'), dryRun: flag('Only show what would be dropped.') },
  async run({ yes, dryRun }, context) {
    const { compareIndexes, dropIndexes } = await import('../../../database/index.ts');
    await using opened = await context.openDatabase();
    const ours = (await compareIndexes(opened.db))
      .filter(({ state }) => state === 'as expected' || state === 'different')
      .map(({ collection, name }) => `${collection}.${name}`);
    if (ours.length === 0) return { result: { dropped: [], dryRun }, text: 'None of the project’s indexes exists.' };
    if (dryRun)
      return {
        result: { wouldDrop: ours, dryRun },
        text: [`Would drop ${ours.length} indexes:`, ...ours.map((name) => `  ${name}`)].join('\n'),
      };
    context.ifInterrupted('Nothing was dropped.');
    await confirm(context, `Drop ${ours.length} indexes of the database ${opened.db.databaseName}?`, yes);
    context.ifInterrupted(
      'Some indexes are dropped; `zava indexes list` shows which, `zava indexes create` brings them back.',
    );
    const dropped = await dropIndexes(opened.db, context);
    return {
      result: { dropped, dryRun },
      text: `Dropped ${dropped.length} indexes. \`zava indexes create\` brings them back.`,
    };
  },
});
