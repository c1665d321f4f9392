import type { Document } from '../bson/values.ts';

export function isChangeStream(pipeline: readonly Document[]): boolean {
  return pipeline[0] !== undefined && Object.hasOwn(pipeline[0], '$changeStream');
}
