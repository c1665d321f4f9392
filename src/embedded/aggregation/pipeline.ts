import { withoutPauses } from '../breathe.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { workSpaceOf } from '../spill/work-space.ts';
import { work } from '../stroke.ts';
import { typeName } from './describe.ts';
import { isDocument } from './documents.ts';
import { compileNode } from './expressions/compile.ts';
import { Scope } from './expressions/scope.ts';
import { optimize, sliceOf } from './optimize.ts';
import { conjunction, conjunctsOf, mentions, usesText } from './stages/match.ts';
import {
  type CompiledStage,
  databaseOf,
  type Fields,
  type InnerOptions,
  type InnerPipeline,
  type OutputSpec,
  type PipelineContext,
  type SourceRequest,
  type StageContext,
  type Stream,
} from './stages/stage.ts';
import { stageDefinitions } from './stages/stages.ts';

const STAGES_MAX = 1000;
/** What compiling a stage costs, in the steps that a stroke is counted by: pipelines in pipelines have tens of thousands. */
const STEPS_PER_STAGE = 500;
const NESTED_PIPELINES_MAX = 20;

/** What the start of a pipeline asks of the collection; applied in the order filter, sort, skip, limit. */
export interface Pushdown {
  readonly filter: Document | undefined;
  readonly sort: Document | undefined;
  readonly skip: number | undefined;
  readonly limit: number | undefined;
  /** The top-level fields that the stages after the pushed-down ones read; others need not be decoded. */
  readonly fields: Fields;
  /** The stages that are left to run. */
  readonly rest: readonly Document[];
}

/** A pipeline that is ready to run, as often as needed but one run at a time. */
export interface Pipeline {
  /** Optimized. */
  readonly stages: readonly CompiledStage[];
  /** True where the first stage makes its own documents; the collection is then not read at all. */
  readonly startsItself: boolean;
  readonly pushdown: Pushdown;
  /** Set where the pipeline ends in `$out` or `$merge`: what the server does with the documents that `run` yields. */
  readonly output: OutputSpec | undefined;
  /** The fields that `run` needs. */
  readonly fields: Fields;
  /** Whether documents must come with their metadata (`setMetadata`): scores, mostly. */
  readonly usesMetadata: boolean;
  /** The namespaces that it reads besides its own. */
  readonly reads: ReadonlySet<string>;
  /** The compiled stages behind a source that has done what `pushdown` asks. */
  readonly remaining: readonly CompiledStage[];
  /** Pulls documents through all stages, lazily, and without pauses. */
  run(documents: Stream): Iterable<Document>;
  /** The same behind a source that has already done what `pushdown` asks, or only its filter. */
  runAfter(done: 'filter' | 'pushdown', documents: Stream): Iterable<Document>;
}

/** Compiles a pipeline. Errors in its form are thrown here, with MongoDB's codes; errors in its data while it runs. */
export function compilePipeline(stages: readonly Document[], context: PipelineContext): Pipeline {
  const reads = new Set<string>();
  const scope = Scope.create(context, compileNode);
  const { work: workSpace = workSpaceOf() } = context;
  const due = () => {
    context.checkInterrupt?.();
    return context.due?.() ?? false;
  };
  scope.shared.pushBytesMax = workSpace.bytesMax('internalQueryMaxPushBytes');
  scope.shared.addToSetBytesMax = workSpace.bytesMax('internalQueryMaxAddToSetBytes');
  const inner = compileIn(stages, { ...context, due, work: workSpace, scope, depth: 0 }, { reads, inside: undefined });
  return {
    ...inner,
    run: (documents) => withoutPauses(inner.run(documents)),
    runAfter: (done, documents) => withoutPauses(inner.runAfter(done, documents)),
    reads,
    usesMetadata: scope.shared.usesMetadata,
  };
}

/** What of a pipeline the collection can do itself. */
export function planPushdown(stages: readonly Document[], context: PipelineContext): Pushdown {
  return compilePipeline(stages, context).pushdown;
}

