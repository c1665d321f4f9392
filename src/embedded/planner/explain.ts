/** What a plan is, and what it did: MongoDB's explain. Every figure is counted while the plan runs, none is estimated. */
import { isDocument } from '../bson/compare.ts';
import type { Document } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import { compileFilter } from '../query/filter.ts';
import { filterFromNode } from '../query/filter-node.ts';
import type { WorkSpace } from '../spill/work-space.ts';
import type { CollectionReader } from '../storage/storage.ts';
import { expressionCompiler } from './expressions.ts';
import type { Plan } from './plan.ts';
import { BREATHE, type Stage } from './rows.ts';

export type Verbosity = 'queryPlanner' | 'executionStats' | 'allPlansExecution';

export async function explainPlan(
  plan: Plan,
  namespace: string,
  collection: CollectionReader | null,
  verbosity: Verbosity,
  { operation, work }: { readonly operation: Operation; readonly work?: WorkSpace },
): Promise<Document> {
  const queryPlanner: Document = {
    namespace,
    parsedQuery: filterFromNode(
      compileFilter(plan.query.filter, { compileExpression: expressionCompiler(null, new Date()) }).tree,
    ),
    indexFilterSet: false,
    ...(isDocument(plan.query.collation) ? { collation: plan.query.collation } : {}),
    maxIndexedOrSolutionsReached: false,
    maxIndexedAndSolutionsReached: false,
    maxScansToExplodeReached: false,
    winningPlan: { isCached: false, ...describeStage(plan.root) },
    rejectedPlans: plan.rejected.map((stage) => ({ isCached: false, ...describeStage(stage) })),
  };
  if (verbosity === 'queryPlanner') return { explainVersion: '1', queryPlanner };
  const startedAt = performance.now();
  let returned = 0;
  if (collection !== null) {
    for (const row of plan.root.rows({
      collection,
      due: () => operation.due(),
      ...(work === undefined ? {} : { work }),
    })) {
      if (row === BREATHE) await operation.breathe();
      else returned += 1;
    }
  }
  return {
    explainVersion: '1',
    queryPlanner,
    executionStats: {
      executionSuccess: true,
      nReturned: returned,
      executionTimeMillis: Math.round(performance.now() - startedAt),
      totalKeysExamined: total(plan.root, 'keysExamined'),
      totalDocsExamined: total(plan.root, 'docsExamined'),
      executionStages: describeRun(plan.root),
      ...(verbosity === 'allPlansExecution' ? { allPlansExecution: [] } : {}),
    },
  };
}

function describeStage(stage: Stage): Document {
  return { stage: stage.name, ...stage.describe(), ...inputsOf(stage, describeStage) };
}

function describeRun(stage: Stage): Document {
  const { advanced, keysExamined, docsExamined } = stage.counters;
  return {
    stage: stage.name,
    nReturned: advanced,
    works: Math.max(advanced, keysExamined, docsExamined) + 1,
    advanced,
    isEOF: stage.finished ? 1 : 0,
    ...stage.describe(),
    ...stage.describeExecution(),
    ...inputsOf(stage, describeRun),
  };
}

function inputsOf(stage: Stage, describe: (input: Stage) => Document): Document {
  if (stage.inputs.length === 0) return {};
  if (stage.inputs.length === 1) return { inputStage: describe(stage.inputs[0] as Stage) };
  return { inputStages: stage.inputs.map(describe) };
}

function total(stage: Stage, counter: 'keysExamined' | 'docsExamined'): number {
  return stage.counters[counter] + stage.inputs.reduce((sum, input) => sum + total(input, counter), 0);
}
