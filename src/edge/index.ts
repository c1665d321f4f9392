export * from './device-link.ts';
export { type DittoExecutor, DittoStorage, type DittoStoreLike } from './ditto-storage.ts';
export * from './replica.ts';
