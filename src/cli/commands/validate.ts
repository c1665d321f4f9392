import { access, constants, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../frame.ts';
import { databaseOptions, dateOption, flag, pathOption, timeOption } from '../options.ts';

export const validate = defineCliCommand({
  summary: 'Checks every document, every reference, every total, the indexes and the change streams.',
  description: 'Reads each collection once and changes nothing. Ends with 1 when a check fails.',
  examples: [
    ['zava validate', 'prints the report'],
    ['zava validate --html report.html', 'writes a page with charts as well'],
    ['zava validate --json', 'for a program'],
  ],
  options: {
    ...databaseOptions,
    html: pathOption('Write the report as a self-contained page to this file.', { valueName: 'FILE' }),
    inUse: flag(
      'Stores have worked with the data since it was generated: what only holds of fresh data is not judged. Commands that change the data note it by themselves.',
    ),
    startDate: dateOption('The first day with orders, where the database does not record it.', {
      setting: 'START_DATE',
    }),
    endDate: dateOption('The last day with orders, likewise.', { setting: 'END_DATE' }),
    today: timeOption('The day or instant that the data set takes for now. Default: as it was generated.'),
  },
  async run({ html, inUse, startDate, endDate, today }, context) {
    const { countProjectDocuments, DatabaseError, reportHtml, reportText, validateDatabase } = await import(
      '../../database/index.ts'
    );
    context.ifInterrupted('Validation changes nothing.');
    const htmlFile = html === undefined ? undefined : path.resolve(context.directory, html);
    // Said before the minute of work, not after it.
    if (htmlFile !== undefined) await access(path.dirname(htmlFile), constants.W_OK);
    await using opened = await context.openDatabase();
    if ((await countProjectDocuments(opened.db)).every(({ documents }) => documents === 0)) {
      throw new DatabaseError(
        'COLLECTIONS_MISSING',
        `The database ${opened.db.databaseName} holds nothing to validate.`,
      );
    }
    const report = await validateDatabase({
      db: opened.db,
      startDate,
      endDate,
      today,
      stage: inUse ? 'in_use' : undefined,
      signal: context.signal,
      onProgress: context.onProgress,
    });
    if (htmlFile !== undefined) await writeFile(htmlFile, reportHtml(report));
    return {
      result: report,
      text: reportText(report, { colour: context.colors.isColorSupported }),
      exitCode: report.outcome === 'passed' ? EXIT_DONE : EXIT_FAULT,
    };
  },
});
