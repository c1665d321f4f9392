export type { EmbeddedServer, EmbeddedServerOptions } from './serve.ts';
export { startEmbeddedServer } from './server.ts';
export { EmbeddedServerError, type EmbeddedServerErrorCode, embeddedServerErrors } from './server-errors.ts';
export { StorageError, type StorageErrorCode, storageErrors } from './storage/index.ts';
