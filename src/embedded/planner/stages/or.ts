import type { Document } from '../../bson/values.ts';
import { BREATHE, type Rows, type Run, Stage } from '../rows.ts';

/** The rows of several scans, each record once. */
export class Or extends Stage {
  readonly name = 'OR';

  *rows(run: Run): Rows {
    const seen = new Set<number>();
    for (const input of this.inputs) {
      for (const row of input.rows(run)) {
        if (row !== BREATHE) {
          if (seen.has(row.recordId)) continue;
          seen.add(row.recordId);
          this.counters.advanced += 1;
        }
        yield row;
      }
    }
    this.finished = true;
  }

  describe(): Document {
    return {};
  }
}
