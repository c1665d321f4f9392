import { decode, decodeFields, encode } from '../../bson/codec.ts';
import type { BsonValue, Document, RawDocument } from '../../bson/values.ts';
import type { CompiledProjection, ProjectionMeta } from '../../query/projection.ts';
import { BREATHE, type Row, type Rows, type Run, Stage } from '../rows.ts';

/** Where a projection asks for `{$meta: 'sortKey'}` or `{$meta: 'indexKey'}`: what they are. */
export interface RowKeys {
  readonly sortKeyOf?: ((raw: RawDocument, row: Row) => BsonValue) | undefined;
  readonly indexKeyOf?: ((raw: RawDocument, key: Uint8Array | undefined) => Document) | undefined;
}

/** Reshapes each document. */
export class Projection extends Stage {
  readonly name: string;
  readonly #projection: CompiledProjection;
  readonly #spec: Document;
  readonly #keys: RowKeys;

  constructor(
    input: Stage,
    projection: CompiledProjection,
    spec: Document,
    name: 'PROJECTION_SIMPLE' | 'PROJECTION_DEFAULT',
    keys: RowKeys = {},
  ) {
    super([input]);
    this.#keys = keys;
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
        row.raw = encode(this.#projection.apply(document, metaOf(row, this.#keys)));
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

function metaOf(row: Row, { sortKeyOf, indexKeyOf }: RowKeys): ProjectionMeta {
  const raw = row.raw as RawDocument;
  return {
    recordId: row.recordId,
    ...(row.textScore === undefined ? {} : { textScore: row.textScore }),
    ...(sortKeyOf === undefined ? {} : { sortKey: sortKeyOf(raw, row) }),
    ...(indexKeyOf === undefined ? {} : { indexKey: indexKeyOf(raw, row.key) }),
  };
}
