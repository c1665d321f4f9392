export { groupAccumulators } from './accumulators/group-accumulators.ts';
export { windowFunctions } from './accumulators/window-functions.ts';
export { copyMetadata, type Metadata, metadataOf, setMetadata } from './documents.ts';
export { type CompiledExpression, compileExpression } from './expressions/compile.ts';
export { expressionOperators } from './expressions/operators.ts';
export { type ExpressionContext, Scope } from './expressions/scope.ts';
export { isTrue } from './expressions/truth.ts';
export { compilePipeline, type Pipeline, type Pushdown, planPushdown } from './pipeline.ts';
export type {
  CompiledStage,
  Fields,
  OutputSpec,
  PipelineContext,
  PipelineSource,
  Similarity,
  SourceRequest,
  Stream,
} from './stages/stage.ts';
export { stageDefinitions } from './stages/stages.ts';
export { compileUpdatePipeline } from './update-pipeline.ts';
