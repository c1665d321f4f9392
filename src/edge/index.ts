export * from './device-link.ts';
export * from './replica.ts';
