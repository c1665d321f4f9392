/** Questions of a person's own: a filter, an order and a pipeline over one collection, checked as an agent's are. */
import { z } from 'zod';
import { DatabaseError, type QueryContext, runCheckedAggregation } from '../../database/index.ts';
import type { Permissions } from '../../domain/index.ts';
import type { ExploreAnswer } from '../api.ts';
import { HeadquartersError } from '../errors.ts';

const documentSchema = z.record(z.string(), z.unknown());

export const exploreSchema = z.strictObject({
  collection: z.string(),
  filter: documentSchema.optional(),
  sort: z.record(z.string(), z.union([z.literal(1), z.literal(-1)])).optional(),
  pipeline: z.array(documentSchema).optional(),
  limit: z.int().min(1).max(1_000).default(100),
});

export type ExploreRequest = z.output<typeof exploreSchema>;

/** Throws QUESTION_REFUSED. */
export async function explore(
  context: QueryContext,
  permissions: Permissions,
  { collection, filter, sort, pipeline = [], limit }: ExploreRequest,
): Promise<ExploreAnswer> {
  const stages = [
    ...(filter === undefined ? [] : [{ $match: filter }]),
    ...(sort === undefined ? [] : [{ $sort: sort }]),
    ...pipeline,
  ];
  try {
    const { rows, truncated, ms } = await runCheckedAggregation(context, permissions, {
      collection,
      pipeline: stages,
      limit,
    });
    return { rows: rows as ExploreAnswer['rows'], isCut: truncated !== null, tookMs: ms };
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    throw new HeadquartersError('QUESTION_REFUSED', cause.message, { cause });
  }
}
