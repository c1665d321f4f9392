export * from './changes-against.ts';
export * from './content-hash.ts';
export { SyncError, syncErrors } from './errors.ts';
export * from './hybrid-clock.ts';
export * from './merge.ts';
export * from './messages.ts';
export * from './operations.ts';
export * from './subscriptions.ts';