interface Nesting {
  readonly reads: Set<string>;
  readonly inside: InnerOptions['inside'] | undefined;
}

type Base = Omit<StageContext, 'compileInner'>;

interface Inside extends Omit<Pipeline, 'reads' | 'usesMetadata' | 'run' | 'runAfter'> {
  run(documents: Stream): Stream;
  runAfter(done: 'filter' | 'pushdown', documents: Stream): Stream;
}

function compileIn(specs: readonly Document[], base: Base, nesting: Nesting): Inside {
  if (specs.length > STAGES_MAX) {
    throw new MongoError(7749501, `Pipeline length must be no longer than ${STAGES_MAX} stages`);
  }
  if (base.depth > NESTED_PIPELINES_MAX) {
    throw new MongoError(232, `Maximum number of nested sub-pipelines exceeded. Limit is ${NESTED_PIPELINES_MAX}`);
  }
  const context: StageContext = {
    ...base,
    compileInner: (stages, options) => compileInner(stages, options, base, nesting.reads),
  };
  const compile = (spec: Document) => {
    work(STEPS_PER_STAGE);
    return compileStage(spec, context);
  };
  const compiled = specs.map((spec, index) => {
    checkPlace(spec, index, specs.length, nesting);
    return compile(spec);
  });
  const stages = optimize(compiled, context, compile);
  const startsItself = stages[0] !== undefined && stageDefinitions[stages[0].name]?.first === true;
  const { pushdown, afterFilter, rest } = startsItself
    ? nothingPushed(stages)
    : plan(stages, nesting.inside === undefined);
  return {
    stages,
    startsItself,
    pushdown,
    output: stages.at(-1)?.output,
    fields: neededBy(stages),
    remaining: rest,
    run: (documents) => runAll(stages, documents),
    runAfter: (done, documents) => runAll(done === 'filter' ? afterFilter : rest, documents),
  };
}

function compileInner(
  specs: readonly Document[],
  { namespace, scope, inside }: InnerOptions,
  base: Base,
  reads: Set<string>,
): InnerPipeline {
  let target = namespace;
  let stages = specs;
  if (inside !== '$facet') {
    for (let hops = 0; hops <= NESTED_PIPELINES_MAX; hops++) {
      reads.add(target);
      const view = base.source.view?.(target);
      if (view === undefined) break;
      stages = [...view.pipeline, ...stages];
      target = `${databaseOf(target)}.${view.viewOn}`;
    }
  }
  const context = { ...base, namespace: target, scope, depth: base.depth + 1 };
  const pipeline = compileIn(stages, context, { reads, inside });
  const { pushdown } = pipeline;
  return {
    stages: pipeline.stages,
    run: pipeline.run,
    needs: (after) => neededBy(pipeline.stages, after),
    open(filter, fields) {
      if (pipeline.startsItself) return pipeline.run([]);
      const filters = [filter, pushdown.filter].filter((part) => part !== undefined);
      const request: SourceRequest = {
        fields: fields ?? pushdown.fields,
        ...(filters.length === 0 ? {} : { filter: conjunction(filters) }),
        collation: base.collationSpec,
      };
      // A view's own stages must run before the filter of a join may narrow their result.
      if (stages !== specs && filter !== undefined) {
        const seen = pipeline.runAfter(
          'pushdown',
          base.source.open(target, { ...pushdown, collation: base.collationSpec }),
        );
        return filterStage(filter, context, reads).run(seen);
      }
      const { sort, skip, limit } = pushdown;
      return pipeline.runAfter('pushdown', base.source.open(target, { ...request, sort, skip, limit }));
    },
  };
}

function filterStage(filter: Document, base: Base, reads: Set<string>): CompiledStage {
  return compileStage(
    { $match: filter },
    { ...base, compileInner: (stages, options) => compileInner(stages, options, base, reads) },
  );
}

