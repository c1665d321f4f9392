import type { Document } from '../../bson/values.ts';
import type { IndexInfo, KeyRange } from '../../storage/storage.ts';
import { describeBounds, type IndexBounds } from '../index-bounds.ts';
import { describeIndex } from '../index-description.ts';
import { BREATHE, PACE_ROWS, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** Ranges that are looked up between two looks at the clock. */
const RANGES_PER_LOOK = 64;

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
    for (const ranges of this.#partsOfRanges()) {
      for (const entry of run.collection.scanIndex(this.index.name, ranges, { reverse: this.reverse })) {
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
      // Thousands of ranges may hold no key at all.
      if (run.due()) yield BREATHE;
    }
    this.finished = true;
  }

  *#partsOfRanges(): IterableIterator<readonly KeyRange[]> {
    const { ranges } = this.bounds;
    const parts = Math.ceil(ranges.length / RANGES_PER_LOOK);
    for (let k = 0; k < parts; k++) {
      const from = (this.reverse ? parts - 1 - k : k) * RANGES_PER_LOOK;
      yield parts === 1 ? ranges : ranges.slice(from, from + RANGES_PER_LOOK);
    }
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
