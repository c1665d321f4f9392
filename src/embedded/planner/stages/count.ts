import type { Document } from '../../bson/values.ts';
import { BREATHE, type Rows, type Run, Stage } from '../rows.ts';
import { IndexScan } from './index-scan.ts';

/** Counts by index alone: the bounds answer the whole filter, so that no document is read. */
export class CountScan extends IndexScan {
  override readonly name = 'COUNT_SCAN';
}

/** What `count` puts on top of a plan; only explain sees it. */
export class Count extends Stage {
  readonly name = 'COUNT';
  #counted = 0;

  *rows(run: Run): Rows {
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) yield row;
      else this.#counted += 1;
    }
    this.finished = true;
  }

  describe(): Document {
    return {};
  }

  override describeExecution(): Document {
    return { nCounted: this.#counted, nSkipped: 0 };
  }
}
