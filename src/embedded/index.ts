export type { EmbeddedServer, EmbeddedServerOptions } from './serve.ts';
export { startEmbeddedServer } from './server.ts';
export { EmbeddedServerError, type EmbeddedServerErrorCode, embeddedServerErrors } from './server-errors.ts';
