import path from 'node:path';
import type { GenerationRun } from '../../database/index.ts';
import { CliError } from '../errors.ts';
import { type CliContext, defineCliCommand } from '../frame.ts';
import { databaseOptions, dateOption, flag, pathOption, timeOption, wholeNumberOption } from '../options.ts';
import { programName } from '../package-file.ts';
import { megabytes, totalsOf } from './export.ts';

export const generate = defineCliCommand({
  summary: 'Generates the data set into the database, or into files.',
  description:
    'The same seed and configuration make the same documents, to the byte. Loading is resumable: after Ctrl-C or a crash, run the same command again. A database that holds documents is refused unless --replace is given.',
  examples: [
    ['zava generate', 'the full data set, about 660,000 documents'],
    ['zava generate --customers 500 --orders 2000', 'a small one'],
    ['zava generate --out data --gzip', 'into files, without any database'],
    ['zava generate --catalog products.json --replace', 'with the catalogue of the original application'],
  ],
  options: {
    ...databaseOptions,
    out: pathOption('Write NDJSON files into this folder instead of a database.', { valueName: 'DIR' }),
    gzip: flag('Compress the files of --out.'),
    catalog: pathOption('A catalogue of the original application: a JSON file, or a folder that holds one.'),
    config: pathOption('The generation configuration, instead of config/generation_config.yaml.'),
    seed: wholeNumberOption('The seed.', { max: 4_294_967_295, setting: 'SEED' }),
    customers: wholeNumberOption('How many customers.', { min: 1, setting: 'NUM_CUSTOMERS' }),
    orders: wholeNumberOption('How many orders.', { min: 1, setting: 'NUM_ORDERS' }),
    startDate: dateOption('The first day with orders.', { setting: 'START_DATE' }),
    endDate: dateOption('The last day with orders.', { setting: 'END_DATE' }),
    today: timeOption(
      'No order is later than this day (2026-11-22) or instant (2026-11-22T16:00:00Z). Default: the last day.',
    ),
    replace: flag('Drop the project’s collections (with --out: the files) first.'),
    dryRun: flag('Say what would be done; write nothing.'),
  },
  async run({ out, gzip, catalog, config, today, replace, dryRun }, context) {
    if (gzip && out === undefined) throw new CliError('BAD_USAGE', '--gzip is for the files of --out.');
    const { settings, directory } = context;
    const [{ readCatalog, zavaCatalog }, { expectedCounts, readGenerationConfig }] = await Promise.all([
      import('../../catalog/index.ts'),
      import('../../generator/index.ts'),
    ]);
    const run: GenerationRun = {
      config: readGenerationConfig(config === undefined ? undefined : path.resolve(directory, config), {
        numCustomers: settings.NUM_CUSTOMERS,
        numOrders: settings.NUM_ORDERS,
        startDate: settings.START_DATE,
        endDate: settings.END_DATE,
        seed: settings.SEED,
        today,
      }),
      catalog: catalog === undefined ? zavaCatalog : await readCatalog(path.resolve(directory, catalog)),
      program: programName(),
    };
    const expected = Object.fromEntries(
      Object.entries(expectedCounts(run.config, run.catalog)).map(([collection, { count }]) => [collection, count]),
    );
    if (out !== undefined)
      return await intoFiles(run, path.resolve(directory, out), { gzip, replace, dryRun, expected }, context);
    return await intoDatabase(run, { replace, dryRun, expected }, context);
  },
});

interface GenerateOptions {
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** Documents per collection; those of order_items are about so many. */
  readonly expected: Readonly<Record<string, number>>;
}

async function intoFiles(
  run: GenerationRun,
  folder: string,
  { gzip, replace, dryRun, expected }: GenerateOptions & { readonly gzip: boolean },
  context: CliContext,
) {
  if (dryRun) {
    return {
      result: { dryRun, folder, expected },
      text: `Would write about ${number(sum(expected))} documents to ${folder}.`,
    };
  }
  const { writeGeneration } = await import('../../database/index.ts');
  context.ifInterrupted(
    `The files in ${folder} are not complete and have no manifest; run the command again, it starts over.`,
  );
  const manifest = await writeGeneration(folder, run, { ...context, gzip, replace });
  const { documents, bytes } = totalsOf(manifest.files);
  return {
    result: { folder, ...manifest },
    text: `Wrote ${number(documents)} documents to ${folder} (${megabytes(bytes)}). \`zava import ${folder}\` loads them.`,
  };
}

async function intoDatabase(run: GenerationRun, { replace, dryRun, expected }: GenerateOptions, context: CliContext) {
  const { describeCounts, generateInto, generationRequest, planLoad } = await import('../../database/index.ts');
  context.ifInterrupted('Nothing was written to the database.');
  await using opened = await context.openDatabase();
  if (dryRun) {
    const { action, counts, run: unfinished } = await planLoad(opened.db, { ...generationRequest(run), replace });
    const says = {
      load: 'Would load',
      resume: `Would go on after ${number(sum(unfinished?.positions ?? {}))} documents, to`,
      replace: `Would drop ${describeCounts(counts) || 'nothing'}, then load`,
      nothing: 'Nothing to do: the database holds this data set already,',
    }[action];
    return {
      result: { dryRun, action, expected, wouldDrop: counts },
      text: `${says} about ${number(sum(expected))} documents.`,
    };
  }
  context.ifInterrupted(
    'What was loaded so far is kept, and marked as unfinished; run the same command again to go on.',
  );
  const outcome = await generateInto(opened.db, run, { ...context, replace });
  const total = number(sum(outcome.documents));
  if (outcome.outcome === 'complete already') {
    return {
      result: outcome,
      text: `This data set is complete in the database ${opened.db.databaseName} already: ${total} documents.`,
    };
  }
  const seconds = outcome.milliseconds / 1000;
  const lines = [
    ...(outcome.dropped.length === 0 ? [] : [`Dropped ${describeCounts(outcome.dropped)}.`]),
    `${outcome.outcome === 'resumed' ? 'Went on and finished' : 'Loaded'}: ${total} documents in ${opened.db.databaseName}, ${number(outcome.inserted)} in this run (${seconds.toFixed(1)} s, ${number(Math.round(outcome.inserted / seconds))}/s).`,
    'Next: `zava indexes create`, `zava change-streams enable`, `zava validate`.',
  ];
  return { result: outcome, text: lines.join('\n') };
}

const number = (value: number): string => value.toLocaleString('en-US');
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);
