import type { Document } from '../../bson/values.ts';
import type { IndexInfo } from '../../storage/storage.ts';
import { describeBounds, type IndexBounds } from '../index-bounds.ts';
import { describeIndex } from '../index-description.ts';
import { BREATHE, PACE_ROWS, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** Walks the entries of an index inside its bounds; yields each document's record id once. */
export class IndexScan extends Stage {
  readonly name: 'IXSCAN' | 'COUNT_SCAN' = 'IXSCAN';
  readonly index: IndexInfo;
  readonly bounds: IndexBounds;
  readonly reverse: boolean;
  readonly #mayRepeat: boolean;

  /** `mayRepeat`: one document can have several keys inside the bounds. */
  constructor(index: IndexInfo, bounds: IndexBounds, reverse: boolean, mayRepeat = index.multikey) {
    super([]);
    this.index = index;
    this.bounds = bounds;
    this.reverse = reverse;
    this.#mayRepeat = mayRepeat;
  }

  *rows(run: Run): Rows {
    const { counters } = this;
    const seen = this.#mayRepeat ? new Set<number>() : null;
    counters.seeks += this.bounds.ranges.length;
    let sinceLook = 0;
    for (const entry of run.collection.scanIndex(this.index.name, this.bounds.ranges, { reverse: this.reverse })) {
      counters.keysExamined += 1;
      sinceLook += 1;
      if (sinceLook >= PACE_ROWS) {
        sinceLook = 0;
        if (run.due()) yield BREATHE;
      }
      if (seen !== null) {
        if (seen.has(entry.recordId)) continue;
        seen.add(entry.recordId);
      }
      counters.advanced += 1;
      const row: Row = { recordId: entry.recordId, raw: undefined, document: undefined, key: entry.key };
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return {
      ...describeIndex(this.index),
      direction: this.reverse ? 'backward' : 'forward',
      indexBounds: describeBounds(this.bounds, this.reverse),
    };
  }

  override describeExecution(): Document {
    return {
      keysExamined: this.counters.keysExamined,
      seeks: this.counters.seeks,
      dupsTested: this.index.multikey ? this.counters.keysExamined : 0,
      dupsDropped: this.index.multikey ? this.counters.keysExamined - this.counters.advanced : 0,
    };
  }
}
