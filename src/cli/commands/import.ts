import path from 'node:path';
import { defineCliCommand } from '../frame.ts';
import { databaseOptions, flag, textArgument } from '../options.ts';
import { totalsOf } from './export.ts';

export const importData = defineCliCommand({
  summary: 'Loads an export into an empty database.',
  description:
    'Reads what `zava export` and `zava generate --out` wrote. Every file is held against the manifest before anything is written. An interrupted import goes on where it was when it is run again.',
  examples: [
    ['zava import backup', 'verifies and loads'],
    ['zava import backup --dry-run', 'verifies, and says what would be loaded'],
    ['zava import backup --replace', 'drops what is there first'],
  ],
  arguments: { directory: textArgument('The folder of the export.') },
  options: {
    ...databaseOptions,
    replace: flag('Drop the project’s collections first.'),
    dryRun: flag('Verify the files and look at the database; write nothing.'),
  },
  async run({ directory, replace, dryRun }, context) {
    const { describeCounts, importArchive, importRequest, planLoad, verifyArchive } = await import(
      '../../database/index.ts'
    );
    const folder = path.resolve(context.directory, directory);
    context.ifInterrupted('Nothing was written to the database.');
    if (dryRun) {
      const manifest = await verifyArchive(folder, context);
      await using opened = await context.openDatabase();
      const { action, counts } = await planLoad(opened.db, { ...importRequest(folder, manifest), replace });
      const drops = action === 'replace' && counts.length > 0 ? ` after dropping ${describeCounts(counts)}` : '';
      const { documents } = totalsOf(manifest.files);
      const verb = {
        load: 'Would load',
        resume: 'Would go on loading',
        replace: 'Would load',
        nothing: 'Nothing to do: loaded already are',
      }[action];
      return {
        result: { dryRun, action, documents, wouldDrop: counts },
        text: `The files match their manifest. ${verb} ${documents.toLocaleString('en-US')} documents${drops}.`,
      };
    }
    await using opened = await context.openDatabase();
    context.ifInterrupted('What was loaded so far is kept; run the same command again to go on.');
    const { manifest, load } = await importArchive(opened.db, folder, { ...context, replace });
    const { documents } = totalsOf(manifest.files);
    const seconds = (load.milliseconds / 1000).toFixed(1);
    const text =
      load.outcome === 'complete already'
        ? `This export is loaded already: ${documents.toLocaleString('en-US')} documents.`
        : `${load.outcome === 'resumed' ? 'Went on and finished' : 'Loaded'}: ${documents.toLocaleString('en-US')} documents, ${load.inserted.toLocaleString('en-US')} in this run (${seconds} s). Next: \`zava indexes create\`, \`zava change-streams enable\`.`;
    return { result: load, text };
  },
});
