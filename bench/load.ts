/**
 * `npm run bench:load`: how fast the data set is made, loaded, indexed and validated on the embedded server, with its
 * memory; and the same rows through COPY, keys and indexes into PostgreSQL, in the same run, as a ratio.
 *
 *     npm run bench:load -- [--customers N] [--orders N] [--no-postgres] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { zavaCatalog } from '../src/catalog/index.ts';
import { generateDataSet, readGenerationConfig } from '../src/generator/index.ts';
import { loadIntoPostgres, type PostgresLoad } from './support/postgres-load.ts';
import { watchResidentMemory } from './support/resident-memory.ts';
import { runZava, startDatabase } from './support/zava-process.ts';

const BUDGET_SECONDS = 60;
const BUDGET_BYTES = 1.5e9;

interface Phase {
  readonly phase: string;
  readonly seconds: number;
  /** Documents, or index entries where indexes are built. */
  readonly units: number;
  readonly unit: string;
}

const { values: options } = parseArgs({
  options: {
    customers: { type: 'string' },
    orders: { type: 'string' },
    'no-postgres': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const counts = {
  ...(options.customers === undefined ? {} : { numCustomers: Number(options.customers) }),
  ...(options.orders === undefined ? {} : { numOrders: Number(options.orders) }),
};
const countWords = [
  ...(options.customers === undefined ? [] : ['--customers', options.customers]),
  ...(options.orders === undefined ? [] : ['--orders', options.orders]),
];
const say = (line: string) => process.stderr.write(`${line}\n`);

const directory = await mkdtemp(join(tmpdir(), 'zava-bench-'));
try {
  say('Making the data set, without storing it …');
  const generated = await timed(async () => countDocuments());
  const documents = generated.value;

  const memory = watchResidentMemory(process.pid);
  const database = await startDatabase(directory);
  const phases: Phase[] = [
    { phase: 'generate alone', seconds: generated.seconds, units: documents, unit: 'documents' },
  ];
  const companyPhases: [string, string[]][] = [
    ['generate and load', ['generate', ...countWords]],
    ['build indexes', ['indexes', 'create']],
    ['enable change streams', ['change-streams', 'enable']],
    ['validate', ['validate']],
  ];
  for (const [phase, words] of companyPhases) {
    say(`${phase} …`);
    const { seconds } = await timed(() => runZava(words, directory));
    phases.push({ phase, seconds, units: documents, unit: 'documents' });
  }
  await database.stop();
  const peakBytes = memory.stop();
  const reopened = await timed(async () => (await startDatabase(directory)).stop());
  const totalSeconds = phases.slice(1).reduce((sum, { seconds }) => sum + seconds, 0);

  let postgres: PostgresLoad | null = null;
  if (!options['no-postgres']) {
    say('The same rows into PostgreSQL …');
    postgres = await loadIntoPostgres(dataSet());
  }
  report({ documents, phases, totalSeconds, peakBytes, reopenSeconds: reopened.seconds, postgres });
} finally {
  await rm(directory, { recursive: true, force: true });
}

function dataSet() {
  return generateDataSet({ config: readGenerationConfig(undefined, counts), catalog: zavaCatalog });
}

function countDocuments(): number {
  let documents = 0;
  for (const batch of dataSet()) documents += batch.documents.length;
  return documents;
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ readonly seconds: number; readonly value: Value }> {
  const startedAt = performance.now();
  const value = await work();
  return { seconds: (performance.now() - startedAt) / 1000, value };
}

function report(figures: {
  readonly documents: number;
  readonly phases: readonly Phase[];
  readonly totalSeconds: number;
  readonly peakBytes: number;
  readonly reopenSeconds: number;
  readonly postgres: PostgresLoad | null;
}): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
    return;
  }
  const { phases, totalSeconds, peakBytes, postgres } = figures;
  const number = (value: number, digits = 0) => value.toLocaleString('en-US', { maximumFractionDigits: digits });
  const lines = [
    `Embedded server, ${number(figures.documents)} documents`,
    ...phases.map(
      ({ phase, seconds, units, unit }) =>
        `  ${phase.padEnd(24)}${seconds.toFixed(1).padStart(7)} s${number(units / seconds).padStart(12)} ${unit}/s`,
    ),
    `  ${'total'.padEnd(24)}${totalSeconds.toFixed(1).padStart(7)} s   budget ${BUDGET_SECONDS} s: ${verdict(totalSeconds <= BUDGET_SECONDS)}`,
    `  ${'resident memory, peak'.padEnd(24)}${number(peakBytes / 1e6).padStart(7)} MB  budget ${number(BUDGET_BYTES / 1e6)} MB: ${verdict(peakBytes <= BUDGET_BYTES)} (this bench included)`,
    `  ${'open again, and close'.padEnd(24)}${figures.reopenSeconds.toFixed(1).padStart(7)} s`,
  ];
  if (postgres !== null) {
    const loadAndIndex = phases.slice(1, 3).reduce((sum, { seconds }) => sum + seconds, 0);
    lines.push(
      `PostgreSQL ${postgres.version}, ${number(postgres.rows)} rows`,
      `  ${'COPY'.padEnd(24)}${postgres.copySeconds.toFixed(1).padStart(7)} s`,
      `  ${'keys and indexes'.padEnd(24)}${postgres.indexSeconds.toFixed(1).padStart(7)} s`,
      `Ratio, load and index: ${(loadAndIndex / (postgres.copySeconds + postgres.indexSeconds)).toFixed(1)} × PostgreSQL (which is fed ready rows; ours are made meanwhile)`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function verdict(holds: boolean): string {
  return holds ? 'kept' : 'MISSED';
}
