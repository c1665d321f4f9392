import { type CompiledStage, compilePipeline } from '../aggregation/index.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { ColumnScan } from '../columns/index.ts';
import { MongoError } from '../errors.ts';
import { explainPlan, type Verbosity } from '../planner/explain.ts';
import type { Plan, Query } from '../planner/plan.ts';
import { planQuery } from '../planner/planner.ts';
import type { Stage } from '../planner/rows.ts';
import { BREATHE } from '../planner/rows.ts';
import { Count } from '../planner/stages/count.ts';
import { WriteStage } from '../planner/stages/write.ts';
import type { ReadView } from '../sessions/views.ts';
import { anything, isDocument, numberOf, object, text } from './arguments.ts';
import { runBreathing } from './breathing-pipeline.ts';
import { MONGODB_VERSION } from './build-info.ts';
import { type ColumnQuestion, columnPlanFor, columnsOr } from './column-pipeline.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import type { Operation } from './operation.ts';
import { documentsOf, pipelineContextOf, resolveView } from './pipeline-context.ts';
import { Turn } from './turn.ts';
import { workSpaceFor } from './work-space.ts';

const VERBOSITIES: readonly string[] = ['queryPlanner', 'executionStats', 'allPlansExecution'];

export const explain = defineCommand({
  name: 'explain',
  summary: 'How a command would be run, and with execution statistics how it went. Writes nothing.',
  arguments: { explain: object, verbosity: text.default('allPlansExecution'), comment: anything },
  apiVersion1: true,
  async run(args, context) {
    if (!VERBOSITIES.includes(args.verbosity)) {
      throw new MongoError(
        'BadValue',
        `Enumeration value '${args.verbosity}' for field 'explain.verbosity' is not a valid value.`,
      );
    }
    return explainCommand(args.explain, args.verbosity as Verbosity, context);
  },
});

export async function explainCommand(
  command: Document,
  verbosity: Verbosity,
  context: CommandContext,
): Promise<Document> {
  using view = context.openView();
  const name = Object.keys(command)[0] ?? '';
  const target = command[name];
  const namespace = context.namespace(typeof target === 'string' ? target : '$cmd.aggregate');
  const explained =
    name === 'aggregate'
      ? await explainAggregate(command, namespace, verbosity, view, context)
      : await explainQuery(name, command, namespace, verbosity, view, context);
  const { identity } = context;
  return {
    ...explained,
    command: { ...command, $db: context.database },
    serverInfo: { host: identity.host, port: identity.port, version: MONGODB_VERSION, gitVersion: 'zava-embedded' },
    serverParameters: {},
    ok: 1,
  };
}

async function explainQuery(
  name: string,
  command: Document,
  namespace: string,
  verbosity: Verbosity,
  view: ReadView,
  context: CommandContext,
): Promise<Document> {
  const resolved = resolveView(view, namespace, []);
  if (resolved.pipeline.length > 0) {
    const pipeline = [...resolved.pipeline, ...(name === 'find' ? stagesOfFind(command) : [])];
    return explainAggregate({ aggregate: resolved.namespace, pipeline }, resolved.namespace, verbosity, view, context);
  }
  const collection = view.collection(namespace);
  const plan = planQuery(queryOf(name, command), collection);
  const run = { operation: context.operation, work: workSpaceFor(context, allowDiskUseOf(command)) };
  return explainPlan(onTop(name, command, plan), namespace, collection, verbosity, run);
}

function stagesOfFind(command: Document): Document[] {
  return [
    ...(isDocument(command['filter']) ? [{ $match: command['filter'] }] : []),
    ...(isDocument(command['sort']) ? [{ $sort: command['sort'] }] : []),
    ...(numberOf(command['limit'] as BsonValue) ? [{ $limit: command['limit'] as BsonValue }] : []),
  ];
}

function queryOf(name: string, command: Document): Query {
  const base = { sort: {}, projection: undefined, skip: 0, limit: 0, ...shared(command) };
  switch (name) {
    case 'find':
      return {
        ...base,
        filter: documentAt(command, 'filter'),
        sort: documentAt(command, 'sort'),
        projection: isDocument(command['projection']) ? command['projection'] : undefined,
        skip: numberOf(command['skip'] as BsonValue) ?? 0,
        limit: Math.abs(numberOf(command['limit'] as BsonValue) ?? 0),
      };
    case 'count':
      return {
        ...base,
        filter: documentAt(command, 'query'),
        skip: numberOf(command['skip'] as BsonValue) ?? 0,
        limit: Math.abs(numberOf(command['limit'] as BsonValue) ?? 0),
        countOnly: true,
      };
    case 'distinct':
      return { ...base, filter: documentAt(command, 'query') };
    case 'findAndModify':
    case 'findandmodify':
      return { ...base, filter: documentAt(command, 'query'), sort: documentAt(command, 'sort'), limit: 1 };
    case 'update': {
      const statement = firstOf(command, 'updates');
      return {
        ...base,
        ...shared(statement),
        filter: documentAt(statement, 'q'),
        limit: statement['multi'] === true ? 0 : 1,
      };
    }
    case 'delete': {
      const statement = firstOf(command, 'deletes');
      return {
        ...base,
        ...shared(statement),
        filter: documentAt(statement, 'q'),
        limit: numberOf(statement['limit'] as BsonValue) ?? 0,
      };
    }
    default:
      throw new MongoError('CommandNotFound', `Explain failed due to unknown command: ${name}`);
  }
}

