import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { indexTable } from '../../src/database/index.ts';
import { describeCollection, isIsoTime } from '../../src/domain/index.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

export interface PostgresLoad {
  readonly version: string;
  readonly rows: number;
  readonly copySeconds: number;
  readonly indexSeconds: number;
}

interface Batch {
  readonly collection: string;
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

interface TableFile {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly path: string;
  readonly stream: WriteStream;
}

/** How long a PostgreSQL of its own takes for the documents; it is gone afterwards. */
export async function loadIntoPostgres(batches: Iterable<Batch>): Promise<PostgresLoad> {
  await using server = await startPostgres();
  return await fillPostgres(server, batches);
}

/**
 * Loads the documents as rows: a table per collection, a column per field (text, numbers, booleans, timestamps; maps and
 * vectors as JSON), first into files, then by COPY, then a primary key and the indexes of the data contract.
 */
export async function fillPostgres(
  { client, version }: PostgresServer,
  batches: Iterable<Batch>,
): Promise<PostgresLoad> {
  const directory = await mkdtemp(join(tmpdir(), 'zava-rows-'));
  try {
    const { tables, rows } = await writeRows(batches, directory);
    for (const [name, { columns, types }] of tables) {
      await client.query(
        `CREATE TABLE ${name} (${columns.map((column, at) => `"${column}" ${types[at]}`).join(', ')})`,
      );
    }
    const copySeconds = await seconds(async () => {
      for (const [name, { columns, path }] of tables) {
        const copy = client.query(
          copyFrom(`COPY ${name} (${columns.map((column) => `"${column}"`).join(', ')}) FROM STDIN`),
        );
        await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), copy);
      }
    });
    const indexSeconds = await seconds(async () => {
      for (const name of tables.keys()) await client.query(`ALTER TABLE ${name} ADD PRIMARY KEY ("_id")`);
      for (const statement of indexStatements([...tables.keys()])) await client.query(statement);
      await client.query('ANALYZE');
    });
    return { version, rows, copySeconds, indexSeconds };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function indexStatements(tables: readonly string[]): string[] {
  return indexTable
    .filter(({ collection }) => tables.includes(collection) && describeCollection(collection).group === 'data_set')
    .map(({ collection, name, keys, unique }) => {
      const columns = Object.entries(keys).map(([path, direction]) => {
        const [column, ...rest] = path.split('.');
        const value = rest.length === 0 ? `"${column}"` : `("${column}"->>'${rest.join('.')}')`;
        return direction === 'text' ? `"${column}"` : `${value}${direction === -1 ? ' DESC' : ''}`;
      });
      const isText = Object.values(keys).includes('text');
      const target = isText
        ? `USING gin (to_tsvector('english', ${columns.map((column) => `coalesce(${column}, '')`).join(` || ' ' || `)}))`
        : `(${columns.join(', ')})`;
      return `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${collection}_${name}" ON ${collection} ${target}`;
    });
}

async function writeRows(batches: Iterable<Batch>, directory: string) {
  const tables = new Map<string, TableFile>();
  let rows = 0;
  for (const { collection, documents } of batches) {
    const [first] = documents;
    if (first === undefined) continue;
    let table = tables.get(collection);
    if (table === undefined) {
      const columns = Object.keys(first);
      const path = join(directory, `${collection}.tsv`);
      table = {
        columns,
        types: columns.map((column) => columnType(first[column])),
        path,
        stream: createWriteStream(path),
      };
      tables.set(collection, table);
    }
    const { columns, stream } = table;
    const text = documents.map((document) => columns.map((column) => copyText(document[column])).join('\t')).join('\n');
    rows += documents.length;
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  }
  for (const { stream } of tables.values()) {
    stream.end();
    await once(stream, 'close');
  }
  return { tables, rows };
}

function columnType(value: unknown): string {
  if (typeof value === 'number') return 'double precision';
  if (typeof value === 'boolean') return 'boolean';
  if (isIsoTime(value)) return 'timestamptz';
  return typeof value === 'object' ? 'jsonb' : 'text';
}

function copyText(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n').replace(/\r/g, '\\r')
    : text;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}
