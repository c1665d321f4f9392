import path from 'node:path';
import { defineCliCommand } from '../frame.ts';
import { databaseOptions, flag, textArgument } from '../options.ts';
import { programName } from '../package-file.ts';

export const exportData = defineCliCommand({
  summary: 'Writes the project’s collections to files.',
  description:
    'One file of canonical extended JSON a collection, one document a line, and a manifest with counts and checksums. `zava import` reads them back with every type as it was. After an interruption, run the same command again: collections that are whole stay.',
  examples: [
    ['zava export backup', 'writes backup/orders.ndjson, …, backup/manifest.json'],
    ['zava export backup --gzip', 'the same, compressed'],
  ],
  arguments: { directory: textArgument('The folder to write to; made if it is missing.') },
  options: {
    ...databaseOptions,
    gzip: flag('Compress the files.'),
    replace: flag('Write over an earlier export in the folder.'),
  },
  async run({ directory, gzip, replace }, context) {
    const { exportDatabase } = await import('../../database/index.ts');
    const folder = path.resolve(context.directory, directory);
    context.ifInterrupted(
      `The export in ${folder} is not complete and has no manifest; run the command again, it goes on with the first collection that is not whole.`,
    );
    await using opened = await context.openDatabase();
    const manifest = await exportDatabase(opened.db, folder, { ...context, gzip, replace, program: programName() });
    const { documents, bytes } = totalsOf(manifest.files);
    return {
      result: { folder, ...manifest },
      text: `Exported ${documents.toLocaleString('en-US')} documents of ${manifest.files.length} collections to ${folder} (${megabytes(bytes)}).`,
    };
  },
});

export const totalsOf = (files: readonly { readonly documents: number; readonly bytes: number }[]) => ({
  documents: files.reduce((sum, file) => sum + file.documents, 0),
  bytes: files.reduce((sum, file) => sum + file.bytes, 0),
});

export const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
