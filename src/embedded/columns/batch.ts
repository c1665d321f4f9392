/** Some rows at a time: the unit in which columns are read, filtered and grouped. */
export const BATCH_ROWS = 4096;

export class Batch {
  /** Which chunk of the table the rows lie in. */
  chunk = -1;
  /** The places of the rows in the chunk, ascending; only the first `count`. */
  readonly places = new Int32Array(BATCH_ROWS);
  count = 0;
  /** The places are 0, 1, 2 … up to `count`. */
  whole = false;
  /** Changes with the rows: what was worked out for one version is void for the next. */
  version = 0;

  /** All rows of a chunk whose flag is set; all `count` where there are no flags. */
  fill(chunk: number, flags: Uint8Array | null, count: number): void {
    this.chunk = chunk;
    this.version += 1;
    const { places } = this;
    if (flags === null || count === BATCH_ROWS) {
      for (let k = 0; k < count; k++) places[k] = k;
      this.count = count;
      this.whole = true;
      return;
    }
    let found = 0;
    for (let k = 0; k < BATCH_ROWS; k++) {
      places[found] = k;
      found += flags[k]!;
    }
    this.count = found;
    this.whole = false;
  }

  /** Keeps the rows whose flag (by position among the rows) is set. */
  keep(flags: Uint8Array): void {
    const { places, count } = this;
    let kept = 0;
    for (let k = 0; k < count; k++) {
      places[kept] = places[k]!;
      kept += flags[k]!;
    }
    if (kept === count) return;
    this.count = kept;
    this.whole = false;
    this.version += 1;
  }
}
