export { type AggregationAnswer, type AskedAggregation, runCheckedAggregation } from './run.ts';
export { readableCollections } from './scope.ts';
export { allowedStages } from './stages.ts';
