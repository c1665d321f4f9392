export { guardHost } from './guard-host.ts';
export { type PagesOptions, servePages } from './serve-pages.ts';
