import type { Document } from '../bson/values.ts';
import { compileFilterIn, conjunction, conjunctsOf, usesText } from './stages/match.ts';
import { wholeArgument } from './stages/simple.ts';
import { compileSortStage } from './stages/sort.ts';
import type { CompiledStage, StageContext } from './stages/stage.ts';

type CompileStage = (spec: Document) => CompiledStage;

/**
 * Reorders stages without changing the answer: filters move toward the start, past every stage that leaves their fields
 * alone; $skip and $limit move before stages that give one document for each; $sort learns how many documents are wanted.
 */
export function optimize(
  stages: readonly CompiledStage[],
  context: StageContext,
  compile: CompileStage,
): CompiledStage[] {
  return boundSorts(moveSlices(moveFilters([...stages], context, compile)), context);
}

function moveFilters(stages: CompiledStage[], context: StageContext, compile: CompileStage): CompiledStage[] {
  const result: CompiledStage[] = [];
  for (const stage of stages) {
    const filter = stage.spec.$match as Document | undefined;
    if (filter === undefined || result.length === 0 || usesText(filter)) {
      result.push(stage);
      continue;
    }
    // From the back: each condition goes as far forward as it may, and ends behind the filters already there.
    const moved = new Map<number, Document[]>();
    const staying: Document[] = [];
    const conditions = conjunctsOf(filter);
    for (const condition of conditions) {
      const { fields } = compileFilterIn(condition, context.scope.forOtherDocuments());
      let place = result.length;
      while (place > 0 && fields !== 'all' && fields.size > 0 && passes(result[place - 1]!, fields)) place -= 1;
      while (place < result.length && result[place]!.name === '$match') place += 1;
      if (place === result.length) staying.push(condition);
      else moved.set(place, [...(moved.get(place) ?? []), condition]);
    }
    for (const [place, filters] of [...moved].sort(([left], [right]) => right - left)) {
      result.splice(place, 0, compile({ $match: conjunction(filters) }));
    }
    if (staying.length === conditions.length) result.push(stage);
    else if (staying.length > 0) result.push(compile({ $match: conjunction(staying) }));
  }
  return result;
}

function passes(stage: CompiledStage, fields: ReadonlySet<string>): boolean {
  if (stage.keeps === undefined) return false;
  for (const field of fields) if (!stage.keeps(field)) return false;
  return true;
}

function moveSlices(stages: CompiledStage[]): CompiledStage[] {
  const result: CompiledStage[] = [];
  for (const stage of stages) {
    let place = result.length;
    if (stage.name === '$limit' || stage.name === '$skip') {
      while (place > 0 && result[place - 1]!.oneToOne === true) place -= 1;
    }
    result.splice(place, 0, stage);
  }
  return result;
}

function boundSorts(stages: CompiledStage[], context: StageContext): CompiledStage[] {
  return stages.map((stage, index) => {
    if (stage.name !== '$sort') return stage;
    const { skip, limit } = sliceOf(stages.slice(index + 1));
    if (limit === undefined) return stage;
    const bounded = compileSortStage(stage.spec.$sort as Document, skip + limit, context);
    return { ...stage, ...bounded, spec: stage.spec };
  });
}

/** What leading $skip and $limit stages come to, and how many of them there are. */
export function sliceOf(stages: readonly CompiledStage[]): { skip: number; limit: number | undefined; count: number } {
  let skip = 0;
  let limit: number | undefined;
  let count = 0;
  for (const { name, spec } of stages) {
    if (name === '$limit') {
      const most = wholeArgument(spec.$limit!, name, 2107201);
      limit = limit === undefined ? most : Math.min(limit, most);
    } else if (name === '$skip') {
      const first = wholeArgument(spec.$skip!, name, 5107200);
      // Nothing would be left: rare enough to let the stages themselves find out.
      if (limit !== undefined && first >= limit) break;
      if (limit !== undefined) limit -= first;
      skip += first;
    } else break;
    count += 1;
  }
  return { skip, limit, count };
}
