export { groupAccumulators } from './accumulators/group-accumulators.ts';
export { copyMetadata, type Metadata, metadataOf, setMetadata } from './documents.ts';
export { type CompiledExpression, compileExpression, isTrue } from './expressions/compile.ts';
export { expressionOperators } from './expressions/operators.ts';
export { type ExpressionContext, Scope } from './expressions/scope.ts';
export { compilePipeline, type Pipeline, type Pushdown, planPushdown } from './pipeline.ts';
export type { CompiledStage, Fields, PipelineContext, PipelineSource, SourceRequest } from './stages/stage.ts';
export { stageDefinitions } from './stages/stages.ts';
