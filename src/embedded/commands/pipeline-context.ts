/** What the server gives to aggregation: documents through the planner, views, and stages that only it can answer. */
import { type PipelineContext, type PipelineSource, setMetadata } from '../aggregation/index.ts';
import { decode, decodeFields } from '../bson/codec.ts';
import { compileCollation } from '../bson/compare.ts';
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { evaluateVariables } from '../planner/expressions.ts';
import { planQuery } from '../planner/planner.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import type { ReadView } from '../sessions/views.ts';
import type { WorkSpace } from '../spill/work-space.ts';
import { isDocument } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { searchIndexesOf, vectorFieldOf } from './search-indexes.ts';
import { serverStagesOf } from './server-stages.ts';
import type { Turn } from './turn.ts';
import { workSpaceFor } from './work-space.ts';

const VIEW_DEPTH_MAX = 20;

/** The collection under a view, with the pipelines of all views on the way in front. */
export function resolveView(
  view: ReadView,
  namespace: string,
  pipeline: readonly Document[],
): { namespace: string; pipeline: readonly Document[]; collation: Document | undefined } {
  let target = namespace;
  let stages = pipeline;
  let collation: Document | undefined;
  for (let depth = 0; depth <= VIEW_DEPTH_MAX; depth++) {
    const definition = viewDefinition(view, target);
    if (definition === undefined) return { namespace: target, pipeline: stages, collation };
    stages = [...definition.pipeline, ...stages];
    collation ??= definition.collation;
    target = `${target.slice(0, target.indexOf('.'))}.${definition.viewOn}`;
  }
  throw new MongoError(165, `View depth too deep or view cycle detected: ${namespace}`);
}

function viewDefinition(view: ReadView, namespace: string) {
  const info = view.collection(namespace)?.info;
  if (info?.type !== 'view') return undefined;
  const { viewOn, pipeline, collation } = info.options;
  return {
    viewOn: String(viewOn),
    pipeline: Array.isArray(pipeline) ? (pipeline as Document[]) : [],
    collation: isDocument(collation) ? collation : undefined,
  };
}

export interface DocumentsRequest {
  readonly filter?: Document | undefined;
  readonly sort?: Document | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly fields?: ReadonlySet<string> | 'all';
  readonly collation?: Document | undefined;
  readonly hint?: string | Document | undefined;
  readonly variables?: Document | undefined;
}

/** Documents of a collection as the planner finds them, decoded as far as they are needed, with BREATHE in between. */
export function* documentsOf(
  view: ReadView,
  namespace: string,
  request: DocumentsRequest,
  run: { due(): boolean; readonly work: WorkSpace },
): IterableIterator<Document | Breathe> {
  const collection = view.collection(namespace);
  const plan = planQuery(
    {
      filter: request.filter ?? {},
      sort: request.sort ?? {},
      projection: undefined,
      skip: request.skip ?? 0,
      limit: request.limit ?? 0,
      hint: request.hint,
      collation: request.collation,
      variables: request.variables,
    },
    collection,
  );
  if (collection === null) return;
  const fields = request.fields ?? 'all';
  for (const row of plan.root.rows({ collection, due: run.due, work: run.work })) {
    if (row === BREATHE) {
      yield BREATHE;
      continue;
    }
    const raw = row.raw as Uint8Array;
    const document = fields === 'all' ? decode(raw) : decodeFields(raw, fields);
    if (row.textScore !== undefined) setMetadata(document, { textScore: row.textScore });
    yield document;
  }
}

export function pipelineContextOf(
  view: ReadView,
  context: CommandContext,
  request: {
    namespace: string;
    collation: Document | undefined;
    variables: Document | undefined;
    /** Who is at work. Absent where each run is short, and outlives the command: of a change stream, over one event. */
    turn?: Turn;
    work?: WorkSpace;
  },
): PipelineContext {
  const { turn, work = workSpaceFor(context, undefined) } = request;
  const due = turn?.due ?? (() => false);
  const now = new Date();
  const collation = compileCollation(request.collation);
  const source: PipelineSource = {
    open: (namespace, wanted) => documentsOf(view, namespace, wanted, { due, work }),
    seeks: (namespace, path) => seeks(view, namespace, path),
    view: (namespace) => viewDefinition(view, namespace),
    vectorIndex: (namespace, name) => {
      const index = searchIndexesOf(view.collection(namespace)?.info).find((one) => one['name'] === name);
      return index === undefined ? undefined : vectorFieldOf(index);
    },
    serverStages: serverStagesOf(view, context),
  };
  return {
    namespace: request.namespace,
    source,
    collation,
    collationSpec: request.collation,
    now,
    clusterTime: context.storage.clusterTime(),
    variables: request.variables === undefined ? undefined : evaluateVariables(request.variables, now),
    due,
    work,
  };
}

/** Whether an equality on the path finds its documents through an index, whatever the value. */
function seeks(view: ReadView, namespace: string, path: string): boolean {
  const info = view.collection(namespace)?.info;
  if (info === undefined) return true;
  return info.indexes.some(
    ({ key, options }) =>
      Object.keys(key)[0] === path &&
      typeof key[path] === 'number' &&
      options['partialFilterExpression'] === undefined &&
      options['sparse'] !== true &&
      options['hidden'] !== true,
  );
}
