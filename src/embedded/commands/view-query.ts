/** find, count and distinct on a view: the view's pipeline, then the query as stages. */
import { compilePipeline } from '../aggregation/index.ts';
import type { Document } from '../bson/values.ts';
import type { Query } from '../planner/plan.ts';
import type { Breathe } from '../planner/rows.ts';
import type { ReadView } from '../sessions/views.ts';
import { runBreathing } from './breathing-pipeline.ts';
import { columnsOr } from './column-pipeline.ts';
import type { CommandContext } from './command.ts';
import { documentsOf, pipelineContextOf, resolveView } from './pipeline-context.ts';
import { Turn } from './turn.ts';
import { workSpaceFor } from './work-space.ts';

export function isView(view: ReadView, namespace: string): boolean {
  return view.collection(namespace)?.info.type === 'view';
}

/** The stages that answer a query, in the order in which a query does its work. */
export function stagesOf(query: Query): Document[] {
  return [
    ...(Object.keys(query.filter).length === 0 ? [] : [{ $match: query.filter }]),
    ...(Object.keys(query.sort).length === 0 ? [] : [{ $sort: query.sort }]),
    ...(query.skip === 0 ? [] : [{ $skip: query.skip }]),
    ...(query.limit === 0 ? [] : [{ $limit: query.limit }]),
    ...(query.projection === undefined || Object.keys(query.projection).length === 0
      ? []
      : [{ $project: query.projection }]),
  ];
}

export interface PipelineOptions {
  readonly collation: Document | undefined;
  readonly hint?: string | Document | undefined;
  readonly variables: Document | undefined;
  /** As the command says it; undefined for the server's default. */
  /** Where the documents outlive the command: who is at work on them. */
  readonly turn?: Turn;
}

/** The documents come with BREATHE in between: whoever pulls them then awaits `operation.breathe()`. */
export function documentsOfPipeline(
  view: ReadView,
  namespace: string,
  stages: readonly Document[],
  options: PipelineOptions,
  context: CommandContext,
) {
  const { turn = new Turn(context.operation, workSpaceFor(context, undefined)), hint, variables } = options;
  const { work } = turn;
  const target = resolveView(view, namespace, stages);
  const own = view.collection(target.namespace)?.info.options['collation'] as Document | undefined;
  const collation = options.collation ?? target.collation ?? own;
  const pipelineContext = pipelineContextOf(view, context, {
    namespace: target.namespace,
    collation,
    variables,
    turn,
    work,
  });
  const pipeline = compilePipeline(target.pipeline, pipelineContext);
  const ordinary = pipeline.startsItself
    ? runBreathing(pipeline.stages, [])
    : runBreathing(
        pipeline.remaining,
        documentsOf(
          view,
          target.namespace,
          { ...pipeline.pushdown, collation, hint, variables },
          { due: turn.due, work },
        ),
      );
  const documents = columnsOr(
    ordinary,
    { pipeline, collection: view.collection(target.namespace), context: pipelineContext, hint, variables },
    context,
    turn.due,
  );
  return { pipeline, documents, target };
}

export function viewDocuments(
  view: ReadView,
  namespace: string,
  query: Query,
  context: CommandContext,
  options: Pick<PipelineOptions, 'turn'> = {},
): Iterable<Document | Breathe> {
  const { collation, variables } = query;
  return documentsOfPipeline(view, namespace, stagesOf(query), { collation, variables, ...options }, context).documents;
}