function shared(command: Document): Pick<Query, 'hint' | 'collation' | 'variables'> {
  return {
    hint: readHint(command['hint']),
    collation: isDocument(command['collation']) ? command['collation'] : undefined,
    variables: isDocument(command['let']) ? command['let'] : undefined,
  };
}

function documentAt(command: Document, field: string): Document {
  const value = command[field];
  return isDocument(value) ? value : {};
}

function firstOf(command: Document, field: string): Document {
  const value = command[field];
  const first = Array.isArray(value) ? value[0] : undefined;
  if (!isDocument(first)) throw new MongoError('InvalidLength', `explained write batches must be of size 1`);
  return first;
}

/** The stage that stands for what the command does with the rows. Explaining changes nothing. */
function onTop(name: string, command: Document, plan: Plan): Plan {
  const stage: Stage | null =
    name === 'count'
      ? new Count([plan.root])
      : name === 'delete' || (name.toLowerCase() === 'findandmodify' && command['remove'] === true)
        ? new WriteStage('DELETE', plan.root)
        : name === 'update' || name.toLowerCase() === 'findandmodify'
          ? new WriteStage('UPDATE', plan.root)
          : null;
  return stage === null ? plan : { ...plan, root: stage };
}

async function explainAggregate(
  command: Document,
  namespace: string,
  verbosity: Verbosity,
  view: ReadView,
  context: CommandContext,
): Promise<Document> {
  const stages = Array.isArray(command['pipeline']) ? (command['pipeline'] as Document[]) : [];
  const target = resolveView(view, namespace, stages);
  const { hint, collation, variables } = shared(command);
  const work = workSpaceFor(context, allowDiskUseOf(command));
  const turn = new Turn(context.operation, work);
  const pipelineContext = pipelineContextOf(view, context, {
    namespace: target.namespace,
    collation,
    variables,
    turn,
    work,
  });
  const pipeline = compilePipeline(target.pipeline, pipelineContext);
  const { pushdown } = pipeline;
  if (pipeline.startsItself) return { explainVersion: '1', stages: describeStages(pipeline.stages) };
  const query: Query = {
    filter: pushdown.filter ?? {},
    sort: pushdown.sort ?? {},
    projection: undefined,
    skip: pushdown.skip ?? 0,
    limit: pushdown.limit ?? 0,
    hint,
    collation,
    variables,
  };
  const collection = view.collection(target.namespace);
  const run = { operation: context.operation, work };
  const question = { pipeline, collection, context: pipelineContext, hint, variables };
  const byColumns = await explainColumns(question, { query, verbosity, turn, run }, context);
  if (byColumns !== null) return byColumns;
  const cursor = await explainPlan(planQuery(query, collection), target.namespace, collection, verbosity, run);
  if (pipeline.remaining.length === 0) return cursor;
  const { explainVersion: _version, ...inCursor } = cursor;
  const described = describeStages(pipeline.remaining);
  if (verbosity !== 'queryPlanner') {
    let returned = 0;
    const documents = documentsOf(
      view,
      target.namespace,
      { ...pushdown, hint, collation, variables },
      { due: turn.due, work },
    );
    for (const document of runBreathing(pipeline.remaining, documents)) {
      if (document === BREATHE) await context.operation.breathe();
      else returned += 1;
    }
    for (const [index, stage] of pipeline.remaining.entries()) {
      Object.assign(described[index] as Document, stage.figures?.());
    }
    const last = described.at(-1);
    if (last !== undefined) last['nReturned'] = BigInt(returned);
  }
  return { explainVersion: '1', stages: [{ $cursor: inCursor }, ...described] };
}

/** Where columns answer the pipeline's start; null where they do not, or give up. */
async function explainColumns(
  question: ColumnQuestion,
  { query, verbosity, turn, run }: { query: Query; verbosity: Verbosity; turn: Turn; run: { operation: Operation } },
  context: CommandContext,
): Promise<Document | null> {
  const plan = columnPlanFor(question, context);
  const { pipeline, collection, context: pipelineContext } = question;
  if (plan === null || collection === null) return null;
  const answered = pipeline.remaining.slice(0, plan.stages).map(({ spec }) => spec);
  const scan = new ColumnScan({ plan, collection, cache: context.columns, context: pipelineContext }, answered);
  const explained = { root: scan, query, limit: 0, rejected: [], indexName: undefined };
  const cursor = await explainPlan(explained, collection.info.namespace, collection, verbosity, run);
  if (scan.gaveUp) return null;
  const rest = pipeline.remaining.slice(plan.stages);
  if (rest.length === 0) return cursor;
  const { explainVersion: _version, ...inCursor } = cursor;
  const described = describeStages(rest);
  if (verbosity !== 'queryPlanner') {
    let returned = 0;
    for (const document of columnsOr([], question, context, turn.due)) {
      if (document === BREATHE) await context.operation.breathe();
      else returned += 1;
    }
    (described.at(-1) as Document)['nReturned'] = BigInt(returned);
  }
  return { explainVersion: '1', stages: [{ $cursor: inCursor }, ...described] };
}

function allowDiskUseOf(command: Document): boolean | undefined {
  const { allowDiskUse } = command;
  return typeof allowDiskUse === 'boolean' ? allowDiskUse : undefined;
}

function describeStages(stages: readonly CompiledStage[]): Document[] {
  return stages.map(({ spec }) => ({ ...spec }));
}
