export { BrokenPromise, type PromiseName, promises } from './broken-promise.ts';
export { type FaultName, faultNames, faults } from './faults.ts';
export { type KeptRun, keptRuns, planOfKept, worldOfSeed } from './kept-runs.ts';
export { type PlanOptions, planOf, type Step, stepFromText, stepKinds, stepText } from './plan.ts';
export { numbersOf, rangesText, replayCommand, reportText } from './report.ts';
export { type Sabotage, sabotages } from './sabotage.ts';
export { type ShrunkRun, shrink } from './shrink.ts';
export {
  type DeviceAtTheEnd,
  type SimulationOptions,
  type SimulationReport,
  simulate,
  type Violation,
} from './simulate.ts';
export { type TimelineEntry, timelineText } from './timeline.ts';
