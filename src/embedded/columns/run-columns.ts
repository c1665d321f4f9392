/** Answers a pipeline's first stages from columns, as far as a plan says that this may be possible. */

import { compileNode } from '../aggregation/expressions/compile.ts';
import { compilePipeline, type PipelineContext, Scope } from '../aggregation/index.ts';
import type { Document } from '../bson/values.ts';
import type { Breathe } from '../planner/rows.ts';
import type { CollectionReader } from '../storage/storage.ts';
import { BATCH_ROWS } from './batch.ts';
import type { ColumnCache } from './column-cache.ts';
import type { ColumnPlan } from './column-plan.ts';
import { ExpressionCompiler } from './expressions.ts';
import { ColumnGroup } from './group.ts';
import { compilePredicates, type Predicate } from './predicates.ts';
import { chunksOf, Fields, type Table, tableOf } from './table.ts';
import type { Vector } from './vectors.ts';

/** What happened, for explain. */
export interface ColumnFigures {
  matched: number;
  groups: number;
}

export interface ColumnRun {
  readonly plan: ColumnPlan;
  readonly collection: CollectionReader;
  readonly cache: ColumnCache;
  readonly context: PipelineContext;
  readonly due: () => boolean;
  readonly figures?: ColumnFigures;
}

type Documents = Iterable<Document | Breathe>;

export function columnScope(context: PipelineContext): Scope {
  return Scope.create(context, compileNode);
}

/**
 * The documents behind the stages that the plan answers; null where columns cannot answer after all, whatever the reason:
 * the ordinary way then finds it, be it a result or the right error.
 */
export function* runColumns(run: ColumnRun): Generator<Breathe, Documents | null> {
  let interrupted = false;
  const due = () => {
    try {
      return run.due();
    } catch (error) {
      interrupted = true;
      throw error;
    }
  };
  try {
    const table = yield* openTable(run, due);
    if (table === null) return null;
    return yield* answer(table, run, due);
  } catch (error) {
    if (interrupted) throw error;
    run.cache.noteGivenUp();
    return null;
  }
}

function* openTable({ plan, collection, cache }: ColumnRun, due: () => boolean): Generator<Breathe, Table | null> {
  if (plan.columns.size === 0) return countedTable(collection.count());
  const pinned = yield* cache.pin(collection, plan.columns, due);
  return pinned === null ? null : tableOf(pinned);
}

/** Rows of which nothing but their number matters. */
function countedTable(rows: number): Table {
  return {
    chunks: chunksOf(rows),
    fields: new Fields(new Map()),
    fill: (batch, chunk) => batch.fill(chunk, null, Math.min(BATCH_ROWS, rows - chunk * BATCH_ROWS)),
  };
}

function* answer(
  base: Table,
  { plan, context, figures }: ColumnRun,
  due: () => boolean,
): Generator<Breathe, Documents> {
  const scope = columnScope(context);
  let table = base;
  let { fields } = table;
  let predicates: Predicate[] = [];
  let group: ColumnGroup | null = null;
  const compiler = () => new ExpressionCompiler(fields, scope);
  if (plan.filter !== undefined) predicates.push(...compilePredicates(plan.filter, compiler(), scope));
  for (const step of plan.steps) {
    if (group !== null) {
      table = group.table();
      ({ fields } = table);
      predicates = [];
      group = null;
    }
    switch (step.kind) {
      case 'match':
        predicates.push(...compilePredicates(step.filter, compiler(), scope));
        break;
      case 'set': {
        const from = compiler();
        const own = new Map<string, Vector>(step.fields.map(([name, value]) => [name, from.compile(value)]));
        predicates.push(forcing([...own.values()]));
        fields = new Fields(own, fields, { idParts: own.has('_id') ? null : fields.idParts });
        break;
      }
      case 'project': {
        const from = compiler();
        const own = new Map<string, Vector>([...step.kept].map((name) => [name, fields.get(name)]));
        const computed = step.computed.map(([name, value]) => [name, from.compile(value)] as const);
        for (const [name, vector] of computed) own.set(name, vector);
        predicates.push(forcing(computed.map(([, vector]) => vector)));
        fields = new Fields(own, null, { idParts: step.kept.has('_id') ? fields.idParts : null });
        break;
      }
      case 'unset':
        fields = new Fields(new Map(), fields, {
          hidden: step.names,
          idParts: step.names.has('_id') ? null : fields.idParts,
        });
        break;
      case 'group': {
        group = new ColumnGroup(step.argument, compiler(), scope);
        const rows = yield* group.collect(table, predicates, due);
        if (figures !== undefined && table === base) figures.matched = rows;
      }
    }
  }
  const last = group as ColumnGroup;
  if (figures !== undefined) figures.groups = last.count;
  let documents: Documents = last.documents(due);
  if (plan.withoutId) documents = withoutIds(documents);
  for (const stage of plan.finish) {
    documents = compilePipeline([stage], context).stages.reduce<Documents>(
      (stream, compiled) => compiled.run(stream as Iterable<Document>),
      documents,
    );
  }
  return documents;
}

/** Computed fields that nothing reads afterwards may still be errors. */
function forcing(vectors: readonly Vector[]): Predicate {
  return (batch) => {
    for (const vector of vectors) vector.force(batch);
  };
}

function* withoutIds(documents: Documents): Generator<Document | Breathe, void> {
  for (const document of documents) {
    if (typeof document === 'object') delete document['_id'];
    yield document;
  }
}
