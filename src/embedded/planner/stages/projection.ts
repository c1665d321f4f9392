import { decode, decodeFields, encode } from '../../bson/codec.ts';
import type { Document, RawDocument } from '../../bson/values.ts';
import type { CompiledProjection, ProjectionMeta } from '../../query/projection.ts';
import { BREATHE, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** Reshapes each document. */
export class Projection extends Stage {
  readonly name: string;
  readonly #projection: CompiledProjection;
  readonly #spec: Document;

  constructor(
    input: Stage,
    projection: CompiledProjection,
    spec: Document,
    name: 'PROJECTION_SIMPLE' | 'PROJECTION_DEFAULT',
  ) {
    super([input]);
    this.#projection = projection;
    this.#spec = spec;
    this.name = name;
  }

  *rows(run: Run): Rows {
    const { fields } = this.#projection;
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row !== BREATHE) {
        const raw = row.raw as RawDocument;
        const document = fields === 'all' ? decode(raw) : decodeFields(raw, fields);
        row.raw = encode(this.#projection.apply(document, metaOf(row)));
        this.counters.advanced += 1;
      }
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return { transformBy: this.#spec };
  }
}

function metaOf(row: Row): ProjectionMeta {
  return { recordId: row.recordId, ...(row.textScore === undefined ? {} : { textScore: row.textScore }) };
}
