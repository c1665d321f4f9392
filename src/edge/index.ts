export * from './replica.ts';
