/** What flows between the stages of a plan. */
import { BREATHE, type Breathe } from '../breathe.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import type { WorkSpace } from '../spill/work-space.ts';
import type { CollectionReader, RecordId } from '../storage/storage.ts';

export { BREATHE, type Breathe };

/** One result under way. `raw` is valid until the next step. */
export interface Row {
  recordId: RecordId;
  raw: RawDocument | undefined;
  /** The fields that the plan's filter and sort read, decoded once; or the finished result of a computed row. */
  document: Document | undefined;
  /** The index key that led here (IXSCAN). */
  key?: Uint8Array;
  textScore?: number;
}

export type Rows = Generator<Row | Breathe, void, void>;

export interface Run {
  readonly collection: CollectionReader;
  /** Whether the slice is over (Operation.due). */
  due(): boolean;
  /** What a sort may use. Absent: MongoDB's bound, and no files. */
  readonly work?: WorkSpace;
}

/** Rows between two looks at the clock. */
export const PACE_ROWS = 64;

/** A document of this size is worth a look at the clock of its own: some are as long as a hundred thousand others. */
export const LARGE_BYTES = 64 * 1024;

/** What compileFilter gives; here only what plans need of it. */
export interface RowFilter {
  matches(document: Document): boolean;
  readonly fields: ReadonlySet<string> | 'all';
}

export interface StageCounters {
  works: number;
  advanced: number;
  keysExamined: number;
  docsExamined: number;
  seeks: number;
}

/** A step of a plan: its rows, and what explain says of it. */
export abstract class Stage {
  abstract readonly name: string;
  readonly inputs: readonly Stage[];
  readonly counters: StageCounters = { works: 0, advanced: 0, keysExamined: 0, docsExamined: 0, seeks: 0 };
  finished = false;

  constructor(inputs: readonly Stage[]) {
    this.inputs = inputs;
  }

  abstract rows(run: Run): Rows;
  /** Explain's fields besides `stage` and `inputStage`. */
  abstract describe(): Document;
  /** More of executionStats' fields. */
  describeExecution(): Document {
    return {};
  }
}
