import { decode, encode } from '../../bson/codec.ts';
import type { BsonValue, Document, RawDocument } from '../../bson/values.ts';
import type { CompiledSort, SortKey } from '../../query/sort.ts';
import { externalSort, type SortSpec, sortFigures } from '../../spill/external-sort.ts';
import type { Strand } from '../../spill/spill-folder.ts';
import { MemoryMeter, STAGE_BYTES_MAX, workSpaceOf } from '../../spill/work-space.ts';
import { BREATHE, type Breathe, type Row, type Rows, type Run, Stage } from '../rows.ts';

const BOUND = 'internalQueryMaxBlockingSortMemoryUsageBytes';
/** What a row weighs besides its document. */
const ROW_BYTES = 150;

/** Sorts all rows; with a limit it keeps only the first ones. Equal rows stay in the order in which they came. */
export class Sort extends Stage {
  readonly name = 'SORT';
  readonly #order: CompiledSort;
  readonly #pattern: Document;
  readonly #limit: number;
  #figures = sortFigures();
  #bytesMax = STAGE_BYTES_MAX;

  constructor(input: Stage, order: CompiledSort, pattern: Document, limit: number) {
    super([input]);
    this.#order = order;
    this.#pattern = pattern;
    this.#limit = limit;
  }

  *rows(run: Run): Rows {
    const { work = workSpaceOf() } = run;
    const memory = new MemoryMeter(this.name, work, BOUND);
    this.#bytesMax = memory.bytesMax;
    this.#figures = sortFigures();
    for (const kept of externalSort(this.#kept(run), this.#spec(), memory, () => run.due(), this.#figures)) {
      if (kept === BREATHE) yield BREATHE;
      else {
        this.counters.advanced += 1;
        yield kept.row;
      }
    }
    this.finished = true;
  }

  /** The rows with copies of what is valid for one step only. */
  *#kept(run: Run): Iterable<KeptRow | Breathe> {
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row === BREATHE) yield BREATHE;
      else {
        const raw = row.raw === undefined ? undefined : (Uint8Array.prototype.slice.call(row.raw) as RawDocument);
        yield { row: { ...row, raw, document: undefined }, document: row.document as Document };
      }
    }
  }

  #spec(): SortSpec<KeptRow> {
    const { keyOf, compareKeys, parts, plainStrings } = this.#order;
    return {
      directions: parts.map(({ direction }) => direction),
      plainStrings,
      keyOf(kept) {
        const key = keyOf(kept.document as Document);
        // The key is all that is needed of it.
        kept.document = undefined;
        return key;
      },
      compareKeys,
      bytesOf: ({ row }) => (row.raw?.length ?? 0) + ROW_BYTES,
      limit: this.#limit > 0 ? this.#limit : undefined,
      append: appendRow,
      read: readRow,
    };
  }

  describe(): Document {
    return {
      sortPattern: this.#pattern,
      memLimit: this.#bytesMax,
      ...(this.#limit > 0 ? { limitAmount: this.#limit } : {}),
      type: 'simple',
    };
  }

  override describeExecution(): Document {
    const { bytes, spills, spilledBytes, spilledRows } = this.#figures;
    return {
      totalDataSizeSorted: BigInt(bytes),
      usedDisk: spills > 0,
      spills: BigInt(spills),
      spilledRecords: BigInt(spilledRows),
      spilledDataStorageSize: BigInt(spilledBytes),
    };
  }
}

interface KeptRow {
  readonly row: Row;
  document: Document | undefined;
}

function appendRow({ row }: KeptRow, key: SortKey, strand: Strand): void {
  const head = encode({ key: [...key], recordId: BigInt(row.recordId), textScore: row.textScore });
  strand.append(head, row.raw ?? NOTHING);
}

function readRow(head: Uint8Array, body: Uint8Array): { key: SortKey; row: KeptRow } {
  const { key, recordId, textScore } = decode(head);
  const row: Row = {
    recordId: Number(recordId),
    raw: body.length === 0 ? undefined : body,
    document: undefined,
    ...(textScore === undefined ? {} : { textScore: Number(textScore) }),
  };
  return { key: key as BsonValue[], row: { row, document: undefined } };
}

const NOTHING = new Uint8Array(0);
