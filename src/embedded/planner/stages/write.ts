import type { Document } from '../../bson/values.ts';
import { BREATHE, type Rows, type Run, Stage } from '../rows.ts';

/** Stands in explain for the write that a command would do with each row; it does nothing. */
export class WriteStage extends Stage {
  readonly name: 'UPDATE' | 'DELETE';

  constructor(name: 'UPDATE' | 'DELETE', input: Stage) {
    super([input]);
    this.name = name;
  }

  *rows(run: Run): Rows {
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) yield row;
      else this.counters.advanced += 1;
    }
    this.finished = true;
  }

  describe(): Document {
    return {};
  }

  override describeExecution(): Document {
    const { advanced } = this.counters;
    return this.name === 'DELETE'
      ? { nWouldDelete: advanced }
      : { nMatched: advanced, nWouldModify: advanced, nWouldUpsert: 0 };
  }
}
