/** Rows in chunks, whose fields are vectors: a collection's columns, or what a group has made of them. */
import { BATCH_ROWS, type Batch } from './batch.ts';
import type { PinnedColumns } from './collection-columns.ts';
import { ColumnVector, ConstantVector, type Vector } from './vectors.ts';

export interface Table {
  /** The chunks that hold rows, in the order of the rows. */
  readonly chunks: readonly number[];
  fill(batch: Batch, chunk: number): void;
  readonly fields: Fields;
}

/** The fields of the rows, by name. */
export class Fields {
  readonly #own: ReadonlyMap<string, Vector>;
  readonly #below: Fields | null;
  readonly #hidden: ReadonlySet<string>;
  /** The fields of `_id` where it is made of several, each a vector of its own. */
  readonly idParts: ReadonlyMap<string, Vector> | null;

  /** `own` before those of `below`, less `hidden`. */
  constructor(
    own: ReadonlyMap<string, Vector>,
    below: Fields | null = null,
    options: { hidden?: ReadonlySet<string>; idParts?: ReadonlyMap<string, Vector> | null } = {},
  ) {
    this.#own = own;
    this.#below = below;
    this.#hidden = options.hidden ?? new Set();
    this.idParts = options.idParts ?? null;
  }

  get(name: string): Vector {
    const own = this.#own.get(name);
    if (own !== undefined) return own;
    if (this.#below === null || this.#hidden.has(name)) return missing;
    return this.#below.get(name);
  }
}

const missing = new ConstantVector(undefined);

export function tableOf(pinned: PinnedColumns): Table {
  const fields = new Map<string, Vector>();
  for (const [name, { dictionary, chunks }] of pinned.columns) {
    fields.set(name, new ColumnVector(dictionary, (number) => chunks.get(number)));
  }
  return {
    chunks: pinned.chunkNumbers,
    fields: new Fields(fields),
    fill(batch, chunk) {
      const live = pinned.live.get(chunk);
      batch.fill(chunk, live?.flags ?? null, live?.count ?? 0);
    },
  };
}

/** The chunks of a table of `rows` rows without gaps. */
export function chunksOf(rows: number): number[] {
  return Array.from({ length: Math.ceil(rows / BATCH_ROWS) }, (_, chunk) => chunk);
}
