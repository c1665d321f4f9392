export { StorageError, type StorageErrorCode, storageErrors } from './errors.ts';
export type { IndexServices } from './index-keys.ts';
export { openStorage, type StorageOptions } from './open-storage.ts';
export type * from './storage.ts';
