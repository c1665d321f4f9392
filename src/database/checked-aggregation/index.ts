export { type AggregationAnswer, type AskedAggregation, runCheckedAggregation } from './run.ts';
export { readableCollections, scopeOf } from './scope.ts';
export { allowedStages } from './stages.ts';
