import type { Document } from '../bson/values.ts';
import { BREATHE, type Row, type Rows, type Run, Stage } from '../planner/rows.ts';
import { type ColumnFigures, type ColumnRun, runColumns } from './run-columns.ts';

/** What explain shows of a pipeline's start that columns answer. Its rows are the documents behind the stages in `answers`. */
export class ColumnScan extends Stage {
  readonly name = 'COLUMN_SCAN';
  readonly #run: Omit<ColumnRun, 'due' | 'figures'>;
  readonly #answers: readonly Document[];
  readonly #figures: ColumnFigures = { matched: 0, groups: 0 };
  /** Columns could not answer after all. */
  gaveUp = false;

  /** `answers`: the stages as they were written. */
  constructor(run: Omit<ColumnRun, 'due' | 'figures'>, answers: readonly Document[]) {
    super([]);
    this.#run = run;
    this.#answers = answers;
  }

  *rows({ due }: Run): Rows {
    const documents = yield* runColumns({ ...this.#run, due, figures: this.#figures });
    this.gaveUp = documents === null;
    for (const item of documents ?? []) {
      if (item === BREATHE) {
        yield BREATHE;
        continue;
      }
      this.counters.advanced += 1;
      const row: Row = { recordId: this.counters.advanced, raw: undefined, document: item };
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    const { filter, columns } = this.#run.plan;
    return { ...(filter === undefined ? {} : { filter }), columns: [...columns], answers: [...this.#answers] };
  }

  /** `rowsMatched` after the filter; `groupsMade` by the last `$group`. No document is examined. */
  override describeExecution(): Document {
    return {
      docsExamined: 0,
      rowsExamined: this.#run.collection.count(),
      rowsMatched: this.#figures.matched,
      groupsMade: this.#figures.groups,
    };
  }
}
