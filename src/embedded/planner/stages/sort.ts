import type { Document, RawDocument } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { CompiledSort, SortKey } from '../../query/sort.ts';
import { BREATHE, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** MongoDB's own limit is 100 MB, then it spills to disk; we hold only what a sort may need and refuse beyond. */
const SORT_BYTES_MAX = 512 * 1024 * 1024;
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
    const kept: Kept[] = [];
    const keepMax = this.#limit > 0 ? this.#limit : Number.POSITIVE_INFINITY;
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) {
        yield row;
        continue;
      }
      this.#hold(kept, row);
      // Cutting back at twice the limit costs an amortised constant per row.
      if (kept.length >= keepMax * 2 + 64) this.#cut(kept, keepMax);
    }
    this.#cut(kept, keepMax);
    for (const { row } of kept) {
      this.counters.advanced += 1;
      yield row;
    }
    this.finished = true;
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
