import type { WorkSpace } from '../spill/work-space.ts';
import type { Operation } from './operation.ts';

/**
 * Which operation is at work on a cursor's rows: the command that opened it, later one getMore after another. Whoever makes
 * rows asks this one for the time, not the operation with which it began.
 */
export class Turn {
  operation: Operation;
  /** What the rows' stages may use. */
  readonly work: WorkSpace;

  constructor(operation: Operation, work: WorkSpace) {
    this.operation = operation;
    this.work = work;
  }

  /** Whether the slice is over; throws when the operation must not go on. */
  readonly due = (): boolean => {
    const { operation } = this;
    if (!operation.due()) return false;
    operation.check();
    return true;
  };
}
