import type { Db } from 'mongodb';
import {
  type CollectionName,
  dataSetCollectionNames,
  isoTimeFromSeconds,
  secondsFromIsoTime,
  syncedCollectionNames,
} from '../../domain/index.ts';
import { readChangeStreamStates } from '../change-streams/enable.ts';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import { indexTable } from '../indexes/index-table.ts';
import { compareIndexes } from '../indexes/manage.ts';
import { type DataSetRun, readRun } from '../load/run.ts';
import type { OnProgress } from '../progress.ts';
import { compareSummaries } from '../summaries/keep.ts';
import type { MonthFigures } from '../summaries/monthly-sales.ts';
import { type CheckId, checks } from './checks.ts';
import { isMap } from './describe-value.ts';
import { Findings } from './findings.ts';
import { makeReport } from './make-report.ts';
import { readCollection } from './read-collection.ts';
import type { ValidationReport } from './report.ts';
import { planOf, type QuerySubjects, standardQueries } from './standard-queries.ts';
import { type CheckResult, createValidator, resultOf, type ValidationStage, validationOrder } from './validator.ts';

export interface ValidateDatabaseOptions {
  readonly db: Db;
  /**
   * How many documents there should be, and the dates of the generation. What is missing is taken from the database's
   * own record of the run that filled it.
   */
  readonly manifest?: ValidationManifest | undefined;
  /** The first and last day with orders, and the generation's today. Go before the manifest's and, in use, the clock's. */
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly today?: string | undefined;
  /** Unless told: `in_use` once stores have worked with the data, as the record of the run says; `generated` before. */
  readonly stage?: ValidationStage | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface ValidationManifest {
  readonly documents?: Readonly<Partial<Record<CollectionName, number>>> | undefined;
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly today?: string | undefined;
}

/**
 * Judges every document of a database, its indexes and its change streams. Reads each collection once and changes
 * nothing. Throws a DatabaseError when the database can't be read, and the signal's reason when it is aborted; whatever
 * is wrong with the data is in the report.
 */
export async function validateDatabase(options: ValidateDatabaseOptions): Promise<ValidationReport> {
  const { db, signal, onProgress } = options;
  const startedAt = new Date();
  const startedAtMs = performance.now();
  const run = await withDatabaseErrors(() => readRun(db));
  const manifest = { ...manifestOf(run), ...options.manifest };
  const stage = options.stage ?? (run?.in_use_since === undefined ? 'generated' : 'in_use');
  const validator = createValidator({
    expectedCounts: manifest.documents,
    startDate: options.startDate ?? manifest.startDate,
    endDate: options.endDate ?? manifest.endDate,
    today: options.today ?? (stage === 'in_use' ? laterOf(manifest, startedAt) : manifest.today),
    stage,
  });

  const total = await withDatabaseErrors(() => countAll(db));
  const subjects: { -readonly [Field in keyof QuerySubjects]: string } = { ...NOBODY };
  let done = 0;
  for (const collection of validationOrder) {
    await withDatabaseErrors(async () => {
      for await (const documents of readCollection(db, collection, signal)) {
        if (isMap(documents[0])) noteSubject(subjects, collection, documents[0]);
        validator.documents(collection, documents);
        done += documents.length;
        onProgress?.({ phase: `validating ${collection}`, done, total: Math.max(done, total), unit: 'documents' });
      }
    });
  }
  const result = validator.finish();
  if (result.statistics.lastOrder !== null) subjects.since = daysBefore(result.statistics.lastOrder, RECENT_DAYS);
  signal?.throwIfAborted();
  onProgress?.({ phase: 'validating the database', done, total: done, unit: 'documents' });
  const database = await withDatabaseErrors(() => judgeDatabase(db, run, subjects, signal));
  const facts = { source: db.databaseName, startedAt, milliseconds: performance.now() - startedAtMs };
  return makeReport(result, facts, database);
}

/** What the record of the run says about the data set. */
function manifestOf(run: DataSetRun | null): ValidationManifest {
  if (run === null || run.state !== 'complete') return {};
  const text = (name: string) => {
    const value = run.parameters[name];
    return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? value : undefined;
  };
  return {
    documents: run.positions,
    startDate: text('start_date') ?? text('startDate'),
    endDate: text('end_date') ?? text('endDate'),
    today: text('today'),
  };
}

async function countAll(db: Db): Promise<number> {
  const counts = await Promise.all(validationOrder.map((name) => db.collection(name).estimatedDocumentCount()));
  return counts.reduce((sum, count) => sum + count, 0);
}

const NOBODY: QuerySubjects = {
  storeId: 'store_seattle',
  customerId: 'customer_1',
  productId: 'prod_1',
  orderId: 'order_1',
  since: '2025-01-01T00:00:00Z',
};

/** Stores go on working: nothing is later than this moment, or than what the data set took for now if that is later still. */
function laterOf({ today, endDate }: ValidationManifest, moment: Date): string {
  const now = isoTimeFromSeconds(Math.floor(moment.getTime() / 1000));
  const generated = today ?? (endDate === undefined ? now : `${endDate}T23:59:59Z`);
  return generated > now ? generated : now;
}

/** A part of the whole that is small enough for an index on dates to show its worth. */
const RECENT_DAYS = 30;

const daysBefore = (time: string, days: number) => isoTimeFromSeconds(secondsFromIsoTime(time) - days * 86_400);

const subjectFields: Readonly<Partial<Record<CollectionName, readonly (readonly [keyof QuerySubjects, string])[]>>> = {
  inventory: [
    ['storeId', 'store_id'],
    ['productId', 'product_id'],
  ],
  orders: [
    ['orderId', 'order_id'],
    ['customerId', 'customer_id'],
  ],
};

function noteSubject(
  subjects: { -readonly [Field in keyof QuerySubjects]: string },
  collection: CollectionName,
  document: Readonly<Record<string, unknown>>,
): void {
  for (const [subject, field] of subjectFields[collection] ?? []) {
    const value = document[field];
    if (typeof value === 'string') subjects[subject] = value;
  }
}

interface DatabaseJudgement {
  readonly checks: readonly CheckResult[];
  readonly queries: ValidationReport['queries'];
}

async function judgeDatabase(
  db: Db,
  run: DataSetRun | null,
  subjects: QuerySubjects,
  signal: AbortSignal | undefined,
): Promise<DatabaseJudgement> {
  const findings = new Findings();
  const judged = new Map<CheckId, number>();
  const reasons = new Map<CheckId, string>();

  judged.set('database.run', 1);
  if (run === null) reasons.set('database.run', 'The database has no record of a run: it was filled by another tool.');
  else if (run.state !== 'complete') {
    findings.fail('database.run', `${run.kind} of ${run.started_at.toISOString()}`, 'state', run.state, 'complete');
  }

  const options = new Map<string, { readonly changeStreamPreAndPostImages?: { readonly enabled?: unknown } }>();
  for await (const info of db.listCollections()) options.set(info.name, ('options' in info && info.options) || {});
  judged.set('database.collections', dataSetCollectionNames.length);
  for (const name of dataSetCollectionNames) {
    if (!options.has(name)) findings.fail('database.collections', name, '', undefined, 'a collection of this name');
  }

  judged.set('database.indexes', indexTable.length);
  judged.set('database.index_options', indexTable.length);
  for (const { collection, name, state, differences } of await compareIndexes(db)) {
    const id = `${collection}.${name}`;
    if (state === 'missing') findings.fail('database.indexes', id, '', undefined, 'the index of the index table');
    for (const difference of state === 'different' ? differences : []) {
      const [found, expected] = splitDifference(difference);
      findings.fail('database.index_options', id, '', found, expected);
    }
  }

  judged.set('database.change_streams', syncedCollectionNames.length);
  for (const { collection, exists, isEnabled } of await readChangeStreamStates(db)) {
    if (isEnabled) continue;
    const found = exists ? 'off' : 'no such collection';
    findings.fail('database.change_streams', collection, 'changeStreamPreAndPostImages', found, 'on');
  }
  const summaries = await compareSummaries(db);
  judged.set('database.summaries', summaries?.summaries ?? 0);
  if (summaries === null) reasons.set('database.summaries', 'There are no summaries.');
  for (const { summary, expected, found } of summaries?.differences ?? []) {
    const brief = (figures: MonthFigures) =>
      `${figures.orders} orders, ${figures.sales_cents} cents, ${figures.types.reduce((sum, { units }) => sum + units, 0)} units`;
    findings.fail('database.summaries', summary, '', found === null ? undefined : brief(found), brief(expected));
  }

  judged.set('database.embeddings_not_synced', 1);
  if (options.get('product_embeddings')?.changeStreamPreAndPostImages?.enabled === true) {
    const field = 'changeStreamPreAndPostImages';
    findings.fail('database.embeddings_not_synced', 'product_embeddings', field, 'on', 'off');
  }

  const queries = await explainStandardQueries(db, subjects, signal);
  if (queries === undefined) reasons.set('database.index_use', 'The server can’t explain its plans.');
  judged.set('database.index_use', queries?.length ?? 0);
  for (const { name, collection, expectedIndexes, usedIndexes, stages, passed } of queries ?? []) {
    if (passed) continue;
    const found = usedIndexes.length > 0 ? usedIndexes.join(', ') : stages.join(', ') || 'no plan';
    findings.fail('database.index_use', `${collection}: ${name}`, '', found, expectedIndexes.join(' or '));
  }

  const own = checks.filter(({ collection }) => collection === 'database');
  return {
    checks: own.map((check) => resultOf(check, findings, judged.get(check.id) ?? 0, reasons.get(check.id))),
    queries: queries ?? [],
  };
}

/** `unique is false, expected true` in its two halves. */
function splitDifference(difference: string): [string, string] {
  const at = difference.lastIndexOf(', expected ');
  return at < 0 ? [difference, ''] : [difference.slice(0, at), difference.slice(at + ', expected '.length)];
}

/** Undefined where the server has no such command. */
async function explainStandardQueries(
  db: Db,
  subjects: QuerySubjects,
  signal: AbortSignal | undefined,
): Promise<ValidationReport['queries'] | undefined> {
  const plans: ValidationReport['queries'] = [];
  for (const { name, collection, filter, sort, limit, indexes } of standardQueries(subjects)) {
    signal?.throwIfAborted();
    const cursor = db.collection(collection).find(filter);
    if (sort !== undefined) cursor.sort({ ...sort });
    if (limit !== undefined) cursor.limit(limit);
    const plan = await explained(() => cursor.explain('queryPlanner'));
    if (plan === undefined) return undefined;
    const { stages, indexes: used } = plan;
    const passed = !stages.includes('COLLSCAN') && used.some((index) => indexes.includes(index));
    plans.push({
      name,
      collection,
      expectedIndexes: [...indexes],
      usedIndexes: [...new Set(used)],
      stages: [...new Set(stages)],
      passed,
    });
  }
  return plans;
}

/** Without a text index the server refuses to plan a text search at all: that is a plan without an index. */
async function explained(explain: () => Promise<unknown>): Promise<ReturnType<typeof planOf> | undefined> {
  try {
    return planOf(await explain());
  } catch (error) {
    const { code, codeName } = error as { code?: unknown; codeName?: unknown };
    if (code === 27 || codeName === 'IndexNotFound') return { stages: [], indexes: [] };
    if (code === 59) return undefined;
    throw error;
  }
}
