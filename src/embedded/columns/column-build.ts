/** One scan of a collection that fills several columns at once, driven in slices by whoever waits for it. */

import { copyBytes } from '../bson/elements.ts';
import type { RawDocument } from '../bson/values.ts';
import { BREATHE, type Breathe } from '../planner/rows.ts';
import type { WrittenRecords } from '../storage/commit-feed.ts';
import type { CollectionReader, RecordId, Snapshot } from '../storage/storage.ts';
import { CollectionColumns, type PinnedColumns } from './collection-columns.ts';

/** Records between two looks at the clock. A power of two. */
const PACE = 256;
/** Records between two looks at the size. A power of two. */
const WEIGH = 16_384;
/** With more records written meanwhile the build is worth nothing to later queries. */
const NOTED_MAX = 20_000;

export class ColumnBuild {
  /** What the collection's newest change was when the scan began. */
  readonly changedAt: number;
  /** The fields that turned out not to fit. */
  readonly unfit = new Set<string>();
  /** Those that no longer fit after what was written meanwhile. */
  unfitSince: ReadonlySet<string> = new Set();
  /** The columns as the scan found them, once it is done. */
  pinned: PinnedColumns | null = null;
  isFinished = false;
  onAbandon: () => void = () => undefined;
  readonly #snapshot: Snapshot;
  readonly #rows: Iterator<{ recordId: RecordId; raw: RawDocument }>;
  readonly #columns = new CollectionColumns();
  readonly #noted = new Map<RecordId, RawDocument | undefined>();
  readonly #bytesMax: number;
  #seen = 0;
  #drivers = 0;

  /** Takes over the snapshot. */
  constructor(
    snapshot: Snapshot,
    collection: CollectionReader,
    options: { fields: readonly string[]; changedAt: number; bytesMax: number },
  ) {
    this.#snapshot = snapshot;
    this.changedAt = options.changedAt;
    this.#bytesMax = options.bytesMax;
    this.#columns.addColumns(options.fields);
    this.#rows = collection.scan();
  }

  /** Works on it until it is done. When the last driver leaves before, it is abandoned. */
  *drive(due: () => boolean): Generator<Breathe, void> {
    this.#drivers += 1;
    try {
      while (!this.isFinished) {
        if (!this.#step(due)) yield BREATHE;
      }
    } finally {
      this.#drivers -= 1;
      if (this.#drivers === 0 && !this.isFinished) this.abandon();
    }
  }

  /** Writes that were committed after the scan's snapshot. */
  note(written: WrittenRecords): void {
    if (this.isFinished) return;
    for (const [recordId, raw] of written) this.#noted.set(recordId, raw === undefined ? undefined : copyBytes(raw));
  }

  abandon(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.#snapshot.close();
    this.onAbandon();
  }

  /** The columns as of now, for the cache; null where there are none. */
  takeColumns(): CollectionColumns | null {
    if (this.pinned === null || this.#noted.size > NOTED_MAX || this.#columns.columns.size === 0) return null;
    this.unfitSince = this.#columns.apply(this.#noted);
    return this.#columns;
  }

  /** True when the scan is done. */
  #step(due: () => boolean): boolean {
    for (;;) {
      const next = this.#rows.next();
      if (next.done === true) {
        this.#snapshot.close();
        this.isFinished = true;
        this.pinned = this.#columns.pin(this.#columns.columns.keys());
        return true;
      }
      const { recordId, raw } = next.value;
      const unfit = this.#columns.set(recordId, raw);
      if (unfit.length > 0) this.#drop(unfit);
      this.#seen += 1;
      if ((this.#seen & (WEIGH - 1)) === 0 && this.#columns.bytes > this.#bytesMax) {
        this.#drop([...this.#columns.columns.keys()]);
      }
      if (this.#columns.columns.size === 0) {
        this.#snapshot.close();
        this.isFinished = true;
        return true;
      }
      if ((this.#seen & (PACE - 1)) === 0 && due()) return false;
    }
  }

  #drop(fields: readonly string[]): void {
    for (const field of fields) {
      this.unfit.add(field);
      this.#columns.dropColumn(field);
    }
  }
}
