import { confirm } from '../confirm.ts';
import { defineCliCommand } from '../frame.ts';
import { databaseOptions, flag } from '../options.ts';

export const clear = defineCliCommand({
  summary: 'Drops the project’s collections, after asking. Other collections stay.',
  examples: [
    ['zava clear --dry-run', 'shows what would go'],
    ['zava clear', 'shows it, asks, and drops it'],
    ['zava clear --yes', 'does not ask'],
  ],
  options: { ...databaseOptions, yes: flag('Do not ask.'), dryRun: flag('Only show what would be dropped.') },
  async run({ yes, dryRun }, context) {
    const { clearDatabase, countProjectDocuments, describeCounts } = await import('../../database/index.ts');
    context.ifInterrupted(
      'Collections that were dropped are gone, the others are untouched; run the command again for the rest.',
    );
    await using opened = await context.openDatabase();
    const { databaseName } = opened.db;
    const counts = await countProjectDocuments(opened.db);
    const documents = Object.fromEntries(counts.map((count) => [count.collection, count.documents]));
    if (counts.length === 0) {
      // The record of runs may be left all the same.
      if (!dryRun) await clearDatabase(opened.db, context.signal);
      return {
        result: { database: databaseName, dropped: {}, dryRun },
        text: `The database ${databaseName} holds none of the project’s collections.`,
      };
    }
    const what = `${databaseName} at ${opened.address}: ${describeCounts(counts)}`;
    if (dryRun)
      return { result: { database: databaseName, wouldDrop: documents, dryRun }, text: `Would drop from ${what}.` };
    context.note(`To be dropped from ${what}.`);
    context.ifInterrupted('Nothing was dropped.');
    await confirm(context, `Drop these ${counts.length} collections of the database ${databaseName}?`, yes);
    context.ifInterrupted(
      'Collections that were dropped are gone, the others are untouched; run the command again for the rest.',
    );
    await clearDatabase(opened.db, context.signal);
    return { result: { database: databaseName, dropped: documents, dryRun }, text: `Dropped from ${what}.` };
  },
});
