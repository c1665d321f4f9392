import type { Document } from '../bson/values.ts';

export function isChangeStream(pipeline: readonly Document[]): boolean {
  const [first] = pipeline as readonly unknown[];
  // Asked before the arguments of the command were checked.
  return typeof first === 'object' && first !== null && Object.hasOwn(first, '$changeStream');
}
