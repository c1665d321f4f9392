/**
 * Fills a database from a stream of batches: several inserts in flight, bounded memory, and a record of how far it is,
 * so that a run that was stopped in any way goes on without a duplicate and without a gap.
 */
import { type Db, type Document, MongoBulkWriteError } from 'mongodb';
import type { CollectionName } from '../../domain/index.ts';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { countProjectDocuments, describeCounts, dropProjectCollections } from '../project-collections.ts';
import { type DataSetRun, type Positions, RunClaim, readRun } from './run.ts';

/** More than one, so that the stream is made while the server writes; few, because each holds its documents. */
const IN_FLIGHT_MAX = 4;
const CHECKPOINT_MS = 1000;

export interface Batch {
  readonly collection: CollectionName;
  readonly documents: readonly Document[];
}

export interface LoadRequest {
  readonly kind: DataSetRun['kind'];
  /** Equal for streams of the same documents in the same order. */
  readonly fingerprint: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The stream, from its start. Always the same documents in the same order; batches may be cut differently. */
  readonly batches: () => AsyncIterable<Batch> | Iterable<Batch>;
  /** About how many documents will come, for the progress. */
  readonly documentsExpected?: number;
  /** Drop what is there first. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface LoadOutcome {
  readonly outcome: 'loaded' | 'resumed' | 'complete already';
  /** Documents of each collection of the run. */
  readonly documents: Positions;
  /** Of those, how many this run inserted. */
  readonly inserted: number;
  /** What was dropped first. */
  readonly dropped: readonly { readonly collection: CollectionName; readonly documents: number }[];
  readonly milliseconds: number;
}

/**
 * What {@link loadDataSet} would do, without doing it. Throws what it would throw: DATABASE_NOT_EMPTY, RUN_UNFINISHED.
 */
export async function planLoad(
  db: Db,
  request: Pick<LoadRequest, 'kind' | 'fingerprint' | 'replace'>,
): Promise<{
  readonly action: 'load' | 'resume' | 'replace' | 'nothing';
  readonly counts: Awaited<ReturnType<typeof countProjectDocuments>>;
  readonly run: DataSetRun | null;
}> {
  const run = await withDatabaseErrors(() => readRun(db));
  const counts = await countProjectDocuments(db);
  const filled = counts.filter(({ documents }) => documents > 0);
  const plan = (action: 'load' | 'resume' | 'replace' | 'nothing') => ({ action, counts: filled, run });
  if (request.replace === true) return plan(filled.length === 0 && run === null ? 'load' : 'replace');
  if (run !== null && run.state !== 'complete') {
    if (run.fingerprint === request.fingerprint) return plan(run.state === 'clearing' ? 'replace' : 'resume');
    throw new DatabaseError(
      'RUN_UNFINISHED',
      `The database ${db.databaseName} holds part of another run, which is not finished: ${describeRun(run)}.`,
      { data: { run: run.parameters, positions: run.positions } },
    );
  }
  if (filled.length === 0) return plan('load');
  if (run !== null && run.fingerprint === request.fingerprint && !lacksDocuments(run, counts)) return plan('nothing');
  throw new DatabaseError(
    'DATABASE_NOT_EMPTY',
    `The database ${db.databaseName} already holds documents: ${describeCounts(filled)}.`,
    { data: { documents: Object.fromEntries(filled.map(({ collection, documents }) => [collection, documents])) } },
  );
}

/** Fills the database. Throws DATABASE_NOT_EMPTY, RUN_UNFINISHED, RUN_IN_PROGRESS, and the faults of a connection. */
export async function loadDataSet(db: Db, request: LoadRequest): Promise<LoadOutcome> {
  const startedAtMs = performance.now();
  const { signal } = request;
  const { action, run } = await planLoad(db, request);
  const elapsed = () => Math.round(performance.now() - startedAtMs);
  if (action === 'nothing') {
    return {
      outcome: 'complete already',
      documents: run?.positions ?? {},
      inserted: 0,
      dropped: [],
      milliseconds: elapsed(),
    };
  }
  const isResumed = action === 'resume';
  const claim = await withDatabaseErrors(() =>
    RunClaim.take(db, run, {
      kind: request.kind,
      fingerprint: request.fingerprint,
      parameters: request.parameters,
      state: action === 'replace' ? 'clearing' : 'loading',
      positions: isResumed && run !== null ? run.positions : {},
      ...(isResumed && run !== null ? { started_at: run.started_at } : {}),
    }),
  );
  let dropped: LoadOutcome['dropped'] = [];
  const ledger = new PositionLedger(isResumed && run !== null ? run.positions : {});
  try {
    if (action === 'replace') {
      dropped = await dropProjectCollections(db, signal);
      await claim.save({ state: 'loading' });
    }
    const inserted = await withDatabaseErrors(() => insertAll(db, request, claim, ledger, isResumed));
    await checkCounts(db, ledger.positions);
    await withDatabaseErrors(() => claim.complete(ledger.positions));
    return {
      outcome: isResumed ? 'resumed' : 'loaded',
      documents: ledger.positions,
      inserted,
      dropped: dropped.filter(({ documents }) => documents > 0),
      milliseconds: elapsed(),
    };
  } catch (error) {
    // Best effort: when this fails too, the claim runs out by itself, and the first error is the one that matters.
    await claim.release(ledger.positions).catch(() => {});
    throw error;
  }
}

