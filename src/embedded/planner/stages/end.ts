import type { Document } from '../../bson/values.ts';
import { type Rows, Stage } from '../rows.ts';

/** No rows: the collection does not exist, or nothing can match. */
export class End extends Stage {
  readonly name = 'EOF';

  constructor() {
    super([]);
  }

  // biome-ignore lint/correctness/useYield: it has nothing to yield.
  *rows(): Rows {
    this.finished = true;
  }

  describe(): Document {
    return {};
  }
}
