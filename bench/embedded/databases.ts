import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zavaCatalog } from '../../src/catalog/index.ts';
import { generateDataSet, readGenerationConfig } from '../../src/generator/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { fillPostgres } from '../support/postgres-load.ts';
import { type DatabaseProcess, runZava, startDatabase } from '../support/zava-process.ts';

export interface DataSetSize {
  readonly numCustomers?: number;
  readonly numOrders?: number;
}

export interface Workplace extends AsyncDisposable {
  readonly directory: string;
}

/** Where the files of both databases lie: the directory given, which stays, or a temporary one. */
export async function openWorkplace(keptDirectory: string | undefined): Promise<Workplace> {
  const directory = keptDirectory ?? (await mkdtemp(join(tmpdir(), 'zava-bench-')));
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755); // PostgreSQL runs as an account of its own, which must get through
  return {
    directory,
    async [Symbol.asyncDispose]() {
      if (keptDirectory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Makes, loads and indexes the data set in a server of its own, unless it lies there already. */
export async function fillEmbedded({ directory }: Workplace, size: DataSetSize): Promise<string> {
  const dataDirectory = join(directory, 'zava');
  if (existsSync(join(dataDirectory, 'db'))) return dataDirectory;
  await mkdir(dataDirectory, { recursive: true });
  const database = await startDatabase(dataDirectory);
  try {
    await runZava(['generate', ...sizeWords(size)], dataDirectory);
    await runZava(['indexes', 'create'], dataDirectory);
  } finally {
    await database.stop();
  }
  return dataDirectory;
}

/** The same rows with the same indexes, vacuumed and analysed, so that PostgreSQL can read from its indexes alone. */
export async function openFilledPostgres({ directory }: Workplace, size: DataSetSize): Promise<PostgresServer> {
  const postgresDirectory = join(directory, 'postgres');
  const isFilled = existsSync(postgresDirectory);
  await mkdir(postgresDirectory, { recursive: true });
  const server = await startPostgres(postgresDirectory);
  if (!isFilled) {
    await fillPostgres(
      server,
      generateDataSet({ config: readGenerationConfig(undefined, size), catalog: zavaCatalog }),
    );
    await server.client.query('VACUUM (ANALYZE)');
    await server.client.query('CHECKPOINT');
  }
  return server;
}

const OPENINGS = 3;

/** Opens the full database a few times; the last one stays open. The figure is the median. */
export async function openEmbedded(
  dataDirectory: string,
  nodeOptions: readonly string[],
): Promise<{ readonly server: DatabaseProcess; readonly openMs: number }> {
  const openings: number[] = [];
  for (;;) {
    const server = await startDatabase(dataDirectory, nodeOptions);
    openings.push(server.openMs);
    if (openings.length === OPENINGS) {
      return { server, openMs: openings.sort((left, right) => left - right)[1] as number };
    }
    await server.stop();
  }
}

function sizeWords({ numCustomers, numOrders }: DataSetSize): string[] {
  return [
    ...(numCustomers === undefined ? [] : ['--customers', String(numCustomers)]),
    ...(numOrders === undefined ? [] : ['--orders', String(numOrders)]),
  ];
}
