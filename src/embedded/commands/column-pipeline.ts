/** Lets columns answer the start of a pipeline where they can, and the ordinary way where they cannot. */
import type { Pipeline, PipelineContext, Stream } from '../aggregation/index.ts';
import type { Document } from '../bson/values.ts';
import { type ColumnPlan, choosesColumns, columnScope, planColumns, runColumns } from '../columns/index.ts';
import type { Breathe } from '../planner/rows.ts';
import type { CollectionReader } from '../storage/storage.ts';
import { runBreathing } from './breathing-pipeline.ts';
import type { CommandContext } from './command.ts';

/** A pipeline over one collection, and how it would be answered without columns. */
export interface ColumnQuestion {
  readonly pipeline: Pipeline;
  readonly collection: CollectionReader | null;
  readonly context: PipelineContext;
  readonly hint: string | Document | undefined;
  readonly variables: Document | undefined;
}

/** What columns would answer of it; null where they would not be asked. */
export function columnPlanFor(question: ColumnQuestion, services: CommandContext): ColumnPlan | null {
  const { pipeline, collection, context, hint, variables } = question;
  if (collection === null || !services.columns.isOn) return null;
  const plan = planColumns(pipeline, columnScope(context));
  if (plan === null) return null;
  const asked = { filter: plan.filter, hint, variables };
  const documentsMin = services.parameters.number('columnCacheDocumentsMin');
  return choosesColumns(plan, asked, collection, services.columns, documentsMin) ? plan : null;
}

/** `ordinary` answers the whole pipeline without columns. */
export function columnsOr(
  ordinary: Stream,
  question: ColumnQuestion,
  services: CommandContext,
  due: () => boolean,
): Stream {
  const plan = columnPlanFor(question, services);
  if (plan === null) return ordinary;
  return answered(ordinary, { ...question, collection: question.collection as CollectionReader, plan }, services, due);
}

function* answered(
  ordinary: Stream,
  { pipeline, collection, context, plan }: ColumnQuestion & { collection: CollectionReader; plan: ColumnPlan },
  services: CommandContext,
  due: () => boolean,
): Generator<Document | Breathe, void> {
  const documents = yield* runColumns({ plan, collection, cache: services.columns, context, due });
  if (documents === null) yield* ordinary;
  else yield* runBreathing(pipeline.remaining.slice(plan.stages), documents);
}
