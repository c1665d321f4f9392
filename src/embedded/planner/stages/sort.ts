import type { Document, RawDocument } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { CompiledSort, SortKey } from '../../query/sort.ts';
import { BREATHE, PACE_ROWS, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** MongoDB's own limit is 100 MB, then it spills to disk; we hold only what a sort may need and refuse beyond. */
const SORT_BYTES_MAX = 512 * 1024 * 1024;
/** Rows that are sorted at once: a few milliseconds. */
const RUN_ROWS = 4096;
/** What a row weighs besides its document. */
const ROW_BYTES = 128;

/** A row that waits for its turn. */
interface Kept {
  readonly row: Row;
  readonly key: SortKey;
  readonly bytes: number;
}

/** Sorts all rows; with a limit it keeps only the first ones. Equal rows stay in the order in which they came. */
export class Sort extends Stage {
  readonly name = 'SORT';
  readonly #order: CompiledSort;
  readonly #pattern: Document;
  readonly #limit: number;
  #bytes = 0;

  constructor(input: Stage, order: CompiledSort, pattern: Document, limit: number) {
    super([input]);
    this.#order = order;
    this.#pattern = pattern;
    this.#limit = limit;
  }

  *rows(run: Run): Rows {
    // A small limit needs one short list; else rows are sorted in runs and merged, so that no single step takes long.
    const keepMax = this.#limit > 0 && this.#limit <= RUN_ROWS ? this.#limit : Number.POSITIVE_INFINITY;
    const runs: Kept[][] = [];
    let kept: Kept[] = [];
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) {
        yield row;
        continue;
      }
      this.#hold(kept, row);
      // Cutting back at twice the limit costs an amortised constant per row.
      if (kept.length >= keepMax * 2 + 64) this.#cut(kept, keepMax);
      if (kept.length >= RUN_ROWS && keepMax === Number.POSITIVE_INFINITY) {
        this.#cut(kept, keepMax);
        runs.push(kept);
        kept = [];
        if (run.due()) yield BREATHE;
      }
    }
    this.#cut(kept, keepMax);
    runs.push(kept);
    let sinceLook = 0;
    for (const row of this.#merged(runs)) {
      this.counters.advanced += 1;
      sinceLook += 1;
      if (sinceLook >= PACE_ROWS) {
        sinceLook = 0;
        if (run.due()) yield BREATHE;
      }
      yield row;
    }
    this.finished = true;
  }

  /** The rows of all runs in order, through a heap of the runs' first rows; of equal rows the earlier run's come first. */
  *#merged(runs: readonly Kept[][]): IterableIterator<Row> {
    const [only] = runs;
    if (runs.length === 1 && only !== undefined) {
      for (const { row } of only) yield row;
      return;
    }
    const heads = runs.map((rows, order) => ({ rows, order, at: 0 })).filter(({ rows }) => rows.length > 0);
    type Head = (typeof heads)[number];
    const before = (a: Head, b: Head) => {
      const order = this.#order.compareKeys((a.rows[a.at] as Kept).key, (b.rows[b.at] as Kept).key);
      return order < 0 || (order === 0 && a.order < b.order);
    };
    const sink = (from: number) => {
      let at = from;
      for (;;) {
        let least = at;
        for (const child of [at * 2 + 1, at * 2 + 2]) {
          if (child < heads.length && before(heads[child] as Head, heads[least] as Head)) least = child;
        }
        if (least === at) return;
        [heads[at], heads[least]] = [heads[least] as Head, heads[at] as Head];
        at = least;
      }
    };
    for (let at = heads.length >> 1; at >= 0; at--) sink(at);
    for (let head = heads[0]; head !== undefined; head = heads[0]) {
      yield (head.rows[head.at] as Kept).row;
      head.at += 1;
      if (head.at === head.rows.length) {
        const last = heads.pop() as Head;
        if (last !== head) heads[0] = last;
      }
      sink(0);
    }
  }

  #hold(kept: Kept[], row: Row): void {
    const raw = row.raw === undefined ? undefined : (Uint8Array.prototype.slice.call(row.raw) as RawDocument);
    const bytes = (raw?.length ?? 0) + ROW_BYTES;
    this.#bytes += bytes;
    if (this.#bytes > SORT_BYTES_MAX) {
      throw new MongoError(
        'QueryExceededMemoryLimitNoDiskUseAllowed',
        `Sort exceeded memory limit of ${SORT_BYTES_MAX} bytes. Add an index on the sort's fields.`,
      );
    }
    kept.push({ row: { ...row, raw, document: undefined }, key: this.#order.keyOf(row.document as Document), bytes });
  }

  #cut(kept: Kept[], keepMax: number): void {
    kept.sort((a, b) => this.#order.compareKeys(a.key, b.key));
    for (let at = keepMax; at < kept.length; at++) this.#bytes -= (kept[at] as Kept).bytes;
    if (kept.length > keepMax) kept.length = keepMax;
  }

  describe(): Document {
    return {
      sortPattern: this.#pattern,
      memLimit: SORT_BYTES_MAX,
      ...(this.#limit > 0 ? { limitAmount: this.#limit } : {}),
      type: 'simple',
    };
  }

  override describeExecution(): Document {
    return { totalDataSizeSorted: this.#bytes, usedDisk: false, spills: 0 };
  }
}