function compileStage(spec: Document, context: StageContext): CompiledStage {
  const name = Object.keys(spec)[0]!;
  const definition = stageDefinitions[name]!;
  const run = definition.compile(spec[name] as BsonValue, context, name);
  return { blocking: false, ...run, name, spec };
}

function checkPlace(spec: Document, index: number, length: number, { inside }: Nesting): void {
  if (!isDocument(spec)) {
    throw new MongoError(
      'TypeMismatch',
      `Each element of the 'pipeline' array must be an object, found ${typeName(spec)}`,
    );
  }
  const names = Object.keys(spec);
  if (names.length !== 1) {
    throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  const name = names[0]!;
  const definition = Object.hasOwn(stageDefinitions, name) ? stageDefinitions[name] : undefined;
  if (definition === undefined) throw new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
  if (
    inside === '$facet' &&
    (definition.notInFacet === true || definition.first === true || definition.last === true)
  ) {
    throw new MongoError(40600, `${name} is not allowed to be used within a $facet stage`);
  }
  if (definition.first === true && index > 0)
    throw new MongoError(40602, `${name} is only valid as the first stage in a pipeline`);
  if (definition.last === true) {
    if (inside !== undefined) throw new MongoError(51047, `${name} is not allowed within a ${inside}'s sub-pipeline`);
    if (index < length - 1) throw new MongoError(40601, `${name} can only be the final stage in the pipeline`);
  }
  const { $match: filter } = spec;
  if (index > 0 && isDocument(filter) && usesText(filter)) {
    throw new MongoError(17313, '$match with $text is only allowed as the first pipeline stage');
  }
}

function runAll(stages: readonly CompiledStage[], documents: Stream): Stream {
  let stream = documents;
  for (const stage of stages) stream = stage.run(stream);
  return stream;
}

function neededBy(stages: readonly CompiledStage[], after: Fields = 'all'): Fields {
  let fields = after;
  for (let index = stages.length - 1; index >= 0; index--) fields = stages[index]!.needs(fields);
  return fields;
}

interface Plan {
  readonly pushdown: Pushdown;
  readonly afterFilter: readonly CompiledStage[];
  readonly rest: readonly CompiledStage[];
}

function nothingPushed(stages: readonly CompiledStage[]): Plan {
  return {
    pushdown: {
      filter: undefined,
      sort: undefined,
      skip: undefined,
      limit: undefined,
      fields: new Set(),
      rest: stages.map(({ spec }) => spec),
    },
    afterFilter: stages,
    rest: stages,
  };
}

/**
 * Inside another pipeline an `$expr` stays behind: its variables are this pipeline's, and the source doesn't know them.
 */
function plan(stages: readonly CompiledStage[], pushExpressions: boolean): Plan {
  const filters: Document[] = [];
  let next = 0;
  for (; stages[next]?.name === '$match'; next++) {
    const parts = conjunctsOf(stages[next]!.spec.$match as Document);
    if (!pushExpressions && parts.some((part) => mentions(part, '$expr'))) break;
    filters.push(...parts);
  }
  const kept = stages.slice(next);
  // A condition that stayed behind decides how many documents there are; what can be pushed still narrows the scan.
  const narrowing = kept[0]?.name === '$match' ? conjunctsOf(kept[0].spec.$match as Document) : [];
  filters.push(...narrowing.filter((part) => !mentions(part, '$expr')));
  let sort: Document | undefined;
  if (kept[0]?.name === '$sort' && !mentions(kept[0].spec.$sort as Document, '$meta')) {
    sort = kept[0].spec.$sort as Document;
  }
  const from = sort === undefined ? 0 : 1;
  const { skip, limit, count } = sliceOf(kept.slice(from));
  const rest = kept.slice(from + count);
  return {
    pushdown: {
      filter: filters.length === 0 ? undefined : conjunction(filters),
      sort,
      skip: skip === 0 ? undefined : skip,
      limit,
      fields: neededBy(rest),
      rest: rest.map(({ spec }) => spec),
    },
    afterFilter: kept,
    rest,
  };
}
