/** From a configuration and a catalogue to a filled database, or to files. */
import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Catalog } from '../../catalog/index.ts';
import { isoTimeFromSeconds } from '../../domain/index.ts';
import { dateWindow, expectedCounts, type GenerationConfig, generateDataSet } from '../../generator/index.ts';
import { type WriteOptions, writeArchive } from '../archive/export.ts';
import type { Manifest } from '../archive/manifest.ts';
import { type LoadOutcome, type LoadRequest, loadDataSet } from './load.ts';

export interface GenerationRun {
  readonly config: GenerationConfig;
  readonly catalog: Catalog;
  /** `zava 0.1.0`: another version may make other documents of the same seed. */
  readonly program: string;
}

/** What a generation is, for people and for the record of the run. */
export function generationOf({ config, catalog }: GenerationRun): Readonly<Record<string, string | number>> {
  return {
    seed: config.seed,
    customers: config.counts.customers,
    orders: config.counts.orders,
    start_date: config.dates.start_date,
    end_date: config.dates.end_date,
    today: isoTimeFromSeconds(dateWindow(config).todaySeconds),
    catalog: catalog.source,
  };
}

/** How to load it. The same configuration, catalogue and version have the same fingerprint, and so resume each other. */
export function generationRequest(
  run: GenerationRun,
): Pick<LoadRequest, 'kind' | 'fingerprint' | 'parameters' | 'batches' | 'documentsExpected'> {
  const { config, catalog, program } = run;
  const { source: _whereItLay, ...content } = catalog;
  return {
    kind: 'generate',
    fingerprint: createHash('sha256')
      .update(JSON.stringify([program, config, content]))
      .digest('hex'),
    parameters: generationOf(run),
    batches: () => generateDataSet({ config, catalog, checksums: false }),
    documentsExpected: documentsExpected(run),
  };
}

type LoadOptions = Pick<LoadRequest, 'replace' | 'signal' | 'onProgress'>;

/** Generates into a database. Resumable; see {@link loadDataSet} for what it refuses. */
export const generateInto = (db: Db, run: GenerationRun, options: LoadOptions = {}): Promise<LoadOutcome> =>
  loadDataSet(db, { ...generationRequest(run), ...options });

/** Generates into files: one NDJSON file a collection, and a manifest. The same run gives the same bytes. */
export async function writeGeneration(
  folder: string,
  run: GenerationRun,
  options: Omit<WriteOptions, 'program'>,
): Promise<Manifest> {
  const { config, catalog, program } = run;
  const dataSet = generateDataSet({ config, catalog, checksums: false });
  return await writeArchive(folder, dataSet, {
    ...options,
    program,
    documentsExpected: documentsExpected(run),
    source: () => {
      const { embeddingModels, configSha256 } = dataSet.manifest();
      return {
        kind: 'generation',
        extended_json: 'relaxed',
        config_sha256: configSha256,
        embedding_models: embeddingModels,
        data_set: generationOf(run),
      };
    },
  });
}

const documentsExpected = ({ config, catalog }: GenerationRun): number =>
  Object.values(expectedCounts(config, catalog)).reduce((sum, { count }) => sum + count, 0);
