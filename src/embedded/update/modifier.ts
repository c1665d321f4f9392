import type { Collation, MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document, Timestamp } from '../bson/values.ts';

/** What one run of an update knows. */
export interface ModifierContext {
  readonly original: Document;
  /** True for the document of an upsert. */
  readonly isInsert: boolean;
}

/** What one operator does to the value at one path. */
export interface Modifier {
  /** Whether a path that isn't there comes into being. */
  readonly creates: boolean;
  /** True when it has nothing to do for this document, not even to check the path. */
  isIdle?(context: ModifierContext): boolean;
  /** The new value; the same one for no change; `undefined` to remove it. */
  apply(current: MaybeValue, path: string, context: ModifierContext): MaybeValue;
}

/** What operators are compiled with. */
export interface ModifierOptions {
  readonly collation: Collation | null;
  readonly now: () => Date;
  readonly nextTimestamp: () => Timestamp;
}

/** `argument` is what stands beside the path: 1 in `{$inc: {a: 1}}`. Throws MongoDB's errors for a malformed one. */
export type ModifierParser = (argument: BsonValue, path: string, options: ModifierOptions) => Modifier;
