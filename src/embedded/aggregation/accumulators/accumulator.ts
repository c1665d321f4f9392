import type { BsonValue, Document } from '../../bson/values.ts';
import type { Scope } from '../expressions/scope.ts';

/** The running state of one accumulator in one group. `result` may be asked more than once and between additions. */
export interface Accumulator {
  add(root: Document): void;
  result(): BsonValue | undefined;
  /** The whole state, to be put aside on disk. */
  save(): BsonValue;
  /** Goes on from a saved state, as if it had never been away. Only before the first addition. */
  restore(saved: BsonValue): void;
}

/** Makes the state of one more group. */
export type AccumulatorFactory = () => Accumulator;

/** An accumulator operator of `$group`, `$bucket`, `$bucketAuto` and `$setWindowFields`. Its name is its key in the table. */
export interface AccumulatorOperator {
  readonly summary: string;
  compile(argument: BsonValue, scope: Scope, name: string): AccumulatorFactory;
}
