/** `returnKey` and `showRecordId` of find: the index key in place of the document, or the record id beside it. */
import { decode, encode, readField } from '../../bson/codec.ts';
import type { Document, RawDocument } from '../../bson/values.ts';
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

/** Only for indexes without arrays, where the document says what its key is. */
export class ReturnKey extends RowShape {
  readonly name = 'RETURN_KEY';
  readonly #paths: readonly string[];

  constructor(input: Stage, paths: readonly string[]) {
    super(input);
    this.#paths = paths;
  }

  protected shape(raw: RawDocument): Document {
    const key: Document = {};
    for (const path of this.#paths) key[path] = readField(raw, path) ?? null;
    return key;
  }
}

export class ShowRecordId extends RowShape {
  readonly name = 'SHOW_RECORD_ID';

  protected shape(raw: RawDocument, row: Row): Document {
    return { ...decode(raw), $recordId: BigInt(row.recordId) };
  }
}
