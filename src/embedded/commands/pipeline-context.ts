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
import { isDocument } from './arguments.ts';
import type { CommandContext } from './command.ts';
import type { Operation } from './operation.ts';
import { searchIndexesOf, vectorFieldOf } from './search-indexes.ts';
import { serverStagesOf } from './server-stages.ts';

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

/**
 * Documents of a collection as the planner finds them, decoded as far as they are needed. For the sources inside of a
 * pipeline, which are pulled synchronously: they cannot let others run, but do notice that their time is over.
 */
export function* documentsOf(
  view: ReadView,
  namespace: string,
  request: DocumentsRequest,
  operation: Operation,
): IterableIterator<Document> {
  const due = () => {
    operation.check();
    return false;
  };
  for (const document of breathingDocumentsOf(view, namespace, request, due)) {
    if (document !== BREATHE) yield document;
  }
}

/** The same, with BREATHE in between whenever `due()`. */
export function* breathingDocumentsOf(
  view: ReadView,
  namespace: string,
  request: DocumentsRequest,
  due: () => boolean,
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
  for (const row of plan.root.rows({ collection, due })) {
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
  request: { namespace: string; collation: Document | undefined; variables: Document | undefined },
): PipelineContext {
  const now = new Date();
  const collation = compileCollation(request.collation);
  const source: PipelineSource = {
    open: (namespace, wanted) => documentsOf(view, namespace, wanted, context.operation),
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
    checkInterrupt: () => context.operation.check(),
  };
}
