import type { Document } from '../../bson/values.ts';
import { BREATHE, type Rows, type Run, Stage } from '../rows.ts';

export class Skip extends Stage {
  readonly name = 'SKIP';
  readonly #count: number;

  constructor(input: Stage, count: number) {
    super([input]);
    this.#count = count;
  }

  *rows(run: Run): Rows {
    let left = this.#count;
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row !== BREATHE && left > 0) {
        left -= 1;
        continue;
      }
      if (row !== BREATHE) this.counters.advanced += 1;
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return { skipAmount: this.#count };
  }
}

export class Limit extends Stage {
  readonly name = 'LIMIT';
  readonly #count: number;

  constructor(input: Stage, count: number) {
    super([input]);
    this.#count = count;
  }

  *rows(run: Run): Rows {
    let left = this.#count;
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      yield row;
      if (row === BREATHE) continue;
      this.counters.advanced += 1;
      left -= 1;
      if (left === 0) break;
    }
    this.finished = true;
  }

  describe(): Document {
    return { limitAmount: this.#count };
  }
}
