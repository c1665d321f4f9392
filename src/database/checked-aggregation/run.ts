/** Runs a pipeline that somebody else wrote: read-only, over what the principal may see, with caps on rows, bytes and time. */
import type { AggregationCursor, Document } from 'mongodb';
import type { Permissions, StoreId } from '../../domain/index.ts';
import { databaseErrorFrom } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import type { QueryContext } from '../queries/index.ts';
import { checkPipeline } from './check-pipeline.ts';
import { jsonValue } from './json-value.ts';
import { ANSWER_BYTES_MAX, ROWS_DEFAULT, ROWS_MAX, TIME_MS_MAX } from './limits.ts';
import { inWords, refuse } from './refusal.ts';

export interface AskedAggregation {
  readonly collection: unknown;
  readonly pipeline: unknown;
  /** How many rows at most; 100 unless told, 1,000 at most. */
  readonly limit?: unknown;
  readonly signal?: AbortSignal;
}

export interface AggregationAnswer {
  readonly rows: readonly unknown[];
  readonly row_count: number;
  /** Whether rows were left out, and by which cap. */
  readonly truncated: { readonly by: 'rows' | 'bytes'; readonly limit: number } | null;
  /** Whose documents were looked at, where documents belong to stores. */
  readonly stores: 'all' | readonly StoreId[];
  readonly collections: readonly string[];
  readonly ms: number;
}

/** Throws PIPELINE_REFUSED, COLLECTION_NOT_YOURS, PIPELINE_FAILED or PIPELINE_TOO_SLOW. */
export async function runCheckedAggregation(
  { db, principal, maxTimeMS }: QueryContext,
  permissions: Permissions,
  { collection, pipeline, limit = ROWS_DEFAULT, signal }: AskedAggregation,
): Promise<AggregationAnswer> {
  const rowsMax = checkLimit(limit);
  const checked = checkPipeline(permissions, principal, { collection, pipeline });
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const cursor = db.collection(checked.collection).aggregate([...checked.pipeline, { $limit: rowsMax + 1 }], {
    allowDiskUse: false,
    maxTimeMS: Math.max(1, Math.min(maxTimeMS, TIME_MS_MAX)),
    batchSize: rowsMax + 1,
    ...(signal === undefined ? {} : { signal }),
  });
  const { rows, truncated } = await readRows(cursor, rowsMax, signal);
  return {
    rows,
    row_count: rows.length,
    truncated,
    stores: principal.stores,
    collections: checked.collections,
    ms: Math.round(performance.now() - startedAt),
  };
}

async function readRows(cursor: AggregationCursor<Document>, rowsMax: number, signal: AbortSignal | undefined) {
  const rows: unknown[] = [];
  let bytes = 0;
  try {
    for await (const document of cursor) {
      if (rows.length === rowsMax) return { rows, truncated: { by: 'rows', limit: rowsMax } as const };
      const row = jsonValue(document);
      bytes += Buffer.byteLength(JSON.stringify(row));
      if (bytes > ANSWER_BYTES_MAX) return { rows, truncated: { by: 'bytes', limit: ANSWER_BYTES_MAX } as const };
      rows.push(row);
    }
    return { rows, truncated: null };
  } catch (error) {
    signal?.throwIfAborted();
    throw failureOf(error);
  } finally {
    await cursor.close().catch(() => undefined);
  }
}

function checkLimit(limit: unknown): number {
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > ROWS_MAX)
    refuse({ place: 'limit', expected: `a whole number from 1 to ${ROWS_MAX}`, came: inWords(limit) });
  return limit;
}

/** Numbers of the server for "this took or needs too much"; all others of its own are about the pipeline. */
const TOO_SLOW = 50;
const ABOUT_CONNECTION: ReadonlySet<number> = new Set([11, 13, 18, 8000, 11600, 11602, 91, 189, 13435, 13436]);
const MESSAGE_CHARS_MAX = 300;

function failureOf(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'MongoServerError') return databaseErrorFrom(error) ?? error;
  const { code, codeName } = error as Error & { code?: number; codeName?: string };
  if (code === TOO_SLOW)
    return new DatabaseError('PIPELINE_TOO_SLOW', 'The pipeline was stopped: it took too long.', { cause: error });
  if (code !== undefined && ABOUT_CONNECTION.has(code)) return databaseErrorFrom(error) ?? error;
  const said = error.message.slice(0, MESSAGE_CHARS_MAX);
  return new DatabaseError('PIPELINE_FAILED', `The database could not run the pipeline: ${said}`, {
    cause: error,
    data: { code, codeName },
  });
}
