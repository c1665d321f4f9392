export * from './device-link.ts';
export { type DittoExecutor, DittoStorage, type DittoStoreLike } from './ditto-storage.ts';
export { type LiveQuery, type ObservableStore, observe } from './observe.ts';
export * from './replica.ts';
export type { Done, InvalidInput, Obstacle, Refused, RetailOperation, RetailOutcome } from './retail/operation.ts';
export {
  operationsOfRole,
  type RetailOperationName,
  retailOperationNames,
  retailOperations,
} from './retail/operations.ts';
export {
  type InputOf,
  type OperationLink,
  type OutcomeOf,
  RetailDevice,
  type RetailDeviceOptions,
} from './retail/retail-device.ts';
