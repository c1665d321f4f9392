/**
 * Questions of a person's own, read-only: one collection, a filter or a pipeline of harmless stages. The rules of who may see
 * what are put before it, so nothing in it reaches further.
 */
import { type AggregationCursor, BSON, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import {
  type CollectionName,
  type Permissions,
  type Principal,
  readAccess,
  syncedCollectionNames,
} from '../../domain/index.ts';
import { HeadquartersError } from '../errors.ts';

export const ROWS_MAX = 500;
/** Rows are sent while they come to no more than this; a row that alone is larger is not. */
export const ANSWER_BYTES_MAX = 1_000_000;
export const EXPLORE_MAX_TIME_MS = 10_000;
const DEPTH_MAX = 20;

/** Stages that read no other collection and write nothing. */
export const EXPLORER_STAGES = [
  '$addFields',
  '$bucket',
  '$bucketAuto',
  '$count',
  '$group',
  '$limit',
  '$match',
  '$project',
  '$set',
  '$skip',
  '$sort',
  '$sortByCount',
  '$unset',
  '$unwind',
] as const;

/** Operators that run code, or reach what the rules have hidden. */
const FORBIDDEN = new Set(['$where', '$function', '$accumulator', '$text', '$rand', '$jsonSchema']);

const documentSchema = z.record(z.string(), z.unknown());

export const exploreSchema = z.strictObject({
  collection: z.enum(syncedCollectionNames as unknown as [CollectionName, ...CollectionName[]]),
  filter: documentSchema.optional(),
  sort: z.record(z.string(), z.union([z.literal(1), z.literal(-1)])).optional(),
  pipeline: z.array(documentSchema).max(30).optional(),
  limit: z.int().min(1).max(ROWS_MAX).default(100),
});

export type ExploreRequest = z.output<typeof exploreSchema>;

export interface ExploreAnswer {
  readonly rows: readonly Document[];
  /** There was more than the limits allow. */
  readonly isCut: boolean;
  readonly tookMs: number;
}

/** Throws QUESTION_REFUSED. */
export async function explore(
  db: Db,
  { permissions, principal }: { readonly permissions: Permissions; readonly principal: Principal },
  { collection, filter = {}, sort, pipeline = [], limit }: ExploreRequest,
): Promise<ExploreAnswer> {
  const access = readAccess(permissions, principal, collection);
  if (access === null) throw refused(`You may not read the collection ${collection}.`);
  // A field that is hidden can be told by a filter or a group too: only documents that are seen whole are asked.
  // Of the rules that a document matches the first counts.
  const firstNarrow = access.rules.findIndex(({ fields, hidden }) => fields !== undefined || hidden !== undefined);
  const whole = firstNarrow < 0 ? access.rules : access.rules.slice(0, firstNarrow);
  if (whole.length === 0)
    throw refused(`Some fields of ${collection} are not yours to see, so it cannot be asked freely.`);
  const scope = whole.length === 1 ? whole[0]?.filter : { $or: whole.map((rule) => rule.filter) };
  check(filter, 'filter', 0);
  for (const [index, stage] of pipeline.entries()) checkStage(stage, `pipeline[${index}]`);
  const stages: Document[] = [
    { $match: scope as Document },
    { $match: filter },
    ...(sort === undefined ? [] : [{ $sort: sort }]),
    ...pipeline,
    { $limit: limit + 1 },
  ];
  const startedAt = performance.now();
  try {
    await using cursor = db.collection(collection).aggregate(stages, { maxTimeMS: EXPLORE_MAX_TIME_MS });
    const answer = await firstRows(cursor, limit);
    return { ...answer, tookMs: Math.round(performance.now() - startedAt) };
  } catch (cause) {
    throw new HeadquartersError('QUESTION_REFUSED', `The database says: ${(cause as Error).message}`, { cause });
  }
}

async function firstRows(cursor: AggregationCursor<Document>, limit: number) {
  const rows: Document[] = [];
  let bytes = 0;
  for await (const row of cursor) {
    bytes += BSON.calculateObjectSize(row);
    if (rows.length === limit || bytes > ANSWER_BYTES_MAX) return { rows, isCut: true };
    rows.push(row);
  }
  return { rows, isCut: false };
}

function checkStage(stage: Document, place: string): void {
  const [name, ...more] = Object.keys(stage);
  if (name === undefined || more.length > 0) throw refused(`${place}: a stage has exactly one name.`);
  if (!(EXPLORER_STAGES as readonly string[]).includes(name)) {
    throw refused(`${place}: ${name} is not allowed here; ${EXPLORER_STAGES.join(', ')} are.`);
  }
  check(stage[name], `${place}.${name}`, 0);
}

function check(value: unknown, place: string, depth: number): void {
  if (depth > DEPTH_MAX) throw refused(`${place}: nested deeper than ${DEPTH_MAX}.`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (FORBIDDEN.has(name)) throw refused(`${place}: ${name} is not allowed here.`);
    check(inner, `${place}.${name}`, depth + 1);
  }
}

const refused = (message: string) => new HeadquartersError('QUESTION_REFUSED', message);
