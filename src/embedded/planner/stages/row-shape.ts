/** `returnKey` and `showRecordId` of find: the index key in place of the document, or the record id beside it. */
import { decode, encode } from '../../bson/codec.ts';
import type { Document, RawDocument } from '../../bson/values.ts';
import type { IndexInfo } from '../../storage/storage.ts';
import { keyDocumentOf } from '../index-key-values.ts';
import { BREATHE, type Row, type Rows, type Run, Stage } from '../rows.ts';

abstract class RowShape extends Stage {
  constructor(input: Stage) {
    super([input]);
  }

  *rows(run: Run): Rows {
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row !== BREATHE) {
        row.raw = encode(this.shape(row.raw as RawDocument, row));
        this.counters.advanced += 1;
      }
      yield row;
    }
    this.finished = true;
  }

  describe(): Document {
    return {};
  }

  protected abstract shape(raw: RawDocument, row: Row): Document;
}

/** Nothing where no index led to the document. */
export class ReturnKey extends RowShape {
  readonly name = 'RETURN_KEY';
  readonly #keyOf: ((raw: RawDocument, key: Uint8Array | undefined) => Document) | null;

  constructor(input: Stage, index: IndexInfo | undefined) {
    super(input);
    this.#keyOf = index === undefined ? null : keyDocumentOf(index);
  }

  protected shape(raw: RawDocument, row: Row): Document {
    return this.#keyOf === null ? {} : this.#keyOf(raw, row.key);
  }
}

export class ShowRecordId extends RowShape {
  readonly name = 'SHOW_RECORD_ID';

  protected shape(raw: RawDocument, row: Row): Document {
    return { ...decode(raw), $recordId: BigInt(row.recordId) };
  }
}