async function insertAll(
  db: Db,
  request: LoadRequest,
  claim: RunClaim,
  ledger: PositionLedger,
  mayMeetOwnDocuments: boolean,
): Promise<number> {
  const { signal, onProgress } = request;
  const inFlight = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  let inserted = 0;
  let seen = 0;
  let savedAtMs = performance.now();
  const report = (total: number | undefined) =>
    onProgress?.({
      phase: 'loading',
      done: ledger.documentsStored,
      ...(total === undefined ? {} : { total }),
      unit: 'documents',
    });
  const taken: Positions = {};
  report(request.documentsExpected);
  for await (const batch of request.batches()) {
    signal?.throwIfAborted();
    if (failure !== undefined) break;
    const { collection } = batch;
    const start = taken[collection] ?? 0;
    taken[collection] = start + batch.documents.length;
    seen += batch.documents.length;
    const skip = Math.min(batch.documents.length, Math.max(0, ledger.resumedFrom(collection) - start));
    const documents = skip === 0 ? batch.documents : batch.documents.slice(skip);
    if (documents.length === 0) continue;
    const settle = ledger.open(collection, documents.length);
    const job: Promise<void> = insertBatch(db, { collection, documents }, mayMeetOwnDocuments)
      .then((count) => {
        inserted += count;
        settle();
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => inFlight.delete(job));
    inFlight.add(job);
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    if (performance.now() - savedAtMs >= CHECKPOINT_MS) {
      savedAtMs = performance.now();
      await claim.save({ positions: ledger.positions });
    }
    report(Math.max(request.documentsExpected ?? 0, seen));
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw failure.error;
  signal?.throwIfAborted();
  report(ledger.documentsStored);
  return inserted;
}

/**
 * Inserts one batch, in any order. After a crash some of its documents may be there already: they are this run's own,
 * for nothing else writes to these collections before the run is complete, and the stream makes the same ones again.
 */
async function insertBatch(db: Db, { collection, documents }: Batch, mayMeetOwnDocuments: boolean): Promise<number> {
  try {
    const { insertedCount } = await db.collection(collection).insertMany(documents as Document[], { ordered: false });
    return insertedCount;
  } catch (error) {
    if (!mayMeetOwnDocuments || !(error instanceof MongoBulkWriteError)) throw error;
    const faults = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
    if (!faults.every(({ code }) => code === 11000)) throw error;
    const ids = faults.map(({ index }) => documents[index]?.['_id']);
    const present = await db.collection(collection).countDocuments({ _id: { $in: ids } });
    if (present !== ids.length) throw error;
    return error.insertedCount;
  }
}

async function checkCounts(db: Db, positions: Positions): Promise<void> {
  const counts = new Map((await countProjectDocuments(db)).map(({ collection, documents }) => [collection, documents]));
  for (const [collection, expected] of Object.entries(positions) as [CollectionName, number][]) {
    if ((counts.get(collection) ?? 0) === expected) continue;
    // The quick count comes from the server's bookkeeping, which may be off after a crash; this one counts.
    const found = await withDatabaseErrors(() => db.collection(collection).countDocuments());
    if (found === expected) continue;
    throw new DatabaseError(
      'DATABASE_NOT_EMPTY',
      `After loading, ${collection} holds ${found} documents where ${expected} were loaded: something else wrote to it meanwhile.`,
      { data: { collection, found, expected } },
    );
  }
}

const lacksDocuments = (
  run: DataSetRun,
  counts: readonly { collection: CollectionName; documents: number }[],
): boolean =>
  Object.entries(run.positions).some(
    ([collection, loaded]) => loaded > (counts.find((count) => count.collection === collection)?.documents ?? 0),
  );

/** `zava generate (seed 22465, customers 50,000 …), 120,000 documents so far` */
export function describeRun(run: DataSetRun): string {
  const parameters = Object.entries(run.parameters).map(([name, value]) => `${name} ${String(value)}`);
  const documents = Object.values(run.positions).reduce((sum, count) => sum + count, 0);
  return `\`zava ${run.kind}\` (${parameters.join(', ')}), ${documents.toLocaleString('en-US')} documents so far`;
}

/** Inserts end in any order; a position only counts what is stored without a gap before it. */
class PositionLedger {
  readonly #from: Positions;
  readonly #positions: Positions;
  readonly #open = new Map<CollectionName, { readonly documents: number; isStored: boolean }[]>();
  documentsStored: number;

  constructor(from: Positions) {
    this.#from = { ...from };
    this.#positions = { ...from };
    this.documentsStored = Object.values(from).reduce((sum, count) => sum + count, 0);
  }

  get positions(): Positions {
    return { ...this.#positions };
  }

  resumedFrom(collection: CollectionName): number {
    return this.#from[collection] ?? 0;
  }

  /** Notes that documents are on their way; returns what to call when they are stored. */
  open(collection: CollectionName, documents: number): () => void {
    const queue = this.#open.get(collection) ?? [];
    this.#open.set(collection, queue);
    const entry = { documents, isStored: false };
    queue.push(entry);
    return () => {
      entry.isStored = true;
      this.documentsStored += documents;
      while (queue[0]?.isStored) {
        this.#positions[collection] = (this.#positions[collection] ?? 0) + (queue.shift()?.documents ?? 0);
      }
    };
  }
}
